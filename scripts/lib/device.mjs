// A real device for the device protocol: logs in, stays connected, answers, reconnects as the close codes say.
//
// Invariants: the Idempotency-Key of a login is on disk before the login is sent, so that a lost answer costs no second
// registration; a new token is on disk before it is acknowledged; the state file is readable by its owner only.

import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import WebSocket from "ws";
import { leave } from "./cli.mjs";

const USAGE = `usage: scripts/device --login NAME --role viewer|client [options]
       scripts/device --accounts FILE [options]

  --server URL      default http://localhost:8787
  --password TEXT   default: KAGIBAN_PASSWORD, else the first line of standard input; not needed while the token lives
  --role ROLE       viewer (a phone) or client (a PC)
  --name, --os      what the device calls itself
  --state FILE      key and token; default .wrangler/devices/SERVER/LOGIN-ROLE.json
  --accounts FILE   many devices: one JSON object a line with login, password, role and, if wanted, name, os, state
  --once            ends at the first close instead of connecting again

Ends with 0 when stopped, 1 on wrong usage, 2 when the login is refused, 3 when a new login is needed, 4 when the service
has ended, 5 after a protocol error, 6 (--once only) when the connection failed or was closed otherwise.`;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const OCCUPIED_WAIT = 15 * MINUTE;

/** What a close code means for a device: a `wait` (milliseconds), or the `exit` code and sentence it ends with. */
function afterClose(code, bye, role) {
  switch (code) {
    case 4001: return { wait: (30 + 30 * Math.random()) * SECOND };
    case 4002: return role === "client" ? {} : { exit: 3, sentence: "the use was prohibited: log in again", forgetToken: true };
    case 4003: return { exit: 3, sentence: "the token no longer counts: log in again", forgetToken: true };
    case 4004: return { exit: 4, sentence: "the service has ended for this account" };
    case 4009: return bye?.same_device ? {} : { wait: OCCUPIED_WAIT, ifVacant: true };
    case 4400: return { exit: 5, sentence: "the server met something it does not know: protocol error" };
    default: return {};
  }
}

const REFUSALS = {
  bad_request: "the server does not accept what this device sent",
  invalid_credentials: "wrong name or password, or not in service",
  device_not_registered: "another phone is registered, or this one was refused: ask the administrator to reset the device",
  password_change_required: "the password is temporary: change it in a browser first",
  remote_access_not_allowed: "this is an account administrator: remote access is for general users",
  origin_not_allowed: "browsers have no business here",
};

class Device {
  #failures = 0;

  constructor({ server, login, password, role, name, os, state, once }) {
    Object.assign(this, { server, login, password, role, name, os, file: state, once });
    this.state = readState(state);
    this.ifVacant = false;
  }

  say(text) { process.stdout.write(`${new Date().toTimeString().slice(0, 8)} ${this.login} ${this.role}: ${text}\n`); }

  save(change) {
    Object.assign(this.state, change);
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, `${JSON.stringify(this.state, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  /** Runs until there is a reason to end; the reason's exit code and sentence. */
  async run() {
    for (;;) {
      const step = this.state.token ? await this.connect() : await this.logIn();
      if (step.forgetToken) this.save({ token: null });
      if (step.exit !== undefined) return step;
      if (step.ok) {
        this.#failures = 0;
        continue;
      }
      if (this.once) return { exit: 6, sentence: "not connected" };
      this.ifVacant = step.ifVacant ?? false;
      const wait = Math.max(step.wait ?? 0, step.wait ? 0 : this.#backOff(), (step.atLeast ?? 0) * SECOND);
      this.say(`connecting again in ${Math.ceil(wait / SECOND)} s`);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Exponential with full jitter, 1 s to 60 s, so that many devices do not come back at once. */
  #backOff() {
    this.#failures += 1;
    return Math.random() * Math.min(MINUTE, SECOND * 2 ** this.#failures);
  }

  async logIn() {
    this.password ??= await standardInput();
    if (!this.password) return { exit: 1, sentence: "no password: give --password, KAGIBAN_PASSWORD or standard input" };
    if (!this.state.login_key) this.save({ login_key: randomUUID() });
    let answer, body;
    try {
      answer = await fetch(`${this.server}/device/v1/login`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": this.state.login_key },
        body: JSON.stringify({ login: this.login, password: this.password, role: this.role, device: { name: this.name, os: this.os, key: this.state.key ?? null } }),
        signal: AbortSignal.timeout(30 * SECOND),
      });
      body = await answer.json().catch(() => ({}));
    } catch (error) {
      this.say(`the server does not answer: ${error.cause?.message ?? error.message}`);
      return {};
    }
    if (answer.status === 429 || answer.status >= 500) {
      const atLeast = body.retry_after ?? Number(answer.headers.get("retry-after") ?? 0);
      this.say(`login answered ${answer.status} ${body.error ?? ""}`);
      return { atLeast };
    }
    this.save({ login_key: null });
    if (answer.status !== 200) return { exit: 2, sentence: `login refused, ${answer.status} ${body.error ?? ""}: ${REFUSALS[body.error] ?? "unknown reason"}${body.detail ? ` (${body.detail})` : ""}` };
    this.save({ token: body.token, ...(body.device_key ? { key: body.device_key } : {}) });
    this.say(`logged in, ${passwordText(body.password)}${body.device_key ? ", this device is registered now" : ""}`);
    return { ok: true };
  }

  connect() {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${this.state.token}`, ...(this.ifVacant ? { "x-if-vacant": "1" } : {}) };
      const socket = new WebSocket(`${this.server.replace(/^http/, "ws")}/device/v1/connect`, "device.v1", { headers, closeTimeout: SECOND, handshakeTimeout: 30 * SECOND });
      this.socket = socket;
      let bye, pinging, opened = false, refused = false, answered = true;
      const ended = (code, reason) => {
        clearInterval(pinging);
        this.say(`closed: ${code}${reason ? ` ${reason}` : ""}`);
        resolve(afterClose(code, bye, this.role));
      };

