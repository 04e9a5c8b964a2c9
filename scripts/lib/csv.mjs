// The operator's CSV: RFC 4180, UTF-8 with or without a byte order mark.

/**
 * Rows as objects, each with `line`, the line it begins on. Throws with the line for what is no CSV.
 * @param {Uint8Array} bytes
 * @param {string[]} known the columns that may occur
 * @param {string[]} required those that must
 */
export function parseCsv(bytes, known, required) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("the file is not UTF-8: save it as “CSV UTF-8”");
  }
  const [header, ...rows] = records(text);
  if (!header) throw new Error("the file is empty");
  const columns = header.cells.map((cell) => cell.trim());
  const unknown = columns.filter((column) => !known.includes(column));
  if (unknown.length > 0) throw new Error(`line 1: unknown column ${unknown.join(", ")}; known are ${known.join(", ")}`);
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new Error(`line 1: the column ${missing.join(", ")} is missing`);
  return rows.map(({ line, cells }) => {
    if (cells.length !== columns.length) throw new Error(`line ${line}: ${cells.length} cells, but ${columns.length} columns`);
    return { line, ...Object.fromEntries(columns.map((column, at) => [column, cells[at].trim()])) };
  });
}

/** Every non-empty record with its line. */
function records(text) {
  const found = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  let line = 1;
  for (let cells = [], began = 1; cell.lastIndex < text.length || cells.length > 0; ) {
    const match = cell.exec(text);
    if (!match) throw new Error(`line ${line}: a quotation mark that does not belong there`);
    const [whole, quoted, plain, end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    if (cells.length > 1 || cells[0] !== "") found.push({ line: began, cells });
    cells = [];
    began = line;
  }
  return found;
}

/** One line of CSV. */
export const csvLine = (cells) => `${cells.map((cell) => (/[",\r\n]/.test(cell ?? "") ? `"${cell.replaceAll('"', '""')}"` : (cell ?? ""))).join(",")}\r\n`;
