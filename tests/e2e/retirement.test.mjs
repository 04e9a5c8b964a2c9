// A linked service ends (interface, PUT /operator/v1/providers/{id}): rehearsed with 1,000 users of ten contracts and a moved clock,
// with a kill -9 in the midst of the announcement. Each user gets each letter once, until he has another login method.
//
// The 1,000 links are made here behind the doors, as a registration at a real provider makes them one at a time (the first test shows
// that); what follows is the product's.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { DAY, HOUR, MINUTE, SECOND, SECRETS, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { USUAL, chooseLinked, openidProviders, through } from "./harness/openid.mjs";
import { tokyoDay, tokyoMidnight, until } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, methodLink, storageContract } from "./harness/storage.mjs";

const PROVIDER = "d-account";
const LABEL = "dアカウント";
const providers = await openidProviders(USUAL.filter(({ id }) => [PROVIDER, "google", "facebook", "microsoft"].includes(id)));
const [ENDING, OTHER] = [PROVIDER, "google"].map(providers.get);
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(async () => {
  await server.stop();
  await providers.stop();
});
const REGISTER = { object: "Contract", name: "linked services" };
const operator = server.operator();
const progress = async (query = "") => (await operator.get(`/providers/${PROVIDER}${query}`)).body;
const end = (ends, id = PROVIDER) => operator.call("PUT", `/providers/${id}`, { ends });
const figures = ({ affected, mailed, changed, left }) => ({ affected, mailed, changed, left });

const CONTRACTS = 10;
const USERS = 100;
/** Everybody who logs in with the service: {login, uid, service, contract}. */
const people = [];

async function link(person) {
  const linked = { provider: PROVIDER, issuer: ENDING.issuer, subject: person.login, name: "", address: "", since: server.clock.now() };
  const account = { object: "Account", name: person.uid };
  await server.sql(account, "INSERT INTO item (key, json) VALUES ('linked', ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json", JSON.stringify(linked));
  const credential = JSON.parse((await server.sql(account, "SELECT json FROM item WHERE key = 'credential'"))[0].json);
  await server.sql(account, "UPDATE item SET json = ? WHERE key = 'credential'", JSON.stringify({ ...credential, current: null }));
  const { login, uid, service, contract } = person;
  const reply = await server.ask(REGISTER, { NoteLinked: { user: { provider: PROVIDER, uid, contract, service, login }, standing: "uses", at: server.clock.now() } });
  assert.ok("Ok" in reply, JSON.stringify(reply));
}

/** The letters of everybody: login → the links in them, repeated deliveries of one letter once. */
function letters(seen = 0) {
  const found = new Map();
  for (const mail of server.mails().slice(seen)) {
    if (!/提供終了のお知らせ/.test(mail.subject)) continue;
    const to = [mail.to].flat().join();
    const links = found.get(to) ?? found.set(to, new Set()).get(to);
    links.add(/https?:\/\/\S+\/t\/\S+/.exec(mail.text)[0]);
  }
  return found;
}
/** Lets alarms run until so many have been mailed since `seen`. */
async function settle(seen, count) {
  await until(async () => {
    await server.clock.advance(1500);
    return letters(seen).size >= count;
  }, 100_000);
  await server.clock.advance(2 * SECOND);
}

