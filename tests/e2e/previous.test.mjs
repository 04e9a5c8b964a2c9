// 旧パスワードで待ち受け中 (CW-116 to CW-119, CW-123): who is on the list, for how many days, as a file and live; 猶予を今すぐ終了 by the
// administrator, of one user and of several; 「以前の端末を拒否する」 (CW-065); and 反映 that nobody acknowledges (CW-111).

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { logins } from "./harness/login.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, tokyoDay, until } from "./harness/people.mjs";
import { linkOf, watch } from "./harness/watcher.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const ADMIN = "admin.previous";
const CONTRACT = "460000001";
const names = ["one", "on", "sweep", "bulk.1", "bulk.2", "bulk.3", "bulk.4", "file", "live", "lock", "late", "page", "refuse", "keep", "again", "away", "strict", "former"];
await contract(server, CONTRACT, ADMIN, names.map((name) => `old.${name}`));
await contract(server, "460000002", "admin.elsewhere", ["else.1"]);
await contract(server, "460000003", "admin.many", logins("many", 3));

/** A connected PC. */
async function pc(login, more = {}) {
  const device = await server.device({ login, password: PASSWORD, role: "client", name: "DESKTOP-7F3A", os: "Windows 11", ...more });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
async function again(device, more = {}) {
  await device.connect();
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return Object.assign(device, more);
}
/** The administrator sets a password that stays, with the grace. */
async function force(admin, login, more = {}) {
  const page = await admin.get(`/users/${login}`);
  const { temporary: _, ...fields } = page.forms().find(({ action }) => action === `/users/${login}/password`).fields;
  const done = await admin.follow(await admin.post(`/users/${login}/password`, { ...fields, new: NEW_PASSWORD, again: NEW_PASSWORD, ...more }));
  assert.match(done.text, /パスワードが変更されました。/);
}
async function own(login, fields = {}) {
  const user = await signedIn(server, login);
  const done = await user.submit(await user.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD, ...fields }, "/password");
  assert.match(done.text, /パスワードが変更されました。/);
  return { user, done };
}
/** The rows of a list: login → its cells as words. */
const rows = (page) => Object.fromEntries([...page.html.matchAll(/<tr[^>]*><th scope="row">.*?<a href="[^"]*">([^<]*)<\/a>(.*?)<\/tr>/gs)]
  .map(([, login, cells]) => [login, cells.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim()]));
/** The list once it shows this; accounts tell their contract behind the answer. */
async function list(admin, shows) {
  await until(async () => {
    await server.clock.runAlarms(2000);
    return shows(rows(await admin.get("/previous")));
  }, 20_000);
  return rows(await admin.get("/previous"));
}
const choose = (...logins) => `/previous/end?${logins.map((name) => `user.${encodeURIComponent(name)}=on`).join("&")}`;
const results = (page) => Object.fromEntries([...page.html.matchAll(/<dt><a[^>]*>([^<]*)<\/a><\/dt><dd><span[^>]*>([^<]*)</g)].map(([, name, result]) => [name, result]));
async function closed4003(device) {
  const { code, reason } = await device.closed;
  assert.deepEqual([code, reason], [4003, "credentials_revoked"]);
}

test("cw_116 cw_123 the list shows which PC waits with the old password, since when and for how long, and nobody else", async () => {
  const admin = await signedIn(server, ADMIN);
  assert.ok((await admin.get("/previous")).text.includes("古いパスワードで待ち受けているクライアントプログラムはありません。"));
  assert.match((await admin.get("/users")).html, /<a data-part="previous" href="\/previous">旧パスワードで待ち受け中<\/a>/);
  const [one, on, away] = [await pc("old.one"), await pc("old.on"), await pc("old.away")];
  await force(admin, "old.one");
  // Reflected: it stands on the new one as soon as it has said so.
  await own("old.on");
  const { id } = await on.next("credential");
  on.send({ type: "ack", id });
  await force(admin, "old.away");
  away.close();
  const shown = await list(admin, (all) => all["old.one"] && !all["old.on"] && !all["old.away"]);
  assert.deepEqual(Object.keys(shown), ["old.one"]);
  assert.match(shown["old.one"], /^DESKTOP-7F3A Windows 11 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900 あと30日$/);
  assert.match((await admin.get("/users")).html, /<a data-part="previous" href="\/previous">旧パスワードで待ち受け中: 1人<\/a>/);
  assert.deepEqual(rows(await (await signedIn(server, "admin.elsewhere")).get("/previous")), {}, "none of another contract");
  // It goes, and with it the row; it comes back, and so does the row.
  one.close();
  await list(admin, (all) => !all["old.one"]);
  await again(one);
  await list(admin, (all) => all["old.one"]);
  // With the new password it waits no more with the old one.
  const fresh = await pc("old.one", { password: NEW_PASSWORD, key: one.key });
  await list(admin, (all) => !all["old.one"]);
  for (const device of [one, on, fresh]) device.close();
});

test("cw_116 cw_117 on each of the thirty days it is there with the days that are left, and after them it is not", async () => {
  const client = await pc("old.sweep");
  await force(await signedIn(server, ADMIN), "old.sweep");
  const began = server.clock.now();
  for (let day = 0; day < 30; day += 1) {
    if (day > 0) {
      await server.clock.advance(began + day * DAY + MINUTE - server.clock.now());
      await again(client);
    }
    assert.deepEqual(client.welcome.password.days_left ?? 30, 30 - day);
    const admin = await signedIn(server, ADMIN);
    const shown = await list(admin, (all) => all["old.sweep"]);
    assert.match(shown["old.sweep"], new RegExp(`あと${30 - day}日$`), `day ${day}`);
  }
  // What has ended is left out on reading, whether or not the account has told it.
  await server.clock.advance(began + 30 * DAY + SECOND - server.clock.now());
  const admin = await signedIn(server, ADMIN);
  assert.equal(rows(await admin.get("/previous"))["old.sweep"], undefined);
  await closed4003(client);
});

test("cw_119 the administrator ends the grace of one user: asked, done, told in the receipt and in the journal", async () => {
  const admin = await signedIn(server, ADMIN);
  const client = await pc("old.page");
  const phone = await server.device({ login: "old.page", password: PASSWORD, role: "viewer" });
  assert.doesNotMatch((await admin.get("/users/old.page")).html, /data-dialog="end-grace"/);
  await force(admin, "old.page");
  const page = await admin.get("/users/old.page");
  assert.match(page.text, /古いパスワード あと30日間使えます。 無効になる時刻 : \d{4}-.*接続中のクライアントは、古いパスワードで待ち受けています。/);
  const question = await admin.get("/users/old.page/grace");
  assert.match(question.text, /古いパスワードの猶予を今すぐ終了します。.*よろしいですか？/s);
  assert.match(question.text, /クライアント（接続先機器）「DESKTOP-7F3A」の接続（.* から）が切れます。/);
  client.send("ping");
  await client.next("pong");
  const done = await act(admin, "old.page", "grace");
  assert.match(done.text, /古いパスワードの猶予を終了しました。/);
  await closed4003(client);
  await until(async () => /「猶予の終了」の結果.*クライアント（接続先機器）「DESKTOP-7F3A」: 切断されました（/s.test((await admin.get("/users/old.page")).text));
  phone.send("ping");
  await phone.next("pong");
  assert.equal((await phoneLogin(server, { login: "old.page", role: "client", key: client.key })).status, 401, "the old password is dead");
  assert.equal((await phoneLogin(server, { login: "old.page", role: "client", key: client.key, password: NEW_PASSWORD })).status, 200);
  await until(async () => {
    await server.clock.runAlarms(2000);
    return (await admin.get("/users/old.page/history")).text.includes(`${ADMIN} が old.page の古いパスワードの猶予を終了しました。`);
  });
  assert.match((await act(admin, "old.page", "grace")).text, /古いパスワードの猶予はすでに終わっていました。/);
  assert.match((await admin.get("/users/old.page/grace")).text, /古いパスワードの猶予はありません。何も変わりません。/);
  phone.close();
});

test("cw_119 of several users the grace is ended at once, and each has its result", async () => {
  const admin = await signedIn(server, ADMIN);
  const logins = ["old.bulk.1", "old.bulk.2"];
  const clients = [];
  for (const login of [...logins, "old.bulk.4"]) {
    clients.push(await pc(login));
    await force(admin, login);
  }
  await list(admin, (all) => [...logins, "old.bulk.4"].every((login) => all[login]));
  const question = await admin.get(choose(...logins, "old.bulk.3", "else.1", "nobody.1"));
  for (const text of ["古いパスワードの猶予を今すぐ終了します。", "よろしいですか？", "対象のユーザ: 5人", "DESKTOP-7F3A", "いまは古いパスワードで待ち受けていません。"]) assert.ok(question.text.includes(text), text);
  assert.equal(Object.keys(await list(admin, () => true)).filter((login) => login.startsWith("old.bulk")).length, 3, "asking ends nothing");
  const done = await admin.submit(question, {}, "/previous/end");
  assert.deepEqual(results(done), {
    "old.bulk.1": "終了しました", "old.bulk.2": "終了しました", "old.bulk.3": "すでに終わっています", "else.1": "終了できませんでした", "nobody.1": "終了できませんでした",
  });
  assert.ok(done.text.includes("5人中2人の古いパスワードの猶予を終了しました。"), done.text);
  await closed4003(clients[0]);
  await closed4003(clients[1]);
  assert.deepEqual(Object.keys(await list(admin, (all) => !all["old.bulk.1"] && !all["old.bulk.2"])).filter((login) => login.startsWith("old.bulk")), ["old.bulk.4"]);
  clients[2].send("ping");
  await clients[2].next("pong");

  // The same form once more does nothing, and says what it said.
  const { fields } = question.forms().find((form) => form.action === "/previous/end");
  await force(admin, "old.bulk.1", { new: PASSWORD, again: PASSWORD });
  assert.equal(results(await admin.post("/previous/end", fields))["old.bulk.1"], "終了しました");
  assert.match((await admin.get("/users/old.bulk.1")).text, /あと30日間使えます。/, "an operation is done once");
  clients[2].close();
});

test("cw_119 twenty forms at once end a grace once", async () => {
  const admin = await signedIn(server, ADMIN);
  const client = await pc("old.again");
  await force(admin, "old.again");
  const posts = Array.from({ length: 20 }, (_, at) => admin.post("/users/old.again/grace", { operation: String(at).padStart(32, "0") }));
  const answers = (await Promise.all(posts)).map(({ location }) => new URL(location, "http://x").searchParams.get("notice"));
  assert.deepEqual(answers.sort().slice(0, 2), ["grace-ended", "grace-was-over"]);
  assert.equal(answers.filter((notice) => notice === "grace-ended").length, 1);
  await closed4003(client);
});

test("cw_008 only the contract's administrator has the list, the file and the act", async () => {
  const user = await signedIn(server, "old.lock");
  const admin = await signedIn(server, ADMIN);
  const client = await pc("old.lock");
  await force(admin, "old.lock");
  const again = await signedIn(server, "old.lock", NEW_PASSWORD);
  const fields = { operation: "0".repeat(32), "user.old.lock": "on" };
  for (const path of ["/previous", "/previous?csv=1", choose("old.lock"), "/users/old.lock/grace"]) assert.equal((await again.get(path)).status, 404, path);
  for (const path of ["/previous/end", "/users/old.lock/grace"]) assert.equal((await again.post(path, fields)).status, 404, path);
  assert.match((await user.get("/previous")).location, /^\/login/, "a forced change has ended his former session");
  const foreign = await signedIn(server, "admin.elsewhere");
  assert.deepEqual(results(await foreign.post("/previous/end", fields)), { "old.lock": "終了できませんでした" });
  assert.equal((await foreign.post("/users/old.lock/grace", fields)).status, 404);
  const nobody = server.browser();
  for (const path of ["/previous", "/previous?csv=1"]) assert.match((await nobody.get(path)).location, /^\/login/, path);
  assert.match((await nobody.post("/previous/end", fields)).location, /^\/login/);
  assert.equal((await server.browser({ service: "worksdrive" }).get("/previous")).status, 404, "where there are no clients there is no list");
  assert.equal((await admin.post("/previous/end", fields, { headers: { origin: "http://evil.example" } })).status, 403);
  client.send("ping");
  await client.next("pong");
  client.close();
});

test("cw_119 bad choices get a clear answer and end nothing", async () => {
  const admin = await signedIn(server, ADMIN);
  const operation = "1".repeat(32);
  const none = await admin.get("/previous/end");
  assert.equal(none.location, "/previous?notice=no-grace-selected");
  assert.ok((await admin.follow(none)).text.includes("ユーザが選択されていません。猶予を終了するユーザを選択してください。"));
  assert.equal((await admin.post("/previous/end", { operation })).location, "/previous?notice=no-grace-selected");
  const tooMany = Object.fromEntries(Array.from({ length: 26 }, (_, at) => [`user.old.${at}`, "on"]));
  for (const form of [{ "user.old.one": "on" }, { operation, ...tooMany }, { operation, "user.": "on" }, { operation, [`user.${"x".repeat(300)}`]: "on" }]) {
    assert.equal((await admin.post("/previous/end", form)).status, 422, JSON.stringify(form).slice(0, 80));
  }
  for (const after of ["x", "0", "0.x.y", "0.-5.u", "2", "0.99999999999999999999.u"]) assert.equal((await admin.get(`/previous?after=${after}`)).status, 422, after);
});

test("past failure 47, cw_123 the file has a mark for spreadsheets, a line a user, and no cell that is a formula", async () => {
  const admin = await signedIn(server, ADMIN);
  const client = await pc("old.file", { name: "=cmd|' /C calc'!A0", os: "＝\"11\", x64" });
  await force(admin, "old.file");
  await list(admin, (all) => all["old.file"]);
  const file = await admin.get("/previous?csv=1");
  assert.equal(file.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.equal(file.headers.get("content-disposition"), `attachment; filename="previous-${CONTRACT}-${tokyoDay(server.clock.now())}.csv"`);
  const lines = file.html.split("\r\n");
  assert.equal(lines[0], "\ufeffユーザ名,接続先PC,OS,接続開始時刻,残り日数,無効になる時刻");
  const line = lines.find((text) => text.startsWith("old.file,"));
  assert.match(line, /^old\.file,"'=cmd\|' \/C calc'!A0","'＝""11"", x64",\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900,30,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900$/);
  const english = await signedIn(server, ADMIN, PASSWORD, { language: "en" });
  assert.match((await english.get("/previous?csv=1")).html, /^\ufeffUser name,PC,OS,Connected since,Days left,Ends at\r\n/);
  assert.match((await english.get("/previous")).text, /Waiting with the old password.*30 days left/s);
  client.close();
});

test("cw_116 a long list has pages of 18, the grace that ends first before all, and the file has all of it", async () => {
  const there = { object: "Contract", name: "460000003" };
  const now = server.clock.now();
  await server.sql(there, `INSERT INTO member (uid, sequence, role, login, name, plan, start, end, failures, prohibited, temporary, factor)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) SELECT printf('uid-%05d', i), 1, 'user', printf('made.%05d', i), 'n', 'coconowork', '2022-12-01', '9999-99-99', 0, 0, 0, 0 FROM n`);
  const put = (from, to, until, at) => server.sql(there, `INSERT OR REPLACE INTO waiting (uid, until, at, json) SELECT uid, ${until}, ${at}, json_object('name', 'PC', 'os', 'OS', 'since', ${now}, 'until', ${until}) FROM
    (SELECT uid, CAST(substr(login, 6) AS INTEGER) AS i FROM member WHERE login LIKE 'made.%') WHERE i BETWEEN ${from} AND ${to}`);
  await put(1, 1050, `${now} + ${DAY} + i`, now);
  await put(1051, 1075, `${now} - i`, now); // over
  await put(1076, 1100, `${now} + ${DAY}`, `${now} - ${21 * MINUTE}`); // whose connection nobody has renewed
  const admin = await signedIn(server, "admin.many");
  const seen = [];
  for (let path = "/previous"; path;) {
    const page = await admin.get(path);
    const own = Object.keys(rows(page));
    seen.push(...own);
    assert.ok(own.length <= 18);
    path = /href="([^"]*)" rel="next"/.exec(page.html)?.[1].replace(/&(amp|#38);/g, "&");
  }
  const expected = Array.from({ length: 1050 }, (_, at) => `made.${String(at + 1).padStart(5, "0")}`);
  assert.deepEqual(seen, expected, "each once, the grace that ends first before all");
  assert.ok((await admin.get("/users")).text.includes("旧パスワードで待ち受け中: 100人以上"));
  const lines = (await admin.get("/previous?csv=1")).html.trimEnd().split("\r\n");
  assert.deepEqual(lines.slice(1).map((line) => line.split(",")[0]), expected);
});

