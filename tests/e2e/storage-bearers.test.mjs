// What opens something in the storage services (sessions, remembered and known browsers, links) and what ends it, each test named
// after a failure of a trusted system (past failures 25 to 36): planted ids, bearers that outlive what should end them, links used twice
// or for something else, doors beside the link, redirects. Links made from headers (29) are in letters.test.mjs.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { tokyoDay, tokyoMidnight } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, registerByApp, storageContract } from "./harness/storage.mjs";
import { codeAt } from "./harness/totp.mjs";

const providers = await openidProviders([{ id: "google", label: "Google" }]);
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(async () => {
  await server.stop();
  await providers.stop();
});
const [service, OPERATION] = ["worksdrive", "0".repeat(32)];
const browser = (more = {}) => server.browser({ service, ...more });
const login = (who, password = STORAGE_PASSWORD) => tryLogin(server, who, password, { service });
const at = (who) => `/users/${encodeURIComponent(who)}`;
const newest = async (to, seen) => linkIn(await mailTo(server, to, seen), browser().origin);
const sent = () => server.mails().length;
let number = 0;
/** A contract of a contractor, a manager and a user; `own` is the user's own for the operator API. */
async function contract({ own = {}, ...options } = {}) {
  number += 1;
  const id = `B-${number}`;
  const [boss, manager, user] = ["boss", "manager", "user"].map((name) => `${name}@b${number}.example.jp`);
  const made = await storageContract(server, service, id, boss, [{ login: manager, manager: true }, { login: user, ...own }], options);
  return { id, boss, manager, user, uid: made.get(user).uid };
}
async function signedIn(who, password = STORAGE_PASSWORD) {
  const own = browser();
  await own.signIn(who, password);
  return own;
}
async function inMenu(who, password = STORAGE_PASSWORD) {
  const own = browser();
  await own.submit(await own.get("/menu/login"), { login: who, password }, "/menu/login");
  assert.equal((await own.get("/menu")).status, 200);
  return own;
}
/** メールアドレス変更 in 管理コンソール; without an address a change of the login method. @returns the link's path */
async function asked(by, user, fields, to) {
  const [own, seen, path] = [await signedIn(by), sent(), `${at(user)}/address`];
  await own.submit(await own.send(await own.get(path), fields, path), {}, path);
  return newest(to, seen);
}
async function forgot(who) {
  const seen = sent();
  await browser().post("/forgot", { login: who, operation: OPERATION });
  return newest(who, seen);
}
/** When one more mail may be asked for. */
const later = (get) => server.clock.advance(MINUTE).then(get);
let passwords = 20_000;
/** A password that nobody had before. */
const fresh = () => `Fresh-${(passwords += 1)}`;
/** Others type wrong passwords until he is locked out. */
const shutOut = (who) => Promise.all(Array.from({ length: 10 }, () => login(who, "Wrong-0000")));
const set = (own, path, password = NEXT_PASSWORD, more = {}) => own.post(path, { new: password, again: password, operation: OPERATION, ...more });

test("past failures 25 and 26: a planted session is worth nothing after a login, and everybody gets an id of his own", async () => {
  const { boss, user } = await contract();
  for (const [door, page] of [["/login", "/account"], ["/menu/login", "/menu"]]) {
    const attacker = door === "/login" ? await signedIn(boss) : await inMenu(boss);
    const planted = { ...attacker.cookies };
    const victim = browser();
    for (const [name, value] of Object.entries(planted)) victim.setCookie(name, value);
    const entered = await victim.post(door, { login: user, password: STORAGE_PASSWORD, next: "", operation: OPERATION });
    assert.ok(entered.headers.getSetCookie().length > 0, `${entered.status}`);
    const names = Object.keys(planted).filter((name) => victim.cookies[name] !== planted[name]);
    assert.ok(names.some((name) => /session|menu/.test(name)), `${door}: ${Object.keys(planted)}`);
    assert.ok((await victim.get(page)).status === 200);
    assert.ok((await victim.get(page)).html.includes(user) || door === "/menu/login");
    assert.ok(!(await attacker.get(page)).html.includes(user), "the planter sees nothing of the victim");
    // What was invented before the login opens nothing either.
    const invented = browser();
    for (const name of Object.keys(planted)) invented.setCookie(name, "x".repeat(64));
    assert.match((await invented.get(page)).location, /login/);
  }
});

