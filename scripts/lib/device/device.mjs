// A device: logs in when it has no token, stays connected, does what it is told, and ends when there is a reason to.
//
// Invariants: the Idempotency-Key of a login is on disk before the login is sent, so that a lost answer costs no second
// registration; a new token is on disk before it is acknowledged; between two attempts there is always a wait.

import { randomUUID } from "node:crypto";
import { afterClose, afterLogin, afterRefusal, backOff, EXIT, MINUTE, retryAfterOf, SECOND } from "./conduct.mjs";
import { link } from "./link.mjs";
import { notice, passwordText } from "./notice.mjs";

/** A connection that lived this long was a good one: the next failure is a first one. */
const STABLE = 10 * SECOND;
const ANSWER = 30 * SECOND;

export class Device {
  #failures = 0;
  #ifVacant = false;
  #daysTold;
  #stopped = false;
  #socket;

  /**
   * @param {object} who
   * @param {string} who.server
   * @param {string} who.login
   * @param {"viewer" | "client"} who.role
   * @param {string} who.name @param {string} who.os
   * @param {import("./store.mjs").FileStore | import("./store.mjs").MemoryStore} who.store
   * @param {() => Promise<string>} who.password asked for only when a login is needed
   * @param {(text: string) => void} who.say
   * @param {boolean} [who.once] ends at the first close
   * @param {number} [who.cap] longest back-off, milliseconds
   * @param {(status: "starting" | "connected" | "waiting" | "ended") => void} [who.onStatus]
   * @param {() => Promise<() => void>} [who.enter] waits for a turn to log in or connect; the result gives it back
   * @param {() => number} [who.random] @param {(ms: number) => Promise<void>} [who.pause] for tests
   */
  constructor({ once = false, cap = MINUTE, onStatus = () => {}, enter = async () => () => {}, random = Math.random, pause, ...who }) {
    Object.assign(this, who, { once, cap, onStatus, enter, random });
    this.pause = pause ?? ((ms) => new Promise((resolve) => (this.#wake = wakeAfter(ms, resolve))));
  }
  #wake = () => {};

  /** Runs until there is a reason to end; the reason's exit code and sentence. */
  async run() {
    try {
      while (!this.#stopped) {
        this.onStatus("starting");
        const step = this.store.state.token ? await this.#connect() : await this.#logIn();
        if (this.#stopped) break;
        if (step.loggedIn) continue;
        const end = this.#settle(step);
        if (end) return end;
        await this.#wait(step);
      }
      return { exit: EXIT.stopped, sentence: "stopped" };
    } catch (error) {
      return { exit: EXIT.notStored, sentence: `key or token cannot be stored: ${error.message}` };
    } finally {
      this.onStatus("ended");
    }
  }

  /** Leaves: Close 1000, and no further attempt. */
  stop() {
    this.#stopped = true;
    this.#socket?.close(1000);
    this.#wake();
  }

  /** Sends data to the account's other end. Whether there was a connection to send it on. */
  signal(data) {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify({ type: "signal", data }));
    return true;
  }

  /** What a step changes, and the end if it is one. */
  #settle(step) {
    if (step.forgetToken) this.store.save({ token: null });
    if (step.exit !== undefined) return step;
    // A token that is found dead is nobody's close: the login follows.
    if (this.once && !step.forgetToken) return { exit: EXIT.notConnected, sentence: "not connected" };
    // Stays until the device is connected again: a lost network in between gives it no right to push another out.
    this.#ifVacant ||= step.ifVacant ?? false;
    return undefined;
  }

  async #wait({ atLeast = 0 }) {
    this.#failures += 1;
    const ms = atLeast + backOff(this.#failures, this.cap, this.random);
    this.say(`connecting again in ${Math.ceil(ms / SECOND)} s`);
    this.onStatus("waiting");
    await this.pause(ms);
  }

  async #logIn() {
    const password = await this.password();
    if (!password) {
      const unknown = this.store.state.key ? "the token no longer counts: log in again, with " : "no password: give ";
      return { exit: this.store.state.key ? EXIT.logIn : EXIT.usage, sentence: `${unknown}--password, KAGIBAN_PASSWORD or standard input` };
    }
    if (!this.store.state.login_key) this.store.save({ login_key: randomUUID() });
    const leave = await this.enter();
    let answer, body;
    try {
      answer = await this.#post(password);
      body = (await answer.json().catch(() => null)) ?? {};
    } catch (error) {
      this.say(`the server does not answer: ${error.cause?.message || error.cause?.code || error.message}`);
      return {};
    } finally {
      leave();
    }
    if (answer.status === 200 && typeof body.token === "string") return this.#admitted(body);
    const step = afterLogin(answer.status, body, retryAfterOf(body, answer.headers.get("retry-after")));
    if (step.exit === undefined) this.say(`login answered ${answer.status} ${body.error ?? ""}`);
    else this.store.save({ login_key: null });
    return step;
  }

  #post(password) {
    const device = { name: this.name, os: this.os, key: this.store.state.key ?? null };
    return fetch(`${this.server}/device/v1/login`, {
      method: "POST",
      redirect: "manual", // a password goes nowhere else
      headers: { "content-type": "application/json", "idempotency-key": this.store.state.login_key },
      body: JSON.stringify({ login: this.login, password, role: this.role, device }),
      signal: AbortSignal.timeout(ANSWER),
    });
  }

