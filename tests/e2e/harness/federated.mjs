// Everybody whom a login with a linked service or an Active Directory can be tried on: a hostile provider of every shape and kind of
// key, five of the configuration and two of contracts' own (`adfs-…`), with a contract and a person who logs in with it; and what every
// attack is made of.
//
//   const { server, ones, stop } = await federated();    // ones: hostile providers, each with `contract` and `victim`
//   const browser = visitor(server);
//   const back = one.authorize(await leave(browser, one), {}, naming(one, "somebody"));
//   await refused({ browser, page: await come(browser, back) }, "what was tried");
//
// Invariant: what a login gets is said for that login alone (`authorize`), so that any number may be under way at once.

import assert from "node:assert/strict";
import { SECOND, startServer } from "./harness.mjs";
import { hostileOnes, hostileProvider } from "./openid-hostile.mjs";
import { STORAGE_PASSWORD, linksTo, storageContract } from "./storage.mjs";

export const SERVICE = "worksdrive";
export const OPERATION = "0".repeat(32);
export const VARS = { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" };
const KINDS = [
  { id: "google", label: "Google", alg: "RS256" },
  { id: "facebook", label: "Facebook", kind: "endpoints", alg: "RS256" },
  { id: "microsoft", label: "Microsoft", alg: "PS256" },
  { id: "d-account", label: "dアカウント", alg: "ES256" },
  { id: "company", label: "社内", kind: "adfs", alg: "RS256" },
  { id: "directory", kind: "adfs", alg: "RS256", configured: false },
  { id: "other-directory", kind: "adfs", alg: "ES256", configured: false },
];

export const visitor = (server) => server.browser({ service: SERVICE });
/** Another browser with the same cookies. */
export function twin(server, browser) {
  const other = visitor(server);
  for (const [name, value] of Object.entries(browser.cookies)) other.setCookie(name, value);
  return other;
}
/** Whether it is the Active Directory of a contract. */
export const isDirectory = ({ configured = true }) => !configured;

/** The claims by which a provider names a subject. */
export const subjectOf = (one, subject) => (one.kind === "adfs" ? { sub: `pairwise-${subject}`, upn: subject } : { sub: subject });
/** The right token of a login of this subject, but for `more`. */
export const naming = (one, subject, more = {}) => ({ claims, sign }) => sign({ ...claims, ...subjectOf(one, subject), ...more });

/** Begins a login by its button, or by an Active Directory's address; the provider's address. `door`: "", or "/menu". */
export async function leave(browser, one, door = "") {
  const path = `${door}/federation/${one.id}`;
  const gone = isDirectory(one) && !door ? await browser.get(path) : await browser.post(path, { operation: OPERATION, next: "" });
  assert.equal(gone.status, 303, gone.text);
  return gone.location;
}
export const come = (browser, back) => browser.get(back.pathname + back.search);
export const inside = async (browser) => (await browser.get("/")).status === 200 || (await browser.get("/menu")).status === 200;
/** The field of a page that asks whether this account is to be linked. */
export const linkedOn = (page) => page.forms().find(({ fields }) => fields.linked)?.fields.linked;

/** A login of a subject. */
export async function signIn(server, one, subject, more = {}, browser = visitor(server)) {
  return { browser, page: await come(browser, one.authorize(await leave(browser, one), {}, naming(one, subject, more))) };
}

/** The answer opens nothing, asks nothing, and nothing broke. */
export function turnedAway(page, what) {
  assert.ok([400, 403, 409, 410, 422, 503].includes(page.status), `${what}: ${page.status} ${page.location ?? page.text}`);
  assert.ok(!page.headers.getSetCookie().some((line) => /(session|menu)=[^;]/.test(line)), what);
  assert.equal(linkedOn(page), undefined, `${what}: it would be linked`);
}
/** Nor is its browser logged in to anything. */
export async function refused({ browser, page }, what) {
  turnedAway(page, what);
  assert.equal(await inside(browser), false, `${what}: inside`);
}

let contracts = 8100;
/** A contract: its number, its contractor, and an address for each name; `users` have a password, `invited` a mail. */
export async function contract(server, { users = [], invited = [], ...facts } = {}) {
  const number = String((contracts += 1));
  const address = (name) => `${name}@${number}.attack.example.jp`;
  const made = await storageContract(server, SERVICE, number, address("boss"), [...users.map(address), ...invited.map((name) => ({ login: address(name), ready: false }))], facts);
  return { number, address, boss: address("boss"), uid: (name) => made.get(address(name)).uid, invited: invited.map(address) };
}

/** Somebody with a password, logged in: `door` "", or "/menu". */
export async function withPassword(server, login, door = "") {
  const browser = visitor(server);
  const page = await browser.submit(await browser.get(`${door}/login`), { login, password: STORAGE_PASSWORD }, `${door}/login`);
  assert.equal(page.status, 200, page.text);
  return browser;
}

/** What a contractor does on the page of his Active Directory. */
export const setting = (menu, act, fields = {}) => menu.post("/menu/directory", { operation: OPERATION, act, ...fields });
/** Sets it and logs in for the test; the connection ID. The address is a claim here, so that it can be one that somebody has. */
export async function connect(menu, one) {
  const id = /adfs-[a-z0-9]{18}/.exec((await setting(menu, "issue")).text)[0];
  const saved = await setting(menu, "save", { server: one.issuer, client: one.clientId, secret: one.secret, subject: one.kind === "adfs" ? "upn" : "sub", name: "unique_name", address: "email" });
  assert.equal(saved.status, 200, saved.text);
  const tested = await menu.follow(await come(menu, one.authorize((await setting(menu, "test")).location, {}, naming(one, "tester"))));
  assert.match(tested.text, /テストログインに成功し、設定が有効になりました。/, tested.text);
  return id;
}

/** From a mailed link, or the menu, at this path: the provider's address. */
export async function leaveBy(browser, one, path) {
  const gone = await browser.post(path, { operation: OPERATION, provider: one.id, checked: "1" });
  assert.equal(gone.status, 303, gone.text);
  return gone.location;
}
/** With a mailed link, there and back: the page that asks whether to link this subject. */
export async function shown(browser, one, path, subject, more = {}) {
  const page = await come(browser, one.authorize(await leaveBy(browser, one, path), {}, naming(one, subject, more)));
  assert.ok(linkedOn(page), page.text);
  return page;
}
/** Takes a subject of the provider for one's login by a mailed link. */
export async function take(server, one, path, subject) {
  const browser = visitor(server);
  const done = await browser.submit(await shown(browser, one, path, subject), {}, path);
  assert.match(done.text, /申込完了|ログイン方法を変更しました/, done.text);
}
/** Has the links that change the login methods of these users mailed, by their contractor who is logged in. */
export async function askMethods(boss, users) {
  for (const user of users) {
    const action = `/users/${encodeURIComponent(user)}/address`;
    const question = await boss.send(await boss.get(action), { address: user }, action);
    assert.ok((await boss.send(question, {}, action)).status < 400, question.text);
  }
}

/**
 * Starts it all. `invited` and `users` are names of people in every contract; "victim" is invited always, and logs in with the provider as
 * `victim.subject` when this returns. `links`: the path of each invitation, by address.
 */
export async function federated({ invited = [], users = [], vars = {}, ...options } = {}) {
  const ones = await Promise.all(KINDS.map(hostileProvider));
  const providers = hostileOnes(...ones);
  const server = await startServer({ providers, vars: { ...VARS, ...vars }, ...options });
  for (const one of ones) {
    one.name = one.id;
    one.contract = await contract(server, { users, invited: ["victim", ...invited] });
    one.victim = { login: one.contract.address("victim"), subject: `victim-of-${one.name}` };
    if (isDirectory(one)) one.id = await connect(await withPassword(server, one.contract.boss, "/menu"), one);
  }
  const links = await linksTo(server, ones.flatMap((one) => one.contract.invited), visitor(server).origin);
  await Promise.all(ones.map((one) => take(server, one, links.get(one.victim.login), one.victim.subject)));
  await server.clock.advance(2 * SECOND);
  return { server, providers, ones, links, named: (name) => ones.find((one) => one.name === name), stop: () => Promise.all([server.stop(), providers.stop()]) };
}
