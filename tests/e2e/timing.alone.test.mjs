// Time tells nothing (past failures 11, 13, 14, 15): a refusal takes as long for a name nobody has as for every state that an
// account can be in. The logins of ココナワーク and of the storage services, and the requests for a mail: with a new password, with
// another link in place of one that unlocked an account or invited to it.
//
// A statistical test: 300 samples of each state of each door in one random order, so that whatever else the machine does, and whoever
// comes before and after, meets all states alike. They begin at an even pace. Where passwords are hashed, one hash is done before the
// next begins, and answers leave, 400 ms after they came, between two hashes: the pace follows from how long this machine takes for
// one. Where none are hashed, requests come many times as fast. Medians of a door's states are compared. A run in which the machine
// did not keep the pace, whatever its medians say, measured the machine: it is repeated at a slower one. A difference counts when a
// second run shows one again.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { DAY, HOUR, MINUTE, SECRETS, startServer } from "./harness/harness.mjs";
import { logins, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract, tokyoDay } from "./harness/people.mjs";
import { STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";

const SAMPLES = 300;
/** Each account is asked this often in a run: as often as a wrong password is hashed before the lock. */
const USES = 5;
const ACCOUNTS = SAMPLES / USES;
/** No refusal leaves sooner, milliseconds. */
const FLOOR = 400;
/** The milliseconds between two requests, where nothing is hashed. */
const MAIL_PACE = 12;
/** How many times as many may be under way, if the machine falls behind, as are with even steps. */
const UNDER_WAY = 1.75;
/** How much later than the floor half of all answers may be, milliseconds, if the machine kept the pace. */
const KEPT = 8;
const ROUNDS = 4;

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());

const LATER = tokyoDay(Date.now() + 30 * DAY);
const ADDRESSED = { service: "worksdrive" };
const addresses = (door, state) => logins("a", ACCOUNTS).map((name) => `${name}@${door}.${state}.example.jp`);
const byAddress = (door) => ({
  make: (state, facts) => storageContract(server, "worksdrive", `${door}-${state}`, `boss@${door}.${state}.example.jp`, addresses(door, state).map((login) => ({ login, ...facts }))),
  names: (state) => addresses(door, state),
});
const locked = (failures) => ["web", (now) => ({ failures, last_failure: now, locked_at: now })];

// ---- links that have expired, whose holder asks for another one ----------------------------------------------------------------

/** A link of an account whose own id is the account's, so that both are known here. */
function link(purpose, uid) {
  const said = Buffer.concat([Buffer.from([{ invitation: 1, unlock: 3 }[purpose]]), Buffer.from(uid, "hex"), Buffer.from(uid, "hex")]);
  const hmac = createHmac("sha256", JSON.parse(SECRETS.DATA_KEYS)[0]);
  for (const part of [Buffer.from("link"), Buffer.from(server.origin("worksdrive")), said]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hmac.update(length).update(part);
  }
  return `/t/${Buffer.concat([said, hmac.digest()]).toString("base64url")}`;
}
const remembered = (purpose, fields = {}) => ["links", (now, uid) => [{ purpose, nonce: uid, made: now - 15 * DAY, until: now - DAY, state: "open", about: "", asked: [], ...fields }]];
const another = (door, purpose, states) => ({
  ...byAddress(door), states,
  ask: (login, state, uid) => server.browser(ADDRESSED).post(link(purpose, uid), { resend: "1", operation: "0".repeat(32) }),
});

