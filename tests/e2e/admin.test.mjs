// What the administrator does on a user's page (CW-054, CW-084 to CW-095, CW-101 to CW-103, CW-120 to CW-124), against real
// devices: the acts themselves, then a day of theirs in Chromium, with and without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium, MINUTE, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { logins, opened, tryLogin } from "./harness/login.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until, WRONG } from "./harness/people.mjs";
import { album, picture } from "./harness/look.mjs";
import { TRIAL } from "./harness/trials.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = TRIAL ? null : await launchChromium();
const SHOTS = album("shots-admin");
after(async () => {
  await chromium?.close();
  await server.stop();
});

const ADMIN = "admin.acts";
const USERS = logins("acts", 12);
const [LOCK, PROHIBIT, FACTOR, FORCED, GRACELESS, BAD, PARALLEL, FIXED, DAY, PLAIN, PREVIEW, DOOR] = USERS;
let made;
let admin;
before(async () => {
  made = await contract(server, "123456789", ADMIN, USERS);
  await contract(server, "987654321", "admin.other");
  admin = await signedIn(server, ADMIN);
});

const STAMP = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900`;
const account = (login) => server.operator().account("coconowork", login);
const page = async (login) => (await admin.get(`/users/${login}`)).text;
async function lock(login) {
  for (let at = 0; at < 5; at += 1) await tryLogin(server, login, WRONG);
}
/** Gives the account a second factor, as if its owner had set one up. */
const giveFactor = (login) =>
  server.sql({ object: "Account", name: made.get(login).uid }, "UPDATE item SET json = 'true' WHERE key = 'factor'");
/** A phone and a PC of this user, connected. */
async function devices(login) {
  const both = [];
  for (const [role, name] of [["viewer", "iPhone16,1"], ["client", "DESKTOP-7F3A"]]) {
    const device = await server.device({ login, password: PASSWORD, role, name });
    await device.next("welcome");
    both.push(device);
  }
  return both;
}
/** The form of the page, filled in and sent; redirects followed. `on` are the toggles that are on, beside those that are already. */
async function force(login, password, { again = password, off = [], ...fields } = {}, browser = admin) {
  const shown = await browser.get(`/users/${login}`);
  const path = `/users/${login}/password`;
  const form = shown.forms().find((one) => one.action === path);
  for (const name of off) delete form.fields[name];
  return browser.follow(await browser.post(path, { ...form.fields, new: password, again, ...fields }));
}

test("cw_054 cw_084 cw_085 cw_086 an administrator unlocks: lock and failures are gone, and nothing else", async () => {
  const session = await signedIn(server, LOCK);
  await lock(LOCK);
  assert.match(await page(LOCK), new RegExp(`利用可能なアプリケーション 管理機能 利用 利用可能です .*ログイン失敗を繰り返したため、一時的にロックアウトされています。 ロックアウト時刻 : ${STAMP}.*ロックアウトを解除 多要素認証 多要素認証を使用していません`));
  const question = await admin.get(`/users/${LOCK}/unlock`);
  assert.match(question.html, /ロックアウトを解除します。<br>よろしいですか？/);
  assert.match(question.text, new RegExp(`ロックアウト（${STAMP} から）が解除され`));
  const done = await act(admin, LOCK, "unlock");
  assert.ok(done.text.includes("ロックアウトを解除しました。"));
  assert.ok(!done.text.includes("ロックアウト時刻"));
  assert.deepEqual([(await account(LOCK)).lock, (await account(LOCK)).failures], [null, 0]);
  assert.equal((await session.get("/")).status, 200, "a session goes on");
  assert.ok(opened(await tryLogin(server, LOCK, PASSWORD)));
  assert.ok((await act(admin, LOCK, "unlock")).text.includes("ロックアウトはすでに解除されていました。"));
});

test("cw_084 an administrator opens a device door that was closed", async () => {
  const wrong = () => phoneLogin(server, { login: DOOR, password: WRONG, role: "client" });
  for (let minute = 0; minute < 20; minute += 1) {
    for (const { status } of await Promise.all(Array.from({ length: 5 }, wrong))) assert.equal(status, 401);
    await server.clock.advance(61_000);
    if (minute % 10 === 9) admin = await signedIn(server, ADMIN);
  }
  assert.equal((await phoneLogin(server, { login: DOOR, role: "client" })).status, 429);
  assert.match(await page(DOOR), /新しい端末からのログインを止めています。.* ロックアウトを解除/);
  await act(admin, DOOR, "unlock");
  assert.equal((await phoneLogin(server, { login: DOOR, role: "client" })).status, 200);
});

test("cw_091 cw_092 cw_093 cw_094 cw_095 prohibiting ends web sessions, cuts both ends and clears the phone; allowing restores nothing", async () => {
  const session = await signedIn(server, PROHIBIT);
  const [phone, pc] = await devices(PROHIBIT);
  const done = await act(admin, PROHIBIT, "prohibit");
  assert.match(done.text, /利用が禁止されています .* 利用を許可/);
  assert.match(done.text, /端末認証情報の登録状況 登録されていません。/);
  for (const device of [phone, pc]) {
    assert.equal((await device.next("bye")).reason, "use_prohibited");
    const { code, reason } = await device.closed;
    assert.deepEqual([code, reason], [4002, "use_prohibited"]);
  }
  assert.match((await session.get("/")).location, /^\/login/);
  // The table of the interface: the viewer's token is dead, the client's lives.
  assert.deepEqual((await server.device({ token: phone.token })).refused, { step: "connect", status: 401, body: { error: "invalid_token" } });
  const back = await server.device({ token: pc.token, role: "client" });
  await back.next("welcome");

  const refused = await tryLogin(server, PROHIBIT, PASSWORD);
  assert.equal(refused.status, 403);
  assert.ok(refused.text.includes("管理機能の利用が禁止されています。") && refused.text.includes("アカウント管理者にお問い合わせください。"));
  assert.equal((await tryLogin(server, PROHIBIT, WRONG)).status, 401, "only a right password learns it");
  const again = await server.device({ login: PROHIBIT, password: PASSWORD, role: "viewer" });
  assert.ok(again.login.device_key, "the phone registers again");
  await again.next("welcome");

  assert.ok((await act(admin, PROHIBIT, "prohibit")).text.includes("管理機能の利用はすでに禁止されていました。"));
  assert.equal(again.frames.filter(({ data }) => data.type === "bye").length, 0, "a second prohibition cuts nobody");
  const allowed = await act(admin, PROHIBIT, "allow");
  assert.match(allowed.text, /管理機能の利用を許可しました。.*利用可能です 利用を禁止/);
  assert.match((await session.get("/")).location, /^\/login/);
  assert.equal((await server.device({ token: phone.token })).refused.status, 401);
  assert.ok(opened(await tryLogin(server, PROHIBIT, PASSWORD)));
  [back, again].forEach((device) => device.close());
});

test("cw_101 cw_102 cw_103 the second factor is removed by the administrator", async () => {
  await giveFactor(FACTOR);
  assert.match(await page(FACTOR), /多要素認証を使用しています 設定を解除/);
  const question = await admin.get(`/users/${FACTOR}/factor/reset`);
  assert.ok(question.html.includes("設定を解除するとワンタイムパスワードの登録状態が初期化され、再度使用するにはワンタイムパスワードのセットアップを最初からやり直す必要があります。<br>設定を解除します。よろしいですか？"));
  const done = await act(admin, FACTOR, "factor/reset");
  assert.ok(done.text.includes("多要素認証の設定を解除しました。"));
  assert.match(done.text, /多要素認証を使用していません/);
  assert.ok(!done.text.includes("多要素認証を使用していません 設定を解除"), "no button");
  assert.equal((await account(FACTOR)).second_factor, false);
});

test("cw_055 cw_120 cw_121 cw_122 cw_123 cw_124 a temporary password: sessions end, the lock is gone, the client is told, the user has to change it", async () => {
  const session = await signedIn(server, FORCED);
  const [phone, pc] = await devices(FORCED);
  await lock(FORCED);
  const done = await force(FORCED, NEW_PASSWORD);
  assert.equal(done.path, `/users/${FORCED}?notice=password-forced`);
  for (const words of ["パスワードが変更されました。", "一般ユーザに新しいパスワードを通知し、クライアントプログラムに保存されているパスワードの更新を指示してください。", "変更後30日間", "仮パスワードから変更されていません。"]) assert.ok(done.text.includes(words), words);
  assert.ok(!done.html.includes(NEW_PASSWORD));
  const told = await pc.next("password");
  assert.deepEqual([told.status, told.days_left], ["previous", 30]);
  assert.match((await session.get("/")).location, /^\/login/);
  const state = await account(FORCED);
  assert.deepEqual([state.lock, state.sessions, state.temporary_password], [null, 0, true]);
  // The viewer stays until it ends; afterwards it needs the new password, and that is temporary as yet.
  phone.send("ping");
  await phone.next("pong");
  assert.equal((await server.device({ token: phone.token })).refused.status, 401);
  assert.equal((await phoneLogin(server, { login: FORCED, password: NEW_PASSWORD, key: phone.key })).body.error, "password_change_required");
  assert.equal((await tryLogin(server, FORCED, PASSWORD)).status, 401);
  const user = server.browser();
  assert.equal((await user.signIn(FORCED, NEW_PASSWORD)).path, "/password/first");
  [phone, pc].forEach((device) => device.close());
});

test("cw_119 cw_121 OFF and without grace: the password stays, and a client on the old one is cut", async () => {
  const [phone, pc] = await devices(GRACELESS);
  const done = await force(GRACELESS, NEW_PASSWORD, { off: ["temporary"], graceless: "on" });
  assert.equal(done.path, `/users/${GRACELESS}?notice=password-forced-at-once`);
  assert.ok(done.text.includes("古いパスワードは無効になりました。"));
  assert.equal((await pc.closed).code, 4003);
  assert.equal((await server.device({ token: pc.token })).refused.status, 401);
  assert.equal((await phoneLogin(server, { login: GRACELESS, role: "client", key: pc.key })).status, 401);
  phone.send("ping");
  await phone.next("pong");
  assert.ok(opened(await tryLogin(server, GRACELESS, NEW_PASSWORD)));
  assert.equal((await account(GRACELESS)).temporary_password, false);
  phone.close();
});

test("cw_121 while use is prohibited the toggle is OFF and fixed, whatever a browser sends", async () => {
  await act(admin, FIXED, "prohibit");
  const shown = await admin.get(`/users/${FIXED}`);
  assert.match(shown.html, /<input[^>]*id="temporary"[^>]* disabled>/);
  assert.ok(shown.text.includes("このユーザは自分でパスワードを変更できません。OFF のまま変更できません。"));
  const done = await force(FIXED, NEW_PASSWORD, { temporary: "on" });
  assert.ok(done.text.includes("管理機能の利用が禁止されているため、仮パスワードにはなっていません。"));
  assert.equal((await account(FIXED)).temporary_password, false);
  assert.equal((await phoneLogin(server, { login: FIXED, password: NEW_PASSWORD })).status, 200);
});

test("cw_120 everything that is wrong is said at once, the choices stay, and nothing changes", async () => {
  const refused = await force(BAD, BAD, { again: "x", off: ["temporary"], graceless: "on" });
  assert.equal(refused.status, 422);
  for (const words of ["入力内容を確認してください。", "半角の英大文字を1文字以上入れてください。", "ユーザ名を含まないパスワードにしてください。", "「新しいパスワード」と同じものを入力してください。"]) assert.ok(refused.text.includes(words), words);
  assert.doesNotMatch(refused.html, /type="password"[^>]*value=/);
  assert.doesNotMatch(refused.html, /id="temporary"[^>]* checked/);
  assert.match(refused.html, /id="graceless"[^>]* checked/);
  // The page that is left there lives on: reloading and following it work at its address.
  assert.equal((await admin.get(`/users/${BAD}/password`)).status, 200);
  const part = await admin.get(`/users/${BAD}/password`, { headers: { "x-live": "0".repeat(32) } });
  assert.match(part.html.trim(), /^<div class="live"/);
  assert.ok(opened(await tryLogin(server, BAD, PASSWORD)));
  // An administrator does not learn what it equals.
  for (const password of [PASSWORD, NEW_PASSWORD, PASSWORD]) {
    assert.equal((await force(BAD, password, { off: ["temporary"] })).path, `/users/${BAD}?notice=password-forced`);
  }
});

test("twenty times the same act at once is done once", async () => {
  const question = await admin.get(`/users/${PARALLEL}/prohibit`);
  const path = `/users/${PARALLEL}/prohibit`;
  const { fields } = question.forms().find((form) => form.action === path);
  const same = await Promise.all(Array.from({ length: 10 }, () => admin.post(path, fields)));
  assert.ok(same.every((one) => one.location?.endsWith("notice=use-prohibited")), "a repeat answers as the first");
  await act(admin, PARALLEL, "allow");
  const own = await Promise.all(Array.from({ length: 10 }, (_, at) => admin.post(path, { operation: String(at).padStart(32, "0") })));
  assert.equal(own.filter((one) => one.location.endsWith("notice=use-prohibited")).length, 1, "of ten operations one finds it allowed");
});

test("cw_008 another contract's user is answered like an unknown one, and acts on nobody", async () => {
  const other = await signedIn(server, "admin.other");
  const user = await signedIn(server, PREVIEW);
  const form = { operation: "0".repeat(32), new: NEW_PASSWORD, again: NEW_PASSWORD, temporary: "on" };
  for (const what of ["unlock", "prohibit", "allow", "factor/reset", "password"]) {
    for (const browser of [other, user]) {
      const [foreign, unknown] = [await browser.post(`/users/${PREVIEW}/${what}`, form), await browser.post(`/users/nobody.00001/${what}`, form)];
      assert.equal(foreign.status, 404, what);
      assert.equal(foreign.html.replace(/[0-9a-f]{32}/g, ""), unknown.html.replace(/[0-9a-f]{32}/g, ""));
      assert.equal((await browser.get(`/users/${PREVIEW}/${what}`)).status, 404);
    }
    const strange = await admin.post(`/users/${PREVIEW}/${what}`, form, { headers: { origin: "http://evil.example" } });
    assert.equal(strange.status, 403);
    assert.match((await server.browser().post(`/users/${PREVIEW}/${what}`, form)).location, /^\/login\?next=/);
  }
  assert.ok(opened(await tryLogin(server, PREVIEW, PASSWORD)));
});

test("each question tells what will happen to this user now, from his state at that moment", async () => {
  const says = async (what, ...words) => {
    const { text } = await admin.get(`/users/${PREVIEW}/${what}`);
    for (const word of words) assert.match(text, new RegExp(word), what);
  };
  await says("disconnect/viewer", "このユーザに今起きること ビューア（手元端末）は接続されていません。");
  await says("device/reset", "スマートフォンは登録されていません。");
  const [phone, pc] = await devices(PREVIEW);
  const sessions = (await account(PREVIEW)).sessions;
  await says("disconnect/client", `「DESKTOP-7F3A」の接続（${STAMP} から）が切れます。`);
  await says("device/reset", `「iPhone16,1」（${STAMP} 登録）の登録が消えます。 接続中のビューア（${STAMP} から）は切れません。`);
  await says("prohibit", `ログイン中の${sessions}件がログアウトされます。`, "「iPhone16,1」の接続", "「DESKTOP-7F3A」の接続", "の登録が消えます。", "管理機能にログインできなくなります。");
  await says("allow", "すでに利用できます。何も変わりません。");
  [phone, pc].forEach((device) => device.close());
});

test("a question that looks again by itself does not keep a session alive; asking does", async () => {
  const question = `/users/${PREVIEW}/prohibit`;
  for (const [headers, alive] of [[{}, true], [{ "x-live": "0".repeat(32) }, false]]) {
    const browser = await signedIn(server, ADMIN);
    await server.clock.advance(20 * MINUTE);
    assert.equal((await browser.get(question, { headers })).status, 200);
    await server.clock.advance(15 * MINUTE);
    assert.equal((await browser.get(question)).status, alive ? 200 : 303);
  }
});

// ── In Chromium ──

async function person(t, options = {}) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), viewport: { width: 1280, height: 900 }, ...options });
  const heard = listen(context);
  const tab = await context.newPage();
  t.after(async () => {
    assert.deepEqual(heard.complaints, []);
    await context.close();
  });
  await tab.goto("/login");
  await tab.getByLabel("ユーザ名").fill(ADMIN);
  await tab.getByLabel("パスワード", { exact: true }).fill(PASSWORD);
  await tab.getByRole("button", { name: "ログイン" }).click();
  await tab.getByText("利用する管理機能を選択してください。").waitFor();
  return tab;
}
const section = (tab, heading) => tab.getByRole("region", { name: heading });
const applications = (tab) => section(tab, "利用可能なアプリケーション");
const says = (locator, words) => locator.filter({ hasText: words }).waitFor();
const shot = async (tab, name, fullPage = true) => {
  for (const width of [1280, 390]) {
    await tab.setViewportSize({ width, height: 900 });
    await tab.waitForLoadState();
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name}: ${over} px wider than ${width}`);
    await picture(tab, SHOTS, `${name}-${width}`, fullPage);
  }
  await tab.setViewportSize({ width: 1280, height: 900 });
};

