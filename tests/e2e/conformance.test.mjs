// The conformance run (`scripts/device --conformance`): passes against the real server, and finds and names what is wrong with
// servers that are broken on purpose, each in one way.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { OwnContract } from "../../scripts/lib/device/conformance/accounts.mjs";
import { CHECKS } from "../../scripts/lib/device/conformance/checks/index.mjs";
import { lineOf } from "../../scripts/lib/device/conformance/report.mjs";
import { conformance } from "../../scripts/lib/device/conformance/run.mjs";
import { brokenServer } from "./harness/broken.mjs";
import { SECRETS, startServer } from "./harness/harness.mjs";
import { contract, PASSWORD } from "./harness/people.mjs";

const TOKEN = Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0];
const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const scratch = mkdtempSync(path.join(tmpdir(), "kagiban-conformance-"));
after(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** Checks of parts that the server does not have yet. To be emptied. */
const PENDING = new Set([]);
const lines = (results) => results.map(lineOf).join("\n");

async function run(url, more) {
  const accounts = new OwnContract(url, TOKEN);
  const results = await conformance({ server: url, accounts, ...more });
  await accounts.close();
  return results;
}
/** What takes no time and is there: the checks that a broken server is met with. */
const PRESENT = CHECKS.filter(({ id }) => !PENDING.has(id) && id < "D-080").map(({ id }) => id);
const failures = (results) => results.filter(({ outcome }) => outcome === "failed").map(({ id }) => id);

/** The program, as somebody else runs it. */
function program(...options) {
  const child = spawn(path.join(ROOT, "scripts/device"), ["--conformance", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const told = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (told.out += chunk));
  child.stderr.on("data", (chunk) => (told.err += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...told })));
}

test("cw_007 cw_060 cw_116 the real server passes every check, those of time on a moved clock too", async (t) => {
  const own = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } }); // its clock moves
  t.after(() => own.stop());
  const results = await run(own.url, { advance: own.clock.advance });
  assert.equal(results.length, CHECKS.length);
  assert.deepEqual(failures(results).filter((id) => !PENDING.has(id)), [], lines(results));
  assert.deepEqual(results.filter(({ outcome }) => outcome === "skipped"), []);
  assert.deepEqual([...PENDING].filter((id) => results.find((one) => one.id === id).outcome === "passed"), [], "these pass now: take them out of PENDING");
});

test("ids are numbered and unique, each check names a section of docs/protocol.md, and stands in its table", () => {
  const document = readFileSync(path.join(ROOT, "docs/protocol.md"), "utf8");
  const headings = new Set([...document.matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number));
  assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  for (const { id, section } of CHECKS) {
    assert.match(id, /^D-\d{3}$/);
    assert.ok(headings.has(section), `${id}: section ${section}`);
  }
  const table = [...document.matchAll(/^\| (D-\d+) \| ([\d.]+) \| (.*) \|$/gm)].map(([, id, section, sentence]) => [id, section, sentence]);
  assert.deepEqual(table, CHECKS.map(({ id, section, sentence }) => [id, section, sentence]));
});

const json = (text, change) => {
  if (!text.startsWith("{")) return text;
  const message = JSON.parse(text);
  change(message);
  return JSON.stringify(message);
};
const ofLogin = (change) => (where, answer, sent) => {
  if (where === "/device/v1/login") change(answer, sent);
};
const keys = [];
const loginOf = new Map(); // by token
const deleted = new Set();
const WELCOME = { type: "welcome", role: "client", since: "2026-11-22T09:00:00+09:00", ping_every: 30, password: { status: "current" } };
const LOGINS = /^D-0[01]/;
const CONNECTIONS = /^D-0[2-4]/;
const CHANGES = /^D-0[67]/;

