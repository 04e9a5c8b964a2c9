// The lock of the login (CW-080 to CW-083): five failures under one name, however they arrive, and not one hash more; nothing
// tells a name that exists from one that does not; the devices never notice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deviceLogin } from "./harness/device.mjs";
import { HOUR, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { headersOf, logins, masked, opened, statuses, tryLogin } from "./harness/login.mjs";
import { NEW_PASSWORD, PASSWORD, WRONG, contract } from "./harness/people.mjs";

const WRONG_TEXT = "ユーザ名またはパスワードに誤りがあります。";
const LOCKED_TEXT = "このアカウントは一時的な無効状態です。";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
before(() => contract(server, "123456789", "admin.00001", logins("lock", 20)));

const account = (login) => server.operator().account("coconowork", login);
const fail = (login, password = WRONG) => tryLogin(server, login, password);
async function lock(login) {
  for (let failures = 0; failures < 5; failures += 1) assert.equal((await fail(login)).status, 401);
}

test("cw_012_a_wrong_name_and_a_wrong_password_get_one_message", async () => {
  for (const login of ["lock.00001", "nobody.0001", "not a name", ""]) {
    const page = await fail(login);
    assert.equal(page.status, 401);
    assert.ok(page.text.includes(WRONG_TEXT), page.text);
    assert.ok(page.ms >= 399, `${login}: ${page.ms} ms`);
  }
});

test("cw_013_cw_080_five_failures_lock_and_the_right_password_waits_30_minutes", async () => {
  const login = "lock.00002";
  await lock(login);
  const wrong = await fail(login);
  const right = await fail(login, PASSWORD);
  assert.equal(wrong.status, 403);
  assert.ok(wrong.text.includes(LOCKED_TEXT), wrong.text);
  assert.ok(!wrong.text.includes(WRONG_TEXT));
  assert.equal(masked(wrong), masked(right));
  assert.deepEqual(headersOf(wrong), headersOf(right));
  assert.ok(wrong.ms >= 399 && right.ms >= 399);

  // Failures while locked neither count nor prolong.
  await server.clock.advance(29 * MINUTE);
  for (let more = 0; more < 7; more += 1) assert.equal((await fail(login)).status, 403);
  assert.equal((await fail(login, PASSWORD)).status, 403);
  assert.equal((await account(login)).verified_total.web, 5);
  await server.clock.advance(MINUTE);
  assert.ok(opened(await fail(login, PASSWORD)));
  assert.equal((await account(login)).failures, 0);
  assert.equal((await account(login)).lock, null);
});

test("cw_080_the_run_starts_anew_after_a_lock_and_after_a_success", async () => {
  const login = "lock.00003";
  for (let round = 0; round < 2; round += 1) {
    for (let failures = 0; failures < 4; failures += 1) assert.equal((await fail(login)).status, 401);
    assert.equal((await account(login)).failures, 4);
    assert.ok(opened(await fail(login, PASSWORD)));
    assert.equal((await account(login)).failures, 0);
  }
  await lock(login);
  await server.clock.advance(30 * MINUTE);
  for (let failures = 0; failures < 4; failures += 1) assert.equal((await fail(login)).status, 401);
  assert.ok(opened(await fail(login, PASSWORD)));
});

test("cw_080_a_run_is_forgotten_24_hours_after_its_last_failure", async () => {
  for (const login of ["lock.00004", "nobody.0004"]) {
    for (let failures = 0; failures < 4; failures += 1) assert.equal((await fail(login)).status, 401);
    await server.clock.advance(24 * HOUR - 30 * SECOND);
    assert.equal((await fail(login)).status, 401);
    assert.equal((await fail(login)).status, 403, "the fifth failure came within the day");
    await server.clock.advance(30 * MINUTE);
    for (let failures = 0; failures < 4; failures += 1) assert.equal((await fail(login)).status, 401);
    await server.clock.advance(24 * HOUR);
    for (let failures = 0; failures < 4; failures += 1) assert.equal((await fail(login)).status, 401);
    assert.equal((await fail(login)).status, 401, "the day was over");
    assert.equal((await fail(login)).status, 403);
  }
});

test("cw_082_an_unlock_by_the_operator_ends_the_lock_at_once", async () => {
  const login = "lock.00005";
  await lock(login);
  assert.equal((await fail(login, PASSWORD)).status, 403);
  assert.ok((await account(login)).lock.since);
  assert.equal((await server.operator().post(`/accounts/coconowork/${login}/unlock`)).status, 200);
  assert.ok(opened(await fail(login, PASSWORD)));
});

// past failures 1, 3: parallel guesses all pass a check before its counter is written.
test("cw_080_a_thousand_wrong_logins_in_parallel_verify_exactly_five_passwords", async () => {
  const login = "lock.00006";
  const pages = await Promise.all(Array.from({ length: 1000 }, () => fail(login)));
  assert.deepEqual(statuses(pages), { 401: 5, 403: 995 });
  const state = await account(login);
  assert.equal(state.verified_total.web, 5);
  assert.equal(state.failures, 5);
  assert.ok(state.lock);
  assert.equal((await fail(login, PASSWORD)).status, 403);
  await server.clock.advance(30 * MINUTE);
  assert.ok(opened(await fail(login, PASSWORD)));
});

// past failure 6: spellings counted apart.
test("cw_080_a_thousand_wrong_logins_over_six_spellings_of_the_name_together_verify_exactly_five", async () => {
  const login = "lock.00007";
  const wide = [...login].map((letter) => String.fromCodePoint(letter.codePointAt(0) + 0xfee0)).join("");
  const spellings = [login, "LOCK.00007", "Lock.00007", ` ${login} `, `\u3000${login}`, wide];
  const pages = await Promise.all(Array.from({ length: 1000 }, (_, at) => fail(spellings[at % spellings.length])));
  assert.deepEqual(statuses(pages), { 401: 5, 403: 995 });
  assert.equal((await account(login)).verified_total.web, 5);
  for (const spelling of spellings) assert.equal((await fail(spelling, PASSWORD)).status, 403, spelling);
});

test("cw_080_an_unknown_name_locks_in_parallel_too", async () => {
  const pages = await Promise.all(Array.from({ length: 300 }, () => fail("nobody.0006")));
  assert.deepEqual(statuses(pages), { 401: 5, 403: 295 });
});

test("cw_080_two_hundred_right_logins_in_parallel_all_succeed", async () => {
  const login = "lock.00008";
  const pages = await Promise.all(Array.from({ length: 200 }, () => fail(login, PASSWORD)));
  assert.deepEqual(statuses(pages), { 303: 200 });
  assert.ok(pages.every(opened));
  const state = await account(login);
  assert.equal(state.verified_total.web, 200);
  assert.equal(state.sessions, 100, "100 sessions an account");
  assert.equal(state.lock, null);
});

// past failures 1, 9: among a flood of guesses the right password opens at most what came before the lock.
test("cw_080_right_and_wrong_passwords_mixed_in_parallel_never_verify_more_than_the_run_allows", async () => {
  const login = "lock.00009";
  const pages = await Promise.all(Array.from({ length: 200 }, (_, at) => fail(login, at === 150 ? PASSWORD : WRONG)));
  const successes = pages.filter(opened).length;
  const state = await account(login);
  assert.ok(successes <= 1);
  assert.ok(state.verified_total.web <= 5 + successes * 5, `${state.verified_total.web} verified, ${successes} right`);
  assert.ok(state.lock);
});

// past failures 11, 12: the protection itself tells who exists.
test("cw_012_cw_080_an_unknown_name_answers_the_same_bytes_and_locks_the_same", async () => {
  const known = "lock.00010";
  const unknown = "lock.99999";
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    const pages = await Promise.all([fail(known), fail(unknown)]);
    assert.deepEqual(pages.map((page) => page.status), attempt <= 5 ? [401, 401] : [403, 403]);
    assert.equal(masked(pages[0], known), masked(pages[1], unknown));
    assert.deepEqual(...pages.map(headersOf));
  }
  await server.clock.advance(30 * MINUTE - 10 * SECOND);
  assert.deepEqual((await Promise.all([fail(known), fail(unknown)])).map((page) => page.status), [403, 403]);
  await server.clock.advance(10 * SECOND);
  assert.deepEqual((await Promise.all([fail(known), fail(unknown)])).map((page) => page.status), [401, 401]);
});

