// The socket tests a second and a third time, with something in the way of every step (issue 4, "must show"):
//
//   KAGIBAN_TRIAL=evict    before each step of a person or a device, every Account that is awake is thrown out of memory
//   KAGIBAN_TRIAL=faults   every command of an Account panics behind its commit, before anything else has happened, and passes when it
//                          is repeated, which the harness does as a person or a program would (the build with `test-faults`)
//
// Run as a program with the trial's name, this prints what `node --test` is to be given. Invariant: a test that takes no part is named
// here with its reason.

import path from "node:path";
import { fileURLToPath } from "node:url";

/** Which trial this is; null: none. */
export const TRIAL = process.env.KAGIBAN_TRIAL || null;

/** Files whose tests run under every trial. */
const FILES = ["device", "device-grace", "device-hostile", "device-lifetimes", "device-login", "device-register", "credential", "live", "live-list", "receipt",
  "revoked"];

/** Test → why it cannot hold by its nature, or need not. */
const ABSENT = {
  evict: {
    "a hundred without a success close the door to unknown devices until the operator acts, for unknown names alike": "no socket, and a third of the time",
    "cw_060 cw_061 a thousand first logins of different phones at once: exactly one is registered": "as long as all the others; passes",
    "the first change is told at once, those behind it once a second, and the last one is among them": "it measures time",
  },
  faults: {
    // Their repeats are answered otherwise, as they should be.
    "a deleted account: 4003 for both ends, and their tokens are nobody's": "a repeated DELETE finds nobody: 404; device-faults.test.mjs has it",
    "cw_065 the password is shown once: a repeat says it was done, and nothing keeps or tells the password": "the answer that is lost showed it",
    "cw_065 ten times the same form at once: one sets the password and shows it, nine say that it was done": "the answer that is lost showed it",
    "cw_065 すべて遮断: sessions, tokens, keys, grace and connections end at once, the second factor stays, a phone registers anew": "the answer that is lost showed the password",
    "cw_065 logins of a thief that are under way open nothing afterwards, whatever they were begun with": "the answer that is lost showed the password",
    "cw_065 cw_121 of a user whose use is prohibited the password is not temporary, and the pages say so": "the answer that is lost showed the password",
    "what reaches the contract before the outbox does is not told twice, and a deleted user does not come back": "a repeated DELETE finds nobody: 404",
    "cw_060 cw_061 a thousand first logins of different phones at once: exactly one is registered": "the answer that is lost told who it was; the race with lost answers takes part",
    "the first change is told at once, those behind it once a second, and the last one is among them": "it measures time",
    "a ticket alone, a cookie alone, a used, expired, foreign or forged ticket open nothing": "a ticket that a fault used up is repeated with another one",
    "cw_113 the page's live link: for the own account and session only; it tells when the client comes, acknowledges and goes": "a ticket that a fault used up is repeated with another one",
    // They count what a repeat does once more: tries at a password, sessions.
    "cw_083 the lock of the web never touches the device door, nor the other way round": "a wrong password that is repeated counts twice",
    "cw_003 an administrator at the device door uses the counter and the lock of the web": "a wrong password that is repeated counts twice",
    "five wrong passwords a minute without a known key; a known key keeps its own five": "a wrong password that is repeated counts twice",
    "a hundred without a success close the door to unknown devices until the operator acts, for unknown names alike": "a wrong password that is repeated counts twice",
    "with nobody connected the receipt is there at once, and no row waits for anybody": "a login that is repeated opens two sessions",
    "cw_119 cw_120 a forced change without grace: the sessions and the client that it cut": "a login that is repeated opens two sessions",
  },
};

/**
 * Commands that `faults` spares; device-faults.test.mjs spares none. A charge that nobody settles stands as a failure, so that repeats would
 * use up the tries (crash.test.mjs). A change of one's own password or second factor answers with the session that takes the old one's
 * place: who has lost that answer logs in anew. A contract of many accounts has a fault for each eight of them already (Open).
 */
export const SPARED = "Attempt AttemptDevice OpenChange ChangePassword GiveCode RemoveFactor Open";

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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const escaped = (name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const absent = Object.keys(ABSENT[process.argv[2]]).map((name) => `--test-skip-pattern=^${escaped(name)}$`);
  const files = FILES.map((name) => path.join("tests/e2e", `${name}.test.mjs`));
  process.stdout.write([...absent, ...files].map((line) => `${line}\n`).join(""));
}
