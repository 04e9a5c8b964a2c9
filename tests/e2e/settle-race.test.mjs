// A login that was begun before the account changed opens nothing after it. The settlement is kept at the object's door — the
// charge stands, the hash is made — and in between comes a reset, an unlock or a lock.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SECOND, startServer } from "./harness/harness.mjs";
import { logins, opened, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
let made;
before(async () => {
  made = await contract(server, "123456789", "admin.00001", logins("race", 8));
});

const account = (login) => server.operator().account("coconowork", login);
const operator = (login, act) => server.operator().post(`/accounts/coconowork/${login}/${act}`);
const right = (login) => tryLogin(server, login, PASSWORD);

/** Logs in with the right password, and lets `between` happen before the settlement. The login's answer. */
async function interrupted(login, between) {
  const door = { object: "Account", name: made.get(login).uid };
  await server.hold({ ...door, command: "Settle" });
  const racing = right(login);
  await server.held(door);
  await between();
  await server.release(door);
  return racing;
}

test("cw_080_a_held_settlement_alone_opens_the_account", async () => {
  assert.ok(opened(await interrupted("race.00001", async () => {})), "the way of keeping it changes nothing");
});

test("cw_124_a_settle_after_a_reset_of_the_password_opens_nothing", async () => {
  const page = await interrupted("race.00002", async () => assert.equal((await operator("race.00002", "temporary-password")).status, 200));
  assert.equal(page.status, 401);
  const { sessions, failures, verified_total } = await account("race.00002");
  assert.deepEqual({ sessions, failures, verified: verified_total.web }, { sessions: 0, failures: 0, verified: 0 });
});

test("cw_082_a_settle_after_an_unlock_opens_nothing", async () => {
  const login = "race.00003";
  for (let failures = 0; failures < 3; failures += 1) await tryLogin(server, login, WRONG);
  const page = await interrupted(login, async () => assert.equal((await operator(login, "unlock")).status, 200));
  assert.equal(page.status, 401);
  const { sessions, verified_total } = await account(login);
  assert.deepEqual({ sessions, verified: verified_total.web }, { sessions: 0, verified: 3 });
  assert.ok(opened(await right(login)), "and the account is open to what comes after");
});

test("cw_080_a_settle_after_a_lock_opens_nothing", async () => {
  const login = "race.00004";
  for (let failures = 0; failures < 4; failures += 1) await tryLogin(server, login, WRONG);
  const page = await interrupted(login, async () => {
    // A charge older than 15 s counts as a failure, here the fifth.
    await server.clock.advance(16 * SECOND);
    assert.equal((await right(login)).status, 403);
  });
  assert.equal(page.status, 401);
  const { lock, sessions, verified_total } = await account(login);
  assert.ok(lock);
  assert.deepEqual({ sessions, verified: verified_total.web }, { sessions: 0, verified: 4 });
});

test("cw_080_a_charge_that_is_cut_off_before_its_settlement_stands", async () => {
  const login = "race.00005";
  const door = { object: "Account", name: made.get(login).uid };
  await server.hold({ ...door, command: "Settle" });
  const racing = right(login);
  await server.held(door);
  await server.abort(door);
  assert.equal((await racing).status, 500);
  await server.clock.advance(16 * SECOND);
  const { failures, sessions, verified_total } = await account(login);
  assert.deepEqual({ failures, sessions, verified: verified_total.web }, { failures: 1, sessions: 0, verified: 0 });
});
