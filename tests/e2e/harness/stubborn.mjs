// A device without manners, byte by byte: it answers no Close unless it is told to.

import assert from "node:assert/strict";
import net from "node:net";

/** A text frame as a client sends it: masked, with a mask of zeros (RFC 6455, section 5.2). */
export const frame = (text) => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
export const CLOSE = 8;

/** Connects with a token. `frames`: {opcode, payload, at}; `answer()` sends the Close that it owes. */
export function stubborn(port, token) {
  const socket = net.connect(port, "127.0.0.1");
  const device = {
    socket, frames: [], of: (opcode) => device.frames.filter((one) => one.opcode === opcode),
    answer: () => socket.write(Buffer.concat([Buffer.from([0x88, 0x82, 0, 0, 0, 0]), device.of(CLOSE)[0].payload.subarray(0, 2)])),
  };
  let rest = Buffer.alloc(0);
  let opened = false;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!opened) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      assert.match(rest.toString("latin1", 0, end), /^HTTP\/1\.1 101 /);
      opened = true;
      rest = rest.subarray(end + 4);
    }
    while (rest.length >= 2) {
      const long = (rest[1] & 127) === 126;
      if (long && rest.length < 4) return;
      const [head, length] = long ? [4, rest.readUInt16BE(2)] : [2, rest[1] & 127];
      if (rest.length < head + length) return;
      device.frames.push({ opcode: rest[0] & 15, payload: rest.subarray(head, head + length), at: performance.now() });
      rest = rest.subarray(head + length);
    }
  });
  socket.write([
    "GET /device/v1/connect HTTP/1.1", `Host: localhost:${port}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: device.v1", `Authorization: Bearer ${token}`, "", "",
  ].join("\r\n"));
  return device;
}
