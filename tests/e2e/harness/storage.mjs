// The people of WORKSDRIVE and コワークストレージ: contracts made through the operator API, and the links of their mails.

import assert from "node:assert/strict";
import http from "node:http";
import { passwordHash } from "../../../scripts/lib/demo.mjs";
import { codeAt, seedOn } from "./totp.mjs";

export const STORAGE = [
  { service: "worksdrive", brand: "WORKSDRIVE" },
  { service: "cowork-storage", brand: "コワークストレージ" },
];
export const STORAGE_PASSWORD = "Kagiban-2026";
export const NEXT_PASSWORD = "Another-2027";
const HASH = passwordHash(STORAGE_PASSWORD);

/**
 * A contract with its contractor and users; a user is an address, or an object for the operator API. `ready: false` leaves
 * them invited by mail. The contract does not ask for a second step (ST-091) unless `secondStep` says so.
 */
export async function storageContract(server, service, number, contractor, users = [], { ready = true, secondStep = false, ...facts } = {}) {
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
  const contractorUid = answer.body.accounts.find(({ role }) => role === "administrator").uid;
  if (!secondStep) await secondStepOff(server, number, { uid: contractorUid, login: contractor });
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

/** The paths of the newest links in the mails to many addresses, by address, of those behind `seen`. */
export async function linksTo(server, addresses, origin, seen = 0) {
  const mailed = () => new Map(server.mails().slice(seen).filter(({ text }) => text.includes("/t/")).map((mail) => [[mail.to].flat().join(), mail]));
  for (let tries = 0; tries < 50 && !addresses.every((address) => mailed().has(address)); tries += 1) await server.clock.advance(1100);
  return new Map(addresses.map((address) => [address, linkIn(mailed().get(address), origin)]));
}

/** Opens an invitation, sets the password and confirms. */
export async function register(browser, path, password = STORAGE_PASSWORD) {
  const form = await browser.get(path);
  assert.equal(form.status, 200, form.text);
  const check = await browser.submit(form, { new: password, again: password }, path);
  assert.equal(check.status, 200, check.text);
  return browser.submit(check, {}, path);
}

/** 2段階認証設定 of a contract, as its contractor changes it in the menu; it may be off already. */
async function secondStepOff(server, contract, { uid, login }) {
  const actor = { uid, contract, role: "administrator", login, name: "山田 太郎", session: "tests" };
  const reply = await server.ask({ object: "Contract", name: contract }, { ChangeContract: { actor, change: { "second-step": { enabled: false } } } });
  // A trial that is over lets its contractor change nothing but the plan.
  assert.ok("Ok" in reply || reply.Err === "used" || reply.Err === "not-found", JSON.stringify(reply));
}

/**
 * A provider of SMS in the Twilio shape. `messages` are {path, auth, to, from, text, code}; `script` says what it answers next:
 * a status, or "silence"; 201 when that is used up.
 */
export async function smsProvider() {
  const [messages, script] = [[], []];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const form = new URLSearchParams(body);
      const text = form.get("Body") ?? "";
      messages.push({ method: request.method, path: request.url, auth: request.headers.authorization, type: request.headers["content-type"], to: form.get("To"), from: form.get("From"), text, code: /\b\d{6}\b/.exec(text)?.[0] });
      const status = script.shift() ?? 201;
      if (status !== "silence") response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    messages, script,
    vars: { SMS_BASE_URL: `http://127.0.0.1:${server.address().port}`, SMS_ACCOUNT: "AC0123", SMS_SECRET: "sms-secret", SMS_FROM: "+15005550006" },
    stop: () => { server.closeAllConnections(); return new Promise((resolve) => server.close(resolve)); },
  };
}

/** The newest SMS after `seen` of them; the alarm that sends it runs first. */
export async function smsAfter(server, provider, seen) {
  for (let tries = 0; tries < 50; tries += 1) {
    await server.clock.advance(1100);
    if (provider.messages.length > seen) return provider.messages.at(-1);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("no SMS");
}

/** The recovery code on its page. */
export const recoveryOn = (page) => {
  const code = /<code class="once">([^<]+)<\/code>/.exec(page.html)?.[1];
  assert.match(code ?? "", /^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/, page.text);
  return code;
};

/** Registers by SMS in a browser that has logged in just now. @returns {Promise<{recovery: string, page: object}>} */
export async function registerBySms(server, provider, browser, page, { phone = "090-1234-5678", remember = false } = {}) {
  const seen = provider.messages.length;
  const asked = await browser.submit(page, { phone }, "/login/register");
  assert.match(asked.path, /^\/login\/register\/code/, asked.text);
  const { code } = await smsAfter(server, provider, seen);
  const keep = await browser.submit(asked, { code, ...(remember ? { remember: "1" } : {}) }, "/login/register/code");
  return { recovery: recoveryOn(keep), page: await browser.submit(keep, { kept: "1" }, "/login/recovery-code") };
}

/** Registers an authenticator app in a browser that has logged in just now. */
export async function registerByApp(server, browser, { remember = false } = {}) {
  const scan = await browser.get("/login/register/app");
  const seed = seedOn(scan);
  const keep = await browser.submit(scan, { code: codeAt(seed, server.clock.now()), ...(remember ? { remember: "1" } : {}) }, "/login/register/app");
  return { seed, recovery: recoveryOn(keep), page: await browser.submit(keep, { kept: "1" }, "/login/recovery-code") };
}
