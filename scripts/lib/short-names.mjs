// Custom properties of style sheets under short names: they are written some five hundred times in what every page loads, and
// nothing outside the style sheets knows them. Standard input, a NUL between two sheets, to one file each.

import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";

const sheet = await text(process.stdin);
const short = new Map();
const nameOf = (long) => {
  if (!short.has(long)) short.set(long, `--${short.size.toString(36)}`);
  return short.get(long);
};
// A modifier of a class ("block--wide") has no blank, bracket or semicolon before it.
const sheets = sheet.replace(/(?<=[\s({;,:])--[a-z][a-z0-9-]*/g, nameOf).split("\0");
for (const [at, file] of process.argv.slice(2).entries()) writeFileSync(file, sheets[at]);