/** A day of an administrator with one user; `press` presses a button of the page and answers its question. */
async function day(tab, login, press) {
  const session = await signedIn(server, login);
  await lock(login);
  await giveFactor(login);
  const [phone, pc] = await devices(login);
  await tab.goto(`/users/${login}`);
  await says(applications(tab), "一時的にロックアウトされています。");
  await shot(tab, `${login}-everything`);

  await press("ロックアウトを解除", ["ロックアウトを解除します。", "よろしいですか？", "失敗の回数が0に戻ります。"]);
  await tab.getByText("ロックアウトを解除しました。").waitFor();
  await says(applications(tab), "ロックアウトされていません。");

  await press("設定を解除", ["ワンタイムパスワードの登録状態が初期化され", "設定を解除します。よろしいですか？", "ログイン中の1件はそのままです。"]);
  await says(applications(tab), "多要素認証を使用していません");
  assert.equal((await session.get("/")).status, 200);

  await press("利用を禁止", ["利用を禁止します。", "接続中の場合は強制切断されます。", "登録されている端末認証情報も初期化されます。", "よろしいですか？", "ログイン中の1件がログアウトされます。", "「DESKTOP-7F3A」の接続"]);
  await says(applications(tab), "利用が禁止されています");
  await says(section(tab, "端末認証情報の登録状況"), "登録されていません。");
  await says(section(tab, "接続状況"), "現在接続されていません。");
  assert.deepEqual([(await phone.closed).code, (await pc.closed).code], [4002, 4002]);
  assert.match((await session.get("/")).location, /^\/login/);
  const toggle = tab.getByLabel("次回ログイン時にパスワードの変更が必要");
  assert.deepEqual([await toggle.isChecked(), await toggle.isDisabled()], [false, true]);
  await shot(tab, `${login}-prohibited`);

  await press("利用を許可", ["利用を許可します。", "よろしいですか？", "元に戻りません。"]);
  await says(applications(tab), "利用可能です");
  assert.deepEqual([await toggle.isChecked(), await toggle.isDisabled()], [true, false]);

  const set = async (fresh, again) => {
    await tab.getByLabel("新しいパスワード", { exact: true }).fill(fresh);
    await tab.getByLabel("新しいパスワード (確認)", { exact: true }).fill(again);
    await tab.getByRole("button", { name: "パスワードを変更" }).click();
  };
  await tab.getByLabel("猶予を与えない").check();
  await set("short", "other");
  await tab.getByText("入力内容を確認してください。").waitFor();
  assert.ok(await tab.getByLabel("猶予を与えない").isChecked());
  await shot(tab, `${login}-errors`);
  await tab.getByLabel("猶予を与えない").uncheck();
  await set(NEW_PASSWORD, NEW_PASSWORD);
  await tab.getByText("一般ユーザに新しいパスワードを通知し").waitFor();
  await says(applications(tab), "仮パスワードから変更されていません。");
  await shot(tab, `${login}-forced`);
  assert.equal((await server.browser().signIn(login, NEW_PASSWORD)).path, "/password/first");
}

