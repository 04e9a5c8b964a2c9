// A server that breaks the device protocol in one way: a proxy in front of the real one, which changes a single thing on its way.
//
// Invariant: without a fault it is invisible; the real server sees its own host and origin.

import http from "node:http";
import { WebSocket, WebSocketServer } from "ws";

/**
 * What is changed; every member can be left out.
 * @typedef {object} Fault
 * @property {(path: string, headers: object) => void} [request] changes the headers of a request on its way in
 * @property {(path: string, answer: {status: number, body: string}, sent: string) => void} [answer] changes an answer to a POST or GET
 * @property {(refused: {status: number, body: string}, headers: object) => object | undefined} [refused] welcome to send instead of a refused connect
 * @property {(text: string) => string | undefined} [toDevice] a frame on its way out; undefined drops it
 * @property {(text: string, binary: boolean) => boolean} [fromDevice] whether a frame of the device goes on
 * @property {(code: number) => number} [code] changes a close code
 */

/** @param {number} port of the real server @param {Fault} [fault] @returns {Promise<{url: string, close: () => Promise<void>}>} */
export async function brokenServer(port, fault = {}) {
  const own = new Set();
  const headersOf = (request) => {
    const headers = { ...request.headers, host: `localhost:${port}`, "accept-encoding": "identity" };
    if (headers.origin === here()) headers.origin = `http://localhost:${port}`;
    fault.request?.(request.url, headers);
    return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  };
  const server = http.createServer((request, response) => pass(request, response, port, headersOf(request), fault));
  const here = () => `http://localhost:${server.address().port}`;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "device.v1", perMessageDeflate: false });
  server.on("upgrade", (request, stream, head) => upgrade({ request, stream, head, port, headers: headersOf(request), fault, sockets, own }));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: here(),
    async close() {
      for (const socket of own) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(request, response, port, headers, fault) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const sent = Buffer.concat(chunks);
  const onward = http.request({ host: "127.0.0.1", port, path: request.url, method: request.method, headers }, async (answer) => {
    let body = "";
    for await (const chunk of answer.setEncoding("utf8")) body += chunk;
    const changed = { status: answer.statusCode, body };
    fault.answer?.(request.url, changed, sent.toString());
    const kept = answer.rawHeaders.flatMap((name, at) => (at % 2 === 0 && !/^(content-length|transfer-encoding|connection)$/i.test(name) ? [[name, answer.rawHeaders[at + 1]]] : []));
    response.writeHead(changed.status, kept.flat());
    response.end(changed.body);
  });
  onward.on("error", () => response.destroy());
  onward.end(sent);
}

function upgrade({ request, stream, head, port, headers, fault, sockets, own }) {
  const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(connection|upgrade|sec-websocket-(key|version|extensions|protocol))$/.test(name)));
  const protocols = headers["sec-websocket-protocol"]?.split(",").map((one) => one.trim()) ?? [];
  const inner = new WebSocket(`ws://127.0.0.1:${port}${request.url}`, protocols, { headers: passed, perMessageDeflate: false, closeTimeout: 1000 });
  own.add(inner);
  const accept = (then) => sockets.handleUpgrade(request, stream, head, (outer) => {
    own.add(outer);
    outer.on("error", () => {});
    then(outer);
  });
  const early = []; // what the server says before the device is connected
  inner.on("message", (data) => early.push(data.toString()));
  inner.on("error", () => {});
  inner.on("open", () => accept((outer) => join(inner, outer, early, fault)));
  inner.on("unexpected-response", async (_, answer) => {
    let body = "";
    for await (const chunk of answer.setEncoding("utf8")) body += chunk;
    const welcome = fault.refused?.({ status: answer.statusCode, body }, headers);
    if (welcome) return accept((outer) => outer.send(JSON.stringify(welcome)));
    return stream.end(`HTTP/1.1 ${answer.statusCode} ${http.STATUS_CODES[answer.statusCode]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  });
}

function join(inner, outer, early, fault) {
  const out = (text) => {
    const changed = fault.toDevice ? fault.toDevice(text) : text;
    if (changed !== undefined && outer.readyState === WebSocket.OPEN) outer.send(changed);
  };
  inner.removeAllListeners("message");
  for (const text of early) out(text);
  inner.on("message", (data) => out(data.toString()));
  const closed = (code, reason) => {
    const told = fault.code ? fault.code(code) : code;
    if (told === 1005 || told === 1006) outer.terminate();
    else outer.close(told, reason);
  };
  inner._receiver.on("conclude", closed);
  inner.on("close", closed);
  outer.on("message", (data, binary) => {
    const goesOn = !fault.fromDevice || fault.fromDevice(data.toString(), binary);
    if (goesOn && inner.readyState === WebSocket.OPEN) inner.send(binary ? data : data.toString());
  });
  outer.on("close", (code) => (code === 1005 || code === 1006 ? inner.terminate() : inner.close(code)));
}
