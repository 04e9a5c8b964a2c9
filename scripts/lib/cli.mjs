// What the programs share: where the project is, leaving with a sentence, a progress bar, tables with Japanese in them.

import path from "node:path";

/** The project's directory. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

/** Ends the program with one line on stderr. */
export function leave(code, sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}

/** A bar on stderr: drawn in place on a terminal, else a line whenever another tenth is done. */
export function progressBar(total, what) {
  let done = 0;
  let tenth = -1;
  return (count) => {
    done += count;
    const share = total === 0 ? 1 : done / total;
    if (process.stderr.isTTY) {
      const filled = Math.round(share * 30);
      process.stderr.write(`\r[${"#".repeat(filled)}${".".repeat(30 - filled)}] ${done}/${total} ${what}${done >= total ? "\n" : ""}`);
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      process.stderr.write(`${done}/${total} ${what}\n`);
    }
  };
}

// East Asian wide and fullwidth characters take two columns.
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/g;
const columns = (text) => text.length + (text.match(WIDE)?.length ?? 0);

/** Rows of cells as aligned lines; the last column is not padded. */
export function table(rows, indent = "") {
  const texts = rows.map((row) => row.map((cell) => String(cell ?? "-")));
  const widths = texts[0]?.map((_, column) => Math.max(...texts.map((row) => columns(row[column])))) ?? [];
  return texts
    .map((row) => indent + row.map((cell, column) => (column === row.length - 1 ? cell : cell + " ".repeat(widths[column] - columns(cell)))).join("  "))
    .join("\n");
}