test("st_032 whom an end concerns is what the accounts say themselves: registered, changed, come back, deleted", async () => {
  const { service } = STORAGE[1];
  const [boss, one, two] = ["boss", "one", "two"].map((name) => `${name}@real.retire.example.jp`);
  const made = await storageContract(server, service, "7780", boss, [one, two].map((login) => ({ login, ready: false })));
  const listed = (...logins) => until(async () => {
    await server.clock.advance(1100);
    const { affected, left, users } = await progress();
    const own = users.every(({ login, uid, contract, service: of, state }) => uid === made.get(login).uid && contract === "7780" && of === service && state === "left");
    return own && affected === logins.length && left === logins.length && users.map(({ login }) => login).toSorted().join() === logins.toSorted().join();
  }, 10_000);
  const takes = async (path, provider, account, browser = server.browser({ service })) => {
    const done = await browser.submit(await chooseLinked(browser, path, provider, account), {}, path);
    assert.match(done.text, /申込完了|ログイン方法を変更しました/);
  };
  const invitation = async (login) => linkIn(await mailTo(server, login), server.origin(service));
  const admin = server.browser({ service });
  await admin.signIn(boss, STORAGE_PASSWORD);
  await listed();
  await takes(await invitation(one), ENDING, "one");
  await listed(one);
  await takes(await invitation(two), ENDING, "two");
  await listed(one, two);
  await takes(await methodLink(server, admin, one), OTHER, "one");
  await listed(two);
  await server.clock.advance(MINUTE);
  await takes(await methodLink(server, admin, one), ENDING, "one");
  await listed(one, two);
  const menu = server.browser({ service });
  await menu.submit(await menu.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
  await takes("/menu/method", ENDING, "boss", menu);
  await listed(one, two, boss);
  for (const login of [one, two]) assert.equal((await operator.delete(`/contracts/7780/users/${encodeURIComponent(login)}`)).status, 204);
  await listed(boss);
  const back = server.browser({ service });
  await through(back, await back.send(await back.get("/menu/login"), {}, `/menu/federation/${PROVIDER}`), ENDING.visitor(), "boss");
  const form = await back.get("/menu/method");
  const { fields } = form.forms().find((own) => "new" in own.fields);
  await back.post("/menu/method", { ...fields, new: NEXT_PASSWORD, again: NEXT_PASSWORD });
  await listed();
});

let ends;
let last;
test("st_032 1,000 users are told once each, with a kill -9 in their midst", { timeout: 300_000 }, async () => {
  for (let contract = 0; contract < CONTRACTS; contract += 1) {
    const { service } = STORAGE[contract % STORAGE.length];
    const number = `77${contract}`;
    const users = Array.from({ length: USERS }, (_, at) => `u${at}@c${contract}.retire.example.jp`);
    const made = await storageContract(server, service, number, `boss@c${contract}.retire.example.jp`, users);
    people.push(...users.map((login) => ({ login, uid: made.get(login).uid, service, contract: number })));
  }
  for (let at = 0; at < people.length; at += 50) await Promise.all(people.slice(at, at + 50).map(link));
  assert.deepEqual(figures(await progress()), { affected: 1000, mailed: 0, changed: 0, left: 1000 });

  ends = tokyoDay(server.clock.now() + 60 * DAY);
  last = tokyoMidnight(ends);
  const announced = await end(ends);
  assert.equal(announced.status, 200);
  assert.equal(announced.body.ends, ends);
  await until(async () => (await progress("?limit=1")).mailed >= 100, 30_000);
  await server.kill9();
  const meanwhile = await until(() => progress("?limit=1").catch(() => null), 30_000);
  assert.ok(meanwhile.mailed < 1000, `the kill came too late: ${meanwhile.mailed}`);
  await settle(0, 1000);

  const done = await progress();
  assert.deepEqual(figures(done), { affected: 1000, mailed: 1000, changed: 0, left: 1000 });
  assert.equal(done.users.length, 1000);
  assert.ok(done.users.every(({ letters: count, state, mailed }) => count === 1 && state === "left" && mailed));
  const first = letters();
  assert.deepEqual([...first.keys()].toSorted(), people.map(({ login }) => login).toSorted());
  assert.ok([...first.values()].every((links) => links.size === 1), "each letter is written once");
  const mail = server.mails().find(({ subject }) => /提供終了/.test(subject));
  for (const fact of [LABEL, ends, "14日間"]) assert.ok(mail.text.includes(fact) && mail.html.includes(fact), fact);

  assert.equal((await end(ends)).status, 200);
  const seen = server.mails().length;
  await server.clock.advance(10 * SECOND);
  assert.equal(letters(seen).size, 0, "the same announcement again writes to nobody");
});

test("the list comes in pages, and the journal of each user says what was told", async () => {
  const found = [];
  let next = "";
  do {
    const page = await progress(`?limit=300${next && `&after=${next}`}`);
    found.push(...page.users);
    ({ next } = page);
  } while (next);
  assert.equal(new Set(found.map(({ uid }) => uid)).size, 1000);
  const boss = server.browser({ service: people[0].service });
  await boss.signIn("boss@c0.retire.example.jp", STORAGE_PASSWORD);
  const history = await boss.get(`/users/${encodeURIComponent(people[0].login)}/history`);
  assert.match(history.text, new RegExp(`「${PROVIDER}」によるログインが ${ends} で終了することをお知らせしました。`));
});

test("a contractor sees which of his own users it concerns, a user sees nothing", async () => {
  for (const contract of [0, 1]) {
    const { service } = people[contract * USERS];
    const boss = server.browser({ service });
    await boss.signIn(`boss@c${contract}.retire.example.jp`, STORAGE_PASSWORD);
    assert.match((await boss.get("/users")).text, new RegExp(`終了するログイン方法の利用者: ${USERS}人`));
    const list = await boss.get("/ending");
    assert.equal(list.status, 200);
    const shown = (page) => [...page.html.matchAll(/u\d+@c(\d)\.retire\.example\.jp<\/a>/g)];
    const next = /href="(\/ending\?after=[^"]+)"/.exec(list.html)[1];
    const rest = await boss.get(next);
    const both = [...shown(list), ...shown(rest)];
    assert.equal(new Set(both.map(([login]) => login)).size, USERS);
    assert.ok(both.every(([, of]) => of === String(contract)), "nobody else's");
    assert.ok(list.text.includes(ends));
  }
  await storageContract(server, "worksdrive", "7790", "boss@c9x.retire.example.jp", ["plain@c9x.retire.example.jp"]);
  const user = server.browser({ service: "worksdrive" });
  await user.signIn("plain@c9x.retire.example.jp", STORAGE_PASSWORD);
  assert.equal((await user.get("/ending")).status, 404);
  const other = server.browser({ service: "worksdrive" });
  await other.signIn("boss@c9x.retire.example.jp", STORAGE_PASSWORD);
  assert.ok(!(await other.get("/users")).html.includes("/ending"));
  assert.match((await other.get("/ending")).text, /終了するログイン方法の利用者はいません。/);
});

