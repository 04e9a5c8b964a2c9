// The people of a test: a contract of ココナワーク with its administrator and users, made through the operator API, and what
// the tests do with them again and again.
//
// Invariant: everybody who is ready has the same password, hashed once for the whole file.

import assert from "node:assert/strict";
import { passwordHash } from "../../../scripts/lib/demo.mjs";
import { unescape } from "./browser.mjs";
import { deviceLogin } from "./device.mjs";
import { TRIAL } from "./trials.mjs";

export const PASSWORD = "Kagiban-2026!";
export const NEW_PASSWORD = "Another-2027!";
export const WRONG = "Wrong-00000!";
const HASH = passwordHash(PASSWORD);

/** The day in Asia/Tokyo of a moment, and the first moment of a day, milliseconds. */
export const tokyoDay = (at) => new Date(at + 9 * 3_600_000).toISOString().slice(0, 10);
export const tokyoMidnight = (day) => Date.parse(`${day}T00:00:00+09:00`);

/**
 * Creates a contract. A user is a login, or an object for the operator API; `ready: false` leaves the password temporary.
 * @returns {Promise<Map<string, {uid: string, initial_password?: string}>>} by login
 */
export async function contract(server, number, administrator, users = []) {
  const account = (who) => {
    const { ready = true, ...facts } = typeof who === "string" ? { login: who } : who;
    return { ...facts, ...(ready ? { password_hash: HASH } : {}) };
  };
  const body = {
    service: "coconowork", name: "株式会社サンプル", plan: "basic",
    administrator: { name: "山田 太郎", ...account(administrator) },
    users: users.map((who) => ({ type: "coconowork", start: "2022-12-01", end: null, name: "鈴木 花子", ...account(who) })),
  };
  const answer = await server.operator().put(number, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return new Map(answer.body.accounts.map((made) => [made.login, made]));
}

/** A browser in which this person is logged in. */
export async function signedIn(server, login, password = PASSWORD, who) {
  const browser = server.browser(who);
  const page = await browser.signIn(login, password);
  assert.equal(page.status, 200, page.text);
  assert.ok(page.forms().some((form) => form.action === "/logout"), page.text);
  return browser;
}

/** Presses a button of a user's detail page: its confirmation page, then OK. */
export async function act(browser, login, what) {
  const question = await browser.get(`/users/${login}/${what}`);
  assert.equal(question.status, 200, question.text);
  return browser.submit(question, {}, `/users/${login}/${what}`);
}

/**
 * すべて遮断: its question, answered. The password is shown once; where an answer is lost with it, it is done once more.
 * @returns {Promise<{question: object, fields: object, done: object, password: string | null}>} the question as it was at first
 */
export async function shutOut(browser, login) {
  const path = `/users/${login}/shut-out`;
  const question = await browser.get(path);
  assert.equal(question.status, 200, question.text);
  const { fields } = question.forms().find((form) => form.action === path);
  const done = await browser.post(path, fields);
  assert.equal(done.status, 200, done.text);
  const password = passwordOn(done);
  return TRIAL === "faults" && password === null ? { ...(await shutOut(browser, login)), question } : { question, fields, done, password };
}
/** The password that a page shows once. */
export const passwordOn = ({ html }) => {
  const shown = /<code class="once"[^>]*>([^<]+)<\/code>/.exec(html)?.[1];
  return shown ? unescape(shown) : null;
};

/** POST /device/v1/login with what a phone would send; `who` replaces parts of it. */
export function phoneLogin(server, { login, password = PASSWORD, role = "viewer", key = null, name = "iPhone16,1", os = "iOS" }, headers) {
  return deviceLogin(server.url, { login, password, role, device: { name, os, key } }, headers);
}

/** Waits until `look` answers something true; for what happens by itself. */
export async function until(look, ms = 5000) {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
