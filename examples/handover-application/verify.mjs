// Verifies a hand-over (docs/handover.md), with nothing but Node. A hand-over opens a session at most once: whoever calls
// `accept` and gets claims has used it up.
//
// Invariant: nothing in the token chooses how it is verified. The algorithm is ES256, issuer and key set are configured; `kid` only
// picks among the keys of that set.

import { createPublicKey, verify } from "node:crypto";

/** Clocks may differ by so much, in seconds. */
const TOLERANCE = 5;
/** A hand-over lives so long; one that claims more is none of ours. */
const LIFE = 60;
/** The key set is asked for again at most so often when a `kid` is not in it. */
const ASK_AGAIN = 10_000;

/** Why a hand-over was refused; `reason` is for the log, never for the page. */
export class Refused extends Error {}

const refuse = (reason) => {
  throw new Refused(reason);
};

const decode = (part) => {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) refuse("not base64url");
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return refuse("not JSON");
  }
};

/**
 * A verifier for one application.
 *
 * @param {object} setting
 * @param {string} setting.issuer the service's origin, e.g. "https://worksdrive.example"
 * @param {string} setting.audience this application's own origin
 * @param {{ add(jti: string, until: number): boolean | Promise<boolean> }} [setting.used] remembers each `jti` until then and
 *   says whether it was new. Several processes need one they share (SET … NX in Redis, a unique column in SQL).
 * @param {() => number} [setting.now] seconds
 */
export function verifier({ issuer, audience, now = () => Date.now() / 1000, used = inMemory(now), fetch: ask = fetch }) {
  let keys = new Map();
  let asked = -Infinity;

  async function keyOf(kid) {
    if (!keys.has(kid) && Date.now() - asked > ASK_AGAIN) {
      asked = Date.now();
      const answer = await ask(`${issuer}/.well-known/jwks.json`, { signal: AbortSignal.timeout(5_000), redirect: "error" });
      if (!answer.ok) throw new Error(`the key set answered ${answer.status}`);
      const set = await answer.json();
      const ours = set.keys.filter(({ kty, crv, alg, use }) => kty === "EC" && crv === "P-256" && alg === "ES256" && use === "sig");
      keys = new Map(ours.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: "jwk" })]));
    }
    return keys.get(kid) ?? refuse("an unknown key");
  }

  return {
    /** The claims of a hand-over that is used hereby; throws {@link Refused}. */
    async accept(token) {
      const parts = typeof token === "string" && token.length < 4_096 ? token.split(".") : [];
      if (parts.length !== 3) refuse("not a token");
      const header = decode(parts[0]);
      if (header.alg !== "ES256" || typeof header.kid !== "string") refuse("not ES256 with a kid");
      const signature = Buffer.from(parts[2], "base64url");
      // One spelling only: a lenient decoder would take several for the same signature.
      if (signature.length !== 64 || signature.toString("base64url") !== parts[2]) refuse("not a signature");
      const key = await keyOf(header.kid);
      if (!verify("sha256", Buffer.from(`${parts[0]}.${parts[1]}`), { key, dsaEncoding: "ieee-p1363" }, signature)) refuse("a wrong signature");
      const claims = decode(parts[1]);
      const time = now();
      if (claims.iss !== issuer) refuse("another issuer");
      if (claims.aud !== audience) refuse("another audience");
      if (!Number.isInteger(claims.iat) || !Number.isInteger(claims.exp) || claims.exp - claims.iat > LIFE) refuse("no or too long a life");
      if (time >= claims.exp + TOLERANCE) refuse("expired");
      if (time < claims.iat - TOLERANCE) refuse("not yet valid");
      if (![claims.sub, claims.jti].every((id) => typeof id === "string" && id !== "")) refuse("nobody");
      // Last: only what would be accepted is used up.
      if (!(await used.add(claims.jti, claims.exp + TOLERANCE))) refuse("used before");
      return claims;
    },
  };
}

/** For one process. What has expired is forgotten: it is refused by its time. */
function inMemory(now) {
  const until = new Map();
  return {
    add(jti, end) {
      const time = now();
      for (const [old, past] of until) if (past <= time) until.delete(old);
      if (until.has(jti)) return false;
      until.set(jti, end);
      return true;
    },
  };
}
