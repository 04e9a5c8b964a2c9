// docs/requirements.md and the table in README.md: every group of requirements of the manuals, and the tests that prove it, read from the
// tests' own names.
//
//   node scripts/lib/requirements.mjs            writes it anew
//
// Invariant: a test that proves a requirement carries its number in its name (`cw_083_…`, "st_071 to st_073 …") or in the comment
// that stands on top of its file; nothing else counts. tests/e2e/requirements.test.mjs holds the committed page against this.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./cli.mjs";

const PAGE = path.join(ROOT, "docs/requirements.md");
const README = path.join(ROOT, "README.md");
/** What stands around the table in README.md. */
const AROUND = ["<!-- requirements: node scripts/lib/requirements.mjs -->\n", "<!-- end of requirements -->"];

/** Section, what it is about, and its numbers. */
export const GROUPS = [
  ["A1.1", "Actors, accounts, products", "CW", "001-008"],
  ["A1.2", "Login page", "CW", "010-016"],
  ["A1.3", "Forced change of a temporary password", "CW", "020-022"],
  ["A1.4", "Header, navigation, top page", "CW", "030-036"],
  ["A1.5", "User list (ユーザ管理)", "CW", "040-045"],
  ["A1.6", "A user's page", "CW", "050-056"],
  ["A1.7", "端末認証情報: view and reset", "CW", "060-065"],
  ["A1.8", "Connections and 切断", "CW", "070-074"],
  ["A1.9", "Lock of the login", "CW", "080-086"],
  ["A1.10", "利用を禁止 and 利用を許可", "CW", "090-095"],
  ["A1.11", "多要素認証", "CW", "100-103"],
  ["A1.12", "Password change by the user", "CW", "110-119"],
  ["A1.13", "Password change by the administrator", "CW", "120-124"],
  ["A1.14", "The administrator's own password", "CW", "130-131"],
  ["A2.1", "Roles, plans, permissions", "ST", "001-005"],
  ["A2.2", "Login page", "ST", "010-013"],
  ["A2.3", "2段階認証 at login", "ST", "020-029"],
  ["A2.4", "認証連携: linked services", "ST", "030-032"],
  ["A2.5", "Active Directory", "ST", "040-045"],
  ["A2.6", "回線認証", "ST", "060-069"],
  ["A2.7", "Invitation and registration", "ST", "070-074"],
  ["A2.8", "認証・契約情報変更メニュー", "ST", "080-081"],
  ["A2.9", "2段階認証設定 of the contract", "ST", "090-095"],
  ["A2.10", "Change of login method and mail address", "ST", "100-109"],
  ["A2.11", "Password change", "ST", "110-111"],
  ["A2.12", "Lock and forgotten password", "ST", "120-124"],
  ["A2.13", "What differs between the brands", "ST", "D1-D6"],
];

/** The numbers of a group's range. */
function numbers(kind, range) {
  const [first, last] = range.split("-");
  const letter = /^D/.test(first) ? "D" : "";
  const [from, to] = [first, last].map((text) => Number(text.replace("D", "")));
  return Array.from({ length: to - from + 1 }, (_, at) => `${kind}-${letter}${letter ? from + at : String(from + at).padStart(3, "0")}`);
}

/** The requirements that a text names; "st_071 to st_073" and `st_071_to_st_073` name three. */
export function named(text) {
  const found = new Set();
  const one = "(cw|st)[-_ ]?(\\d{3}|d\\d)(?![0-9])";
  for (const [, kind, first, , last] of text.matchAll(new RegExp(`(?<![a-z])${one}[ _]to[ _]${one}`, "gi"))) {
    for (const number of numbers(kind.toUpperCase(), `${first.toUpperCase()}-${last.toUpperCase()}`)) found.add(number);
  }
  for (const [, kind, number] of text.matchAll(new RegExp(`(?<![a-z])${one}`, "gi"))) found.add(`${kind}-${number}`.toUpperCase());
  return found;
}

/** The names of a file's tests, and the comment on its top. */
function titles(file, text) {
  const top = text.split("\n").findIndex((line) => !/^\/\//.test(line));
  const comment = text.split("\n").slice(0, top).join(" ");
  if (file.endsWith(".mjs")) return [comment, ...[...text.matchAll(/\btest\(\s*(["`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title]) => title)];
  return [comment.replace(/ \/\/!/g, ""), ...[...text.matchAll(/#\[test\][^;{]*?\bfn (\w+)/g)].map(([, title]) => title)];
}

/** Requirement → the files whose tests name it. */
export function proofs(root = ROOT) {
  const found = new Map();
  const below = (folder) => readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(folder, file));
  const files = ["tests", "src", "durable/tests", "durable/src"].flatMap(below).filter((file) => /\.(rs|mjs)$/.test(file));
  for (const file of files.toSorted()) {
    const text = readFileSync(path.join(root, file), "utf8");
    const product = !file.includes("tests");
    if (product && !text.includes("#[test]")) continue;
    // The comment on top of a file of the product says what the product does, not what is tested.
    for (const title of titles(file, text).slice(product ? 1 : 0)) {
      for (const number of named(title)) found.set(number, (found.get(number) ?? new Set()).add(file));
    }
  }
  return found;
}

/** A row for each group, with its best files: this many, named below `base`. */
function rows(found, most, base) {
  return GROUPS.map(([section, about, kind, range]) => {
    const files = new Map();
    const missing = [];
    for (const number of numbers(kind, range)) {
      if (!found.has(number)) missing.push(number);
      for (const file of found.get(number) ?? []) files.set(file, [...(files.get(file) ?? []), number]);
    }
    // Those that prove most, first.
    const best = [...files].toSorted(([a, left], [b, right]) => right.length - left.length || a.localeCompare(b));
    const links = best.slice(0, most).map(([file]) => `[${file.replace(/^(durable\/)?(tests|src)\//, "").replace(/^e2e\//, "")}](${base}${file})`);
    const more = best.length > most ? `, and ${best.length - most} more` : "";
    return { about: `${section} ${about}`, numbers: `${kind}-${range.replace("-", " to ")}`, files: links.join(", ") + more, missing: missing.join(", ") || "none" };
  });
}

/** README.md with its table. */
export function readme(found = proofs(), text = readFileSync(README, "utf8")) {
  const [before, after] = [text.indexOf(AROUND[0]) + AROUND[0].length, text.indexOf(AROUND[1])];
  const table = rows(found, 2, "").map(({ about, numbers: range, files }) => `| ${about} | ${range} | ${files} |\n`);
  return `${text.slice(0, before)}| group | numbers | proved by |\n|---|---|---|\n${table.join("")}${text.slice(after)}`;
}

/** The page. */
export function page(found = proofs()) {
  const lines = rows(found, 12, "../").map(({ about, numbers: range, files, missing }) => `| ${about} | ${range} | ${files} | ${missing} |`);
  return `# The manuals' requirements, and the tests that prove them

Written by \`node scripts/lib/requirements.mjs\` from the names of the tests; a test fails when this page is not what they say.
A1 are the three manuals of ココナワーク, A2 those of WORKSDRIVE and コワークストレージ. The last column are numbers that no test
carries in its name.

| group | numbers | tests | not named |
|---|---|---|---|
${lines.join("\n")}
`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(PAGE, page());
  writeFileSync(README, readme());
}
