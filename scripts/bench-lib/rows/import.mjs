// 10,000 users of a storage service invited from a file, with a kill -9 when half of them are, and what other people's pages take
// meanwhile. In a workerd of its own, so that the kill takes nothing from the other rows.
import { randomBytes } from "node:crypto";
import { argon2id } from "../../bench-peer/hash.mjs";
import { check, closedLoop, connections, request } from "../http.mjs";
import { CONTRACTS, contract, cookie, from } from "../seed.mjs";
import { startWorkers, wrapped } from "../servers.mjs";
import { atMost, plain, show } from "../verdict.mjs";

const ROWS = { quick: 500, full: 10_000 };
const HOST = "worksdrive.localhost:8787";
const ORIGIN = `http://${HOST}`;
const CONTRACT = "900000009";
const [CONTRACTOR, PASSWORD] = ["boss@bench.example.jp", "Correct-Horse-4"];
/** Most seconds that an import is waited for. */
const PATIENCE = 600;
/** Seconds between two looks at how far it is. */
const LOOK = 0.5;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const file = (rows) => ["氏名,メールアドレス", ...Array.from({ length: rows }, (_, row) => `利用 花子,import.${row}@bench.example.jp`)].join("\r\n");

const operation = () => randomBytes(16).toString("hex");
const form = (fields) => ({ "content-type": "application/x-www-form-urlencoded", body: new URLSearchParams({ operation: operation(), ...fields }).toString() });

/** What the contractor's browser sends. */
function asked(session, path, sent) {
  const { body, ...type } = sent ?? {};
  const headers = { host: HOST, "accept-language": "ja", ...(session && { cookie: session }), ...(sent && { origin: ORIGIN, ...type }) };
  return { method: sent ? "POST" : "GET", path, headers, body, expect: { status: sent ? 303 : 200 } };
}

/** What asks this product over one connection. */
function asking({ product }) {
  const agent = connections(1);
  return { ask: async (one) => check(one, await request(agent, product, one)), end: () => agent.destroy() };
}
const asOperator = (token, one) => ({ ...one, headers: { host: "localhost:8787", authorization: `Bearer ${token}`, "content-type": "application/json" } });

/** The contract that invites; its contractor's session. */
async function contractor({ origins, token }, ask) {
  const password_hash = await argon2id({ password: PASSWORD, salt: "salt of the bench", memorySize: 8, iterations: 1, parallelism: 1, hashLength: 32, outputType: "encoded" });
  const body = JSON.stringify({ service: "worksdrive", name: "株式会社ベンチ", plan: "basic", administrator: { login: CONTRACTOR, name: "契約 太郎", password_hash }, users: [] });
  await ask(asOperator(token, { method: "PUT", path: `/operator/v1/contracts/${CONTRACT}`, body }));
  const seeding = asking({ product: origins.seeder });
  await seeding.ask({ method: "GET", path: `/${CONTRACT}?one-step=1`, headers: {} });
  seeding.end();
  const { headers } = await ask(asked("", "/login", form({ login: CONTRACTOR, password: PASSWORD, next: "/" })));
  return headers["set-cookie"].map((line) => line.split(";")[0]).filter((pair) => !pair.endsWith("=")).join("; ");
}

/** Everybody whom the contract has invited. */
async function invited({ token }, ask) {
  const found = new Set();
  for (let after = ""; after !== null;) {
    const { body } = await ask(asOperator(token, { method: "GET", path: `/operator/v1/contracts/${CONTRACT}?after=${encodeURIComponent(after)}` }));
    const { accounts, next } = JSON.parse(body);
    for (const { login, state } of accounts) if (state === "invited") found.add(login);
    after = next ?? null;
  }
  return found.size;
}

async function measure(own, rows, samples) {
  await contract(own, "beside");
  const other = await cookie(own.origins.product, CONTRACTS.beside.users[0].login);
  let { ask, end } = asking(own.origins);
  const session = await contractor(own, ask);
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  const text = `--xYz\r\ncontent-disposition: form-data; name="operation"\r\n\r\n${operation()}\r\n--xYz\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${file(rows)}\r\n--xYz--\r\n`;
  await ask(asked(session, "/import", { "content-type": "multipart/form-data; boundary=xYz", body: text }));
  const { body: checked } = await ask(asked(session, "/import"));
  samples.add("import checked", since() * 1000);
  await ask(asked(session, "/import/start", form({ id: /name="id" value="([^"]+)"/.exec(checked)[1] })));
  const page = from(other, { path: "/", expect: { includes: "</html>" } });
  let killed = 0;
  for (let looked = 0, done = 0; done < rows;) {
    if (since() > PATIENCE) throw new Error(`${done} of ${rows} were invited after ${PATIENCE} s`);
    const { latencies } = await closedLoop({ origin: own.origins.product, requests: [page], parallel: 1, count: 10 });
    samples.add("page during an import", ...latencies);
    await sleep(50);
    if (since() - looked < LOOK) continue;
    looked = since();
    const { body } = await ask(asked(session, "/import"));
    const words = body.replace(/<[^>]*>/g, " ").replaceAll(",", "");
    done = Number(/\d+人中 +(\d+)人/.exec(words)?.[1] ?? 0);
    if (body.includes("一括招待が終わりました") && done !== rows) throw new Error(`the import is over, and ${done} of ${rows} are invited`);
    if (killed || done < rows / 2 || done === rows) continue;
    killed = done;
    end();
    samples.add("import restart", (await own.kill9()) / 1000);
    ({ ask, end } = asking(own.origins));
  }
  samples.add("import", since());
  if (!killed) throw new Error("the import was over before it could be killed");
  // A member's row comes to the contract from his outbox, a moment later.
  let there = 0;
  for (let tries = 0; there !== rows && tries < 60; tries += 1) {
    await sleep(500);
    there = await invited(own, ask);
  }
  if (there !== rows) throw new Error(`the import is over, and the contract has ${there} of ${rows}`);
  samples.add("import killed at", killed);
  samples.add("import rows", rows);
  end();
}

export default {
  /** Once in a run: an import cannot be repeated. */
  async round(bench, samples) {
    if (this.done) return;
    this.done = true;
    const token = randomBytes(32).toString("base64url");
    const own = { token, ...(await startWorkers(wrapped(token))) };
    try {
      await measure(own, ROWS[bench.quick ? "quick" : "full"], samples);
    } catch (error) {
      throw new Error(`${error.message}\n${own.log.slice(-5).join("\n")}`, { cause: error });
    } finally {
      await own.stop();
    }
  },

  judge(samples) {
    const [rows, killed] = ["import rows", "import killed at"].map((name) => samples.median(name).toLocaleString("en"));
    return [
      plain(`${rows} users checked`, samples.median("import checked"), "ms"),
      atMost(`${rows} users invited`, samples.median("import"), 180, "s",
        `all of them found in the contract; a kill -9 at ${killed} and ${show(samples.median("import restart"), "s")} of restart are in it`),
      atMost("another page meanwhile, p99", samples.percentile("page during an import", 99), 300, "ms", "those right behind the restart too"),
    ];
  },
};
