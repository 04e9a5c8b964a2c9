// What the end-to-end tests are written with: the built bundle in workerd, and the people and machines that talk to it.
//
//   const server = await startServer();          after(() => server.stop());
//   const operator = server.operator();           await operator.put("123456789", {…});
//   const browser = server.browser();             let page = await browser.get("/login");
//                                                 page = await browser.submit(page, { login, password });
//   const phone = await server.device({ login, password, role: "viewer" });   await phone.next("welcome");
//   await server.clock.advance(30 * MINUTE);      await server.kill9();       server.mails();
//
// Invariant: what is tested is build/ as it ships. `wrapped: false` runs it bare; otherwise clock.mjs wraps it, from outside.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer as startWorkerd, wranglerConfig } from "../../../scripts/lib/server.mjs";
import { Browser } from "./browser.mjs";
import { connectDevice } from "./device.mjs";
import { exchange } from "./raw.mjs";
import { beforeSteps, repeated, SPARED, stepAt, TRIAL } from "./trials.mjs";

export { launchChromium } from "./chromium.mjs";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Secrets of the tests; the start would refuse them outside localhost. */
export const SECRETS = {
  OPERATOR_TOKENS: JSON.stringify({ tests: "tests-operator-token-0123456789abcdefghij" }),
  SESSION_KEYS: JSON.stringify(["tests-session-key-0123456789abcdefghijkl"]),
  DATA_KEYS: JSON.stringify(["tests-data-key-0123456789abcdefghijklmno"]),
};

/**
 * Starts the bundle.
 *
 * @param {object} [options]
 * @param {boolean} [options.wrapped] with a clock that can be moved, and SQL (default true)
 * @param {string} [options.bundle] directory of the bundle (default "build"; "build-test" can be told to panic)
 * @param {string} [options.persist] where data lives (default: a new directory, removed by `stop`)
 * @param {Record<string, string>} [options.vars] settings on top of wrangler.toml's; null removes one
 * @param {Record<string, string>} [options.secrets]
 * @param {(mail: object) => void} [options.onMail] called for each mail; what it throws is what `EMAIL` throws
 * @param {object[]} [options.mails] where another provider's letters arrive (storage.mjs, `mailProvider`)
 * @param {{vars: Record<string, string>, at: (offset: number) => void}} [options.providers] OpenID providers (openid.mjs), whose clock follows
 */
