// Standard input, line by line: the password first if it has to come from there, then what --signal sends.
//
// Invariant: signals leave in the order of their lines, at most 20 a second; one that nobody could take is dropped and said so.

import { createInterface } from "node:readline";

/** 20 a second (docs/protocol.md, section 8), with a little to spare. */
const GAP = 52;
/** Longest frame a server takes, in bytes. */
const LONGEST = 16 * 1024;

const lines = () => createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();
let input;

/** The next line, or undefined at the end. */
async function nextLine() {
  input ??= lines();
  const { value } = await input.next();
  return value;
}

let first;
/** The password on the first line; nobody is asked at a terminal. */
export const passwordOnInput = () => (first ??= process.stdin.isTTY ? Promise.resolve("") : nextLine().then((line) => line?.trim() ?? ""));

/** Sends what comes in until it ends. @param {import("./device.mjs").Device} device */
export async function sendLines(device) {
  for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
    if (!line.trim()) continue;
    const data = asData(line);
    if (Buffer.byteLength(JSON.stringify({ type: "signal", data })) > LONGEST) device.say("not sent: longer than 16 KiB");
    else if (!device.signal(data)) device.say("not sent: not connected");
    await new Promise((resolve) => setTimeout(resolve, GAP));
  }
}

function asData(line) {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
