// A linked service or an Active Directory that is down, slow, broken, endless, elsewhere, or has new keys, at each of its endpoints: a clear
// page within 5 s, no session, and whoever has a password logs in as ever while it lasts.

import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { OPERATION, come, federated, isDirectory, leave, naming, refused, signIn, subjectOf, visitor } from "./harness/federated.mjs";
import { MINUTE } from "./harness/harness.mjs";
import { opened } from "./harness/login.mjs";
import { FAULTS, answering, redirectTo } from "./harness/openid-hostile.mjs";
import { newKey } from "./harness/openid.mjs";
import { STORAGE_PASSWORD } from "./harness/storage.mjs";

const { server, ones, named, stop } = await federated({ users: ["plain"] });
after(stop);
const away = { hits: 0 };
const elsewhere = http.createServer((_, response) => {
  away.hits += 1;
  response.end("{}");
});
await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
after(() => { elsewhere.closeAllConnections(); elsewhere.close(); });

/** Name → how an endpoint breaks. */
const faultsOf = (one) => ({
  ...FAULTS,
  down: "down",
  elsewhere: redirectTo(`http://127.0.0.1:${elsewhere.address().port}/`),
  "many keys": answering({ keys: Array.from({ length: 5_000 }, (_, at) => ({ ...one.keys[0].jwk, kid: `key-${at}` })) }),
  "not found": answering({}, 404),
  "another issuer": answering({ ...one.metadata(), issuer: "https://another.example" }),
  "endpoints of http": answering({ ...one.metadata(), token_endpoint: "http://another.example/token", jwks_uri: "file:///etc/passwd" }),
  "endpoints of a script": answering({ ...one.metadata(), authorization_endpoint: "javascript:alert(1)" }),
  "keys of another kind": answering({ keys: [{ kty: "oct", k: "AAAA", kid: one.keys[0].kid }, 42, null, {}] }),
});
const ENDPOINTS = ["discovery", "jwks", "token"];
const SLOW = ["silent", "drip"];

/** Breaks an endpoint; what mends it. */
async function broken(one, endpoint, fault) {
  if (fault === "down") await one.down();
  else one.faults[endpoint] = fault;
  return async () => {
    if (fault === "down") await one.up();
    else one.faults = {};
  };
}

/** A login while an endpoint is broken, from before it is asked until its page is there: that page. */
async function suffers(one, endpoint, fault) {
  const browser = visitor(server);
  const path = `/federation/${one.id}`;
  const begin = () => (isDirectory(one) ? browser.get(path) : browser.post(path, { operation: OPERATION, next: "" }));
  if (endpoint === "discovery") {
    const mend = await broken(one, endpoint, fault);
    return { browser, page: await begin(), mend };
  }
  const back = one.authorize(await leave(browser, one), {}, naming(one, one.victim.subject));
  const mend = await broken(one, endpoint, fault);
  return { browser, page: await come(browser, back), mend };
}
/** Whoever has a password logs in as ever: a user of a contract with an Active Directory, and a contractor to the menu. */
const withPasswords = (turn) => {
  const people = [["", named("directory").contract.address("plain")], ["/menu", ones[turn % ones.length].contract.boss]];
  return Promise.all(people.map(async ([door, login]) => {
    const page = await visitor(server).post(`${door}/login`, { login, password: STORAGE_PASSWORD, next: "", operation: OPERATION });
    return { login, page, at: performance.now() };
  }));
};
function gotIn(logins, what) {
  for (const { login, page } of logins) {
    assert.ok(page.status === 303 && ["/", "/menu"].includes(page.location), `${what}: ${login} with a password: ${page.status} ${page.text}`);
    assert.ok(page.ms < 5_000, `${what}: ${login} with a password: ${page.ms} ms`);
  }
}
function clear({ page }, what) {
  assert.ok(page.ms < 5_000, `${what}: ${page.ms} ms`);
  assert.match(page.text, /サービスに接続できません|ご本人を確認できませんでした/, what);
  assert.ok(!page.text.includes("127.0.0.1"), "nothing of the inside is told");
}