export async function startServer({ wrapped = true, bundle = "build", persist, vars = {}, secrets = SECRETS, onMail = () => {}, mails = [], providers, ...rest } = {}) {
  vars = { ...providers?.vars, ...vars };
  if (TRIAL) wrapped = true;
  if (TRIAL === "faults") {
    bundle = "build-test";
    vars = { TEST_FAULTS: SPARED, ...vars };
  }
  const ownDirectory = persist === undefined;
  persist ??= mkdtempSync(path.join(tmpdir(), "kagiban-"));
  const config = wranglerConfig();
  const logs = [];
  const history = [[0, 0]];
  const server = await startWorkerd({
    config, bundle, persist, vars, secrets,
    onLog: (entry) => logs.push(entry),
    onMail: async (mail) => {
      await onMail(mail);
      mails.push(mail);
    },
    ...(wrapped ? wrapping(config, history) : {}),
    ...rest,
  });

  const test = async (operation, body) => {
    assert(wrapped, "only a wrapped bundle has a clock and SQL");
    const answer = await fetch(`${server.url}/__test/${operation}`, { method: "POST", body: JSON.stringify(body) });
    const result = await answer.json();
    if (!answer.ok) throw new Error(result.error);
    return result;
  };
  // A workerd that was killed has forgotten which objects have alarms; all are asked once.
  let asked = server.pid;
  const ids = async () => {
    if (asked === server.pid) return {};
    asked = server.pid;
    const classes = config.durable_objects.bindings.map((binding) => binding.class_name);
    return Object.fromEntries(await Promise.all(classes.map(async (name) => [name, await server.objectIds(name)])));
  };
  const offset = () => history.at(-1)[1];
  let moving = Promise.resolve();
  const evict = ({ object, ...which }, webSockets) => server.evict(object, which, webSockets);
  let evicted = 0;
  /** Throws an object out of memory unless that has happened already. */
  const asleep = (which, webSockets) =>
    evict(which, webSockets).then(() => (evicted += 1), (error) => assert.match(error.message, /not currently running/));
  /** Throws every Account that is awake out of memory. */
  const evictAll = async () => {
    const ids = await test("awake", { object: "Account" });
    await Promise.all(ids.map((id) => asleep({ object: "Account", id })));
  };
  if (TRIAL === "evict") beforeSteps(server.port, evictAll);

  return {
    url: server.url,
    port: server.port,
    get pid() { return server.pid; },
    get readyMs() { return server.readyMs; },
    /** Log lines so far: {level, message}. */
    logs: () => logs,
    /** Mails so far, oldest first: {from, to, subject, text, html}. */
    mails: () => mails,
    clock: {
      /** The Worker's time, milliseconds. */
      now: () => Date.now() + offset(),
      /** Moves the clock; alarms that became due have run when it returns. How many runs. */
      advance(ms) {
        const move = async () => {
          // What happened before belongs to the time before: a stamp of this same millisecond must not count as moved.
          const before = Date.now();
          while (Date.now() <= before) await new Promise((resolve) => setTimeout(resolve, 1));
          history.push([Date.now(), offset() + ms]);
          providers?.at(offset());
          return (await test("clock", { history, ids: await ids() })).runs;
        };
        // One after the other, so that no older history comes last.
        const moved = moving.then(move);
        moving = moved.catch(() => {});
        return moved;
      },
      /** Runs alarms that are due within `within` ms, without moving the clock. How many runs. */
      runAlarms: async (within = 0) => (await test("run-alarms", { within, ids: await ids() })).runs,
    },
    /** Rows of a statement in an object. @param {{object: string, name?: string, id?: string}} which */
    sql: (which, sql, ...params) => test("sql", { ...which, sql, params }),
    /** The reply of an object to a command of the Worker's, or to a list of them, for what takes several requests in between. */
    ask: (which, command) => test("ask", { ...which, command }),
    /** Crashes one object: memory and WebSockets are lost. */
    abort: (which) => test("abort", which),
    /** Keeps commands of a name at an object's door. @param {{object: string, name?: string, id?: string, command: string}} which */
    hold: (which) => test("hold", which),
    /** Resolves once one is there. */
    held: (which) => test("held", which),
    /** Lets in what is held. */
    release: (which) => test("release", which),
    evict: TRIAL === "evict" ? asleep : evict,
    objectIds: server.objectIds,
    kill9: server.kill9,
    restart: server.restart,
    async stop() {
      await server.stop();
      // A trial that does nothing must not pass.
      if (TRIAL === "evict") assert.ok(evicted > 0, "nothing was evicted");
      if (TRIAL === "faults") assert.ok(logs.some(({ message }) => message.includes("after a commit, on purpose")), "nothing faulted");
      if (ownDirectory) rmSync(persist, { recursive: true, force: true });
    },
    /** The origin of a service: "coconowork", "worksdrive", "cowork-storage", "line.worksdrive", "line.cowork-storage". */
    origin: (service = "coconowork") => `http://${service === "coconowork" ? "" : `${service}.`}localhost:${server.port}`,
    /** One request, no cookies, redirects not followed. */
    fetch: (path, options) => new Browser(server.port).request(path, options),
    /** A person's browser: keeps cookies, sends Origin. @param {{service?: string, ip?: string, language?: string}} [who] */
    browser: (who) => new Browser(server.port, who),
    operator: (token = Object.values(JSON.parse(secrets.OPERATOR_TOKENS))[0]) => operatorClient(server.url, token),
    /** Logs a device in and connects it; see device.mjs. */
    device: (who) => connectDevice(server.url, who),
    /** Sends bytes as they are and reads what comes back until the connection ends or is silent. */
    raw: (bytes, options) => exchange(server.port, bytes, options),
  };
}

/** The modules and the binding that put clock.mjs around the bundle. */
function wrapping(config, history) {
  const bindings = Object.fromEntries(config.durable_objects.bindings.map((binding) => [binding.class_name, binding.name]));
  const main = [
    'import { wrapObject, wrapWorker } from "./clock.mjs";',
    'import * as bundle from "./index.js";',
    `export default wrapWorker(bundle.default, ${JSON.stringify(bindings)});`,
    ...Object.keys(bindings).map((name) => `export const ${name} = wrapObject("${name}", bundle.${name});`),
  ].join("\n");
  const clock = readFileSync(new URL("clock.mjs", import.meta.url), "utf8");
  return {
    main: "wrapped.mjs",
    modules: { "wrapped.mjs": { type: "esm", contents: main }, "clock.mjs": { type: "esm", contents: clock } },
    env: { CLOCK: { type: "fetcher", handler: () => Response.json(history) } },
  };
}

/** The operator API. Every call answers {status, headers, body}. */
function operatorClient(url, token) {
  const once = async (method, path, body, headers = {}) => {
    await stepAt(url);
    const answer = await fetch(`${url}/operator/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: /json/.test(answer.headers.get("content-type")) ? JSON.parse(text) : text };
  };
  const call = async (...what) => {
    let lost = false;
    const answer = await repeated(() => once(...what), ({ status }) => status === 500 && (lost = true));
    // Who has lost the answer to a deletion and finds nobody has deleted.
    return lost && what[0] === "DELETE" && answer.status === 404 ? { ...answer, status: 204 } : answer;
  };
  return {
    call,
    get: (path) => call("GET", path),
    post: (path, body, headers) => call("POST", path, body, headers),
    delete: (path) => call("DELETE", path),
    put: (contract, body) => call("PUT", `/contracts/${contract}`, body),
    account: async (service, login) => (await call("GET", `/accounts/${service}/${encodeURIComponent(login)}`)).body,
  };
}
