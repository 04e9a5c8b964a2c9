// Jobs of the load process: thousands of devices that stay connected between the jobs, send their pings, and come back by
// themselves when the server is gone, as docs/protocol.md asks of a device.
//
// Invariant: every device is connected, or about to be; a refusal is counted and never taken for a lost network.
import WebSocket from "ws";
import { backOff, SECOND } from "../../lib/device/conduct.mjs";
import { Device, cutEach } from "../devices.mjs";
import { PING_EVERY } from "./numbers.mjs";

/** Longest back-off of this crowd. */
const CAP = 10 * SECOND;
/** A device that has no answer by then tries again. */
const PATIENCE = 30 * SECOND;
const TICK = 100;

/** One TCP connection to a relay, which carries many devices. */
class Link {
  static #links = new Map();

  /** The link of this name, opened if it is not there. */
  static to(url, name) {
    const key = `${url} ${name}`;
    const link = Link.#links.get(key) ?? new Link(url, () => Link.#links.delete(key));
    Link.#links.set(key, link);
    return link;
  }

  constructor(url, onEnd) {
    this.devices = new Map();
    this.socket = new WebSocket(url.replace("http", "ws"), { perMessageDeflate: false });
    this.ready = new Promise((resolve, reject) => this.socket.on("open", resolve).on("error", reject));
    this.ready.catch(() => {});
    this.socket.on("message", (data) => {
      const [what, id, value] = JSON.parse(data);
      this.devices.get(id)?.told(what, value);
    });
    this.socket.on("close", () => {
      onEnd();
      for (const device of this.devices.values()) device.told("lost");
    });
  }

  send(...words) {
    this.socket.send(JSON.stringify(words));
  }
}

/** A device behind a relay; the same shape as `Device`. */
class Relayed {
  static async open({ relay, link: name, id, path, headers }) {
    const link = Link.to(relay, name);
    await link.ready;
    const device = new Relayed();
    Object.assign(device, { link, id });
    device.closed = new Promise((resolve) => (device.onClose = resolve));
    device.gone = new Promise((resolve) => (device.onGone = resolve));
    await new Promise((resolve, reject) => {
      device.told = (what, value) => {
        if (what === "text") return resolve();
        link.devices.delete(id);
        if (what === "refused") return reject(Object.assign(new Error(`${path}: ${value}`), { status: value }));
        if (what === "closed") device.onClose({ at: performance.now(), code: value });
        device.onGone();
        reject(new Error(`${path}: ${what} before its welcome`));
      };
      link.devices.set(id, device);
      link.send("open", id, path, headers);
    });
    return device;
  }

  say(text) {
    this.link.send("say", this.id, text);
  }

  end() {
    this.link.send("end", this.id);
  }
}

const open = (target) => (target.relay ? Relayed : Device).open(target);
const patient = (target) => {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(reject, PATIENCE, new Error(`${target.path}: no welcome in time`))));
  return Promise.race([open(target), late]).finally(() => clearTimeout(timer));
};

/** The crowd: what it connects to, what is connected, and whether who is gone comes back. */
const crowd = { targets: [], devices: [], coming: undefined, timer: undefined };

/** Sends the pings that are due: every device one in PING_EVERY, evenly. */
function beat() {
  const turns = (PING_EVERY * SECOND) / TICK;
  let turn = 0;
  return setInterval(() => {
    for (let at = turn; at < crowd.devices.length; at += turns) crowd.devices[at]?.say("ping");
    turn = (turn + 1) % turns;
  }, TICK);
}

/**
 * Connects more devices, `parallel` at a time.
 * Answers how many a second, the latencies, and the share of a core that this process needed.
 */
export async function crowdOpen({ targets, parallel }) {
  crowd.timer ??= beat();
  const first = crowd.targets.length;
  crowd.targets.push(...targets);
  const latencies = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  let next = first;
  const one = async () => {
    while (next < crowd.targets.length) {
      const at = next;
      next += 1;
      const before = performance.now();
      crowd.devices[at] = await patient(crowd.targets[at]);
      latencies.push(performance.now() - before);
      stay(at);
    }
  };
  await Promise.all(Array.from({ length: parallel }, one));
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  return { perSecond: targets.length / seconds, latencies, busy: (used.user + used.system) / 1e6 / seconds };
}

/** Cuts devices one after the other; see `cutEach`. */
export async function crowdCut({ origin, cuts, code }) {
  const latencies = await cutEach({ origin, targets: crowd.targets, cuts, code }, crowd.devices);
  for (const { target } of cuts) stay(target);
  return latencies;
}

/** Comes back when the connection is lost while the crowd is coming back. */
function stay(at) {
  const device = crowd.devices[at];
  device.gone.then(() => {
    if (crowd.devices[at] === device && crowd.coming) comeBack(at, crowd.coming);
  });
}

async function comeBack(at, coming) {
  coming.lost += 1;
  for (let failures = 1; ; failures += 1) {
    await new Promise((resolve) => setTimeout(resolve, backOff(failures, CAP, Math.random)));
    coming.attempts += 1;
    try {
      crowd.devices[at] = await patient(crowd.targets[at]);
      break;
    } catch (error) {
      const reason = error.status ?? error.code ?? error.message.replace(/^.*: /, "");
      coming.failures[reason] = (coming.failures[reason] ?? 0) + 1;
    }
  }
  coming.back.push(Date.now());
  if (coming.back.length === crowd.targets.length) coming.done();
}

/**
 * Waits until every device has lost its connection and has another one: exponential back-off from 1 s to 10 s with full jitter.
 * Answers when each was back (milliseconds since 1970), the attempts, and why attempts failed.
 */
export async function crowdBack({ patience }) {
  const coming = { lost: 0, attempts: 0, failures: {}, back: [] };
  await new Promise((resolve, reject) => {
    const late = () => reject(new Error(`${coming.back.length} of ${crowd.targets.length} came back: ${JSON.stringify(coming)}`.slice(0, 500)));
    const timer = setTimeout(late, patience);
    coming.done = () => {
      clearTimeout(timer);
      resolve();
    };
    crowd.coming = coming;
  });
  crowd.coming = undefined;
  return { back: coming.back, attempts: coming.attempts, failures: coming.failures };
}

/** Everyone leaves. */
export function crowdEnd() {
  clearInterval(crowd.timer);
  for (const device of crowd.devices) device.end();
  Object.assign(crowd, { targets: [], devices: [], timer: undefined });
}