  #admitted({ token, device_key: key, password }) {
    this.store.save({ login_key: null, token, ...(key ? { key } : {}) });
    this.say(`logged in, ${passwordText(password)}${key ? ", this device is registered now" : ""}`);
    this.#notice(password);
    return { loggedIn: true };
  }

  async #connect() {
    const leave = await this.enter();
    if (this.#stopped) {
      leave();
      return {};
    }
    let since;
    const end = await link({
      url: this.server, token: this.store.state.token, ifVacant: this.#ifVacant, random: this.random,
      onOpen: (socket) => {
        this.#socket = socket;
        this.say("connected");
        leave();
        if (this.#stopped) socket.close(1000);
      },
      onMessage: (message, socket) => {
        if (message.type === "welcome") since = performance.now();
        this.#told(message, socket);
      },
    }).finally(() => {
      this.#socket = undefined;
      leave();
    });
    if (since !== undefined && performance.now() - since >= STABLE) this.#failures = 0;
    return this.#ended(end);
  }

  #ended({ closed, refused, lost }) {
    if (closed) {
      this.say(`closed: ${closed.code}${closed.reason ? ` ${closed.reason}` : ""}`);
      return afterClose(closed.code, closed.bye, this.role);
    }
    if (refused) {
      const words = { 401: "the server does not know the token", 409: "another device is connected" };
      this.say(words[refused.status] ?? `connect answered ${refused.status} ${refused.error ?? ""}`);
      return afterRefusal(refused.status, refused.retryAfter);
    }
    this.say(`not connected: ${lost}`);
    return {};
  }

  #told(message, socket) {
    switch (message.type) {
      case "welcome":
        this.#ifVacant = false;
        this.onStatus("connected");
        this.say(`welcome as ${message.role} since ${message.since}, ${passwordText(message.password)}`);
        return this.#notice(message.password);
      case "password":
        this.say(`the password was changed: ${passwordText(message)}`);
        return this.#notice(message);
      case "credential": return this.#credential(message, socket);
      case "peer": return this.say(`the ${message.role} ${message.connected ? "came" : "went"}`);
      case "signal": return this.say(`signal: ${JSON.stringify(message.data)}`);
      case "bye": return this.say(`bye: ${message.reason}${SAME[message.same_device] ?? ""}`);
      default: return undefined; // types it does not know are ignored
    }
  }

  /** Stored first: when the acknowledgement is lost, the first use of the new token stands in for it. */
  #credential({ id, token, password }, socket) {
    if (typeof token !== "string" || typeof id !== "string") return;
    this.store.save({ token });
    socket.send(JSON.stringify({ type: "ack", id }));
    this.say(`a new token was stored, ${passwordText(password)}`);
    this.#daysTold = undefined;
  }

  /** On a PC, once for each number of days: at the start, and when it has changed. */
  #notice(password) {
    const text = this.role === "client" ? notice(password) : undefined;
    const days = text && password.days_left;
    if (text && days !== this.#daysTold) this.say(text);
    this.#daysTold = days;
  }
}

const SAME = { true: " by this device itself", false: " by another device" };

/** Calls back after `ms`, or when the result is called. */
function wakeAfter(ms, done) {
  const timer = setTimeout(done, ms);
  return () => {
    clearTimeout(timer);
    done();
  };
}
