// The user list and the search in a contract of 100,000 users, one connection, beside a bare object with the same rows.
import { ORIGIN, connections, request } from "../http.mjs";
import { SEARCHES, SORTS } from "../members.mjs";
import { CONTRACTS, contract, cookie, from } from "../seed.mjs";
import { atMost, plain, show } from "../verdict.mjs";

const MEMBERS = 100_000;
const CHUNK = 5_000;
const REQUESTS = 500;
const ORDERS = Object.keys(SORTS).flatMap((sort) => ["asc", "desc"].map((order) => `sort=${sort}&order=${order}`));

async function insert(origin, path) {
  const agent = connections(1);
  for (let start = 0; start < MEMBERS; start += CHUNK) {
    const { status, body } = await request(agent, origin, { path: `${path}from=${start}&to=${start + CHUNK}` });
    if (status !== 200 || JSON.parse(body).members !== start + CHUNK) throw new Error(`${path}: ${status} ${body.slice(0, 300)}`);
  }
  agent.destroy();
}

/** The first page of each order and the one behind it, which `next` finds in an answer. */
async function pages(origin, first, next) {
  const agent = connections(1);
  const second = await Promise.all(first.map(async (one) => next(one, await request(agent, origin, one))));
  agent.destroy();
  return first.flatMap((one, index) => [one, { ...one, path: second[index] }]);
}

function nextLink(asked, { body }) {
  const link = body.match(/href="([^"]*[?&;]after=[^"]*)"/)?.[1];
  if (!link) throw new Error(`${asked.path}: no link to the next page: ${body.slice(0, 300)}`);
  const { pathname, search } = new URL(link.replace(/&(amp|#38);/g, "&"), ORIGIN + asked.path);
  return pathname + search;
}

function nextBare({ path }, { body }) {
  const { rows, column } = JSON.parse(body);
  const last = rows[49];
  return `${path}&after=${encodeURIComponent(last[column])}&after=${last.login}`;
}

export default {
  product: true,

  async prepare(bench) {
    const { bare, product, seeder } = bench.origins;
    await insert(bare, "/members?object=list&");
    await contract(bench, "large");
    await insert(seeder, `/${CONTRACTS.large.id}?`);
    const administrator = await cookie(product, "large.admin");
    const page = (path) => from(administrator, { path, expect: { includes: "</html>" } });
    const searched = (path, term) => ({ path: `${path}q=${encodeURIComponent(term)}` });
    this.jobs = {
      "list bare": { origin: bare, requests: await pages(bare, ORDERS.map((order) => ({ path: `/list?object=list&${order}` })), nextBare) },
      "list product": { origin: product, requests: await pages(product, ORDERS.map((order) => page(`/users?${order}`)), nextLink) },
      "search bare": { origin: bare, requests: SEARCHES.map((term) => searched("/search?object=list&", term)) },
      "search product": { origin: product, requests: SEARCHES.map((term) => page(searched("/users?", term).path)) },
    };
    for (const job of Object.values(this.jobs)) await bench.load({ ...job, parallel: 1, count: 2 * job.requests.length });
  },

  async round(bench, samples) {
    for (const [name, job] of Object.entries(this.jobs)) {
      const { latencies } = await bench.load({ ...job, parallel: 1, count: Math.ceil(REQUESTS / bench.rounds) });
      samples.add(name, ...latencies);
    }
  },

  judge(samples) {
    const beside = (kind, percent) => `bare object ${show(samples.percentile(`${kind} bare`, percent), "ms")}`;
    const at = (kind, percent) => samples.percentile(`${kind} product`, percent);
    const line = (what, kind, percent, limit) => atMost(what, at(kind, percent), limit, "ms", beside(kind, percent));
    return [
      plain("list of 100,000, p50", samples.median("list product"), "ms", beside("list", 50)),
      line("list of 100,000, p99", "list", 99, 15),
      line("search in 100,000, p50", "search", 50, 25),
      line("search in 100,000, p99", "search", 99, 50),
    ];
  },
};
