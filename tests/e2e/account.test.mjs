// あなたの接続, language and zone, and what a person is told, over HTTP: what ends ends at its next use, a refused PC never comes
// back, a choice follows the person and leads to no other site, news stay until they are read.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until, WRONG } from "./harness/people.mjs";
import { enrol } from "./harness/totp.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const ADMIN = "admin.account";
const people = await contract(server, "520000001", ADMIN, [
  "own.sessions", "own.pcs", "own.twice", "own.zone", "own.news", "own.read", "own.race", "own.parts", "own.lang", { login: "own.first", ready: false },
]);
const CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const PC = { role: "client", name: "DESKTOP-7F3A", os: "Windows 11" };

/** A browser that names itself so. */
async function browser(login, agent, ip = "192.0.2.7") {
  const one = server.browser({ ip });
  one.headers["user-agent"] = agent;
  const page = await one.signIn(login, PASSWORD);
  assert.equal(page.status, 200, page.text);
  return one;
}
const ids = (page, what) => [...page.html.matchAll(new RegExp(`href="/account/${what}/([\\w-]{16})/`, "g"))].map(([, id]) => id);
const rows = (browser, code) => until(async () => {
  const page = await browser.get(`/history?code=${code}`);
  return /<tbody>/.test(page.html) && page;
});
/** Presses a link of the page: its question, then OK. */
async function press(browser, path) {
  const question = await browser.get(path);
  assert.equal(question.status, 200, question.text);
  return browser.submit(question, {}, path);
}

test("own sessions: browser in words, address, since and last use; one ends, then all others, each at its next use", async () => {
  const here = await browser("own.sessions", CHROME, "192.0.2.8");
  const [second, third, fourth] = [await browser("own.sessions", FIREFOX), await browser("own.sessions", ""), await browser("own.sessions", CHROME)];
  const page = await here.get("/account");
  assert.equal(page.status, 200);
  assert.match(page.text, /Chrome \(Windows\) このブラウザ 192\.0\.2\.8 セッション [\w-]{8} 開始 : \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900 最終利用 : \d{4}-/);
  assert.match(page.text, /Firefox \(Linux\) 192\.0\.2\.7/);
  assert.match(page.text, /不明なブラウザ/);
  assert.equal(ids(page, "sessions").length, 3, "the own one is not among them");

  // Which one is whose is seen from its own page.
  const own = /セッション ([\w-]{8})/.exec((await second.get("/account")).text.split("このブラウザ")[1])[1];
  const id = ids(page, "sessions").find((one) => one.startsWith(own));
  const question = await here.get(`/account/sessions/${id}/end`);
  assert.match(question.text, /このセッションを終了します。 よろしいですか？ 対象 Firefox \(Linux\)/);
  assert.match(question.text, /Firefox \(Linux\)（\d{4}-.* から）は、次の操作でログアウトされます。/);
  assert.equal((await second.get("/")).status, 200, "asking ends nothing");
  const ended = await here.submit(question, {}, `/account/sessions/${id}/end`);
  assert.match(ended.text, /セッションを終了しました。/);
  assert.match((await second.get("/")).location, /^\/login/);
  assert.equal((await third.get("/")).status, 200);

  // The same form again is the same act; a new one finds nothing.
  const again = await here.submit(question, {}, `/account/sessions/${id}/end`);
  assert.match(again.text, /セッションを終了しました。/);
  assert.match((await here.visit(`/account/sessions/${id}/end`)).text, /セッションはすでに終了していました。/);

  const others = await press(here, "/account/sessions/end");
  assert.match(others.text, /セッションを終了しました。/);
  assert.match(others.text, /ほかにログインしているブラウザはありません。/);
  for (const gone of [third, fourth]) assert.match((await gone.get("/account")).location, /^\/login/);
  const told = await until(async () => {
    const page = await rows(here, "sessions-ended");
    return page.text.includes("own.sessions が自分のほかのセッション2件を終了しました。") && page;
  });
  assert.match(told.text, new RegExp(`own\\.sessions が自分のセッション ${own} を終了しました。`));
  assert.match(told.text, /192\.0\.2\.8/);
});

test("the own session and another person's are not there to be ended", async () => {
  const [here, other] = [await signedIn(server, "own.parts"), await signedIn(server, "own.twice")];
  const own = (await here.get("/account")).html;
  await signedIn(server, "own.parts");
  const [theirs] = ids(await here.get("/account"), "sessions");
  assert.ok(own && theirs);
  // Another account does not know that id.
  const operation = "7".repeat(32);
  assert.match((await other.follow(await other.post(`/account/sessions/${theirs}/end`, { operation }))).text, /すでに終了していました。/);
  assert.equal(ids(await here.get("/account"), "sessions").length, 1, "it lives");
  const second = await signedIn(server, "own.twice");
  const [mine] = ids(await second.get("/account"), "sessions");
  const page = await other.post(`/account/sessions/${mine}/end`, { operation });
  assert.equal(page.status, 404, "the own one ends by logging out");
  assert.equal((await other.get("/account")).status, 200);
  assert.equal((await other.get(`/account/sessions/${mine}/end`)).status, 404);
});