const changed = () => people.slice(0, 20);
test("whoever follows the link has another login method, and is counted", { timeout: 120_000 }, async () => {
  const first = letters();
  for (const { login, service } of changed()) {
    const browser = server.browser({ service });
    const [address] = first.get(login);
    const path = address.slice(browser.origin.length);
    const form = await browser.get(path);
    assert.equal(form.status, 200, form.text);
    await browser.submit(form, { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path);
    assert.ok(opened(await tryLogin(server, login, NEXT_PASSWORD, { service })), login);
  }
  await until(async () => {
    await server.clock.advance(1500);
    return (await progress("?limit=1")).changed === 20;
  }, 30_000);
  assert.deepEqual(figures(await progress()), { affected: 1000, mailed: 1000, changed: 20, left: 980 });
});

test("st_032 reminders come 30, 7 and 1 day before, to those who have not changed", { timeout: 300_000 }, async () => {
  for (const days of [30, 7, 1]) {
    const due = last - days * DAY + 9 * HOUR;
    await server.clock.advance(due - MINUTE - server.clock.now());
    let seen = server.mails().length;
    await server.clock.advance(20 * SECOND);
    assert.equal(letters(seen).size, 0, `nothing before its time (${days})`);
    seen = server.mails().length;
    await server.clock.advance(due + SECOND - server.clock.now());
    await settle(seen, 980);
    const mailed = letters(seen);
    assert.equal(mailed.size, 980);
    assert.ok([...mailed.values()].every((links) => links.size === 1), `once (${days})`);
    for (const { login } of changed()) assert.ok(!mailed.has(login), login);
  }
  assert.ok((await progress()).users.filter(({ state }) => state === "left").every(({ letters: count }) => count === 4));
});

/** The login page, and what comes of pressing the button, pressed or not there any more. */
async function door(service = "worksdrive") {
  const browser = server.browser({ service });
  const page = await browser.get("/login");
  return { page, begun: await browser.post(`/federation/${PROVIDER}`, { next: "", operation: "0".repeat(32) }) };
}

test("st_032 the login page says until when, and on the last day the button still works", async () => {
  for (const { service } of STORAGE) {
    const { page, begun } = await door(service);
    assert.ok(page.text.includes(`${LABEL}でログイン`));
    assert.match(page.text, new RegExp(`${ends} で終了します。`));
    assert.equal(begun.status, 303);
    assert.ok(begun.location.startsWith(`${ENDING.origin}/auth?`));
  }
  await server.clock.advance(last + DAY - MINUTE - server.clock.now());
  assert.equal((await door()).begun.status, 303);
});

test("st_032 who is on the way there at midnight comes back to be told that it has ended", async () => {
  const browser = server.browser({ service: "worksdrive" });
  const begun = await browser.post(`/federation/${PROVIDER}`, { next: "", operation: "0".repeat(32) });
  const state = new URL(begun.location).searchParams.get("state");
  await server.clock.advance(2 * MINUTE);
  const back = await browser.get(`/federation/${PROVIDER}/callback?code=abc&state=${state}`);
  assert.equal(back.status, 403);
  assert.match(back.text, /このログイン方法の提供は終了しました/);
});

test("st_032 after the last day the button is gone, and a login by it says what to do", async () => {
  for (const { service } of STORAGE) {
    const { page, begun } = await door(service);
    assert.ok(!page.html.includes(`/federation/${PROVIDER}`) && page.html.includes("/federation/google"));
    assert.equal(begun.status, 403);
    for (const sentence of ["このログイン方法の提供は終了しました", ends, "「パスワードを忘れた方はこちら」", "ご契約者または管理者に"]) assert.ok(begun.text.includes(sentence), sentence);
  }
});

test("st_032 after the last day nobody is written to any more, and a new link can be asked for by mail", async () => {
  await server.clock.advance(last + DAY + HOUR - server.clock.now());
  let seen = server.mails().length;
  await server.clock.advance(30 * DAY);
  assert.equal(letters(seen).size, 0);
  const { login, service } = people.at(-1);
  const browser = server.browser({ service });
  seen = server.mails().length;
  const asked = await browser.post("/forgot", { login, operation: "0".repeat(32) });
  assert.equal(asked.status, 200);
  await settle(seen, 1);
  const mail = server.mails().slice(seen).find(({ to }) => [to].flat().join() === login);
  const path = linkIn(mail, browser.origin);
  await browser.submit(await browser.get(path), { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path);
  assert.ok(opened(await tryLogin(server, login, NEXT_PASSWORD, { service })));
});

test("an end can be put off and withdrawn; what makes no sense is refused and changes nothing", async () => {
  for (const [body, where] of [[{ ends: "2026-02-30" }, "ends"], [{ ends: "2020-01-01" }, "ends"], [{}, "ends"], [{ ends: null, end: 1 }, "end"]]) {
    const answer = await operator.call("PUT", "/providers/facebook", body);
    assert.equal(answer.status, 422);
    assert.equal(answer.body.errors[0].path, where);
  }
  const later = tokyoDay(server.clock.now() + 3 * DAY);
  for (const id of ["ntt-east-business-id", "d-acount", "adfs-0123456789abcdef01", "NO", "x".repeat(65)]) {
    for (const ends of [later, null]) {
      const { status, body } = await end(ends, id);
      assert.deepEqual([status, body.errors], [404, [{ path: "provider", message: "is none of IDENTITY_PROVIDERS" }]], id);
    }
  }
  const known = (await server.sql(REGISTER, "SELECT json FROM item WHERE key = 'endings'"))[0].json;
  assert.deepEqual(JSON.parse(known).map(({ provider }) => provider), [PROVIDER], "nothing was changed");
  assert.equal((await server.fetch(`/operator/v1/providers/${PROVIDER}`)).status, 401);
  assert.equal((await end(later, "facebook")).body.ends, later);
  assert.equal((await end(null, "facebook")).body.ends, null);
  assert.equal((await operator.get("/providers/facebook")).body.affected, 0);
});

test("scripts/operator provider announces, shows and withdraws", async () => {
  const env = { ...process.env, KAGIBAN_URL: server.url, KAGIBAN_OPERATOR_TOKEN: Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0] };
  const run = (...args) => promisify(execFile)(process.execPath, [path.join(ROOT, "scripts/lib/operator.mjs"), "provider", ...args], { env }).then(({ stdout }) => stdout);
  const day = tokyoDay(server.clock.now() + 40 * DAY);
  assert.match(await run("microsoft", day), new RegExp(`ends +${day}`));
  assert.match(await run("microsoft"), new RegExp(`ends +${day}`));
  assert.doesNotMatch(await run("microsoft", "none"), new RegExp(day));
  assert.match(await run(PROVIDER), /left +979/);
  await assert.rejects(run("microsoft", "2020-01-01"), /must not be in the past/);
});
