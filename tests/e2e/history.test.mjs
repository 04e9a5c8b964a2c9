// 操作履歴 in the built bundle: who reads which rows, filter, paging through months, the file, the chain under everything that can
// be done to it in storage, sums of failures, and how long rows are kept.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { DAY, HOUR, MINUTE, SECOND, SECRETS, startServer } from "./harness/harness.mjs";
import { rows, sentences } from "./harness/history.mjs";
import { tryLogin } from "./harness/login.mjs";
import { act, contract, PASSWORD, phoneLogin, signedIn, tokyoDay, until, WRONG } from "./harness/people.mjs";

// The first key signs, all verify.
const [FIRST, FORMER] = [...JSON.parse(SECRETS.DATA_KEYS), "tests-former-data-key-0123456789abcdefghij"];
const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" }, secrets: { ...SECRETS, DATA_KEYS: JSON.stringify([FIRST, FORMER]) } });
after(() => server.stop());

const ADMIN = "admin.00001";
const month = (at = server.clock.now()) => tokyoDay(at).slice(0, 7);
const journal = (number, at) => ({ object: "Journal", name: `${number}/${month(at)}` });
/** What accounts still have to tell is told: their alarms are set some milliseconds behind the answers. */
async function settle() {
  await new Promise((resolve) => setTimeout(resolve, 60));
  await server.clock.advance(3 * SECOND);
}
/** The administrator, logged in anew: a session ends when the clock moves half an hour on. */
const again = async () => {
  const browser = await signedIn(server, ADMIN, PASSWORD, { ip: "192.0.2.7" });
  await settle();
  return browser;
};
const link = (page, rel) => new RegExp(`href="([^"]*)" rel="${rel}"`).exec(page.html)?.[1].replace(/&(amp|#38);/g, "&");
/** A file as a table. */
function table(page) {
  assert.deepEqual([...page.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf], "a byte order mark");
  const lines = page.bytes.toString().replace("\ufeff", "").split("\r\n");
  assert.equal(lines.pop(), "", "the last line ends too");
  return lines.map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));
}

let made;
let admin;
before(async () => {
  made = await contract(server, "123456789", ADMIN, ["cwtest.00001", "cwtest.00002", "cwtest.00003"]);
  await contract(server, "987654321", "admin.00002", ["foreign.1"]);
  admin = await signedIn(server, ADMIN, PASSWORD, { ip: "192.0.2.7" });
});

test("an administrator sees who did what to whom, when, from which address and session", async () => {
  const phone = await server.device({ login: "cwtest.00001", password: PASSWORD, role: "viewer", name: "iPhone16,1", os: "iOS" });
  await act(admin, "cwtest.00001", "disconnect/viewer");
  await phone.next("bye");
  await settle();
  const page = await admin.get("/history");
  assert.equal(page.status, 200);
  assert.match(page.text, /操作履歴.*契約ID: 123456789/);
  const [when, what, from] = rows(page).find((row) => row[1].includes("切断しました"));
  assert.match(when, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900$/);
  assert.equal(what, `${ADMIN} が cwtest.00001 のビューア（手元端末）「iPhone16,1」を切断しました。`);
  assert.match(from, /^192\.0\.2\.7 セッション [\w-]{8}$/);
  const all = sentences(page);
  for (const expected of [
    `${ADMIN} がログインしました。`, "cwtest.00001 のビューア（手元端末）「iPhone16,1」が登録されました。",
    "cwtest.00001 のビューア（手元端末）「iPhone16,1」が接続しました。", "運用者 tests が cwtest.00001 を追加しました。", "運用者 tests がご契約を登録しました。",
  ]) assert.ok(all.includes(expected), `${expected} is missing in ${all.join("\n")}`);
  assert.deepEqual(rows(page).map(([at]) => at), rows(page).map(([at]) => at).toSorted().reverse(), "newest first");
  const english = await (await signedIn(server, ADMIN, PASSWORD, { language: "en" })).get("/history");
  assert.ok(sentences(english).includes(`${ADMIN} disconnected the viewer (device at hand) “iPhone16,1” of cwtest.00001.`), sentences(english).join("\n"));
});

