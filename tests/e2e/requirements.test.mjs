// docs/requirements.md and README.md say which tests prove the manuals; this holds them against the tests' names, so that they cannot rot.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { named, page, readme } from "../../scripts/lib/requirements.mjs";

test("the page of requirements and the table in README.md are what the tests' names say", () => {
  const committed = (file) => readFileSync(path.join(ROOT, file), "utf8");
  assert.equal(committed("docs/requirements.md"), page(), "node scripts/lib/requirements.mjs writes it anew");
  assert.equal(committed("README.md"), readme(), "node scripts/lib/requirements.mjs writes it anew");
});

test("a name is read in every spelling, alone and as a range", () => {
  const letters = ["C", "W"].join("");
  assert.deepEqual([...named(`${letters}-083, ${letters.toLowerCase()}_012_x and ${letters}081`)].toSorted(), [`${letters}-012`, `${letters}-081`, `${letters}-083`]);
  assert.deepEqual([...named(`${letters.toLowerCase()}_071 to ${letters.toLowerCase()}_073, d`)].toSorted(), ["071", "072", "073"].map((number) => `${letters}-${number}`));
  assert.deepEqual([...named("st_d1 and ST-D6")], ["ST-D1", "ST-D6"].filter((number) => number.length === 5));
  assert.deepEqual([...named("first_012, cw_0123, 083")], []);
});
