// Whoever is on his way to a linked service or an Active Directory and back while something changes: his account, his contract, the
// service, its configuration. Past failures 9 and 44, for every kind of provider and at every door: nothing that was begun before opens or
// links anything, and what has not changed goes on.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import {
  OPERATION, SERVICE, VARS, askMethods, come, connect, contract, federated, isDirectory, leave, leaveBy, linkedOn, naming, setting, shown, signIn, take, visitor, withPassword,
} from "./harness/federated.mjs";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { providerVars } from "./harness/openid.mjs";
import { tokyoDay, tokyoMidnight } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE_PASSWORD, linksTo, register } from "./harness/storage.mjs";

/** What happens to one user while he is on his way, and the doors that stay open to him. */
const EVENTS = {
  "his method became a password": { does: ({ method }) => visitor(server).post(method, { new: NEXT_PASSWORD, again: NEXT_PASSWORD, operation: OPERATION }) },
  "his method became another service": { does: ({ method, subject, one }) => take(server, named(one === named("google") ? "d-account" : "google"), method, subject) },
  "his account went": { does: ({ one, login }) => server.operator().delete(`/contracts/${one.contract.number}/users/${encodeURIComponent(login)}`) },
  "his service ended": { does: ({ one, login }) => put(one.contract, [{ login, start: "2022-12-01", end: "2023-01-31" }]) },
  // Whoever guesses passwords locks logins; who is logged in stays so.
  "he was locked": { does: ({ login }) => Promise.all(Array.from({ length: 10 }, () => tryLogin(server, login, "Wrong-0000", { service: SERVICE }))), open: ["a confirmation"] },
  // No administrator of these services can; the account heeds it all the same.
  "his use was prohibited": { does: ({ one, name }) => server.sql({ object: "Account", name: one.contract.uid(name) }, "INSERT INTO item (key, json) VALUES ('prohibited', 'true') ON CONFLICT (key) DO UPDATE SET json = 'true'") },
  "nothing": { does: () => {}, open: ["the login", "the menu's login", "a confirmation"] },
};
const nameOf = (event) => event.replaceAll(" ", "-");
/** What happens to an invitation while somebody is on his way with it. */
const INVITED = {
  "the account went": ({ one, login }) => server.operator().delete(`/contracts/${one.contract.number}/users/${encodeURIComponent(login)}`),
  "it was accepted with a password": ({ link }) => register(visitor(server), link),
  "nothing happened": () => {},
};
const LATER = ["changed", "removed", "ended", "configured", "gone"].map((event) => `later ${event}`);

const persist = mkdtempSync(path.join(tmpdir(), "kagiban-"));
after(() => rmSync(persist, { recursive: true, force: true }));
const stage = await federated({ invited: [...Object.keys(EVENTS), ...Object.keys(INVITED), ...LATER].map(nameOf), persist });
const { ones, links, named, providers } = stage;
let { server } = stage;
after(() => Promise.all([server.stop(), providers.stop()]));
const { origin } = visitor(server);

