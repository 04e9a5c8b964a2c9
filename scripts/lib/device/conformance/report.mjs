// The report of a conformance run, for people.

const WORD = { passed: "ok    ", failed: "FAILED", skipped: "skip  " };

/** One check: a line, and for a failure what was expected and seen. */
export function lineOf({ id, section, sentence, outcome, why, what, expected, seen }) {
  const head = `${WORD[outcome]} ${id} (${section}) ${sentence}`;
  if (outcome === "skipped") return `${head}\n         ${why}`;
  return outcome === "failed" ? `${head}\n         ${what}\n         expected: ${expected}\n         seen:     ${seen}` : head;
}

/** What it comes to. */
export function summary(results) {
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  const failed = results.filter(({ outcome }) => outcome === "failed").map(({ id }) => id);
  const rest = failed.length > 0 ? `: ${failed.join(" ")}. The numbers in brackets are sections of docs/protocol.md` : "";
  return `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped${rest}`;
}
