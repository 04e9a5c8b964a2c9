// The device door (interface, section 4): who gets a token, what each refusal looks like, and how many passwords may be tried.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { deviceLogin } from "./harness/device.mjs";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { contract, PASSWORD, phoneLogin, signedIn, tokyoDay, WRONG } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();
const today = tokyoDay(server.clock.now());
const logins = ["form", "first", "other", "lost", "crowd", "shape", "lock", "minute", "hundred", "prev"].map((name) => `login.${name}`);
const people = await contract(server, "300000001", "admin.login", [
  ...logins,
  { login: "login.temporary", ready: false },
  { login: "login.later", start: "2099-01-01" },
  { login: "login.ended", end: "2023-01-01" },
  { login: "login.today", start: today, end: today },
]);

const login = (who, headers) => phoneLogin(server, who, headers);
const refused = (answer, status, error) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.body.error, error);
};
/** Wrong passwords at once; their statuses. */
const wrongs = (count, who) => Promise.all(Array.from({ length: count }, () => login({ password: WRONG, ...who }))).then((answers) => answers.map(({ status }) => status));

test("cw_007 cw_060 the first login registers the phone, gives its key once, and a token that names the account", async () => {
  const first = await login({ login: "login.form" });
  assert.equal(first.status, 200);
  assert.match(first.headers.get("content-type"), /^application\/json/);
  assert.equal(first.headers.get("cache-control"), "no-store");
  assert.deepEqual(Object.keys(first.body).sort(), ["device_key", "password", "token"]);
  assert.deepEqual(first.body.password, { status: "current" });
  const [uid, random] = first.body.token.split(".");
  assert.equal(uid, people.get("login.form").uid);
  assert.match(random, /^[\w-]{43}$/, "256 bits");
  assert.match(first.body.device_key, /^[\w-]{43}$/);

  const again = await login({ login: "login.form", key: first.body.device_key });
  assert.deepEqual(Object.keys(again.body).sort(), ["password", "token"]);
  assert.notEqual(again.body.token, first.body.token);
  const { phone } = await operator.account("coconowork", "login.form");
  assert.equal(phone.name, "iPhone16,1");
  assert.equal(phone.os, "iOS");
  // A device has one token: the older one is dead.
  assert.equal((await server.device({ token: first.body.token })).refused.status, 401);
  const phone2 = await server.device({ token: again.body.token });
  assert.equal((await phone2.next("welcome")).role, "viewer");
  phone2.close();
});

test("cw_061 another phone is refused until a reset; any PC with the password is a client", async () => {
  await login({ login: "login.other" });
  refused(await login({ login: "login.other" }), 403, "device_not_registered");
  refused(await login({ login: "login.other", key: "an unknown key counts as null" }), 403, "device_not_registered");
  const pcs = [await login({ login: "login.other", role: "client", name: "DESKTOP-1" }), await login({ login: "login.other", role: "client", name: "DESKTOP-2" })];
  for (const pc of pcs) assert.equal(pc.status, 200);
  assert.notEqual(pcs[0].body.device_key, pcs[1].body.device_key);
  // A PC's key is no phone's.
  refused(await login({ login: "login.other", key: pcs[0].body.device_key }), 403, "device_not_registered");
});

test("cw_060 a repeat after a lost answer gets the same registration and the same key", async () => {
  const repeat = { "idempotency-key": "made-before-sending" };
  const lost = await login({ login: "login.lost" }, repeat);
  const since = (await operator.account("coconowork", "login.lost")).phone;
  const second = await login({ login: "login.lost" }, repeat);
  assert.equal(second.body.device_key, lost.body.device_key);
  assert.deepEqual((await operator.account("coconowork", "login.lost")).phone, since);
  refused(await login({ login: "login.lost", password: WRONG }, repeat), 401, "invalid_credentials");
  refused(await login({ login: "login.lost" }, { "idempotency-key": "another" }), 403, "device_not_registered");
  refused(await login({ login: "login.lost" }), 403, "device_not_registered");
  assert.equal((await login({ login: "login.lost", key: lost.body.device_key })).status, 200);

  const pc = { login: "login.lost", role: "client" };
  const [one, two] = [await login(pc, repeat), await login(pc, repeat)];
  assert.equal(two.body.device_key, one.body.device_key);
  assert.equal((await operator.account("coconowork", "login.lost")).clients, 1);
});

