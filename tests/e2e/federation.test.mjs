// Linked services in workerd, against real OpenID providers (npm's oidc-provider): login at both doors, registration, change of the
// method in both directions, and what goes wrong without anybody meaning harm. What is meant to harm is in federation-attacks.

import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { ACCOUNTS, openidProviders, through } from "./harness/openid.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, methodLink, storageContract } from "./harness/storage.mjs";

const providers = await openidProviders();
/** A provider that does what `answer` says: for discovery that is slow, garbage, or not there. */
const odd = { answer: (_, response) => response.destroy(), asked: 0 };
const oddServer = http.createServer((request, response) => {
  odd.asked += 1;
  odd.answer(request, response);
});
await new Promise((resolve) => oddServer.listen(0, "127.0.0.1", resolve));
const oddEntry = (id) => ({
  id, label: `${id} ID`, services: ["worksdrive"], issuer: `http://127.0.0.1:${oddServer.address().port}/${id}`, client_id: "kagiban",
  client_secret_name: "GOOGLE_CLIENT_SECRET",
});
const ODD = ["down", "slow", "broken", "garbage", "foreign", "moved", "endless"];
const server = await startServer({
  providers,
  vars: {
    MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000",
    IDENTITY_PROVIDERS: JSON.stringify([...JSON.parse(providers.vars.IDENTITY_PROVIDERS), ...ODD.map(oddEntry)]),
  },
});
after(async () => {
  await server.stop();
  await providers.stop();
  oddServer.closeAllConnections();
  oddServer.close();
});

const [HANAKO, JIRO] = ACCOUNTS.ordinary.map(({ sub }) => sub);
let contracts = 0;
let people = 0;
/** A contract of its own; its contractor's address. */
async function contractor(service, options) {
  const boss = `boss-${(people += 1)}@${service}.linked.example.jp`;
  await storageContract(server, service, String(7000 + (contracts += 1)), boss, [], options);
  return boss;
}
/** An account at a provider that nobody has yet. */
const somebody = () => `somebody-${(people += 1)}`;

/** From a page of ours, by the form with this action (and this provider), there and back: the page behind the callback. */
async function go(browser, page, action, id, account, { visitor = providers.get(id).visitor(), fields = {} } = {}) {
  return through(browser, await pressed(browser, page, action, id, fields), visitor, account);
}

/** The answer to the form. */
async function pressed(browser, page, action, id, fields = {}) {
  const form = page.forms().find((one) => one.action === action && (one.fields.provider ?? id) === id && (one.fields.provider || action.includes("/federation/")));
  assert.ok(form, `no button for ${id} on ${page.path}: ${page.text}`);
  return browser.post(action, { ...form.fields, ...fields });
}
/** The provider's address that the form leads to. */
const leave = async (...which) => new URL((await pressed(...which)).location);

const signIn = async (browser, id, account, door = "") => go(browser, await browser.get(`${door}/login`), `${door}/federation/${id}`, id, account);