test("cw_083_the_lock_leaves_viewer_and_client_alone", async () => {
  const login = "lock.00011";
  const phone = await server.device({ login, password: PASSWORD, role: "viewer" });
  const pc = await server.device({ login, password: PASSWORD, role: "client", name: "PC-1", os: "Windows" });
  await phone.next("welcome");
  await pc.next("welcome");
  await lock(login);
  assert.equal((await fail(login, PASSWORD)).status, 403);

  for (const device of [phone, pc]) {
    device.send("ping");
    await device.next("pong");
  }
  const again = await deviceLogin(server.url, { login, password: PASSWORD, role: "viewer", device: { name: "iPhone16,1", os: "iOS", key: phone.key } });
  assert.equal(again.status, 200);
  const another = await server.device({ login, password: PASSWORD, role: "client", name: "PC-2", os: "Windows" });
  await another.next("welcome");
  assert.equal((await account(login)).connections.viewer !== null, true);
  assert.equal((await fail(login, PASSWORD)).status, 403, "and a device's login does not open the web's lock");
  assert.equal((await account(login)).verified_total.web, 5);
  for (const device of [phone, pc, another]) device.terminate();
});

test("cw_083_wrong_passwords_at_the_device_door_do_not_lock_the_web", async () => {
  const login = "lock.00012";
  const body = { login, password: WRONG, role: "client", device: { name: "PC", os: "Windows", key: null } };
  const answers = [];
  for (let attempt = 0; attempt < 6; attempt += 1) answers.push((await deviceLogin(server.url, body)).status);
  assert.deepEqual(answers, [401, 401, 401, 401, 401, 429]);
  assert.ok(opened(await fail(login, PASSWORD)));
  assert.equal((await account(login)).failures, 0);
});

