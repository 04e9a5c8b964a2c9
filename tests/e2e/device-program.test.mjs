// scripts/device against a server that plays from a script: what it does after each close code and refusal, what is on disk when,
// and what its person reads. No workerd here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { afterClose, backOff, MINUTE, retryAfterOf, SECOND } from "../../scripts/lib/device/conduct.mjs";
import { Device } from "../../scripts/lib/device/device.mjs";
import { turnstile } from "../../scripts/lib/device/fleet.mjs";
import { FileStore, MemoryStore } from "../../scripts/lib/device/store.mjs";
import { scriptServer } from "./harness/script-server.mjs";

const scratch = mkdtempSync(path.join(tmpdir(), "kagiban-device-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
let files = 0;
const newFile = () => path.join(scratch, `place-${(files += 1)}`, "state.json");
const onDisk = (file) => JSON.parse(readFileSync(file, "utf8"));
const mode = (file) => statSync(file).mode & 0o777;

async function played(t, script) {
  const server = await scriptServer(script);
  t.after(server.close);
  return server;
}

/**
 * A device whose waits are noted instead of waited for; after `waits` of them it is stopped.
 * @returns {Promise<{end: object, waits: number[], said: string[], device: Device}>}
 */
async function runs(server, { waits: limit = 3, store = new MemoryStore({ token: "token-0", key: "key-0" }), password = "secret", random = Math.random, ...more } = {}) {
  const [waits, said] = [[], []];
  const device = new Device({
    server: server.url, login: "cwtest.00001", role: "client", name: "DESKTOP-1", os: "Windows", store, random,
    password: async () => password, say: (text) => said.push(text),
    pause: async (ms) => {
      waits.push(ms);
      if (waits.length >= limit) device.stop();
    },
    ...more,
  });
  const end = await device.run();
  return { end, waits, said, device };
}
const between = (wait, least, most) => assert.ok(wait >= least && wait <= most, `${wait} not in ${least} to ${most}`);
const vacant = ({ headers }) => headers["x-if-vacant"] ?? null;

/** The program, as a person starts it. */
function program(t, options, { env = {}, input } = {}) {
  const child = spawn(process.execPath, [path.join(ROOT, "scripts/lib/device.mjs"), ...options], {
    cwd: scratch, env: { ...process.env, ...env }, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const told = { child, out: "", err: "", ended: new Promise((resolve) => child.once("close", resolve)) };
  child.stdout.on("data", (chunk) => (told.out += chunk));
  child.stderr.on("data", (chunk) => (told.err += chunk));
  if (input !== undefined) child.stdin.write(input);
  told.prints = async (words) => {
    const end = performance.now() + 15_000;
    while (!words.test(told.out)) {
      assert.ok(performance.now() < end && child.exitCode === null, `${words} in: ${told.out}${told.err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return told;
}

test("back-off: full jitter within its bounds for every random source, count and cap", () => {
  const sources = [() => 0, () => 1 - Number.EPSILON, Math.random];
  for (let round = 0; round < 20_000; round += 1) {
    const failures = 1 + Math.floor(Math.random() * (round % 2 === 0 ? 12 : 100_000));
    const cap = 1 + Math.random() * 10 * MINUTE;
    const wait = backOff(failures, cap, sources[round % 3]);
    between(wait, 0, Math.min(cap, SECOND * 2 ** (failures - 1)));
  }
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8, 5000].map((failures) => backOff(failures, MINUTE, () => 1)), [1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * SECOND));
  // Evenly over the whole range, so that a crowd is spread.
  const draws = Array.from({ length: 20_000 }, () => backOff(7, MINUTE, Math.random));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = draws.filter((wait) => Math.floor(wait / (6 * SECOND)) === tenth).length / draws.length;
    between(share, 0.08, 0.12);
  }
});

test("Retry-After: seconds, a date, nonsense, too much; the body's word comes first", () => {
  const now = Date.parse("2026-11-22T00:00:00Z");
  for (const [body, header, ms] of [
    [{ retry_after: 42 }, "7", 42_000], [{}, "7", 7000], [undefined, undefined, 0], [{}, "soon", 0], [{}, "-5", 0], [{ retry_after: "x" }, undefined, 0],
    [{}, "Sun, 22 Nov 2026 00:00:30 GMT", 30_000], [{}, "Sat, 21 Nov 2026 00:00:00 GMT", 0], [{}, "99999999", 86_400_000],
  ]) assert.equal(retryAfterOf(body, header, now), ms, JSON.stringify([body, header]));
});

test("key and token: a file of its owner alone in a directory of its owner alone, whole at any time", () => {
  const file = newFile();
  const store = new FileStore(file);
  assert.deepEqual(store.state, {});
  store.save({ key: "k", token: "t" });
  assert.deepEqual([mode(file), mode(path.dirname(file)), store.complaint()], [0o600, 0o700, undefined]);
  // One that was made readable, and what a crash left, are put right by the next save.
  chmodSync(file, 0o644);
  writeFileSync(`${file}.new`, "half of", { mode: 0o666 });
  store.save({ token: "t2" });
  assert.equal(mode(file), 0o600);
  assert.deepEqual(onDisk(file), { key: "k", token: "t2" });
  assert.deepEqual(readdirSync(path.dirname(file)), ["state.json"]);
  assert.deepEqual(new FileStore(file).state, { key: "k", token: "t2" });
  chmodSync(path.dirname(file), 0o755);
  assert.match(store.complaint(), /is open to other people of this machine: chmod 700 it/);
  for (const broken of ["", "{", "[]", "null", "7"]) {
    writeFileSync(file, broken);
    assert.throws(() => new FileStore(file), /not JSON|not the state of a device/, broken);
  }
});

test("a save that fails leaves the old content", () => {
  const file = newFile();
  const store = new FileStore(file);
  store.save({ token: "t" });
  mkdirSync(`${file}.new`); // nothing can be created there
  assert.throws(() => store.save({ token: "t2" }));
  assert.deepEqual(onDisk(file), { token: "t" });
});

test("cw_007 the Idempotency-Key is on disk before the login, and the same through lost answers, 429 and 503", async (t) => {
  const file = newFile();
  const stored = [];
  const answer = (what) => () => {
    stored.push(onDisk(file).login_key);
    return what;
  };
  const server = await played(t, {
    logins: [
      answer("lost"), answer({ status: 503, headers: { "retry-after": "5" } }), answer({ status: 429, body: { error: "too_many_attempts", retry_after: 42 } }),
      answer({ status: 200, body: { token: "token-1", device_key: "key-1", password: { status: "current" } } }),
    ],
    connects: [({ socket }) => socket.close(4004)],
  });
  const { end, waits } = await runs(server, { store: new FileStore(file), waits: 10 });
  assert.equal(end.exit, 4);
  const sent = server.seen.logins.map(({ headers }) => headers["idempotency-key"]);
  assert.equal(new Set(sent).size, 1);
  assert.match(sent[0], /^[0-9a-f-]{36}$/);
  assert.deepEqual(stored, sent);
  assert.deepEqual(server.seen.logins[0].body, { login: "cwtest.00001", password: "secret", role: "client", device: { name: "DESKTOP-1", os: "Windows", key: null } });
  between(waits[0], 0, SECOND);
  between(waits[1], 5 * SECOND, 7 * SECOND);
  between(waits[2], 42 * SECOND, 46 * SECOND);
  assert.deepEqual(onDisk(file), { login_key: null, token: "token-1", key: "key-1" });
});

test("a login that is refused is not repeated: exit code 2 and a sentence for each reason", async (t) => {
  const sentences = {
    bad_request: [400, /does not accept what this device sent \(role\)/], invalid_credentials: [401, /wrong name or password/],
    device_not_registered: [403, /another phone is registered/], password_change_required: [403, /temporary: change it in a browser/],
    remote_access_not_allowed: [403, /account administrator/], origin_not_allowed: [403, /browsers/], something_new: [418, /unknown reason/],
  };
  for (const [error, [status, sentence]] of Object.entries(sentences)) {
    const server = await played(t, { logins: [() => ({ status, body: { error, ...(status === 400 ? { detail: "role" } : {}) } })], connects: [{ status: 500 }] });
    const { end, waits } = await runs(server, { store: new MemoryStore() });
    assert.deepEqual([end.exit, waits.length, server.seen.logins.length], [2, 0, 1], error);
    assert.match(end.sentence, sentence);
  }
});

test("each close code: whether, when and how the device comes back, what it forgets, how it ends", async (t) => {
  const back = (least, most, more = {}) => ({ least, most, token: "token-0", vacant: null, ...more });
  const end = (exit, token = "token-0") => ({ exit, token });
  const soon = back(0, SECOND);
  const occupied = back(15 * MINUTE, 15 * MINUTE + SECOND, { vacant: "1" });
  const table = [
    ["client", 4001, "administrator", {}, back(30 * SECOND, 31 * SECOND)], ["viewer", 4001, "administrator", {}, back(30 * SECOND, 31 * SECOND)],
    ["client", 4002, "use_prohibited", {}, soon], ["viewer", 4002, "use_prohibited", {}, end(3, null)],
    ["client", 4003, "credentials_revoked", {}, end(3, null)], ["viewer", 4003, "credentials_revoked", {}, end(3, null)],
    ["client", 4004, "service_ended", {}, end(4)], ["viewer", 4004, "service_ended", {}, end(4)],
    ["client", 4009, "replaced", { same_device: true }, soon], ["client", 4009, "replaced", { same_device: false }, occupied],
    ["viewer", 4009, "replaced", { same_device: false }, occupied], ["client", 4009, "replaced", {}, occupied],
    ["client", 4400, "protocol_error", {}, end(5)], ["client", 1001, "silent", {}, soon], ["client", 4999, "something new", {}, soon], ["client", 1011, "", {}, soon],
  ];
  for (const [role, code, reason, more, expected] of table) {
    const what = `${role} ${code} ${JSON.stringify(more)}`;
    const server = await played(t, {
      connects: [(device) => {
        device.welcome({ role });
        device.bye(code, reason, more);
      }, ({ socket }) => socket.close(4004)],
    });
    const store = new MemoryStore({ token: "token-0", key: "key-0" });
    const { end: ended, waits } = await runs(server, { store, role, waits: 5 });
    assert.equal(server.seen.logins.length, 0, `${what}: no login by itself`);
    assert.equal(store.state.key, "key-0", what);
    assert.equal(store.state.token, expected.token, what);
    if (expected.exit !== undefined) {
      assert.deepEqual([ended.exit, waits, server.seen.connects.length], [expected.exit, [], 1], what);
      continue;
    }
    between(waits[0], expected.least, expected.most);
    const [, again] = server.seen.connects;
    assert.deepEqual([again.headers.authorization, vacant(again)], ["Bearer token-0", expected.vacant], what);
  }
  assert.equal(afterClose(4009, undefined, "client").ifVacant, true, "without a bye nobody says that it was this device");
});

test("each refusal of a connect", async (t) => {
  const table = [
    [{ status: 409, body: { error: "occupied" } }, 15 * MINUTE, 15 * MINUTE + SECOND, "1"],
    [{ status: 429, headers: { "retry-after": "9" } }, 9 * SECOND, 10 * SECOND, null],
    [{ status: 503, headers: { "retry-after": "120" } }, 120 * SECOND, 121 * SECOND, null],
    [{ status: 500 }, 0, SECOND, null], [{ status: 404 }, 0, SECOND, null], [{ status: 302, headers: { location: "http://127.0.0.1:1/" } }, 0, SECOND, null],
  ];
  for (const [refusal, least, most, asks] of table) {
    const server = await played(t, { connects: [refusal, ({ socket }) => socket.close(4004)] });
    const { end, waits } = await runs(server);
    assert.equal(end.exit, 4, String(refusal.status));
    between(waits[0], least, most);
    assert.equal(vacant(server.seen.connects[1]), asks);
  }
  for (const [status, words] of [[400, /does not accept how/], [403, /browser/], [426, /proxy/]]) {
    const server = await played(t, { connects: [{ status }] });
    const { end, waits } = await runs(server);
    assert.deepEqual([end.exit, waits], [5, []], String(status));
    assert.match(end.sentence, words);
  }
});

test("401 at connect: a new login with the key and the password at hand, after a wait; without a password exit code 3", async (t) => {
  const dead = { status: 401, body: { error: "invalid_token" } };
  const server = await played(t, { logins: [() => ({ status: 200, body: { token: "token-1", password: { status: "current" } } })], connects: [dead, ({ socket }) => socket.close(4004)] });
  const store = new MemoryStore({ token: "token-0", key: "key-0" });
  const { end, waits } = await runs(server, { store });
  assert.deepEqual([end.exit, waits.length, server.seen.logins[0].body.device.key], [4, 1, "key-0"]);
  assert.deepEqual(server.seen.connects.map(({ headers }) => headers.authorization), ["Bearer token-0", "Bearer token-1"]);
  assert.equal(store.state.key, "key-0");

  const alone = await played(t, { connects: [dead] });
  const without = await runs(alone, { password: "", store: new MemoryStore({ token: "token-0", key: "key-0" }) });
  assert.equal(without.end.exit, 3);
  assert.match(without.end.sentence, /log in again/);
  assert.equal(alone.seen.logins.length, 0);
});

test("a place that is taken: X-If-Vacant stays through lost networks until the device is connected, then goes", async (t) => {
  const server = await played(t, {
    connects: [
      (device) => {
        device.welcome();
        device.bye(4009, "replaced", { same_device: false });
      },
      { status: 409, body: { error: "occupied" } }, { status: 503 }, (device) => device.lose(),
      (device) => {
        device.welcome();
        device.lose();
      },
      ({ socket }) => socket.close(4004),
    ],
  });
  const { waits } = await runs(server, { waits: 10 });
  assert.deepEqual(server.seen.connects.map(vacant), [null, "1", "1", "1", "1", null]);
  for (const at of [0, 1]) between(waits[at], 15 * MINUTE, 15 * MINUTE + 2 * SECOND);
});

test("failures in a row double the wait up to the cap; a connection that lived shortly does not begin anew", async (t) => {
  const server = await played(t, {
    connects: [{ status: 500 }, { status: 500 }, (device) => {
      device.welcome();
      device.lose();
    }, { status: 500 }],
  });
  const { waits } = await runs(server, { waits: 7, random: () => 1 - Number.EPSILON, cap: 10 * SECOND });
  assert.deepEqual(waits.map(Math.round), [1, 2, 4, 8, 10, 10, 10].map((s) => s * SECOND));
});

test("ping every ping_every seconds; a server without pong is dead when the next one is due", async (t) => {
  const pings = [];
  const server = await played(t, {
    connects: [
      (device) => {
        device.welcome({ ping_every: 0.05 });
        device.onFrame = (text) => {
          pings.push([text, performance.now()]);
          if (pings.length < 5) device.say("pong");
        };
      },
      ({ socket }) => socket.close(4004),
    ],
  });
  const { end, said } = await runs(server);
  assert.equal(end.exit, 4);
  assert.deepEqual(pings.map(([text]) => text), ["ping", "ping", "ping", "ping", "ping"]);
  for (let at = 1; at < pings.length; at += 1) assert.ok(pings[at][1] - pings[at - 1][1] >= 30, "not in a burst");
  assert.ok(said.includes("not connected: the server is silent"), said.join("\n"));
});

test("what a device does not know changes nothing: types, members, binary frames, no JSON", async (t) => {
  const server = await played(t, {
    connects: [async (device) => {
      for (const strange of [{ type: "from the future", id: "1" }, "not JSON", "{", "[1]", "null", Buffer.from([1, 2, 3]), { type: 7 }, { no: "type" }, { type: "credential" }]) device.say(strange);
      device.welcome({ ping_every: 0.05, more: { members: true } });
      device.onFrame = () => device.bye(4004, "service_ended");
    }],
  });
  const store = new MemoryStore({ token: "token-0" });
  const { end } = await runs(server, { store });
  assert.equal(end.exit, 4, "it lived until the server ended it");
  assert.deepEqual(server.seen.frames, ["ping"]);
  assert.equal(store.state.token, "token-0");
});

const CREDENTIAL = { type: "credential", id: "id-1", token: "token-new", password: { status: "current" } };

test("cw_111 credential: the new token is on disk when the ack arrives, and used from then on", async (t) => {
  const file = newFile();
  new FileStore(file).save({ token: "token-0", key: "key-0" });
  let found;
  const server = await played(t, {
    connects: [
      (device) => {
        device.welcome();
        device.say(CREDENTIAL);
        device.onFrame = (text) => {
          found = { text, disk: onDisk(file) };
          device.lose();
        };
      },
      ({ socket }) => socket.close(4004),
    ],
  });
  await runs(server, { store: new FileStore(file) });
  assert.deepEqual(found, { text: '{"type":"ack","id":"id-1"}', disk: { token: "token-new", key: "key-0" } });
  assert.equal(server.seen.connects[1].headers.authorization, "Bearer token-new");
});

test("cw_111 a crash between storing and acknowledging: no ack was sent, and the next start uses the new token", async (t) => {
  const file = newFile();
  new FileStore(file).save({ token: "token-0" });
  class Crashing extends FileStore {
    save(change) {
      super.save(change);
      throw new Error("crash");
    }
  }
  const server = await played(t, {
    connects: [(device) => {
      device.welcome();
      device.say(CREDENTIAL);
    }, ({ socket }) => socket.close(4004)],
  });
  const crashed = await runs(server, { store: new Crashing(file) });
  assert.deepEqual([crashed.end.exit, server.seen.frames], [7, []]);
  await runs(server, { store: new FileStore(file) });
  assert.equal(server.seen.connects[1].headers.authorization, "Bearer token-new", "its first use is the acknowledgement");
});

test("a token that cannot be stored is not acknowledged: exit code 7, the old one stays", async (t) => {
  const file = newFile();
  new FileStore(file).save({ token: "token-0" });
  mkdirSync(`${file}.new`);
  const server = await played(t, {
    connects: [(device) => {
      device.welcome();
      device.say(CREDENTIAL);
    }],
  });
  const { end } = await runs(server, { store: new FileStore(file) });
  assert.equal(end.exit, 7);
  assert.match(end.sentence, /cannot be stored/);
  assert.deepEqual(server.seen.frames, []);
  assert.deepEqual(onDisk(file), { token: "token-0" });
});

test("cw_111 kill -9 at the moment of the ack: the new token is on the disk of the next start", async (t) => {
  const file = newFile();
  new FileStore(file).save({ token: "token-0" });
  let kill;
  const server = await played(t, {
    connects: [(device) => {
      device.welcome();
      device.say(CREDENTIAL);
      device.onFrame = () => kill();
    }],
  });
  const run = program(t, ["--server", server.url, "--login", "cwtest.00001", "--role", "client", "--state", file]);
  kill = () => run.child.kill("SIGKILL");
  await run.ended;
  assert.deepEqual(onDisk(file), { token: "token-new" });
});

test("cw_117 cw_118 a PC warns with the days that are left: once at its start, and when they change; a phone does not", async (t) => {
  const previous = (days_left) => ({ status: "previous", days_left });
  const script = {
    logins: [() => ({ status: 200, body: { token: "token-1", password: previous(29) } })],
    connects: [
      (device) => {
        device.welcome({ password: previous(29) });
        device.lose();
      },
      (device) => {
        device.welcome({ password: previous(28) });
        device.say({ type: "password", ...previous(30) });
        device.say({ ...CREDENTIAL });
        device.bye(4004, "service_ended");
      },
    ],
  };
  const warnings = async (role) => (await runs(await played(t, script), { store: new MemoryStore({ key: "key-0" }), role })).said.filter((text) => text.includes("警告"));
  const sentence = (days) => `【警告】クライアントプログラムが古いパスワードでログインしています。古いパスワードは${days}日後に無効になります。無効になる前に、クライアントプログラムに保存されているパスワードを変更してください。`;
  assert.deepEqual(await warnings("client"), [29, 28, 30].map(sentence));
  assert.deepEqual(await warnings("viewer"), []);
});

test("SIGINT and SIGTERM: Close 1000, exit code 0, also while it waits", async (t) => {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    const ended = Promise.withResolvers();
    const server = await played(t, {
      connects: [(device) => {
        device.welcome();
        device.closed.then(ended.resolve);
      }],
    });
    const run = program(t, ["--server", server.url, "--login", "cwtest.00001", "--role", "client", "--state", newFile()], { env: { KAGIBAN_PASSWORD: "secret" } });
    await run.prints(/welcome as client/);
    run.child.kill(signal);
    assert.deepEqual([await run.ended, await ended.promise], [0, 1000], signal);
    assert.match(run.out, /stopped/);

    const waiting = program(t, ["--server", "http://localhost:1", "--login", "cwtest.00001", "--role", "client", "--state", newFile()], { env: { KAGIBAN_PASSWORD: "secret" } });
    await waiting.prints(/connecting again in/);
    waiting.child.kill(signal);
    assert.equal(await waiting.ended, 0);
  }
});

test("wrong usage: exit code 1 and a sentence; no clear text to other machines", async (t) => {
  const device = ["--login", "cwtest.00001", "--role", "client"];
  for (const [options, words] of [
    [["--role", "client"], /login name is missing/], [["--login", "x", "--role", "phone"], /role must be viewer or client, not phone/], [["--colour"], /Unknown option/],
    [[...device, "--server", "nowhere"], /not an address: nowhere/], [[...device, "--server", "http://example.com"], /is not https/],
    [[...device, "--back-off-cap", "0"], /--back-off-cap must be a number above 0/], [["--accounts", "no-such-file"], /no such file/],
  ]) {
    const run = program(t, options);
    assert.equal(await run.ended, 1, options.join(" "));
    assert.match(run.err, words);
  }
  const help = program(t, ["--help"]);
  assert.equal(await help.ended, 0);
  for (const option of ["--conformance", "--signal", "--back-off-cap", "Exit codes"]) assert.ok(help.out.includes(option));
});

test("--accounts: many devices, one line about all; given tokens need no login and leave nothing on disk", async (t) => {
  const server = await played(t, {
    connects: [...Array(30).fill((device) => device.welcome()), ...Array(5).fill({ status: 409, body: { error: "occupied" } }), ...Array(5).fill((device) => device.bye(4004, "service_ended"))],
  });
  const file = path.join(scratch, "accounts.jsonl");
  writeFileSync(file, Array.from({ length: 40 }, (_, at) => JSON.stringify({ login: `user.${at}`, role: "client", token: `token-${at}` })).join("\n"));
  const run = program(t, ["--server", server.url, "--accounts", file, "--at-once", "1"]);
  await run.prints(/40 devices: connected 30, waiting 5, refused 5; 5: the service has ended for this account\n/);
  assert.doesNotMatch(run.out, /user\.\d/, "no line of its own for any");
  assert.equal(server.seen.logins.length, 0);
  assert.equal(new Set(server.seen.connects.map(({ headers }) => headers.authorization)).size, 40);
  run.child.kill("SIGTERM");
  assert.equal(await run.ended, 4, "the highest");
  assert.ok(!readdirSync(scratch).includes(".wrangler"));
});

test("no more than so many begin at once, in their order, and a way out counts once", async () => {
  const enter = turnstile(3);
  const order = [];
  let inside = 0, most = 0;
  await Promise.all(Array.from({ length: 50 }, async (_, at) => {
    const leave = await enter();
    order.push(at);
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    inside -= 1;
    leave();
    leave();
  }));
  assert.equal(most, 3);
  assert.deepEqual(order, Array.from({ length: 50 }, (_, at) => at));
});

test("--signal: lines of standard input go to the other end in order and not faster than 20 a second; what comes is printed", async (t) => {
  const arrived = [];
  const server = await played(t, {
    connects: [(device) => {
      device.welcome();
      device.say({ type: "peer", role: "viewer", connected: true });
      device.say({ type: "signal", data: { answer: "はい" } });
      device.onFrame = (text) => text !== "ping" && arrived.push([text, performance.now()]);
    }],
  });
  const run = program(t, ["--server", server.url, "--login", "cwtest.00001", "--role", "client", "--state", newFile(), "--signal"], { env: { KAGIBAN_PASSWORD: "secret" }, input: "" });
  await run.prints(/the viewer came\n.*signal: \{"answer":"はい"\}/);
  run.child.stdin.write(`{"offer":1}\nplain text\n\n${"x".repeat(20_000)}\n${Array.from({ length: 20 }, (_, at) => at).join("\n")}\n`);
  const end = performance.now() + 10_000;
  while (arrived.length < 22 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(arrived.map(([text]) => JSON.parse(text)), [{ offer: 1 }, "plain text", ...Array.from({ length: 20 }, (_, at) => at)].map((data) => ({ type: "signal", data })));
  assert.match(run.out, /not sent: longer than 16 KiB/);
  assert.ok(arrived[20][1] - arrived[0][1] >= 950, "21 signals take a second");
  run.child.kill("SIGTERM");
  assert.equal(await run.ended, 0);
});
