// How long a connection lives (issue 4, item 3; CW-064, CW-073, CW-074): silent and half-open ones, replaced ones, the service's first and last
// midnight in Tokyo, an object that is evicted between any two messages, and a server that is killed with sockets open.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, tokyoDay, tokyoMidnight, until } from "./harness/people.mjs";
import { CLOSE, frame, stubborn, TEXT } from "./harness/stubborn.mjs";
import { TRIAL } from "./harness/trials.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();
const CONTRACT = "483000001";
const ADMIN = "admin.lives";
const names = ["silent", "half", "half2", "replaced", "words", "reflect", "cut", ...Array.from({ length: 8 }, (_, at) => `kill${at}`)];
const people = await contract(server, CONTRACT, ADMIN, names.map((name) => `lives.${name}`));

async function connected(login, role = "viewer", more = {}) {
  const device = await server.device({ login, password: PASSWORD, role, ...(role === "client" ? { name: "DESKTOP-1" } : {}), ...more });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
async function reconnected(device, headers) {
  await device.connect(headers);
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
async function alive(device) {
  device.send("ping");
  await device.next("pong");
}
async function closedBy(device, code, reason, more = {}) {
  const { at: _, ...bye } = await device.next("bye");
  assert.deepEqual(bye, { type: "bye", reason, ...more });
  const closed = await device.closed;
  assert.deepEqual([closed.code, closed.reason], [code, reason]);
}
async function refused(device, status, error, headers) {
  await device.connect(headers);
  assert.deepEqual([device.refused?.status, device.refused?.body.error], [status, error]);
}
const object = (login) => ({ object: "Account", name: people.get(login).uid });
const live = async (login) => (await operator.account("coconowork", login)).connections;
const shown = async (login) => (await (await signedIn(server, ADMIN)).get(`/users/${login}`)).text;
const NOT_CONNECTED = /ビューア（手元端末） 現在接続されていません。/;
/** The account's alarm is set for this moment at the latest. */
const alarmSet = (login, at) =>
  until(async () => {
    const [wake] = await server.sql(object(login), "SELECT at FROM wake");
    return wake && wake.at > server.clock.now() - SECOND && wake.at <= at;
  });
/** A phone at the end of a network that has gone: nothing it gets, nothing it says, and no one is told. */
async function halfOpen(login) {
  const { token, device_key: key } = (await phoneLogin(server, { login })).body;
  const device = stubborn(server.port, token);
  await until(() => device.of(TEXT).length > 0);
  device.socket.pause();
  return { device, token, key };
}

test("cw_074 a silent device: connected at 89 s, not connected from 90 s on, its place is free at once, closed within 15 minutes", async () => {
  const login = "lives.silent";
  const { device, token } = await halfOpen(login);
  const since = server.clock.now();
  const client = await connected(login, "client");
  await server.clock.advance(since + 88 * SECOND - server.clock.now());
  await alive(client);
  assert.ok((await live(login)).viewer);
  assert.match(await shown(login), /ビューア（手元端末） 現在接続されています。/);
  await server.clock.advance(since + 91 * SECOND - server.clock.now());
  await alive(client);
  assert.match(await shown(login), NOT_CONNECTED);
  assert.equal((await live(login)).viewer, null);
  await until(async () => client.frames.some(({ data }) => data.type === "peer" && data.connected === false));

  // The same phone, at once, though it asks for a vacant place only; and the PC was never disturbed.
  const again = await server.device({ token, connectHeaders: { "x-if-vacant": "1" } });
  assert.equal(again.refused, null);
  await again.next("welcome");
  await alive(again);
  assert.ok((await live(login)).viewer);
  device.socket.resume();
  await until(() => device.of(CLOSE).length > 0);
  device.socket.destroy();

  // Nobody looks and nobody else comes: the alarm closes it, within fifteen minutes of its silence.
  const last = server.clock.now();
  await alive(client);
  await alarmSet(login, last + 15 * MINUTE + SECOND);
  await server.clock.advance(15 * MINUTE + 2 * SECOND);
  await Promise.all([again, client].map((one) => closedBy(one, 1001, "silent")));
  await reconnected(again);
  again.close();
});

test("cw_073 half-open: the phone comes back over another network while its old connection looks alive", async () => {
  const login = "lives.half";
  const client = await connected(login, "client");
  const { device, token } = await halfOpen(login);
  await client.next("peer");
  // The old one still counts: who asks for a vacant place is told so; who just comes takes it (4009 to nobody who listens).
  const polite = await server.device({ token, connectHeaders: { "x-if-vacant": "1" } });
  assert.deepEqual([polite.refused?.status, polite.refused?.body.error], [409, "occupied"]);
  const back = await server.device({ token });
  await back.next("welcome");
  await alive(back);
  for (const connectedNow of [false, true]) assert.equal((await client.next("peer")).connected, connectedNow);
  // What the PC sends reaches the new connection, and only that one.
  client.send({ type: "signal", data: "to the phone" });
  assert.equal((await back.next("signal")).data, "to the phone");
  // The network returns, with what was said on the old connection in between.
  device.socket.resume();
  device.socket.write(frame('{"type":"signal","data":"from the past"}'));
  await until(() => device.of(CLOSE).length > 0);
  const [close] = device.of(CLOSE);
  assert.equal(close.payload.readUInt16BE(0), 4009);
  const texts = device.of(TEXT).map(({ payload }) => payload.toString());
  assert.deepEqual(JSON.parse(texts.at(-1)), { type: "bye", reason: "replaced", same_device: true });
  assert.ok(!texts.some((text) => text.includes("to the phone")));
  back.send({ type: "signal", data: "from now" });
  assert.equal((await client.next("signal")).data, "from now", "nothing of the replaced one came before it");
  for (const one of [back, client]) one.close();
  device.socket.destroy();
});

test("cw_072 half-open: 切断 counts at once though nobody can be told, and the next connection is served", async () => {
  const login = "lives.half2";
  const { device, token } = await halfOpen(login);
  await act(await signedIn(server, ADMIN), login, "disconnect/viewer");
  assert.match(await shown(login), NOT_CONNECTED);
  const back = await server.device({ token, connectHeaders: { "x-if-vacant": "1" } });
  await back.next("welcome");
  await alive(back);
  device.socket.destroy();
  await alive(back);
  assert.ok((await live(login)).viewer, "the late end of the old connection is not the end of the new one");
  back.close();
});

test("cw_073 replaced ones: of a hundred connections at once one is left, and whoever is closed is told by whom", async () => {
  const login = "lives.replaced";
  const { token } = (await phoneLogin(server, { login })).body;
  const client = await connected(login, "client");
  const all = await Promise.all(Array.from({ length: 100 }, () => server.device({ token })));
  assert.ok(all.every(({ refused: no }) => no === null));
  const left = () => all.filter((device) => !device.frames.some(({ data }) => data.type === "bye"));
  await until(() => left().length === 1);
  const [stays] = left();
  for (const device of all) if (device !== stays) await closedBy(device, 4009, "replaced", { same_device: true });
  await alive(stays);
  stays.send({ type: "signal", data: 1 });
  assert.equal((await client.next("signal")).data, 1);
  assert.equal(left().length, 1);
  const welcomes = all.map((device) => device.frames[0].data.since);
  assert.equal(welcomes.length, 100);
  for (const one of [stays, client]) one.close();
});

test("cw_005 cw_044 the service starts at midnight in Tokyo: refused until then, served from then, the same tokens", async () => {
  const login = "lives.starts";
  const today = tokyoDay(server.clock.now());
  const set = async (dates) => people.set(login, (await contract(server, CONTRACT, ADMIN, [{ login, ...dates }])).get(login));
  await set({ start: "2022-12-01" });
  const viewer = await connected(login);
  const client = await connected(login, "client");
  const midnight = tokyoMidnight(today) + DAY;
  // The operator moves the start to tomorrow: that is an end now, and nothing is deleted.
  await set({ start: tokyoDay(midnight) });
  await Promise.all([viewer, client].map((device) => closedBy(device, 4004, "service_ended")));
  const shut = async () => {
    for (const device of [viewer, client]) await refused(device, 401, "invalid_token");
    assert.equal((await phoneLogin(server, { login, key: viewer.key })).body.error, "invalid_credentials");
  };
  await shut();
  await server.clock.advance(midnight - 20 * SECOND - server.clock.now());
  await shut();
  await server.clock.advance(midnight + 10 - server.clock.now());
  for (const device of [viewer, client]) {
    await reconnected(device);
    await alive(device);
  }
  assert.equal((await phoneLogin(server, { login, key: viewer.key })).status, 200);
  for (const device of [viewer, client]) device.close();
});

test("cw_005 the service ends at midnight in Tokyo with sockets open: 4004 a second later; a later end revives the tokens", async () => {
  const login = "lives.ends";
  const today = tokyoDay(server.clock.now());
  const midnight = tokyoMidnight(today) + DAY;
  const set = async (end) => people.set(login, (await contract(server, CONTRACT, ADMIN, [{ login, end }])).get(login));
  await set(today);
  await server.clock.advance(midnight - 40 * SECOND - server.clock.now());
  const viewer = await connected(login);
  const client = await connected(login, "client");
  await alarmSet(login, midnight);
  await server.evict(object(login));
  await server.clock.advance(midnight - 10 * SECOND - server.clock.now());
  for (const device of [viewer, client]) await alive(device);
  viewer.send({ type: "signal", data: "the last seconds" });
  assert.equal((await client.next("signal")).data, "the last seconds");
  await server.clock.advance(midnight + SECOND - server.clock.now());
  await Promise.all([viewer, client].map((device) => closedBy(device, 4004, "service_ended")));
  for (const device of [viewer, client]) await refused(device, 401, "invalid_token");
  await server.clock.advance(40 * DAY);
  await set(tokyoDay(server.clock.now()));
  for (const device of [viewer, client]) {
    await reconnected(device);
    await alive(device);
    device.close();
  }
});

test("cw_111 the object is evicted between any two messages: every word of two ends and of a changed password arrives as ever", async () => {
  const login = "lives.words";
  const evict = () => server.evict(object(login)).catch((error) => assert.match(error.message, /not currently running/));
  const client = await connected(login, "client");
  await evict();
  const viewer = await connected(login);
  await evict();
  assert.deepEqual((({ role, connected: there }) => [role, there])(await client.next("peer")), ["viewer", true]);
  assert.deepEqual((({ role, connected: there }) => [role, there])(await viewer.next("peer")), ["client", true]);
  for (let at = 0; at < 10; at += 1) {
    const [from, to] = at % 2 ? [viewer, client] : [client, viewer];
    from.send({ type: "signal", data: at });
    assert.equal((await to.next("signal")).data, at);
    await evict();
    await alive(from);
    await evict();
  }
  const user = await signedIn(server, login);
  await evict();
  const form = await user.get("/password");
  await evict();
  const changed = await user.submit(form, { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  await evict();
  assert.match(changed.text, /「DESKTOP-1」に反映しています…/);
  const { id, token } = await client.next("credential");
  await evict();
  client.send({ type: "ack", id });
  await until(async () => /「DESKTOP-1」に反映されました。/.test((await user.get("/password")).text));
  await evict();
  viewer.close();
  let peer = await client.next("peer");
  // Behind a fault it is said once more who is there.
  if (TRIAL === "faults" && peer.connected) peer = await client.next("peer");
  assert.equal(peer.connected, false);
  await evict();
  client.terminate();
  await until(async () => !(await live(login)).client);
  await evict();
  client.token = token;
  await reconnected(client);
  assert.deepEqual(client.welcome.password, { status: "current" });
  // The pace of signals is kept with the socket, not in memory.
  for (let at = 0; at < 60; at += 1) {
    client.send({ type: "signal", data: at });
    if (at % 10 === 0) await evict();
  }
  await closedBy(client, 4400, "protocol_error");
});

test("the whole server is killed with sockets open: everybody is back without a password, and what had ended stays ended", async () => {
  const logins = names.filter((name) => name.startsWith("kill")).map((name) => `lives.${name}`);
  const devices = [];
  for (const login of logins) devices.push({ login, viewer: await connected(login), client: await connected(login, "client") });
  const admin = await signedIn(server, ADMIN);
  const [cut, reset, prohibited, shut, changed, ...untouched] = devices;
  await act(admin, cut.login, "disconnect/viewer");
  await act(admin, reset.login, "device/reset");
  await act(admin, prohibited.login, "prohibit");
  await act(admin, shut.login, "shut-out");
  const user = await signedIn(server, changed.login);
  await user.submit(await user.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  const offered = await changed.client.next("credential");
  const verified = async () => Promise.all(logins.map(async (login) => (await operator.account("coconowork", login)).verified_total.device));
  const before = await verified();

  await server.kill9();
  for (const { viewer, client } of devices) await Promise.all([viewer.closed, client.closed]);
  for (const login of logins) assert.deepEqual(Object.values(await live(login)), [null, null], "nobody is shown who is not there");

  for (const { viewer, client } of [cut, ...untouched]) {
    for (const device of [viewer, client]) await alive(await reconnected(device));
    viewer.send({ type: "signal", data: "again" });
    assert.equal((await client.next("signal")).data, "again");
  }
  for (const { viewer } of [reset, prohibited, shut, changed]) await refused(viewer, 401, "invalid_token");
  for (const { client } of [reset, prohibited]) await alive(await reconnected(client));
  await refused(shut.client, 401, "invalid_token");
  // The PC had not stored what it was offered: it gets another, and that one counts.
  await reconnected(changed.client);
  assert.equal(changed.client.welcome.password.status, "previous");
  const another = await changed.client.next("credential");
  assert.notEqual(another.token, offered.token);
  changed.client.send({ type: "ack", id: another.id });
  await until(async () => /に反映されました。/.test((await user.get("/password")).text));
  assert.deepEqual(await verified(), before, "no password was checked again");
  for (const { viewer, client } of devices) for (const device of [viewer, client]) device.terminate();
});
