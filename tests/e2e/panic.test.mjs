// One object's bug is nobody else's: in a test-only build (feature `test-faults`) the account panic.00001 panics whenever it is
// read. What is shipped unwinds, so the isolate, the other objects and their sockets go on.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { contract, PASSWORD, phoneLogin, signedIn } from "./harness/people.mjs";

const SOCKETS = 100;
const login = (at) => `calm.${String(at).padStart(5, "0")}`;
const calm = Array.from({ length: SOCKETS }, (_, at) => login(at));
const ADMINISTRATOR = "admin.panic";
const FAULT = "/accounts/coconowork/panic.00001";

const start = (options) => startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" }, ...options });
const alive = async (device) => {
  device.send("ping");
  await device.next("pong");
};

test("fifty panics in one object: a hundred sockets of others stay open, and every other request is answered", async () => {
  const server = await start({ bundle: "build-test" });
  after(() => server.stop());
  await contract(server, "500000001", ADMINISTRATOR, [...calm, "panic.00001"]);
  const operator = server.operator();
  const devices = [];
  for (const name of calm) devices.push(await server.device({ login: name, password: PASSWORD }));
  for (const device of devices) await device.next("welcome");
  const administrator = await signedIn(server, ADMINISTRATOR);

  for (let round = 0; round < 50; round += 1) {
    const [fault, other, page] = await Promise.all([
      operator.get(FAULT), operator.get(`/accounts/coconowork/${login(round)}`), administrator.get(`/users/${login(99 - round)}`),
    ]);
    assert.equal(fault.status, 500, `round ${round}`);
    assert.equal(other.status, 200, `round ${round}`);
    assert.ok(other.body.connections.viewer, `round ${round}`);
    assert.equal(page.status, 200, `round ${round}`);
    await alive(devices[round * 2]);
  }

  for (const device of devices) await alive(device);
  assert.equal(devices.flatMap(({ frames }) => frames).filter(({ data }) => data.type === "bye").length, 0);
  // The next login, with its hash, is right, and so is the next connection.
  const next = await phoneLogin(server, { login: login(0), role: "client" });
  assert.equal(next.status, 200);
  assert.ok((await operator.get(`/accounts/coconowork/${login(0)}`)).body.verified_total.device > 0);
  // A page about the broken account is a fault with an id, and no more.
  const broken = await administrator.get("/users/panic.00001");
  assert.equal(broken.status, 500);
  assert.doesNotMatch(broken.text, /on purpose|panicked|wasm/);
  assert.ok(server.logs().some(({ message }) => message.includes("on purpose")), "the log has it");
});

test("what is shipped knows nothing of that fault", async () => {
  const server = await start();
  after(() => server.stop());
  await contract(server, "500000002", ADMINISTRATOR, ["panic.00001"]);
  assert.equal((await server.operator().get(FAULT)).status, 200);
});
