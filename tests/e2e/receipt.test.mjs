// Receipts (issue 3, item 2): what a user's page says after an act comes from the devices' own answers — through a sleeping
// object and a crash of it too. And すべて遮断 (CW-065), against real devices and logins that are under way.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { logins, opened, tryLogin } from "./harness/login.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, passwordOn, phoneLogin, shutOut, signedIn, until } from "./harness/people.mjs";
import { CLOSE, stubborn } from "./harness/stubborn.mjs";
import { codeAt, enrol } from "./harness/totp.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());

const ADMIN = "admin.receipt";
const USERS = logins("receipt", 14);
const [LIVE, SILENT, ASLEEP, CRASH, BROKEN, NOBODY, AGED, OUT, RACE, AGAIN, FORBIDDEN, FOREIGN, BOTH, GRACE] = USERS;
let made;
let admin;
before(async () => {
  made = await contract(server, "123456789", ADMIN, USERS);
  await contract(server, "987654321", "admin.other");
  admin = await signedIn(server, ADMIN);
});

const VIEWER = "ビューア（手元端末）「iPhone16,1」";
const CLIENT = "クライアント（接続先機器）「DESKTOP-7F3A」";
const CLOSED = String.raw`: 切断されました（\d+\.\d{2,3} 秒(未満)?）`;
const page = async (login) => (await admin.get(`/users/${login}`)).text;
/** The page's words once they match. */
async function shows(login, words, ms = 5000) {
  const pattern = words instanceof RegExp ? words : new RegExp(words);
  let text = "";
  await until(async () => pattern.test((text = await page(login))), ms).catch(() => assert.fail(`no ${pattern} in: ${text}`));
  return text;
}
const object = (login) => ({ object: "Account", name: made.get(login).uid });
const receipts = async (login) => JSON.parse((await server.sql(object(login), "SELECT json FROM item WHERE key = 'receipts'"))[0].json);
async function device(login, role, name) {
  const connected = await server.device({ login, password: PASSWORD, role, name });
  await connected.next("welcome");
  return connected;
}
const devices = (login) => Promise.all([device(login, "viewer", "iPhone16,1"), device(login, "client", "DESKTOP-7F3A")]);
async function unmannered(login, role = "viewer") {
  const { body } = await phoneLogin(server, { login, role, ...(role === "client" ? { name: "DESKTOP-7F3A" } : {}) });
  const one = stubborn(server.port, body.token);
  await until(() => one.frames.length > 0);
  return one;
}
const ROW = /の端末の応答です。(?:(?:ビューア|クライアント)（[^）]*）(?:は切断されました（\d+ ミリ秒）。|から応答がありませんでした。))+/g;
/** The rows of 操作履歴 about answers, once there are `count`. */
async function answers(login, count = 1) {
  let rows = [];
  await until(async () => {
    await server.clock.runAlarms(1_500);
    rows = (await admin.get(`/users/${login}/history`)).text.match(ROW) ?? [];
    return rows.length >= count;
  });
  assert.equal(rows.length, count, "one row a receipt");
  return rows;
}

test("cw_072 the device's own Close is the receipt: how long it took, on the page and in 操作履歴", async () => {
  const [phone, pc] = await devices(LIVE);
  const shown = await act(admin, LIVE, "disconnect/viewer");
  assert.match(shown.text, new RegExp(`「切断」の結果 .* ${ADMIN.replace(".", "\\.")} ${VIEWER}(${CLOSED}|: 応答を待っています…)`));
  assert.equal((await phone.closed).code, 4001);
  const text = await shows(LIVE, `${VIEWER}${CLOSED}`);
  assert.doesNotMatch(text, /応答を待っています|クライアント（接続先機器）「DESKTOP-7F3A」:/, "only what was cut is named");
  assert.match((await answers(LIVE))[0], /ビューア（手元端末）は切断されました（\d+ ミリ秒）。/);
  // Another act takes its place.
  await act(admin, LIVE, "prohibit");
  assert.equal((await pc.closed).code, 4002);
  await shows(LIVE, `「管理機能の利用を禁止」の結果 .*${CLIENT}${CLOSED} 端末認証情報を初期化しました（iPhone16,1）。`);
});

