// A mail on its way out: from an Account's outbox, with its alarm, through the EMAIL binding or to MAIL_URL (interface, sections
// 2 and 5). Once for one event; again with the same id as long as the provider asks for it; never after it said no.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOUR, MINUTE, startServer } from "./harness/harness.mjs";
import { contract, until } from "./harness/people.mjs";
import { mailProvider } from "./harness/storage.mjs";

const SUBJECT = "【管理機能】メール送信の確認";

const provider = await mailProvider();
const { messages: letters, script } = provider;

let failing = 0;
const bound = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example" }, onMail: () => {
  if (failing > 0) {
    failing -= 1;
    throw Object.assign(new Error("try again"), { code: "E_RATE_LIMIT_EXCEEDED" });
  }
} });
const posted = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", ...provider.vars } });
after(() => Promise.all([bound.stop(), posted.stop(), provider.stop()]));

const uids = new Map();
before(async () => {
  for (const server of [bound, posted]) uids.set(server, (await contract(server, "1", "admin.1")).get("admin.1").uid);
});

const object = (server) => ({ object: "Account", name: uids.get(server) });
const outbox = async (server) => (await server.sql(object(server), "SELECT id, tries, dead, due FROM outbox WHERE json LIKE '%\"mail\"%'"));
/** Puts a mail into the outbox as a turn would, and runs the alarm that follows a change. */
async function send(server, mail) {
  const row = { effect: { uid: uids.get(server), effect: { mail: { template: "test", to: "person@example.jp", language: "ja", variables: {}, ...mail } } } };
  await server.sql(object(server), "INSERT INTO outbox (due, json) VALUES (?, ?)", server.clock.now(), JSON.stringify(row));
  await wake(server);
}
/** Any request to the object notices what is due; its alarm then does the work. */
async function wake(server) {
  await server.operator().post("/accounts/coconowork/admin.1/unlock");
  await until(async () => (await server.sql(object(server), "SELECT at FROM wake")).length > 0);
  await server.clock.advance(2000);
}

test("the binding gets one mail, in Japanese, with a text and an HTML part, once", async () => {
  await send(bound, {});
  assert.equal(bound.mails().length, 1);
  const [mail] = bound.mails();
  assert.equal(mail.subject, SUBJECT);
  assert.equal([mail.to].flat().join(), "person@example.jp");
  assert.match(JSON.stringify(mail.from), /noreply@kagiban\.example/);
  assert.match(mail.text, /管理機能からメールを送信できる/);
  assert.match(mail.html, /<html lang="ja">.*管理機能からメールを送信できる/s);
  await bound.clock.advance(24 * HOUR);
  await wake(bound);
  await bound.kill9();
  await wake(bound);
  assert.equal(bound.mails().length, 1);
  assert.deepEqual(await outbox(bound), []);
});

test("a mail goes out in the person's language", async () => {
  const before = bound.mails().length;
  await send(bound, { language: "en" });
  const mail = bound.mails()[before];
  assert.match(mail.html, /<html lang="en">/);
  assert.doesNotMatch(mail.subject + mail.text, /[ぁ-ん]/);
});

test("a binding that fails is asked again later", async () => {
  const before = bound.mails().length;
  failing = 2;
  await send(bound, {});
  assert.equal(bound.mails().length, before);
  assert.equal((await outbox(bound)).length, 1);
  for (let minutes = 0; minutes < 5 && bound.mails().length === before; minutes += 1) await bound.clock.advance(MINUTE);
  assert.equal(bound.mails().length, before + 1);
  assert.deepEqual(await outbox(bound), []);
});

test("MAIL_URL gets the letter as JSON with the bearer token, once", async () => {
  await send(posted, {});
  assert.equal(letters.length, 1);
  const [{ method, headers, body }] = letters;
  assert.equal(method, "POST");
  assert.equal(headers.authorization, "Bearer provider-token");
  assert.match(headers["content-type"], /^application\/json/);
  assert.deepEqual(Object.keys(body).sort(), ["from", "html", "id", "subject", "text", "to"]);
  assert.deepEqual([body.from, body.to, body.subject], ["noreply@kagiban.example", "person@example.jp", SUBJECT]);
  assert.equal(posted.mails().length, 0, "and the binding gets nothing");
  await wake(posted);
  assert.equal(letters.length, 1);
});

test("429 and 5xx are repeated later with the same id until they are taken", async () => {
  const before = letters.length;
  script.push(500, 429, 503);
  await send(posted, {});
  assert.equal(letters.length, before + 1, "not at once");
  for (let minutes = 0; minutes < 10 && letters.length < before + 4; minutes += 1) await posted.clock.advance(MINUTE);
  await posted.clock.advance(24 * HOUR);
  const ids = letters.slice(before).map(({ body }) => body.id);
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 1);
  assert.ok(!letters.slice(0, before).some(({ body }) => body.id === ids[0]), "another event has another id");
  assert.deepEqual(await outbox(posted), []);
});

test("any other 4xx is a dead letter: kept, never sent again", async () => {
  const before = letters.length;
  script.push(400);
  await send(posted, {});
  await posted.clock.advance(24 * HOUR);
  await wake(posted);
  assert.equal(letters.length, before + 1);
  const rows = await outbox(posted);
  assert.deepEqual(rows.map(({ dead }) => dead), [1]);
});

test("a template that nobody knows is a dead letter and stops nothing behind it", async () => {
  const before = letters.length;
  await send(posted, { template: "no-such-template" });
  await send(posted, {});
  assert.equal(letters.length, before + 1);
  assert.equal((await outbox(posted)).length, 2);
});
