// A device's connection (interface, section 4): the way in, everything the server closes it for, and what each event does to
// the live connection and to the token.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, tokyoDay, tokyoMidnight, until } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();
const CONTRACT = "400000001";
const names = ["welcome", "ways", "cut", "sleep", "replaced", "vacant", "frames", "silent", "alive", "reset", "own", "forced", "deleted", "kill"];
const people = await contract(server, CONTRACT, "admin.device", names.map((name) => `device.${name}`));

/** A connected device whose welcome was read. */
async function connected(login, role = "viewer", more = {}) {
  const device = await server.device({ login, password: PASSWORD, role, ...more });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
/** The same device again, with its token. */
async function reconnected(device, headers) {
  await device.connect(headers);
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
async function refusedBecause(device, status, error, headers) {
  await device.connect(headers);
  assert.equal(device.refused?.status, status);
  assert.equal(device.refused.body.error, error);
}
async function alive(device) {
  device.send("ping");
  await device.next("pong");
}
/** The device was told why and then closed with this code. */
async function closedBy(device, code, reason, more = {}) {
  const { at: _, ...bye } = await device.next("bye");
  assert.deepEqual(bye, { type: "bye", reason, ...more });
  const closed = await device.closed;
  assert.deepEqual([closed.code, closed.reason], [code, reason]);
  return closed;
}
const live = async (login) => (await operator.account("coconowork", login)).connections;
/** The account's alarm is set for this moment at the latest; that happens behind the answer which the device got. */
const alarmSet = (login, at) =>
  until(async () => {
    const [wake] = await server.sql({ object: "Account", name: people.get(login).uid }, "SELECT at FROM wake");
    return wake && wake.at > server.clock.now() - SECOND && wake.at <= at;
  });
const page = async (login) => (await (await signedIn(server, "admin.device")).get(`/users/${login}`)).text;

test("cw_007 the connection: subprotocol, welcome, ping and pong, the same through eviction of the object", async () => {
  const before = server.clock.now();
  const client = await connected("device.welcome", "client");
  assert.equal(client.socket.protocol, "device.v1");
  const { type, role, since, ping_every, password } = client.welcome;
  assert.deepEqual({ type, role, ping_every, password }, { type: "welcome", role: "client", ping_every: 30, password: { status: "current" } });
  assert.match(since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/);
  assert.ok(Math.abs(Date.parse(since) - before) < 10 * SECOND);
  await alive(client);
  await server.evict({ object: "Account", name: people.get("device.welcome").uid });
  await alive(client);
  assert.ok((await live("device.welcome")).client, "still connected");
  client.close();
  assert.equal((await client.closed).code, 1000);
  await until(async () => !(await live("device.welcome")).client);
});

test("who may not connect: no token, another's, no upgrade, no subprotocol, a browser", async () => {
  const device = await connected("device.ways");
  device.close();
  const { token } = device;
  const [uid, random] = token.split(".");
  const other = people.get("device.cut").uid;
  const made = `${uid.slice(0, -1)}${uid.endsWith("0") ? 1 : 0}.${random}`;
  for (const bad of ["", "x", uid, `${uid}.`, `${uid}.${random}x`, `${uid}.${random.slice(1)}`, `${other}.${random}`, made, random, `../${token}`]) {
    device.token = bad;
    await refusedBecause(device, 401, "invalid_token");
  }
  device.token = token;
  for (const origin of [server.origin(), "https://evil.example", "null"]) await refusedBecause(device, 403, "origin_not_allowed", { origin });
  const plain = await server.fetch("/device/v1/connect", { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([plain.status, plain.json], [426, { error: "upgrade_required" }]);
  const head = `GET /device/v1/connect HTTP/1.1\r\nHost: localhost:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${token}\r\n`;
  for (const protocol of ["", "Sec-WebSocket-Protocol: device.v2\r\n"]) assert.equal((await server.raw(`${head}${protocol}\r\n`)).status, 400);
  device.token = token;
  await reconnected(device);
  device.close();
});

test("cw_070 cw_071 cw_072 切断 closes one end with 4001 and leaves the other; it may come back at once", async () => {
  const viewer = await connected("device.cut", "viewer");
  const client = await connected("device.cut", "client");
  const administrator = await signedIn(server, "admin.device");
  assert.match(await page("device.cut"), /ビューア（手元端末） 現在接続されています。 接続開始時刻 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900 切断/);
  const question = await administrator.get("/users/device.cut/disconnect/viewer");
  const began = performance.now();
  const done = await administrator.submit(question, {}, "/users/device.cut/disconnect/viewer");
  const closed = await closedBy(viewer, 4001, "administrator");
  assert.ok(closed.at - began < 500, `${closed.at - began} ms from the POST to the Close frame`);
  assert.match(done.text, /ビューア（手元端末） 現在接続されていません。/);
  assert.match(done.text, /クライアント（接続先機器） 現在接続されています。/);
  await alive(client);
  // The same form again finds nobody and does nothing.
  await administrator.submit(question, {}, "/users/device.cut/disconnect/viewer");
  await reconnected(viewer);
  await alive(viewer);

  await act(administrator, "device.cut", "disconnect/client");
  await closedBy(client, 4001, "administrator");
  await alive(viewer);
  const nothing = await act(administrator, "device.cut", "disconnect/client");
  assert.equal(nothing.status, 200);
  assert.match(nothing.text, /クライアント（接続先機器） 現在接続されていません。/);
  await reconnected(client);
  // A repeat of a form whose act was done cuts nobody who came later.
  await administrator.submit(question, {}, "/users/device.cut/disconnect/viewer");
  await alive(viewer);
  viewer.close();
  client.close();
});

test("切断 reaches a connection whose object sleeps or was started anew", async () => {
  const viewer = await connected("device.sleep");
  const administrator = await signedIn(server, "admin.device");
  await server.evict({ object: "Account", name: people.get("device.sleep").uid });
  await act(administrator, "device.sleep", "disconnect/viewer");
  await closedBy(viewer, 4001, "administrator");
  // A cut that happened before workerd died is no cut of the connection after it.
  await server.kill9();
  await reconnected(viewer);
  await alive(viewer);
  viewer.close();
});

test("cw_073 the newest connection wins: 4009 to the older one, and whether it was the same device", async () => {
  const phone = await connected("device.replaced");
  const again = await server.device({ token: phone.token });
  await again.next("welcome");
  await closedBy(phone, 4009, "replaced", { same_device: true });
  await alive(again);
  const desk = await connected("device.replaced", "client", { name: "DESKTOP-1" });
  const laptop = await connected("device.replaced", "client", { name: "LAPTOP-1" });
  await closedBy(desk, 4009, "replaced", { same_device: false });
  await alive(again);
  const { viewer, client } = await live("device.replaced");
  assert.ok(viewer && client);
  again.close();
  laptop.close();
});

test("cw_073 who asks for a vacant place gets it only if it is vacant", async () => {
  const desk = await connected("device.vacant", "client");
  const laptop = await connected("device.vacant", "client", { connectHeaders: {} });
  await closedBy(desk, 4009, "replaced", { same_device: false });
  await refusedBecause(desk, 409, "occupied", { "x-if-vacant": "1" });
  await alive(laptop);
  const phone = await connected("device.vacant", "viewer", { connectHeaders: { "x-if-vacant": "1" } });
  laptop.close();
  await laptop.closed;
  await until(async () => !(await live("device.vacant")).client);
  await reconnected(desk, { "x-if-vacant": "1" });
  phone.close();
  desk.close();
});

test("anything but ping, ack and signal is a protocol error: 4400 for who sent it, nothing for the other end", async () => {
  const client = await connected("device.frames", "client");
  const viewer = await connected("device.frames");
  for (const frame of ["hello", "ping ", "PING", "", '{"type":"nothing we know"}', "[]", "{", '{"type":"ack"}', '{"type":"signal"}', Buffer.from('{"type":"ack","id":"7f"}'), Buffer.from("ping"), Buffer.alloc(0), "x".repeat(40_000)]) {
    viewer.send(frame);
    await closedBy(viewer, 4400, "protocol_error");
    await reconnected(viewer);
  }
  await alive(client);
  viewer.close();
  client.close();
});

test("cw_074 silent for 90 s is not connected; pings keep a connection through any time", async () => {
  const talking = await connected("device.alive");
  const silent = await connected("device.silent");
  for (let round = 0; round < 4; round += 1) {
    await server.clock.advance(60 * SECOND);
    await alive(talking);
  }
  assert.ok((await live("device.alive")).viewer, "talking");
  assert.equal(talking.frames.filter(({ data }) => data.type === "bye").length, 0);
  assert.match(await page("device.silent"), /ビューア（手元端末） 現在接続されていません。/);
  assert.equal((await live("device.silent")).viewer, null);
  assert.equal((await silent.closed).code, 1001);
  talking.close();
});

test("a silent connection gives its place at once, and is closed by the alarm within 15 minutes", async () => {
  const silent = await connected("device.silent", "client");
  await alive(silent);
  await server.clock.advance(89 * SECOND);
  const next = await server.device({ token: silent.token, connectHeaders: { "x-if-vacant": "1" } });
  assert.equal(next.refused?.status, 409);
  await server.clock.advance(2 * SECOND);
  await next.connect({ "x-if-vacant": "1" });
  assert.equal(next.refused, null);
  await next.next("welcome");
  await silent.closed;

  // Nobody looks: the alarm alone.
  await alarmSet("device.silent", server.clock.now() + 15 * MINUTE + SECOND);
  await server.clock.advance(15 * MINUTE + 2 * SECOND);
  await closedBy(next, 1001, "silent");
});

test("the end of the service closes live connections at midnight in Tokyo; a later end revives the token", async () => {
  const midnight = tokyoMidnight(tokyoDay(server.clock.now())) + DAY;
  const login = "device.ending";
  const user = { login, end: tokyoDay(server.clock.now()) };
  people.set(login, (await contract(server, CONTRACT, "admin.device", [user])).get(login));
  await server.clock.advance(midnight - 40 * SECOND - server.clock.now());
  const viewer = await connected(login);
  const client = await connected(login, "client");
  await alarmSet(login, midnight);
  await server.clock.advance(midnight - SECOND - server.clock.now());
  await alive(viewer);
  await server.clock.advance(midnight + SECOND - server.clock.now());
  await Promise.all([viewer, client].map((device) => closedBy(device, 4004, "service_ended")));
  for (const device of [viewer, client]) await refusedBecause(device, 401, "invalid_token");
  await contract(server, CONTRACT, "admin.device", [{ ...user, end: tokyoDay(midnight + DAY) }]);
  for (const device of [viewer, client]) await reconnected(device);
  // An end that the operator moves to the past is an end now.
  await contract(server, CONTRACT, "admin.device", [{ ...user, end: tokyoDay(midnight - DAY) }]);
  await Promise.all([viewer, client].map((device) => closedBy(device, 4004, "service_ended")));
});

test("cw_062 cw_064 cw_065 初期化 leaves the live phone, ends its token, and the next phone is registered", async () => {
  const old = await connected("device.reset");
  const client = await connected("device.reset", "client");
  const administrator = await signedIn(server, "admin.device");
  assert.match(await page("device.reset"), /モバイル登録済み 端末名 : iPhone16,1 端末のOS : iOS 登録時刻 : \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900/);
  const done = await act(administrator, "device.reset", "device/reset");
  assert.match(done.text, /端末認証情報の登録状況 登録されていません。/);
  assert.match(done.text, /ビューア（手元端末） 現在接続されています。/);
  await alive(old);
  await alive(client);
  const again = await server.device({ token: old.token });
  assert.equal(again.refused.status, 401);
  await alive(old);
  assert.equal((await server.device({ token: client.token })).refused, null, "the client's token lives");
  // Evicted, the object still lets the old phone be.
  await server.evict({ object: "Account", name: people.get("device.reset").uid });
  await alive(old);

  const fresh = await connected("device.reset", "viewer", { name: "Pixel 9", os: "Android 16" });
  await closedBy(old, 4009, "replaced", { same_device: false });
  assert.match(await page("device.reset"), /端末名 : Pixel 9 端末のOS : Android 16/);
  assert.equal((await phoneLogin(server, { login: "device.reset", key: old.key })).body.error, "device_not_registered");
  // After a further reset the old phone may be the first again.
  await act(administrator, "device.reset", "device/reset");
  const key = (await phoneLogin(server, { login: "device.reset", key: old.key })).body.device_key;
  assert.ok(key && key !== old.key);
  fresh.close();
});

test("own password change: the client goes on for 30 days on the previous one, the viewer's token dies", async () => {
  const login = "device.own";
  const viewer = await connected(login);
  const client = await connected(login, "client");
  const user = await signedIn(server, login);
  const form = await user.get("/password");
  const off = { reflect: "" }; // what becomes of a reflected change is in credential.test.mjs
  const done = await user.submit(form, { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD, ...off }, "/password");
  assert.match(done.text, /パスワードが変更されました。/);
  const changed = server.clock.now(); // or a moment before

  const { at: _, ...told } = await client.next("password");
  assert.deepEqual(told, { type: "password", status: "previous", days_left: 30 });
  for (const device of [viewer, client]) await alive(device);
  const dead = await server.device({ token: viewer.token });
  assert.equal(dead.refused.status, 401);
  client.close();
  await client.closed;
  await reconnected(client);
  assert.deepEqual(client.welcome.password, { status: "previous", days_left: 30 });

  // With the previous password: the client with its key, and nobody else.
  const before = await phoneLogin(server, { login, role: "client", key: client.key });
  assert.deepEqual(before.body.password, { status: "previous", days_left: 30 });
  client.token = before.body.token;
  assert.equal((await phoneLogin(server, { login, role: "client" })).status, 401);
  assert.equal((await phoneLogin(server, { login, key: viewer.key })).status, 401);
  assert.equal((await phoneLogin(server, { login, password: NEW_PASSWORD, key: viewer.key })).status, 200);

  // A client on the current password is not replaced by one on the previous.
  const modern = await server.device({ login, password: NEW_PASSWORD, role: "client" });
  await modern.next("welcome");
  await closedBy(client, 4009, "replaced", { same_device: false });
  await refusedBecause(client, 409, "occupied");
  modern.close();
  await modern.closed;
  await until(async () => !(await live(login)).client);

  const lastMoment = changed + 30 * DAY - 10 * SECOND;
  await server.clock.advance(lastMoment - server.clock.now());
  await reconnected(client);
  assert.deepEqual(client.welcome.password, { status: "previous", days_left: 1 });
  await alarmSet(login, changed + 30 * DAY);
  await server.clock.advance(changed + 30 * DAY + SECOND - server.clock.now());
  await closedBy(client, 4003, "credentials_revoked");
  await refusedBecause(client, 401, "invalid_token");
  assert.equal((await phoneLogin(server, { login, role: "client", key: client.key })).status, 401);
  viewer.terminate();
});

test("a temporary password: the live connections stay, the client is told, the viewer needs the new password", async () => {
  const login = "device.forced";
  const viewer = await connected(login);
  const client = await connected(login, "client");
  const temporary = (await operator.post(`/accounts/coconowork/${login}/temporary-password`)).body.initial_password;
  assert.equal((await client.next("password")).days_left, 30);
  for (const device of [viewer, client]) await alive(device);
  assert.equal((await server.device({ token: viewer.token })).refused.status, 401);
  assert.equal((await phoneLogin(server, { login, password: temporary, key: viewer.key })).body.error, "password_change_required");
  await reconnected(client);
  assert.equal(client.welcome.password.status, "previous");
  viewer.close();
  client.close();
});

test("a deleted account: 4003 for both ends, and their tokens are nobody's", async () => {
  const viewer = await connected("device.deleted");
  const client = await connected("device.deleted", "client");
  assert.equal((await operator.delete(`/contracts/${CONTRACT}/users/device.deleted`)).status, 204);
  await Promise.all([viewer, client].map((device) => closedBy(device, 4003, "credentials_revoked")));
  for (const device of [viewer, client]) await refusedBecause(device, 401, "invalid_token");
  assert.equal((await phoneLogin(server, { login: "device.deleted" })).status, 401);
});

test("after kill -9 the tokens connect again without a password", async () => {
  const viewer = await connected("device.kill");
  await server.kill9();
  const verified = (await operator.account("coconowork", "device.kill")).verified_total.device;
  await reconnected(viewer);
  assert.equal((await operator.account("coconowork", "device.kill")).verified_total.device, verified);
  viewer.close();
});
