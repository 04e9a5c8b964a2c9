// What opens something in the storage services (sessions, remembered and known browsers, links) and what ends it, each test named
// after a failure of a trusted system (past failures 25 to 36): planted ids, bearers that outlive what should end them, links used twice
// or for something else, doors beside the link, redirects. Links made from headers (29) are in letters.test.mjs.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, registerByApp, storageContract } from "./harness/storage.mjs";
import { codeAt } from "./harness/totp.mjs";

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const [service, OPERATION] = ["worksdrive", "0".repeat(32)];
const browser = (more = {}) => server.browser({ service, ...more });
const login = (who, password = STORAGE_PASSWORD) => tryLogin(server, who, password, { service });
const at = (who) => `/users/${encodeURIComponent(who)}`;
const newest = async (to, seen) => linkIn(await mailTo(server, to, seen), browser().origin);
const sent = () => server.mails().length;
let number = 0;
/** A contract of a contractor, a manager and a user. */
async function contract(options = {}) {
  number += 1;
  const [boss, manager, user] = ["boss", "manager", "user"].map((name) => `${name}@b${number}.example.jp`);
  const made = await storageContract(server, service, `B-${number}`, boss, [{ login: manager, manager: true }, user], options);
  return { id: `B-${number}`, boss, manager, user, uid: made.get(user).uid };
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
  await server.clock.advance(MINUTE);
  const [own, seen, path] = [await signedIn(by), sent(), `${at(user)}/address`];
  await own.submit(await own.send(await own.get(path), fields, path), {}, path);
  return newest(to, seen);
}
async function forgot(who) {
  await server.clock.advance(15 * MINUTE);
  const seen = sent();
  await browser().post("/forgot", { login: who, operation: OPERATION });
  return newest(who, seen);
}
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
      for (let tries = 0; tries < 10; tries += 1) await login(one.user, "Wrong-0000");
      return opened(await own.post("/login", { login: one.user, password: one.password, next: "", operation: OPERATION }));
    },
  },
  "link to reset the password": {
    get: (one) => forgot(one.user),
    lives: async (path) => (await browser().get(path)).status === 200,
  },
  "link to change the login method": {
    get: (one) => asked(one.boss, one.user, {}, one.user),
    lives: async (path) => (await browser().get(path)).status === 200,
  },
  "link to change the address": {
    get: (one) => asked(one.boss, one.user, { address: `new.${one.user}` }, `new.${one.user}`),
    lives: async (path) => (await browser().get(path)).status === 200,
  },
};
const [DIES, LIVES] = [false, true];
const SESSIONS = { "session": DIES, "session of the menu": DIES, "login that owes its second step": DIES };
const ALL_LINKS = { "link to reset the password": DIES, "link to change the login method": DIES };
const temporary = (one) => server.operator().post(`/accounts/${service}/${encodeURIComponent(one.user)}/temporary-password`).then(({ body }) => (one.password = body.initial_password));
/** What ends what; whatever is not named lives on. `does` happens to the account. */
const EVENTS = {
  "a forgotten password set anew": {
    does: async (one) => {
      await set(browser(), await forgot(one.user));
      one.password = NEXT_PASSWORD;
    },
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, "link to reset the password": DIES },
  },
  "his own password changed in the menu": {
    does: async (one) => {
      const own = one.second ? null : await inMenu(one.user);
      if (!own) return false;
      await own.post("/menu/password", { current: STORAGE_PASSWORD, new: NEXT_PASSWORD, again: NEXT_PASSWORD, operation: OPERATION });
      one.password = NEXT_PASSWORD;
    },
    ends: { "session": DIES, "session of the menu": DIES, "known browser": DIES, "link to reset the password": DIES },
  },
  "the login method set by a link": {
    does: async (one) => {
      await set(browser(), await asked(one.boss, one.user, {}, one.user));
      one.password = NEXT_PASSWORD;
    },
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...ALL_LINKS, "link to change the address": DIES },
  },
  "the address changed by a link": {
    does: async (one) => {
      const next = `moved.${one.user}`;
      await set(browser(), await asked(one.boss, one.user, { address: next }, next));
      [one.user, one.password] = [next, NEXT_PASSWORD];
    },
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, ...ALL_LINKS, "link to change the address": DIES },
  },
  "2段階認証 reset by his administrator": {
    does: async (one) => {
      const own = await signedIn(one.manager);
      const page = await own.get(`${at(one.user)}/factor/reset`);
      if (page.status === 200) await own.submit(page, {}, `${at(one.user)}/factor/reset`);
    },
    only: (carrier) => CARRIES[carrier].second,
    ends: { "login that owes its second step": DIES, "remembered browser": DIES },
  },
  "a temporary password by the operator": {
    does: temporary,
    ends: { ...SESSIONS, "remembered browser": DIES, "known browser": DIES, "link to reset the password": DIES },
  },
  "deleted by the operator": {
    does: (one) => server.operator().delete(`/contracts/${one.id}/users/${encodeURIComponent(one.user)}`),
    ends: Object.fromEntries(Object.keys(CARRIES).map((name) => [name, DIES])),
  },
  "nothing at all": { does: () => {}, ends: {} },
};

for (const [event, { does, ends, only = () => true }] of Object.entries(EVENTS)) {
  test(`past failures 9, 27 and 30: ${event}: every bearer that it ends is dead at its next use, and no other`, async () => {
    for (const [name, { get, lives, second = false }] of Object.entries(CARRIES).filter(([name]) => only(name))) {
      const one = { ...(await contract({ secondStep: false })), password: STORAGE_PASSWORD, second };
      if (second) {
        // The contract asks for it; administrators are not asked here.
        const setting = (enabled) => server.ask({ object: "Contract", name: one.id }, { ChangeContract: {
          actor: { uid: one.uid, contract: one.id, role: "administrator", login: one.boss, name: "", session: "tests" }, change: { "second-step": { enabled } },
        } });
        await setting(true);
        const own = browser();
        await own.signIn(one.user, STORAGE_PASSWORD);
        one.seed = (await registerByApp(server, own)).seed;
        await server.clock.advance(2 * MINUTE);
        one.off = () => setting(false);
        one.on = () => setting(true);
      }
      const carried = await get(one);
      await server.clock.advance(MINUTE);
      // Whoever acts on him does so while the contract asks nobody for a code.
      await one.off?.();
      const done = await does(one);
      await one.on?.();
      if (done === false) continue;
      await server.clock.advance(MINUTE);
      assert.equal(await lives(carried, one), ends[name] ?? LIVES, `${name} after: ${event}`);
    }
  });
}

// ---- links ---------------------------------------------------------------------------------------------------------------------

test("past failure 30: a link works once, the newest only, and not after what it was for has changed", async () => {
  const { boss, user } = await contract();
  const [older, newer] = [await forgot(user), await forgot(user)];
  assert.equal((await set(browser(), older, "Older-20261")).status, 410);
  assert.equal((await set(browser(), newer, "Newer-20261")).status, 200);
  for (const path of [older, newer]) for (const answer of [await set(browser(), path, "Again-20261"), await browser().get(path)]) assert.equal(answer.status, 410);
  assert.ok(opened(await login(user, "Newer-20261")));
  const lasting = await forgot(user);
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
  const links = [await forgot(other.user), await asked(other.boss, other.user, {}, other.user), await asked(other.boss, other.user, { address: `x.${other.user}` }, `x.${other.user}`)];
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