test("a user's page leads to the rows about him", async () => {
  const user = await admin.get("/users/cwtest.00001");
  assert.match(user.html, /href="\/users\/cwtest\.00001\/history"/);
  const page = await admin.get("/users/cwtest.00001/history");
  assert.ok(sentences(page).length >= 4);
  assert.ok(sentences(page).every((what) => what.includes("cwtest.00001")), sentences(page).join("\n"));
});

test("everybody sees the rows about himself, and not where an administrator works from", async () => {
  const own = await signedIn(server, "cwtest.00001", PASSWORD, { ip: "192.0.2.8" });
  await settle();
  const page = await own.get("/history");
  const [, , theirs] = rows(page).find(([, what]) => what.includes("切断しました"));
  assert.equal(theirs, "-");
  assert.match(rows(page).find(([, what]) => what === "cwtest.00001 がログインしました。")[2], /192\.0\.2\.8/);
  assert.ok(sentences(page).every((what) => what.includes("cwtest.00001")), sentences(page).join("\n"));
  assert.ok(!page.text.includes("履歴の検査") && page.text.includes("操作履歴"));
  assert.ok(!table(await own.get("/history?csv=1")).flat().some((cell) => cell.includes("192.0.2.7")));
  // Somebody else's, through the filter, is nothing.
  assert.ok(sentences(await own.get(`/history?who=${ADMIN}`)).every((what) => what.includes("cwtest.00001")));
});

