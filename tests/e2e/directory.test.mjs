// Active Directory of a contract in workerd, against a real OpenID provider in the shape of AD FS: the contractor's settings and their
// test, registration, login by the connection's address, and what ends it (ST-040 to ST-045).

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { connectionOn, DIRECTORY as PATH, directories } from "./harness/linked.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, methodLink, storageContract } from "./harness/storage.mjs";

const providers = await openidProviders([{ id: "ad", label: "AD FS", kind: "adfs", redirect: "adfs-[a-z0-9]{18}", configured: false }]);
const ad = providers.get("ad");
const server = await startServer({ providers, vars: { IDENTITY_PROVIDERS: null, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => Promise.all([server.stop(), providers.stop()]));

const { there, takes, registers, SETTINGS, act, configured } = directories(server, ad);
const OPERATION = "0".repeat(32);
let contracts = 0;

/** A contract with a user who is invited; its contractor, logged in to the menu. */
async function contract(service, users = []) {
  const number = String(8300 + (contracts += 1));
  const boss = `boss@${number}.directory.example.jp`;
  const made = await storageContract(server, service, number, boss, users);
  const browser = server.browser({ service });
  await browser.submit(await browser.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
  return { number, boss, browser, made };
}

/** The mail of ST-040 (M2): every fact of the manual's, in its text and in its HTML, and no address but the two for logins. */
function told(mail, name, { service, brand, id }) {
  assert.equal(mail.subject, `【${brand}】${service === "worksdrive" ? " " : ""}Active Directoryアカウントのログイン用URL・接続ID通知`);
  const [internet, line] = [service, `line.${service}`].map((host) => `${server.origin(host)}/federation/${id}`);
  for (const fact of [
    `${name} 様`,
    `平素より、${brand}をご利用いただき誠にありがとうございます。`,
    "Active Directoryアカウントのログイン用URLおよび接続IDをご連絡いたします。",
    `Active Directoryの接続ID: ${id}`,
    "ログイン用URL（インターネット用）",
    `ログイン用URL（回線認証用）: ${line}`,
    "※契約者の方は、Active Directoryアカウントでログインをする利用者に対して、事前に接続IDを通知してください。",
    "利用者がログイン方法のActive Directoryアカウントに設定する際に、接続IDの入力が必要となります。",
    `${brand}へログイン時に、接続IDの入力画面が表示された場合、上記の接続IDを入力してください。`,
  ]) {
    for (const part of [mail.text, mail.html]) assert.ok(part.includes(fact), `${fact}\n${part}`);
  }
  assert.ok(mail.text.includes(`ログイン用URL（インターネット用）\n${internet}\n`), mail.text);
  for (const part of [mail.text, mail.html]) assert.deepEqual([...new Set(part.match(/https?:\/\/[^\s"<]+/g))], [internet, line]);
}

for (const { service, brand } of STORAGE) {
  test(`st_040 st_041 st_042 st_043 st_044 st_045 ${service}: set, tested, registered, logged in by the connection's address`, async () => {
    const user = `user@${service}.directory.example.jp`;
    const one = await contract(service, [{ login: user, ready: false }]);
    const seen = server.mails().length;
    const first = await one.browser.get(PATH);
    assert.ok(first.text.includes("未設定") && first.text.includes("契約者は、Active Directoryアカウントは選択できません。"), first.text);
    const issued = await act(one.browser, "issue");
    const id = connectionOn(issued);
    assert.ok(issued.text.includes(`${one.browser.origin}/federation/${id}/callback`), "the server needs to be told");
    assert.equal(connectionOn(await act(one.browser, "issue")), id, "made once");
    assert.equal(await configured(one), id);
    told(await mailTo(server, one.boss, seen), "山田 太郎", { service, brand, id });
    const page = await one.browser.get(PATH);
    assert.ok(page.text.includes("利用中") && !page.html.includes(ad.secret), "the secret is never shown");

    const browser = server.browser({ service });
    const before = server.mails().length;
    const { shown, done } = await registers(browser, user);
    assert.ok(shown.text.includes("EXAMPLE\\hanako"), shown.text);
    assert.match(done.text, /申込完了/, done.text);
    told(await mailTo(server, user, before), "鈴木 花子", { service, brand, id });

    // A PC that is logged in to Windows sees no page of AD FS.
    const visitor = ad.visitor();
    const top = await there(browser, await browser.get(`/federation/${id}`), undefined, visitor);
    assert.equal(top.path, "/", top.text);
    const pages = visitor.pages;
    const again = server.browser({ service });
    assert.equal((await there(again, await again.get(`/federation/${id}`), undefined, visitor)).path, "/");
    assert.equal(visitor.pages, pages);
    assert.ok(!(await again.get("/")).text.includes("undefined"));

    // The page that asks for the ID.
    const asked = await again.get("/federation");
    assert.equal((await again.submit(asked, { connection: "adfs-aaaaaaaaaaaaaaaaaa" }, "/federation")).status, 422);
    const found = await again.submit(asked, { connection: ` ${id.toUpperCase()} ` }, "/federation");
    assert.ok(found.html.includes(`href="/federation/${id}"`), found.text);
  });
}

for (const { service } of STORAGE) {
  test(`st_040 st_044 st_100 st_103 st_108 ${service}: a user changes to Active Directory by the mailed link, and back`, async () => {
    const user = `method@${service}.directory.example.jp`;
    const one = await contract(service, [user]);
    const admin = server.browser({ service });
    await admin.signIn(one.boss, STORAGE_PASSWORD);
    const browser = server.browser({ service });
    const early = await methodLink(server, admin, user);
    assert.ok(!(await browser.get(early)).text.includes("Active Directory"), "it is not set");
    const id = await configured(one);
    const elsewhere = await configured(await contract(service));
    assert.equal((await browser.post(early, { operation: OPERATION, provider: elsewhere, checked: "1" })).status, 404, "another contract's");
    const byIt = async () => there(browser, await browser.get(`/federation/${id}`));
    assert.equal((await byIt()).status, 403, "nobody yet");

    const seen = server.mails().length;
    const { shown, done } = await takes(browser, early);
    assert.ok(shown.text.includes("EXAMPLE\\hanako"), shown.text);
    assert.match(done.text, /ログイン方法を変更しました/);
    const told = await mailTo(server, user, seen);
    for (const fact of [id, `${browser.origin}/federation/${id}`]) assert.ok(told.subject.includes("接続ID通知") && told.text.includes(fact), told.text);
    await server.clock.advance(2 * SECOND);
    assert.equal((await tryLogin(server, user, STORAGE_PASSWORD, { service })).status, 401, "the password is gone");
    const top = await byIt();
    assert.ok(top.path === "/" && top.html.includes(user), top.text);
    assert.equal((await browser.get(early)).status, 410);

    await server.clock.advance(MINUTE);
    const back = await methodLink(server, admin, user);
    const form = await browser.get(back);
    assert.ok(form.text.includes("異なるActive Directoryアカウントに変更したい場合は、一度別のログイン方法に変更してください。"), form.text);
    assert.ok(!form.text.includes("Active Directoryアカウントで登録"), form.text);
    assert.equal((await browser.submit(form, { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, back)).status, 200);
    await server.clock.advance(2 * SECOND);
    assert.ok(opened(await tryLogin(server, user, NEXT_PASSWORD, { service })));
    assert.equal((await byIt()).status, 403);
  });
}

test("st_045 settings are checked, all at once, and the former ones count until the new ones were tested", async () => {
  const one = await contract("worksdrive");
  await act(one.browser, "issue");
  const wrong = await act(one.browser, "save", { server: "ftp://x", client: "", secret: "", subject: "", name: "a b", address: "" });
  assert.equal(wrong.status, 422);
  for (const fact of ["https:// で始まるURLを入力してください。", "1文字以上、255文字以内で入力してください。", "クライアントシークレットを入力してください（255文字以内）。", "クレームの名前を、半角の英数字と記号で入力してください（128文字以内）。"]) assert.ok(wrong.text.includes(fact), fact);
  for (const bad of ["http://adfs.example.jp/adfs", "https://", "https://user@adfs.example.jp", "https://adfs.example.jp/?x", "https://adfs.example.jp/#x", "javascript:alert(1)", "//adfs.example.jp", "https://adfs.example.jp/ x"]) {
    assert.equal((await act(one.browser, "save", { ...SETTINGS, server: bad })).status, 422, bad);
  }
  const id = await configured(one);
  // A metadata address is as good; the secret stays when the field is left empty.
  const saved = await act(one.browser, "save", { ...SETTINGS, server: `${ad.issuer}/.well-known/openid-configuration`, secret: "" });
  assert.ok(saved.text.includes("利用中（保存した変更は、テストログインに成功すると有効になります）"), saved.text);
  assert.equal((await there(one.browser, await act(one.browser, "test"))).path, `${PATH}?tested=1`);
  // A wrong secret does not pass the test, and what was in use goes on.
  await act(one.browser, "save", { ...SETTINGS, secret: "wrong" });
  const failed = await there(one.browser, await act(one.browser, "test"));
  assert.equal(failed.status, 503, failed.text);
  const stranger = server.browser({ service: "worksdrive" });
  assert.equal((await stranger.get(`/federation/${id}`)).status, 303, "the former settings");
  // A test of what was saved before is none of what is saved now.
  await act(one.browser, "save", SETTINGS);
  const gone = await act(one.browser, "test");
  await act(one.browser, "save", { ...SETTINGS, subject: "sub" });
  assert.equal((await there(one.browser, gone)).status, 403, "changed in mid-flow");
});

test("st_044 never the contractor himself, never another contract's, never where it is not set", async () => {
  const service = "worksdrive";
  const [user, other] = ["user@own.directory.example.jp", "user@other.directory.example.jp"];
  const one = await contract(service, [{ login: user, ready: false }]);
  const two = await contract(service, [{ login: other, ready: false }]);
  const browser = server.browser({ service });
  const path = linkIn(await mailTo(server, other), browser.origin);
  assert.ok(!(await browser.get(path)).text.includes("Active Directory"), "it is not set");
  const id = await configured(one);
  assert.equal((await browser.post(path, { operation: OPERATION, provider: id, checked: "1" })).status, 404, "another contract's");
  assert.ok(!(await one.browser.get("/menu/method")).text.includes("Active Directoryアカウントで登録"));
  assert.equal((await one.browser.post("/menu/method", { operation: OPERATION, provider: id })).status, 404, "the contractor himself");
  // The same server in two contracts: each its own users, and a login by one's address is nobody at the other's.
  const second = await configured(two);
  assert.notEqual(second, id);
  await registers(browser, user);
  await server.clock.advance(2 * SECOND);
  const by = async (connection) => {
    const fresh = server.browser({ service });
    return there(fresh, await fresh.get(`/federation/${connection}`));
  };
  assert.equal((await by(id)).path, "/");
  assert.equal((await by(second)).status, 403, "nobody there");
  const elsewhere = server.browser({ service: "cowork-storage" });
  assert.equal((await elsewhere.get(`/federation/${id}`)).status, 404, "another service");
  const { done } = await registers(server.browser({ service }), other);
  assert.match(done.text, /申込完了/, "the same person of the same server may be a user of both contracts");
  await server.clock.advance(2 * SECOND);
  assert.equal((await by(second)).path, "/");
  assert.equal((await by(id)).path, "/");
});

test("past failure 44 st_044: settings that are removed or changed in mid-flow open nothing, and nobody logs in by them any more", async () => {
  const service = "cowork-storage";
  const user = "user@removed.directory.example.jp";
  const one = await contract(service, [{ login: user, ready: false }]);
  const id = await configured(one);
  const browser = server.browser({ service });
  await registers(browser, user);
  await server.clock.advance(2 * SECOND);
  const begun = await browser.get(`/federation/${id}`);
  await act(one.browser, "save", SETTINGS);
  assert.equal((await there(one.browser, await act(one.browser, "test"))).status, 200);
  assert.equal((await there(browser, begun)).status, 403, "changed in mid-flow");
  assert.equal((await there(browser, await browser.get(`/federation/${id}`))).path, "/", "and begun anew it opens");
  const last = server.browser({ service });
  const midway = await last.get(`/federation/${id}`);
  const question = await act(one.browser, "remove");
  assert.match(question.text, /ログインできなくなります/);
  assert.equal((await one.browser.submit(question, {}, PATH)).status, 422, "the tick is needed");
  const removed = await one.browser.submit(question, { sure: "1" }, PATH);
  assert.match(removed.text, /Active Directoryの設定を削除しました。/);
  assert.equal((await browser.get("/")).status, 303, "whoever is logged in by it is logged out");
  assert.equal((await there(last, midway)).status, 403, "removed in mid-flow");
  assert.ok(!server.mails().some(({ to, subject }) => [to].flat().join() === user && /変更されました/.test(subject)), "a registration changes nothing");
  assert.equal((await last.get(`/federation/${id}`)).status, 404);
  assert.equal((await last.submit(await last.get("/federation"), { connection: id }, "/federation")).status, 422);
  assert.ok(opened(await tryLogin(server, one.boss, STORAGE_PASSWORD, { service })), "the contractor's password goes on");
  assert.equal(connectionOn(await one.browser.get(PATH)), id, "the ID stays");
});

test("st_002 users have no such page", async () => {
  const user = "user@menu.directory.example.jp";
  await contract("worksdrive", [user]);
  const browser = server.browser({ service: "worksdrive" });
  await browser.submit(await browser.get("/menu/login"), { login: user, password: STORAGE_PASSWORD });
  assert.equal((await browser.get(PATH)).status, 404);
  assert.equal((await act(browser, "issue")).status, 404);
  assert.equal((await server.browser({ service: "worksdrive" }).get(PATH)).status, 303);
});

test("another site's link to a connection's login address leads to our own page first, so that nobody is logged in as somebody else unasked", async () => {
  const service = "worksdrive";
  const own = await contract(service);
  const id = await configured(own);
  const victim = server.browser({ service });
  const come = (site) => victim.request(`/federation/${id}`, { method: "GET", headers: { "sec-fetch-site": site } });
  for (const site of ["cross-site", "same-site"]) {
    const page = await come(site);
    assert.equal(page.status, 200, site);
    assert.ok(page.text.includes(id), "it shows which connection");
    assert.ok(page.html.includes(`href="/federation/${id}"`), "and the way on is a step of the person's");
    assert.deepEqual(victim.cookies.federation, undefined, "nothing is under way");
  }
  for (const site of ["none", "same-origin"]) assert.equal((await come(site)).status, 303, `${site}: ST-041, the address from the mail or a bookmark`);
});