test("cw_074 cw_123 the list is told when a PC begins to wait with the old password and when it ends", async () => {
  const admin = await signedIn(server, ADMIN);
  const watcher = await watch(server, linkOf(await admin.get("/previous")), admin);
  assert.equal(watcher.status, undefined);
  const told = async (happens) => {
    const before = watcher.messages.length;
    await happens();
    await until(() => watcher.messages.length > before, 10_000);
  };
  const client = await pc("old.live");
  await told(() => force(admin, "old.live"));
  await until(async () => rows(await admin.get("/previous", { headers: { "x-live": "0".repeat(32) } }))["old.live"]);
  await told(() => act(admin, "old.live", "grace"));
  await closed4003(client);
  await until(async () => !rows(await admin.get("/previous"))["old.live"]);
});

test("cw_116 a contract from before the list has it, and who waits is on it with his next report", async () => {
  const admin = await signedIn(server, ADMIN);
  const client = await pc("old.former");
  await force(admin, "old.former");
  await list(admin, (all) => all["old.former"]);
  const there = { object: "Contract", name: CONTRACT };
  await server.sql(there, "DROP TABLE waiting");
  await server.sql(there, "DROP TRIGGER member_waits_no_more");
  await server.abort(there);
  await until(async () => (await admin.get("/previous")).status === 200);
  assert.deepEqual(rows(await admin.get("/previous")), {});
  await again(client);
  await list(admin, (all) => all["old.former"]);
  client.close();
});