/** Links the contractor who logs in with a password to an account of a provider, in the menu. */
async function link(browser, boss, id, account) {
  await browser.submit(await browser.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
  const check = await go(browser, await browser.get("/menu/method"), "/menu/method", id, account);
  assert.match(check.text, /以下の内容でお間違えありませんでしょうか？/);
  const done = await browser.submit(check, {}, "/menu/method");
  assert.match(done.text, /変更したログイン方法でログインを実施してください。/);
  await server.clock.advance(SECOND);
  return { check, done };
}

for (const { service } of STORAGE) {
  test(`st_010 st_030 ${service}: the buttons of the manual stand on both login pages, in its order`, async () => {
    const manual = ["Google", "Facebook", "Microsoft", "d"].map((name) => `${name}アカウントでログイン`);
    if (service === "cowork-storage") manual.push("NTT東日本ビジネスIDでログイン");
    for (const door of ["", "/menu"]) {
      const page = await server.browser({ service }).get(`${door}/login`);
      const text = page.text.slice(page.text.indexOf("---または---"));
      const places = manual.map((label) => text.indexOf(label));
      assert.ok(places.every((place, at) => place > (places[at - 1] ?? 0)), text);
      assert.equal(text.includes("NTT東日本"), service === "cowork-storage");
      const policy = page.headers.get("content-security-policy");
      assert.ok(policy.includes(`form-action 'self' ${providers.get("google").origin} `), policy);
      assert.ok(page.bytes.length < 60_000);
    }
  });

  test(`st_012 st_030 st_031 st_061 st_100 st_103 ${service}: from a password to a linked service, logged in at both doors, and back`, async () => {
    const boss = await contractor(service, { secondStep: false });
    const other = server.browser({ service });
    await other.signIn(boss, STORAGE_PASSWORD);
    const browser = server.browser({ service });
    const account = somebody();
    const { check } = await link(browser, boss, "google", account);
    for (const fact of ["申込確認", "Googleアカウント", account, `${account}@example.net`]) assert.ok(check.text.includes(fact), `${fact}\n${check.text}`);
    assert.equal((await other.get("/")).status, 303, "whoever was logged in is logged out");
    assert.equal((await tryLogin(server, boss, STORAGE_PASSWORD, { service })).status, 401, "the password is gone");
    // The address that stays is told; who the account of the service is, is nobody else's business.
    const told = await mailTo(server, boss, 0, { changed: true });
    assert.match(told.text, /ログイン方法を「Googleアカウント」に変更/);
    assert.ok(!told.text.includes(account) && !told.html.includes(account), told.text);
    const mails = server.mails().length;
    await browser.post("/forgot", { login: boss, operation: "0".repeat(32) });
    await server.clock.advance(2 * SECOND);
    assert.equal(server.mails().length, mails, "and no mail sets one");

    const menu = await signIn(browser, "google", account, "/menu");
    assert.equal(menu.path, "/menu", menu.text);
    const top = await signIn(browser, "google", account);
    assert.equal(top.path, "/", top.text);
    assert.ok(top.html.includes(boss), top.text);
    const method = await browser.get("/menu/method");
    for (const fact of ["現在ご利用中のログイン方法", "Googleアカウント", `${account}@example.net`, "異なるGoogleアカウントに変更したい場合は、一度別のログイン方法に変更してください。"]) {
      assert.ok(method.text.includes(fact), `${fact}\n${method.text}`);
    }
    assert.ok(!method.text.includes("Googleアカウントで登録") && method.text.includes("dアカウントで登録"));
    assert.equal((await browser.get("/menu/password")).status, 404, "there is no password to change");

    const password = method.forms().find(({ action, fields }) => action === "/menu/method" && "new" in fields);
    const changed = await browser.follow(await browser.post("/menu/method", { ...password.fields, new: NEXT_PASSWORD, again: NEXT_PASSWORD }));
    assert.equal(changed.status, 200, changed.text);
    await server.clock.advance(2 * SECOND);
    assert.ok(opened(await tryLogin(server, boss, NEXT_PASSWORD, { service })));
    const refused = await signIn(server.browser({ service }), "google", account);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /このサービスのアカウントで登録されている利用者がいないか、いまはご利用いただけません。/);
  });

  test(`st_105 st_106 st_109 ${service}: who logs in with a linked service has another address at once, and logs in as before`, async () => {
    const [boss, user] = [await contractor(service), `user-${people}@${service}.moves.example.jp`];
    await storageContract(server, service, String(7000 + contracts), boss, [{ login: user, ready: false }]);
    const accounts = { [boss]: somebody(), [user]: somebody() };
    const browser = server.browser({ service });
    const path = linkIn(await mailTo(server, user), browser.origin);
    await browser.submit(await go(browser, await browser.get(path), path, "google", accounts[user]), {}, path);
    await link(browser, boss, "google", accounts[boss]);
    const top = await signIn(browser, "google", accounts[boss]);
    assert.equal(top.path, "/", top.text);

    /** The contractor's own in the menu, his user's in 管理コンソール. */
    const asks = {
      [boss]: async (next) => {
        const menu = server.browser({ service });
        await signIn(menu, "google", accounts[boss], "/menu");
        await menu.submit(await menu.get("/menu/address"), { address: next, again: next }, "/menu/address");
      },
      [user]: async (next) => {
        const action = `/users/${encodeURIComponent(user)}/address`;
        await browser.submit(await browser.send(await browser.get(action), { address: next }, action), {}, action);
      },
    };
    for (const old of [user, boss]) {
      const [next, own] = [`new.${old}`, server.browser({ service })];
      assert.equal((await signIn(own, "google", accounts[old])).path, "/");
      const seen = server.mails().length;
      await asks[old](next);
      const change = linkIn(await mailTo(server, next, seen), own.origin);
      const visitor = server.browser({ service });
      for (let looks = 0; looks < 2; looks += 1) {
        const form = await visitor.get(change);
        assert.ok(form.text.includes(`メールアドレスを ${next} に変更します。`), form.text);
        assert.ok(!/type="password"|2段階認証|現在の/.test(form.html), form.text);
      }
      assert.ok((await own.get("/")).html.includes(old), "looking changes nothing");
      const done = await visitor.submit(await visitor.get(change), {}, change);
      assert.match(done.text, /メールアドレスの変更が完了しました.*「閉じる」をクリックすると、ログイン画面が表示されます。/);
      assert.ok(!/2段階認証|新しいメールアドレスでログイン/.test(done.text), done.text);
      assert.match(done.html, /<a [^>]*href="\/login">閉じる<\/a>/);
      assert.equal((await own.get("/")).status, 303, "whoever was logged in is logged out");
      assert.equal((await visitor.get(change)).status, 410);
      const again = await signIn(visitor, "google", accounts[old]);
      assert.ok(again.path === "/" && again.html.includes(next), again.text);
      for (const name of [old, next]) assert.ok(!opened(await tryLogin(server, name, STORAGE_PASSWORD, { service })), name);
      const told = await mailTo(server, old, seen);
      for (const fact of [old, next, "変更前のメールアドレスに戻せます"]) assert.ok(told.text.includes(fact), fact);
      assert.equal((await visitor.get(linkIn(told, own.origin))).status, 200);
    }
  });
}

