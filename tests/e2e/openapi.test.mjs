// The operator API's description against its answers: every operation and every status it names is provoked, and each answer
// has to be what the description says, no field more and no field less. (500 and 503 are faults; nobody can ask for them.)

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { passwordHash } from "../../scripts/lib/demo.mjs";
import { startServer } from "./harness/harness.mjs";
import { unasked } from "./harness/openid.mjs";

// No mail leaves here.
const server = await startServer({
  vars: unasked(["d-account"]),
  onMail: () => {
    throw new Error("the provider is down");
  },
});
after(() => server.stop());
const operator = server.operator();
const documented = (await server.fetch("/operator/v1/openapi.json")).json;

const resolve = (node) => (node?.$ref ? resolve(node.$ref.split("/").slice(1).reduce((at, key) => at[key], documented)) : node);
const typeOf = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value);

/** What this checker checks; a schema with any other keyword fails, so that none is overlooked. */
const KEYWORDS = {
  type: (types, value) => [types].flat().includes(typeOf(value)),
  enum: (choices, value) => choices.includes(value),
  pattern: (pattern, value) => typeof value !== "string" || new RegExp(pattern, "u").test(value),
  minLength: (length, value) => typeof value !== "string" || [...value].length >= length,
  maxLength: (length, value) => typeof value !== "string" || [...value].length <= length,
  minimum: (limit, value) => typeof value !== "number" || value >= limit,
  maximum: (limit, value) => typeof value !== "number" || value <= limit,
  minItems: (count, value) => !Array.isArray(value) || value.length >= count,
  maxItems: (count, value) => !Array.isArray(value) || value.length <= count,
  required: (names, value) => typeOf(value) !== "object" || names.every((name) => name in value),
  additionalProperties: (allowed, value, schema) => allowed !== false || typeOf(value) !== "object" || Object.keys(value).every((name) => name in schema.properties),
  description: () => true,
  default: () => true,
};

/** Everything in which `value` is not what `schema` says, with its place. */
function problems(schema, value, where = "") {
  if (schema.$ref) {
    const { $ref, ...beside } = schema;
    return [...problems(resolve({ $ref }), value, where), ...problems(beside, value, where)];
  }
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (keyword === "properties") return typeOf(value) === "object" ? Object.entries(rule).flatMap(([name, inner]) => (name in value ? problems(inner, value[name], `${where}.${name}`) : [])) : [];
    if (keyword === "items") return Array.isArray(value) ? value.flatMap((item, at) => problems(rule, item, `${where}[${at}]`)) : [];
    if (keyword === "anyOf") return rule.some((inner) => problems(inner, value, where).length === 0) ? [] : [`${where}: none of anyOf: ${JSON.stringify(value)}`];
    assert.ok(keyword in KEYWORDS, `the checker does not know ${keyword}`);
    return KEYWORDS[keyword](rule, value, schema) ? [] : [`${where}: ${keyword} ${JSON.stringify(rule)}: ${JSON.stringify(value)}`];
  });
}

/** Every operation: {path, method, operation}. */
const operations = Object.entries(documented.paths).flatMap(([path, { parameters = [], ...methods }]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation, parameters: [...parameters, ...(operation.parameters ?? [])].map(resolve) })));

test("the checker itself finds what is wrong", () => {
  const schema = { type: "object", additionalProperties: false, required: ["a"], properties: { a: { type: ["string", "null"], pattern: "^x" }, b: { type: "array", items: { type: "integer", minimum: 1 } } } };
  assert.deepEqual(problems(schema, { a: "x", b: [1] }), []);
  assert.equal(problems(schema, { a: "y", b: [0, 1.5], c: 1 }).length, 4);
  assert.equal(problems(schema, {}).length, 1);
  assert.equal(problems({ anyOf: [schema, { type: "null" }] }, 7).length, 1);
  assert.throws(() => problems({ format: "date" }, ""), /does not know format/);
});