test("a refused PC: its live client gets 4003, its token and key open nothing even with the right password; the rest goes on", async () => {
  const user = await signedIn(server, "own.pcs");
  const pc = await server.device({ login: "own.pcs", password: PASSWORD, ...PC });
  await pc.next("welcome");
  const phone = await server.device({ login: "own.pcs", password: PASSWORD, role: "viewer" });
  await phone.next("welcome");
  const page = await user.get("/account");
  assert.match(page.text, /モバイル登録済み 端末名 : iPhone16,1/);
  assert.match(page.text, /クライアント（接続先機器） 現在接続されています。 接続開始時刻 \d{4}-/);
  assert.match(page.text, /DESKTOP-7F3A 接続中 Windows 11 初回ログイン : \d{4}-.* 最終確認 : \d{4}-/);
  const [id] = ids(page, "pcs");
  const path = `/account/pcs/${id}/refuse`;
  const question = await user.get(path);
  assert.match(question.text, /このPCを拒否します。 よろしいですか？ 対象 DESKTOP-7F3A/);
  assert.match(question.text, /このPCのクライアントの接続（\d{4}-.* から）が切れます。/);
  const done = await user.submit(question, {}, path);
  assert.match(done.text, /このPCを拒否しました。/);
  assert.match(done.text, /登録されている接続先PC 登録されていません。/);
  assert.deepEqual((({ code, reason }) => [code, reason])(await pc.closed), [4003, "credentials_revoked"]);
  const again = await server.device({ token: pc.token });
  assert.deepEqual([again.refused.status, again.refused.body.error], [401, "invalid_token"]);
  for (const role of ["client", "viewer"]) {
    const refused = await phoneLogin(server, { login: "own.pcs", role, key: pc.key });
    assert.deepEqual([refused.status, refused.body.error], [403, "device_not_registered"], role);
  }
  assert.equal((await phoneLogin(server, { login: "own.pcs", role: "client", key: pc.key, password: WRONG })).status, 401, "only after a right password");
  phone.send("ping");
  await phone.next("pong");
  // The same form again, and a fresh one.
  assert.match((await user.submit(question, {}, path)).text, /このPCを拒否しました。/);
  assert.match((await user.visit(path)).text, /このPCはすでに登録されていませんでした。/);
  const told = await rows(user, "device-refused");
  assert.equal(told.text.match(/own\.pcs が自分のクライアント（接続先機器）「DESKTOP-7F3A」を拒否しました。/g).length, 1);
  // Across a crash of the object.
  await server.abort({ object: "Account", name: people.get("own.pcs").uid });
  assert.equal((await phoneLogin(server, { login: "own.pcs", role: "client", key: pc.key })).status, 403);
  assert.equal((await phoneLogin(server, { login: "own.pcs", role: "client", name: "LAPTOP-2" })).status, 200);
  phone.terminate();
});

test("the same refusal many times at once is one, and its row too", async () => {
  const user = await signedIn(server, "own.race");
  await phoneLogin(server, { login: "own.race", ...PC });
  const page = await user.get("/account");
  const [id] = ids(page, "pcs");
  const answers = await Promise.all(Array.from({ length: 20 }, () => user.post(`/account/pcs/${id}/refuse`, { operation: "8".repeat(32) })));
  for (const answer of answers) assert.equal(answer.location, "/account?notice=pc-refused");
  const told = await rows(user, "device-refused");
  assert.equal(told.text.match(/を拒否しました。/g).length, 1);
});

test("an administrator sees what applies to him: no devices, and no door to refuse one", async () => {
  const admin = await signedIn(server, ADMIN);
  const page = await admin.get("/account");
  assert.match(page.text, /あなたの接続/);
  assert.doesNotMatch(page.text, /端末認証情報|接続先PC|ビューア/);
  assert.match(page.text, /多要素認証を使用していません/);
  assert.ok(page.html.includes(`href="/history?who=${ADMIN}"`));
  assert.equal((await admin.get("/account/pcs/0123456789abcdef/refuse")).status, 404);
  assert.match((await admin.get("/")).text, /アカウント管理者 .*あなたの接続/);
  assert.match((await admin.get("/")).html, /<a class="who-kind" href="\/account"/);
});