test("cw_084 cw_091 cw_101 cw_120 a day of an administrator in Chromium: the page never reloads, and another's page follows", async (t) => {
  const tab = await person(t);
  const watching = await person(t);
  await watching.goto(`/users/${DAY}`);
  await watching.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
  await watching.evaluate(() => (window.mark = 1));
  // What is half typed, and what was chosen, survive the changes around them.
  await watching.getByLabel("新しいパスワード", { exact: true }).fill("half-typed");
  await watching.getByLabel("猶予を与えない").check();
  let first = true;
  await day(tab, DAY, async (button, words) => {
    await tab.getByRole("link", { name: button }).click();
    const dialog = tab.getByRole("dialog", { name: "確認" });
    for (const word of words) await says(dialog, word);
    if (first || button === "利用を禁止") await shot(tab, `dialog-${button}`, false);
    const focused = await tab.evaluate(() => document.activeElement.innerText);
    assert.equal(focused, ["ロックアウトを解除", "利用を許可"].includes(button) ? "OK" : "キャンセル");
    first = false;
    await dialog.getByRole("button", { name: "OK" }).click();
    await dialog.waitFor({ state: "hidden" });
  });
  await says(applications(watching), "仮パスワードから変更されていません。");
  await says(applications(watching), "多要素認証を使用していません");
  assert.equal(await watching.evaluate(() => window.mark), 1);
  assert.equal(await watching.getByLabel("新しいパスワード", { exact: true }).inputValue(), "half-typed");
  assert.ok(await watching.getByLabel("猶予を与えない").isChecked());
});

test("an open question follows what happens behind it", async (t) => {
  const login = PREVIEW;
  const tab = await person(t);
  await tab.goto(`/users/${login}`);
  await tab.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
  await tab.getByRole("link", { name: "利用を禁止" }).click();
  const dialog = tab.getByRole("dialog", { name: "確認" });
  await says(dialog, "クライアント（接続先機器）は接続されていません。");
  const pc = await server.device({ login, password: PASSWORD, role: "client", name: "LATE-PC" });
  await says(dialog, "「LATE-PC」の接続");
  await tab.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  pc.close();
  await until(async () => (await account(login)).connections.client === null);
});

test("cw_084 cw_091 cw_101 cw_120 the same day without JavaScript", async (t) => {
  const tab = await person(t, { javaScriptEnabled: false });
  await day(tab, PLAIN, async (button, words) => {
    await tab.getByRole("link", { name: button }).click();
    for (const word of words) await tab.getByText(word).first().waitFor();
    await tab.getByRole("link", { name: "キャンセル" }).click();
    await tab.getByRole("link", { name: button }).click();
    await shot(tab, `confirm-${button}`);
    await tab.getByRole("button", { name: "OK" }).click();
  });
});