test("cw_060 fifty first logins at the same moment register exactly one phone", async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => login({ login: "login.crowd", name: `phone ${at}` })));
  const winners = answers.filter(({ status }) => status === 200);
  assert.equal(winners.length, 1);
  for (const answer of answers) if (answer !== winners[0]) refused(answer, 403, "device_not_registered");
  const { name } = (await operator.account("coconowork", "login.crowd")).phone;
  assert.equal(answers.indexOf(winners[0]), Number(name.slice(6)));
});

test("what is not this shape is answered 400, with what is wrong", async () => {
  const good = { login: "login.shape", password: PASSWORD, role: "viewer", device: { name: "n", os: "o", key: null } };
  const long = "x".repeat(65);
  const bad = {
    "no JSON": "{", "an array": "[]", "null": "null", "empty": "",
    "no login": { ...good, login: undefined }, "no password": { ...good, password: undefined }, "no role": { ...good, role: undefined },
    "no device": { ...good, device: undefined }, "role": { ...good, role: "phone" }, "login's type": { ...good, login: 1 },
    "password's type": { ...good, password: ["x"] }, "device's type": { ...good, device: "x" }, "key's type": { ...good, device: { ...good.device, key: 1 } },
    "no name": { ...good, device: { os: "o" } }, "no os": { ...good, device: { name: "n" } },
    "long name": { ...good, device: { ...good.device, name: long } }, "long os": { ...good, device: { ...good.device, os: long } },
    "control character": { ...good, device: { ...good.device, name: "a\nb" } },
    "long login": { ...good, login: "x".repeat(2000) }, "long password": { ...good, password: "x".repeat(2000) },
    "long key": { ...good, device: { ...good.device, key: "x".repeat(2000) } },
  };
  for (const [what, body] of Object.entries(bad)) {
    const answer = await deviceLogin(server.url, body);
    assert.equal(answer.status, 400, what);
    assert.equal(answer.body.error, "bad_request", what);
    assert.ok(answer.body.detail.length > 0, what);
  }
  assert.equal((await deviceLogin(server.url, good, { "content-type": "text/plain" })).status, 415);
  assert.equal((await deviceLogin(server.url, { ...good, device: { ...good.device, name: "x".repeat(70_000) } })).status, 413);
  assert.equal((await operator.account("coconowork", "login.shape")).verified_total.device, 0);
  // 64 characters are enough, in any script; the key may be left out.
  assert.equal((await deviceLogin(server.url, { ...good, device: { name: "機".repeat(64), os: "o" } })).status, 200);
});

test("a browser's request is refused before anything else", async () => {
  for (const origin of [server.origin(), "https://evil.example", "null"]) {
    refused(await login({ login: "login.form" }, { origin }), 403, "origin_not_allowed");
  }
});

test("cw_003 every 403 about the account comes only after the right password", async () => {
  const temporary = people.get("login.temporary").initial_password;
  for (const role of ["viewer", "client"]) {
    refused(await login({ login: "login.temporary", password: temporary, role }), 403, "password_change_required");
    refused(await login({ login: "admin.login", role }), 403, "remote_access_not_allowed");
  }
  refused(await login({ login: "login.temporary", password: WRONG }), 401, "invalid_credentials");
  refused(await login({ login: "admin.login", password: WRONG }), 401, "invalid_credentials");
  refused(await login({ login: "login.other", password: WRONG }), 401, "invalid_credentials");
  assert.equal((await operator.account("coconowork", "login.temporary")).phone, null);
});

test("outside the service period a right password is a wrong one", async () => {
  refused(await login({ login: "login.later" }), 401, "invalid_credentials");
  refused(await login({ login: "login.ended" }), 401, "invalid_credentials");
  assert.equal((await login({ login: "login.today" })).status, 200);
});

