// Everything that takes a right away × everything that carries one: dead at its next use, in real workerd, over real sockets.
//
// EVENTS say what they end, after section 4 of the interface and the decisions page; whatever an event does not name has to live
// on. The answers stand as a table in tests/e2e/revocation.txt (UPDATE=1 writes it anew, but it can only ever say what EVENTS
// say). Every cell has an account of its own, so that no look at one bearer disturbs another.
//
// A new event is an entry of EVENTS, a new bearer one of BEARERS. A route that acts and is in neither EVENTS nor LEAVES_ALL_ALONE
// fails the test.

import assert from "node:assert/strict";
import { argon2Sync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import WebSocket from "ws";
import { DAY, SECOND, startServer } from "./harness/harness.mjs";
import { tryLogin } from "./harness/login.mjs";
import { act, contract, PASSWORD, phoneLogin, shutOut, signedIn, tokyoDay, tokyoMidnight, until, WRONG } from "./harness/people.mjs";
import { codeAt, seedOn } from "./harness/totp.mjs";
import { TRIAL } from "./harness/trials.mjs";
import { linkOf, watch } from "./harness/watcher.mjs";

const TABLE = new URL("revocation.txt", import.meta.url);
const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const operator = server.operator();
const now = () => server.clock.now();

// ---- a person and what he has ------------------------------------------------------------------------------------------------

/** One account of one cell. */
class Person {
  password = PASSWORD;
  changes = 0;
  step = 0;

  constructor(login, uid, number, admin) { Object.assign(this, { login, uid, number, admin }); }

  get object() { return { object: "Account", name: this.uid }; }
  /** A password he never had. */
  fresh() { return `Matsukaze-${3000 + ++this.changes}`; }
  /** A code that was not used yet; three fit into one moment. */
  code() {
    this.step = Math.max(this.step + 1, Math.floor(now() / 30_000) - 1);
    return codeAt(this.seed, this.step * 30_000);
  }
  /** A browser in which he has got as far as his password and his codes go. */
  async enter() {
    const browser = server.browser();
    let page = await browser.signIn(this.login, this.password);
    if (page.path.startsWith("/login/code")) page = await browser.submit(page, { code: this.code() }, "/login/code");
    assert.ok(page.forms().some((form) => form.action === "/logout") && !page.path.startsWith("/login"), page.text);
    return browser;
  }
  /** The browser in which he acts. */
  async own() { return (this.browser ??= await this.enter()); }
  async enrol() {
    const page = await (await this.own()).get("/settings/factor/set-up");
    this.seed = seedOn(page);
    const done = await this.browser.submit(page, { code: this.code() }, "/settings/factor/set-up");
    assert.match(done.path, /notice=factor-set-up/);
  }
  /** Changes his password on the page where he may. */
  async change(fields = {}) {
    const fresh = this.fresh();
    const page = await (await this.own()).visit("/password");
    const done = await this.browser.submit(page, { current: this.password, new: fresh, again: fresh, ...fields }, page.path);
    assert.match(done.text, /パスワードが変更されました。/);
    this.password = fresh;
  }
  /** His phone or PC, connected: the one he has, or a new one. */
  async live(role) {
    const device = this[role];
    if (device?.socket.readyState === WebSocket.OPEN) return device;
    if (device) {
      await device.connect();
      assert.equal(device.refused, null);
    }
    this[role] = device ?? (await this.device(role));
    await this[role].next("welcome");
    return this[role];
  }
  async device(role, name = role === "viewer" ? "iPhone16,1" : "DESKTOP-7F3A") {
    const device = await server.device({ login: this.login, password: this.password, role, name });
    assert.equal(device.refused, null, JSON.stringify(device.refused));
    return device;
  }
  /** The same, gone again: what is left is its token. */
  async gone(role, name) {
    const device = await this.device(role, name);
    device.close();
    await device.closed;
    return device;
  }
}

const OFF = { reflect: "" };
/** The administrator sets a password. */
async function force(person, on) {
  const path = `/users/${person.login}/password`;
  const form = (await person.admin.get(`/users/${person.login}`)).forms().find((one) => one.action === path);
  const { temporary: _, ...fields } = form.fields;
  const fresh = person.fresh();
  const done = await person.admin.follow(await person.admin.post(path, { ...fields, new: fresh, again: fresh, ...on }));
  assert.match(done.path, /notice=password-forced/);
  person.password = fresh;
}
async function administer(person, what, receipt) {
  const done = await act(person.admin, person.login, what);
  assert.ok(done.text.includes(receipt), done.text);
}
/** Presses every button of あなたの接続 whose question has such an address. */
async function press(person, address, receipt) {
  const browser = await person.own();
  for (const path of new Set((await browser.get("/account")).html.match(address) ?? [])) {
    const done = await browser.submit(await browser.get(path), {}, path);
    assert.ok(done.text.includes(receipt), done.text);
  }
}
const onAccount = (person, what) => operator.post(`/accounts/coconowork/${person.login}/${what}`);
async function temporary(person) {
  person.password = (await onAccount(person, "temporary-password")).body.initial_password;
}
const again = (person, role) =>
  phoneLogin(server, { login: person.login, password: person.password, role, key: (person[role] ?? person.old)?.key ?? null });

// ---- what ends -----------------------------------------------------------------------------------------------------------------

const [DIES, MINUTE_AT_MOST, LIVES] = ["dies", "60 s", "."];
const OTHERS = { formerId: DIES, another: DIES, secondStep: DIES, changeDue: DIES, anotherLink: MINUTE_AT_MOST, anotherTicket: DIES };
const EVERYONE = { ...OTHERS, acting: DIES, actingLink: MINUTE_AT_MOST };
const BROWSERS = { knownBrowser: DIES };
const ATTEMPTS = { attempt: DIES, deviceAttempt: DIES };
const GRACE = { viewerToken: DIES, clientToken: "previous", previousToken: DIES, client: "told", previousClient: "4003" };
const GRACELESS = { ...GRACE, clientToken: DIES, client: "4003" };
const ALL_TOKENS = { viewerToken: DIES, clientToken: DIES, previousToken: DIES };
const sockets = (code) => ({ viewer: code, client: code, previousClient: code });

/**
 * `does` happens to each account of the event, `happens` once for all; `first` comes before its bearer is made. `not`: bearers that
 * cannot be there. `routes`: through which of tests/routes.txt it comes.
 */
const EVENTS = {
  "own change, 反映 OFF": { does: (p) => p.change(OFF), ends: { ...OTHERS, ...GRACE, ...ATTEMPTS, ...BROWSERS }, routes: ["POST /password", "POST /password/first"] },
  "own change, 反映 ON, acknowledged": {
    async does(p) {
      const client = await p.live("client");
      await p.change();
      const { id } = await client.next("credential");
      client.send({ type: "ack", id });
      await until(async () => /に反映されました/.test((await p.browser.get("/password")).text));
    },
    // The old token is dead, the connection goes on with the new one, also that of a PC which stood on the previous password.
    ends: { ...OTHERS, viewerToken: DIES, clientToken: DIES, previousToken: DIES, ...ATTEMPTS, ...BROWSERS }, not: ["changeDue"],
  },
  "own change, 猶予を与えない": { does: (p) => p.change({ ...OFF, graceless: "on" }), ends: { ...OTHERS, ...GRACELESS, ...ATTEMPTS, ...BROWSERS }, not: ["changeDue"] },
  "猶予を今すぐ終了": {
    first: (p) => p.change(OFF),
    async does(p) {
      const done = await p.browser.submit(await p.browser.get("/password/grace"), {}, "/password/grace");
      assert.match(done.text, /古いパスワードの猶予を終了しました。/);
    },
    ends: { previousToken: DIES, previousClient: "4003" }, not: ["changeDue"], routes: ["POST /password/grace"],
  },
  "forced change, temporary": { does: (p) => force(p, { temporary: "on" }), ends: { ...EVERYONE, ...GRACE, ...ATTEMPTS, ...BROWSERS }, routes: ["POST /users/…/password"] },
  "forced change, lasting": { does: (p) => force(p), ends: { ...EVERYONE, ...GRACE, ...ATTEMPTS, ...BROWSERS } },
  "forced change, 猶予を与えない": { does: (p) => force(p, { temporary: "on", graceless: "on" }), ends: { ...EVERYONE, ...GRACELESS, ...ATTEMPTS, ...BROWSERS } },
  "temporary password by the operator": { does: temporary, ends: { ...EVERYONE, ...GRACE, ...ATTEMPTS, ...BROWSERS }, routes: ["POST /operator/v1/accounts/coconowork/…/temporary-password"] },
  "利用を禁止": {
    does: (p) => administer(p, "prohibit", "管理機能の利用を禁止しました。"),
    ends: { ...EVERYONE, ...ATTEMPTS, ...BROWSERS, viewerToken: DIES, ...sockets("4002") }, routes: ["POST /users/…/prohibit"],
  },
  "端末認証情報の初期化": {
    async does(p) {
      if (!p.viewer) await p.gone("viewer");
      await administer(p, "device/reset", "端末認証情報を初期化しました。");
    },
    ends: { viewerToken: DIES, ...ATTEMPTS }, routes: ["POST /users/…/device/reset"],
  },
  "切断 of both ends": {
    async does(p) {
      for (const end of ["viewer", "client"]) {
        if (!p.dueOnly) await p.live(end);
        await administer(p, `disconnect/${end}`, "切断しました。");
      }
    },
    ends: sockets("4001"), routes: ["POST /users/…/disconnect/viewer", "POST /users/…/disconnect/client"],
  },
  "多要素認証 set up by himself": {
    does: (p) => p.enrol(),
    // An attempt with the right password gets as far as the code, which it owes.
    ends: { ...OTHERS, attempt: "owes code" }, not: ["secondStep", "changeDue"], routes: ["POST /settings/factor/set-up"],
  },
  "多要素認証 removed by himself": {
    first: (p) => p.enrol(),
    async does(p) {
      const done = await p.browser.submit(await p.browser.get("/settings/factor/remove"), {}, "/settings/factor/remove");
      assert.match(done.path, /notice=factor-removed/);
    },
    ends: OTHERS, not: ["changeDue"], routes: ["POST /settings/factor/remove"],
  },
  "多要素認証 reset by the administrator": {
    first: (p) => p.enrol(),
    does: (p) => administer(p, "factor/reset", "多要素認証の設定を解除しました。"),
    ends: { secondStep: DIES, ...ATTEMPTS }, routes: ["POST /users/…/factor/reset"],
  },
  "多要素認証 reset by the operator": {
    first: (p) => p.enrol(),
    does: (p) => onAccount(p, "reset-second-factor"),
    ends: { secondStep: DIES, ...ATTEMPTS }, routes: ["POST /operator/v1/accounts/coconowork/…/reset-second-factor"],
  },
  "logout": {
    async does(p) {
      assert.match((await (await p.own()).post("/logout", {})).location, /^\/login/);
    },
    ends: { acting: DIES, formerId: DIES, actingLink: MINUTE_AT_MOST }, routes: ["POST /logout"],
  },
  "five wrong current passwords": {
    async does(p) {
      const page = await (await p.own()).visit("/password");
      const wrong = { current: WRONG, new: p.fresh(), again: "x" };
      for (let at = 0; at < 4; at += 1) assert.equal((await p.browser.send(page, wrong, page.path)).status, 422);
      // The password once more is asked for under the same counter.
      const last = p.dueOnly ? p.browser.send(page, wrong, page.path) : p.browser.post("/confirm", { password: WRONG, next: "" });
      assert.match((await last).location, /^\/login/);
    },
    ends: { acting: DIES, formerId: DIES, actingLink: MINUTE_AT_MOST }, routes: ["POST /confirm"],
  },
  "the lock": {
    async happens(people) {
      const fail = (some) => Promise.all(some.map((p) => tryLogin(server, p.login, WRONG)));
      for (let at = 0; at < 4; at += 1) await fail(people);
      // A charge that nobody has settled is a failure after fifteen seconds; until then it holds the fifth place.
      await server.clock.advance(15 * SECOND);
      await fail(people);
      for (const { login } of people) assert.ok((await operator.account("coconowork", login)).lock, login);
    },
    ends: { secondStep: DIES, attempt: DIES }, routes: ["POST /login"],
  },
  "ロックアウトを解除": {
    async does(p) {
      await tryLogin(server, p.login, WRONG);
      await administer(p, "unlock", "ロックアウトを解除しました。");
    },
    ends: ATTEMPTS, routes: ["POST /users/…/unlock"],
  },
  "unlock by the operator": { does: (p) => onAccount(p, "unlock"), ends: ATTEMPTS, routes: ["POST /operator/v1/accounts/coconowork/…/unlock"] },
  "phone and PC log in again": {
    async does(p) {
      for (const role of ["viewer", "client"]) assert.equal((await again(p, role)).status, 200);
    },
    ends: ALL_TOKENS, not: ["changeDue"], routes: ["POST /device/v1/login"],
  },
  "the account is deleted": {
    async does(p) {
      assert.equal((await operator.delete(`/contracts/${p.number}/users/${p.login}`)).status, 204);
    },
    ends: { ...EVERYONE, ...ATTEMPTS, ...BROWSERS, ...ALL_TOKENS, ...sockets("4003"), adminLink: MINUTE_AT_MOST, adminTicket: DIES },
    routes: ["DELETE /operator/v1/contracts/123456789/users/…"],
  },
  "another administrator is named": {
    happens: ([{ number }]) => contract(server, number, `admin.other.${number}`),
    ends: { adminSession: DIES, adminLink: MINUTE_AT_MOST, adminTicket: DIES }, routes: ["PUT /operator/v1/contracts/123456789"],
  },
  "すべて遮断": {
    async does(p) {
      const { done, password } = await shutOut(p.admin, p.login);
      assert.ok((p.password = password), done.text);
    },
    ends: { ...EVERYONE, ...ATTEMPTS, ...BROWSERS, ...ALL_TOKENS, ...sockets("4003") }, routes: ["POST /users/…/shut-out"],
  },
  "他のセッションをすべて終了": {
    async does(p) {
      const browser = await p.own();
      await browser.submit(await browser.get("/account/sessions/end"), {}, "/account/sessions/end");
    },
    ends: { another: DIES, secondStep: DIES, anotherLink: MINUTE_AT_MOST, anotherTicket: DIES }, not: ["changeDue"], routes: ["POST /account/sessions/end"],
  },
  "終了 of each other session": {
    does: (p) => press(p, /\/account\/sessions\/[\w-]+\/end/g, "セッションを終了しました。"),
    ends: { another: DIES, secondStep: DIES, anotherLink: MINUTE_AT_MOST, anotherTicket: DIES }, not: ["changeDue"],
    routes: ["POST /account/sessions/0123456789abcdef/end"],
  },
  "このPCを拒否, each PC": {
    does: (p) => press(p, /\/account\/pcs\/[\w-]+\/refuse/g, "PCを拒否しました。"),
    ends: { clientToken: DIES, previousToken: DIES, client: "4003", previousClient: "4003" }, not: ["changeDue"],
    routes: ["POST /account/pcs/0123456789abcdef/refuse"],
  },
  "ロックアウトを解除 of several": {
    async does(p) {
      await tryLogin(server, p.login, WRONG);
      const done = await p.admin.submit(await p.admin.get(`/locked/unlock?user.${p.login}=on`), {}, "/locked/unlock");
      assert.match(done.text, /解除しました/);
    },
    ends: ATTEMPTS, routes: ["POST /locked/unlock"],
  },
  "猶予を今すぐ終了 by the administrator": {
    first: (p) => p.change(OFF),
    does: (p) => administer(p, "grace", "古いパスワードの猶予を終了しました。"),
    ends: { previousToken: DIES, previousClient: "4003" }, not: ["changeDue"], routes: ["POST /users/…/grace"],
  },
  "猶予を今すぐ終了 of several": {
    first: (p) => p.change(OFF),
    async does(p) {
      const done = await p.admin.submit(await p.admin.get(`/previous/end?user.${p.login}=on`), {}, "/previous/end");
      assert.match(done.text, /1人中1人の古いパスワードの猶予を終了しました。/);
    },
    ends: { previousToken: DIES, previousClient: "4003" }, not: ["changeDue"], routes: ["POST /previous/end"],
  },
  "端末認証情報の初期化, 以前の端末を拒否する": {
    async does(p) {
      if (!p.viewer) await p.gone("viewer");
      const path = `/users/${p.login}/device/reset`;
      const done = await p.admin.submit(await p.admin.get(path), { refuse: "on" }, path);
      assert.match(done.text, /端末認証情報を初期化し、以前の端末を拒否しました。/);
    },
    ends: { viewerToken: DIES, ...ATTEMPTS },
  },
  "the service ends": {
    // The last of all: it starts shortly before a midnight, so that nothing dies of age instead.
    async before() {
      this.midnight = tokyoMidnight(tokyoDay(now() + 2 * DAY));
      await server.clock.advance(this.midnight - 50 * SECOND - now());
      this.facts = { end: tokyoDay(now()) };
    },
    async happens() {
      assert.ok(now() < this.midnight, "the bearers took too long to make");
      await server.clock.advance(this.midnight + SECOND - now());
    },
    /** Moving the end revives a token (interface, section 4). */
    undo: (p) => contract(server, p.number, `admin.${p.number}`, [{ login: p.login }]),
    ends: { ...EVERYONE, ...ATTEMPTS, ...BROWSERS, viewerToken: "refused", clientToken: "refused", previousToken: "refused", ...sockets("4004") },
  },
};

/** Routes that act and take nothing away. */
const LEAVES_ALL_ALONE = {
  "POST /users/…/allow": "restores nothing, ends nothing (CW-094)",
  "POST /login/code": "a session goes one stage on",
  "POST /history/check": "reads",
  "POST /preferences": "says how the pages are to be read",
  "POST /news": "what was told is not told again",
  "POST /operator/v1/dead-letters/0123456789abcdef-1/retry": "sends what was to be sent",
  "PUT /operator/v1/providers/d-account": "ends logins of the storage services alone; retirement.test.mjs has them",
};

// ---- what carries a right --------------------------------------------------------------------------------------------------------

const lives = async (browser, path = "/") => ((await browser.get(path)).status === 200 ? LIVES : DIES);
const copy = (browser) => {
  const other = server.browser();
  for (const [name, value] of Object.entries(browser.cookies)) other.setCookie(name, value);
  return other;
};

/** The live link of a page, not opened yet. */
async function linkOn(browser, path) {
  return { browser, ...linkOf(await browser.get(path)) };
}
/** Opens it: its socket with what it was told, or null. */
async function open(link) {
  const watcher = await watch(server, link, link.browser);
  return watcher.status ? null : watcher;
}
async function follow(browser, path) {
  const link = await linkOn(browser, path);
  const watcher = await open(link);
  assert.ok(watcher, `${path} could not be followed`);
  return Object.assign(watcher, link);
}
const openable = async (link) => ((await open(link)) ? LIVES : DIES);
/** Whether the page still gets its part, which renews its lease. */
const renewed = async ({ browser, path, id }) => (await browser.get(path, { headers: { "x-live": id } })).status === 200;
/** Something happens to the account that every page is told of. */
const stir = (person) => onAccount(person, "unlock");

async function token(device, person, event, before = "current") {
  const tried = await server.device({ token: device.token });
  if (tried.refused) {
    assert.equal(tried.refused.status, 401);
    if (!event.undo) return DIES;
    await event.undo(person);
    return (await token(device, person, {}, before)) === LIVES ? "refused" : DIES;
  }
  const { password } = await tried.next("welcome");
  tried.close();
  return password.status === before ? LIVES : password.status;
}
async function socket(device) {
  device.send("ping");
  const closed = await Promise.race([device.closed, device.next("pong").then(() => null)]);
  if (closed) return String(closed.code);
  return device.frames.slice(device.seen).some(({ data }) => data.type === "password") ? "told" : LIVES;
}
const seen = (device) => Object.assign(device, { seen: device.frames.length });

/** What the Worker would send with the password that is right just now. */
function output(challenge, password) {
  const { salt, m: memory, t: passes, p: parallelism, len: tagLength } = challenge;
  return argon2Sync("argon2id", { message: password, nonce: Buffer.from(salt, "base64url"), memory, passes, parallelism, tagLength }).toString("base64url");
}
const hash = () => randomBytes(32).toString("base64url");
/** A login between charge and settlement. */
async function begun(person, command) {
  const reply = await server.ask(person.object, { [command]: { login: person.login, ...(command === "AttemptDevice" ? { key: null } : {}) } });
  assert.ok(reply.Ok, JSON.stringify(reply));
  return reply.Ok;
}
const opens = ({ Ok: answer }) => (answer === undefined ? DIES : answer.stage === "factor-due" ? "owes code" : LIVES);

/** `make` gives the bearer, `look` what became of it; `link`: a watching page, which is looked at in three steps. */
const BEARERS = {
  acting: { name: "session in the browser that acts", make: (p) => p.own(), look: (browser) => lives(browser) },
  formerId: { name: "that session's id from before", make: async (p) => copy(await p.own()), look: (browser) => lives(browser) },
  another: { name: "session in another browser", make: (p) => p.enter(), look: (browser) => lives(browser) },
  secondStep: {
    name: "login that owes its code",
    async make(p) {
      if (!p.seed) await p.enrol();
      const browser = server.browser();
      assert.equal((await browser.signIn(p.login, p.password)).path, "/login/code");
      return browser;
    },
    look: (browser) => lives(browser, "/login/code"),
  },
  changeDue: {
    name: "login that owes its change",
    async make(p) {
      // What the person had before: a temporary password connects nothing new.
      for (const role of ["viewer", "client"]) await p.live(role);
      p.browser = undefined;
      p.dueOnly = true;
      await temporary(p);
      return p.enter();
    },
    look: (browser) => lives(browser, "/password/first"),
  },
  actingLink: { name: "own page that follows, in the browser that acts", link: true, make: async (p) => follow(await p.own(), "/password") },
  anotherLink: { name: "own page that follows, in another browser", link: true, make: async (p) => follow(await p.enter(), "/password") },
  anotherTicket: { name: "its ticket, not used yet", make: async (p) => linkOn(await p.enter(), "/password"), look: openable },
  adminSession: { name: "session of the administrator", make: (p) => p.admin, look: (browser) => lives(browser, "/users") },
  adminLink: { name: "administrator's page that follows", link: true, make: (p) => follow(p.admin, `/users/${p.login}`) },
  adminTicket: { name: "its ticket, not used yet", make: (p) => linkOn(p.admin, `/users/${p.login}`), look: openable },
  viewerToken: { name: "viewer's token", make: async (p) => (p.viewer = await p.gone("viewer")), look: token },
  clientToken: { name: "client's token", make: async (p) => (p.client = await p.gone("client")), look: token },
  previousToken: {
    name: "client's token on the previous password",
    async make(p) {
      p.old = await p.gone("client", "OLD-PC");
      await p.change(OFF);
      return p.old;
    },
    look: (device, person, event) => token(device, person, event, "previous"),
  },
  viewer: { name: "live viewer", make: async (p) => seen(await p.live("viewer")), look: socket },
  client: { name: "live client", make: async (p) => seen(await p.live("client")), look: socket },
  previousClient: {
    name: "live client on the previous password",
    async make(p) {
      const client = await p.live("client");
      await p.change(OFF);
      await client.next("password");
      return seen(client);
    },
    look: socket,
  },
  attempt: {
    name: "login between charge and settlement",
    make: (p) => begun(p, "Attempt"),
    async look(challenge, p) {
      return opens(await server.ask(p.object, { Settle: { attempt: challenge.attempt, output: output(challenge, p.password), session: { hash: hash(), agent: "", address: "" } } }));
    },
  },
  deviceAttempt: {
    name: "a device's login between the two",
    make: (p) => begun(p, "AttemptDevice"),
    async look(challenge, p) {
      const device = { end: "client", key: null, new_key: hash(), request: null, token: hash(), name: "LATE-PC", os: "", address: "" };
      return opens(await server.ask(p.object, { SettleDevice: { attempt: challenge.attempt, output: output(challenge, p.password), ...device } }));
    },
  },
  knownBrowser: {
    name: "device cookie: logging in while others have locked the account",
    make: (p) => p.enter(),
    async look(browser, p) {
      for (let at = 0; at < 5; at += 1) await tryLogin(server, p.login, WRONG);
      const page = await browser.post("/login", { login: p.login, password: p.password, next: "", operation: "0".repeat(32) });
      return page.status === 303 ? LIVES : DIES;
    },
  },
};

// ---- the loop ---------------------------------------------------------------------------------------------------------------------

/** Under a trial only what is a socket or opens one. */
const SOCKETS = ["anotherLink", "adminLink", "viewerToken", "clientToken", "previousToken", "viewer", "client", "previousClient"];
const bearersOf = (event) => Object.keys(BEARERS).filter((key) => !event.not?.includes(key) && (!TRIAL || SOCKETS.includes(key)));

/** All cells at once; one that never comes to an end is named. */
const each = (cells, work) =>
  Promise.all(cells.map((cell) => {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${cell.key}: no end`)), TRIAL ? 60_000 : 30_000)));
    return Promise.race([Promise.resolve(work(cell)).catch((error) => Promise.reject(new Error(`${cell.key}: ${error.message}`, { cause: error }))), late])
      .finally(() => clearTimeout(timer));
  }));

/** The pages that follow: renewed and then told, or quiet from 60 s after the event. */
async function links(cells) {
  await each(cells, async (cell) => (cell.renewed = await renewed(cell.thing)));
  await each(cells.filter((cell) => cell.renewed), async (cell) => {
    const told = cell.thing.messages.length;
    await stir(cell.person);
    await until(() => cell.thing.messages.length > told);
    cell.found = LIVES;
  });
  const lost = cells.filter((cell) => !cell.renewed);
  if (lost.length === 0) return;
  const closed = new Set(lost.filter((cell) => cell.thing.closed));
  await server.clock.advance(61 * SECOND);
  await each(lost, async (cell) => {
    const told = cell.thing.messages.length;
    await stir(cell.person);
    assert.equal(cell.thing.messages.length, told, "told of something after its 60 s");
    cell.found = closed.has(cell) ? DIES : MINUTE_AT_MOST;
  });
}

/** All cells of one event: {bearer: what became of it}. */
async function row(event, number) {
  await event.before?.();
  const keys = bearersOf(event);
  const login = (key) => `${key.toLowerCase()}.${number}`;
  const people = await contract(server, number, `admin.${number}`, keys.map((key) => ({ login: login(key), ...event.facts })));
  const admin = await signedIn(server, `admin.${number}`);
  const cells = keys.map((key) => ({ key, bearer: BEARERS[key], person: new Person(login(key), people.get(login(key)).uid, number, admin) }));
  await each(cells, async (cell) => {
    await event.first?.(cell.person);
    cell.thing = await cell.bearer.make(cell.person);
  });
  if (event.happens) await event.happens(cells.map(({ person }) => person));
  else await each(cells, ({ person }) => event.does(person));
  await each(cells.filter(({ bearer }) => !bearer.link), async (cell) => (cell.found = await cell.bearer.look(cell.thing, cell.person, event)));
  await links(cells.filter(({ bearer }) => bearer.link));
  return Object.fromEntries(cells.map(({ key, found }) => [key, found]));
}

const found = {};
for (const [at, [name, event]] of Object.entries(EVENTS).entries()) {
  test(`${name}: what it ends is dead at its next use, and nothing else is`, { timeout: 120_000 }, async () => {
    const expected = Object.fromEntries(bearersOf(event).map((key) => [key, event.ends[key] ?? LIVES]));
    found[name] = await row(event, String(710_000_000 + at));
    assert.deepEqual(found[name], expected);
  });
}

test("every route that acts has said what it ends", () => {
  // What only a storage service has is in its own tests: links, menu, second-step, console.
  const routes = readFileSync(new URL("../routes.txt", import.meta.url), "utf8").trim().split("\n").filter((line) => !line.endsWith(" storage")).flatMap((line) => {
    const [path, , , , methods] = line.split(" ");
    return methods.split(",").filter((method) => !["GET", "HEAD"].includes(method)).map((method) => `${method} ${path.replace("cwtest.00001", "…")}`);
  });
  const said = new Set([...Object.keys(LEAVES_ALL_ALONE), ...Object.values(EVENTS).flatMap((event) => event.routes ?? [])]);
  assert.deepEqual(routes.filter((route) => !said.has(route)), [], "say in EVENTS of this test what it ends, or in LEAVES_ALL_ALONE why nothing");
  assert.deepEqual([...said].filter((route) => !routes.includes(route)), [], "these routes do not exist");
});

test("the table that people read", () => {
  const keys = Object.keys(BEARERS);
  const letter = (key) => String.fromCharCode(97 + keys.indexOf(key));
  const all = [["", ...keys.map(letter)], ...Object.entries(found).map(([name, cells]) => [name, ...keys.map((key) => cells[key] ?? "-")])];
  // Japanese takes two columns.
  const columns = (text) => [...text].reduce((sum, character) => sum + (character > "\u2fff" ? 2 : 1), 0);
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => columns(line[column]))));
  const table = [
    "What ends which right, at its next use. Made by tests/e2e/revocation.test.mjs, whose EVENTS follow section 4 of the interface and",
    "the decisions page (UPDATE=1 rewrites it).", "",
    ...keys.map((key) => `  ${letter(key)}  ${BEARERS[key].name}`), "",
    "  .          lives on",
    "  dies       refused: a page leads to the login, a device gets 401, an attempt opens nothing",
    "  4001 …     the close code of the live connection",
    "  previous   lives on as one of the previous password, for 30 days; told: connected on, and told so",
    "  refused    refused as long as the service has ended, alive again when its end is moved",
    "  owes code  a right password gets as far as the code",
    "  60 s       the exception: a page that follows shows nothing new at once, and its socket says nothing more after 60 seconds",
    "  -          cannot be", "",
    ...all.map((line) => line.map((text, column) => text + " ".repeat(widths[column] - columns(text))).join("  ").trimEnd()), "",
  ].join("\n");
  if (process.env.UPDATE) writeFileSync(TABLE, table);
  assert.equal(table, existsSync(TABLE) ? readFileSync(TABLE, "utf8") : "", "tests/e2e/revocation.txt differs; if EVENTS are right, run this test with UPDATE=1");
});
