// The operator API (interface, section 3) as functions. Used by `scripts/operator` and by the demo of `scripts/dev`.
//
// Invariant: what is repeated after a fault is idempotent: PUT by nature, POST by its Idempotency-Key.

import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";

/** Accounts in one request, at most. */
export const ACCOUNTS_PER_REQUEST = 200;

/** An answer that is no success: `problem` is RFC 9457's object where the server sent one. */
export class Refused extends Error {
  constructor(status, problem, text) {
    super(problem ? describe(status, problem) : `${status}: ${text.slice(0, 300) || "no text"}`);
    this.status = status;
    this.problem = problem;
  }
}

function describe(status, { title, detail, errors = [] }) {
  const lines = errors.map(({ path: where, message }) => `\n  ${where}: ${message}`);
  return `${status} ${title ?? ""}${detail ? `: ${detail}` : ""}${lines.join("")}`;
}

/** Address and token: from the environment, else from .dev.vars. */
export function operatorFromEnvironment(root) {
  const file = path.join(root, ".dev.vars");
  const local = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const url = process.env.KAGIBAN_URL ?? "http://localhost:8787";
  const token = process.env.KAGIBAN_OPERATOR_TOKEN ?? Object.values(JSON.parse(local.OPERATOR_TOKENS ?? "{}"))[0];
  if (!token) throw new Error("no token: set KAGIBAN_OPERATOR_TOKEN (and KAGIBAN_URL), or run scripts/dev once, which makes .dev.vars");
  return new Operator(url, token);
}

export class Operator {
  constructor(url, token) {
    this.base = `${url.replace(/\/$/, "")}/operator/v1`;
    this.token = token;
  }

  /** One call; network faults, 429 and 503 are repeated up to four times. The body of the answer, or Refused. */
  async call(method, where, body, headers = {}) {
    for (let attempt = 1; ; attempt += 1) {
      let answer, fault;
      try {
        answer = await fetch(`${this.base}${where}`, {
          method,
          headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
          body: body === undefined ? undefined : JSON.stringify(body),
        });
      } catch (error) {
        fault = new Error(`${this.base} does not answer: ${error.cause?.message ?? error.message}`);
      }
      if (answer && answer.status !== 429 && answer.status !== 503) return result(answer);
      if (attempt === 5) throw fault ?? (await result(answer).catch((error) => error));
      const seconds = Number(answer?.headers.get("retry-after")) || 2 ** attempt / 4;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }

  /**
   * Creates or updates a contract with any number of users, in requests of at most 200 accounts.
   * @param {(accounts: object[]) => void} onAccounts called with each answer's accounts, as soon as they are known
   */
  async apply(contract, { users, ...facts }, onAccounts) {
    const room = ACCOUNTS_PER_REQUEST - (facts.administrator ? 1 : 0);
    for (let at = 0; at === 0 || at < users.length; at += room) {
      const answer = await this.call("PUT", `/contracts/${encodeURIComponent(contract)}`, { ...facts, users: users.slice(at, at + room) });
      onAccounts(answer.accounts.filter((account) => at === 0 || account.role !== "administrator"));
    }
  }

  /** The contract and all its accounts. */
  async contract(contract, limit = 1000) {
    const page = (after) => this.call("GET", `/contracts/${encodeURIComponent(contract)}?limit=${limit}&after=${encodeURIComponent(after)}`);
    let { next, ...found } = await page("");
    while (next) {
      const more = await page(next);
      found.accounts.push(...more.accounts);
      ({ next } = more);
    }
    return found;
  }

  /** A linked service; with `end`, its end is announced or withdrawn before. Every user of it. */
  async provider(id, end) {
    const where = `/providers/${encodeURIComponent(id)}`;
    let { next, ...found } = await (end === undefined ? this.call("GET", where) : this.call("PUT", where, end));
    while (next) {
      const more = await this.call("GET", `${where}?after=${encodeURIComponent(next)}`);
      found.users.push(...more.users);
      ({ next } = more);
    }
    return found;
  }

  account(service, login) { return this.call("GET", accountPath(service, login)); }

  /** unlock | reset-second-factor | temporary-password */
  act(service, login, action) {
    return this.call("POST", `${accountPath(service, login)}/${action}`, undefined, { "idempotency-key": randomUUID() });
  }
}

const accountPath = (service, login) => `/accounts/${encodeURIComponent(service)}/${encodeURIComponent(login)}`;

async function result(answer) {
  const text = await answer.text();
  const json = /json/.test(answer.headers.get("content-type") ?? "") && text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refused(answer.status, json, text);
  return json;
}
