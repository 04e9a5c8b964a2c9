// What everything else stands on: the bundle starts from wrangler.toml, survives being killed, its clock moves, and the
// programs around it read their files rightly.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { table } from "../../scripts/lib/cli.mjs";
import { csvLine, parseCsv } from "../../scripts/lib/csv.mjs";
import { passwordHash } from "../../scripts/lib/demo.mjs";
import { contractsFromRows } from "../../scripts/lib/operator.mjs";
import { freePort, localSecrets, wranglerConfig } from "../../scripts/lib/server.mjs";
import { parseToml } from "../../scripts/lib/toml.mjs";
import { HOUR, startServer } from "./harness/harness.mjs";

const server = await startServer();
after(() => server.stop());

test("the bundle answers, and is up again within seconds after kill -9", async () => {
  assert.equal((await server.fetch("/healthz")).status, 200);
  const before = server.pid;
  const ms = await server.kill9();
  assert.notEqual(server.pid, before);
  assert.ok(ms < 5000, `${ms} ms`);
  assert.equal((await server.fetch("/healthz")).status, 200);
});

test("static files come with their headers and without the Worker", async () => {
  const css = await server.fetch("/static/app.css");
  assert.equal(css.status, 200);
  assert.match(css.headers.get("content-type"), /^text\/css/);
  assert.match(css.headers.get("cache-control"), /max-age=60/);
  assert.equal(css.headers.get("x-content-type-options"), "nosniff");
  assert.ok(css.headers.get("etag"));
  assert.equal((await server.fetch("/static/no-such-file")).status, 404);
});

test("the clock moves and stays moved after kill -9", async () => {
  const before = server.clock.now();
  await server.clock.advance(HOUR);
  await server.kill9();
  assert.ok(server.clock.now() - before >= HOUR);
  assert.equal((await server.fetch("/healthz")).status, 200);
});

test("a port that is taken is reported", async () => {
  await assert.rejects(freePort(server.port), { message: `port ${server.port} is taken` });
});

test("our reading of wrangler.toml is wrangler's", () => {
  const file = path.join(import.meta.dirname, "../../wrangler.toml");
  const ours = wranglerConfig(file);
  const plain = (value) => JSON.parse(JSON.stringify(value));
  for (const env of [undefined, "staging", "production"]) {
    const theirs = readConfig({ config: file, env });
    const mine = env ? ours.env[env] : ours;
    assert.deepEqual(mine.vars, plain(theirs.vars));
    assert.deepEqual(mine.durable_objects, plain(theirs.durable_objects));
    assert.deepEqual(mine.send_email, plain(theirs.send_email));
    assert.equal(ours.compatibility_date, theirs.compatibility_date);
    assert.deepEqual(ours.migrations, plain(theirs.migrations));
  }
});

test("TOML that is not understood is an error with its line", () => {
  for (const [text, line] of [["a = 1.5", 1], ["a = 1\nb = 'x'", 2], ["a = 1\na = 2", 2], ['a = "x" b', 1], ["[x", 1]]) {
    assert.throws(() => parseToml(text), new RegExp(`line ${line}:`), text);
  }
});

test("missing secrets are made once, for the owner's eyes only", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "kagiban-"));
  after(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, ".dev.vars");
  const made = localSecrets(file);
  assert.deepEqual(localSecrets(file), made);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(JSON.parse(made.SESSION_KEYS)[0].length >= 32);
  assert.ok(Object.values(JSON.parse(made.OPERATOR_TOKENS))[0].length >= 32);
  assert.equal(readFileSync(file, "utf8").split("\n").length, 4);
});

const COLUMNS = ["contract", "service", "contract_name", "plan", "role", "login", "name", "start", "end"];
const rows = (text) => parseCsv(new TextEncoder().encode(text), COLUMNS, ["contract", "role", "login"]);

test("the operator's CSV: byte order mark, quotes, line breaks in cells", () => {
  const text = `\ufeff${COLUMNS.join(",")}\r\n1,coconowork,"株式""会社, X",basic,administrator,a.1,山田,,\r\n1,,,,user,u.1,"鈴木\n花子",2026-01-01,\r\n\r\n`;
  const { contracts, wrong } = contractsFromRows(rows(text));
  assert.deepEqual(wrong, []);
  assert.deepEqual(contracts, [{
    contract: "1", service: "coconowork", name: '株式"会社, X', plan: "basic", administrator: { login: "a.1", name: "山田" },
    users: [{ login: "u.1", start: "2026-01-01", end: null, name: "鈴木\n花子" }],
  }]);
  assert.equal(csvLine(["a", 'b"c', "d,e", null]), 'a,"b""c","d,e",\r\n');
});

test("the operator's CSV: everything wrong is told at once, with its line", () => {
  const { wrong } = contractsFromRows(rows(`${COLUMNS.join(",")}\n1,coconowork,X,basic,user,u.1,,2026-02-30,\n1,,Y,,user,u.1,,,\n,,,,boss,,,,\n`));
  assert.deepEqual(wrong, [
    "line 2: start is not a date: 2026-02-30",
    "line 3: contract_name is Y, but X in an earlier row of contract 1",
    "line 3: login u.1 is already in line 2",
    "line 3: start is empty",
    "line 4: contract is empty",
  ]);
  assert.throws(() => rows("contract,role,login,colour\n"), /line 1: unknown column colour/);
  assert.throws(() => rows("contract,role\n"), /line 1: the column login is missing/);
  assert.throws(() => rows("contract,role,login\n1,user\n"), /line 2: 2 cells, but 3 columns/);
  assert.throws(() => rows('contract,role,login\n1,us"er,x\n'), /line 2: a quotation mark/);
  assert.throws(() => parseCsv(new Uint8Array([0x8f, 0x8e]), COLUMNS, []), /not UTF-8/);
});

test("a table aligns Japanese", () => {
  assert.equal(table([["一般", "x"], ["abcd", "y"]]), "一般  x\nabcd  y");
});

test("hashes of the demo are PHC strings with the product's parameters", () => {
  assert.match(passwordHash("Abcd-efgh-2345"), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
});