test("cw_092 a device that answers no Close is said to have not answered after two seconds, and not before", async () => {
  const [phone, pc] = [await unmannered(SILENT), await device(SILENT, "client", "DESKTOP-7F3A")];
  const began = performance.now();
  const shown = await act(admin, SILENT, "prohibit");
  assert.match(shown.text, new RegExp(`${VIEWER}: 応答を待っています…`));
  assert.match(shown.html, new RegExp(`<noscript>.*<a href="/users/${SILENT}">再読み込み</a>`));
  await pc.closed;
  await shows(SILENT, `${CLIENT}${CLOSED}`);
  const waiting = await page(SILENT);
  if (performance.now() - began < 1_900) assert.match(waiting, new RegExp(`${VIEWER}: 応答を待っています…`));
  const text = await shows(SILENT, `${VIEWER}: 応答がありません。再び接続しようとすると拒否されます。`);
  assert.ok(performance.now() - began >= 2_000, "not before");
  assert.match(text, new RegExp(`${CLIENT}${CLOSED}`));
  // What was said stays, though the Close comes now.
  phone.answer();
  assert.match((await answers(SILENT))[0], /クライアント（接続先機器）は切断されました（\d+ ミリ秒）。ビューア（手元端末）から応答がありませんでした。/);
  assert.match(await page(SILENT), new RegExp(`${VIEWER}: 応答がありません`));
  phone.socket.destroy();
});

test("cw_072 a client that is cut may come back, and the receipt does not say otherwise", async () => {
  const pc = await unmannered(BOTH, "client");
  await act(admin, BOTH, "disconnect/client");
  await shows(BOTH, `${CLIENT}: 応答がありません。この接続はもう使えません。`);
  pc.socket.destroy();
});

test("the object sleeps between our Close and the device's: the answer still finds its receipt", async () => {
  const phone = await unmannered(ASLEEP);
  await act(admin, ASLEEP, "disconnect/viewer");
  await until(() => phone.of(CLOSE).length > 0);
  await server.evict(object(ASLEEP));
  phone.answer();
  await until(async () => (await receipts(ASLEEP))[0].told);
  assert.equal(typeof (await receipts(ASLEEP))[0].parts[0].answer.closed, "number");
  await shows(ASLEEP, `${VIEWER}${CLOSED}`);
  phone.socket.destroy();
});

test("the object crashes between our Close and the device's: nobody answered", async () => {
  const phone = await unmannered(CRASH);
  await act(admin, CRASH, "disconnect/viewer");
  await server.abort(object(CRASH)).catch(() => {});
  await shows(CRASH, `${VIEWER}: 応答がありません。`);
  assert.match((await answers(CRASH))[0], /ビューア（手元端末）から応答がありませんでした。/);
  assert.equal((await receipts(CRASH))[0].told, true);
  phone.socket.destroy();
});

test("a connection that breaks instead of answering did not answer", async () => {
  const phone = await unmannered(BROKEN);
  await act(admin, BROKEN, "disconnect/viewer");
  await until(() => phone.of(CLOSE).length > 0);
  phone.socket.resetAndDestroy();
  await until(async () => (await receipts(BROKEN))[0].told);
  assert.equal((await receipts(BROKEN))[0].parts[0].answer, "unanswered");
});

test("with nobody connected the receipt is there at once, and no row waits for anybody", async () => {
  await signedIn(server, NOBODY);
  await signedIn(server, NOBODY);
  const shown = await act(admin, NOBODY, "prohibit");
  assert.match(shown.text, /「管理機能の利用を禁止」の結果 .* 切断した接続はありません。 セッション 2 件を終了しました。/);
  assert.deepEqual((await receipts(NOBODY)).map(({ parts, told }) => [parts, told]), [[[], true]]);
});

test("a receipt is there after a reload, for another administrator's visit too, and is gone after ten minutes", async () => {
  await signedIn(server, AGED);
  await act(admin, AGED, "prohibit");
  assert.match(await page(AGED), /の結果/);
  assert.match((await (await signedIn(server, ADMIN)).get(`/users/${AGED}`)).text, /の結果/);
  await server.clock.advance(10 * MINUTE);
  assert.doesNotMatch(await page(AGED), /の結果/);
});

