// The socket tests a second and a third time, with something in the way of every step (issue 4, "must show"):
//
//   KAGIBAN_TRIAL=evict    before each step of a person or a device, every Account that is awake is thrown out of memory
//   KAGIBAN_TRIAL=faults   every command of an Account panics behind its commit, before anything else has happened, and passes when it
//                          is repeated, which the harness does as a person or a program would (the build with `test-faults`)
//
// Run as a program with the trial's name, this prints what `node --test` is to be given. Invariant: a test that takes no part is named
// here with its reason.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Which trial this is; null: none. */
export const TRIAL = process.env.KAGIBAN_TRIAL || null;

/** Files whose tests run under every trial. */
const FILES = ["account", "admin", "credential", "device", "device-grace", "device-hostile", "device-lifetimes", "device-login", "device-register", "live",
  "live-list", "own-password", "previous", "receipt", "reconnect", "revocation", "revoked"];

/** Files with devices that take no part → why. What begins so is a whole family. */
const LEFT_OUT = {
  "chromium": "a real browser takes its steps when it likes: nothing can come before each of them",
  "keyboard": "as chromium",
  "day": "as chromium",
  "canary": "looks for secrets in what is stored and logged, which a fault's own report would only add to",
  "conformance": "its devices are the reference client's; what they are promised in bad hours is in device-lifetimes.test.mjs",
  "device-faults": "has faults of its own and spares no command",
  "panic": "as device-faults",
  "history": "about rows; a device comes and goes in three of its tests to leave one",
  "lock": "counts passwords; one test has devices, which are to notice nothing",
  "operator": "about the API; a device is there to be looked at",
  "openapi": "as operator",
  "matrix": "asks every route once",
  "bad_input": "as matrix",
  "sheet": "the one device is refused",
};

/** Test → why it cannot hold by its nature, or need not. */
const CHROMIUM = Object.fromEntries([
  "cw_084 cw_091 cw_101 cw_120 a day of an administrator in Chromium: the page never reloads, and another's page follows",
  "an open question follows what happens behind it", "cw_084 cw_091 cw_101 cw_120 the same day without JavaScript",
].map((name) => [name, LEFT_OUT.chromium]));
/** A row of revocation.test.mjs. */
const rows = (event, why) => ({ [`${event}: what it ends is dead at its next use, and nothing else is`]: why });
const ABSENT = {
  evict: {
    ...CHROMIUM,
    "every route that acts has said what it ends": "compares two lists",
    "the table that people read": "holds every bearer, of which a trial has the sockets",
    "cw_084 an administrator opens a device door that was closed": "no socket, and a fifth of the time",
    "a hundred without a success close the door to unknown devices until the operator acts, for unknown names alike": "no socket, and a third of the time",
    "cw_060 cw_061 a thousand first logins of different phones at once: exactly one is registered": "as long as all the others; passes",
    "the first change is told at once, those behind it once a second, and the last one is among them": "it measures time",
  },
  faults: {
    ...CHROMIUM,
    "every route that acts has said what it ends": "compares two lists",
    "the table that people read": "holds every bearer, of which a trial has the sockets",
    // Their repeats are answered otherwise, as they should be.
    "cw_065 ten times the same form at once: one sets the password and shows it, nine say that it was done": "the answer that is lost showed it",
    "cw_065 すべて遮断: sessions, tokens, keys, grace and connections end at once, the second factor stays, a phone registers anew": "the second time, which shows the password, cuts nobody",
    "a ticket alone, a cookie alone, a used, expired, foreign or forged ticket open nothing": "a ticket that a fault used up is repeated with another one",
    "cw_113 the page's live link: for the own account and session only; it tells when the client comes, acknowledges and goes": "a ticket that a fault used up is repeated with another one",
    // What a fault keeps from a PC is lost with the grace that it was refused.
    "cw_119 reflected without a grace: that PC goes on, the others end": "whom the credential did not reach has to log in anew, as the page says",
    "cw_111 cw_119 the same without a grace: the page says that the PC may need the new password, and promises no thirty days": "the same",
    "cw_111 a stolen token that was replaced revokes both, 4003 for who is connected on it; the neighbours stay": "it counts how often the PC comes and goes",
    // Of several each has its line: a fault is no 500, and who reads it presses again.
    "cw_119 of several users the grace is ended at once, and each has its result": "a fault is a line of the page",
    ...rows("猶予を今すぐ終了 of several", "a fault is a line of the page"),
    ...rows("five wrong current passwords", "a try that is repeated counts twice"),
    ...rows("多要素認証 set up by himself", "a session that is lost is followed by a code that is not due yet"),
    ...rows("多要素認証 removed by himself", "the same"),
    ...rows("多要素認証 reset by the administrator", "the same"),
    ...rows("多要素認証 reset by the operator", "the same"),
    // A repeat is answered as done, whether the first time did it or found it done.
    "twenty times the same act at once is done once": "it counts answers",
    "cw_119 twenty forms at once end a grace once": "it counts answers",
    "the own session and another person's are not there to be ended": "it reads which of the two",
    "cw_060 cw_061 a thousand first logins of different phones at once: exactly one is registered": "the answer that is lost told who it was; the race with lost answers takes part",
    "the first change is told at once, those behind it once a second, and the last one is among them": "it measures time",
    // They count what a repeat does once more: tries at a password, sessions.
    "cw_083 the lock of the web never touches the device door, nor the other way round": "a wrong password that is repeated counts twice",
    "cw_003 an administrator at the device door uses the counter and the lock of the web": "a wrong password that is repeated counts twice",
    "five wrong passwords a minute without a known key; a known key keeps its own five": "a wrong password that is repeated counts twice",
    "a hundred without a success close the door to unknown devices until the operator acts, for unknown names alike": "a wrong password that is repeated counts twice",
    "cw_084 an administrator opens a device door that was closed": "a wrong password that is repeated counts twice",
    "cw_130 cw_131 the administrator changes his own password: no client to think of, and all his other sessions end": "a try that is repeated counts twice",
    "own sessions: browser in words, address, since and last use; one ends, then all others, each at its next use": "a login that is repeated opens two sessions",
    "with nobody connected the receipt is there at once, and no row waits for anybody": "a login that is repeated opens two sessions",
    "cw_119 cw_120 a forced change without grace: the sessions and the client that it cut": "a login that is repeated opens two sessions",
  },
};