test("the description is well-formed, complete in itself and below 60 KB", async () => {
  assert.equal(documented.openapi, "3.1.0");
  assert.ok((await server.fetch("/operator/v1/openapi.json")).bytes.length < 60_000);
  const seen = new Set();
  const used = new Set(JSON.stringify(documented).match(/#\/components\/\w+\/\w+/g));
  for (const place of used) assert.ok(resolve({ $ref: place }), place);
  for (const [kind, parts] of Object.entries(documented.components)) {
    if (kind === "securitySchemes") continue;
    for (const name of Object.keys(parts)) assert.ok(used.has(`#/components/${kind}/${name}`), `${kind}/${name} is used`);
  }
  for (const { path, method, operation, parameters } of operations) {
    assert.ok(!seen.has(operation.operationId), operation.operationId);
    seen.add(operation.operationId);
    const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
    assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? [], path);
    for (const [status, answer] of Object.entries(operation.responses)) {
      for (const [type, { schema, example }] of Object.entries(resolve(answer).content ?? {})) {
        assert.equal(type, Number(status) < 400 ? "application/json" : "application/problem+json", `${method} ${path} ${status}`);
        if (example !== undefined) assert.deepEqual(problems(schema, example), [], `example of ${method} ${path} ${status}`);
        if (example !== undefined && Number(status) >= 400) assert.equal(example.status, Number(status));
      }
    }
    const request = operation.requestBody?.content["application/json"];
    if (request) {
      assert.deepEqual(problems(request.schema, request.example), []);
      assert.equal((await operator.call(method, path.replace("/operator/v1", "").replace("{contract}", "example").replace("{provider}", "d-account"), request.example)).status, 200, "the example is accepted");
    }
  }
});

/** operationId → statuses that were provoked. */
const provoked = new Map(operations.map(({ operation }) => [operation.operationId, new Set()]));

/** Calls an operation, holds its answer against the description, and gives back the body. */
async function call(id, values, { query = "", body, headers = {}, token } = {}) {
  const { path, method, operation } = operations.find((one) => one.operation.operationId === id);
  const where = path.replace("/operator/v1", "").replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
  const answer = await (token === undefined ? operator : server.operator(token)).call(method, where + query, body, headers);
  const said = resolve(operation.responses[answer.status]);
  assert.ok(said, `${id} answers ${answer.status}, which is not described: ${JSON.stringify(answer.body)}`);
  provoked.get(id).add(String(answer.status));
  const type = answer.headers.get("content-type");
  const { schema } = said.content?.[type] ?? {};
  if (said.content) assert.ok(schema, `${id} ${answer.status}: ${type}`);
  else assert.equal(answer.body, "");
  if (schema) assert.deepEqual(problems(schema, answer.body), [], `${id} ${answer.status}`);
  if (answer.status >= 400) assert.equal(answer.body.status, answer.status);
  return answer.body;
}

test("every operation and every status it names answers as described", async () => {
  const hash = { password_hash: passwordHash("Kagiban-2026!") };
  const user = (login, more = {}) => ({ login, type: "coconowork", start: "2022-12-01", end: null, ...more });
  const facts = { service: "coconowork", name: "株式会社サンプル", plan: "basic" };
  const at = { contract: "open", service: "coconowork", login: "open.00001" };
  const put = (body, contract = "open", headers) => call("applyContract", { contract }, { body, headers });

  await call("describe", {});
  await put({ ...facts, administrator: { login: "open.admin", name: "山田 太郎" }, users: [user("open.00001", { ...hash, name: "鈴木 花子" }), user("open.00002", { type: "coconowork-self", end: "2099-12-31" })] });
  await put({ ...facts, users: [user("open.00001", { end: "2098-12-31" }), user("open.00002", { type: "coconowork-self", end: "2099-12-31" })] });
  await put({ ...facts, service: "worksdrive", plan: "trial", trial_start: "2026-11-01", administrator: { login: "taro@example.jp", ...hash }, users: [{ login: "jiro@example.jp", manager: true, start: "2026-11-01", ...hash }] }, "storage");
  await put("{");
  await put({ ...facts, users: [user("open.00001")] }, "other");
  await put(`{}${" ".repeat(512 * 1024)}`);
  await put("{}", "open", { "content-type": "text/plain" });
  const wrong = await put({ ...facts, plan: "gold", users: [user("open.00001", { start: "x" })] });
  assert.equal(wrong.errors.length, 2);

  const phone = await server.device({ login: "open.00001", password: "Kagiban-2026!" });
  await phone.next("welcome");
  for (let failures = 0; failures < 5; failures += 1) await server.browser().signIn("open.00001", "Wrong-00000!");
  const page = await call("readContract", at, { query: "?limit=1" });
  assert.equal(page.next, "open.00001");
  await call("readContract", at, { query: `?after=${page.next}` });
  await call("readContract", { contract: "storage" });
  await call("readContract", at, { query: "?limit=0" });
  const account = await call("readAccount", at);
  assert.ok(account.lock && account.phone && account.connections.viewer);
  await call("readAccount", { service: "coconowork", login: "open.admin" });
  await call("readAccount", { service: "worksdrive", login: "taro@example.jp" });

  for (const id of ["unlock", "resetSecondFactor", "setTemporaryPassword"]) {
    for (const key of ["one", "one", "two"]) await call(id, at, { headers: { "idempotency-key": key } });
    await call(id, at);
    await call(id, at, { body: " ".repeat(512 * 1024 + 1) });
  }
  await call("deleteUser", at, { body: " ".repeat(512 * 1024 + 1) });
  await call("deleteUser", at);

  // A mail that has been tried for a day.
  const { accounts } = await put({ ...facts, service: "worksdrive", users: [{ login: "dead@example.jp", start: "2026-11-01" }] }, "storage");
  const { accounts: members } = await call("readContract", { contract: "storage" });
  assert.equal(members.find(({ login }) => login === "dead@example.jp").state, "invited");
  await server.sql({ object: "Account", name: accounts[0].uid }, "UPDATE outbox SET tries = 60, due = 0");
  let letters = [];
  for (let tries = 0; tries < 20 && letters.length === 0; tries += 1) {
    await server.clock.advance(2000);
    ({ letters } = await call("listDeadLetters", {}));
  }
  assert.deepEqual(letters.map(({ login, what, to, service }) => [login, what, to, service]), [["dead@example.jp", "invitation", "dead@example.jp", "worksdrive"]]);
  await call("listDeadLetters", {}, { query: "?limit=0&after=x" });
  await call("retryDeadLetter", { id: letters[0].id });
  await call("retryDeadLetter", { id: letters[0].id }, { body: " ".repeat(512 * 1024 + 1) });

  const provider = { provider: "d-account" };
  await call("endProvider", provider, { body: { ends: "2099-01-31" } });
  await call("readProvider", provider);
  await call("readProvider", provider, { query: "?limit=0" });
  for (const body of ["{", `{}${" ".repeat(512 * 1024)}`, { ends: "2020-01-31" }, { end: null }, { ends: null }]) await call("endProvider", provider, { body });
  await call("endProvider", provider, { body: "{}", headers: { "content-type": "text/plain" } });
  await call("readProvider", { provider: "NOBODY" });
  await call("endProvider", { provider: "NOBODY" }, { body: { ends: null } });

  const nowhere = { contract: "nobody", service: "coconowork", login: "nobody", id: "nobody-1", provider: "NOBODY" };
  for (const { operation } of operations) {
    const id = operation.operationId;
    if ("404" in operation.responses) await call(id, nowhere);
    if (operation.security?.length !== 0) await call(id, { ...at, id: "nobody-1", provider: "nobody" }, { token: "wrong", ...(id === "applyContract" ? { body: {} } : {}) });
  }
  for (const { operation } of operations) {
    const left = Object.keys(operation.responses).filter((status) => !["500", "503"].includes(status) && !provoked.get(operation.operationId).has(status));
    assert.deepEqual(left, [], `${operation.operationId}: described, but never answered`);
  }
});