// ---- what carries a right, and what ends it ------------------------------------------------------------------------------------

/** Whether a link does what it is for, or is void. */
async function works(path) {
  const page = await set(browser(), path, fresh());
  assert.ok([200, 410].includes(page.status), `${page.status} ${page.text}`);
  return page.status === 200;
}
/** He sets a new password with a link. */
async function setNew(one, path) {
  one.password = fresh();
  assert.equal((await set(browser(), path, one.password)).status, 200);
}
/** He moves to another address, as his administrator has asked him to. */
async function move(one, next) {
  await setNew(one, await asked(one.boss, one.user, { address: next }, next));
  one.user = next;
}
/** From now on he logs in with a linked service, chosen on the page of a link. */
async function toLinked(path, account) {
  const own = browser();
  const { fields } = (await own.get(path)).forms().find((form) => form.fields.provider === "google");
  const away = (await own.post(path, fields)).location;
  const back = await providers.get("google").visitor().authorize(away, { account });
  const done = await own.submit(await own.get(back.pathname + back.search), {}, path);
  assert.equal(done.status, 200, done.text);
}

const CARRIES = {
  "session": {
    get: (one) => signedIn(one.user),
    lives: async (own) => (await own.get("/")).status === 200,
  },
  "session of the menu": {
    get: (one) => inMenu(one.user),
    lives: async (own) => (await own.get("/menu")).status === 200,
  },
  "login that owes its second step": {
    second: true,
    get: async (one) => {
      const own = browser();
      await own.signIn(one.user, STORAGE_PASSWORD);
      assert.match((await own.get("/")).location, /^\/login\/code/);
      return own;
    },
    lives: async (own, one) => opened(await own.post("/login/code", { code: codeAt(one.seed, server.clock.now()), next: "", operation: OPERATION })),
  },
  "remembered browser": {
    second: true,
    get: async (one) => {
      const own = browser();
      const page = await own.signIn(one.user, STORAGE_PASSWORD);
      await own.submit(page, { code: codeAt(one.seed, server.clock.now()), remember: "1" }, "/login/code");
      await own.post("/logout", { operation: OPERATION });
      return own;
    },
    lives: async (own, one) => {
      const page = await own.post("/login", { login: one.user, password: one.password, next: "", operation: OPERATION });
      return page.location === "/" && opened(page);
    },
  },
  "known browser": {
    get: async (one) => {
      const own = await signedIn(one.user);
      await own.post("/logout", { operation: OPERATION });
      return own;
    },
    // Others lock the account; a browser that it knows still gets in.
    lives: async (own, one) => {
      await shutOut(one.user);
      return opened(await own.post("/login", { login: one.user, password: one.password, next: "", operation: OPERATION }));
    },
  },
  "invitation": { purpose: "invitation", invited: true, lives: works, get: (one) => newest(one.user, 0) },
  "link to reset the password": { purpose: "reset", lives: works, get: (one) => forgot(one.user) },
  "link that unlocks": {
    purpose: "unlock",
    lives: works,
    async get(one) {
      // What he does himself he does where he is logged in already.
      one.menu = await inMenu(one.user, one.password);
      const seen = sent();
      await shutOut(one.user);
      return newest(one.user, seen);
    },
  },
  "link to change the login method": { purpose: "method", lives: works, get: (one) => asked(one.boss, one.user, {}, one.user) },
  "link to change the address": { purpose: "address", lives: works, get: (one) => asked(one.boss, one.user, { address: `new.${one.user}` }, `new.${one.user}`) },
  "link back to the former address": {
    purpose: "undo-address",
    lives: works,
    async get(one) {
      const [former, seen] = [one.user, sent()];
      await move(one, `other.${former}`);
      return newest(former, seen);
    },
  },
};
const [DIES, LIVES] = [false, true];
const SESSIONS = { "session": DIES, "session of the menu": DIES, "login that owes its second step": DIES };
/** What waits for a link, and ends with a new password. */
const WAITING = { "link to reset the password": DIES, "link to change the login method": DIES, "link to change the address": DIES };
const ALL = Object.fromEntries(Object.keys(CARRIES).map((name) => [name, DIES]));
const temporary = (one) => server.operator().post(`/accounts/${service}/${encodeURIComponent(one.user)}/temporary-password`).then(({ body }) => (one.password = body.initial_password));
/** What ends what; whatever is not named lives on. `does` happens to the account. */
const EVENTS = {
  "a forgotten password set anew": {
    does: async (one) => setNew(one, await forgot(one.user)),
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...WAITING, "link that unlocks": DIES },
  },
  "his own password changed in the menu": {
    does: async (one) => {
      const own = one.menu ?? (await inMenu(one.user, one.password));
      const [current, next] = [one.password, fresh()];
      const done = await own.follow(await own.post("/menu/password", { current, new: next, again: next, operation: OPERATION }));
      assert.match(done.text, /パスワードが変更されました。/);
      one.password = next;
    },
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...WAITING },
  },
  "the login method set by a link": {
    does: async (one) => setNew(one, await asked(one.boss, one.user, {}, one.user)),
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...WAITING, "link that unlocks": DIES },
  },
  "a linked service instead of the password, by a link": {
    does: async (one) => toLinked(await asked(one.boss, one.user, {}, one.user), one.uid),
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...WAITING, "link that unlocks": DIES },
  },
  "the address changed by a link": {
    does: (one) => move(one, `moved.${one.user}`),
    // Each former address keeps its own way back.
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...WAITING, "link that unlocks": DIES },
  },
  "others lock him out": {
    does: (one) => shutOut(one.user),
    // The rights of a login that is complete are nobody else's to take; one that owes its code is none.
    ends: { "login that owes its second step": DIES },
  },
  "2段階認証 reset by his administrator": {
    does: async (one) => {
      const own = await signedIn(one.manager);
      const page = await own.get(`${at(one.user)}/factor/reset`);
      if (page.status === 200) await own.submit(page, {}, `${at(one.user)}/factor/reset`);
    },
    only: ({ second }) => second,
    ends: { "login that owes its second step": DIES, "remembered browser": DIES },
  },
  "a temporary password by the operator": {
    does: temporary,
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...WAITING },
  },
  "deleted by the operator": {
    does: async (one) => assert.equal((await server.operator().delete(`/contracts/${one.id}/users/${encodeURIComponent(one.user)}`)).status, 204),
    only: () => true,
    ends: ALL,
  },
  "the end of his service": { ending: (midnight) => ({ own: { end: tokyoDay(midnight - DAY) } }), only: () => true, ends: ALL },
  "the end of the trial": {
    ending: (midnight) => ({ plan: "trial", trial_start: tokyoDay(midnight - 30 * DAY) }),
    only: () => true,
    // A link opens nothing to who may not log in, and is as good as before once the plan is changed.
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES },
  },
  "nothing at all": { does: () => {}, only: () => true, ends: {} },
};

