// Pages behind a session: a general user's top page and an administrator's page about a user, beside better-auth's get-session
// and a Worker that answers at once.
import { sessionRequest, signUps } from "../peer.mjs";
import { PEOPLE, contract, cookie, from } from "../seed.mjs";
import { atLeast, plain, show, times } from "../verdict.mjs";

const PARALLEL = 8;

export default {
  product: true,

  async prepare(bench) {
    const { authD1, authObject, limits, product } = bench.origins;
    const users = PEOPLE.slice(0, PARALLEL);
    const ofAll = (make) => Promise.all(users.map(make));
    await contract(bench, "people");
    for (const origin of [authD1, authObject]) await signUps(origin);
    const administrator = await cookie(product, "bench.admin");
    const page = (value, path) => from(value, { path, expect: { includes: "</html>" } });
    this.jobs = {
      "page top": { origin: product, requests: await ofAll(async ({ login }) => page(await cookie(product, login), "/")) },
      "page about": { origin: product, requests: users.map(({ login }) => page(administrator, `/users/${login}`)) },
      "page authD1": { origin: authD1, requests: await ofAll((person) => sessionRequest(authD1, person)) },
      "page authObject": { origin: authObject, requests: await ofAll((person) => sessionRequest(authObject, person)) },
      "page empty": { origin: limits, requests: [{ path: "/empty" }] },
    };
    for (const job of Object.values(this.jobs)) await bench.load({ ...job, parallel: PARALLEL, count: 400 });
  },

  async round(bench, samples) {
    for (const [name, job] of Object.entries(this.jobs)) {
      const { perSecond, busy } = await bench.load({ ...job, parallel: PARALLEL, milliseconds: bench.quick ? 1000 : 2000 });
      samples.add(name, perSecond);
      samples.add(`${name}, load process busy`, busy);
    }
  },

  judge(samples) {
    const [top, about, d1, object, empty] = ["top", "about", "authD1", "authObject", "empty"].map((name) => samples.median(`page ${name}`));
    const busy = samples.median("page empty, load process busy");
    const share = (value) => `${((value / empty) * 100).toFixed(0)} % of the empty handler's ${show(empty, "/s")}`;
    return [
      atLeast("top page", top, 5 * d1, "/s", `better-auth get-session on D1 ${show(d1, "/s")} (${times(top, d1)})`),
      plain("top page", top, "/s", `better-auth get-session in one object ${show(object, "/s")} (${times(top, object)})`),
      atLeast("top page", top, 0.33 * empty, "/s", share(top)),
      atLeast("page about a user", about, 0.2 * empty, "/s", share(about)),
      plain("empty handler", empty, "/s", `the load process was ${(busy * 100).toFixed(0)} % busy`),
    ];
  },
};
