// The operator API (interface, section 3) against the built bundle: contracts and accounts in, temporary passwords out, and
// what a fault midway, a repeat or bad input does. The description of the answers is held in openapi.test.mjs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { passwordHash } from "../../scripts/lib/demo.mjs";
import { DAY, SECRETS, startServer } from "./harness/harness.mjs";
import { contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until, WRONG } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();

const user = (login, more = {}) => ({ login, type: "coconowork", start: "2022-12-01", end: null, name: "鈴木 花子", ...more });
const body = (users, more = {}) => ({ service: "coconowork", name: "株式会社サンプル", plan: "basic", users, ...more });

/** PUT that has to be accepted; its rows by login. */
async function put(id, what) {
  const answer = await operator.put(id, what);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.contract, id);
  return new Map(answer.body.accounts.map((row) => [row.login, row]));
}

/** Everything that is stored about these accounts and their contract, as text; but how many rows its journal has got. */
async function stored(id, uids) {
  const rows = [
    await server.sql({ object: "Contract", name: id }, "SELECT * FROM item WHERE key <> 'logged'"),
    await server.sql({ object: "Contract", name: id }, "SELECT * FROM member ORDER BY uid"),
  ];
  for (const uid of uids) rows.push(await server.sql({ object: "Account", name: uid }, "SELECT key, json FROM item ORDER BY key"));
  return JSON.stringify(rows);
}

const paths = (answer) => answer.body.errors.map((error) => error.path);

test("CW-006: PUT creates either type, and the same request changes nothing the second time", async () => {
  const what = body([user("first.00001"), user("first.00002", { type: "coconowork-self", end: "2027-03-31" }), user("first.00003", { password_hash: passwordHash(PASSWORD) })],
    { administrator: { login: "first.admin", name: "山田 太郎" } });
  const created = await put("first", what);
  assert.deepEqual([...created.keys()], ["first.admin", "first.00001", "first.00002", "first.00003"]);
  assert.deepEqual([...created.values()].map(({ role, state }) => `${role} ${state}`), ["administrator created", "user created", "user created", "user created"]);
  assert.deepEqual([...created.values()].map((row) => "initial_password" in row), [true, true, true, false]);

  const uids = [...created.values()].map(({ uid }) => uid);
  const before = await stored("first", uids);
  const again = await put("first", what);
  assert.deepEqual([...again.values()], [...created.values()].map(({ login, uid, role }) => ({ login, uid, role, state: "unchanged" })));
  assert.equal(await stored("first", uids), before);
});

test("PUT updates what differs and leaves accounts alone that it does not name", async () => {
  const created = await put("second", body([user("second.00001", { password_hash: passwordHash(PASSWORD) }), user("second.00002")]));
  const updated = await put("second", body([user("SECOND.００００１", { end: "2027-01-31", name: "佐藤 花子" })], { name: "有限会社みほん" }));
  assert.deepEqual([...updated.values()], [{ login: "second.00001", uid: created.get("second.00001").uid, role: "user", state: "updated" }]);
  const account = await operator.account("coconowork", "second.00001");
  assert.equal(account.end, "2027-01-31");
  assert.equal(account.name, "佐藤 花子");
  const seen = (await operator.get("/contracts/second")).body;
  assert.equal(seen.name, "有限会社みほん");
  assert.deepEqual(seen.accounts.map(({ login, end }) => [login, end]), [["second.00001", "2027-01-31"], ["second.00002", null]]);
  await signedIn(server, "second.00001");
});