/** To 25 minutes before a midnight in Tokyo, which it answers. */
async function evening() {
  const early = 25 * MINUTE;
  const midnight = tokyoMidnight(tokyoDay(server.clock.now() + early + DAY));
  await server.clock.advance(midnight - early - server.clock.now());
  return midnight;
}

/** A person of a contract of his own with a bearer; where it is about codes, the contract asks for them. */
async function bearer([name, { get, second = false, invited = false, ...carrier }], { own, ...facts } = {}) {
  const one = { name, ...carrier, ...(await contract({ ...facts, own: { ready: !invited, ...own } })), password: STORAGE_PASSWORD, asks: () => {} };
  if (second) {
    one.asks = (enabled) => server.ask({ object: "Contract", name: one.id }, { ChangeContract: {
      actor: { uid: one.uid, contract: one.id, role: "administrator", login: one.boss, name: "", session: "tests" }, change: { "second-step": { enabled } },
    } });
    await one.asks(true);
    const home = browser();
    await home.signIn(one.user, STORAGE_PASSWORD);
    one.seed = (await registerByApp(server, home)).seed;
    await server.clock.advance(2 * MINUTE);
  }
  one.carried = await get(one);
  return one;
}

for (const [event, { does, ends, ending, only = ({ invited }) => !invited }] of Object.entries(EVENTS)) {
  test(`past failures 9, 27 and 30: ${event}: every bearer that it ends is dead at its next use, and no other`, async () => {
    const carriers = Object.entries(CARRIES).filter(([, carrier]) => only(carrier));
    const midnight = ending && (await evening());
    const make = (carrier) => bearer(carrier, ending?.(midnight));
    const people = [];
    // Codes and a clock that others move do not go together.
    for (const carrier of carriers.filter(([, { second }]) => second)) people.push(await make(carrier));
    people.push(...(await Promise.all(carriers.filter(([, { second }]) => !second).map(make))));
    // Whoever acts on him does so while the contract asks nobody for a code.
    await Promise.all(people.map((one) => one.asks(false)));
    await server.clock.advance(ending ? midnight + SECOND - server.clock.now() : MINUTE);
    if (!ending) await Promise.all(people.map(does));
    await Promise.all(people.map((one) => one.asks(true)));
    if (!ending) await server.clock.advance(MINUTE);
    const found = await Promise.all(people.map(async (one) => [one.name, await one.lives(one.carried, one)]));
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(people.map(({ name }) => [name, ends[name] ?? LIVES])));
  });
}

