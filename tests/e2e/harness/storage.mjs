// The people of WORKSDRIVE and コワークストレージ: contracts made through the operator API, the links of their mails, and the providers
// that mails and SMS go through.

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
  if (!secondStep) await setSecondStep(server, number, { uid: contractorUid, login: contractor }, false);
  return new Map(answer.body.accounts.map((made) => [made.login, made]));
}

const CHANGED = /ログイン情報が変更されました|your login was changed/;
/**
 * The newest mail to an address, after `seen` mails, of this subject if one is named; the alarm that sends it runs first. What only tells
 * of a change is asked for by `changed`.
 */
export async function mailTo(server, to, seen = 0, { changed = false, subject = null } = {}) {
  const meant = (letter) => (subject ? letter.subject === subject : CHANGED.test(letter.subject) === changed);
  for (let tries = 0; tries < 50; tries += 1) {
    await server.clock.advance(1100);
    const mail = server.mails().slice(seen).findLast((letter) => [letter.to].flat().join() === to && meant(letter));
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

/** The path of a link to another login method, mailed to a user because `admin`, logged in, asked for it in 管理コンソール (ST-106). */
export async function methodLink(server, admin, user) {
  const seen = server.mails().length;
  const action = `/users/${encodeURIComponent(user)}/address`;
  const question = await admin.send(await admin.get(action), { address: user }, action);
  await admin.send(question, {}, action);
  return linkIn(await mailTo(server, user, seen), admin.origin);
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

/** Sends the form of CSVで一括招待 as a browser does, with a file or with what was pasted. */
export function sendTable(browser, { file = "", text = "", operation = "0".repeat(32) } = {}) {
  const field = (name, content, more = "") => [`--xYz\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`, content, "\r\n"];
  const parts = [...field("operation", operation), ...field("file", file, '; filename="users.csv"\r\nContent-Type: text/csv'), ...field("text", text), "--xYz--\r\n"];
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return browser.request("/import", { method: "POST", body, headers: { "content-type": "multipart/form-data; boundary=xYz", "content-length": String(body.length) } });
}

/** Starts what was checked last. */
export const startImport = async (browser) => browser.send(await browser.get("/import"), {}, "/import/start");

/** Waits until the page of CSVで一括招待 says so. @returns {Promise<object>} the page */
export async function importSays(server, browser, words) {
  for (let tries = 0; tries < 300; tries += 1) {
    const page = await browser.get("/import");
    if (words.test(page.text)) return page;
    await server.clock.advance(200);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`never said ${words}: ${(await browser.get("/import")).text}`);
}

/** A setting of a contract, as its contractor changes it in the menu or the console; the contract's reply. */
export function changeContract(server, contract, change, { uid = "tests", login = "tests" } = {}) {
  const actor = { uid, contract, role: "administrator", login, name: "山田 太郎", session: "tests" };
  return server.ask({ object: "Contract", name: contract }, { ChangeContract: { actor, change } });
}

/** 2段階認証設定 of a contract; it may be so already. */
export async function setSecondStep(server, contract, contractor, enabled) {
  const reply = await changeContract(server, contract, { "second-step": { enabled } }, contractor);
  // A trial that is over lets its contractor change nothing but the plan.
  assert.ok("Ok" in reply || reply.Err === "used" || reply.Err === "not-found", JSON.stringify(reply));
}

/**
 * Stands in for a provider. `messages` are what it was sent, as `read` makes them of request and body, `taken` those that it took;
 * `script` says what it answers next, `trouble` what it answers as long as that is set: a status, or a function of the response.
 */
async function standIn(good, read) {
  const own = { messages: [], taken: [], script: [], trouble: null };
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const message = read(request, body);
      own.messages.push(message);
      const answer = own.script.shift() ?? own.trouble ?? good;
      if (typeof answer === "function") return answer(response);
      if (answer < 300) {
        own.taken.push(message);
        own.took?.(message);
      }
      response.writeHead(answer, { "content-type": "application/json" }).end("{}");
    });
  });
  own.url = await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));
  /** Whoever still waits for an answer gets none; then it is well again. */
  own.restart = () => {
    own.trouble = null;
    server.closeAllConnections();
  };
  own.stop = () => { server.closeAllConnections(); return new Promise((resolve) => server.close(resolve)); };
  return own;
}

/** A provider of SMS in the Twilio shape. `messages` are {method, path, auth, type, to, from, text, code}. */
export async function smsProvider() {
  const own = await standIn(201, (request, body) => {
    const form = new URLSearchParams(body);
    const text = form.get("Body") ?? "";
    return { method: request.method, path: request.url, auth: request.headers.authorization, type: request.headers["content-type"], to: form.get("To"), from: form.get("From"), text, code: /\b\d{6}\b/.exec(text)?.[0] };
  });
  own.vars = { SMS_BASE_URL: own.url, SMS_ACCOUNT: "AC0123", SMS_SECRET: "sms-secret", SMS_FROM: "+15005550006" };
  return own;
}

/** A provider of mail (`MAIL_URL`). `messages` are {method, headers, body}; `letters` are those that it delivers: one of each id. */
export async function mailProvider() {
  const own = await standIn(202, ({ method, headers }, body) => ({ method, headers, body: JSON.parse(body) }));
  own.letters = [];
  own.took = ({ body }) => own.letters.some(({ id }) => id === body.id) || own.letters.push(body);
  own.vars = { MAIL_FROM: "noreply@kagiban.example", MAIL_URL: `${own.url}/send`, MAIL_TOKEN: "provider-token" };
  return own;
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