test("CW-020, CW-022: initial passwords keep the policy, work, and lead to the forced change", async () => {
  const created = await put("initial", body(Array.from({ length: 12 }, (_, at) => user(`initial.${at}`)), { administrator: { login: "initial.admin" } }));
  const passwords = [...created.values()].map((row) => row.initial_password);
  assert.equal(new Set(passwords).size, 13);
  for (const password of passwords) {
    assert.match(password, /^[!-~]{10,255}$/);
    for (const kind of [/[A-Z]/, /\d/, /[^A-Za-z0-9]/]) assert.match(password, kind);
  }
  const browser = server.browser();
  const page = await browser.signIn("initial.admin", created.get("initial.admin").initial_password);
  assert.equal(page.path, "/password/first");
  const top = await browser.submit(page, { current: created.get("initial.admin").initial_password, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password/first");
  assert.equal(top.path.split("?")[0], "/");
  await signedIn(server, "initial.admin", NEW_PASSWORD);
});

test("bad input: everything at once, each with its path, and nothing is written", async () => {
  const answer = await operator.put("bad", {
    service: "coconowork", name: "", plan: "gold", trial_start: "2026-02-30", colour: "red",
    administrator: { login: "has blank", manager: true },
    users: [
      user("bad.00001", { start: null }), user("bad.00002", { type: "other", start: "01.12.2022" }), user("bad.00003", { start: "2027-01-01", end: "2026-12-31" }),
      user("bad.00004", { password_hash: "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA" }), user("ＢＡＤ.00003 ", { nickname: "x" }), "bad.00006", user("bad.00007"), user(" BAD.00007"),
    ],
  });
  assert.equal(answer.status, 422);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(paths(answer).sort(), [
    "administrator.login", "administrator.manager", "colour", "name", "plan", "trial_start", "users[0].start", "users[1].start", "users[1].type",
    "users[2].end", "users[3].password_hash", "users[4].nickname", "users[5]", "users[5].login", "users[5].start", "users[5].type", "users[7].login",
  ].sort());
  for (const { message } of answer.body.errors) assert.match(message, /\S/);
  assert.equal((await operator.get("/contracts/bad")).status, 404);
  assert.equal((await operator.get("/accounts/coconowork/bad.00007")).status, 404);
});

test("422: a hundred more ways to be wrong", async () => {
  const refused = async (what, path, id = "wrong") => {
    const answer = await operator.put(id, JSON.stringify(what));
    assert.equal(answer.status, 422, JSON.stringify(what));
    assert.ok(paths(answer).includes(path), `${path} in ${JSON.stringify(answer.body)}`);
  };
  for (const what of [null, [], "text", 7]) await refused(what, "");
  await refused(body("users"), "users");
  await refused(body(Array.from({ length: 201 }, (_, at) => user(`many.${at}`))), "users");
  await refused(body(Array.from({ length: 200 }, (_, at) => user(`many.${at}`)), { administrator: { login: "many.admin" } }), "users");
  await refused(body([], { plan: "trial" }), "trial_start");
  await refused(body([], { service: "other" }), "service");
  for (const name of ["", " ", "x".repeat(101), "two\nlines", 7]) await refused(body([], { name }), "name");
  for (const start of ["2022-12-1", "2022-13-01", "2023-02-29", 20221201, "", true]) await refused(body([user("wrong.1", { start })]), "users[0].start");
  for (const login of ["", "a b", "x".repeat(65), "a/b", "あ", 7, null, undefined]) await refused(body([user(login)]), "users[0].login");
  for (const hash of ["", "secret", 7, "$argon2id$v=19$m=19456,t=2,p=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]) {
    await refused(body([user("wrong.1", { password_hash: hash })]), "users[0].password_hash");
  }
  await refused(body([]), "contract", "not%20an%20id");
  await refused(body([]), "contract", "x".repeat(33));
  assert.equal((await operator.get("/contracts/wrong")).status, 404);
});

test("422: an account's role does not change, whichever way", async () => {
  const what = body([user("role.user", { password_hash: passwordHash(PASSWORD) })], { administrator: { login: "role.admin", password_hash: passwordHash(PASSWORD) } });
  await put("role", what);
  const promoted = await operator.put("role", body([], { administrator: { login: "role.user" } }));
  assert.equal(promoted.status, 422);
  assert.deepEqual(paths(promoted), ["administrator.login"]);
  const demoted = await operator.put("role", body([user("role.admin")]));
  assert.equal(demoted.status, 422);
  assert.deepEqual(paths(demoted), ["users[0].login"]);
  assert.equal((await operator.account("coconowork", "role.admin")).role, "administrator", "nobody was replaced");
});

test("409: a login of another contract, a contract of another service; nothing is changed", async () => {
  await put("owner", body([user("owner.00001")]));
  const before = await operator.account("coconowork", "owner.00001");
  const taken = await operator.put("thief", body([user("thief.00001"), user("owner.00001", { name: "x" })]));
  assert.equal(taken.status, 409);
  assert.deepEqual(paths(taken), ["users[1].login"]);
  assert.deepEqual(await operator.account("coconowork", "owner.00001"), before);
  assert.equal((await operator.get("/contracts/thief")).status, 404);
  assert.equal((await operator.get("/accounts/coconowork/thief.00001")).status, 404);
  const service = await operator.put("owner", { service: "worksdrive", name: "x", plan: "basic", users: [] });
  assert.equal(service.status, 409);
  assert.deepEqual(paths(service), ["service"]);
  assert.equal((await operator.get("/contracts/owner")).body.service, "coconowork");
});

test("401: without a token or with a wrong one every call answers the same", async () => {
  const calls = [["GET", "/contracts/first"], ["PUT", "/contracts/first"], ["DELETE", "/contracts/first/users/first.00001"], ["GET", "/accounts/coconowork/first.00001"],
    ["GET", "/accounts/coconowork/nobody"], ["POST", "/accounts/coconowork/first.00001/unlock"], ["POST", "/accounts/x/y/temporary-password"]];
  const token = Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0];
  const shapes = new Set();
  for (const [method, where] of calls) {
    for (const authorization of [null, "", "Bearer", "Bearer ", "Bearer wrong", `Bearer ${token}x`, `Basic ${token}`, token, `Bearer ${token} ${token}`]) {
      const answer = await server.fetch(`/operator/v1${where}`, { method, headers: { authorization, "content-type": "application/json" }, ...(method === "PUT" ? { body: "{}" } : {}) });
      assert.equal(answer.status, 401, `${method} ${where} ${authorization}`);
      shapes.add(JSON.stringify([answer.headers.get("content-type"), answer.headers.get("www-authenticate"), answer.html]));
    }
  }
  assert.equal(shapes.size, 1);
  assert.equal(JSON.parse([...shapes][0])[1], "Bearer");
  assert.equal((await server.fetch("/operator/v1/openapi.json")).status, 200, "the description is public");
});

test("404, 405, 413, 415, 400", async () => {
  for (const where of ["/contracts/nobody", "/contracts/%20", "/accounts/coconowork/nobody", "/accounts/coconowork/%E3%81%82", "/accounts/other/first.00001", "/accounts/worksdrive/first.00001", "/nothing"]) {
    assert.equal((await operator.get(where)).status, 404, where);
  }
  for (const action of ["unlock", "reset-second-factor", "temporary-password"]) assert.equal((await operator.post(`/accounts/coconowork/nobody/${action}`)).status, 404);
  for (const where of ["/contracts/first/users/nobody", "/contracts/nobody/users/first.00001", "/contracts/second/users/first.00001", "/contracts/first/users/first.admin"]) {
    assert.equal((await operator.delete(where)).status, 404, where);
  }
  for (const [method, where, allow] of [["POST", "/contracts/first", "GET, HEAD, PUT"], ["GET", "/accounts/coconowork/first.00001/unlock", "POST"], ["DELETE", "/contracts/first", "GET, HEAD, PUT"], ["PATCH", "/openapi.json", "GET, HEAD"]]) {
    const answer = await operator.call(method, where);
    assert.equal(answer.status, 405, `${method} ${where}`);
    assert.equal(answer.headers.get("allow"), allow);
  }
  const whole = JSON.stringify(body([], { name: "x" }));
  const large = (bytes) => operator.put("large", `${whole}${" ".repeat(bytes - whole.length)}`);
  assert.equal((await large(512 * 1024)).status, 200);
  assert.equal((await large(512 * 1024 + 1)).status, 413);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", ""]) {
    assert.equal((await operator.call("PUT", "/contracts/large", whole, { "content-type": type })).status, 415, type);
  }
  assert.equal((await operator.call("PUT", "/contracts/large", whole, { "content-type": "Application/JSON; charset=utf-8" })).status, 200);
  for (const text of ["", "{", "[1,]", '{"a":1}x', "\ufeff{}", '"\\ud800"']) assert.equal((await operator.put("large", text)).status, 400, JSON.stringify(text));
});

test("an account made ready by a hash works; its update leaves the password", async () => {
  await contract(server, "ready", "ready.admin", ["ready.00001"]);
  await signedIn(server, "ready.admin");
  await put("ready", body([user("ready.00001", { password_hash: passwordHash(NEW_PASSWORD) })]));
  await signedIn(server, "ready.00001");
  const login = await phoneLogin(server, { login: "ready.00001" });
  assert.equal(login.status, 200);
});

/** Logs all of them in with the passwords that reached the operator; how many there are. */
async function everybodyWorks(passwords) {
  const names = [...passwords.keys()];
  const worker = async () => {
    for (let login = names.pop(); login; login = names.pop()) {
      const page = await server.browser().signIn(login, passwords.get(login));
      assert.equal(page.path, "/password/first", `${login}: ${page.text}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Sends the request and adds the passwords of its answer, login → password. */
async function learn(id, what, passwords) {
  const rows = await put(id, what);
  for (const [login, row] of rows) if (row.initial_password) passwords.set(login, row.initial_password);
  return rows;
}

test("kill -9 in the middle of 200 accounts: the same request again, and everybody has a working password that was delivered", { timeout: 180_000 }, async () => {
  const what = body(Array.from({ length: 199 }, (_, at) => user(`killed.${at}`)), { administrator: { login: "killed.admin" } });
  const known = new Set(await server.objectIds("Account"));
  const cut = operator.put("killed", what).then((answer) => answer.status, () => "lost");
  await until(async () => (await server.objectIds("Account")).length > known.size + 60, 30_000);
  await server.kill9();
  assert.notEqual(await cut, 200);
  const passwords = new Map();
  const rows = await learn("killed", what, passwords);
  assert.deepEqual(new Set([...rows.values()].map(({ state }) => state)), new Set(["created"]), "nothing was delivered yet");
  assert.equal(passwords.size, 200);
  const again = await learn("killed", what, passwords);
  assert.deepEqual(new Set([...again.values()].map(({ state }) => state)), new Set(["unchanged"]));
  await everybodyWorks(passwords);
  assert.equal((await operator.get("/contracts/killed?limit=1000")).body.accounts.length, 200);
});

test("naming another administrator ends the former one's sessions at once; he is nobody", async () => {
  const made = await contract(server, "change", "change.old", ["change.00001"]);
  const old = await signedIn(server, "change.old");
  assert.equal((await old.get("/users/change.00001")).status, 200);
  await put("change", body([], { administrator: { login: "change.new", name: "新任", password_hash: passwordHash(PASSWORD) } }));
  assert.notEqual((await old.get("/users/change.00001")).status, 200);
  assert.notEqual((await old.get("/")).status, 200);
  assert.equal((await server.browser().signIn("change.old", PASSWORD)).status, 401);
  assert.equal((await operator.get("/accounts/coconowork/change.old")).status, 404);
  const now = await signedIn(server, "change.new");
  assert.equal((await now.get("/users/change.00001")).status, 200);
  assert.deepEqual((await operator.get("/contracts/change")).body.accounts.map(({ login }) => login), ["change.00001", "change.new"]);
  const again = await put("change", body([], { administrator: { login: "change.old", password_hash: passwordHash(PASSWORD) } }));
  assert.notEqual(again.get("change.old").uid, made.get("change.old").uid, "who comes back inherits nothing");
});

test("DELETE: unknown at once, sockets closed, the name held for fourteen days", async () => {
  const made = await contract(server, "leave", "leave.admin", ["leave.00001", "leave.00002"]);
  const browser = await signedIn(server, "leave.00001");
  const phone = await server.device({ login: "leave.00001", password: PASSWORD });
  await phone.next("welcome");
  const answer = await operator.delete("/contracts/leave/users/leave.00001");
  assert.equal(answer.status, 204);
  assert.equal(answer.body, "");
  assert.equal((await phone.next("bye")).reason, "credentials_revoked");
  assert.equal((await phone.closed).code, 4003);
  assert.equal((await operator.delete("/contracts/leave/users/leave.00001")).status, 404);
  assert.equal((await operator.get("/accounts/coconowork/leave.00001")).status, 404);
  assert.deepEqual((await operator.get("/contracts/leave")).body.accounts.map(({ login }) => login), ["leave.00002", "leave.admin"]);
  assert.notEqual((await browser.get("/")).status, 200);
  assert.equal((await server.browser().signIn("leave.00001", PASSWORD)).status, 401);
  assert.deepEqual((await phoneLogin(server, { login: "leave.00001" })).body, { error: "invalid_credentials" });

  const wanted = body([user("leave.00001")]);
  assert.equal((await operator.put("others", wanted)).status, 409);
  await server.clock.advance(14 * DAY - 60_000);
  assert.equal((await operator.put("others", wanted)).status, 409);
  await server.clock.advance(120_000);
  const others = await put("others", wanted);
  assert.notEqual(others.get("leave.00001").uid, made.get("leave.00001").uid);
});

test("CW-081, CW-086: unlock, and its repeat with the same Idempotency-Key unlocks nothing", async () => {
  await contract(server, "lock", "lock.admin", ["lock.00001"]);
  const fail = async () => {
    for (let at = 0; at < 5; at += 1) assert.equal((await server.browser().signIn("lock.00001", WRONG)).status, 401);
  };
  const unlock = (key) => operator.post("/accounts/coconowork/LOCK.00001/unlock", undefined, key ? { "idempotency-key": key } : {});
  await fail();
  const locked = await operator.account("coconowork", "lock.00001");
  assert.equal(locked.failures, 5);
  assert.match(locked.lock.since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/);
  const answer = await unlock("one");
  assert.deepEqual([answer.status, answer.body], [200, {}]);
  const free = await operator.account("coconowork", "lock.00001");
  assert.deepEqual([free.lock, free.failures], [null, 0]);
  await fail();
  const repeat = await unlock("one");
  assert.deepEqual([repeat.status, repeat.body], [200, {}]);
  assert.equal((await server.browser().signIn("lock.00001", PASSWORD)).status, 403);
  await unlock("two");
  await signedIn(server, "lock.00001");
});

test("temporary-password: a new one each time, never twice under one Idempotency-Key", async () => {
  await contract(server, "temporary", "temporary.admin", ["temporary.00001"]);
  const ask = (key) => operator.post("/accounts/coconowork/temporary.00001/temporary-password", undefined, key ? { "idempotency-key": key } : {});
  const browser = await signedIn(server, "temporary.00001");
  const first = await ask("one");
  assert.equal(first.status, 200);
  assert.deepEqual(Object.keys(first.body), ["initial_password"]);
  assert.equal((await browser.get("/")).status, 303, "every session has ended");
  const repeat = await ask("one");
  assert.equal(repeat.status, 409);
  assert.equal(repeat.body.error, "already_done");
  assert.equal(repeat.headers.get("content-type"), "application/problem+json");
  assert.equal((await server.browser().signIn("temporary.00001", first.body.initial_password)).path, "/password/first");
  assert.deepEqual((await phoneLogin(server, { login: "temporary.00001", password: first.body.initial_password })).body, { error: "password_change_required" });
  const second = await ask();
  assert.equal((await server.browser().signIn("temporary.00001", first.body.initial_password)).status, 401);
  assert.equal((await server.browser().signIn("temporary.00001", second.body.initial_password)).path, "/password/first");
  assert.equal((await operator.account("coconowork", "temporary.00001")).temporary_password, true);
  const account = (await operator.get("/accounts/coconowork/temporary.00001")).body;
  assert.ok(!JSON.stringify(account).includes("argon2") && !JSON.stringify(account).includes(second.body.initial_password));
});

test("CW-116: under a temporary password a known PC still logs in with the old one", async () => {
  await contract(server, "grace", "grace.admin", ["grace.00001"]);
  const pc = (key, password) => phoneLogin(server, { login: "grace.00001", password, role: "client", key, name: "PC-1", os: "Windows 11" });
  const { body: { device_key: key } } = await pc(null, PASSWORD);
  assert.equal((await operator.post("/accounts/coconowork/grace.00001/temporary-password")).status, 200);
  assert.deepEqual((await pc(key, PASSWORD)).body.password, { status: "previous", days_left: 30 });
  assert.equal((await pc(null, PASSWORD)).status, 401);
});

test("reset-second-factor answers whether or not there is one", async () => {
  const answer = await operator.post("/accounts/coconowork/first.00001/reset-second-factor", undefined, { "idempotency-key": "one" });
  assert.deepEqual([answer.status, answer.body], [200, {}]);
  assert.equal((await operator.account("coconowork", "first.00001")).second_factor, false);
});

test("GET of a contract pages by login name", async () => {
  const logins = Array.from({ length: 25 }, (_, at) => `page.${String(at).padStart(3, "0")}`);
  await contract(server, "pages", "page.admin", logins);
  const seen = [];
  for (let after = "", rounds = 0; after !== null && rounds < 10; rounds += 1) {
    const { status, body: page } = await operator.get(`/contracts/pages?limit=7&after=${after}`);
    assert.equal(status, 200);
    assert.equal(page.contract, "pages");
    assert.ok(page.accounts.length <= 7);
    seen.push(...page.accounts.map(({ login }) => login));
    after = page.next;
  }
  assert.deepEqual(seen, [...logins, "page.admin"]);
  assert.equal((await operator.get("/contracts/pages")).body.accounts.length, 26);
  for (const limit of ["0", "1001", "-1", "x", "1.5"]) {
    const answer = await operator.get(`/contracts/pages?limit=${limit}`);
    assert.equal(answer.status, 422, limit);
    assert.deepEqual(paths(answer), ["limit"]);
  }
});

test("GET of an account tells state, lock, failures, verifications, phone and connections", async () => {
  const made = await contract(server, "look", "look.admin", [{ login: "look.00001", end: "2099-12-31" }, { login: "look.00002", start: "2099-01-01" }, { login: "look.00003", end: "2022-12-31" }]);
  await server.browser().signIn("look.00001", WRONG);
  const browser = await signedIn(server, "look.00001");
  await server.browser().signIn("look.00001", WRONG);
  await phoneLogin(server, { login: "look.00001", password: WRONG });
  const phone = await server.device({ login: "look.00001", password: PASSWORD, role: "viewer" });
  const pc = await server.device({ login: "look.00001", password: PASSWORD, role: "client", name: "PC-1", os: "Windows 11" });
  const [viewer, client] = [await phone.next("welcome"), await pc.next("welcome")];
  const look = await operator.account("coconowork", "look.00001");
  assert.deepEqual(look, {
    login: "look.00001", uid: made.get("look.00001").uid, contract: "look", role: "user", name: "鈴木 花子", type: "coconowork", start: "2022-12-01", end: "2099-12-31",
    state: "in-service", prohibited: false, temporary_password: false, second_factor: false, lock: null, failures: 1, verified_total: { web: 3, device: 3 },
    phone: { name: "iPhone16,1", os: "iOS", registered: look.phone.registered }, connections: { viewer: { since: viewer.since }, client: { since: client.since } },
    sessions: 1, clients: 1,
  });
  assert.match(look.phone.registered, /\+09:00$/);
  pc.close();
  await until(async () => (await operator.account("coconowork", "look.00001")).connections.client === null);
  assert.equal((await operator.account("coconowork", "look.00002")).state, "not-yet");
  assert.equal((await operator.account("coconowork", "look.00003")).state, "ended");
  assert.equal((await operator.account("coconowork", "look.admin")).phone, null);
  phone.close();
  assert.equal((await browser.get("/")).status, 200);
});

test("ST-002: a storage contract: contractor, managers and users, ready by their hashes", async () => {
  const hash = { password_hash: passwordHash(PASSWORD) };
  const what = {
    service: "worksdrive", name: "株式会社サンプル", plan: "trial", trial_start: "2026-11-01", administrator: { login: "Taro@Example.jp", ...hash },
    users: [{ login: "hanako@example.jp", manager: true, start: "2026-11-01", ...hash }, { login: "jiro@example.jp", manager: false, start: "2026-11-01", ...hash }],
  };
  const made = await put("storage", what);
  assert.deepEqual([...made.values()].map(({ login, role, state }) => [login, role, state]),
    [["taro@example.jp", "administrator", "created"], ["hanako@example.jp", "manager", "created"], ["jiro@example.jp", "user", "created"]]);
  const look = await operator.account("worksdrive", "taro@example.jp");
  assert.deepEqual([look.contract, look.role, look.type], ["storage", "administrator", ""]);
  assert.equal((await operator.get("/contracts/storage")).body.trial_start, "2026-11-01");
  assert.equal((await operator.put("storage", { ...what, users: [{ login: "not an address", type: "coconowork", start: "2026-11-01", ...hash }] })).status, 422);
});

test("every act is in the contract's journal, under the operator's name", async () => {
  const made = await contract(server, "journal", "journal.admin", ["journal.00001"]);
  const { uid } = made.get("journal.00001");
  await operator.post("/accounts/coconowork/journal.00001/unlock");
  await operator.post("/accounts/coconowork/journal.00001/temporary-password");
  await operator.delete("/contracts/journal/users/journal.00001");
  await server.clock.runAlarms(5_000);
  const month = new Date(server.clock.now() + 9 * 3_600_000).toISOString().slice(0, 7);
  const rows = await server.sql({ object: "Journal", name: `journal/${month}` }, "SELECT json FROM entry WHERE uid = ? AND sequence > 0 ORDER BY sequence", uid);
  const events = rows.map(({ json }) => JSON.parse(json).event);
  assert.deepEqual(events.map(({ code, by }) => `${code} ${by}`), ["account-created", "unlocked", "temporary-password", "account-deleted"].map((code) => `${code} operator:tests`));
});

test("scripts/operator: apply, show, unlock, reset-second-factor, temporary-password", { timeout: 120_000 }, async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "kagiban-"));
  after(() => rmSync(directory, { recursive: true }));
  const env = { ...process.env, KAGIBAN_URL: server.url, KAGIBAN_OPERATOR_TOKEN: Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0] };
  const run = (...args) => promisify(execFile)(path.join(import.meta.dirname, "../../scripts/operator"), args, { cwd: directory, env }).then((ended) => ({ code: 0, ...ended }), (ended) => ended);
  const csv = (rows) => `contract,service,contract_name,plan,role,login,name,type,start,end\r\n${rows.join("\r\n")}\r\n`;
  const file = path.join(directory, "contracts.csv");
  writeFileSync(file, csv([
    "cli,coconowork,株式会社サンプル,basic,administrator,cli.admin,山田 太郎,,,",
    ...Array.from({ length: 11 }, (_, at) => `cli,,,,user,cli.${at},,coconowork,2026-01-01,`),
  ]));
  const applied = await run("apply", "contracts.csv");
  assert.equal(applied.code, 0, applied.stderr);
  assert.match(applied.stdout, /1 contracts; accounts created: 12\n/);
  const secrets = path.join(directory, "contracts.passwords.csv");
  assert.equal(statSync(secrets).mode & 0o777, 0o600);
  const lines = readFileSync(secrets, "utf8").trim().split("\r\n");
  assert.equal(lines.length, 13);
  const [, login, , password] = lines[9].split(",");
  assert.equal((await server.browser().signIn(login, password)).path, "/password/first");
  const again = await run("apply", file);
  assert.match(again.stdout, /unchanged: 12\n/);
  assert.equal(readFileSync(secrets, "utf8").trim().split("\r\n").length, 13);

  writeFileSync(file, csv(["cli,coconowork,X,basic,user,cli.0,,coconowork,2026-02-30,"]));
  const wrong = await run("apply", file);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /line 2: start is not a date: 2026-02-30/);
  const shown = await run("show", "cli");
  assert.equal(shown.stdout.split("\n").filter((line) => line.includes("cli.")).length, 12, shown.stderr);
  assert.equal(JSON.parse((await run("show", "coconowork", "cli.0")).stdout).login, "cli.0");
  assert.match((await run("unlock", "coconowork", "cli.0")).stdout, /unlock: done for cli\.0/);
  assert.match((await run("reset-second-factor", "coconowork", "cli.0")).stdout, /done for cli\.0/);
  const given = /temporary password of cli\.0: (\S+)/.exec((await run("temporary-password", "coconowork", "cli.0")).stdout)[1];
  assert.equal((await server.browser().signIn("cli.0", given)).path, "/password/first");
  const nobody = await run("unlock", "coconowork", "nobody");
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /^error: 404/);
  assert.equal((await run("fly")).code, 1);
});