// ---- links ---------------------------------------------------------------------------------------------------------------------

test("st_074 st_104 st_108 st_109 st_122 st_123 every kind of link: used a second before its 14 days are over it works, a second after them it does not", async () => {
  const made = [];
  for (const carrier of Object.entries(CARRIES).filter(([, { purpose }]) => purpose)) {
    const [name, { purpose }] = carrier;
    for (const valid of [true, false]) {
      const from = server.clock.now();
      const { uid, carried: path } = await bearer(carrier);
      const [{ json }] = await server.sql({ object: "Account", name: uid }, "SELECT json FROM item WHERE key = 'links'");
      const { until } = JSON.parse(json).find((link) => link.purpose === purpose);
      assert.ok(until >= from + 14 * DAY && until <= server.clock.now() + 14 * DAY, `${name}: ${(until - from) / DAY} days`);
      made.push({ name, path, until, valid });
      await server.clock.advance(5 * SECOND);
    }
  }
  for (const { name, path, until, valid } of made) {
    // The last second is a second of this machine: an answer that took longer than it is asked for again.
    for (let tries = 0; tries < 5; tries += 1) {
      await server.clock.advance(until + (valid ? -SECOND : SECOND) - server.clock.now());
      const used = await works(path);
      if (valid && !used && server.clock.now() >= until) continue;
      assert.equal(used, valid, `${name}, a second ${valid ? "before" : "after"} its end`);
      break;
    }
  }
});

test("past failure 30: a link works once, the newest only, and not after what it was for has changed", async () => {
  const { boss, user } = await contract();
  const older = await forgot(user);
  const newer = await later(() => forgot(user));
  assert.equal((await set(browser(), older, "Older-20261")).status, 410);
  assert.equal((await set(browser(), newer, "Newer-20261")).status, 200);
  for (const path of [older, newer]) for (const answer of [await set(browser(), path, "Again-20261"), await browser().get(path)]) assert.equal(answer.status, 410);
  assert.ok(opened(await login(user, "Newer-20261")));
  const lasting = await later(() => forgot(user));
  const moved = `moved.${user}`;
  assert.equal((await set(browser(), await asked(boss, user, { address: moved }, moved))).status, 200);
  assert.equal((await set(browser(), lasting, "Stale-20261")).status, 410, "after a change of address");
  assert.ok(opened(await login(moved, NEXT_PASSWORD)));
});