test("cw_008 another contract, a user and nobody: what is not his is like what is not there", async () => {
  const other = await signedIn(server, "admin.00002");
  const user = await signedIn(server, "cwtest.00002");
  const theirs = await other.get("/history");
  assert.ok(sentences(theirs).every((what) => !what.includes("cwtest")), sentences(theirs).join("\n"));
  assert.deepEqual(sentences(await other.get("/history?who=cwtest")), []);
  const mask = (page) => page.html.replace(/\b[0-9a-f]{32}\b/g, "ID");
  for (const [browser, path] of [
    [other, "/users/cwtest.00001/history"], [admin, "/users/foreign.1/history"], [user, "/users/cwtest.00001/history"], [admin, `/users/${ADMIN}/history`],
  ]) {
    const [page, unknown] = [await browser.get(path), await browser.get("/users/no.such.user/history")];
    assert.equal(page.status, 404, path);
    assert.equal(mask(page), mask(unknown), path);
  }
  for (const method of ["GET", "POST"]) {
    const page = await user.request("/history/check", method === "POST" ? { form: { operation: "0".repeat(32) } } : {});
    assert.equal(page.status, 404, method);
  }
  for (const path of ["/history", "/users/cwtest.00001/history", "/history/check", "/history?csv=1"]) {
    const page = await server.browser().get(path);
    assert.equal(page.status, 303, path);
    assert.match(page.location, /^\/login\?next=/);
  }
  const foreign = await admin.request("/history/check", { form: { operation: "0".repeat(32) }, headers: { origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
});

test("filter by person, action and day; every mistake beside its field", async () => {
  await tryLogin(server, "cwtest.00003", WRONG);
  await server.clock.advance(2 * MINUTE);
  await settle();
  const day = tokyoDay(server.clock.now());
  const filtered = (query) => admin.get(`/history?${encodeURI(query)}`).then(sentences);
  assert.ok((await filtered("who=00003")).every((what) => what.includes("cwtest.00003")));
  assert.deepEqual(await filtered("who=ＣＷＴＥＳＴ.00003&code=sign-in-failed"), ["cwtest.00003 のログインに失敗しました。"]);
  assert.ok((await filtered("who=operator")).some((what) => what.startsWith("運用者 tests")));
  assert.ok((await filtered("code=signed-in")).every((what) => what.endsWith("がログインしました。")));
  assert.ok((await filtered(`from=${day}&to=${day}`)).length > 5);
  assert.deepEqual(await filtered("to=2020-01-01"), []);
  assert.deepEqual(await filtered("code=no-such-code"), []);
  for (const who of ["%", "_", "' OR 1=1 --", "\u0000", "<script>"]) assert.deepEqual(sentences(await admin.get(`/history?who=${encodeURIComponent(who)}`)), [], who);
  const wrong = await admin.get("/history?from=2026-02-30&to=yesterday");
  assert.equal(wrong.status, 422);
  assert.equal(wrong.html.match(/日付を 2026-11-22 の形で入力してください。/g).length, 2, "both at once");
  const turned = await admin.get("/history?from=2026-02-03&to=2026-02-02");
  assert.equal(turned.status, 422);
  assert.ok(turned.text.includes("開始日と同じか、それより後の日付を入力してください。"));
  for (const cursor of ["older=x", "newer=1", "older=-1.1", "older=1.99999999999999999999", "newer=9999999999999999.1"]) {
    assert.equal((await admin.get(`/history?${cursor}`)).status, 422, cursor);
  }
});

test("failures of a minute are one row that says how many and from where", async () => {
  const login = "cwtest.00002";
  await server.clock.advance(MINUTE - (server.clock.now() % MINUTE));
  for (let at = 0; at < 4; at += 1) assert.equal((await tryLogin(server, login, WRONG, { ip: `198.51.100.${at}` })).status, 401);
  await server.clock.advance(2 * MINUTE);
  await settle();
  const found = rows(await admin.get("/history?who=00002&code=sign-in-failed"));
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.match(found[0][1], /^cwtest\.00002 のログインに失敗しました（4回）。 最後: \d{4}/);
  assert.equal(found[0][2], "198.51.100.0, 198.51.100.1, 198.51.100.2, …");
});

test("a reconnect within the hour leaves no row, a departure is summed", async () => {
  const who = { login: "cwtest.00003", password: PASSWORD, role: "client", name: "PC-9", os: "Windows 11" };
  const first = await server.device(who);
  const { token } = first;
  first.close();
  await until(async () => !(await server.operator().account("coconowork", who.login)).connections.client);
  for (let at = 0; at < 3; at += 1) {
    const again = await server.device({ ...who, token });
    again.close();
    await until(async () => !(await server.operator().account("coconowork", who.login)).connections.client);
  }
  await server.clock.advance(HOUR + MINUTE);
  await settle();
  const now = await again();
  const about = (code) => now.get(`/history?who=00003&code=${code}`).then(sentences);
  assert.equal((await about("device-connected")).length, 1);
  const gone = await about("device-disconnected");
  assert.ok(gone.length === 1 || gone.length === 2, "one row, or two when the hour turned in between");
  assert.match(gone[0], /クライアント（接続先機器）「PC-9」の接続が終わりました/);
});

test("every look of the operator is a row, also of the account that he looked at", async () => {
  await contract(server, "looks", "looks.admin", ["looks.00001"]);
  await server.operator().get("/contracts/looks");
  await server.operator().account("coconowork", "looks.00001");
  await server.operator().put("looks", {
    service: "coconowork", name: "有限会社みほん", plan: "trial", trial_start: "2026-11-01", administrator: { login: "looks.admin", name: "山田 太郎" }, users: [],
  });
  await settle();
  const all = sentences(await (await signedIn(server, "looks.admin")).get("/history"));
  for (const expected of ["運用者 tests がご契約の内容を照会しました。", "運用者 tests が looks.00001 の状態を照会しました。",
    "運用者 tests がご契約の登録内容を送信しました。 氏名: 株式会社サンプル → 有限会社みほん プラン: 基本プラン → 無料トライアル トライアル開始日: - → 2026-11-01"]) {
    assert.ok(all.includes(expected), `${expected} is missing in ${all.join("\n")}`);
  }
  const own = sentences(await (await signedIn(server, "looks.00001")).get("/history"));
  assert.ok(own.includes("運用者 tests が looks.00001 の状態を照会しました。"));
});

test("past failure 47: the file: UTF-8 with a mark, CRLF, no formula in any letters, named after contract and days", async () => {
  const name = "=HYPERLINK(\"http://evil.example\")";
  await server.device({ login: "cwtest.00003", password: PASSWORD, role: "viewer", name, os: "iOS" });
  for (const sign of ["=", "+", "-", "@", "＝", "＋", "－", "＠"]) {
    await phoneLogin(server, { login: "cwtest.00003", role: "client", name: `${sign}1+1`, os: `${sign}1+1` });
  }
  admin = await again();
  const day = tokyoDay(server.clock.now());
  const page = await admin.get(`/history?csv=1&who=00003&to=${day}`);
  assert.equal(page.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.match(page.headers.get("content-disposition"), new RegExp(`^attachment; filename="history-123456789-\\d{4}-\\d\\d-\\d\\d_${day}\\.csv"$`));
  const [head, ...lines] = table(page);
  assert.deepEqual(head, ["日時", "操作", "内容", "操作した人", "対象", "詳細", "IPアドレス", "ブラウザ", "セッション"]);
  assert.ok(lines.length > 3 && lines.every((line) => line.length === head.length));
  assert.ok(lines.flat().every((cell) => !/^[=+\-@＝＋－＠\t\r\n]/.test(cell)));
  assert.ok(lines.some((line) => line[2].includes(name)), "inside of a sentence it is text");
});

test("paging leads through months, forth and back, each row once", async () => {
  await contract(server, "months", "months.admin", ["months.00001"]);
  await server.clock.advance(32 * DAY);
  const { uid } = (await server.operator().account("coconowork", "months.00001"));
  assert.ok(uid);
  for (let at = 0; at < 40; at += 1) await server.operator().account("coconowork", "months.00001");
  await settle();
  const browser = await signedIn(server, "months.admin");
  await settle();
  let page = await browser.get("/history?who=months.00001");
  const pages = [rows(page)];
  for (let next = link(page, "next"); next; next = link(page, "next")) {
    page = await browser.get(next);
    assert.equal(page.status, 200);
    pages.push(rows(page));
  }
  assert.deepEqual(pages.map((one) => one.length), [30, 12]);
  assert.equal(pages[1].at(-1)[1], "運用者 tests が months.00001 を追加しました。");
  page = await browser.get(link(page, "prev"));
  assert.deepEqual(rows(page), pages[0]);
  assert.equal(link(page, "prev"), undefined);
});

/** POST of the check, as the page's button does it. */
const check = async (browser) => browser.submit(await browser.get("/history/check"), {}, "/history/check");

test("the check finds a whole chain whole, over two months", async () => {
  const browser = await signedIn(server, "months.admin");
  await settle();
  const page = await check(browser);
  assert.match(page.text, /書き換えは見つかりませんでした。 \d+行を調べ/);
  const [first] = await server.sql(journal("months"), "SELECT json FROM entry WHERE id = 1");
  const { event } = JSON.parse(first.json);
  assert.equal(event.code, "month-opened");
  assert.deepEqual([event.detail.object, event.detail.before], [`months/${month()}`, `months/${month(server.clock.now() - 32 * DAY)}`]);
});

const VICTIMS = {
  "a changed row": ["UPDATE entry SET json = replace(json, 'account-read', 'account-seen') WHERE id = 5", /5行目から先/],
  "a changed MAC": ["UPDATE entry SET mac = 'x' WHERE id = 5", /5行目から先/],
  "a deleted row": ["DELETE FROM entry WHERE id = 5", /6行目から先/],
  "a row that is no JSON": ["UPDATE entry SET json = 'garbage' WHERE id = 5", /5行目から先/],
  "an inserted row": ["INSERT INTO entry (id, json, mac) SELECT max(id) + 1, json_set(max(json), '$.sequence', 0), max(mac) FROM entry WHERE id >= 5", /\d+行目から先/],
  "two rows that changed places": ["UPDATE entry SET id = CASE id WHEN 5 THEN -5 ELSE id END", /行目から先/],
  "an end that was cut off": ["DELETE FROM entry WHERE id > 5", /6行目から先/],
  "a head that was set back": ["UPDATE head SET json = json_set(json, '$.id', 5)", /行目から先/],
  "a head that was taken away": ["DELETE FROM head", /行目から先/],
  "a head that is no JSON": ["UPDATE head SET json = 'garbage'", /行目から先/],
  "another month's opening row": ["UPDATE entry SET json = replace(json, '/20', '/19') WHERE id = 1", /1行目から先/],
};
for (const [what, [sql, expected]] of Object.entries(VICTIMS)) {
  test(`the check finds ${what}, and the pages still open`, async () => {
    const number = `broken-${Object.keys(VICTIMS).indexOf(what)}`;
    await contract(server, number, `${number}.admin`, [`${number}.user`]);
    for (let at = 0; at < 8; at += 1) await server.operator().account("coconowork", `${number}.user`);
    await settle();
    const browser = await signedIn(server, `${number}.admin`);
    await settle();
    assert.match((await check(browser)).text, /書き換えは見つかりませんでした。/);
    await server.sql(journal(number), sql);
    const page = await check(browser);
    assert.equal(page.status, 200);
    assert.match(page.text, expected, page.text);
    assert.match(page.text, new RegExp(`${month()} の`));
    // What is written afterwards does not hide it.
    await server.operator().account("coconowork", `${number}.user`);
    assert.match((await check(browser)).text, /行目から先/);
    for (const path of ["/history", "/history?csv=1", `/users/${number}.user/history`]) assert.equal((await browser.get(path)).status, 200, path);
  });
}

test("the check finds a month whose end was cut off together with its head", async () => {
  await contract(server, "cut", "cut.admin", ["cut.user"]);
  for (let at = 0; at < 3; at += 1) await server.operator().post("/accounts/coconowork/cut.user/unlock");
  await settle();
  const former = journal("cut");
  const [head] = await server.sql(former, "SELECT json FROM head");
  for (let at = 0; at < 3; at += 1) await server.operator().post("/accounts/coconowork/cut.user/unlock");
  await settle();
  await server.clock.advance(32 * DAY);
  await server.operator().post("/accounts/coconowork/cut.user/unlock");
  await settle();
  await server.clock.advance(3 * HOUR);
  const browser = await signedIn(server, "cut.admin");
  await settle();
  assert.match((await check(browser)).text, /書き換えは見つかりませんでした。/);
  // Whoever kept an old head can set it back, but the next month knows better.
  await server.sql(former, "DELETE FROM entry WHERE id > ?", JSON.parse(head.json).id);
  await server.sql(former, "UPDATE head SET json = ?", head.json);
  assert.match((await check(browser)).text, /失われた行があります。/);
});

test("the check finds a row that never arrived, once it can no longer be on its way", async () => {
  const { get } = await contract(server, "gap", "gap.admin", ["gap.user"]).then((all) => ({ get: (login) => all.get(login).uid }));
  await settle();
  // The account's counter jumps, as if the outbox had lost its second row.
  await server.sql({ object: "Account", name: get("gap.user") }, "UPDATE item SET json = '2' WHERE key = 'logged'");
  await server.operator().post("/accounts/coconowork/gap.user/unlock");
  await settle();
  const early = await signedIn(server, "gap.admin");
  assert.match((await check(early)).text, /書き換えは見つかりませんでした。/);
  await server.clock.advance(3 * HOUR);
  const page = await check(await signedIn(server, "gap.admin"));
  assert.match(page.text, /届いていない行があります。.*gap\.user の 2番目の行/);
});

/** A MAC as the journal makes it, from a key of DATA_KEYS. */
function mac(secret, ...parts) {
  const over = (key, all) => {
    const hmac = createHmac("sha256", key);
    for (const part of all) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
      hmac.update(length).update(part);
    }
    return hmac.digest();
  };
  return over(over(secret, ["journal"]), parts).toString("base64url");
}
const number = (id) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(id));
  return bytes;
};

test("a long chain is checked in parts from the page's button, also under a former key; its file is refused with the reason", async () => {
  await contract(server, "long", "long.admin", ["long.user"]);
  await settle();
  const browser = await signedIn(server, "long.admin");
  await settle();
  const which = journal("long");
  let [{ id, mac: before }] = await server.sql(which, "SELECT id, mac FROM entry ORDER BY id DESC LIMIT 1");
  const at = server.clock.now();
  const more = Array.from({ length: 21_000 }, (_, n) => {
    const json = JSON.stringify({ uid: "", login: "", sequence: 0, event: { code: "account-read", at: at - n, by: "x" } });
    id += 1;
    before = mac(n < 10_000 ? FORMER : FIRST, before, number(id), json);
    return [id, json, before];
  });
  for (let from = 0; from < more.length; from += 3_000) {
    await server.sql(which, "INSERT INTO entry (id, json, mac) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)", JSON.stringify(more.slice(from, from + 3_000)));
  }
  await server.sql(which, "UPDATE head SET json = ?", JSON.stringify({ id, mac: before, seal: mac(FIRST, "head", number(id), before) }));
  let page = await check(browser);
  assert.match(page.text, /20,000行を調べました。続きがあります。/);
  page = await browser.submit(page, {}, "/history/check");
  assert.ok(page.text.includes(`${id.toLocaleString("en")}行を調べ、すべて記録されたときのままでした。`), page.text);
  await server.sql(which, "UPDATE entry SET json = replace(json, 'account-read', 'account-seen') WHERE id = 20500");
  page = await check(browser);
  assert.match((await browser.submit(page, {}, "/history/check")).text, /20,500行目から先/);
  const file = await browser.get("/history?csv=1");
  assert.equal(file.status, 422);
  assert.ok(file.text.includes("10,000件を超える"), file.text);
  const [day] = [tokyoDay(at)];
  assert.equal((await browser.get(`/history?csv=1&code=signed-in&from=${day}`)).status, 200, "fewer rows are a file");
});

test("a check that is asked to go on somewhere else is still an answer", async () => {
  const browser = await signedIn(server, "months.admin");
  for (const place of [{ month: "x", row: "x" }, { month: month(), row: "999999999" }, { month: month(), row: "-1", rows: "18446744073709551616" }, { month: "1999-01" }]) {
    const page = await browser.post("/history/check", { operation: "0".repeat(32), ...place });
    assert.equal(page.status, 200, JSON.stringify(place));
  }
  assert.equal((await browser.post("/history/check", {})).status, 422, "no operation");
});

test("a month goes as a whole when its last day is 400 days old, and the check begins behind it", async () => {
  await contract(server, "old", "old.admin", ["old.user"]);
  await settle();
  const first = journal("old");
  const kept = async () => (await server.sql(first, "SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'entry'"))[0].tables;
  assert.equal(await kept(), 1);
  await server.clock.advance(399 * DAY);
  await settle();
  assert.equal(await kept(), 1, "399 days later it is there");
  await server.operator().account("coconowork", "old.user");
  await server.clock.advance(33 * DAY);
  await settle();
  assert.equal(await kept(), 0, "and 33 days later it is gone");
  const browser = await signedIn(server, "old.admin");
  await settle();
  assert.match((await check(browser)).text, /書き換えは見つかりませんでした。/);
  const all = sentences(await browser.get("/history"));
  assert.ok(!all.some((what) => what.includes("追加しました")) && all.some((what) => what.includes("照会")), all.join("\n"));
});