test("st_030 each provider's shape and kind of key logs in", async () => {
  const service = "cowork-storage";
  for (const id of ["facebook", "microsoft", "d-account", "ntt-east-business-id"]) {
    const [boss, account, browser] = [await contractor(service), somebody(), server.browser({ service })];
    await link(browser, boss, id, account);
    const top = await signIn(browser, id, account);
    assert.equal(top.path, "/", `${id}: ${top.text}`);
  }
});

test("st_071 st_073 an invitation is accepted with a linked service: shown first, saved once, never because an address matches", async () => {
  const service = "worksdrive";
  const [boss, user] = ["boss@invited.example.jp", "hanako@example.net"];
  await storageContract(server, service, "7900", boss, [{ login: user, ready: false }]);
  const browser = server.browser({ service });
  const path = linkIn(await mailTo(server, user), browser.origin);
  const early = await signIn(server.browser({ service }), "google", HANAKO);
  assert.equal(early.status, 403, "the same address is nobody's right");
  const form = await browser.get(path);
  for (const fact of ["利用者ログイン登録", "---または---", "Googleアカウントで登録", "登録したい認証連携するサービスから一度ログアウトした後に、本手順のログイン方法を選択することを推奨します。"]) {
    assert.ok(form.text.includes(fact), fact);
  }
  const check = await go(browser, form, path, "google", JIRO);
  for (const fact of ["申込確認", "佐藤 次郎", "jiro@example.net"]) assert.ok(check.text.includes(fact), check.text);
  assert.equal((await signIn(server.browser({ service }), "google", JIRO)).status, 403, "not before 確認");
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.send(check, {}, path)));
  const done = answers.filter(({ status }) => status === 200);
  assert.equal(done.length, 1, answers.map(({ status }) => status).join());
  assert.match(done[0].text, /申込完了/);
  assert.match(done[0].text, /OK/);
  assert.equal((await browser.get(path)).status, 410);
  await server.clock.advance(2 * SECOND);
  const top = await signIn(browser, "google", JIRO);
  assert.equal(top.path, "/", top.text);
  assert.ok(top.html.includes(user), `the account keeps the invited address: ${top.html}`);
});

