// What a crash may not break: confirmed changes stay, an account has exactly one password, and a failure that was charged is
// a failure. And what a race may not: an attempt that began before a reset, an unlock or a lock opens nothing after it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { logins, opened, statuses, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract, signedIn, until } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
before(() => contract(server, "123456789", "admin.00001", [...logins("change", 100), ...logins("cut", 6), ...logins("race", 9)]));

const account = (login) => server.operator().account("coconowork", login);
const temporary = (login) => server.operator().post(`/accounts/coconowork/${login}/temporary-password`);

test("cw_014_twenty_times_kill_9_during_a_hundred_changes_loses_no_confirmed_one", async () => {
  /** Every password an account was confirmed to have, the newest last. */
  const passwords = new Map(logins("change", 100).map((login) => [login, [PASSWORD]]));
  let confirmed = 0;
  let cut = 0;
  for (let round = 0; round < 20; round += 1) {
    // Five accounts a round, each changed once, one after the other; the kill comes somewhere among them.
    const some = logins("change", 100).slice(round * 5, round * 5 + 5);
    await until(() => account(some[0]).catch(() => null));
    const began = performance.now();
    await Promise.all(some.map((login) => account(login)));
    const pace = performance.now() - began + 20;
    const changes = some.map(async (login, at) => {
      await new Promise((resolve) => setTimeout(resolve, at * pace));
      const answer = await temporary(login).catch(() => null);
      if (answer?.status === 200) {
        passwords.get(login).push(answer.body.initial_password);
        confirmed += 1;
      } else {
        cut += 1;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * pace));
    await server.kill9();
    await Promise.all(changes);
  }
  assert.equal(confirmed + cut, 100);
  assert.ok(confirmed > 0 && cut > 0, `the kills hit nothing: ${confirmed} confirmed, ${cut} cut`);
  console.log(`  ${confirmed} changes confirmed, ${cut} cut off`);

  for (const [login, [old, changed]] of passwords) {
    const before = await account(login);
    if (changed) {
      assert.equal(before.temporary_password, true, `${login}: the confirmed change is lost`);
      assert.ok(opened(await tryLogin(server, login, changed)), `${login}: the confirmed password does not work`);
    } else if (before.temporary_password) {
      // The change was stored, its answer lost: the old password is dead, and nobody knows the new one until it is made anew.
      const { body } = await temporary(login);
      assert.ok(opened(await tryLogin(server, login, body.initial_password)), login);
    } else {
      assert.ok(opened(await tryLogin(server, login, old)), `${login}: nothing was changed, yet the old password is dead`);
    }
  }
  // The other one of the two does not work; refusals wait 400 ms, so all at once.
  const changed = [...passwords].filter(([, all]) => all.length > 1).map(([login]) => login);
  const old = await Promise.all(changed.map((login) => tryLogin(server, login, PASSWORD)));
  assert.deepEqual(statuses(old), { 401: changed.length });
});

// past failure 4: a crash wipes the counter.
test("cw_080_failures_survive_kill_9", async () => {
  const login = "cut.00001";
  for (let failures = 0; failures < 4; failures += 1) assert.equal((await tryLogin(server, login, WRONG)).status, 401);
  await server.kill9();
  assert.equal((await account(login)).failures, 4);
  assert.equal((await tryLogin(server, login, WRONG)).status, 401);
  await server.kill9();
  assert.equal((await tryLogin(server, login, PASSWORD)).status, 403);
});

test("cw_080_a_charge_that_a_crash_cut_off_stands_as_a_failure", async () => {
  const login = "cut.00002";
  const { uid } = await account(login);
  const pending = async () => JSON.parse((await server.sql({ object: "Account", name: uid }, "SELECT json FROM item WHERE key = 'web'"))[0]?.json ?? "{}").pending ?? [];
  // Guesses without end, so that at any moment some stand between charge and settlement; the right password among them.
  let charged = [];
  for (let tries = 0; charged.length === 0 && tries < 20; tries += 1) {
    const logins = Array.from({ length: 12 }, () => tryLogin(server, login, PASSWORD).catch(() => null));
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
    await server.kill9();
    await Promise.all(logins);
    charged = await pending();
  }
  assert.ok(charged.length > 0, "no kill hit between charge and settlement");
  assert.equal((await account(login)).failures, 0, "within its 15 seconds a charge is still open");
  await server.clock.advance(15 * SECOND);
  assert.equal((await account(login)).failures, charged.length);
  for (let failures = charged.length; failures < 5; failures += 1) assert.equal((await tryLogin(server, login, WRONG)).status, 401);
  assert.equal((await tryLogin(server, login, PASSWORD)).status, 403);
  await server.clock.advance(30 * MINUTE);
  assert.ok(opened(await tryLogin(server, login, PASSWORD)));
});

test("cw_010_a_session_survives_kill_9_and_a_logout_stays_one", async () => {
  const [stays, leaves] = [await signedIn(server, "cut.00003"), await signedIn(server, "cut.00003")];
  const { session } = leaves.cookies;
  await leaves.post("/logout", {});
  await server.kill9();
  assert.equal((await stays.get("/")).status, 200);
  leaves.setCookie("session", session);
  assert.match((await leaves.get("/")).location, /^\/login/);
});

/** Sends logins with PASSWORD without pause until `act` has answered. @returns the pages and what `act` answered */
async function during(login, password, act) {
  let over = false;
  const pages = [];
  const runners = Array.from({ length: 8 }, async () => {
    while (!over) pages.push(await tryLogin(server, login, password));
  });
  await until(() => pages.length > 4, 20_000);
  const answer = await act();
  over = true;
  await Promise.all(runners);
  return { pages, answer };
}

// past failures 9, 27: what was begun before opens nothing afterwards.
test("cw_080_an_attempt_from_before_a_temporary_password_opens_nothing_after_it", async () => {
  for (const login of logins("race", 3)) {
    const { pages, answer } = await during(login, PASSWORD, () => temporary(login));
    assert.equal(answer.status, 200);
    const state = await account(login);
    assert.equal(state.sessions, 0, `${login}: ${JSON.stringify(statuses(pages))}`);
    assert.equal(state.temporary_password, true);
    await server.operator().post(`/accounts/coconowork/${login}/unlock`);
    assert.ok(opened(await tryLogin(server, login, answer.body.initial_password)));
  }
});

test("cw_080_an_attempt_from_before_an_unlock_is_neither_counted_nor_let_in", async () => {
  for (const login of logins("race", 6).slice(3)) {
    const before = await account(login);
    const guesses = Array.from({ length: 4 }, () => tryLogin(server, login, WRONG));
    const unlocks = Array.from({ length: 6 }, (_, at) =>
      new Promise((resolve) => setTimeout(resolve, at * 15)).then(() => server.operator().post(`/accounts/coconowork/${login}/unlock`)));
    const pages = await Promise.all(guesses);
    await Promise.all(unlocks);
    const state = await account(login);
    assert.deepEqual(statuses(pages), { 401: 4 });
    assert.ok(state.failures <= 4 && state.verified_total.web - before.verified_total.web <= 4);
    assert.equal(state.sessions, 0);
  }
});

test("cw_080_an_attempt_from_before_the_lock_opens_nothing_after_it", async () => {
  for (const login of logins("race", 9).slice(6)) {
    // Eleven at once, so that right ones stand between charge and settlement when the fifth wrong one locks.
    const pages = await Promise.all(Array.from({ length: 40 }, (_, at) => tryLogin(server, login, at % 4 === 3 ? PASSWORD : WRONG)));
    const state = await account(login);
    const successes = pages.filter(opened).length;
    assert.equal(state.sessions, successes, "each session was opened by an answer that said so");
    assert.ok(state.verified_total.web <= pages.filter((page) => page.status === 401 || page.status === 303).length);
    if (state.lock) assert.equal((await tryLogin(server, login, PASSWORD)).status, 403);
  }
});
