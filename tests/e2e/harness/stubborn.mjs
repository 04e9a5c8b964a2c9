// A device without manners, byte by byte: it answers no Close unless it is told to.

import assert from "node:assert/strict";
import net from "node:net";
import { TRIAL } from "./trials.mjs";

/** A frame as a client sends it: masked, with a mask of zeros (RFC 6455, section 5.2). `head`: its first byte, FIN and opcode. */
export function frame(content, head = 0x81) {
  const payload = Buffer.from(content);
  const length = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  length[0] = head;
  length[1] = 0x80 | (payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127);
  if (length.length === 4) length.writeUInt16BE(payload.length, 2);
  if (length.length === 10) length.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([length, Buffer.alloc(4), payload]);
}
export const [TEXT, BINARY, CLOSE] = [1, 2, 8];

/** Connects with a token. `frames`: {opcode, payload, at}; `ended`: the connection is gone; `answer()` sends the Close that it owes. */
export function stubborn(port, token) {
  const device = {
    socket: null, frames: [], ended: false, of: (opcode) => device.frames.filter((one) => one.opcode === opcode),
    answer: () => device.socket.write(Buffer.concat([Buffer.from([0x88, 0x82, 0, 0, 0, 0]), device.of(CLOSE)[0].payload.subarray(0, 2)])),
  };
  open(device, port, token);
  return device;
}

function open(device, port, token) {
  const socket = net.connect(port, "127.0.0.1");
  device.socket = socket;
  let rest = Buffer.alloc(0);
  let opened = false;
  socket.on("error", () => {});
  socket.on("close", () => (device.ended ||= device.socket === socket));
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!opened) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = rest.toString("latin1", 0, end);
      if (TRIAL === "faults" && head.startsWith("HTTP/1.1 500 ")) {
        open(device, port, token);
        return socket.destroy();
      }
      assert.match(head, /^HTTP\/1\.1 101 /);
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
}