/** By name: the fault, the checks it is met with (all that are there, if not said), and exactly those that must fail. */
const FAULTS = {
  "a wrong password answers 403": {
    fault: { answer: ofLogin((answer) => answer.status === 401 && (answer.status = 403)) },
    among: LOGINS, finds: ["D-003", "D-008", "D-012", "D-013", "D-014"],
  },
  "an unknown name answers with another word": {
    fault: { answer: ofLogin((answer, sent) => sent.includes("nobody-") && (answer.body = '{"error":"unknown_login"}')) },
    among: LOGINS, finds: ["D-004"],
  },
  "the device key is given at each login": {
    fault: {
      answer: ofLogin((answer) => {
        if (answer.status !== 200) return;
        answer.body = json(answer.body, (body) => (body.device_key ? keys.push(body.device_key) : (body.device_key = keys.at(-1))));
      }),
    },
    among: LOGINS, finds: ["D-002", "D-007"],
  },
  "Idempotency-Key is ignored": {
    fault: { request: (where, headers) => delete headers["idempotency-key"] },
    among: LOGINS, finds: ["D-008"],
  },
  "an Origin is let in": {
    fault: { request: (where, headers) => where.startsWith("/device/") && delete headers.origin },
    among: /^D-0[0-2]/, finds: ["D-011", "D-023"],
  },
  "welcome without since": {
    fault: { toDevice: (text) => json(text, (message) => message.type === "welcome" && delete message.since) },
    among: CONNECTIONS, finds: ["D-021"],
  },
  "no pong": {
    fault: { fromDevice: (text, binary) => binary || text !== "ping" },
    among: /^D-03[0-5]/, finds: ["D-030", "D-031"],
  },
  "frames of an unknown type are dropped silently": {
    fault: { fromDevice: (text) => !/"type":"(nothing we know|welcome)"/.test(text) },
    among: CONNECTIONS, finds: ["D-032"],
  },
  "binary frames are dropped silently": {
    fault: { fromDevice: (text, binary) => !binary },
    among: CONNECTIONS, finds: ["D-034"],
  },
  "Close 4000 instead of the codes of the table": {
    fault: { code: (code) => (code >= 4001 ? 4000 : code) },
    among: /^D-0(3[2-7]|[4-7])/,
    finds: ["D-032", "D-033", "D-034", "D-035", "D-036", "D-037", "D-040", "D-041", "D-054", "D-056", "D-060", "D-061", "D-062", "D-066", "D-067", "D-073", "D-075", "D-076", "D-077"],
  },
  "no bye before Close": {
    fault: { toDevice: (text) => (text.includes('"type":"bye"') ? undefined : text) },
    finds: ["D-036", "D-040", "D-041", "D-060", "D-062", "D-066", "D-067", "D-073"],
  },
  "same_device is always true": {
    fault: { toDevice: (text) => json(text, (message) => "same_device" in message && (message.same_device = true)) },
    among: CONNECTIONS, finds: ["D-041"],
  },
  "X-If-Vacant is ignored": {
    fault: { request: (where, headers) => delete headers["x-if-vacant"] },
    among: CONNECTIONS, finds: ["D-042"],
  },
  "a token lives on after its account was deleted": {
    fault: {
      answer(where, answer, sent) {
        if (where === "/device/v1/login" && answer.status === 200) loginOf.set(JSON.parse(answer.body).token, JSON.parse(sent).login);
        if (answer.status === 204) deleted.add(where.split("/").at(-1));
      },
      refused: (_, { authorization }) => (deleted.has(loginOf.get(authorization?.slice(7))) ? WELCOME : undefined),
    },
    among: CHANGES, finds: ["D-066"],
  },
  "days_left is one too few": {
    fault: {
      answer: ofLogin((answer) => answer.status === 200 && (answer.body = json(answer.body, ({ password }) => password.days_left && (password.days_left -= 1)))),
      toDevice: (text) => json(text, (message) => [message, message.password ?? {}].forEach((part) => part.days_left && (part.days_left -= 1))),
    },
    among: CHANGES, finds: ["D-063", "D-064", "D-065", "D-074"],
  },
  "the client is not told that its password is the previous one": {
    fault: { toDevice: (text) => (text.includes('"type":"password"') ? undefined : text) },
    among: CHANGES, finds: ["D-063", "D-074"],
  },
  "credential without its id": {
    fault: { toDevice: (text) => json(text, (message) => message.type === "credential" && delete message.id) },
    among: CHANGES, finds: ["D-070", "D-071", "D-072", "D-073"],
  },
};

