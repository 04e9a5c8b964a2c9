// The protocol as bytes see it, without any of a device's good manners: one login, one connection, every frame kept.

import WebSocket from "ws";

const ANSWER = 20_000;
/** A frame that is due comes within this; every server has that long. */
const DUE = 5000;

/** One POST of a login. @returns {Promise<{status: number, headers: Headers, text: string, body: any, ms: number}>} */
export async function postLogin(server, body, headers = {}) {
  const began = performance.now();
  const answer = await fetch(`${server}/device/v1/login`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parse(text), ms: performance.now() - began };
}

/** One GET of the connection without an upgrade. */
export async function getConnect(server, headers) {
  const answer = await fetch(`${server}/device/v1/connect`, { headers, redirect: "manual", signal: AbortSignal.timeout(ANSWER) });
  return { status: answer.status, body: parse(await answer.text()) };
}

/**
 * One upgrade.
 * @returns {Promise<Connection>} with `refused: {status, body}` if it was no 101
 */
export function open(server, { token, protocol = "device.v1", headers = {} }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.replace(/^http/, "ws")}/device/v1/connect`, protocol, {
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      perMessageDeflate: false, closeTimeout: 1000, handshakeTimeout: ANSWER, followRedirects: false,
    });
    const connection = new Connection(socket);
    socket.on("open", () => {
      // The Close frame itself: a server may leave TCP open after it.
      socket._receiver.on("conclude", (code, reason) => connection.end(code, reason.toString()));
      resolve(connection);
    });
    socket.on("close", (code, reason) => connection.end(code, reason.toString()));
    socket.on("unexpected-response", (request, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("close", () => {
        connection.refused = { status: response.statusCode, body: parse(text) };
        request.destroy();
        resolve(connection);
      });
    });
    socket.on("error", (error) => (connection.refused ? undefined : reject(error)));
  });
}

export class Connection {
  #taken = 0;
  #wake = () => {};

  constructor(socket) {
    this.socket = socket;
    /** Parsed where it is JSON, in the order they came. */
    this.frames = [];
    this.refused = null;
    /** How the server ended it: {code, reason}; null while it is open. */
    this.ended = null;
    socket.on("message", (data, binary) => {
      this.frames.push(binary ? { binary: data.length } : (parse(data.toString()) ?? data.toString()));
      this.#wake();
    });
  }

  end(code, reason) {
    this.ended ??= { code, reason };
    this.#wake();
  }

  /** The next frame that was not taken yet; undefined if none comes in time. */
  async frame(ms = DUE) {
    await this.#until(() => this.frames.length > this.#taken || this.ended, ms);
    return this.frames[this.#taken] === undefined ? undefined : this.frames[this.#taken++];
  }

  /** The next frame of this type (or this text), skipping others; undefined if none comes in time. */
  async next(type, ms = DUE) {
    const limit = performance.now() + ms;
    for (;;) {
      const frame = await this.frame(Math.max(0, limit - performance.now()));
      if (frame === undefined || frame === type || frame.type === type) return frame;
    }
  }

  /** How the server closed it; null if it does not in time. */
  async closed(ms = DUE) {
    await this.#until(() => this.ended, ms);
    return this.ended;
  }

  get bye() { return this.frames.find((frame) => frame.type === "bye"); }

  send(message) { this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message)); }

  /** Leaves as a program does, and waits until the server has said so too. */
  async leave() {
    this.socket.close(1000);
    await this.closed();
  }

  async #until(look, ms) {
    const end = performance.now() + ms;
    while (!look()) {
      const left = end - performance.now();
      if (left <= 0) return;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