/** The doors: what their accounts are like, and what an answer looks like by state. `items` puts what no page leads to quickly. */
const LOGINS = {
  "cw_012_cw_080_refused_logins": {
    make: (state, facts) => contract(server, state, `admin.${state}`, logins(state, ACCOUNTS).map((login) => ({ login, ...facts }))),
    names: (state) => logins(state, ACCOUNTS),
    ask: (login, { password }) => tryLogin(server, login, password),
    states: {
      unknown: { password: WRONG, status: 401 },
      wrong: { password: WRONG, status: 401 },
      locked: { password: PASSWORD, status: 403, items: [locked(5)] },
      prohibited: { password: PASSWORD, status: 403, items: [["prohibited", () => true]] },
      ended: { password: PASSWORD, status: 401, facts: { end: "2023-01-31" } },
      later: { password: PASSWORD, status: 401, facts: { start: LATER } },
    },
  },
  "st_120_refused_logins_by_mail_address": {
    ...byAddress("l"),
    ask: (login, { password }) => tryLogin(server, login, password, ADDRESSED),
    states: {
      unknown: { password: "Wrong-0000", status: 401 },
      wrong: { password: "Wrong-0000", status: 401 },
      locked: { password: STORAGE_PASSWORD, status: 403, items: [locked(10)] },
      invited: { password: STORAGE_PASSWORD, status: 401, facts: { ready: false } },
      ended: { password: STORAGE_PASSWORD, status: 401, facts: { end: "2023-01-31" } },
    },
  },
};
const REQUESTS = {
  "st_123_requests_for_a_forgotten_password": {
    ...byAddress("f"),
    ask: (login) => server.browser(ADDRESSED).post("/forgot", { login, operation: "0".repeat(32) }),
    states: {
      unknown: { status: 200 },
      known: { status: 200 },
      locked: { status: 200, items: [locked(10)] },
      invited: { status: 200, facts: { ready: false } },
      ended: { status: 200, facts: { end: "2023-01-31" } },
    },
  },
  "st_122_requests_for_another_mail_that_unlocks": another("u", "unlock", {
    unknown: { status: 200 },
    known: { status: 200, items: [remembered("unlock")] },
    locked: { status: 200, items: [remembered("unlock"), locked(10)] },
    replaced: { status: 200, items: [remembered("unlock", { nonce: "0".repeat(32) }), locked(10)] },
    invited: { status: 200, facts: { ready: false } },
    ended: { status: 200, facts: { end: "2023-01-31" }, items: [remembered("unlock"), locked(10)] },
  }),
  "st_074_requests_for_another_invitation": another("i", "invitation", {
    unknown: { status: 200 },
    registered: { status: 200, items: [remembered("invitation", { state: { used: 1 } })] },
    invited: { status: 200, facts: { ready: false }, items: [remembered("invitation")] },
    replaced: { status: 200, facts: { ready: false } },
    ended: { status: 200, facts: { ready: false, end: "2023-01-31" }, items: [remembered("invitation")] },
  }),
};
const DOORS = { ...LOGINS, ...REQUESTS };

const uids = new Map();
async function put(door, state) {
  for (const uid of uids.get(`${door} ${state}`) ?? []) {
    for (const [key, value] of DOORS[door].states[state].items ?? []) {
      await server.sql({ object: "Account", name: uid }, "INSERT OR REPLACE INTO item (key, json) VALUES (?, ?)", key, JSON.stringify(value(server.clock.now(), uid)));
    }
  }
}
before(async () => {
  for (const [door, { states, make, names }] of Object.entries(DOORS)) {
    for (const [state, { facts = {} }] of Object.entries(states).filter(([state]) => state !== "unknown")) {
      const made = await make(state, facts);
      uids.set(`${door} ${state}`, names(state).map((login) => made.get(login).uid));
      await put(door, state);
    }
  }
  // The mails of the invitations have left before anything is measured.
  await server.clock.advance(MINUTE);
});

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/**
 * A pace at which this machine hashes with ease, milliseconds: at least `ease` hashes long, and such that answers leave in the middle
 * of the time between two hashes.
 */