test("an account of a service belongs to one person", async () => {
  const service = "worksdrive";
  const account = somebody();
  const [first, second] = [await contractor(service), await contractor(service)];
  await link(server.browser({ service }), first, "google", account);
  const browser = server.browser({ service });
  await browser.submit(await browser.get("/menu/login"), { login: second, password: STORAGE_PASSWORD });
  const check = await go(browser, await browser.get("/menu/method"), "/menu/method", "google", account);
  const taken = await browser.submit(check, {}, "/menu/method");
  assert.equal(taken.status, 409);
  assert.match(taken.text, /すでに別の利用者のログインに使われています/);
  assert.equal((await browser.get("/menu")).status, 200, "nothing has changed");
});

test("st_101 another account of the same service only by way of another method", async () => {
  const service = "worksdrive";
  const [boss, browser, account] = [await contractor(service), server.browser({ service }), somebody()];
  await link(browser, boss, "google", account);
  await signIn(browser, "google", account, "/menu");
  const form = await browser.get("/menu/method");
  const { fields } = form.forms().find(({ fields }) => fields.provider === "microsoft");
  const gone = await browser.post("/menu/method", { ...fields, provider: "google" });
  const back = await providers.get("google").visitor().authorize(gone.location, { account: somebody() });
  const check = await browser.get(back.pathname + back.search);
  const refused = await browser.submit(check, {}, "/menu/method");
  assert.equal(refused.status, 409);
  assert.match(refused.text, /異なるアカウントに変更したい場合は、一度別のログイン方法に変更してください。/);
});

test("st_100 st_108 a user changes his login method by the mailed link, and back", async () => {
  const service = "cowork-storage";
  const [boss, user, account] = ["boss@method.example.jp", "user@method.example.jp", somebody()];
  await storageContract(server, service, "7901", boss, [user]);
  const admin = server.browser({ service });
  await admin.signIn(boss, STORAGE_PASSWORD);
  const path = await methodLink(server, admin, user);
  const browser = server.browser({ service });
  const check = await go(browser, await browser.get(path), path, "d-account", account);
  assert.match((await browser.submit(check, {}, path)).text, /ログイン方法を変更しました/);
  await server.clock.advance(2 * MINUTE);
  const top = await signIn(browser, "d-account", account);
  assert.equal(top.path, "/", top.text);
  const again = await methodLink(server, admin, user);
  const form = await browser.get(again);
  assert.ok(form.text.includes("異なるdアカウントに変更したい場合は、一度別のログイン方法に変更してください。"), form.text);
  const password = form.forms().find(({ fields }) => "new" in fields);
  assert.equal((await browser.post(again, { ...password.fields, new: NEXT_PASSWORD, again: NEXT_PASSWORD })).status, 200);
  assert.ok(opened(await tryLogin(server, user, NEXT_PASSWORD, { service })));
});

test("a contractor with a linked service is asked for it again after five minutes", async () => {
  const service = "worksdrive";
  const [boss, browser, account] = [await contractor(service), server.browser({ service }), somebody()];
  await link(browser, boss, "google", account);
  const visitor = providers.get("google").visitor();
  await go(browser, await browser.get("/menu/login"), "/menu/federation/google", "google", account, { visitor });
  await server.clock.advance(6 * MINUTE);
  const confirm = await browser.visit("/menu/contract");
  assert.match(confirm.path, /^\/menu\/confirm/);
  assert.match(confirm.text, /Googleアカウントで確認/);
  assert.ok(!confirm.html.includes('type="password"'));
  const away = await leave(browser, confirm, "/menu/federation/google", "google");
  assert.equal(away.searchParams.get("prompt"), "login");
  assert.equal(away.searchParams.get("max_age"), "0");
  const pages = visitor.pages;
  const back = await visitor.authorize(away, { account });
  assert.equal(visitor.pages, pages + 1, "the provider asks, though he is logged in there");
  const page = await browser.follow(await browser.get(back.pathname + back.search));
  assert.equal(page.path, "/menu/contract", page.text);
  await server.clock.advance(6 * MINUTE);
  const stranger = await go(browser, await browser.visit("/menu/contract"), "/menu/federation/google", "google", somebody());
  assert.equal(stranger.status, 403);
  assert.match(stranger.text, /ログイン中のアカウントと異なるか/);
});