// past failure 2: an administrator's password is the same secret at both doors, so its failures are one run.
test("cw_080_an_administrators_failures_at_both_doors_are_one_run", async () => {
  const login = "admin.00001";
  const device = { login, password: WRONG, role: "client", device: { name: "PC", os: "Windows", key: null } };
  for (let failures = 0; failures < 3; failures += 1) assert.equal((await deviceLogin(server.url, device)).status, 401);
  for (let failures = 0; failures < 2; failures += 1) assert.equal((await fail(login)).status, 401);
  assert.equal((await fail(login, PASSWORD)).status, 403);
  const { verified_total } = await account(login);
  assert.equal(verified_total.web + verified_total.device, 5);
  await server.clock.advance(30 * MINUTE);
  assert.ok(opened(await fail(login, PASSWORD)));
});

// decisions, "The previous password": refused, not counted ten times in 30 minutes, then counted.
test("cw_080_the_previous_password_is_refused_and_counts_only_from_the_eleventh_time", async () => {
  const login = "lock.00013";
  const browser = server.browser();
  await browser.signIn(login, PASSWORD);
  await browser.submit(await browser.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  for (let uses = 0; uses < 10; uses += 1) assert.equal((await fail(login, PASSWORD)).status, 401);
  assert.equal((await account(login)).failures, 0);
  await fail(login, PASSWORD);
  assert.equal((await account(login)).failures, 1);
  for (let failures = 0; failures < 4; failures += 1) assert.equal((await fail(login, PASSWORD)).status, 401);
  assert.equal((await fail(login, NEW_PASSWORD)).status, 403);
  await server.clock.advance(30 * MINUTE);
  assert.equal((await fail(login, PASSWORD)).status, 401);
  assert.equal((await account(login)).failures, 0, "the 30 minutes slide");
  assert.ok(opened(await fail(login, NEW_PASSWORD)));
});
