// One connection of a device: from the upgrade to the end, whatever that is. Sends `ping`, notices a dead peer, knows nothing of
// what comes after.
//
// Invariants: the promise settles exactly once and leaves no timer behind; a server that does not answer a ping until the next
// one is due is dead.

import WebSocket from "ws";
import { retryAfterOf, SECOND } from "./conduct.mjs";

const HANDSHAKE = 30 * SECOND;
const WELCOME = 30 * SECOND;
const DEFAULT_PING_S = 30;
/** Longest frame taken from the server; the longest that it sends is a signal of 16 KiB. */
const LONGEST_FRAME = 256 * 1024;
/** Longest body read of a refusal. */
const LONGEST_BODY = 4096;

/**
 * How it ended: closed by a frame of the server, refused by an answer other than 101, or lost.
 * @typedef {{closed: {code: number, reason: string, bye?: object}} | {refused: {status: number, error?: string, retryAfter: number}}
 *   | {lost: string}} End
 */

/**
 * @param {object} what
 * @param {string} what.url of the server
 * @param {string} what.token
 * @param {boolean} what.ifVacant
 * @param {(socket: WebSocket) => void} what.onOpen after 101
 * @param {(message: object, socket: WebSocket) => void} what.onMessage each JSON message; what it throws loses the connection
 * @param {() => number} [what.random]
 * @returns {Promise<End>}
 */
export function link({ url, token, ifVacant, onOpen, onMessage, random = Math.random }) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(ifVacant ? { "x-if-vacant": "1" } : {}) };
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/device/v1/connect`, "device.v1", {
      headers, perMessageDeflate: false, closeTimeout: SECOND, handshakeTimeout: HANDSHAKE, maxPayload: LONGEST_FRAME, followRedirects: false,
    });
    let bye, timer, over = false, answered = true;
    const end = (how) => {
      over = true;
      clearTimeout(timer);
      resolve(how);
    };
    const lose = (why) => {
      end({ lost: why });
      socket.terminate();
    };
    const beat = (every) => {
      if (!answered) return lose("the server is silent");
      answered = false;
      socket.send("ping");
      timer = setTimeout(beat, every, every);
    };
    const welcomed = (pingEvery) => {
      const every = (pingEvery > 0 ? pingEvery : DEFAULT_PING_S) * SECOND;
      clearTimeout(timer);
      // The first one anywhere within the interval: devices that came back together do not ping together.
      timer = setTimeout(beat, random() * every, every);
    };
    const received = (text) => {
      if (text === "pong") answered = true;
      const message = text.startsWith("{") ? parse(text) : undefined;
      if (!message) return;
      if (message.type === "bye") bye = message;
      if (message.type === "welcome") welcomed(message.ping_every);
      onMessage(message, socket);
    };

    socket.on("open", () => {
      timer = setTimeout(lose, WELCOME, "no welcome");
      // The Close frame itself: workerd keeps the TCP connection open after it, so that "close" comes late.
      socket._receiver.on("conclude", (code, reason) => end({ closed: { code, reason: reason.toString(), bye } }));
      onOpen(socket);
    });
    socket.on("message", (data, binary) => {
      if (over || binary) return;
      try {
        received(data.toString());
      } catch (error) {
        over = true;
        clearTimeout(timer);
        socket.terminate();
        reject(error);
      }
    });
    socket.on("unexpected-response", (request, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => text.length < LONGEST_BODY && (text += chunk));
      response.on("close", () => {
        const body = parse(text) ?? {};
        end({ refused: { status: response.statusCode, error: body.error, retryAfter: retryAfterOf(body, response.headers["retry-after"]) } });
        request.destroy();
      });
    });
    socket.on("error", (error) => end({ lost: error.message || error.code }));
    socket.on("close", (code, reason) => end(code === 1006 ? { lost: "connection lost" } : { closed: { code, reason: reason.toString(), bye } }));
  });
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