test("a proxy that changes nothing is not found out", async (t) => {
  const proxy = await brokenServer(server.port);
  t.after(proxy.close);
  const clock = ["D-080", "D-081", "D-082"];
  const results = await run(proxy.url, { only: [...PRESENT, ...clock] });
  assert.deepEqual(failures(results), [], lines(results));
  const skipped = results.filter(({ outcome }) => outcome === "skipped");
  assert.deepEqual(skipped.map(({ id, why }) => [id, why]), clock.map((id) => [id, "needs a server whose clock can be moved"]));
});

// Most of a run is waiting for refusals, so they run side by side.
test("servers that are broken on purpose", { concurrency: 4 }, async (all) => {
  await Promise.all(Object.entries(FAULTS).map(([name, { fault, among = /./, finds }]) => all.test(`found and named: ${name}`, async (t) => {
    const proxy = await brokenServer(server.port, fault);
    t.after(proxy.close);
    const results = await run(proxy.url, { only: PRESENT.filter((id) => among.test(id)) });
    assert.deepEqual(failures(results), finds, lines(results));
  })));
});

test("the program: a readable report, exit code 0 or 1, --only, --json, the operator's token or prepared accounts", async (t) => {
  const proxy = await brokenServer(server.port, FAULTS["a wrong password answers 403"].fault);
  t.after(proxy.close);
  const only = "D-001,D-003,D-036";
  const good = await program("--server", server.url, "--operator-token", TOKEN, "--only", only);
  assert.equal(good.code, 0, good.out + good.err);
  assert.match(good.out, /^ok {4} D-001 \(3\.2\) a first login .*\nok {4} D-003 \(3\.2\) .*\nok {4} D-036 \(5\.8\) .*\n\n3 passed, 0 failed, 0 skipped\ncontract conformance-[0-9a-f]{8}: 3 users deleted/);

  const bad = await program("--server", proxy.url, "--operator-token", TOKEN, "--only", only);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /\nFAILED D-003 \(3\.2\) a wrong password answers 401 invalid_credentials\n {9}a wrong password\n {9}expected: \{"status":401,"error":"invalid_credentials"\}\n {9}seen: {5}\{"status":403,"error":"invalid_credentials"\}\n/);
  assert.match(bad.out, /\n2 passed, 1 failed, 0 skipped: D-003\. The numbers in brackets are sections of docs\/protocol\.md\n/);

  await contract(server, "700000001", "admin.given", ["given.00001", "given.00002"]);
  const file = path.join(scratch, "accounts.jsonl");
  const account = (login, is) => JSON.stringify({ login, password: PASSWORD, ...(is ? { is } : {}) });
  writeFileSync(file, [account("given.00001"), account("given.00002"), account("admin.given", "administrator")].join("\n"));
  const given = await program("--server", server.url, "--accounts", file, "--only", "D-001,D-002,D-008,D-009,D-012,D-013,D-060,D-063", "--json");
  const { passed, results } = JSON.parse(given.out);
  assert.equal(given.code, 0, given.out);
  assert.equal(passed, true);
  assert.deepEqual(results.map(({ id, outcome, why }) => [id, outcome, why]), [
    ["D-001", "passed", undefined], ["D-002", "passed", undefined], ["D-008", "passed", undefined],
    ["D-009", "skipped", "needs a further account with no phone registered"],
    ["D-012", "skipped", "needs an account with a temporary password"], ["D-013", "passed", undefined],
    ["D-060", "passed", undefined], ["D-063", "skipped", "needs an operator token"],
  ]);

  for (const options of [[], ["--operator-token", TOKEN, "--only", "D-999"]]) assert.equal((await program("--server", server.url, ...options)).code, 1);
});