test("past failures 31, 32 and 33: a link does what it was made for, to whom it was made for, at its own door only", async () => {
  const [one, other] = [await contract(), await contract()];
  const reset = await forgot(one.user);
  const ticket = reset.slice("/t/".length);
  const others = await forgot(other.user);
  // Everything that could name somebody else.
  const forged = { login: other.user, address: other.user, uid: other.uid, user: other.user, email: other.user, to: other.user, ticket: others.slice(3), contract: other.id, purpose: "unlock", prepared: "0".repeat(32) };
  const own = await signedIn(other.user);
  for (const [name, value] of Object.entries(forged)) {
    const query = await own.get(`${reset}?${name}=${encodeURIComponent(value)}`);
    if (query.status === 200) assert.ok(!query.html.includes(other.user), `${name} in the query`);
  }
  const done = await own.post(reset, { new: NEXT_PASSWORD, again: NEXT_PASSWORD, operation: OPERATION, ...forged });
  assert.equal(done.status, 200, done.text);
  assert.ok(opened(await login(one.user, NEXT_PASSWORD)));
  assert.ok(opened(await login(other.user, STORAGE_PASSWORD)), "the other one's password is untouched");

  // A form for a new password is nowhere without a ticket, and a ticket opens nothing elsewhere.
  const doors = ["/t/", "/t", "/t/AbC", "/reset", "/forgot/reset", "/password", "/password/first", "/menu/password", "/menu/method", `/t/${ticket}/reset`, `/t/${others.slice(3)}/..`, `/login?ticket=${others.slice(3)}`];
  for (const door of doors) {
    const page = await set(browser(), door, "Stepped-2026", { login: other.user, ticket: others.slice(3), prepared: "0".repeat(32) });
    assert.ok(page.status >= 300 && page.status < 500 && page.status !== 200, `${door}: ${page.status}`);
  }
  assert.ok(opened(await login(other.user, STORAGE_PASSWORD)));
  // Each kind of link at the other service's door, and with another kind's fields.
  const links = [await later(() => forgot(other.user)), await asked(other.boss, other.user, {}, other.user), await later(() => asked(other.boss, other.user, { address: `x.${other.user}` }, `x.${other.user}`))];
  for (const path of links) {
    const elsewhere = server.browser({ service: STORAGE[1].service });
    assert.equal((await set(elsewhere, path, "Foreign-2026")).status, 404);
    assert.equal((await browser().post(path, { operation: OPERATION, sure: "1", prepared: "0".repeat(32) })).status < 500, true);
  }
  assert.ok(opened(await login(other.user, STORAGE_PASSWORD)));
});

test("past failure 34: whoever is invited and has no password yet gets none without his ticket", async () => {
  const { boss } = await contract();
  const guest = `guest.${boss}`;
  const own = await signedIn(boss);
  const seen = sent();
  await own.send(await own.get("/invite"), { name: "花子", address: guest, start: "2026-01-01" }, "/invite");
  const invitation = await newest(guest, seen);
  for (const password of ["", "x", STORAGE_PASSWORD]) for (const door of ["/login", "/menu/login"]) {
    const page = await browser().post(door, { login: guest, password, next: "", operation: OPERATION });
    assert.ok(!opened(page) && page.status < 500, `${door}: ${page.status}`);
  }
  const doors = ["/password/first", "/menu/password", "/menu/method", "/login/register", "/login/register/code", "/login/register/app", "/login/recovery", "/login/recovery-code", "/confirm", "/menu/confirm", "/t/AbC", `${invitation.slice(0, -2)}AA`];
  for (const door of doors) {
    const page = await set(browser(), door, STORAGE_PASSWORD, { login: guest, current: "", password: STORAGE_PASSWORD, prepared: "0".repeat(32), code: "000000" });
    assert.ok(page.status !== 200 && page.status < 500, `${door}: ${page.status}`);
  }
  const before = sent();
  await browser().post("/forgot", { login: guest, operation: OPERATION });
  await server.clock.advance(2 * MINUTE);
  assert.equal(sent(), before, "nobody who has no password has one to forget");
  assert.equal((await browser().post(invitation, { prepared: "0".repeat(32), operation: OPERATION })).status >= 400, true, "確認 before a password");
  assert.ok(!opened(await login(guest)));
  assert.equal((await browser().get(invitation)).status, 200);
});

