// Devices as the server sees them: WebSockets that answer a Close frame. The moment that counts is when the Close frame has been
// parsed; the TCP connection may stay open longer in a local workerd.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { HOST, check, connections, request } from "./http.mjs";

const TEXT = 1, CLOSE = 8;

/** A client's frame: masked, at most 125 bytes. */
function frame(opcode, payload) {
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

/** The server's frames at the start of `data`, none of them fragmented or longer than 64 KiB; and the rest. */
function frames(data) {
  const found = [];
  for (;;) {
    const short = data.length < 2 ? 0 : data[1] & 0x7f;
    const head = short === 126 ? 4 : 2;
    if (data.length < head) return [found, data];
    const length = short === 126 ? data.readUInt16BE(2) : short;
    if (data.length < head + length) return [found, data];
    found.push({ opcode: data[0] & 0x0f, payload: data.subarray(head, head + length) });
    data = data.subarray(head + length);
  }
}

export class Device {
  /** Resolves when the first text frame (`welcome`) is there. */
  static open({ origin, path, headers }) {
    const device = new Device();
    const { hostname, port } = new URL(origin);
    const socket = (device.socket = connect({ host: hostname, port, noDelay: true }));
    const key = randomBytes(16).toString("base64");
    const upgrade = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": 13, "Sec-WebSocket-Key": key };
    const lines = Object.entries({ Host: HOST, ...upgrade, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    device.closed = new Promise((resolve) => (device.onClose = resolve));
    // The connection, which a killed server takes away without a Close frame.
    device.gone = new Promise((resolve) => socket.once("close", resolve));
    return new Promise((resolve, reject) => {
      let rest = Buffer.alloc(0), upgraded = false;
      const fail = (error) => reject(error ?? new Error(`${path}: the connection ended before its welcome`));
      const refused = () => Object.assign(new Error(`${path}: ${rest.toString("utf8").slice(0, 300)}`), { status: Number(rest.toString("latin1", 9, 12)) });
      socket.on("error", fail);
      socket.on("close", () => fail());
      socket.on("data", (part) => {
        rest = Buffer.concat([rest, part]);
        if (!upgraded) {
          const end = rest.indexOf("\r\n\r\n");
          if (end < 0) return;
          if (!rest.toString("latin1", 0, 12).endsWith(" 101")) return fail(refused());
          upgraded = true;
          rest = rest.subarray(end + 4);
        }
        let found;
        [found, rest] = frames(rest);
        for (const { opcode, payload } of found) {
          if (opcode === TEXT) resolve(device);
          if (opcode === CLOSE) device.onClose({ at: performance.now(), code: payload.readUInt16BE(0) });
          if (opcode === CLOSE) device.end(payload.subarray(0, 2));
        }
      });
    });
  }

  /** Sends a text frame. */
  say(text) {
    this.socket.write(frame(TEXT, Buffer.from(text)));
  }

  /** Says Close (1000 unless it answers one) and lets the TCP connection go. */
  end(code = Buffer.from([0x03, 0xe8])) {
    this.socket.write(frame(CLOSE, code));
    this.socket.destroySoon();
  }
}

/** In groups, so that a thousand upgrades are not a thousand at once. */
async function openAll(targets) {
  const devices = [];
  for (let at = 0; at < targets.length; at += 50) devices.push(...(await Promise.all(targets.slice(at, at + 50).map(Device.open))));
  return devices;
}

/** Cuts one device after the other: milliseconds from sending the POST to the parsed Close frame. */
export async function cutEach({ origin, targets, cuts, code }, devices) {
  const agent = connections(1);
  const latencies = [];
  for (const { target, post } of cuts) {
    const before = performance.now();
    const answer = request(agent, origin, post);
    const late = new Promise((_, reject) => setTimeout(reject, 10_000, new Error(`${post.path}: no Close frame within 10 s`)).unref());
    const closed = await Promise.race([devices[target].closed, answer.then((one) => check(post, one)).then(() => late)]);
    if (closed.code !== code) throw new Error(`${post.path}: Close ${closed.code} instead of ${code}`);
    latencies.push(closed.at - before);
    check(post, await answer);
    devices[target] = await Device.open(targets[target]);
  }
  agent.destroy();
  return latencies;
}

/**
 * Opens every socket of every side, waits `sleep` ms, and cuts those of `cuts`, side by side. A cut device is back before the
 * next cut, so the number of open sockets stays.
 */
export async function cutting({ sides, sleep }) {
  const devices = [];
  for (const { targets } of sides) devices.push(await openAll(targets));
  await new Promise((resolve) => setTimeout(resolve, sleep));
  const results = [];
  for (const [index, side] of sides.entries()) {
    results.push({ latencies: await cutEach(side, devices[index]), open: devices[index].length });
  }
  for (const device of devices.flat()) device.end();
  return results;
}
