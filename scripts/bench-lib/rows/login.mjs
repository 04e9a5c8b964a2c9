// A login alone, and logins at once, beside better-auth's e-mail sign-in. Every connection has accounts of its own.
import { signInRequest, signUps } from "../peer.mjs";
import { PEOPLE, contract, loginRequest } from "../seed.mjs";
import { atLeast, atMost, plain, show, times } from "../verdict.mjs";

const PARALLEL = 8;

export default {
  needs: ["argon2", "commit"],
  product: true,

  async prepare(bench) {
    await contract(bench, "people");
    for (const worker of ["authD1", "authObject"]) await signUps(bench.origins[worker]);
  },

  async round(bench, samples) {
    const milliseconds = bench.quick ? 1500 : 3000;
    const product = { origin: bench.origins.product, requests: PEOPLE.map(loginRequest) };
    const alone = await bench.load({ ...product, parallel: 1, count: bench.quick ? 8 : 20 });
    samples.add("login alone", ...alone.latencies);
    samples.add("login rate", (await bench.load({ ...product, parallel: PARALLEL, milliseconds })).perSecond);
    for (const worker of ["authD1", "authObject"]) {
      const peer = { origin: bench.origins[worker], requests: PEOPLE.map(signInRequest) };
      samples.add(`login alone ${worker}`, ...(await bench.load({ ...peer, parallel: 1, count: bench.quick ? 4 : 10 })).latencies);
      samples.add(`login rate ${worker}`, (await bench.load({ ...peer, parallel: PARALLEL, milliseconds })).perSecond);
    }
  },

  judge(samples) {
    const hash = samples.median("argon2 in workerd");
    const commit = samples.median("commit /write");
    const limit = hash + 2 * commit + 4;
    const rate = samples.median("login rate");
    const d1 = samples.median("login rate authD1");
    const object = samples.median("login rate authObject");
    const budget = `hash ${show(hash, "ms")} + 2 commits of ${show(commit, "ms")} + 4 ms`;
    const allowed = `the hash allows ${show(1000 / hash, "/s")}`;
    const alone = (name) => show(samples.median(`login alone ${name}`), "ms");
    return [
      atMost("alone, p50", samples.median("login alone"), limit, "ms", budget),
      plain("alone, p99", samples.percentile("login alone", 99), "ms", `better-auth's p50 on D1 ${alone("authD1")}`),
      atLeast("8 at once", rate, 2 * d1, "/s", `better-auth on D1 ${show(d1, "/s")} (${times(rate, d1)}); ${allowed}`),
      plain("8 at once", rate, "/s", `better-auth in one object ${show(object, "/s")} (${times(rate, object)})`),
    ];
  },
};
