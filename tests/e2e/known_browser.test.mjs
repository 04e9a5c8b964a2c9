// Device cookies (decisions, "Lock"): a browser that has logged in completely has failures of its own, so that nobody elsewhere
// locks it out; and nothing that is not exactly its cookie, alive, of this account and origin, is more than no cookie at all.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { headersOf, logins, masked, opened, statuses, tryLogin } from "./harness/login.mjs";
import { NEW_PASSWORD, PASSWORD, WRONG, act, contract, signedIn } from "./harness/people.mjs";
import { codeAt, enrol } from "./harness/totp.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const ADMIN = "admin.00001";
before(() => contract(server, "123456789", ADMIN, logins("known", 20)));

const account = (login) => server.operator().account("coconowork", login);
const verified = async (login) => (await account(login)).verified_total.web;
const elsewhere = (login, password = WRONG) => tryLogin(server, login, password);
/** A login in a browser as it is, redirects not followed. */
const login = (browser, name, password) => browser.post("/login", { login: name, password, next: "", operation: "0".repeat(32) });
const cookieOf = (browser) => Object.entries(browser.cookies).find(([name]) => name.startsWith("known-"));
/** A browser with nothing but this cookie. */
function carrying([name, value]) {
  const browser = server.browser();
  browser.setCookie(name, value);
  return browser;
}
async function lockElsewhere(name) {
  for (let failures = 0; failures < 5; failures += 1) assert.equal((await elsewhere(name)).status, 401);
  assert.equal((await elsewhere(name, PASSWORD)).status, 403);
}

test("cw_081_a_lock_by_others_does_not_keep_a_known_browser_out", async () => {
  const name = "known.00001";
  const browser = await signedIn(server, name);
  await browser.submit(await browser.get("/"), {}, "/logout");
  const before = cookieOf(browser);
  assert.ok(before, "it outlives the logout");
  await lockElsewhere(name);
  const page = await login(browser, name, PASSWORD);
  assert.ok(opened(page), page.text);
  assert.equal((await elsewhere(name, PASSWORD)).status, 403, "elsewhere it stays locked");
  const { failures, lock } = await account(name);
  assert.equal(failures, 5);
  assert.ok(lock);
});

test("cw_080_a_thousand_wrong_logins_elsewhere_in_parallel_never_stop_the_known_browser", async () => {
  const name = "known.00002";
  const browser = await signedIn(server, name);
  const flood = Promise.all(Array.from({ length: 1000 }, () => elsewhere(name)));
  let over = false;
  flood.finally(() => (over = true));
  let during = 0;
  while (!over) {
    assert.ok(opened(await login(browser, name, PASSWORD)), `after ${during} logins`);
    during += 1;
  }
  assert.deepEqual(statuses(await flood), { 401: 5, 403: 995 });
  assert.ok(during > 0);
  assert.equal(await verified(name), 1 + during + 5);
});

test("cw_080_a_thousand_wrong_logins_in_parallel_in_the_known_browser_verify_exactly_five", async () => {
  const name = "known.00003";
  const browser = await signedIn(server, name);
  const cookie = cookieOf(browser);
  const pages = await Promise.all(Array.from({ length: 1000 }, () => login(carrying(cookie), name, WRONG)));
  assert.deepEqual(statuses(pages), { 401: 5, 403: 995 });
  assert.ok(pages.every((page) => page.headers.getSetCookie().length === 0), "a refusal sets no cookie");
  assert.equal(await verified(name), 1 + 5);
  assert.equal((await login(carrying(cookie), name, PASSWORD)).status, 403, "it is locked there");
  assert.ok(opened(await elsewhere(name, PASSWORD)), "and nowhere else");
  assert.ok((await account(name)).lock, "which the operator and the administrator see");
  await server.clock.advance(30 * MINUTE - 10 * SECOND);
  assert.equal((await login(carrying(cookie), name, PASSWORD)).status, 403);
  await server.clock.advance(10 * SECOND);
  assert.ok(opened(await login(carrying(cookie), name, PASSWORD)));
});

