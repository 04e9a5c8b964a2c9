// A server of the device protocol that plays from a script, to see what a device makes of it.
//
// Invariant: each login and each connect takes the next line of its script; the last line is played again and again.

import http from "node:http";
import { WebSocketServer } from "ws";

const WELCOME = { type: "welcome", role: "client", since: "2026-11-22T09:00:00+09:00", ping_every: 30, password: { status: "current" } };

/**
 * @param {object} script
 * @param {((request: {headers: object, body: any}) => {status: number, body?: object, headers?: object} | "lost")[]} [script.logins]
 * @param {(({status: number, body?: object, headers?: object}) | ((device: Conversation) => void | Promise<void>))[]} script.connects
 */
export async function scriptServer({ logins = [() => ({ status: 200, body: { token: "token-1", device_key: "key-1", password: { status: "current" } } })], connects }) {
  const seen = { logins: [], connects: [], frames: [] };
  const next = (list, count) => list[Math.min(count, list.length) - 1];
  const server = http.createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const login = { headers: request.headers, body: JSON.parse(text) };
    seen.logins.push(login);
    const answer = next(logins, seen.logins.length)(login);
    if (answer === "lost") return request.socket.destroy();
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    return response.end(JSON.stringify(answer.body ?? {}));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "device.v1" });
  server.on("upgrade", (request, stream, head) => {
    seen.connects.push({ headers: request.headers, at: performance.now() });
    const line = next(connects, seen.connects.length);
    if (typeof line !== "function") {
      const body = JSON.stringify(line.body ?? {});
      const headers = Object.entries({ "content-length": Buffer.byteLength(body), connection: "close", ...line.headers }).map((pair) => `${pair.join(": ")}\r\n`).join("");
      return stream.end(`HTTP/1.1 ${line.status} ${http.STATUS_CODES[line.status]}\r\n${headers}\r\n${body}`);
    }
    return sockets.handleUpgrade(request, stream, head, (socket) => line(new Conversation(socket, seen.frames)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    /** What devices did: logins {headers, body}, connects {headers, at}, frames. */
    seen,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The server's side of one connection. */
class Conversation {
  constructor(socket, frames) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const text = data.toString();
      frames.push(text);
      this.onFrame?.(text);
    });
  }
  welcome(more) { this.say({ ...WELCOME, ...more }); }
  say(message) { this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message)); }
  /** Says why, and closes. */
  bye(code, reason, more) {
    this.say({ type: "bye", reason, ...more });
    this.socket.close(code, reason);
  }
  /** Goes without a word. */
  lose() { this.socket.terminate(); }
}