test("cw_116 who is deleted is on no list", async () => {
  await contract(server, "460000005", "admin.deleted", ["gone.1"]);
  const admin = await signedIn(server, "admin.deleted");
  const client = await pc("gone.1");
  await force(admin, "gone.1");
  await list(admin, (all) => all["gone.1"]);
  assert.equal((await server.operator().delete("/contracts/460000005/users/gone.1")).status, 204);
  await list(admin, (all) => !all["gone.1"]);
  assert.deepEqual(await server.sql({ object: "Contract", name: "460000005" }, "SELECT uid FROM waiting"), []);
  await closed4003(client);
});

test("cw_050 a user may be called previous", async () => {
  await contract(server, "460000004", "admin.called", ["previous"]);
  assert.ok((await (await signedIn(server, "admin.called")).get("/users/previous")).text.includes("一般ユーザpreviousの詳細を表示しています。"));
});

// ── 以前の端末を拒否する ──

test("cw_065 the refused phone is not registered any more, with the right password, and the next other phone is", async () => {
  const admin = await signedIn(server, ADMIN);
  const phone = await server.device({ login: "old.refuse", password: PASSWORD, role: "viewer" });
  const question = await admin.get("/users/old.refuse/device/reset");
  assert.equal(question.forms().find(({ action }) => action === "/users/old.refuse/device/reset").fields.refuse, undefined, "off by default");
  assert.match(question.text, /「以前の端末を拒否する」を選ぶと、スマートフォン「iPhone16,1」は、正しいパスワードでもログインできなくなります。/);
  const done = await admin.submit(question, { refuse: "on" }, "/users/old.refuse/device/reset");
  assert.match(done.text, /端末認証情報を初期化し、以前の端末を拒否しました。/);
  assert.match(done.text, /端末認証情報を初期化しました（iPhone16,1）。 以前の端末を拒否しました（iPhone16,1）。/);
  // CW-064: the live phone stays until it disconnects.
  phone.send("ping");
  await phone.next("pong");
  const login = (key, password = PASSWORD) => phoneLogin(server, { login: "old.refuse", key, password });
  for (const role of ["viewer", "client"]) {
    const refused = await phoneLogin(server, { login: "old.refuse", key: phone.key, role });
    assert.deepEqual([refused.status, refused.body.error], [403, "device_not_registered"], role);
  }
  assert.equal((await login(phone.key, "Wrong-00000!")).status, 401, "said only after a right password");
  assert.equal((await server.device({ token: phone.token })).refused.status, 401);
  const other = await login(null);
  assert.ok(other.status === 200 && other.body.device_key, JSON.stringify(other.body));
  await until(async () => {
    await server.clock.runAlarms(2000);
    return (await admin.get("/users/old.refuse/history")).text.includes(`${ADMIN} が old.refuse の端末認証情報「iPhone16,1」を初期化し、その端末を拒否しました。`);
  });
  phone.close();
});

