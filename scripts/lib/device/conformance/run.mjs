// Runs the checks, one after the other, and says what came of each.

import { CHECKS } from "./checks/index.mjs";
import { Mismatch, Skip, Trial } from "./trial.mjs";

/**
 * @typedef {{id: string, section: string, sentence: string, outcome: "passed" | "failed" | "skipped", why?: string,
 *   what?: string, expected?: string, seen?: string, ms: number}} Result
 */

/**
 * @param {object} given
 * @param {string} given.server its address
 * @param {import("./accounts.mjs").Accounts} given.accounts
 * @param {string[]} [given.only] ids
 * @param {(ms: number) => Promise<void>} [given.advance] lets time pass, where that can be done
 * @param {(result: Result) => void} [given.onResult] after each
 * @returns {Promise<Result[]>}
 */
export async function conformance({ server, accounts, only, advance, onResult = () => {} }) {
  const results = [];
  for (const { run, ...check } of CHECKS.filter(({ id }) => !only || only.includes(id))) {
    const began = performance.now();
    const trial = new Trial({ server, accounts, advance });
    let outcome = { outcome: "passed" };
    try {
      await run(trial);
    } catch (error) {
      outcome = outcomeOf(error);
    }
    await trial.over();
    const result = { ...check, ...outcome, ms: Math.round(performance.now() - began) };
    results.push(result);
    onResult(result);
  }
  return results;
}

function outcomeOf(error) {
  if (error instanceof Skip) return { outcome: "skipped", why: error.message };
  if (error instanceof Mismatch) return { outcome: "failed", what: error.what, expected: error.expected, seen: error.seen };
  return { outcome: "failed", what: "the check itself", expected: "to run to its end", seen: error.cause?.message || error.message };
}

/** Whether the server keeps the contract, as far as it was looked at. */
export const passed = (results) => results.length > 0 && results.every(({ outcome }) => outcome !== "failed");
