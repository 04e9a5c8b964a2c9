// ココナワーク ユーザアカウント一覧表 (CW-002 to CW-005): who sees it, what stands on it, in parts and as a file, for a large contract too.

import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { act, contract, PASSWORD, signedIn, tokyoDay, until } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const ADMINISTRATOR = "admin.sheet";
const CONTRACT = "123456789";
const today = (days = 0) => tokyoDay(server.clock.now() + days * DAY);
await contract(server, CONTRACT, ADMINISTRATOR, [
  "cwtest.00001", { login: "cwtest.00002", type: "coconowork-self", ready: false },
  { login: "cwtest.00003", end: today(30) }, { login: "cwtest.00004", end: today(-1) }, { login: "cwtest.00005", end: today() }, "-1.2",
]);
await contract(server, "987654321", "admin.other", ["other.00001"]);

/** The users' rows of a page: [plan, login as it is read, password, start, end]. */
const rows = (page) => [...page.html.split("<thead>")[1].matchAll(/<tr[^>]*><td>(.*?)<\/tr>/gs)].map(([, cells]) => cells.split(/<\/t[dh]>/).slice(0, 5).map((cell) => cell.replace(/<[^>]*>/g, "")));
const marked = (page) => rows(page).map(([, login]) => login).filter((login) => login.startsWith("今回の追加・変更契約分: ")).map((login) => login.slice(13).split(" ")[0]);
/** A file as a spreadsheet reads it; the first byte order mark and every guard stay visible. */
const table = (page) => page.html.split("\r\n").slice(0, -1).map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));

test("cw_002 cw_003 the sheet opens from the list and says whose it is", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const list = await browser.get("/users");
  assert.match(list.html, /<a href="\/sheet">ユーザアカウント一覧表<\/a>/);
  const page = await browser.get("/sheet");
  assert.equal(page.status, 200);
  assert.match(page.html, /<h1>ココナワーク ユーザアカウント一覧表<\/h1>/);
  for (const text of [`契約ID: ${CONTRACT}`, "■管理者用アカウント", "管理者用アカウント/初期パスワード(*1) admin.sheet 変更済み",
    "なお、このアカウントはココナワークリモートアクセスには利用できません。", "契約ユーザ数: 6"]) assert.ok(page.text.includes(text), text);
  // CW-003: it cannot.
  const device = await server.device({ login: ADMINISTRATOR, password: PASSWORD, role: "client" });
  assert.deepEqual([device.refused.status, device.refused.body.error], [403, "remote_access_not_allowed"]);
});

test("cw_004 cw_005 users with plan, name, password's state and days; who is cancelled is struck through and usable to the last day", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const page = await browser.get("/sheet");
  const heads = [...page.html.matchAll(/<th scope="col">(.*?)<\/th>/g)].map(([, head]) => head);
  assert.deepEqual(heads, ["プラン(*1)", "アカウント (ユーザ名)", "初期パスワード (*2)", "サービス提供開始日", "サービス解約日"]);
  const mark = "今回の追加・変更契約分: ";
  assert.deepEqual(rows(page), [
    ["ココナワーク", `${mark}-1.2`, "変更済み", "2022-12-01", "-"],
    ["ココナワーク", `${mark}cwtest.00001`, "変更済み", "2022-12-01", "-"],
    ["ココナワーク セルフ", `${mark}cwtest.00002`, "仮パスワード", "2022-12-01", "-"],
    ["ココナワーク", `${mark}cwtest.00003 (解約予定)`, "変更済み", "2022-12-01", today(30)],
    ["ココナワーク", `${mark}cwtest.00004 (解約済み)`, "変更済み", "2022-12-01", today(-1)],
    ["ココナワーク", `${mark}cwtest.00005 (解約予定)`, "変更済み", "2022-12-01", today()],
  ]);
  assert.deepEqual([...page.html.matchAll(/<s>(.*?)<\/s>/g)].map(([, login]) => login), ["cwtest.00003", "cwtest.00004", "cwtest.00005"]);
  for (const sentence of ["このアカウントは今回の追加・変更契約分です。", "この取消線のアカウントはサービス解約日まで利用可能です。"]) assert.ok(page.text.includes(sentence));
  // What the sheet says is so: today is the last day of one, yesterday was that of the other.
  const opens = async (login) => (await server.browser().signIn(login, PASSWORD)).text.includes("ログアウト");
  assert.deepEqual([await opens("cwtest.00003"), await opens("cwtest.00005"), await opens("cwtest.00004")], [true, true, false]);
});

test("cw_005 the mark is that of the newest addition or change; an unchanged repeat and acts of people move nothing", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const now = async () => marked(await browser.get("/sheet"));
  assert.equal((await now()).length, 6);
  await server.clock.advance(11 * MINUTE);
  await act(browser, "cwtest.00001", "prohibit");
  await act(browser, "cwtest.00001", "allow");
  await contract(server, CONTRACT, ADMINISTRATOR, ["cwtest.00001"]);
  assert.equal((await now()).length, 6, "nothing was added or changed");
  await contract(server, CONTRACT, ADMINISTRATOR, [{ login: "cwtest.00001", type: "coconowork-self" }, "-1.2"]);
  await until(async () => JSON.stringify(await now()) === '["cwtest.00001"]');
  // Several requests of one delivery are one.
  await server.clock.advance(9 * MINUTE);
  await contract(server, CONTRACT, ADMINISTRATOR, ["cwtest.00006"]);
  await until(async () => JSON.stringify(await now()) === '["cwtest.00001","cwtest.00006"]');
  await server.clock.advance(11 * MINUTE);
  assert.deepEqual(await now(), ["cwtest.00001", "cwtest.00006"], "they stay marked until the next one");
  assert.equal((await server.operator().delete(`/contracts/${CONTRACT}/users/cwtest.00006`)).status, 204);
  await until(async () => JSON.stringify(await now()) === '["cwtest.00001"]');
});