/** The operator changes people of a contract, or the contract. */
async function put({ number, boss }, users, facts = {}) {
  const answer = await server.operator().put(number, {
    service: SERVICE, name: "株式会社サンプル", plan: "basic", ...facts, administrator: { login: boss, name: "山田 太郎" }, users: users.map((user) => ({ name: "鈴木 花子", ...user })),
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/**
 * Who is on his way from every door: `come` goes back and answers the page, in which `open` tells whether he got in.
 * `session`: a browser in which he is logged in, for the confirmation.
 */
async function onTheWay(one, subject, session) {
  const token = naming(one, subject);
  const flow = async (door, browser, address) => {
    const back = one.authorize(await address, {}, token);
    return { door, come: () => come(browser, back), open: (page) => opened(page) || (page.status === 303 && /^\/(account|menu)?$/.test(page.location)) };
  };
  const [first, second] = [visitor(server), visitor(server)];
  const confirm = session.post(`/federation/${one.id}`, { operation: OPERATION, confirm: "1", next: "/account" }).then(({ location }) => location);
  return Promise.all([flow("the login", first, leave(first, one)), flow("the menu's login", second, leave(second, one, "/menu")), flow("a confirmation", session, confirm)]);
}
/** The same with an invitation: still at the provider, and before 確認. */
async function invitedOnTheWay(one, link, subject) {
  const [at, before] = [visitor(server), visitor(server)];
  const back = one.authorize(await leaveBy(at, one, link), {}, naming(one, subject));
  const page = await shown(before, one, link, subject);
  const open = ({ text }) => /申込完了/.test(text);
  const finish = async () => {
    const asks = await come(at, back);
    return linkedOn(asks) ? at.send(asks, {}, link) : asks;
  };
  return [{ door: "an invitation", come: finish, open }, { door: "確認 of an invitation", come: () => before.send(page, {}, link), open }];
}
/** All of them come back at once: the doors by which somebody got in. */
async function comeBack(flows, what) {
  const answers = await Promise.all(flows.map(async (flow) => ({ ...flow, page: await flow.come() })));
  for (const { door, page } of answers) assert.ok(page.status < 500, `${what}, ${door}: ${page.status} ${page.text}`);
  return answers.filter(({ open, page }) => open(page)).map(({ door }) => door);
}
const loggedIn = async (one, subject) => {
  const { browser, page } = await signIn(server, one, subject);
  assert.equal(page.status, 303, page.text);
  return browser;
};
const subjectOf = (one, name) => `${name} of ${one.name}`;
/** Somebody of a contract who logs in with the provider, by the name of what happens to him. */
const userOf = (one, event) => ({ one, name: nameOf(event), login: one.contract.address(nameOf(event)), subject: subjectOf(one, nameOf(event)) });
const linkOf = (one, event) => links.get(one.contract.address(nameOf(event)));

for (const one of ones) {
  test(`past failures 9 44 ${one.name}: an account that changes in mid-flow is opened by nothing that was begun before`, async () => {
    const users = Object.keys(EVENTS).map((event) => ({ event, ...userOf(one, event) }));
    await Promise.all(users.map(({ login, subject }) => take(server, one, links.get(login), subject)));
    const leaving = users.filter(({ event }) => event.startsWith("his method"));
    const seen = server.mails().length;
    await askMethods(await withPassword(server, one.contract.boss), leaving.map(({ login }) => login));
    const methods = await linksTo(server, leaving.map(({ login }) => login), origin, seen);
    await server.clock.advance(2 * SECOND);
    await Promise.all(users.map(async (user) => {
      const { does, open = [] } = EVENTS[user.event];
      const flows = await onTheWay(one, user.subject, await loggedIn(one, user.subject));
      const done = await does({ ...user, method: methods.get(user.login) });
      if (done?.status) assert.ok(done.status < 300, `${user.event}: ${done.status}`);
      assert.deepEqual(await comeBack(flows, user.event), open, user.event);
    }));
  });

  test(`past failures 9 44 st_073 ${one.name}: an invitation that changes in mid-flow links nothing`, async () => {
    await Promise.all(Object.entries(INVITED).map(async ([event, does]) => {
      const { login, subject } = userOf(one, event);
      const flows = await invitedOnTheWay(one, links.get(login), subject);
      await does({ one, login, link: links.get(login) });
      const open = await comeBack(flows, event);
      assert.equal(open.length, event.startsWith("nothing") ? 1 : 0, `${event}: ${open}`);
    }));
  });
}

test("past failures 9 44 st_003: a trial that ends at midnight ends what was begun before, with every kind of provider", async () => {
  const today = tokyoDay(server.clock.now());
  const trials = await Promise.all(ones.map(async (one) => {
    const start = tokyoDay(server.clock.now() - 29 * 24 * 60 * MINUTE);
    const its = await contract(server, { invited: ["user"], plan: "trial", trial_start: start });
    const own = isDirectory(one) ? { ...one, id: await connect(await withPassword(server, its.boss, "/menu"), one) } : one;
    return { one: own, contract: its, subject: `in the trial of ${one.name}` };
  }));
  const mailed = await linksTo(server, trials.flatMap(({ contract: its }) => its.invited), origin);
  await Promise.all(trials.map(({ one, contract: its, subject }) => take(server, one, mailed.get(its.invited[0]), subject)));
  await server.clock.advance(tokyoMidnight(today) + 24 * 60 * MINUTE - MINUTE - server.clock.now());
  const flows = await Promise.all(trials.map(async ({ one, subject }) => onTheWay(one, subject, await loggedIn(one, subject))));
  const others = await Promise.all(ones.map(async (one) => onTheWay(one, one.victim.subject, await loggedIn(one, one.victim.subject))));
  await server.clock.advance(2 * MINUTE);
  assert.deepEqual(await comeBack(flows.flat(), "the trial ended"), []);
  assert.equal((await comeBack(others.flat(), "no trial")).length, 3 * ones.length);
  // The plan that lasts lets everybody in again.
  await Promise.all(trials.map(({ contract: its }) => put(its, [])));
  await Promise.all(trials.map(({ one, subject }) => loggedIn(one, subject)));
});

test("past failure 44 st_045: settings of an Active Directory that are changed or removed in mid-flow open and link nothing", async () => {
  const directories = ones.filter(isDirectory);
  for (const event of ["changed", "removed"]) {
    const begin = async (one) => [
      ...(await onTheWay(one, one.victim.subject, await loggedIn(one, one.victim.subject))),
      ...(await invitedOnTheWay(one, linkOf(one, `later ${event}`), subjectOf(one, event))),
    ];
    // The other's are as they were.
    const [one, other] = event === "changed" ? directories : directories.toReversed();
    const [flows, others] = [await begin(one), await begin(other)];
    const menu = await withPassword(server, one.contract.boss, "/menu");
    if (event === "changed") await connect(menu, one);
    else assert.match((await setting(menu, "remove", { asked: "1", sure: "1" })).text, /Active Directoryの設定を削除しました。/);
    assert.deepEqual(await comeBack(flows, event), []);
    assert.equal((await comeBack(others, `the other's were ${event}`)).length, 4, "three logins and one of the two who share an invitation");
    if (event === "removed") {
      assert.equal((await visitor(server).get(`/federation/${one.id}`)).status, 404);
      await connect(await withPassword(server, one.contract.boss, "/menu"), one);
    }
    await server.clock.advance(2 * SECOND);
    await loggedIn(one, one.victim.subject);
  }
});

const configured = ones.filter((one) => !isDirectory(one));
/** Somebody of every provider on his way from every door, and of the Active Directories, which nobody switches off. */
async function everybody(event) {
  const begin = async (one, more) => [...(await onTheWay(one, one.victim.subject, await loggedIn(one, one.victim.subject))), ...(await more(one))].map((flow) => ({ ...flow, one }));
  const invited = (one) => invitedOnTheWay(one, linkOf(one, `later ${event}`), subjectOf(one, event));
  return {
    flows: (await Promise.all(configured.map((one) => begin(one, invited)))).flat(),
    others: (await Promise.all(ones.filter(isDirectory).map((one) => begin(one, () => [])))).flat(),
  };
}

test("past failure 44 st_032: a service that has ended at midnight opens and links nothing of what was begun before", async () => {
  const today = tokyoDay(server.clock.now());
  const end = (ends) => Promise.all(configured.map(async ({ id }) => assert.equal((await server.operator().call("PUT", `/providers/${id}`, { ends })).status, 200)));
  await server.clock.advance(tokyoMidnight(today) + 24 * 60 * MINUTE - 2 * MINUTE - server.clock.now());
  await end(today);
  const { flows, others } = await everybody("ended");
  await server.clock.advance(3 * MINUTE);
  assert.deepEqual(await comeBack(flows, "ended"), []);
  assert.equal((await comeBack(others, "an Active Directory")).length, others.length);
  await end(null);
  await server.clock.advance(2 * SECOND);
  await Promise.all(configured.map((one) => loggedIn(one, one.victim.subject)));
});

test("past failure 44: a provider that became another, or was taken out of the configuration, opens and links nothing of what was begun before", { timeout: 120_000 }, async () => {
  const ordinary = configured.filter(({ kind }) => kind === "ordinary");
  /** Starts it anew with this configuration, at the same time of day. */
  const restart = async (vars) => {
    const [offset, { port }] = [server.clock.now() - Date.now(), server];
    await server.stop();
    server = await startServer({ vars: { ...VARS, ...vars }, persist, port });
    await server.clock.advance(offset);
  };
  // Each is now where the next one was, which takes the code and names the same subject.
  const becomes = (one) => ordinary[(ordinary.indexOf(one) + 1) % ordinary.length];
  const changed = await everybody("configured");
  for (const one of ordinary) {
    const next = becomes(one);
    for (const [code, request] of one.requests) next.requests.set(code, { ...request, client_id: next.clientId });
    for (const [code, token] of one.tokens) next.tokens.set(code, token);
  }
  await restart(providerVars(configured.map((one) => {
    const next = ordinary.includes(one) ? becomes(one) : one;
    return { secret: next.secret, entry: { ...next.entry, id: one.id, label: one.label } };
  })));
  const asked = ordinary.map((one) => one.exchanges.length);
  const [another, same] = [true, false].map((is) => changed.flows.filter(({ one }) => ordinary.includes(one) === is));
  assert.deepEqual(await comeBack(another, "another provider"), []);
  assert.deepEqual(ordinary.map((one) => one.exchanges.length), asked, "nobody was asked");
  assert.equal((await comeBack([...same, ...changed.others], "as it was")).length, 4 * (configured.length - ordinary.length) + changed.others.length);
  await restart(providers.vars);
  const { flows, others } = await everybody("gone");
  await restart({ IDENTITY_PROVIDERS: null });
  const before = configured.map((one) => one.exchanges.length);
  assert.deepEqual(await comeBack(flows, "taken out"), []);
  assert.deepEqual(configured.map((one) => one.exchanges.length), before, "nobody was asked");
  assert.equal((await comeBack(others, "an Active Directory")).length, others.length);
  const login = await visitor(server).get("/login");
  for (const { id, label } of configured) {
    assert.ok(!login.text.includes(`${label}アカウント`) && !login.html.includes(`/federation/${id}`));
    const page = await visitor(server).post(`/federation/${id}`, { operation: OPERATION, next: "" });
    assert.equal(page.status, 404);
    assert.match(page.text, /このサービスとの連携は終了しているか、設定されていません。/);
  }
  assert.ok(opened(await tryLogin(server, configured[0].contract.boss, STORAGE_PASSWORD, { service: SERVICE })), "passwords go on");
});
