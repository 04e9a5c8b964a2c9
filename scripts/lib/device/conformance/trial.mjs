// What a check is written with: what it expects, why it can be skipped, and the devices that it opens.
//
// Invariant: every connection that a check opened is gone when it is over.

import { getConnect, open, postLogin } from "./wire.mjs";
import { Person } from "./person.mjs";

/** Something is not as the contract says. */
export class Mismatch extends Error {
  constructor(what, expected, seen) {
    super(`${what}: expected ${expected}, seen ${seen}`);
    Object.assign(this, { what, expected, seen });
  }
}

/** The check cannot be made here; the message says why. */
export class Skip extends Error {}

/** @typedef {{id: string, section: string, sentence: string, run: (t: Trial) => Promise<void>}} Check */

/** @returns {Check} */
export const check = (id, section, sentence, run) => ({ id, section, sentence, run });

/** A value as a report shows it. */
const shown = (value) => (value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value));

export class Trial {
  #open = [];

  /** @param {{server: string, accounts: import("./accounts.mjs").Accounts, advance?: (ms: number) => Promise<void>}} where */
  constructor({ server, accounts, advance }) {
    Object.assign(this, { server, accounts });
    this.clock = advance;
  }

  /** Same JSON, whatever the order of its fields. */
  equal(seen, expected, what) {
    if (sorted(seen) !== sorted(expected)) throw new Mismatch(what, shown(expected), shown(seen));
  }

  that(condition, what, expected, seen) {
    if (!condition) throw new Mismatch(what, expected, shown(seen));
  }

  /** A login as a device would make it; `more` replaces parts. The account's own key is sent only if it is given. */
  login(who, role, { key = null, password = who.password, name = "conformance", headers, ...device } = {}) {
    return postLogin(this.server, { login: who.login, password, role, device: { name, os: "conformance", key, ...device } }, headers);
  }
  post(body, headers) { return postLogin(this.server, body, headers); }
  get(headers) { return getConnect(this.server, headers); }

  refusal(answer, status, error, what) {
    this.equal({ status: answer.status, error: answer.body?.error }, { status, error }, what);
  }

  /** Logs in with the key that this account's device of that role has, if any; keeps the one that it gets. */
  async admitted(who, role, more = {}) {
    const answer = await this.login(who, role, { key: who.keys[role] ?? null, ...more });
    this.equal(answer.status, 200, `status of a login as ${role}`);
    who.keys[role] = answer.body.device_key ?? who.keys[role];
    return answer.body;
  }

  async open(token, { protocol, ...headers } = {}) {
    const connection = await open(this.server, { token, protocol, headers });
    connection.token = token;
    this.#open.push(connection);
    return connection;
  }

  /** Connects; the welcome was read. */
  async connected(token, headers) {
    const connection = await this.open(token, headers);
    this.that(!connection.refused, "connect", "101", connection.refused);
    connection.welcome = await connection.next("welcome");
    this.that(connection.welcome, "first message", "welcome", connection.frames);
    return connection;
  }

  /** Logs in and connects. */
  async device(who, role, more) {
    const { token } = await this.admitted(who, role, more);
    return this.connected(token);
  }

  /** Another device of that role: a login without a key, its own kept aside. */
  async another(who, role, more) {
    const answer = await this.login(who, role, more);
    this.equal(answer.status, 200, `status of a further login as ${role}`);
    return Object.assign(await this.connected(answer.body.token), { key: answer.body.device_key });
  }

  async alive(connection, what) {
    if (!connection.ended) connection.send("ping");
    const frame = await connection.next("pong");
    this.that(frame === "pong", what, "pong to a ping", connection.ended ?? "no pong");
  }

  /** The server closes it with this code. What it says in `bye` is a check of its own. */
  async closes(connection, code, what) {
    const ended = await connection.closed();
    this.that(ended, what, `Close ${code}`, "still open after 5 s");
    this.equal(ended.code, code, `${what}: close code`);
  }

  async deadToken(token, what) {
    const connection = await this.open(token);
    this.that(connection.refused, what, '401 {"error":"invalid_token"}', "101");
    this.refusal(connection.refused, 401, "invalid_token", what);
  }

  /** A person at the service's own pages. */
  async person(who, password = who.password) {
    const person = await Person.signIn(this.server, who.login, password);
    if (typeof person === "string") throw new Skip(person);
    return person;
  }

  /** Does something at the pages; what cannot be found there is no fault of the protocol. */
  async atPages(doing) {
    const missing = await doing();
    if (missing) throw new Skip(missing);
  }

  /** Lets time pass, where the server under test has a clock that can be moved. */
  advance(ms) {
    if (!this.clock) throw new Skip("needs a server whose clock can be moved");
    return this.clock(ms);
  }

  async over() {
    for (const { socket } of this.#open.splice(0)) socket.terminate();
  }
}

function sorted(value) {
  return JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part);
}
