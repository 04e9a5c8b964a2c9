// Time tells nothing (past failures 11, 13, 14, 15): a refusal takes as long for a name nobody has as for every state that an
// account can be in. The logins of ココナワーク and of the storage services, and the requests for a mail: with a new password, with
// another link in place of one that unlocked an account or invited to it.
//
// A statistical test: 300 samples of each state of each door in one random order, so that whatever else the machine does, and whoever
// comes before and after, meets all states alike; each sample about an account of its own, whose name was never given at that door.
// They begin at an even pace. Where passwords are hashed, one hash is done before the next begins, and answers leave, 400 ms after they
// came, between two hashes: the pace follows from how long this machine takes for one. Where none are hashed, requests come many times
// as fast. Medians of a door's states are compared. A run in which the machine did not keep the pace, whatever its medians say, measured
// the machine: it is repeated at a slower one. A difference counts when a second run shows one again.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { DAY, HOUR, MINUTE, SECRETS, startServer } from "./harness/harness.mjs";
import { logins, tryLogin } from "./harness/login.mjs";
import { PASSWORD, WRONG, contract, tokyoDay } from "./harness/people.mjs";
import { STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";

const SAMPLES = 300;
/** Users in one request of the operator, beside an administrator. */
const PART = 150;
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
/** Accounts of some state, a sample each, made once whichever doors ask for them: `names` of a state, and its login → account. */
function people(names, create) {
  const made = new Map();
  const make = async (state, facts) => {
    const parts = Array.from({ length: SAMPLES / PART }, (_, at) => names(state).slice(at * PART, (at + 1) * PART));
    const maps = await Promise.all(parts.map((part, at) => create(state, at, part.map((login) => ({ login, ...facts })))));
    return new Map(maps.flatMap((map) => [...map]));
  };
  return { names, make: (state, facts) => made.get(state) ?? made.set(state, make(state, facts)).get(state) };
}
const byLogin = people((state) => logins(state, SAMPLES), (state, at, users) => contract(server, `${state}-${at}`, `admin${at}.${state}`, users));
const byAddress = (home, service = "worksdrive") => people(
  (state) => logins("a", SAMPLES).map((name) => `${name}@${home}.${state}.example.jp`),
  (state, at, users) => storageContract(server, service, `${home}-${state}-${at}`, `boss${at}@${home}.${state}.example.jp`, users),
);
const MEMBERS = byAddress("l");
const ADDRESSED = { service: "worksdrive" };
/** Who logs in with a linked service has no password. */
const LINKED = [
  ["credential", () => ({ current: null, generation: 1 })],
  ["linked", (now, uid) => ({ provider: "google", issuer: "https://accounts.example.jp", subject: uid, since: now })],
];
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
const another = (home, purpose, states) => ({
  ...byAddress(home), states,
  ask: (login, state, uid) => server.browser(ADDRESSED).post(link(purpose, uid), { resend: "1", operation: "0".repeat(32) }),
});

/** The doors: what their accounts are like, and what an answer looks like by state. `items` puts what no page leads to quickly. */
const LOGINS = {
  "cw_012_cw_080_refused_logins": {
    ...byLogin,
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
  "st_030_st_120_past_failure_14_refused_logins_by_mail_address": {
    ...MEMBERS,
    ask: (login, { password }) => tryLogin(server, login, password, ADDRESSED),
    states: {
      unknown: { password: "Wrong-0000", status: 401 },
      known: { password: "Wrong-0000", status: 401 },
      linked: { password: STORAGE_PASSWORD, status: 401, items: LINKED },
      locked: { password: STORAGE_PASSWORD, status: 403, items: [locked(10)] },
      invited: { password: STORAGE_PASSWORD, status: 401, facts: { ready: false } },
      ended: { password: STORAGE_PASSWORD, status: 401, facts: { end: "2023-01-31" } },
    },
  },
  // The other door and the other brand at once: both go through the code of the row above, which asks for the service's constants and
  // for whose session it is going to be. What would make a difference at one of the two makes one here; three states tell it.
  "st_080_st_120_refused_logins_to_the_menu_of_the_other_brand": {
    ...byAddress("m", "cowork-storage"),
    ask: (login, { password }) => server.browser({ service: "cowork-storage" }).post("/menu/login", { login, password, next: "", operation: "0".repeat(32) }),
    states: {
      unknown: { password: "Wrong-0000", status: 401 },
      known: { password: "Wrong-0000", status: 401 },
      linked: { password: STORAGE_PASSWORD, status: 401, items: LINKED },
    },
  },
};
const REQUESTS = {
  // The people of the logins, whose names nobody has given at this door.
  "st_123_requests_for_a_forgotten_password": {
    ...MEMBERS,
    ask: (login) => server.browser(ADDRESSED).post("/forgot", { login, operation: "0".repeat(32) }),
    states: {
      unknown: { status: 200 },
      known: { status: 200 },
      linked: { status: 200, items: LINKED },
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
  const { items = [] } = DOORS[door].states[state];
  const rows = items.length && uids.has(`${door} ${state}`) ? [...uids.get(`${door} ${state}`)] : [];
  const one = async (uid) => {
    for (const [key, value] of items) {
      await server.sql({ object: "Account", name: uid }, "INSERT OR REPLACE INTO item (key, json) VALUES (?, ?)", key, JSON.stringify(value(server.clock.now(), uid)));
    }
  };
  while (rows.length > 0) await Promise.all(rows.splice(0, 20).map(one));
}
before(async () => {
  const began = performance.now();
  for (const [door, { states, make, names }] of Object.entries(DOORS)) {
    for (const [state, { facts = {} }] of Object.entries(states).filter(([state]) => state !== "unknown")) {
      const made = await make(state, facts);
      uids.set(`${door} ${state}`, names(state).map((login) => made.get(login).uid));
      await put(door, state);
    }
  }
  // The mails of the invitations have left before anything is measured.
  await server.clock.advance(MINUTE);
  console.log(`  the accounts were there after ${((performance.now() - began) / 1000).toFixed(0)} s`);
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
    const [known, uid] = [names(state)[at], uids.get(`${door} ${state}`)?.[at]];
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
      // What the accounts were asked for is forgotten a day later, and the locked ones are locked anew.
      if (spoilt.length > 0) await server.clock.advance(25 * HOUR + MINUTE);
      for (const door of spoilt) for (const state of Object.keys(DOORS[door].states)) await put(door, state);
      left = spoilt;
    }
  });
}
