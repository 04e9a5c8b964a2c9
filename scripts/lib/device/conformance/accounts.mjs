// Whose accounts the checks are made with: a throw-away contract made through the operator API, or a prepared set.
//
// Invariant: an account whose state a check changes for good is given to that check alone.

import { randomBytes } from "node:crypto";
import { passwordHash } from "../../demo.mjs";
import { Operator } from "../../operator-api.mjs";
import { Skip } from "./trial.mjs";

/**
 * An account, and the keys of this run's devices.
 * @typedef {{login: string, password: string, keys: {viewer?: string, client?: string}}} Who
 */

/**
 * @typedef {object} Accounts
 * @property {() => Promise<Who>} user somebody, whose devices other checks may have used
 * @property {() => Promise<Who>} fresh somebody with no phone registered, for this check alone
 * @property {() => Promise<Who>} temporary somebody whose password is temporary
 * @property {() => Promise<Who>} administrator an account administrator, of the users too
 * @property {() => OperatorActs} operator what only the operator can do
 * @property {() => Promise<string>} close says what is left behind
 */

const today = (days) => new Date(Date.now() + 9 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);

/** A contract of its own. */
export class OwnContract {
  #made = 0;
  #users = new Set();
  #first;

  constructor(server, token) {
    this.api = new Operator(server, token);
    this.run = randomBytes(4).toString("hex");
    this.contract = `conformance-${this.run}`;
    this.password = `Conf-${randomBytes(9).toString("base64url")}-1A!`;
    this.hash = passwordHash(this.password);
  }

  async user() { return this.fresh(); }
  async fresh() { return this.#make({ password_hash: this.hash }); }
  async temporary() { return this.#make({}); }

  async administrator() {
    await this.#begin();
    return who(`${this.contract}.admin`, this.password);
  }

  operator() {
    const account = (login) => `/accounts/coconowork/${encodeURIComponent(login)}`;
    return {
      /** @returns {Promise<string>} the temporary password */
      temporaryPassword: async ({ login }) => (await this.api.act("coconowork", login, "temporary-password")).initial_password,
      remove: async ({ login }) => {
        this.#users.delete(login);
        await this.api.call("DELETE", `/contracts/${this.contract}/users/${encodeURIComponent(login)}`);
      },
      /** The last day of service, so many days from today; null: none. */
      endsIn: ({ login }, days) => this.#put({ users: [facts(login, days === null ? null : today(days))] }),
      account: ({ login }) => this.api.call("GET", account(login)),
    };
  }

  async close() {
    const gone = await Promise.allSettled([...this.#users].map((login) => this.api.call("DELETE", `/contracts/${this.contract}/users/${login}`)));
    const stuck = gone.filter(({ status }) => status === "rejected").length;
    return `contract ${this.contract}: ${gone.length - stuck} users deleted${stuck ? `, ${stuck} could not be` : ""}; the contract itself and its administrator stay`;
  }

  #put(more) {
    return this.api.call("PUT", `/contracts/${this.contract}`, { service: "coconowork", name: "Conformance", plan: "basic", ...more });
  }

  #begin() {
    const administrator = { login: `${this.contract}.admin`, name: "Conformance", password_hash: this.hash };
    return (this.#first ??= this.#put({ administrator, users: [] }));
  }

  async #make(more) {
    await this.#begin();
    const login = `${this.contract}.${String((this.#made += 1)).padStart(3, "0")}`;
    this.#users.add(login);
    const { accounts } = await this.#put({ users: [{ ...facts(login, null), ...more }] });
    return who(login, more.password_hash ? this.password : accounts.find((account) => account.login === login).initial_password);
  }
}

const facts = (login, end) => ({ login, name: "Conformance", type: "coconowork", start: "2022-12-01", end });
const who = (login, password) => ({ login, password, keys: {} });

/** Accounts that somebody prepared: each with login, password and `is`: user (the default), temporary, administrator. */
export class GivenAccounts {
  #unused;

  /** @param {{login: string, password: string, is?: string}[]} list */
  constructor(list) {
    const of = (kind) => list.filter(({ is = "user" }) => is === kind).map(({ login, password }) => who(login, password));
    [this.users, this.temporaries, this.administrators] = ["user", "temporary", "administrator"].map(of);
    this.#unused = this.users.slice(1);
  }

  async user() { return this.users[0] ?? missing("an account"); }
  async fresh() { return this.#unused.shift() ?? missing("a further account with no phone registered"); }
  async temporary() { return this.temporaries[0] ?? missing("an account with a temporary password"); }
  async administrator() { return this.administrators[0] ?? missing("an account administrator"); }
  operator() { return missing("an operator token"); }
  async close() { return ""; }
}

const missing = (what) => {
  throw new Skip(`needs ${what}`);
};