test("cw_080_forged_and_foreign_cookies_count_as_elsewhere", async () => {
  const name = "known.00004";
  const [own, value] = cookieOf(await signedIn(server, name));
  const other = await signedIn(server, "known.00005");
  const [, foreign] = cookieOf(other);
  await lockElsewhere(name);
  const [head, claims, mac] = value.split(".");
  const altered = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, "base64url")), u: "0".repeat(32) })).toString("base64url");
  const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${claims}.`;
  const forged = { foreign, session: other.cookies.session, altered: `${head}.${altered}.${mac}`, cut: `${head}.${claims}.${mac.slice(1)}`, unsigned, empty: "", huge: "x".repeat(4000) };
  for (const [kind, text] of Object.entries(forged)) {
    assert.equal((await login(carrying([own, text]), name, PASSWORD)).status, 403, kind);
  }
  // Beside a forged one of the same name the right one still counts.
  const both = await server.browser().post("/login", { login: name, password: PASSWORD, next: "", operation: "0".repeat(32) },
    { headers: { cookie: `${own}=forged; ${own}=${value}` } });
  assert.ok(opened(both));
  const asSession = server.browser();
  asSession.setCookie("session", value);
  assert.equal((await asSession.get("/")).status, 303, "it is no session");
});

test("cw_080_a_cookie_of_another_origin_or_a_year_ago_is_none", async () => {
  const name = "known.00006";
  const cookie = cookieOf(await signedIn(server, name));
  const worksdrive = server.browser({ service: "worksdrive" });
  worksdrive.setCookie(...cookie);
  assert.equal((await login(worksdrive, name, PASSWORD)).status, 401);
  await server.clock.advance(364 * 24 * 60 * MINUTE);
  await lockElsewhere(name);
  assert.ok(opened(await login(carrying(cookie), name, PASSWORD)), "the last day of its year");
  await server.clock.advance(2 * 24 * 60 * MINUTE);
  await lockElsewhere(name);
  assert.equal((await login(carrying(cookie), name, PASSWORD)).status, 403);
});

for (const [how, change] of Object.entries({
  "own change": async (name, browser) => {
    await browser.submit(await browser.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
    return NEW_PASSWORD;
  },
  "forced change": async (name) => {
    const admin = await signedIn(server, ADMIN);
    await admin.submit(await admin.get(`/users/${name}`), { new: NEW_PASSWORD, again: NEW_PASSWORD }, `/users/${name}/password`);
    return NEW_PASSWORD;
  },
  "temporary password of the operator": async (name) =>
    (await server.operator().post(`/accounts/coconowork/${name}/temporary-password`)).body.initial_password,
  "prohibition and allowance": async (name) => {
    const admin = await signedIn(server, ADMIN);
    await act(admin, name, "prohibit");
    await act(admin, name, "allow");
    return PASSWORD;
  },
  "deletion and a new account": async (name) => {
    assert.equal((await server.operator().delete(`/contracts/123456789/users/${name}`)).status, 204);
    await contract(server, "123456789", ADMIN, [name]);
    return PASSWORD;
  },
})) {
  test(`cw_080_a_cookie_is_dead_after: ${how}`, async () => {
    const name = `known.000${{ o: "07", f: "08", t: "09", p: "10", d: "11" }[how[0]]}`;
    const browser = await signedIn(server, name);
    const stolen = cookieOf(browser);
    const password = await change(name, browser);
    await lockElsewhere(name);
    const page = await login(carrying(stolen), name, password);
    assert.equal(page.status, 403, page.text);
    if (how === "own change") assert.ok(opened(await login(browser, name, password)), "this browser has a new one");
  });
}

test("cw_012_refusals_read_alike_whatever_is_locked", async () => {
  const [known, unknown] = ["known.00012", "known.99999"];
  const cookie = cookieOf(await signedIn(server, known));
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    const pages = await Promise.all([login(carrying(cookie), known, WRONG), elsewhere(known), elsewhere(unknown)]);
    assert.deepEqual(pages.map((page) => page.status), Array(3).fill(attempt <= 5 ? 401 : 403));
    for (const page of pages) {
      assert.equal(masked(page, known, unknown), masked(pages[0], known, unknown));
      assert.deepEqual(headersOf(page), headersOf(pages[0]));
      assert.ok(page.ms >= 399, `${page.ms} ms`);
      assert.deepEqual(page.headers.getSetCookie(), []);
    }
  }
});

test("cw_001_two_people_who_share_a_browser_each_keep_their_cookie", async () => {
  const browser = server.browser();
  for (const name of ["known.00013", "known.00014"]) {
    await browser.signIn(name, PASSWORD);
    await browser.submit(await browser.get("/"), {}, "/logout");
  }
  assert.equal(Object.keys(browser.cookies).filter((name) => name.startsWith("known-")).length, 2);
  for (const name of ["known.00013", "known.00014"]) {
    await lockElsewhere(name);
    assert.ok(opened(await login(browser, name, PASSWORD)), name);
  }
});

test("cw_015_with_a_second_factor_the_cookie_comes_with_the_code_and_not_before", async () => {
  const name = "known.00015";
  const { seed } = await enrol(server, name);
  const browser = server.browser();
  await server.clock.advance(MINUTE);
  const first = await login(browser, name, PASSWORD);
  assert.deepEqual(first.headers.getSetCookie().map((line) => line.split("=")[0]), ["session"]);
  const done = await browser.submit(await browser.follow(first), { code: codeAt(seed, server.clock.now()) }, "/login/code");
  assert.equal(done.path, "/");
  assert.ok(cookieOf(browser));
  await lockElsewhere(name);
  assert.ok(opened(await login(browser, name, PASSWORD)));
});

test("cw_084_the_administrator_sees_the_lock_of_a_known_browser_and_ends_it", async () => {
  const name = "known.00016";
  const browser = await signedIn(server, name);
  const admin = await signedIn(server, ADMIN);
  for (let failures = 0; failures < 5; failures += 1) assert.equal((await login(browser, name, WRONG)).status, 401);
  assert.equal((await login(browser, name, PASSWORD)).status, 403);
  const page = await admin.get(`/users/${name}`);
  assert.ok(page.text.includes("ログイン失敗を繰り返したため、一時的にロックアウトされています。"), page.text);
  await act(admin, name, "unlock");
  assert.ok(opened(await login(browser, name, PASSWORD)));
});

test("cw_080_its_secrets_are_stored_nowhere", async () => {
  const name = "known.00017";
  const [, value] = cookieOf(await signedIn(server, name));
  const { s: secret, u: uid } = JSON.parse(Buffer.from(value.split(".")[1], "base64url"));
  assert.ok(secret.length >= 22);
  const rows = JSON.stringify(await server.sql({ object: "Account", name: uid }, "SELECT json FROM item UNION ALL SELECT json FROM outbox"));
  assert.ok(rows.includes("since") && !rows.includes(secret));
  assert.ok(!server.logs().some(({ message }) => message.includes(secret)));
});
