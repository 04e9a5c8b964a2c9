// Past failure 28 (an open socket keeps its rights after they were revoked): a device that is busy all the time, and one that
// never answers a Close, are cut within the bound and get nothing after it.

import assert from "node:assert/strict";
import net from "node:net";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { act, contract, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";

const server = await startServer({ wrapped: false });
after(() => server.stop());
const USER = "busy.00001";
await contract(server, "910000001", "admin.busy", [USER]);

/** A text frame as a client sends it: masked, with a mask of zeros (RFC 6455, section 5.2). */
const frame = (text) => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
const PING = frame("ping");
const CLOSE = 8;

/** A WebSocket without manners: it answers no Close. `frames`: {opcode, payload, at}. */
function stubborn(token) {
  const socket = net.connect(server.port, "127.0.0.1");
  const device = { socket, frames: [], of: (opcode) => device.frames.filter((one) => one.opcode === opcode) };
  let rest = Buffer.alloc(0);
  let opened = false;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!opened) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      assert.match(rest.toString("latin1", 0, end), /^HTTP\/1\.1 101 /);
      opened = true;
      rest = rest.subarray(end + 4);
    }
    while (rest.length >= 2) {
      const long = (rest[1] & 127) === 126;
      if (long && rest.length < 4) return;
      const [head, length] = long ? [4, rest.readUInt16BE(2)] : [2, rest[1] & 127];
      if (rest.length < head + length) return;
      device.frames.push({ opcode: rest[0] & 15, payload: rest.subarray(head, head + length), at: performance.now() });
      rest = rest.subarray(head + length);
    }
  });
  socket.write([
    "GET /device/v1/connect HTTP/1.1", `Host: localhost:${server.port}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: device.v1", `Authorization: Bearer ${token}`, "", "",
  ].join("\r\n"));
  return device;
}

test("切断 of a device that pings all the time and answers no Close: nothing is served after the Close frame", async () => {
  const { token } = (await phoneLogin(server, { login: USER })).body;
  const administrator = await signedIn(server, "admin.busy");
  const device = stubborn(token);
  await until(() => device.frames.length > 0);
  const busy = setInterval(() => device.socket.write(PING), 1);
  await until(() => device.frames.length > 50);

  const began = performance.now();
  await act(administrator, USER, "disconnect/viewer");
  await until(() => device.of(CLOSE).length > 0);
  const [close] = device.of(CLOSE);
  assert.equal(close.payload.readUInt16BE(0), 4001);
  assert.equal(close.payload.toString("utf8", 2), "administrator");
  assert.ok(close.at - began < 500, `${close.at - began} ms`);
  clearInterval(busy);

  const last = device.frames.at(-1);
  assert.equal(last, close);
  // A thousand more, of every kind: no answer, and nobody is shown as connected.
  for (let at = 0; at < 1000; at += 1) device.socket.write(at % 2 ? PING : frame('{"type":"signal"}'));
  const page = await administrator.get(`/users/${USER}`);
  assert.match(page.text, /ビューア（手元端末） 現在接続されていません。/);
  const again = await server.device({ token });
  await again.next("welcome");
  again.send("ping");
  await again.next("pong");
  assert.equal(device.frames.at(-1), close, "nothing came after the Close frame");
  assert.equal(again.frames.filter(({ data }) => data.type === "bye").length, 0);
  device.socket.destroy();
  again.close();
});

test("a socket that vanishes without a Close does not stand in the way of the next one", async () => {
  const { device_key: key, token } = (await phoneLogin(server, { login: USER, role: "client", password: PASSWORD })).body;
  const device = stubborn(token);
  await until(() => device.frames.length > 0);
  device.socket.destroy();
  const next = await server.device({ login: USER, password: PASSWORD, role: "client", key });
  await next.next("welcome");
  next.send("ping");
  await next.next("pong");
  next.close();
});
