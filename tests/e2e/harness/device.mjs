// A phone's viewer or a PC's client (interface, section 4) that keeps every frame with the moment it came.

import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { repeated, slow, stepAt, TRIAL } from "./trials.mjs";

/**
 * Logs in (unless a token is given) and connects.
 *
 * @param {string} url
 * @param {{login?: string, password?: string, role?: string, key?: string | null, token?: string, name?: string, os?: string,
 *   headers?: object, connectHeaders?: object}} who
 * @returns {Promise<Device>} with `refused: {step, status, body}` instead of a connection if it was refused
 */
export async function connectDevice(url, { login, password, role = "viewer", key = null, token, name = "iPhone16,1", os = "iOS", headers = {}, connectHeaders = {} }) {
  const device = new Device(url);
  Object.assign(device, { token, key, role });
  if (!token) {
    const answer = await deviceLogin(url, { login, password, role, device: { name, os, key } }, headers);
    if (answer.status !== 200) {
      device.refused = { step: "login", ...answer };
      return device;
    }
    device.login = answer.body;
    device.token = answer.body.token;
    device.key = answer.body.device_key ?? key;
  }
  await device.connect(connectHeaders);
  return device;
}

/** POST /device/v1/login. @returns {Promise<{status: number, body: any, headers: Headers, ms: number}>} */
export function deviceLogin(url, body, headers = {}) {
  const began = performance.now();
  // A device that is to repeat a login without losing its place has such a key.
  const key = TRIAL === "faults" ? { "idempotency-key": randomUUID() } : {};
  const sent = { "content-type": "application/json", ...key, ...headers };
  return repeated(async () => {
    await stepAt(url);
    const answer = await fetch(`${url}/device/v1/login`, { method: "POST", headers: sent, body: typeof body === "string" ? body : JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : text, headers: answer.headers, ms: performance.now() - began };
  }, ({ status }) => status === 500);
}

export class Device {
  constructor(url) {
    this.url = url.replace("localhost", "127.0.0.1");
    /** Frames so far: {at, data} with parsed JSON where it is JSON; `at` is performance.now(). */
    this.frames = [];
    this.refused = null;
  }

  /** Connects with `this.token`, again if need be. */
  connect(headers = {}) {
    return repeated(() => this.#connect(headers), () => this.refused?.status === 500);
  }

  async #connect(headers) {
    await stepAt(this.url);
    this.refused = null;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.url.replace("http", "ws")}/device/v1/connect`, "device.v1", {
        headers: { authorization: `Bearer ${this.token}`, ...headers },
        perMessageDeflate: false,
        closeTimeout: 1000,
      });
      this.socket = socket;
      this.closed = new Promise((close) => {
        socket.on("open", () => {
          // workerd keeps the TCP connection open after the closing handshake, so ws reports "close" late. The frame itself:
          socket._receiver.on("conclude", (code, reason) => close({ at: performance.now(), code, reason: reason.toString() }));
          resolve(this);
        });
        socket.on("close", (code, reason) => close({ at: performance.now(), code, reason: reason.toString() }));
      });
      socket.on("message", (data, binary) => {
        const text = binary ? data : data.toString();
        this.frames.push({ at: performance.now(), data: !binary && text.startsWith("{") ? JSON.parse(text) : text });
        this.wake?.();
      });
      socket.on("unexpected-response", (request, response) => {
        let text = "";
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => {
          this.refused = { step: "connect", status: response.statusCode, body: text.startsWith("{") ? JSON.parse(text) : text };
          resolve(this);
        });
      });
      socket.on("error", (error) => (this.refused ? undefined : reject(error)));
    });
  }

  /** The next frame of this type that was not taken yet; a string waits for that text. Rejects after `ms`. */
  async next(type, ms = 5000) {
    // What a fault has kept from being sent is offered again after the next welcome.
    if (TRIAL === "faults" && type === "credential") {
      const sent = await this.#next(type, 500).catch(() => null);
      if (sent) return sent;
      this.socket.terminate();
      await this.connect();
      await this.next("welcome");
    }
    return this.#next(type, ms);
  }

  async #next(type, ms) {
    const end = performance.now() + ms;
    for (;;) {
      const found = this.frames.find((frame) => !frame.taken && (frame.data === type || frame.data.type === type));
      if (found) {
        found.taken = true;
        return typeof found.data === "string" ? found.data : { ...found.data, at: found.at };
      }
      const left = end - performance.now();
      if (left <= 0) throw new Error(`no ${type} within ${ms} ms; frames: ${JSON.stringify(this.frames.map((frame) => frame.data))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  send(message) { this.#step((socket) => socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message))); }
  /** Leaves as a program does. */
  close(code = 1000) { this.#step((socket) => socket.close(code)); }
  /** Leaves as a phone in a tunnel does. */
  terminate() { this.#step((socket) => socket.terminate()); }

  /** A step of the device; in its order, where a trial has steps wait. */
  #step(doing) {
    const { socket } = this;
    // The last steps of a test may find the server stopped.
    if (slow) this.queue = (this.queue ?? Promise.resolve()).then(() => stepAt(this.url)).catch(() => {}).then(() => doing(socket));
    else doing(socket);
  }
}
