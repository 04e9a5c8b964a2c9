// Custom properties of a style sheet under short names: they are written some five hundred times in what every page loads, and
// nothing outside the style sheet knows them. Standard input to standard output.

import { text } from "node:stream/consumers";

const sheet = await text(process.stdin);
const short = new Map();
const nameOf = (long) => {
  if (!short.has(long)) short.set(long, `--${short.size.toString(36)}`);
  return short.get(long);
};
// A modifier of a class ("block--wide") has no blank, bracket or semicolon before it.
process.stdout.write(sheet.replace(/(?<=[\s({;,:])--[a-z][a-z0-9-]*/g, nameOf));
