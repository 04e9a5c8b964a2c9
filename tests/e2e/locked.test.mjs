// ロック中のユーザ: who is on the list and for how long, what it says of known browsers, and the unlocking of several at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOUR, MINUTE, startServer } from "./harness/harness.mjs";
import { logins, opened, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract, signedIn, until } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const ADMIN = "admin.00001";
const CONTRACT = { object: "Contract", name: "123456789" };
before(async () => {
  await contract(server, "123456789", ADMIN, [...logins("lock", 20), "locked"]);
  await contract(server, "987654321", "admin.00002", ["foreign.1"]);
  await contract(server, "555555555", "admin.00003", logins("many", 120));
});

const fail = async (login, times) => {
  for (let failures = 0; failures < times; failures += 1) assert.equal((await tryLogin(server, login, WRONG)).status, 401);
};
/** The rows of the list: login → its cells as words. */
const rows = (page) => Object.fromEntries([...page.html.matchAll(/<tr[^>]*><th scope="row">.*?<a href="[^"]*">([^<]*)<\/a>(.*?)<\/tr>/gs)]
  .map(([, login, cells]) => [login, cells.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim()]));
/** The list once it shows this; accounts tell their contract behind the answer. */
async function list(browser, shows) {
  await until(async () => {
    await server.clock.runAlarms(2000);
    return shows(rows(await browser.get("/locked")));
  }, 20_000);
  return rows(await browser.get("/locked"));
}
const choose = (...names) => `/locked/unlock?${names.map((name) => `user.${encodeURIComponent(name)}=on`).join("&")}`;

test("cw_084_the_list_shows_who_is_locked_and_who_keeps_failing_and_nobody_else", async () => {
  const admin = await signedIn(server, ADMIN);
  const empty = await admin.get("/locked");
  assert.ok(empty.text.includes("ロック中のユーザはいません。"), empty.text);
  assert.match((await admin.get("/users")).html, /<a data-part="locked" href="\/locked">ロック中のユーザ<\/a>/);
  const home = await signedIn(server, "lock.00001");
  await fail("lock.00001", 5);
  await fail("lock.00002", 2);
  await fail("foreign.1", 5);
  const shown = await list(admin, (all) => all["lock.00001"] && all["lock.00002"]);
  assert.deepEqual(Object.keys(shown), ["lock.00001", "lock.00002"], "the locked ones first, none of another contract");
  assert.match(shown["lock.00001"], /^ロック中 5回 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900 あと(29|30)分 1台はログインできます$/);
  assert.match(shown["lock.00002"], /^失敗が続いています 2回 .* - -$/);
  assert.match((await admin.get("/users")).html, /<a data-part="locked" href="\/locked">ロック中のユーザ: 1人<\/a>/);

  for (let failures = 0; failures < 5; failures += 1) {
    assert.equal((await home.post("/login", { login: "lock.00001", password: WRONG, next: "", operation: "0".repeat(32) })).status, 401);
  }
  assert.match((await list(admin, (all) => /10回/.test(all["lock.00001"])))["lock.00001"], /1台もロック中です$/);

  // What has run out is left out on reading, without a word from the account.
  await server.clock.advance(31 * MINUTE);
  const again = await signedIn(server, ADMIN);
  assert.deepEqual(Object.keys(rows(await again.get("/locked"))), ["lock.00002"]);
  await server.clock.advance(24 * HOUR);
  assert.deepEqual(rows(await (await signedIn(server, ADMIN)).get("/locked")), {});
});

test("cw_084_several_users_are_unlocked_at_once_and_each_has_its_result_and_its_row_in_the_journal", async () => {
  const admin = await signedIn(server, ADMIN);
  const names = ["lock.00003", "lock.00004", "lock.00005"];
  for (const name of names.slice(0, 2)) await fail(name, 5);
  await list(admin, (all) => names.slice(0, 2).every((name) => all[name]));
  const question = await admin.get(choose(...names, "foreign.1", "nobody.1"));
  assert.equal(question.status, 200, question.text);
  for (const text of ["ロックアウトを解除します。", "よろしいですか？", "対象のユーザ: 5人", ...names]) assert.ok(question.text.includes(text), text);
  assert.ok((await tryLogin(server, names[0], PASSWORD)).status === 403, "asking unlocks nobody");

  const done = await admin.submit(question, {}, "/locked/unlock");
  assert.equal(done.status, 200, done.text);
  const results = Object.fromEntries([...done.html.matchAll(/<dt><a[^>]*>([^<]*)<\/a><\/dt><dd><span[^>]*>([^<]*)</g)].map(([, name, result]) => [name, result]));
  assert.deepEqual(results, {
    "lock.00003": "解除しました", "lock.00004": "解除しました", "lock.00005": "すでに解除されています",
    "foreign.1": "解除できませんでした", "nobody.1": "解除できませんでした",
  });
  assert.ok(done.text.includes("5人中2人のロックアウトを解除しました。"), done.text);
  for (const name of names.slice(0, 2)) {
    assert.ok(opened(await tryLogin(server, name, PASSWORD)), name);
    await until(async () => {
      await server.clock.runAlarms(2000);
      return (await admin.get(`/users/${name}/history`)).text.includes(`${ADMIN} が ${name} のロックアウトを解除しました。`);
    });
  }
  assert.equal((await server.operator().account("coconowork", "foreign.1")).state !== undefined, true);
  await list(admin, (all) => !names.some((name) => all[name]));

  // The same form once more does nothing, and says what it said.
  const { fields } = question.forms().find((form) => form.action === "/locked/unlock");
  await fail("lock.00003", 5);
  const repeated = await admin.post("/locked/unlock", fields);
  assert.ok(repeated.text.includes("解除しました"));
  assert.equal((await tryLogin(server, "lock.00003", PASSWORD)).status, 403, "an operation is done once");
});

test("cw_008_only_the_contracts_administrator_has_the_list", async () => {
  const user = await signedIn(server, "lock.00006");
  for (const path of ["/locked", choose("lock.00007")]) assert.equal((await user.get(path)).status, 404, path);
  await fail("lock.00007", 5);
  const fields = { operation: "0".repeat(32), "user.lock.00007": "on" };
  assert.equal((await user.post("/locked/unlock", fields)).status, 404);
  const foreign = await signedIn(server, "admin.00002");
  assert.ok((await foreign.post("/locked/unlock", fields)).text.includes("解除できませんでした"));
  assert.equal((await tryLogin(server, "lock.00007", PASSWORD)).status, 403);
  const nobody = server.browser();
  assert.match((await nobody.get("/locked")).location, /^\/login/);
  assert.match((await nobody.post("/locked/unlock", fields)).location, /^\/login/);
  assert.equal((await server.browser({ service: "worksdrive" }).get("/locked")).status, 404, "where nobody unlocks there is no list");
});

test("cw_084_bad_choices_get_a_clear_answer_and_unlock_nobody", async () => {
  const admin = await signedIn(server, ADMIN);
  await fail("lock.00008", 5);
  const operation = "1".repeat(32);
  const none = await admin.get("/locked/unlock");
  assert.equal(none.location, "/locked?notice=nothing-selected");
  assert.ok((await admin.follow(none)).text.includes("ユーザが選択されていません。"));
  assert.equal((await admin.post("/locked/unlock", { operation })).location, "/locked?notice=nothing-selected");
  const tooMany = Object.fromEntries(Array.from({ length: 26 }, (_, at) => [`user.lock.${at}`, "on"]));
  for (const [form, status] of [[{ "user.lock.00008": "on" }, 422], [{ operation, ...tooMany }, 422], [{ operation, "user.": "on" }, 422], [{ operation, [`user.${"x".repeat(300)}`]: "on" }, 422]]) {
    assert.equal((await admin.post("/locked/unlock", form)).status, status, JSON.stringify(form).slice(0, 80));
  }
  assert.equal((await admin.post("/locked/unlock", { operation, "user.lock.00008": "on" }, { headers: { origin: "http://evil.example" } })).status, 403);
  for (const after of ["x", "1", "1.x.y", "1.-5.u", "2", "1.99999999999999999999.u"]) assert.equal((await admin.get(`/locked?after=${after}`)).status, 422, after);
  assert.equal((await tryLogin(server, "lock.00008", PASSWORD)).status, 403);
});

test("cw_050_a_user_may_be_called_locked", async () => {
  const admin = await signedIn(server, ADMIN);
  assert.ok((await admin.get("/users/locked")).text.includes("一般ユーザlockedの詳細を表示しています。"));
});

test("cw_084_a_long_list_has_pages_of_18_and_passes_over_what_has_run_out", async () => {
  const there = { object: "Contract", name: "555555555" };
  const now = server.clock.now();
  const json = `json_object('failures', 5, 'last', ${now}, 'until', until, 'elsewhere', ${now}, 'browsers', 0, 'locked', json('[]'))`;
  await server.sql(there, `INSERT INTO failing (uid, locked, until, json) SELECT uid, 1, until, ${json} FROM (SELECT uid, ${now} + 600000 + row_number() OVER (ORDER BY login) AS until FROM member WHERE role = 'user')`);
  await server.sql(there, `INSERT INTO failing (uid, locked, until, json) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT 'old-' || i, i % 2, ${now} - i, '{}' FROM n`);
  const admin = await signedIn(server, "admin.00003");
  const seen = [];
  let page = await admin.get("/locked");
  for (const size of [18, 18, 18, 18, 18, 18, 12]) {
    const own = Object.keys(rows(page));
    assert.equal(own.length, size);
    seen.push(...own);
    const next = /href="([^"]*)" rel="next"/.exec(page.html)?.[1].replace(/&(amp|#38);/g, "&");
    assert.equal(Boolean(next), size === 18);
    if (next) page = await admin.get(next);
  }
  assert.deepEqual(seen, logins("many", 120).reverse(), "each once, the newest lock first");
  assert.match(page.html, /<a class="button" href="\/locked">先頭へ/);
  assert.ok((await admin.get("/users")).text.includes("ロック中のユーザ: 100人以上"));
});

test("cw_084_locks_from_before_the_list_are_in_it", async () => {
  const now = server.clock.now();
  await server.sql(CONTRACT, "DROP TABLE failing");
  await server.sql(CONTRACT, "DELETE FROM item WHERE key = 'failing'");
  await server.sql(CONTRACT, `UPDATE member SET locked_at = CASE login WHEN 'lock.00010' THEN ${now} WHEN 'lock.00011' THEN ${now} - 1800001 END, failures = 5`);
  await server.abort(CONTRACT);
  const admin = await signedIn(server, ADMIN);
  await until(async () => (await admin.get("/locked")).status === 200);
  assert.deepEqual(Object.keys(rows(await admin.get("/locked"))), ["lock.00010"]);
  await server.abort(CONTRACT);
  await server.sql(CONTRACT, "DELETE FROM failing");
  await server.abort(CONTRACT);
  await until(async () => (await admin.get("/locked")).status === 200);
  assert.deepEqual(rows(await admin.get("/locked")), {}, "filled once");
});
