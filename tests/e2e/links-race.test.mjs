// Past failure 19: every mailed link used 1,000 times at once has exactly one success, one effect and one row in the journal.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { opened, statuses, tryLogin } from "./harness/login.mjs";
import { until } from "./harness/people.mjs";
import { STORAGE_PASSWORD, linkIn, mailTo, storageContract } from "./harness/storage.mjs";

const TIMES = 1000;
const OPERATION = "0".repeat(32);
const service = "worksdrive";
const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const browser = () => server.browser({ service });
const { origin } = browser();
const login = (who, password) => tryLogin(server, who, password, { service });
const newest = async (to, seen) => linkIn(await mailTo(server, to, seen), origin);

/** Rows of the journal about this account with one of these codes. */
async function rows(contract, uid, code) {
  await until(async () => {
    await server.clock.advance(3 * MINUTE);
    return (await server.sql({ object: "Account", name: uid }, "SELECT id FROM outbox WHERE dead = 0")).length === 0;
  });
  const month = new Date(server.clock.now() + 9 * 3_600_000).toISOString().slice(0, 7);
  const all = await server.sql({ object: "Journal", name: `${contract}/${month}` }, "SELECT json FROM entry WHERE uid = ?", uid);
  return all.filter(({ json }) => json.includes(`"${code}"`)).length;
}
/** 1,000 POSTs at once from browsers of their own; those that succeeded. */
async function race(path, form) {
  const pages = await Promise.all(Array.from({ length: TIMES }, (_, at) => browser().post(path, { operation: OPERATION, ...form(at) })));
  assert.ok(pages.every(({ status }) => [200, 409, 410].includes(status)), JSON.stringify(statuses(pages)));
  return pages.flatMap((page, at) => (page.status === 200 ? [{ page, at }] : []));
}
const numbered = (at) => `Race-${String(at).padStart(5, "0")}-x`;
const password = (at) => ({ new: numbered(at), again: numbered(at) });

/** The menu of a contractor. */
async function inMenu(who) {
  const menu = browser();
  await menu.submit(await menu.get("/menu/login"), { login: who, password: STORAGE_PASSWORD }, "/menu/login");
  return menu;
}
async function askAddress(menu, to) {
  const seen = server.mails().length;
  await menu.submit(await menu.get("/menu/address"), { address: to, again: to }, "/menu/address");
  return newest(to, seen);
}

test("st_070: an invitation", async () => {
  const user = "invited@race.example.jp";
  const { uid } = (await storageContract(server, service, "R-1", "boss1@race.example.jp", [{ login: user, ready: false }])).get(user);
  const path = await newest(user, 0);
  const form = browser();
  const check = await form.submit(await form.get(path), { new: STORAGE_PASSWORD, again: STORAGE_PASSWORD }, path);
  const prepared = /name="prepared" value="([0-9a-f]+)"/.exec(check.html)[1];
  assert.equal((await race(path, () => ({ prepared }))).length, 1);
  assert.ok(opened(await login(user, STORAGE_PASSWORD)));
  assert.equal(await rows("R-1", uid, "registered"), 1);
});

test("st_122: the release of a lock", async () => {
  const user = "locked@race.example.jp";
  const { uid } = (await storageContract(server, service, "R-2", "boss2@race.example.jp", [user])).get(user);
  for (let failed = 0; failed < 10; failed += 1) await login(user, "Wrong-0000");
  assert.equal((await race(await newest(user, 0), () => ({}))).length, 1);
  assert.ok(opened(await login(user, STORAGE_PASSWORD)));
  assert.equal(await rows("R-2", uid, "unlocked-by-link"), 1);
});

test("st_123: a forgotten password", async () => {
  const user = "forgot@race.example.jp";
  const { uid } = (await storageContract(server, service, "R-3", "boss3@race.example.jp", [user])).get(user);
  await browser().post("/forgot", { login: user, operation: OPERATION });
  const [won, ...others] = await race(await newest(user, 0), password);
  assert.deepEqual(others, []);
  assert.ok(opened(await login(user, numbered(won.at))));
  assert.equal(await rows("R-3", uid, "password-reset"), 1);
});

test("st_104, st_109: a change of address, and the way back", async () => {
  const [boss, next] = ["boss4@race.example.jp", "next4@race.example.jp"];
  const { uid } = (await storageContract(server, service, "R-4", boss, [])).get(boss);
  const path = await askAddress(await inMenu(boss), next);
  const seen = server.mails().length;
  const [won, ...others] = await race(path, password);
  assert.deepEqual(others, []);
  assert.ok(opened(await login(next, numbered(won.at))));
  assert.equal((await login(boss, numbered(won.at))).status, 401);
  assert.equal(await rows("R-4", uid, "address-changed"), 1);
  const undo = await newest(boss, seen);
  const [back, ...more] = await race(undo, (at) => ({ new: `Back-${at + 10_000}-y`, again: `Back-${at + 10_000}-y` }));
  assert.deepEqual(more, []);
  assert.ok(opened(await login(boss, `Back-${back.at + 10_000}-y`)));
  assert.equal(await rows("R-4", uid, "address-restored"), 1);
});