test("the last ten rows are about oneself, newest first", async () => {
  const user = await signedIn(server, "own.twice");
  for (let at = 0; at < 12; at += 1) await user.post("/account/sessions/end", { operation: String(at).padStart(32, "a") });
  await rows(user, "signed-in");
  const page = await until(async () => {
    const page = await user.get("/account");
    return /最近の操作履歴.*own\.twice がログインしました。/.test(page.text) && page;
  });
  const times = [...page.html.split('id="recent-title"')[1].matchAll(/<time datetime="([^"]+)"/g)].map(([, at]) => at);
  assert.ok(times.length > 0 && times.length <= 10);
  assert.deepEqual(times, times.toSorted().reverse());
  assert.doesNotMatch(page.text.split("最近の操作履歴")[1], /own\.(pcs|race|sessions)/);
});

test("nobody sees it without a full session; the live part alone prolongs nothing", async () => {
  assert.equal((await server.browser().get("/account")).location, "/login?next=%2Faccount");
  const { seed, browser: user } = await enrol(server, "own.parts");
  assert.ok(seed);
  const waiting = server.browser();
  await waiting.signIn("own.parts", PASSWORD);
  assert.match((await waiting.get("/account")).location, /^\/login\/code/);
  assert.match((await user.get("/account")).text, /ログイン途中/);
  assert.match((await user.get("/account")).text, /多要素認証を使用しています/);
  const watcher = "0".repeat(32);
  const part = await user.get("/account", { headers: { "x-live": watcher } });
  assert.ok(part.html.includes(`data-watch="${watcher}"`) && !part.html.includes("<html"));
  await server.clock.advance(20 * MINUTE);
  assert.equal((await user.get("/account", { headers: { "x-live": watcher } })).status, 200);
  await server.clock.advance(12 * MINUTE);
  assert.match((await user.get("/account", { headers: { "x-live": watcher } })).location, /^\/login/);
});

// ── Language and zone ──

const cookieOf = (page) => page.headers.getSetCookie().find((line) => line.startsWith("view="));

test("the language: before login by cookie, kept for the account, brought to the next browser by the login", async () => {
  const browser = server.browser({ language: "ja" });
  const page = await browser.get("/login?next=%2Fsettings");
  assert.match(page.html, /<span lang="ja" aria-current="true">日本語<\/span><button class="as-link" name="language" value="en" lang="en">English<\/button>/);
  const answer = await browser.send(page, { language: "en" }, "/preferences");
  assert.equal(answer.location, "/login?next=%2Fsettings", "back to the page it was used on");
  assert.match(cookieOf(answer), /^view=en\.; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  const english = await browser.get("/login");
  assert.match(english.html, /<html lang="en"/);
  assert.equal(english.headers.get("vary"), "Accept-Language, Cookie");
  assert.equal(english.headers.get("cache-control"), "no-store");

  const here = await signedIn(server, "own.lang");
  await here.submit(await here.get("/"), { language: "en" }, "/preferences");
  assert.match((await here.get("/account")).text, /Your connections/);
  const elsewhere = server.browser({ language: "ja" });
  const login = await elsewhere.send(await elsewhere.get("/login"), { login: "own.lang", password: PASSWORD }, "/login");
  assert.equal(login.headers.getSetCookie().length, 3, "the session, the browser and the choice");
  assert.match((await elsewhere.get("/")).html, /<html lang="en"/);
  // A login that is refused says nothing about what somebody prefers.
  const wrong = await server.browser().send(await server.browser().get("/login"), { login: "own.lang", password: WRONG }, "/login");
  assert.equal(cookieOf(wrong), undefined);
  // One that has chosen nothing keeps what this browser has.
  await browser.signIn("own.zone", PASSWORD);
  assert.match((await browser.get("/")).html, /<html lang="en"/);
});

test("the zone: all time stamps, history, its CSV and its days; contract days stay", async () => {
  const user = await signedIn(server, "own.zone");
  await user.get("/account");
  const before = await rows(user, "signed-in");
  assert.match(before.text, /日付は日本時間です。.*\+0900/);
  const changed = await user.submit(await user.get("/account"), { zone: "-480" }, "/preferences");
  assert.match(changed.text, /タイムゾーンを変更しました。/);
  assert.match(changed.html, /<option value="-480" selected>UTC-08:00 ロサンゼルス<\/option>/);
  assert.match(changed.text, /開始 : \d{4}-\d\d-\d\d \d\d:\d\d:\d\d -0800/);
  assert.doesNotMatch(changed.text, /\+0900/);
  const after = await rows(user, "signed-in");
  assert.match(after.text, /日付は UTC-08:00 で数えます。/);
  assert.match(after.text, /-0800/);
  const csv = await user.get("/history?csv=1");
  assert.match(csv.html, / -0800/);
  assert.doesNotMatch(csv.html, /\+0900/);
  // A day there ends 17 hours later than in Tokyo.
  const there = (at) => new Date(at - 8 * 3_600_000).toISOString().slice(0, 10);
  const [day, next] = [there(server.clock.now()), there(server.clock.now() + 86_400_000)];
  assert.match((await user.get(`/history?code=signed-in&from=${day}&to=${day}`)).html, /<tbody>/);
  assert.doesNotMatch((await user.get(`/history?code=signed-in&from=${next}`)).html, /<tbody>/);
  const elsewhere = await signedIn(server, "own.zone");
  assert.match((await elsewhere.get("/account")).text, /-0800/);
});

test("a choice leads to no other site, from no other site, and takes nothing that is not on offer", async () => {
  const browser = server.browser();
  const operation = "5".repeat(32);
  for (const next of ["//evil.example", "https://evil.example/", "/\\evil.example", "/logout", "/live/password", "/device/v1/connect", "", "javascript:alert(1)"]) {
    assert.equal((await browser.post("/preferences", { operation, language: "en", next })).location, "/", next);
  }
  for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { origin: null }]) {
    assert.equal((await browser.post("/preferences", { operation, language: "ja", next: "/login" }, { headers })).status, 403);
  }
  for (const [fields, field] of [[{ language: "fr" }, "language"], [{ zone: "541" }, "zone"], [{ zone: "x" }, "zone"], [{}, "zone"]]) {
    const page = await browser.post("/preferences", { operation, next: "/login", ...fields });
    assert.equal(page.status, 422, JSON.stringify(fields));
    assert.ok(page.text.includes(field));
    assert.equal(cookieOf(page), undefined);
  }
  browser.setCookie("view", "en.9999; <script>");
  assert.match((await browser.get("/login")).html, /<html lang="en"/);
  browser.setCookie("view", "xx");
  assert.match((await browser.get("/login")).html, /<html lang="ja"/, "as the browser asks");
  // A person whose login is not complete chooses for this browser only.
  const first = server.browser();
  await first.signIn("own.first", people.get("own.first").initial_password);
  const page = await first.get("/password/first");
  assert.doesNotMatch(page.html, /href="\/account"/);
  assert.equal((await first.send(page, { language: "en" }, "/preferences")).location, "/password/first");
  const other = server.browser();
  await other.signIn("own.first", people.get("own.first").initial_password);
  assert.match((await other.get("/password/first")).html, /<html lang="ja"/);
});

