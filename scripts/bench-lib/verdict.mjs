// Lines of the table: what was measured, what stands beside it, and how it compares with its bar.
import { table as columns } from "../lib/cli.mjs";

export const show = (value, unit) => {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
};

export const times = (value, other) => `${(value / other).toFixed(value < 10 * other ? 2 : 1)} x`;

const percent = (part, whole) => `${((part / whole) * 100).toFixed(0)} %`;

function verdict(sign, value, limit, unit) {
  const reached = sign === "<=" ? value <= limit : value >= limit;
  const distance = Math.abs(value - limit);
  const share = limit > 0 ? ` (${percent(distance, limit)})` : "";
  const missed = `NOT REACHED, ${show(distance, unit).trimEnd()}${share} too ${sign === "<=" ? "much" : "little"}`;
  const spare = limit > 0 ? `, ${percent(distance, limit)} to spare` : "";
  const text = reached ? `REACHED${spare}` : missed;
  return { bar: `${sign} ${show(limit, unit)}`, limit, reached, verdict: text };
}

/** A line with a bar: `value` must be at most `limit`. */
export const atMost = (what, value, limit, unit, beside) => ({ what, value, unit, beside, ...verdict("<=", value, limit, unit) });

/** A line with a bar: `value` must be at least `limit`. */
export const atLeast = (what, value, limit, unit, beside) => ({ what, value, unit, beside, ...verdict(">=", value, limit, unit) });

/** A line without a bar. */
export const plain = (what, value, unit, beside = "") => ({ what, value, unit, beside, bar: "", verdict: "" });

/** The table as text: figures to the right, a row's name once. */
export function table(lines) {
  const figures = lines.map((line) => show(line.value, line.unit).trimEnd());
  const width = Math.max(...figures.map((figure) => figure.length));
  const cells = lines.map(({ row, what, beside, bar, verdict }, index) =>
    [row === lines[index - 1]?.row ? "" : row, what, figures[index].padStart(width), beside, bar, verdict]);
  return columns([["row", "what", "measured", "beside it, in the same run", "bar", "verdict"], ...cells]);
}
