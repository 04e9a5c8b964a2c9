// A hostile device (issue 4; interface, section 4): it keeps to nothing, over a socket of bare bytes. Whatever it sends, nothing is
// acted on, its connection ends with the right close code, and its neighbours — the account's other end, the page that watches it,
// other people's devices — hear nothing of it and are served on.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";
import { CLOSE, frame, stubborn, TEXT } from "./harness/stubborn.mjs";
import { linkOf, watch } from "./harness/watcher.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();
const ADMIN = "admin.hostile";
const names = ["frames", "long", "flood", "bytes", "after", "deaf", "token", "role", "spent", "origin", "pings", "calm1", "calm2"];
const people = await contract(server, "480000001", ADMIN, names.map((name) => `hostile.${name}`));
const admin = await signedIn(server, ADMIN);

/** A connected device with manners. */
async function connected(login, role) {
  const device = await server.device({ login, password: PASSWORD, role, name: role === "viewer" ? "iPhone16,1" : "DESKTOP-1" });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  await device.next("welcome");
  return device;
}
async function alive(device) {
  device.send("ping");
  await device.next("pong");
}
const types = (device) => device.frames.map(({ data }) => data.type ?? data).filter((type) => type !== "pong");
const messages = (device) => device.of(TEXT).map(({ payload }) => payload.toString());
const closeOf = (device) => device.of(CLOSE).map(({ payload }) => [payload.readUInt16BE(0), payload.toString("utf8", 2)]);
const rows = (login) => server.sql({ object: "Account", name: people.get(login).uid }, "SELECT key, json FROM item ORDER BY key");
/** What an account may do, without the journal's clock and its answers: equal before and after means that nothing was acted on. */
const authority = async (login) =>
  (await rows(login)).filter(({ key }) => ["credential", "devices", "identity", "web", "device_door", "cuts"].includes(key));

// Two people who have nothing to do with it, and are looked at after every attack.
const calm = [await connected("hostile.calm1", "viewer"), await connected("hostile.calm2", "client")];
async function calmAsEver() {
  for (const device of calm) await alive(device);
  for (const device of calm) assert.deepEqual(types(device), ["welcome"], "a neighbour was told something");
}

/** The account under attack: its PC with manners, its viewer's token for the attacker, and a page that watches. */
async function target(login) {
  const pc = await connected(login, "client");
  const { token, device_key: key } = (await phoneLogin(server, { login })).body;
  return { login, pc, token, key };
}
/** The attacker in place: its welcome was read, and the other end was told that it came. */
async function attacker({ token, pc }) {
  const device = stubborn(server.port, token);
  await until(() => messages(device).some((text) => text.includes("welcome")));
  await until(() => messages(device).some((text) => text.includes('"peer"')));
  assert.equal((await pc.next("peer")).connected, true);
  return device;
}
/** It was told why and closed with this code; it is nobody any more, the other end is told that it has gone and nothing else. */
async function thrownOut(device, { login, pc }, what, code = 4400, reason = "protocol_error") {
  await until(() => device.of(CLOSE).length > 0).catch(() => assert.fail(`${what}: no Close; ${messages(device)}`));
  assert.deepEqual(closeOf(device), [[code, reason]], what);
  assert.deepEqual(JSON.parse(messages(device).at(-1)), { type: "bye", reason }, what);
  assert.equal(device.frames.at(-1).opcode, CLOSE, `${what}: nothing comes after the Close`);
  assert.equal((await pc.next("peer")).connected, false, what);
  await alive(pc);
  assert.deepEqual([...new Set(types(pc))].sort(), ["peer", "welcome"], `${what}: the other end was told more`);
  assert.equal((await operator.account("coconowork", login)).connections.viewer, null, what);
}