test("a provider of any kind that is down, slow, broken, endless or elsewhere at any endpoint: a clear page within 5 s, no session, and passwords go on", { timeout: 400_000 }, async () => {
  let turn = 0;
  for (const name of Object.keys(faultsOf(ones[0]))) {
    for (let round = 0; round < ENDPOINTS.length; round += 1) {
      // What was believed for an hour is asked anew.
      await server.clock.advance(61 * MINUTE);
      turn += 1;
      const all = ones.map((one, at) => ({ one, endpoint: ENDPOINTS[(round + at) % ENDPOINTS.length], fault: faultsOf(one)[name] }));
      // Facebook's endpoints are configured: it has no discovery.
      const asked = all.filter(({ one, endpoint }) => endpoint !== "discovery" || one.kind !== "endpoints");
      const suffering = Promise.all(asked.map(async (each) => ({ ...each, ...(await suffers(each.one, each.endpoint, each.fault)), at: performance.now() })));
      // While it waits, or while what it does not wait for lasts.
      if (!SLOW.includes(name)) await suffering;
      const meanwhile = await withPasswords(turn);
      gotIn(meanwhile, `${name}, round ${round}`);
      const suffered = await suffering;
      for (const { one, endpoint, browser, page, mend, at } of suffered) {
        const what = `${one.name} ${endpoint} ${name}`;
        await mend();
        clear({ page }, what);
        if (SLOW.includes(name)) assert.ok(meanwhile.every((login) => login.at < at), `${what}: passwords do not wait for it`);
        await refused({ browser, page }, what);
      }
    }
  }
  assert.equal(away.hits, 0, "no redirect was followed");
  await server.clock.advance(61 * MINUTE);
  for (const one of ones) assert.ok(opened((await signIn(server, one, one.victim.subject)).page), `${one.name}: and then it works again`);
});

test("a key that was rotated is fetched, at most once a minute for keys that nobody knows; a provider that is down with its new keys says so", { timeout: 120_000 }, async () => {
  const login = (one) => signIn(server, one, one.victim.subject);
  await Promise.all(ones.map(async (one) => assert.ok(opened((await login(one)).page), "its key is known")));
  await server.clock.advance(2 * MINUTE);
  await Promise.all(ones.map(async (one) => {
    one.rotate();
    assert.ok(opened((await login(one)).page), `${one.name}: the new key`);
  }));
  gotIn(await withPasswords(0), "new keys");
  await server.clock.advance(2 * MINUTE);
  await Promise.all(ones.map(async (one) => {
    const hits = one.hits.jwks;
    const stranger = newKey(one.alg, "stranger");
    await Promise.all(Array.from({ length: 10 }, async () => {
      const browser = visitor(server);
      const forged = ({ claims, sign }) => sign({ ...claims, ...subjectOf(one, one.victim.subject) }, { kid: "stranger" }, stranger);
      await refused({ browser, page: await come(browser, one.authorize(await leave(browser, one), {}, forged)) }, "an unknown key");
    }));
    assert.ok(one.hits.jwks - hits <= 2, `${one.name}: ${one.hits.jwks - hits} times`);
  }));
  // Rotated, and the new keys cannot be had.
  const names = ["silent", "down", "error", "garbage", "empty", "cut", "drip"];
  await server.clock.advance(2 * MINUTE);
  const suffering = ones.map(async (one, at) => {
    one.rotate();
    return { one, what: `${one.name}: new keys, ${names[at]}`, ...(await suffers(one, "jwks", faultsOf(one)[names[at]])) };
  });
  gotIn(await withPasswords(1), "new keys that cannot be had");
  for (const { what, browser, page, mend } of await Promise.all(suffering)) {
    await mend();
    clear({ page }, what);
    assert.equal(page.status, 503, what);
    await refused({ browser, page }, what);
  }
  await server.clock.advance(2 * MINUTE);
  await Promise.all(ones.map(async (one) => assert.ok(opened((await login(one)).page), `${one.name}: and then it works again`)));
});

test("a provider that is down: its page says that passwords are not affected", async () => {
  await server.clock.advance(61 * MINUTE);
  for (const one of [named("d-account"), named("directory")]) {
    const { page, mend } = await suffers(one, "discovery", "down");
    assert.equal(page.status, 503);
    assert.match(page.text, /メールアドレスとパスワードでのログインには影響ありません/);
    await mend();
    assert.ok(opened((await signIn(server, one, one.victim.subject)).page));
  }
});