// ── What a person is told ──

test("cw_060 cw_101 cw_120 what others did is told after the next login, on every page, until it is read", async () => {
  const admin = await signedIn(server, ADMIN);
  await enrol(server, "own.news");
  await act(admin, "own.news", "factor/reset");
  await phoneLogin(server, { login: "own.news", name: "Pixel 9", os: "Android" });
  const form = await admin.get("/users/own.news");
  await admin.submit(form, { new: NEW_PASSWORD, again: NEW_PASSWORD, temporary: "" }, "/users/own.news/password");
  const user = await signedIn(server, "own.news", NEW_PASSWORD);
  const page = await user.get("/");
  const told = new RegExp(`お知らせ アカウント管理者（${ADMIN}）がパスワードを変更しました。 \\d{4}-.* 新しいスマートフォン「Pixel 9」が登録されました。 .* アカウント管理者（${ADMIN}）が多要素認証の設定を解除しました。`);
  assert.match(page.text, told);
  for (const path of ["/account", "/settings", "/password", "/history"]) assert.match((await user.get(path)).text, told, path);
  // Something more happens while he reads: it stays.
  await act(admin, "own.news", "device/reset");
  await phoneLogin(server, { login: "own.news", name: "Pixel 10", password: NEW_PASSWORD });
  const settings = await user.submit(page, { next: "/settings" }, "/news");
  assert.equal(settings.path, "/settings");
  assert.match(settings.text, /新しいスマートフォン「Pixel 10」が登録されました。/);
  assert.doesNotMatch(settings.text, /Pixel 9|パスワードを変更しました/);
  const read = await user.submit(settings, {}, "/news");
  assert.doesNotMatch(read.text, /お知らせ/);
  assert.doesNotMatch((await signedIn(server, "own.news", NEW_PASSWORD).then((one) => one.get("/"))).text, /お知らせ/);
});

test("an own change is no news, and a broken acknowledgement is told", async () => {
  const user = await signedIn(server, "own.read");
  await user.submit(await user.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  assert.doesNotMatch((await user.get("/")).text, /お知らせ/);
  const operation = "6".repeat(32);
  assert.equal((await user.post("/news", { operation })).status, 422);
  assert.equal((await user.post("/news", { operation, upto: "x" })).status, 422);
  assert.equal((await user.post("/news", { operation, upto: "0" })).location, "/");
  assert.match((await server.browser().post("/news", { operation, upto: "0" })).location, /^\/login/);
});