/**
 * Commands that `faults` spares; device-faults.test.mjs spares none. A charge of a login that nobody settles stands as a failure, so that
 * repeats would use up the tries (crash.test.mjs); a one-time code is spent by the answer that is lost, and the next is half a minute away.
 * A contract of many accounts has a fault for each eight of them already (Open).
 */
export const SPARED = "Attempt AttemptDevice GiveCode Open";

/** How often a step is repeated that ended in a fault. A login is two commands, each of which may be in its first run. */
const REPEATS = 8;

/** Port → what has to happen before a step there. */
const steps = new Map();

/** Says what has to happen before each step towards this port. */
export const beforeSteps = (port, step) => steps.set(Number(port), step);

/** Before a step; nothing without a trial. */
export const step = (port) => steps.get(Number(port))?.();
export const stepAt = (url) => step(new URL(url).port);

/** Whether steps have to be waited for. */
export const slow = TRIAL === "evict";

/** Does a step, and again while its answer is a fault on purpose. `faulty` tells so. */
export async function repeated(doing, faulty) {
  for (let round = 1; ; round += 1) {
    const answer = await doing();
    if (TRIAL !== "faults" || !faulty(answer) || round === REPEATS) return answer;
  }
}

/** Files with devices about which nothing is said here. */
function forgotten() {
  const said = (name) => FILES.includes(name) || Object.keys(LEFT_OUT).some((one) => name === one || name.startsWith(`${one}-`));
  const names = readdirSync("tests/e2e").filter((name) => name.endsWith(".test.mjs"));
  return names.filter((name) => !said(name.replace(".test.mjs", "")) && readFileSync(path.join("tests/e2e", name), "utf8").includes("server.device("));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  assert.deepEqual(forgotten(), [], "say in FILES or in LEFT_OUT of trials.mjs whether these take part");
  const escaped = (name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const absent = Object.keys(ABSENT[process.argv[2]]).map((name) => `--test-skip-pattern=^${escaped(name)}$`);
  const files = FILES.map((name) => path.join("tests/e2e", `${name}.test.mjs`));
  process.stdout.write([...absent, ...files].map((line) => `${line}\n`).join(""));
}
