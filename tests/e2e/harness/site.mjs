// The site map as tests walk it (tests/routes.txt, written by tests/routes.rs), what an answer is in a table, and the committed tables.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { headersOf } from "./login.mjs";

/** The user whom the examples of Route::map() name, and their other ids. */
export const [SAMPLE, SAMPLE_ID] = ["cwtest.00001", "0123456789abcdef"];

/** Every route: which services have it, its path, who is recognised how, whether it is a page, and its methods. */
export const SITE = readFileSync(new URL("../../routes.txt", import.meta.url), "utf8").trim().split("\n").map((line) => {
  const [path, credential, kind, , methods, services] = line.split(" ");
  return { services, path, credential, isPage: kind === "page", about: path.includes(SAMPLE), methods: methods.split(",") };
});

/** Whether the page says that a form lacks something. */
export const unreadable = ({ status, html }) => status === 422 && /<title>入力内容を確認してください/.test(html);

/** An answer in a table: a status, and for a redirect where it leads. */
export function cell({ status, location }, login) {
  return location ? `→ ${location.replace(/\?.*/, "").replace(encodeURIComponent(login), "…").replace(login, "…")}` : String(status);
}

/** Everything of an answer but what differs from one rendering to the next: ids, tickets and the name that was asked for. */
export function whole(page, login) {
  const masked = (text) =>
    [login, encodeURIComponent(login)].reduce((left, name) => left.replaceAll(name, "NAME"), text).replace(/\b[0-9a-f]{32}\b/g, "ID").replace(/ticket=[\w.%-]+/g, "TICKET");
  return { status: page.status, headers: headersOf(page).map(([name, value]) => [name, masked(value)]), body: masked(page.html) };
}

/** Rows of texts as lines whose columns are aligned. */
export function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column])).join("  ").trimEnd());
}

/** Holds a table against the committed one; UPDATE=1 writes it anew. */
export function compare(table, file) {
  if (process.env.UPDATE) writeFileSync(file, table);
  const committed = existsSync(file) ? readFileSync(file, "utf8") : "";
  const name = path.basename(fileURLToPath(file));
  assert.equal(table, committed, `tests/e2e/${name} differs; read every new or changed line, and if they are meant, run this test with UPDATE=1`);
}