test("past failure 35: an invitation or a change of address goes to the one address that was typed", async () => {
  const { boss, user } = await contract();
  const own = await signedIn(boss);
  const seen = sent();
  const typed = ["a@example.jp,evil@example.com", "a@example.jp;evil@example.com", "a@example.jp\r\nBcc: evil@example.com", "a@example.jp\nevil@example.com", "\"a@example.jp\" <evil@example.com>", "a@example.jp evil@example.com", "kımı@example.jp", "a@exämple.jp", "a@b@example.jp", "a@example.jp\u0000", "a@example.jp%0d%0aBcc:evil@example.com"];
  for (const address of typed) {
    const invited = await own.post("/invite", { name: "花子", address, start: "2026-01-01", operation: OPERATION });
    assert.equal(invited.status, 422, `invited ${JSON.stringify(address)}: ${invited.status}`);
    assert.equal((await own.post(`${at(user)}/address`, { address, sure: "1", operation: OPERATION })).status, 422, `changed ${JSON.stringify(address)}`);
  }
  const name = await own.post("/invite", { name: "花子\r\nBcc: evil@example.com", address: `ok.${boss}`, start: "2026-01-01", operation: OPERATION });
  assert.equal(name.status, 422);
  const menu = await inMenu(boss);
  for (const address of typed) assert.equal((await menu.post("/menu/address", { address, again: address, operation: OPERATION })).status, 422, JSON.stringify(address));
  await server.clock.advance(2 * MINUTE);
  assert.equal(sent(), seen);
});

test("past failure 36: no parameter leads to another site", async () => {
  const { boss, user } = await contract();
  const prefixes = ["//", "///", "/\\", "\\\\", "\\/", "https://", "http:", "https:/", "//x@", "/@", "/./", "/..//", "/x/..//", "/\t/", "/\n/", "\t//", " //", "/%2f/", "/%5c", "/%2e%2e//", "javascript:", "data:text/html,", "/menu//", "/menu\\", "/;@"];
  const hosts = ["evil.example", "evil.example/%2f..", "evil。example", "[::1]", "evil.example#worksdrive.localhost", "evil.example?worksdrive.localhost", `${new URL(browser().origin).host}.evil.example`, "evil.example\\@x", "3232235777", "evil.example:80/", "EVIL.EXAMPLE", "x.evil.example/users"];
  const payloads = prefixes.flatMap((prefix) => hosts.map((host) => `${prefix}${host}`));
  assert.equal(payloads.length, 300);
  const { origin } = browser();
  const ours = (location, what) => {
    if (!location) return;
    const to = new URL(location, origin);
    assert.equal(to.origin, origin, `${what} → ${location}`);
    assert.ok(!/evil/i.test(to.pathname), `${what} → ${location}`);
    assert.ok(location.startsWith("/") && !/^\/[/\\]/.test(location), `${what} → ${location}`);
  };
  // Without a session, with one, and with the menu's: every page that takes an address to come back to.
  const [nobody, own, menu] = [browser(), await signedIn(user), await inMenu(boss)];
  const keys = ["next", "notice", "return", "redirect_uri", "url", "continue"];
  for (const payload of payloads) {
    const query = keys.map((key) => `${key}=${encodeURIComponent(payload)}`).join("&");
    for (const [who, paths] of [[nobody, ["/login", "/menu/login", "/users"]], [own, ["/login", "/confirm", "/"]], [menu, ["/menu/login", "/menu/confirm", "/menu"]]]) {
      for (const path of paths) {
        const page = await who.get(`${path}?${query}`);
        ours(page.location, `GET ${path} ${JSON.stringify(payload)}`);
        assert.ok(page.status < 500);
        for (const [, target] of page.html.matchAll(/(?:href|action|formaction)="([^"]*)"/g)) {
          assert.ok(!/^(https?:)?\/\/|^javascript:|^data:/i.test(target.trim()), `${path}: ${target}`);
        }
      }
    }
  }
  // And what a login or a confirmation answers with.
  for (const payload of payloads.filter((_, at) => at % 6 === 0)) {
    for (const door of ["/login", "/menu/login"]) ours((await browser().post(door, { login: user, password: STORAGE_PASSWORD, next: payload, operation: OPERATION })).location, `POST ${door} ${payload}`);
    ours((await menu.post("/menu/confirm", { password: STORAGE_PASSWORD, next: payload, operation: OPERATION })).location, `POST /menu/confirm ${payload}`);
    ours((await own.post("/preferences", { language: "ja", next: payload, back: payload, operation: OPERATION })).location, `POST /preferences ${payload}`);
  }
});
