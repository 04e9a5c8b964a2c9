// The login page, sessions, and the pages every person has (CW-001, CW-008, CW-010 to CW-014, CW-030 to CW-036), over plain HTTP.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort } from "../../scripts/lib/server.mjs";
import { HOUR, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { headersOf, logins, masked, opened, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract, signedIn, tokyoDay } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());

const ADMIN = "admin.00001";
before(async () => {
  await contract(server, "123456789", ADMIN, [...logins("user", 12), { login: "leaving.1", end: "2099-03-31" }, { login: "temporary.1", ready: false }]);
  await contract(server, "987654321", "admin.00002", logins("other", 2));
});

const includes = (page, ...texts) => texts.forEach((text) => assert.ok(page.text.includes(text), `${text} is missing: ${page.text}`));
const lacks = (page, ...texts) => texts.forEach((text) => assert.ok(!page.text.includes(text), `${text}: ${page.text}`));
/** Whether this browser's session is over: the page leads to the login. */
const signedOut = async (browser, path = "/") => {
  const page = await browser.get(path);
  return page.status === 303 && page.location.startsWith("/login");
};
const sessions = async (login) => (await server.operator().account("coconowork", login)).sessions;

test("cw_010_cw_011_the_login_page_says_what_the_manual_shows", async () => {
  const page = await server.browser().visit("/");
  assert.equal(page.path, "/login");
  assert.equal(page.status, 200);
  includes(page, "管理機能", "ユーザ名とパスワードを入力してください。", "※アカウント管理者でログインする場合は、アカウント管理者のユーザ名を入力してください。", "ユーザ名", "パスワード", "ログイン");
  const [form] = page.forms();
  assert.deepEqual(Object.keys(form.fields).sort(), ["login", "next", "operation", "password"]);
  assert.match(page.html, /<input[^>]*name="password"[^>]*type="password"/);
  assert.match(page.html, /class="eye"[^>]*aria-controls="password"/);
});

test("cw_001_one_login_page_serves_both_kinds_and_the_name_decides", async () => {
  const admin = await (await signedIn(server, ADMIN)).get("/");
  includes(admin, "アカウント管理者");
  const user = await (await signedIn(server, "user.00001")).get("/");
  includes(user, "一般ユーザ");
  lacks(user, "アカウント管理者");
});

