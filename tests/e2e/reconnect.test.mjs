// A server that fails takes every device's connection with it, and all of them come back at once. That stores nothing: not in
// the account, whose device nobody saw go, and not in the contract, which still believes it to be there. Only of a person whose
// phone is back before the PC the contract is told so, and told again.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { PASSWORD, contract, signedIn, until } from "./harness/people.mjs";

const CONTRACT = "123456789";
const ENDS = { "cwtest.00001": ["viewer"], "cwtest.00002": ["viewer", "client"] };
const LOGINS = Object.keys(ENDS);

const server = await startServer();
after(() => server.stop());
let people;
before(async () => (people = await contract(server, CONTRACT, "admin.00001", LOGINS)));

const account = (login) => ({ object: "Account", name: people.get(login).uid });
const member = async (login) => (await server.sql({ object: "Contract", name: CONTRACT }, "SELECT * FROM member WHERE login = ?", login))[0];
/** All that an account has stored, and how far its outbox has ever come. */
async function stored(login) {
  const tables = ["SELECT * FROM item", "SELECT * FROM outbox", "SELECT * FROM wake", "SELECT * FROM sqlite_sequence"];
  const rows = await Promise.all(tables.map((sql) => server.sql(account(login), sql)));
  return rows.flat().map((row) => JSON.stringify(row));
}

/** Whether what the first connections brought has been delivered, and the next round is minutes away. */
async function quiet(login) {
  const { viewer, client } = await member(login);
  const [[wake], waiting] = await Promise.all(["SELECT at FROM wake", "SELECT id FROM outbox"].map((sql) => server.sql(account(login), sql)));
  const reported = [viewer, client].filter(Boolean).length === ENDS[login].length;
  return reported && waiting.length === 0 && wake?.at > Date.now() + 60_000;
}

test("cw_070_a_reconnect_after_kill_9_commits_nothing_and_locks_nobody_out", async () => {
  const devices = [];
  for (const login of LOGINS) for (const role of ENDS[login]) devices.push(await server.device({ login, password: PASSWORD, role }));
  for (const login of LOGINS) await until(() => quiet(login), 15_000);
  const before = await Promise.all(LOGINS.map(stored));
  const believed = await member(LOGINS[0]);

  for (let kill = 1; kill <= 3; kill += 1) {
    await server.kill9();
    for (const device of devices) {
      await device.connect();
      assert.equal(device.refused, null, `kill ${kill}: ${JSON.stringify(device.refused)}`);
      await device.next("welcome");
    }
    // Presence is reported within a second behind the last change: by then whatever is stored has been.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(await Promise.all(LOGINS.map(stored)), before, `kill ${kill} stored something in an account`);
    assert.deepEqual(await member(LOGINS[0]), believed, `kill ${kill} stored something in the contract`);
  }
  for (const login of LOGINS) {
    const { connections, failures } = await server.operator().account("coconowork", login);
    assert.deepEqual([Boolean(connections.viewer), Boolean(connections.client)], [true, ENDS[login].length === 2]);
    assert.ok(!failures, `${login} has failures`);
  }
  const list = await (await signedIn(server, "admin.00001")).get("/users");
  for (const login of LOGINS) assert.match(list.text, new RegExp(`${login} 接続中`), "the list believes it");
});
