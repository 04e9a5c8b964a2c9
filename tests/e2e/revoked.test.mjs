// Past failure 28 (an open socket keeps its rights after they were revoked): a device that is busy all the time, and one that
// never answers a Close, are cut within the bound and get nothing after it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { act, contract, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";
import { CLOSE, frame, stubborn } from "./harness/stubborn.mjs";

const server = await startServer({ wrapped: false });
after(() => server.stop());
const USER = "busy.00001";
await contract(server, "910000001", "admin.busy", [USER]);

const PING = frame("ping");

test("切断 of a device that pings all the time and answers no Close: nothing is served after the Close frame", async () => {
  const { token } = (await phoneLogin(server, { login: USER })).body;
  const administrator = await signedIn(server, "admin.busy");
  const device = stubborn(server.port, token);
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
  const device = stubborn(server.port, token);
  await until(() => device.frames.length > 0);
  device.socket.destroy();
  const next = await server.device({ login: USER, password: PASSWORD, role: "client", key });
  await next.next("welcome");
  next.send("ping");
  await next.next("pong");
  next.close();
});