test("cw_119 cw_120 a forced change without grace: the sessions and the client that it cut", async () => {
  await signedIn(server, GRACE);
  const [, pc] = await devices(GRACE);
  const shown = await admin.get(`/users/${GRACE}`);
  const { fields } = shown.forms().find((form) => form.action === `/users/${GRACE}/password`);
  await admin.post(`/users/${GRACE}/password`, { ...fields, new: NEW_PASSWORD, again: NEW_PASSWORD, graceless: "on" });
  assert.equal((await pc.closed).code, 4003);
  const text = await shows(GRACE, `「管理者によるパスワード変更」の結果 .*${CLIENT}${CLOSED} セッション 1 件を終了しました。`);
  assert.ok(!text.includes(`${VIEWER}:`), "the viewer stays");
});

// ── すべて遮断 ──

const isDead = async (token) => (await server.device({ token })).refused?.status === 401;

test("cw_065 すべて遮断: sessions, tokens, keys, grace and connections end at once, the second factor stays, a phone registers anew", async () => {
  const { seed, browser } = await enrol(server, OUT);
  const [phone, pc] = await devices(OUT);
  const { question, done, password } = await shutOut(admin, OUT);
  assert.match(question.text, /すべて遮断します。 よろしいですか？/);
  for (const words of ["「iPhone16,1」の接続", "「DESKTOP-7F3A」の接続", "ログイン中の1件がログアウトされます。", "多要素認証の設定は残ります。"]) assert.ok(question.text.includes(words), words);
  assert.equal(done.headers.get("cache-control"), "no-store");
  assert.match(password, /^(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]).{10,255}$/);

  for (const device of [phone, pc]) {
    assert.equal((await device.next("bye")).reason, "credentials_revoked");
    assert.equal((await device.closed).code, 4003);
    assert.ok(await isDead(device.token));
  }
  assert.match((await browser.get("/")).location, /^\/login/);
  const text = await shows(OUT, `「すべて遮断」の結果 .*${VIEWER}${CLOSED} ${CLIENT}${CLOSED} セッション 1 件を終了しました。 端末認証情報を初期化しました（iPhone16,1）。 接続先機器 1 台の登録を消しました。`);
  assert.match(text, /多要素認証を使用しています/);
  assert.match(text, /仮パスワードから変更されていません。/);

  // An old device, with its key and the old password, never gets in; nor does it with the temporary one.
  for (const [role, key] of [["viewer", phone.key], ["client", pc.key]]) {
    assert.equal((await phoneLogin(server, { login: OUT, role, key })).status, 401);
    assert.equal((await phoneLogin(server, { login: OUT, role, key, password })).body.error, "password_change_required");
  }
  assert.ok(!opened(await tryLogin(server, OUT, PASSWORD)));

  // The user logs in with it and his second factor, sets a password of his own, and the first phone is registered.
  const user = server.browser();
  let step = await user.signIn(OUT, password);
  if (step.path.startsWith("/login/code")) {
    await server.clock.advance(31_000);
    step = await user.submit(step, { code: codeAt(seed, server.clock.now()) }, "/login/code");
  }
  assert.equal(step.path, "/password/first", step.text);
  const changed = await user.submit(step, { current: password, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password/first");
  assert.equal(changed.status, 200, changed.text);
  const fresh = await server.device({ login: OUT, password: NEW_PASSWORD, role: "viewer", name: "NEW-PHONE" });
  assert.ok(fresh.login.device_key);
  await fresh.next("welcome");
  assert.equal((await phoneLogin(server, { login: OUT, key: phone.key, password: NEW_PASSWORD })).body.error, "device_not_registered");
  assert.equal((await phoneLogin(server, { login: OUT, key: phone.key })).status, 401);
  fresh.close();
});

test("cw_065 the password is shown once: a repeat says it was done, and nothing keeps or tells the password", async () => {
  const { fields, password } = await shutOut(admin, AGAIN);
  const again = await admin.post(`/users/${AGAIN}/shut-out`, fields);
  assert.equal(again.status, 200);
  assert.match(again.text, /すべて遮断はすでに完了しています。.*新しいパスワードを設定してください。/);
  assert.equal(passwordOn(again), null);
  assert.equal((await server.browser().signIn(AGAIN, password)).path, "/password/first", "the first one counts");
  assert.ok(!(await page(AGAIN)).includes(password));
  const stored = await server.sql(object(AGAIN), "SELECT json FROM item UNION ALL SELECT json FROM outbox");
  assert.ok(stored.length > 0 && !JSON.stringify(stored).includes(password));
  assert.ok(!JSON.stringify(server.logs()).includes(password));
  assert.match((await admin.get(`/users/${AGAIN}/history`)).text + JSON.stringify(stored), /shut-out|すべて遮断/);
});

test("cw_065 ten times the same form at once: one sets the password and shows it, nine say that it was done", async () => {
  const question = await admin.get(`/users/${RACE}/shut-out`);
  const { fields } = question.forms().find((form) => form.action === `/users/${RACE}/shut-out`);
  const all = await Promise.all(Array.from({ length: 10 }, () => admin.post(`/users/${RACE}/shut-out`, fields)));
  assert.ok(all.every(({ status }) => status === 200));
  const shown = all.map(passwordOn).filter(Boolean);
  assert.equal(shown.length, 1);
  assert.equal((await server.browser().signIn(RACE, shown[0])).path, "/password/first");
});

test("cw_065 logins of a thief that are under way open nothing afterwards, whatever they were begun with", async () => {
  const login = BROKEN;
  const { body: known } = await phoneLogin(server, { login, role: "client", name: "THIEF" });
  for (let round = 0; round < 3; round += 1) {
    const thieves = Promise.all([
      ...Array.from({ length: 4 }, () => tryLogin(server, login, PASSWORD)),
      ...Array.from({ length: 4 }, (_, at) => phoneLogin(server, { login, role: at % 2 ? "client" : "viewer", key: at === 1 ? known.device_key : null })),
    ]);
    const { password } = await shutOut(admin, login);
    const tried = await thieves;
    // Whatever was let in before the act died with it.
    for (const one of tried.slice(0, 4).filter(opened)) {
      const cookie = one.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
      assert.match((await server.fetch("/", { headers: { cookie } })).location ?? "", /^\/login/);
    }
    for (const one of tried.slice(4).filter(({ status }) => status === 200)) assert.ok(await isDead(one.body.token));
    const { sessions, temporary_password: temporary } = await server.operator().account("coconowork", login);
    assert.deepEqual([sessions, temporary], [0, true]);
    // For the next round the old password counts again.
    assert.notEqual(password, null);
    const { fields } = (await admin.get(`/users/${login}`)).forms().find((form) => form.action === `/users/${login}/password`);
    delete fields.temporary;
    await admin.post(`/users/${login}/password`, { ...fields, new: PASSWORD, again: PASSWORD });
    await server.clock.advance(MINUTE + 1);
  }
});

test("cw_008 cw_065 nobody else may: foreign and unknown are answered alike, and nothing changes", async () => {
  const other = await signedIn(server, "admin.other");
  const user = await signedIn(server, FOREIGN);
  const form = { operation: "0".repeat(32) };
  for (const browser of [other, user]) {
    const [foreign, unknown] = [await browser.post(`/users/${FOREIGN}/shut-out`, form), await browser.post("/users/nobody.00001/shut-out", form)];
    assert.deepEqual([foreign.status, unknown.status], [404, 404]);
    assert.equal(foreign.html.replace(/[0-9a-f]{32}/g, ""), unknown.html.replace(/[0-9a-f]{32}/g, ""));
    assert.equal((await browser.get(`/users/${FOREIGN}/shut-out`)).status, 404);
  }
  assert.equal((await admin.post(`/users/${FOREIGN}/shut-out`, form, { headers: { origin: "http://evil.example" } })).status, 403);
  assert.equal((await admin.post(`/users/${FOREIGN}/shut-out`, { operation: "x" })).status, 422);
  assert.equal((await user.get("/")).status, 200);
});

test("cw_065 cw_121 of a user whose use is prohibited the password is not temporary, and the pages say so", async () => {
  await act(admin, FORBIDDEN, "prohibit");
  const { question, done, password } = await shutOut(admin, FORBIDDEN);
  assert.match(question.text, /仮パスワードにはなりません。/);
  assert.match(done.text, /仮パスワードにはなっていません。/);
  assert.equal((await phoneLogin(server, { login: FORBIDDEN, password })).status, 200);
});