test("unknown names look like wrong passwords, and no refusal comes sooner than 400 ms", async () => {
  const answers = [];
  for (const who of ["login.form", "nobody.00001", "Ｌｏｇｉｎ．ｆｏｒｍ", "no name at all!", ""]) answers.push(await login({ login: who, password: WRONG }));
  const looks = ({ status, body, headers }) => ({ status, body, headers: [...headers].filter(([name]) => name !== "date") });
  for (const answer of answers) {
    assert.deepEqual(looks(answer), looks(answers[0]));
    assert.ok(answer.ms >= 400, `${answer.ms} ms`);
  }
});

test("cw_083 the lock of the web never touches the device door, nor the other way round", async () => {
  for (let at = 0; at < 5; at += 1) await server.browser().signIn("login.lock", WRONG);
  assert.match((await server.browser().signIn("login.lock", PASSWORD)).text, /このアカウントは一時的な無効状態です。/);
  const phone = await server.device({ login: "login.lock", password: PASSWORD });
  await phone.next("welcome");
  phone.close();
  assert.deepEqual(await wrongs(4, { login: "login.first" }), [401, 401, 401, 401]);
  assert.equal((await operator.account("coconowork", "login.first")).failures, 0);
  await signedIn(server, "login.first");
});

test("cw_003 an administrator at the device door uses the counter and the lock of the web", async () => {
  await contract(server, "300000002", "admin.counted");
  assert.deepEqual((await wrongs(5, { login: "admin.counted" })).sort(), [401, 401, 401, 401, 401]);
  assert.equal((await login({ login: "admin.counted" })).status, 429);
  assert.match((await server.browser().signIn("admin.counted", PASSWORD)).text, /このアカウントは一時的な無効状態です。/);
  await server.clock.advance(30 * MINUTE + SECOND);
  refused(await login({ login: "admin.counted" }), 403, "remote_access_not_allowed");
  await signedIn(server, "admin.counted");
});

test("five wrong passwords a minute without a known key; a known key keeps its own five", async () => {
  const { body: { device_key: key } } = await login({ login: "login.minute" });
  assert.deepEqual(await wrongs(5, { login: "login.minute" }), [401, 401, 401, 401, 401]);
  const stranger = await login({ login: "login.minute" });
  refused(stranger, 429, "too_many_attempts");
  assert.ok(stranger.body.retry_after >= 1 && stranger.body.retry_after <= 60, stranger.body.retry_after);
  assert.equal(stranger.headers.get("retry-after"), String(stranger.body.retry_after));

  assert.equal((await login({ login: "login.minute", key })).status, 200);
  assert.deepEqual(await wrongs(5, { login: "login.minute", key }), [401, 401, 401, 401, 401]);
  refused(await login({ login: "login.minute", key }), 429, "too_many_attempts");
  assert.equal((await operator.account("coconowork", "login.minute")).verified_total.device, 12);

  await server.clock.advance(61 * SECOND);
  assert.equal((await login({ login: "login.minute", key })).status, 200);
  refused(await login({ login: "login.minute" }), 403, "device_not_registered");
});

test("a hundred without a success close the door to unknown devices until the operator acts, for unknown names alike", async () => {
  const { body: { device_key: key } } = await login({ login: "login.hundred" });
  const before = (await operator.account("coconowork", "login.hundred")).verified_total.device;
  for (let round = 0; round < 20; round += 1) {
    const [known, unknown] = await Promise.all([wrongs(5, { login: "login.hundred" }), wrongs(5, { login: "nobody.hundred" })]);
    for (const status of [...known, ...unknown]) assert.equal(status, 401, `round ${round}`);
    await server.clock.advance(61 * SECOND);
  }
  assert.equal((await operator.account("coconowork", "login.hundred")).verified_total.device - before, 100);
  const closed = [await login({ login: "login.hundred" }), await login({ login: "nobody.hundred" })];
  for (const answer of closed) refused(answer, 429, "too_many_attempts");
  assert.deepEqual(closed[0].body, closed[1].body);
  await server.clock.advance(48 * 60 * MINUTE);
  refused(await login({ login: "login.hundred" }), 429, "too_many_attempts");
  // The real phone was never in the way of it.
  assert.equal((await login({ login: "login.hundred", key })).status, 200);
  assert.equal((await operator.post("/accounts/coconowork/login.hundred/unlock")).status, 200);
  refused(await login({ login: "login.hundred" }), 403, "device_not_registered");
});