test("cw_007 whatever is no message: 4400, nothing acted on, and the neighbours are served on", async () => {
  const one = await target("hostile.frames");
  const before = await authority(one.login);
  const signal = (data) => JSON.stringify({ type: "signal", data });
  const bad = {
    "a type that does not exist": frame('{"type":"disconnect"}'),
    "the server's own words": frame('{"type":"bye","reason":"administrator"}'),
    "a credential": frame('{"type":"credential","id":"1","token":"x","password":{"status":"current"}}'),
    "binary": frame('{"type":"signal","data":1}', 0x82),
    "an empty binary frame": frame("", 0x82),
    "nothing": frame(""),
    "a megabyte of text": frame("x".repeat(1 << 20)),
    "a megabyte of binary": frame(Buffer.alloc(1 << 20, 1), 0x82),
    "a megabyte that would be a signal": frame(signal("x".repeat(1 << 20))),
    "a signal of one byte more than 16 KiB": frame(signal("x".repeat(16 * 1024 - signal("").length + 1))),
    "JSON that is cut off, 16,000 deep": frame(`{"type":"signal","data":${"[".repeat(16_000)}`),
    "a type twice": frame('{"type":"ping","type":"signal","data":1}'),
    "an ack with a number": frame('{"type":"ack","id":1}'),
    "an ack of 1,000 bytes": frame(JSON.stringify({ type: "ack", id: "x".repeat(1_000) })),
    "a fragmented unknown text": Buffer.concat([frame('{"type":', 0x01), frame('"x"}', 0x80)]),
  };
  for (const [what, bytes] of Object.entries(bad)) {
    const device = await attacker(one);
    device.socket.write(bytes);
    await thrownOut(device, one, what);
    device.socket.destroy();
    await calmAsEver();
  }
  assert.deepEqual(await authority(one.login), before, "nothing was acted on");
  one.pc.close();
});

test("cw_007 text that is not UTF-8 is never passed on", async () => {
  const one = await target("hostile.bytes");
  const before = await authority(one.login);
  const inside = (bytes) => frame(Buffer.concat([Buffer.from('{"type":"signal","data":"'), Buffer.from(bytes), Buffer.from('"}')]));
  for (const [what, bytes] of Object.entries({
    "bare": frame(Buffer.from([0xff, 0xfe, 0x80])), "in a signal": inside([0xff]), "cut off": inside([0xe3, 0x81]),
    "overlong": inside([0xc0, 0xaf]), "a surrogate": inside([0xed, 0xa0, 0x80]), "beyond Unicode": inside([0xf4, 0x90, 0x80, 0x80]),
  })) {
    const device = await attacker(one);
    device.socket.write(bytes);
    await thrownOut(device, one, what);
    device.socket.destroy();
  }
  await calmAsEver();
  assert.deepEqual(await authority(one.login), before);
  one.pc.close();
});

