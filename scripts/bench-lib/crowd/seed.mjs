// The crowd's accounts and tokens. Those that are cut are made through the operator API and log in their phones and PCs; all
// others are copies of what that left of one of them, with a name, a uid and tokens of their own.
import { createHash, randomBytes } from "node:crypto";
import { HOST, check, connections, request } from "../http.mjs";
import { CONTRACTS, contract, deviceToken } from "../seed.mjs";

/** Copies in one request, and seconds between two: objects that are awake have their databases open. */
const TOGETHER = 100;
const PACE = 0.2;

const ROLES = ["viewer", "client"];

const hash = (secret) => createHash("sha256").update(secret).digest("base64url");

/**
 * Tokens of a phone and a PC for each of `count` people, the phones first; the first `real` people have names that work.
 * @returns {Promise<{tokens: string[], users: {login: string}[]}>}
 */
export async function tokens(side, count, real) {
  const users = Array.from({ length: real }, (_, at) => ({ login: `crowd.${String(at).padStart(5, "0")}` }));
  const { id } = (CONTRACTS.crowd = { id: "900000004", administrator: "crowd.admin", users, cheap: true });
  await contract({ origins: { product: side.origin }, token: side.token }, "crowd");
  const made = await Promise.all(ROLES.map((role) => inGroups(users, ({ login }) => deviceToken(side.origin, login, role))));
  await side.idle(2);
  const template = { ...secrets(made.map(([token]) => token)), login: users[0].login };
  const copies = Array.from({ length: count - real }, (_, at) => {
    const uid = randomBytes(16).toString("hex");
    const own = made.map((tokens) => tokens[tokens.push(`${uid}.${randomBytes(32).toString("base64url")}`) - 1]);
    return { ...secrets(own), login: `copy.${String(at).padStart(5, "0")}` };
  });
  await copy(side, { contract: id, template, copies });
  return { tokens: made.flat(), users };
}

/** What stands in an account with these tokens: its uid and their hashes. */
const secrets = (tokens) =>
  Object.fromEntries([["uid", tokens[0].split(".")[0]], ...tokens.map((token, at) => [ROLES[at], hash(token.split(".")[1])])]);

async function inGroups(all, job) {
  const made = [];
  for (let at = 0; at < all.length; at += 8) made.push(...(await Promise.all(all.slice(at, at + 8).map(job))));
  return made;
}

async function copy(side, { copies, ...rest }) {
  const agent = connections(1);
  for (let at = 0; at < copies.length; at += TOGETHER) {
    const body = JSON.stringify({ ...rest, copies: copies.slice(at, at + TOGETHER) });
    const asked = { method: "POST", path: "/seed", headers: { host: HOST }, body };
    const next = performance.now() + PACE * 1000;
    check(asked, await request(agent, side.relay, asked));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  agent.destroy();
}