test("past failure 47, cw_002 cw_005 the file: UTF-8 with a byte order mark, both sections, no formula", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const page = await browser.get("/sheet?format=csv");
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.equal(page.headers.get("content-disposition"), `attachment; filename="accounts-${CONTRACT}-${today()}.csv"`);
  assert.equal(page.headers.get("cache-control"), "no-store");
  const [heads, administrator, ...users] = table(page);
  assert.deepEqual(heads, ["\ufeff区分", "プラン", "アカウント (ユーザ名)", "初期パスワード", "サービス提供開始日", "サービス解約日", "追加・変更", "解約"]);
  assert.deepEqual(administrator.slice(0, 4), ["管理者用アカウント", "", ADMINISTRATOR, "変更済み"]);
  assert.deepEqual(users.map(([, , login]) => login), ["'-1.2", "cwtest.00001", "cwtest.00002", "cwtest.00003", "cwtest.00004", "cwtest.00005"]);
  assert.deepEqual(users.map((row) => row.at(-1)), ["", "", "", "解約予定", "解約済み", "解約予定"]);
  assert.deepEqual(users[1], ["一般ユーザアカウント", "ココナワーク セルフ", "cwtest.00001", "変更済み", "2022-12-01", "'-", "今回の追加・変更契約分", ""]);
  const english = await signedIn(server, ADMINISTRATOR, PASSWORD, { language: "en" });
  assert.match((await english.get("/sheet?format=csv")).html, /^\ufeffSection,Plan,/);
});

test("only the contract's own administrator has it, and only where accounts are handed over on a sheet", async () => {
  for (const path of ["/sheet", "/sheet?format=csv", "/sheet?part=2"]) {
    const nobody = await server.browser().get(path);
    assert.equal(nobody.status, 303, path);
    assert.ok(nobody.location.startsWith(`/login?next=${encodeURIComponent(path)}`), nobody.location);
    const user = await signedIn(server, "cwtest.00001");
    assert.equal((await user.get(path)).status, 404, path);
  }
  const other = await signedIn(server, "admin.other");
  const page = await other.get("/sheet");
  assert.deepEqual(rows(page).map(([, login]) => login), ["今回の追加・変更契約分: other.00001"]);
  assert.equal((await other.get("/sheet?part=2")).status, 404);
  for (const query of ["part=0", "part=x", "part=-1", "part=99999999999", "format=pdf"]) assert.equal((await other.get(`/sheet?${query}`)).status, 422, query);
  assert.equal((await server.browser({ service: "worksdrive" }).get("/sheet")).status, 404);
});

const LARGE = "555000001";
const MANY = 100_000;
const FILL = `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${MANY})
  INSERT INTO member (uid, sequence, role, login, name, plan, start, end, failures, prohibited, temporary, factor)
  SELECT printf('%032x', n), 1, 'user', printf('many.%06d', n), '', 'coconowork', '2022-12-01', '9999-99-99', 0, 0, 0, 0 FROM number`;

test("cw_002 100,000 users: pages of 1,000 that say which part they are, and one file with everybody once", async () => {
  await contract(server, LARGE, "admin.large");
  await server.sql({ object: "Contract", name: LARGE }, FILL);
  const browser = await signedIn(server, "admin.large");
  const first = await browser.get("/sheet");
  assert.equal(rows(first).length, 1_000);
  assert.ok(first.text.includes("100,000件中 1～1,000件"));
  const next = /href="([^"]*)" rel="next"/.exec(first.html)[1];
  const second = await browser.get(next);
  assert.equal(next, "/sheet?part=2");
  assert.equal(rows(second)[0][1], "many.001001");
  assert.ok(second.text.includes("100,000件中 1,001～2,000件"));
  assert.ok(second.text.includes("admin.large"), "each part stands alone");
  const last = await browser.get("/sheet?part=100");
  assert.ok(last.text.includes("100,000件中 99,001～100,000件"));
  assert.doesNotMatch(last.html, /rel="next"/);
  assert.equal((await browser.get("/sheet?part=101")).status, 404);
  const file = await browser.get("/sheet?format=csv");
  const logins = table(file).slice(2).map(([, , login]) => login);
  assert.equal(logins.length, MANY);
  assert.deepEqual([logins[0], logins.at(-1), new Set(logins).size], ["many.000001", `many.${MANY}`, MANY]);
  console.log(`${MANY} users as a file: ${Math.round(file.ms)} ms, ${file.bytes.length} bytes`);
});

test("a file that is being read breaks off when its reader's session ends", async () => {
  const browser = await signedIn(server, "admin.large");
  const cookie = Object.entries(browser.cookies).map((pair) => pair.join("=")).join("; ");
  const answer = await new Promise((resolve, reject) => {
    http.get({ host: "127.0.0.1", port: server.port, path: "/sheet?format=csv", headers: { host: `localhost:${server.port}`, cookie } }, resolve).on("error", reject);
  });
  // Nobody reads yet: the parts wait.
  await new Promise((resolve) => answer.once("readable", resolve));
  await browser.submit(await browser.get("/"), {}, "/logout");
  await server.clock.advance(SECOND);
  let lines = 0;
  const ended = await new Promise((resolve) => {
    answer.on("data", (chunk) => (lines += chunk.toString("latin1").split("\r\n").length - 1));
    answer.on("end", () => resolve(answer.complete ? "whole" : "broken"));
    answer.on("error", () => resolve("broken"));
    answer.on("close", () => resolve(answer.complete ? "whole" : "broken"));
  });
  assert.equal(ended, "broken");
  assert.ok(lines > 0 && lines < MANY, `${lines} lines`);
});