test("frames that break WebSocket itself end the connection, and nothing else", async () => {
  const one = await target("hostile.long");
  for (const [what, bytes] of Object.entries({
    "reserved bits": frame("ping", 0xf1), "an opcode that does not exist": frame("ping", 0x83), "a continuation of nothing": frame("ping", 0x80),
    "a length of 2^63 - 1": Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    "plain HTTP": Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(200)}\r\n\r\n`),
  })) {
    const device = await attacker(one);
    device.socket.write(bytes);
    await until(() => device.of(CLOSE).length > 0 || device.ended).catch(() => assert.fail(`${what}: neither closed nor ended`));
    for (const [code] of closeOf(device)) assert.ok([1002, 1007, 1009, 4400].includes(code), `${what}: ${code}`);
    device.socket.destroy();
    assert.equal((await one.pc.next("peer")).connected, false, what);
    await alive(one.pc);
    await calmAsEver();
  }
  one.pc.close();
});

test("a flood of signals: at most 20 a second come through, in order, then 4400; the other end and everybody else stay", async () => {
  const one = await target("hostile.flood");
  for (const [what, count, text] of [
    ["signals", 2_000, (at) => JSON.stringify({ type: "signal", data: at })],
    ["long signals", 200, (at) => JSON.stringify({ type: "signal", data: [at, "x".repeat(16_000)] })],
    ["acks", 2_000, () => JSON.stringify({ type: "ack", id: "0".repeat(32) })],
  ]) {
    const device = await attacker(one);
    const seen = one.pc.frames.length;
    const began = performance.now();
    device.socket.write(Buffer.concat(Array.from({ length: count }, (_, at) => frame(text(at)))));
    await until(() => device.of(CLOSE).length > 0);
    assert.deepEqual(closeOf(device), [[4400, "protocol_error"]], what);
    assert.equal((await one.pc.next("peer")).connected, false);
    const passed = one.pc.frames.slice(seen).filter(({ data }) => data.type === "signal").map(({ data }) => [data.data].flat()[0]);
    // A second's worth at once, and twenty for each second that it took.
    const most = 21 + Math.ceil((device.of(CLOSE)[0].at - began) / 50);
    assert.ok(passed.length <= most, `${passed.length} of ${what} came through, ${most} might`);
    assert.deepEqual(passed, passed.map((_, at) => at), "in order");
    if (what !== "acks") assert.ok(passed.length >= 20, `only ${passed.length}`);
    one.pc.frames.length = 0;
    await alive(one.pc);
    await calmAsEver();
    device.socket.destroy();
  }
  one.pc.close();
});

test("a flood of pings wakes nobody and delays nobody; 切断 ends it at once", async () => {
  const one = await target("hostile.pings");
  const device = await attacker(one);
  const stored = await rows(one.login);
  for (let round = 0; round < 20; round += 1) device.socket.write(Buffer.concat(Array.from({ length: 1_000 }, () => frame("ping"))));
  await calmAsEver();
  await alive(one.pc);
  assert.deepEqual(await rows(one.login), stored, "nothing was written");
  const began = performance.now();
  await act(admin, one.login, "disconnect/viewer");
  await until(() => device.of(CLOSE).length > 0);
  assert.deepEqual(closeOf(device), [[4001, "administrator"]]);
  assert.ok(device.of(CLOSE)[0].at - began < 2_000);
  device.socket.destroy();
  one.pc.close();
});

test("cw_072 a device that ignores Close and goes on sending: nothing is acted on, nothing passed, nothing answered", async () => {
  for (const [login, what, code] of [["hostile.after", "disconnect/viewer", 4001], ["hostile.deaf", "prohibit", 4002]]) {
    const one = await target(login);
    const device = await attacker(one);
    await act(admin, login, what);
    await until(() => device.of(CLOSE).length > 0);
    assert.equal(closeOf(device)[0][0], code);
    const at = device.frames.length;
    // 利用を禁止 has cut the PC too; its token lives (CW-095).
    if (code === 4002) {
      assert.equal((await one.pc.closed).code, 4002);
      await one.pc.connect();
      assert.equal(one.pc.refused, null);
      await one.pc.next("welcome");
    } else {
      assert.equal((await one.pc.next("peer")).connected, false);
    }
    const before = await authority(login);
    const seen = one.pc.frames.length;
    for (let round = 0; round < 500; round += 1) {
      device.socket.write(Buffer.concat([frame("ping"), frame(`{"type":"signal","data":${round}}`), frame('{"type":"ack","id":"7f"}'), frame("x", 0x82)]));
    }
    await alive(one.pc);
    assert.equal((await operator.account("coconowork", login)).connections.viewer, null, "not shown as connected");
    assert.deepEqual(await authority(login), before);
    await calmAsEver();
    assert.deepEqual(one.pc.frames.slice(seen).map(({ data }) => data), ["pong"], "nothing was passed on");
    assert.equal(device.frames.length, at, "nothing came after the Close");
    device.socket.destroy();
    one.pc.close();
  }
});

test("a token flipped in any bit, cut, doubled or of another account opens nothing, and costs its owner nothing", async () => {
  const one = await target("hostile.token");
  const device = await attacker(one);
  const before = await authority(one.login);
  const [uid, random] = one.token.split(".");
  const flip = (text, at, bit) => {
    const bytes = Buffer.from(text, "base64url");
    bytes[at] ^= 1 << bit;
    return bytes.toString("base64url");
  };
  const bits = Array.from({ length: 256 }, (_, at) => `${uid}.${flip(random, at >> 3, at & 7)}`);
  const foreign = people.get("hostile.calm1").uid;
  const others = [".", uid, `.${random}`, `${uid}.`, `${uid}${random}`, `${random}.${uid}`, `${uid}.${random}.`, `${uid}.${random}${random}`, `${uid}.${random.slice(1)}`,
    `${foreign}.${random}`, `${uid}.${calm[0].token.split(".")[1]}`, `${uid.toUpperCase()}.${random.toUpperCase()}`, `${uid}.${one.key}`, `${uid}.${"A".repeat(43)}`, "x".repeat(4_000)];
  const tries = [...bits, ...others];
  const answers = await Promise.all(tries.map((token) => server.device({ token })));
  for (const [at, { refused }] of answers.entries()) {
    assert.deepEqual([refused?.status, refused?.body], [401, { error: "invalid_token" }], tries[at]);
  }
  assert.deepEqual(await authority(one.login), before, "nothing was revoked");
  device.socket.write(frame("ping"));
  await until(() => messages(device).at(-1) === "pong");
  await alive(one.pc);
  await calmAsEver();
  device.socket.destroy();
  one.pc.close();
});

test("cw_060 a token is of its role: a viewer's opens a viewer only, takes no PC's place and acknowledges nothing of it", async () => {
  const login = "hostile.role";
  const one = await target(login);
  const user = await signedIn(server, login);
  const form = await user.get("/password");
  const device = await attacker(one);
  const page = await user.submit(form, { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  assert.match(page.text, /「DESKTOP-1」に反映しています…/);
  const offered = await one.pc.next("credential");
  // The live phone knows the id (say, it was stolen on its way): it acknowledges in the PC's name.
  device.socket.write(frame(JSON.stringify({ type: "ack", id: offered.id })));
  device.socket.write(frame('{"type":"signal","data":"done"}'));
  assert.equal((await one.pc.next("signal")).data, "done", "the frame before it was heard");
  assert.match((await user.get("/password")).text, /に反映しています…/);
  // Its own token is dead since the change, in every role it may claim.
  for (const headers of [{}, { "x-role": "client" }, { "x-if-vacant": "1" }]) {
    const again = await server.device({ token: one.token, role: "client", connectHeaders: headers });
    assert.equal(again.refused?.status, 401);
  }
  one.pc.send({ type: "ack", id: offered.id });
  await until(async () => /「DESKTOP-1」に反映されました。/.test((await user.get("/password")).text));
  assert.equal(closeOf(device).length, 0, "the phone that is connected stays so");
  // The PC's new token makes a client, whatever the program behind it says it is.
  const stolen = await server.device({ token: offered.token, role: "viewer" });
  assert.equal((await stolen.next("welcome")).role, "client");
  assert.equal((await one.pc.next("bye")).reason, "replaced");
  assert.equal(closeOf(device).length, 0);
  await calmAsEver();
  device.socket.destroy();
  stolen.close();
});

test("cw_111 a stolen token that was replaced revokes both, 4003 for who is connected on it; the neighbours stay", async () => {
  const login = "hostile.spent";
  const one = await target(login);
  const user = await signedIn(server, login);
  const device = await attacker(one);
  const stolen = one.pc.token;
  await user.submit(await user.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  const offered = await one.pc.next("credential");
  one.pc.send({ type: "ack", id: offered.id });
  await until(async () => /に反映されました。/.test((await user.get("/password")).text));
  for (const token of [stolen, offered.token]) assert.equal((await server.device({ token })).refused?.status, 401);
  assert.equal((await one.pc.closed).code, 4003);
  await until(() => messages(device).filter((text) => text.includes('"connected":false')).length === 1);
  assert.equal(closeOf(device).length, 0, "the viewer is another device");
  await calmAsEver();
  device.socket.destroy();
});

test("a browser's Origin opens nothing, with a good token too, and disturbs nobody who is connected", async () => {
  const one = await target("hostile.origin");
  const device = await attacker(one);
  for (const origin of [server.origin(), "https://evil.example", "null", "file://"]) {
    const tried = await server.device({ token: one.token, connectHeaders: { origin } });
    assert.deepEqual([tried.refused?.status, tried.refused?.body], [403, { error: "origin_not_allowed" }], origin);
    const login = await phoneLogin(server, { login: one.login, key: one.key }, { origin });
    assert.deepEqual([login.status, login.body], [403, { error: "origin_not_allowed" }], origin);
  }
  assert.equal(closeOf(device).length, 0);
  const watcher = await watch(server, linkOf(await admin.get(`/users/${one.login}`)), admin);
  assert.equal(watcher.status, undefined);
  device.socket.write(frame("?"));
  await thrownOut(device, one, "at last");
  // The page that watches it is told of its end, and stays.
  await until(() => watcher.messages.includes("changed"));
  assert.equal(watcher.closed, null);
  watcher.socket.terminate();
  device.socket.destroy();
  await calmAsEver();
  one.pc.close();
});
