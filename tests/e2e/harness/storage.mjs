// The people of WORKSDRIVE and コワークストレージ: contracts made through the operator API, and the links of their mails.

import assert from "node:assert/strict";
import { passwordHash } from "../../../scripts/lib/demo.mjs";

export const STORAGE = [
  { service: "worksdrive", brand: "WORKSDRIVE" },
  { service: "cowork-storage", brand: "コワークストレージ" },
];
export const STORAGE_PASSWORD = "Kagiban-2026";
export const NEXT_PASSWORD = "Another-2027";
const HASH = passwordHash(STORAGE_PASSWORD);

/**
 * A contract with its contractor and users; a user is an address, or an object for the operator API. `ready: false` leaves
 * them invited by mail.
 */
export async function storageContract(server, service, number, contractor, users = [], { ready = true, ...facts } = {}) {
  const account = (who) => {
    const { ready: own = ready, ...fields } = typeof who === "string" ? { login: who } : who;
    return { ...fields, ...(own ? { password_hash: HASH } : {}) };
  };
  const body = {
    service, name: "株式会社サンプル", plan: "basic", ...facts,
    administrator: { name: "山田 太郎", ...account(contractor) },
    users: users.map((who) => ({ start: "2022-12-01", name: "鈴木 花子", ...account(who) })),
  };
  const answer = await server.operator().put(number, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return new Map(answer.body.accounts.map((made) => [made.login, made]));
}

/** The newest mail to an address, after `seen` mails; the alarm that sends it runs first. */
export async function mailTo(server, to, seen = 0) {
  for (let tries = 0; tries < 50; tries += 1) {
    await server.clock.advance(1100);
    const mail = server.mails().slice(seen).findLast((letter) => [letter.to].flat().join() === to);
    if (mail) return mail;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no mail to ${to}; there were ${server.mails().map((letter) => `${letter.to}: ${letter.subject}`).join(", ")}`);
}

/** The path of a mail's link; its origin must be the service's own, and text and HTML must agree. */
export function linkIn(mail, origin) {
  const links = [...mail.text.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link);
  assert.equal(links.length, 1, mail.text);
  assert.ok(links[0].startsWith(`${origin}/t/`), links[0]);
  assert.deepEqual([...new Set([...mail.html.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link))], links);
  return links[0].slice(origin.length);
}

/** Opens an invitation, sets the password and confirms. */
export async function register(browser, path, password = STORAGE_PASSWORD) {
  const form = await browser.get(path);
  assert.equal(form.status, 200, form.text);
  const check = await browser.submit(form, { new: password, again: password }, path);
  assert.equal(check.status, 200, check.text);
  return browser.submit(check, {}, path);
}