function paceOf(hash, ease) {
  const steps = Math.max(0, Math.floor((FLOOR - hash / 2) / (hash * ease) - 0.5));
  return (FLOOR - hash / 2) / (steps + 0.5);
}
/** How long this machine takes for one refusal, its hash included, milliseconds: many at once, each after the one before. */
async function hashOf(ask) {
  const AT_ONCE = 50;
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => ask(String(70_000 + at))));
  return (performance.now() - began) / AT_ONCE;
}

/** One run of these doors: the median of each state's answers, and of all, milliseconds, by door. */
async function run(doors, pace, round) {
  const times = new Map();
  const one = async (door, state, at) => {
    const { names, ask, states } = DOORS[door];
    const [known, uid] = [names(state)[at % ACCOUNTS], uids.get(`${door} ${state}`)?.[at % ACCOUNTS]];
    // A fresh name each time, of the length that known ones have; a link of nobody.
    const login = uid ? known : known.replace(/\d+/, String(10_000 + round * SAMPLES + at));
    const page = await ask(login, states[state], uid ?? randomBytes(16).toString("hex"));
    assert.equal(page.status, states[state].status, `${door}, ${state}: ${login}`);
    times.set(`${door} ${state}`, [...(times.get(`${door} ${state}`) ?? []), page.ms]);
  };
  const all = doors.flatMap((door) => Object.keys(DOORS[door].states).map((state) => [door, state]));
  const order = all.flatMap((which) => Array.from({ length: SAMPLES }, (_, at) => [Math.random(), ...which, at])).sort(([a], [b]) => a - b);
  const underWay = new Set();
  let next = performance.now();
  for (const [, ...which] of order) {
    const asked = one(...which).finally(() => underWay.delete(asked));
    underWay.add(asked);
    next = Math.max(next + pace, performance.now());
    await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
    if (underWay.size >= (UNDER_WAY * FLOOR) / pace) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return (door) => {
    const states = Object.keys(DOORS[door].states);
    return {
      medians: Object.fromEntries(states.map((state) => [state, median(times.get(`${door} ${state}`))])),
      typical: median(states.flatMap((state) => times.get(`${door} ${state}`))),
    };
  };
}

for (const doors of [LOGINS, REQUESTS]) {
  test(`${Object.keys(doors).join(", ")} take as long whatever the reason`, async () => {
    let left = Object.keys(doors);
    const different = new Set();
    for (let round = 0; left.length > 0; round += 1) {
      let pace = MAIL_PACE * (round + 1);
      if (doors === LOGINS) {
        const hash = await hashOf((name) => tryLogin(server, `nobody${name}`, WRONG));
        pace = paceOf(hash, 1.4 + round / 2);
        console.log(`  a refusal takes ${hash.toFixed(1)} ms of this machine; one begins every ${pace.toFixed(1)} ms`);
      }
      const told = await run(left, pace, round);
      const spoilt = left.filter((door) => {
        const { medians, typical } = told(door);
        const numbers = Object.values(medians);
        const apart = Math.max(...numbers) - Math.min(...numbers);
        const kept = typical <= FLOOR + KEPT;
        const each = Object.entries(medians).map(([state, ms]) => `${state} ${ms.toFixed(2)}`).join(", ");
        console.log(`  ${door}: medians, ms: ${each}; apart ${apart.toFixed(2)}${kept ? "" : "; the machine did not keep the pace"}`);
        assert.ok(Math.min(...numbers) >= FLOOR - 1);
        if (kept && apart <= 2) return false;
        assert.ok(!kept || !different.has(door), `${door}: ${apart} ms apart`);
        assert.ok(round + 1 < ROUNDS, `${door}: the machine kept no pace`);
        if (kept) different.add(door);
        return true;
      });
      // The accounts that failed are locked now, or have failed half as often as they may; a day later they are as before, and the
      // locked ones are locked anew.
      if (spoilt.length > 0) await server.clock.advance(25 * HOUR + MINUTE);
      for (const door of spoilt) for (const state of Object.keys(DOORS[door].states)) await put(door, state);
      left = spoilt;
    }
  });
}
