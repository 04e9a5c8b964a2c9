// What `scripts/device` was asked to do: options, the accounts of a file, where each device keeps key and token.

import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { leave } from "../cli.mjs";
import { EXIT, SECOND } from "./conduct.mjs";
import { FileStore, MemoryStore } from "./store.mjs";

export const USAGE = `usage: scripts/device --login NAME --role viewer|client [options]
       scripts/device --accounts FILE [options]
       scripts/device --conformance (--operator-token TOKEN | --accounts FILE | --login NAME) [options]

  --server URL      default: KAGIBAN_URL, else http://localhost:8787; other machines only with https
  --password TEXT   default: KAGIBAN_PASSWORD, else the first line of standard input; not needed while the token lives
  --role ROLE       viewer (a phone) or client (a PC)
  --name, --os      what the device calls itself
  --state FILE      key and token; default .wrangler/devices/SERVER/LOGIN-ROLE.json
  --accounts FILE   many devices: one JSON object a line with login, password, role and, if wanted, name, os, state, token (a
                    device with a given token and no state keeps nothing on disk); more than 20 get one line about all
  --at-once N       how many of them log in or connect at the same moment; default 100
  --once            ends at the first close instead of connecting again
  --back-off-cap S  longest wait between two attempts, in seconds, before what a server asks for; default 60
  --signal          sends each line of standard input to the account's other end (as JSON where it is JSON, else as text), at
                    most 20 a second; needs --password or KAGIBAN_PASSWORD if a login is needed

  --conformance     checks the server against docs/protocol.md, section 14
  --operator-token  default: KAGIBAN_OPERATOR_TOKEN; with it the run makes a contract of its own and deletes its users at the end
  --only IDS        these checks alone, as D-001,D-020
  --json            the report as JSON

Exit codes: 0 stopped (SIGINT, SIGTERM), or conformance passed; 1 wrong usage, or conformance failed; 2 the login is refused;
3 a new login is needed; 4 the service has ended; 5 protocol error; 6 (--once only) the connection failed or was closed otherwise;
7 key or token cannot be stored. Of many devices, the highest.`;

const ROLES = { viewer: { name: "iPhone16,1", os: "iOS" }, client: { name: "DESKTOP-1", os: "Windows" } };
const LOCAL = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

const wrong = (sentence) => leave(EXIT.usage, `${sentence}\n\n${USAGE}`);

/** The command line, checked; ends the program with a sentence if it is wrong. */
export function options() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  const known = {
    server: { ...text, default: process.env.KAGIBAN_URL ?? "http://localhost:8787" }, login: text, password: { ...text, default: process.env.KAGIBAN_PASSWORD },
    role: text, name: text, os: text, state: text, accounts: text, "at-once": { ...text, default: "100" }, once: flag,
    "back-off-cap": { ...text, default: "60" }, signal: flag, conformance: flag,
    "operator-token": { ...text, default: process.env.KAGIBAN_OPERATOR_TOKEN }, only: text, json: flag, help: { ...flag, short: "h" },
  };
  let values;
  try {
    values = parseArgs({ options: known }).values;
  } catch (error) {
    wrong(error.message);
  }
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(EXIT.stopped);
  }
  if (!URL.canParse(values.server)) wrong(`not an address: ${values.server}`);
  const { protocol, hostname, origin } = new URL(values.server);
  if (protocol !== "https:" && !(protocol === "http:" && LOCAL.test(hostname))) wrong(`${values.server} is not https: passwords and tokens would travel in clear`);
  const { "at-once": atOnce, "back-off-cap": cap, "operator-token": operatorToken, ...rest } = values;
  return { ...rest, server: origin, atOnce: positive("at-once", atOnce), cap: positive("back-off-cap", cap) * SECOND, operatorToken };
}

function positive(name, text) {
  const number = Number(text);
  return number > 0 && Number.isFinite(number) ? number : wrong(`--${name} must be a number above 0, not ${text}`);
}

/** The JSON lines of a file. */
export function readAccounts(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    wrong(error.message);
  }
  return text.split("\n").map((line, at) => [line.trim(), at + 1]).filter(([line]) => line)
    .map(([line, at]) => {
      try {
        return JSON.parse(line);
      } catch {
        return wrong(`${file}, line ${at}: not JSON`);
      }
    });
}

/** Who connects: one device of the command line, or those of --accounts. Each has a store. */
export function devices(given) {
  const { accounts, login, role, name, os, state } = given;
  const all = accounts === undefined ? [{ login, role, name, os, state }] : readAccounts(accounts);
  if (all.length === 0) wrong(`${accounts}: no device in it`);
  return all.map((one) => complete(one, given));
}

function complete({ login, password, role, name, os, state, token }, { server, password: common }) {
  if (typeof login !== "string" || !login) wrong("a login name is missing");
  if (!Object.hasOwn(ROLES, role ?? "")) wrong(`role must be viewer or client, not ${role}`);
  const usual = ROLES[role];
  return { login, role, name: name ?? usual.name, os: os ?? usual.os, password: password ?? common, store: store({ server, login, role, state, token }) };
}

function store({ server, login, role, state, token }) {
  if (token && !state) return new MemoryStore({ token });
  const own = path.join(".wrangler/devices", new URL(server).host.replace(":", "-"));
  const file = state ?? path.join(own, `${encodeURIComponent(login)}-${role}.json`);
  try {
    if (!state) {
      mkdirSync(own, { recursive: true, mode: 0o700 });
      chmodSync(own, 0o700); // our own place, whatever made it
    }
    const kept = new FileStore(file);
    if (token && !kept.state.token) kept.save({ token });
    return kept;
  } catch (error) {
    return leave(EXIT.usage, `${file}: ${error.message}`);
  }
}
