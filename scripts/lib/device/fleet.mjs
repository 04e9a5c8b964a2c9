// Many devices in one process: how many begin at once, and one line about all of them.
//
// Invariant: of more than 20 devices nobody gets a line of his own.

import { EXIT } from "./conduct.mjs";

/** More devices than this are told of together. */
const LINES = 20;
const EVERY = 1000;

/** A door that lets `room` in at once; `enter` resolves to the way out, which counts once. */
export function turnstile(room) {
  const waiting = [];
  let inside = 0;
  const next = () => {
    if (inside >= room || waiting.length === 0) return;
    inside += 1;
    let left = false;
    waiting.shift()(() => {
      if (left) return;
      left = true;
      inside -= 1;
      next();
    });
  };
  return () => new Promise((resolve) => {
    waiting.push(resolve);
    next();
  });
}

/**
 * Who says what: each device by itself, or a summary whenever it has changed, at most once a second.
 * @param {number} total devices
 * @param {(text: string) => void} write a line
 */
export function reporter(total, write) {
  const stamp = () => new Date().toTimeString().slice(0, 8);
  if (total <= LINES) {
    return {
      of: ({ login, role }) => ({ say: (text) => write(`${stamp()} ${login} ${role}: ${text}`), onStatus: () => {} }),
      ended: () => {},
      close: () => {},
    };
  }
  const counts = { starting: 0, connected: 0, waiting: 0, ended: 0 };
  const reasons = new Map();
  let changed = false;
  const tell = () => {
    if (!changed) return;
    changed = false;
    const refused = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    const why = [...reasons].map(([sentence, count]) => `; ${count}: ${sentence}`).join("");
    write(`${stamp()} ${total} devices: connected ${counts.connected}, waiting ${counts.waiting + counts.starting}, refused ${refused}${why}`);
  };
  const timer = setInterval(tell, EVERY).unref();
  return {
    of: () => {
      let now;
      return {
        say: () => {},
        onStatus: (status) => {
          if (now) counts[now] -= 1;
          counts[(now = status)] += 1;
          changed = true;
        },
      };
    },
    ended: ({ exit, sentence }) => {
      if (exit === EXIT.stopped) return;
      reasons.set(sentence, (reasons.get(sentence) ?? 0) + 1);
      changed = true;
    },
    close: () => {
      clearInterval(timer);
      tell();
    },
  };
}