test("cw_065 without the choice the old phone may register again", async () => {
  const admin = await signedIn(server, ADMIN);
  const phone = await phoneLogin(server, { login: "old.keep" });
  const done = await act(admin, "old.keep", "device/reset");
  assert.match(done.text, /端末認証情報を初期化しました。/);
  assert.doesNotMatch(done.text, /拒否/);
  const again = await phoneLogin(server, { login: "old.keep", key: phone.body.device_key });
  assert.ok(again.status === 200 && again.body.device_key, "registered anew");
});

// ── 反映 that nobody acknowledges ──

test("cw_111 cw_115 cw_116 after ten seconds without an answer the page says that it was not reflected and names the thirty days", async () => {
  const client = await pc("old.late");
  const { user, done } = await own("old.late");
  assert.match(done.text, /「DESKTOP-7F3A」に反映しています…/);
  assert.ok(/<noscript><p class="note"><a href="\/password">/.test(done.html), "without scripts it is a reload away");
  const watcher = await watch(server, linkOf(await user.get("/password")), user);
  await server.clock.advance(9 * SECOND);
  client.send("ping");
  await client.next("pong");
  assert.match((await user.get("/password")).text, /に反映しています…/);
  const before = watcher.messages.length;
  await server.clock.advance(2 * SECOND);
  await until(() => watcher.messages.length > before);
  const late = await user.get("/password");
  assert.match(late.text, /「DESKTOP-7F3A」に反映されませんでした。 .*変更後30日間は待ち受けできます。/);
  assert.match(late.text, /あと30日間使えます。/);
  assert.doesNotMatch(late.html, /<noscript><p class="note"><a href="\/password">/);
  const english = await signedIn(server, "old.late", NEW_PASSWORD, { language: "en" });
  assert.match((await english.get("/password")).text, /“DESKTOP-7F3A” has not taken over the change\. .*for 30 days after the change\./);
  // It is on the administrator's list until it answers, which still counts.
  const admin = await signedIn(server, ADMIN);
  await list(admin, (all) => all["old.late"]);
  const { id } = await client.next("credential");
  client.send({ type: "ack", id });
  await until(async () => /「DESKTOP-7F3A」に反映されました。/.test((await user.get("/password")).text));
  await list(admin, (all) => !all["old.late"]);
  client.close();
});

test("cw_111 cw_119 the same without a grace: the page says that the PC may need the new password, and promises no thirty days", async () => {
  const client = await pc("old.strict");
  const { user } = await own("old.strict", { graceless: "on" });
  await server.clock.advance(11 * SECOND);
  client.send("ping");
  await client.next("pong");
  const late = await user.get("/password");
  assert.match(late.text, /「DESKTOP-7F3A」に反映されませんでした。 .*猶予がないため、届いていなければ待ち受けできなくなります。/);
  assert.match(late.text, /古いパスワード 使えません。/);
  assert.doesNotMatch(late.text, /30日間は待ち受けできます/);
  const admin = await signedIn(server, ADMIN);
  assert.equal(rows(await admin.get("/previous"))["old.strict"], undefined, "it stands on the new one or on none");
  const { id } = await client.next("credential");
  client.send({ type: "ack", id });
  await until(async () => /「DESKTOP-7F3A」に反映されました。/.test((await user.get("/password")).text));
  client.close();
});
