// Bytes to the server and back, for what no HTTP library would send.

import net from "node:net";

/**
 * @param {number} port
 * @param {string | Buffer} bytes a string is sent as Latin-1, so that "\x80" is one byte; an array is sent piece by piece
 * @param {{quiet?: number, timeout?: number, pause?: number}} [options] ms of silence that end the reading, at most, between pieces
 * @returns {Promise<{status: number | null, head: string, body: Buffer, all: Buffer, closed: boolean}>}
 */
export function exchange(port, bytes, { quiet = 300, timeout = 10_000, pause = 20 } = {}) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = net.connect(port, "127.0.0.1");
    let silence;
    const done = (closed) => {
      clearTimeout(silence);
      clearTimeout(limit);
      socket.destroy();
      const all = Buffer.concat(chunks);
      const end = all.indexOf("\r\n\r\n");
      const head = all.subarray(0, end < 0 ? all.length : end).toString("latin1");
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
      resolve({ status: status ? Number(status) : null, head, body: all.subarray(end < 0 ? all.length : end + 4), all, closed });
    };
    const limit = setTimeout(() => done(false), timeout);
    socket.on("connect", async () => {
      for (const piece of [bytes].flat()) {
        socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
        await new Promise((next) => setTimeout(next, pause));
      }
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      clearTimeout(silence);
      silence = setTimeout(() => done(false), quiet);
    });
    socket.on("error", () => {});
    socket.on("close", () => done(true));
  });
}
