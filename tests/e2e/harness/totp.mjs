// An authenticator app (RFC 6238): written from the RFC, apart from the product's own code.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { signedIn } from "./people.mjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bytes of a base32 text (RFC 4648). */
export const base32 = (text) =>
  Buffer.from([...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));

/** What the app shows at a moment, milliseconds. */
export function codeAt(seed, at) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", base32(seed)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** The key on a set-up page, as a person types it off. */
export function seedOn(page) {
  assert.equal(page.status, 200, page.text);
  const key = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1].replaceAll(" ", "");
  assert.equal(key?.length, 32, page.text);
  return key;
}

/** Logs somebody in and sets his factor up. @returns {Promise<{seed: string, browser: import("./browser.mjs").Browser}>} */
export async function enrol(server, login) {
  const browser = await signedIn(server, login);
  const page = await browser.get("/settings/factor/set-up");
  const seed = seedOn(page);
  const done = await browser.submit(page, { code: codeAt(seed, server.clock.now()) }, "/settings/factor/set-up");
  assert.equal(done.status, 200, done.text);
  assert.match(done.path, /notice=factor-set-up/);
  return { seed, browser };
}