test("cw_010_the_cookie_is_for_this_host_alone_and_scripts_cannot_read_it", async () => {
  const browser = server.browser();
  const page = await browser.send(await browser.get("/login"), { login: "user.00001", password: PASSWORD });
  const [cookie, known, ...others] = page.headers.getSetCookie();
  assert.deepEqual(others, []);
  assert.match(cookie, /^session=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.match(known, /^known-[\w-]{8}=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000$/);
  assert.equal(page.location, "/");
});

test("cw_010_behind_https_the_cookie_is_host_bound_and_secure", async () => {
  const port = await freePort();
  const origin = `https://localhost:${port}`;
  const secure = await startServer({ port, vars: { COCONOWORK_ORIGIN: origin } });
  try {
    await contract(secure, "1", ADMIN);
    const headers = { origin };
    const page = await secure.browser().post("/login", { login: ADMIN, password: PASSWORD }, { headers });
    assert.equal(page.status, 303);
    const [session, known] = page.headers.getSetCookie();
    assert.match(session, /^__Host-session=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    assert.match(known, /^__Host-known-[\w-]{8}=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=31536000$/);
  } finally {
    await secure.stop();
  }
});

test("cw_030_logout_ends_the_session_itself_and_not_only_its_cookie", async () => {
  const browser = await signedIn(server, "user.00002");
  const { session } = browser.cookies;
  const page = await browser.submit(await browser.get("/"), {}, "/logout");
  includes(page, "ログアウトしました。");
  assert.equal(browser.cookies.session, undefined);
  browser.setCookie("session", session);
  assert.ok(await signedOut(browser));
  assert.equal(await sessions("user.00002"), 0);
  assert.equal((await server.browser().get("/logout")).status, 405);
});

test("cw_010_a_session_ends_after_30_to_31_idle_minutes", async () => {
  const browser = await signedIn(server, "user.00003");
  for (let steps = 0; steps < 3; steps += 1) {
    await server.clock.advance(29 * MINUTE + 50 * SECOND);
    assert.equal((await browser.get("/")).status, 200, "each step prolongs it");
  }
  await server.clock.advance(31 * MINUTE);
  assert.ok(await signedOut(browser));
  assert.equal(await sessions("user.00003"), 0);
});

test("cw_010_a_session_ends_after_12_hours_however_busy", async () => {
  const browser = await signedIn(server, "user.00004");
  for (let passed = 0; passed < 24; passed += 1) {
    assert.equal((await browser.get("/")).status, 200, `${passed} × 29.5 minutes`);
    await server.clock.advance(29.5 * MINUTE);
  }
  assert.equal((await browser.get("/")).status, 200, "11 h 48 min");
  await server.clock.advance(12 * MINUTE + SECOND);
  assert.ok(await signedOut(browser));
});

test("cw_010_a_page_or_a_post_of_an_expired_session_leads_to_login_and_back", async () => {
  const browser = await signedIn(server, "user.00005");
  const form = await browser.get("/password");
  await server.clock.advance(31 * MINUTE);
  const login = await browser.submit(form, { current: PASSWORD, new: "Kuromatsu-2031", again: "Kuromatsu-2031" }, "/password");
  assert.equal(login.status, 200);
  assert.match(login.path, /^\/login\?/);
  includes(login, "ログアウトしました。", "元の画面に戻ります。");
  const back = await browser.submit(login, { login: "user.00005", password: PASSWORD });
  assert.equal(back.path, "/password");
  includes(back, "現在のパスワード");

  const admin = await signedIn(server, ADMIN);
  await server.clock.advance(31 * MINUTE);
  const page = await admin.visit("/users?q=user&sort=end&order=desc");
  assert.match(page.path, /^\/login\?/);
  const list = await admin.submit(page, { login: ADMIN, password: PASSWORD });
  assert.equal(list.path, "/users?q=user&sort=end&order=desc");
  assert.equal(list.status, 200);
});

// past failure 25: what was planted before the login is worth nothing after it.
test("cw_010_a_session_never_takes_over_an_id_from_before_the_login", async () => {
  const attacker = await signedIn(server, "user.00006");
  const planted = attacker.cookies.session;
  const victim = server.browser();
  victim.setCookie("session", planted);
  await victim.signIn("user.00007", PASSWORD).catch(() => {});
  // With a living session the login page leads on; the victim logs in by POST all the same.
  await victim.post("/login", { login: "user.00007", password: PASSWORD });
  assert.notEqual(victim.cookies.session, planted);
  includes(await victim.get("/"), "一般ユーザ");
  assert.match((await victim.get("/password")).html, /value="user\.00007"/);
  assert.match((await attacker.get("/password")).html, /value="user\.00006"/);
});

// past failure 26: the next person at the same browser gets an id of his own.
test("cw_010_a_login_over_another_session_has_a_new_id_and_another_account", async () => {
  const browser = await signedIn(server, "user.00008");
  const former = browser.cookies.session;
  await browser.post("/login", { login: "user.00009", password: PASSWORD });
  assert.notEqual(browser.cookies.session, former);
  assert.match((await browser.get("/password")).html, /value="user\.00009"/);
});

test("cw_014_a_temporary_password_opens_the_forced_change_only", async () => {
  const { body } = await server.operator().post("/accounts/coconowork/temporary.1/temporary-password");
  const browser = server.browser();
  const page = await browser.signIn("temporary.1", body.initial_password);
  assert.equal(page.path, "/password/first");
  for (const path of ["/", "/settings", "/password", "/users"]) assert.equal((await browser.get(path)).location, "/password/first", path);
  assert.equal((await browser.post("/password", { current: "x", new: "y", again: "y" })).location, "/password/first");
  const other = await signedIn(server, "user.00010");
  assert.equal((await other.get("/password/first")).location, "/", "and nobody else comes there");
});

test("cw_032_cw_034_cw_035_cw_036_the_administrators_top_page", async () => {
  const page = await (await signedIn(server, ADMIN)).get("/");
  includes(page, "管理機能", "アカウント管理者", "ログアウト", "利用する管理機能を選択してください。",
    "アカウントごとにユーザ情報を管理することができます。", "登録されているパスワードを変更することができます。", "管理機能利用についての各種設定を管理することができます。");
  lacks(page, "アカウント有効期限");
  const links = [...page.html.matchAll(/<a href="(\/[a-z]*)"/g)].map(([, path]) => path);
  assert.deepEqual(links.slice(0, 4), ["/", "/users", "/settings", "/password"], "CW-032: the tabs");
  const cards = page.text.slice(page.text.indexOf("利用する管理機能"));
  const order = ["ユーザ管理", "パスワード変更", "管理機能利用設定"].map((card) => cards.indexOf(card));
  assert.deepEqual(order, order.toSorted((a, b) => a - b), "CW-032: the cards");
});

test("cw_031_cw_033_the_general_users_top_page", async () => {
  const page = await (await signedIn(server, "user.00001")).get("/");
  includes(page, "アカウント有効期限: -", "一般ユーザ", "ログアウト", "利用する管理機能を選択してください。");
  lacks(page, "ユーザ管理", "アカウント管理者");
  const cards = page.text.slice(page.text.indexOf("利用する管理機能"));
  assert.ok(cards.indexOf("管理機能利用設定") < cards.indexOf("パスワード変更"));
  includes(await (await signedIn(server, "leaving.1")).get("/"), "アカウント有効期限: 2099-03-31");
});

test("cw_036_the_settings_page_tells_the_multi_factor_state", async () => {
  for (const login of [ADMIN, "user.00001"]) {
    const page = await (await signedIn(server, login)).get("/settings");
    assert.equal(page.status, 200);
    includes(page, "管理機能利用設定", "多要素認証を使用していません");
  }
});

test("cw_008_a_general_user_finds_no_user_management_at_all", async () => {
  const browser = await signedIn(server, "user.00001");
  for (const path of ["/users", "/users/user.00002", "/users/user.00001", "/users/user.00002/device/reset", "/users/user.00002/disconnect/viewer"]) {
    assert.equal((await browser.get(path)).status, 404, path);
  }
  const operation = "0123456789abcdef0123456789abcdef";
  for (const act of ["disconnect/viewer", "disconnect/client", "device/reset"]) {
    assert.equal((await browser.post(`/users/user.00002/${act}`, { operation })).status, 404, act);
  }
});

test("cw_008_another_contracts_user_is_byte_for_byte_an_unknown_one", async () => {
  const browser = await signedIn(server, ADMIN);
  const operation = "0123456789abcdef0123456789abcdef";
  const [foreign, unknown] = ["other.00001", "other.99999"];
  for (const path of ["", "/device/reset", "/disconnect/viewer", "/disconnect/client"]) {
    const pages = await Promise.all([foreign, unknown].map((login) => browser.get(`/users/${login}${path}`)));
    assert.deepEqual(pages.map((page) => page.status), [404, 404], path);
    assert.equal(masked(pages[0], foreign), masked(pages[1], unknown));
    assert.deepEqual(...pages.map(headersOf));
    if (path === "") continue;
    const posts = await Promise.all([foreign, unknown].map((login) => browser.post(`/users/${login}${path}`, { operation })));
    assert.deepEqual(posts.map((page) => page.status), [404, 404], path);
    assert.equal(masked(posts[0], foreign), masked(posts[1], unknown));
    assert.deepEqual(...posts.map(headersOf));
  }
  assert.equal((await browser.get(`/users/${ADMIN}`)).status, 404, "and nobody manages himself");
  assert.equal((await browser.get("/users/user.00002")).status, 200);
});

test("cw_044_before_the_first_and_after_the_last_day_the_login_is_one_of_an_unknown_name", async () => {
  const today = tokyoDay(server.clock.now());
  const later = tokyoDay(server.clock.now() + 48 * HOUR);
  await contract(server, "555", "admin.00005", [{ login: "today.1", start: today, end: today }, { login: "later.1", start: later }, { login: "ended.1", end: "2023-01-31" }]);
  assert.ok(opened(await tryLogin(server, "today.1", PASSWORD)), "both days are inclusive");
  const unknown = await tryLogin(server, "nobody.1", PASSWORD);
  for (const login of ["later.1", "ended.1"]) {
    const page = await tryLogin(server, login, PASSWORD);
    assert.equal(page.status, 401);
    assert.equal(masked(page, login), masked(unknown, "nobody.1"));
  }
  const browser = await signedIn(server, "today.1");
  await server.clock.advance(24 * HOUR);
  assert.ok(await signedOut(browser));
  assert.equal((await tryLogin(server, "today.1", PASSWORD)).status, 401);
});

// past failure 36: only a page of ours can be come back to.
test("cw_010_next_never_leads_to_another_site", async () => {
  const payloads = [
    "//evil.example", "///evil.example", "////evil.example", "https://evil.example", "http:evil.example", "https:/evil.example", "/\\evil.example",
    "\\\\evil.example", "/\\/evil.example", "\\/evil.example", "javascript:alert(1)", "data:text/html,x", "/%2f/evil.example", "/%5cevil.example",
    "/%2f%2fevil.example", "/.//evil.example", "/..//evil.example", "/x/..//evil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example", "/ /evil.example", "@evil.example", "/@evil.example", ".evil.example", "/users@evil.example", "/users\\@evil.example",
    "//users", "///users", "/users\r\nLocation: https://evil.example", "/users\u0000", "/\u2028/evil.example", "/\u3002evil.example", "//evil。example",
    "/login", "/logout", "/password/first", "/nowhere", "", "users", "?next=//evil.example", "#//evil.example", "/live/users/x?ticket=1",
    "/operator/v1/openapi.json", "/device/v1/connect", "//localhost:1@evil.example", "/;@evil.example", "/users;//evil.example", `/users?${"x".repeat(3000)}`,
    "http://localhost", server.origin(), `${server.origin()}/users`, `//localhost:${server.port}/users`,
  ];
  const kept = new Set(["/users", "/", "/settings", "/password"]);
  const browser = server.browser();
  for (const next of payloads) {
    const page = await browser.post("/login", { login: ADMIN, password: PASSWORD, next });
    assert.equal(page.status, 303, JSON.stringify(next));
    const to = new URL(page.location, server.origin());
    assert.equal(to.origin, server.origin(), `${JSON.stringify(next)} → ${page.location}`);
    assert.ok(kept.has(to.pathname), `${JSON.stringify(next)} → ${page.location}`);
    assert.ok(page.location.startsWith("/") && !/^\/[/\\]/.test(page.location));
    // With a living session the login page leads on by itself.
    const led = await browser.get(`/login?next=${encodeURIComponent(next)}`);
    assert.equal(new URL(led.location, server.origin()).origin, server.origin(), next);
    assert.ok(kept.has(new URL(led.location, server.origin()).pathname), `${JSON.stringify(next)} → ${led.location}`);
  }
  for (const next of ["/users?q=%E3%81%82&sort=end", "/password", "/users/user.00001"]) {
    assert.equal((await browser.post("/login", { login: ADMIN, password: PASSWORD, next })).location, next);
  }
  const refused = await tryLogin(server, ADMIN, WRONG, { next: "//evil.example" });
  assert.ok(!refused.html.includes("evil.example"));
});
