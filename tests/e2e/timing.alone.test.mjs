// Time tells nothing (past failures 11, 13, 14): a refused login takes as long for a name nobody has as for a wrong password,
// a locked, prohibited, ended or not yet started account.
//
// A statistical test: 300 samples of each state in one random order, so that whatever else the machine does, and whoever comes
// before and after, meets all states alike. They begin at an even pace at which one hash is done before the next begins and
// answers leave, 400 ms after they came, between two hashes. Medians are compared; a run that a busy machine has spoilt is
// repeated once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOUR, MINUTE, startServer } from "./harness/harness.mjs";
import { logins, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract, tokyoDay } from "./harness/people.mjs";

const SAMPLES = 300;
/** Each account is asked this often in a run: as often as a wrong password is hashed before the lock. */
const USES = 5;
const ACCOUNTS = SAMPLES / USES;
/** Milliseconds between two requests, seven of them a little more than 400; and how many may be under way if the machine falls behind. */
const PACE = 59;
const UNDER_WAY = 12;

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());

const STATES = {
  unknown: { password: WRONG, status: 401 },
  wrong: { password: WRONG, status: 401 },
  locked: { password: PASSWORD, status: 403, item: ["web", (now) => ({ failures: 5, last_failure: now, locked_at: now })] },
  prohibited: { password: PASSWORD, status: 403, item: ["prohibited", () => true] },
  ended: { password: PASSWORD, status: 401, facts: { end: "2023-01-31" } },
  later: { password: PASSWORD, status: 401, facts: { start: tokyoDay(Date.now() + 30 * 24 * HOUR) } },
};

/** Puts accounts into a state that no page leads to yet. */
async function put(state) {
  if (!STATES[state].item) return;
  const [key, value] = STATES[state].item;
  for (const uid of uids.get(state)) {
    const json = JSON.stringify(value(server.clock.now()));
    await server.sql({ object: "Account", name: uid }, "INSERT OR REPLACE INTO item (key, json) VALUES (?, ?)", key, json);
  }
}

const uids = new Map();
before(async () => {
  for (const [state, { facts }] of Object.entries(STATES).filter(([state]) => state !== "unknown")) {
    const names = logins(state, ACCOUNTS);
    const made = await contract(server, state, `admin.${state}`, names.map((login) => ({ login, ...facts })));
    uids.set(state, names.map((login) => made.get(login).uid));
    await put(state);
  }
});

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** One run: how long each answer of each state took, milliseconds. */
async function run(round) {
  const times = Object.fromEntries(Object.keys(STATES).map((state) => [state, []]));
  const ask = async (state, at) => {
    const login = state === "unknown" ? `unknown.${round}.${at}` : `${state}.${String((at % ACCOUNTS) + 1).padStart(5, "0")}`;
    const page = await tryLogin(server, login, STATES[state].password);
    assert.equal(page.status, STATES[state].status, `${state}: ${login}`);
    times[state].push(page.ms);
  };
  const order = Object.keys(STATES).flatMap((state) => Array.from({ length: SAMPLES }, (_, at) => [Math.random(), state, at])).sort(([a], [b]) => a - b);
  const underWay = new Set();
  let next = performance.now();
  for (const [, state, at] of order) {
    const one = ask(state, at).finally(() => underWay.delete(one));
    underWay.add(one);
    next = Math.max(next + PACE, performance.now());
    await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
    if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return Object.fromEntries(Object.entries(times).map(([state, all]) => [state, median(all)]));
}

test("cw_012_cw_080_refused_logins_take_as_long_whatever_the_reason", async () => {
  let apart;
  for (let round = 0; round < 2; round += 1) {
    const medians = await run(round);
    const all = Object.values(medians);
    apart = Math.max(...all) - Math.min(...all);
    console.log(`  medians, ms: ${Object.entries(medians).map(([state, ms]) => `${state} ${ms.toFixed(2)}`).join(", ")}; apart ${apart.toFixed(2)}`);
    assert.ok(Math.min(...all) >= 399);
    if (apart <= 2) break;
    // The accounts that failed are locked now; half an hour later they are as before, and the locked ones are locked anew.
    await server.clock.advance(31 * MINUTE);
    await put("locked");
  }
  assert.ok(apart <= 2, `${apart} ms apart`);
});