test("a hundred callbacks at once open one session", async () => {
  const service = "worksdrive";
  const [boss, browser, account] = [await contractor(service), server.browser({ service }), somebody()];
  await link(browser, boss, "google", account);
  const away = await leave(browser, await browser.get("/login"), "/federation/google", "google");
  const back = await providers.get("google").visitor().authorize(away, { account });
  const answers = await Promise.all(Array.from({ length: 100 }, () => browser.get(back.pathname + back.search)));
  assert.ok(answers.every(({ status }) => status < 500), answers.map(({ status }) => status).join());
  assert.ok(answers.filter(({ status }) => status === 303).length <= 1);
  const inside = answers.filter(({ headers }) => headers.getSetCookie().some((line) => /^session=[^;]/.test(line)));
  assert.ok(inside.length <= 1, "one session at most");
});

test("cancelled, foreign, late and replayed flows say so and change nothing", async () => {
  const service = "worksdrive";
  const [boss, browser, account] = [await contractor(service), server.browser({ service }), somebody()];
  await link(browser, boss, "google", account);
  const cancelled = await signIn(browser, "google", undefined);
  assert.equal(cancelled.status, 403);
  assert.match(cancelled.text, /サービスの画面で中止されたため、何も変更していません。/);
  const there = async () => providers.get("google").visitor().authorize(await leave(browser, await browser.get("/login"), "/federation/google", "google"), { account });
  const back = await there();
  const foreign = await server.browser({ service }).get(back.pathname + back.search);
  assert.equal(foreign.status, 400);
  assert.match(foreign.text, /10分を過ぎたか、別のブラウザで始められたか、すでに終わっています。/);
  assert.equal((await browser.get(`${back.pathname}?code=x&state=y`)).status, 400);
  assert.equal((await browser.get(back.pathname)).status, 400);
  const elsewhere = back.pathname.replace("google", "microsoft");
  assert.equal((await browser.get(elsewhere + back.search)).status, 400);
  const late = await there();
  await server.clock.advance(11 * MINUTE);
  assert.equal((await browser.get(late.pathname + late.search)).status, 400);
  const good = await there();
  assert.equal((await browser.get(good.pathname + good.search)).status, 303);
  assert.equal((await browser.get(good.pathname + good.search)).status, 400, "its cookie went with the login");
});

test("a provider that is down, slow or answers garbage: a clear page within 5 s, and passwords are not affected", { timeout: 60_000 }, async () => {
  const service = "worksdrive";
  const boss = await contractor(service);
  const json = (body, status = 200) => (_, response) => response.writeHead(status, { "content-type": "application/json" }).end(body);
  const answers = {
    down: (_, response) => response.destroy(),
    slow: () => {},
    broken: json("{}", 500),
    garbage: json("<html>not json"),
    foreign: json(JSON.stringify({ issuer: "https://other.example", authorization_endpoint: "https://other.example/a", token_endpoint: "https://other.example/t", jwks_uri: "https://other.example/k" })),
    moved: (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    endless: (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = setInterval(() => response.write(" ".repeat(65_536)), 5);
      response.on("close", () => clearInterval(more));
    },
  };
  for (const id of ODD) {
    odd.answer = answers[id];
    const browser = server.browser({ service });
    const began = performance.now();
    const page = await browser.post(`/federation/${id}`, { operation: "0".repeat(32), next: "" });
    const took = performance.now() - began;
    assert.equal(page.status, 503, `${id}: ${page.text}`);
    assert.match(page.text, /サービスに接続できません/);
    assert.ok(took < 5_000, `${id}: ${took} ms`);
    assert.ok(opened(await tryLogin(server, boss, STORAGE_PASSWORD, { service })));
  }
});

test("st_032 a service that is not configured any more leaves a page that says what to do", async () => {
  const browser = server.browser({ service: "worksdrive" });
  for (const id of ["nobody", "ntt-east-business-id"]) {
    const page = await browser.post(`/federation/${id}`, { operation: "0".repeat(32), next: "" });
    assert.equal(page.status, 404);
    assert.match(page.text, /このサービスとの連携は終了しているか、設定されていません。/);
  }
  const coconowork = await server.browser().post("/federation/google", { operation: "0".repeat(32) });
  assert.equal(coconowork.status, 404);
});