      socket.on("open", () => {
        opened = true;
        this.#failures = 0;
        this.say("connected");
        // The peer's Close frame itself: workerd keeps the TCP connection open, so that "close" comes late.
        socket._receiver.on("conclude", (code, reason) => ended(code, reason.toString()));
      });
      socket.on("message", (data) => {
        const text = data.toString();
        if (text === "pong") {
          answered = true;
          return;
        }
        let message;
        try {
          message = JSON.parse(text);
        } catch {
          return;
        }
        if (message.type === "bye") bye = message;
        if (message.type === "welcome") {
          clearInterval(pinging);
          pinging = setInterval(() => {
            if (!answered) {
              this.say("the server is silent");
              socket.terminate();
              return;
            }
            answered = false;
            socket.send("ping");
          }, message.ping_every * SECOND);
        }
        this.told(message, socket);
      });
      socket.on("unexpected-response", (_, response) => {
        refused = true;
        socket.terminate();
        if (response.statusCode === 401) {
          this.say("the server does not know the token");
          this.save({ token: null });
          resolve(this.password ? { ok: true } : { exit: 3, sentence: "the token no longer counts: log in again" });
        } else if (response.statusCode === 409) {
          this.say("another device is connected");
          resolve({ wait: OCCUPIED_WAIT, ifVacant: true });
        } else {
          this.say(`connect answered ${response.statusCode}`);
          resolve({ atLeast: Number(response.headers["retry-after"] ?? 0) });
        }
      });
      socket.on("error", (error) => {
        if (!opened && !refused) this.say(`not connected: ${error.message || error.code}`);
      });
      // After a Close frame this changes nothing: a promise is settled once.
      socket.on("close", (code) => {
        clearInterval(pinging);
        if (code !== 1006) return resolve(afterClose(code, bye, this.role));
        if (opened) this.say("connection lost");
        return resolve({});
      });
    });
  }

  told(message, socket) {
    switch (message.type) {
      case "welcome": return this.say(`welcome as ${message.role} since ${message.since}, ${passwordText(message.password)}`);
      case "password": return this.say(`the password was changed: ${passwordText(message)}`);
      case "peer": return this.say(`the ${message.role} ${message.connected ? "came" : "went"}`);
      case "signal": return this.say(`signal: ${JSON.stringify(message.data)}`);
      case "bye": return this.say(`bye: ${message.reason}${message.same_device === undefined ? "" : message.same_device ? " by this device itself" : " by another device"}`);
      case "credential":
        this.save({ token: message.token });
        socket.send(JSON.stringify({ type: "ack", id: message.id }));
        return this.say(`a new token was stored, ${passwordText(message.password)}`);
      default: return undefined; // types it does not know are ignored
    }
  }
}

const passwordText = (password) =>
  password?.status === "previous" ? `on the previous password, ${password.days_left} days left` : "on the current password";

function readState(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    return leave(1, `${file}: ${error.message}`);
  }
}

let input;
const standardInput = () =>
  (input ??= (async () => {
    if (process.stdin.isTTY) return "";
    for await (const chunk of process.stdin) return chunk.toString().split("\n")[0].trim();
    return "";
  })());

const ROLES = { viewer: { name: "iPhone16,1", os: "iOS" }, client: { name: "DESKTOP-1", os: "Windows" } };

/** One device's settings, completed; or a sentence about what is wrong. */
function settings(given, server, once) {
  const { login, password = process.env.KAGIBAN_PASSWORD, role } = given;
  if (!login) return "a login name is missing";
  if (!Object.hasOwn(ROLES, role ?? "")) return `role must be viewer or client, not ${role}`;
  const place = path.join(".wrangler/devices", new URL(server).host.replace(":", "-"), `${encodeURIComponent(login)}-${role}.json`);
  return { ...ROLES[role], state: place, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), server, once, password };
}

function readAccounts(file) {
  return readFileSync(file, "utf8").split("\n").map((line, at) => [line.trim(), at + 1]).filter(([line]) => line)
    .map(([line, at]) => {
      try {
        return JSON.parse(line);
      } catch {
        return leave(1, `${file}, line ${at}: not JSON`);
      }
    });
}

async function main() {
  let options;
  try {
    const text = { type: "string" };
    options = parseArgs({ options: { server: text, login: text, password: text, role: text, name: text, os: text, state: text, accounts: text, once: { type: "boolean" }, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    leave(1, `${error.message}\n${USAGE}`);
  }
  const { server = process.env.KAGIBAN_URL ?? "http://localhost:8787", once = false, accounts, help, ...one } = options;
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (!URL.canParse(server)) leave(1, `not an address: ${server}`);
  const all = (accounts ? readAccounts(accounts) : [one]).map((given) => settings(given, server.replace(/\/$/, ""), once));
  const wrong = all.find((entry) => typeof entry === "string");
  if (wrong) leave(1, `${wrong}\n${USAGE}`);

  const devices = all.map((entry) => new Device(entry));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      for (const device of devices) device.socket?.close(1000);
      setTimeout(() => process.exit(0), 100);
    });
  }
  process.on("disconnect", () => process.exit(0)); // the program that started this one, if it wanted to know, is gone
  const ends = await Promise.all(devices.map(async (device) => {
    const end = await device.run();
    device.say(end.sentence);
    return end.exit;
  }));
  process.exit(Math.max(...ends));
}

await main();
