// Key and token of one device on disk.
//
// Invariants: the file is its owner's alone (0600, in a directory that is made 0700); when `save` returns, the new content is on
// the disk, whole, and survives a power cut; a crash in between leaves the old content.

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import path from "node:path";

/**
 * What a device remembers.
 * @typedef {{key?: string | null, token?: string | null, login_key?: string | null}} State
 */

export class FileStore {
  /** @param {string} file @throws when the file is there and is no JSON object */
  constructor(file) {
    this.file = path.resolve(file);
    /** @type {State} */
    this.state = read(this.file);
  }

  /** Changes some of it. */
  save(change) {
    this.state = { ...this.state, ...change };
    const directory = path.dirname(this.file);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const fresh = `${this.file}.new`;
    rmSync(fresh, { force: true }); // of a crash; one that is there would keep its own mode
    const out = openSync(fresh, "wx", 0o600);
    try {
      writeSync(out, `${JSON.stringify(this.state, null, 2)}\n`);
      fsyncSync(out);
    } finally {
      closeSync(out);
    }
    renameSync(fresh, this.file);
    syncDirectory(directory);
  }

  /** A sentence if others may look into the directory, else nothing. */
  complaint() {
    const directory = path.dirname(this.file);
    const mode = statSync(directory, { throwIfNoEntry: false })?.mode ?? 0;
    return mode & 0o077 ? `${directory} is open to other people of this machine: chmod 700 it` : undefined;
  }
}

/** The same, forgotten at the end: for many devices whose tokens are given. */
export class MemoryStore {
  constructor(state = {}) {
    this.state = state;
  }
  save(change) {
    Object.assign(this.state, change);
  }
  complaint() {}
}

function read(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
  let state;
  try {
    state = JSON.parse(text);
  } catch {
    throw new Error("not JSON");
  }
  if (typeof state !== "object" || state === null || Array.isArray(state)) throw new Error("not the state of a device");
  return state;
}

/** The new name of a file is on the disk only when its directory is. */
function syncDirectory(directory) {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
