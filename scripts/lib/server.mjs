// Runs the built bundle in workerd, through Miniflare: what `scripts/dev`, the tests and the measurements have in common.
//
// Invariants: the configuration is wrangler.toml's (bindings, objects, assets, compatibility date), never a copy of it; mail
// that the Worker sends through its EMAIL binding ends in `onMail` and goes nowhere; only 127.0.0.1 is listened on.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { parseEnv } from "node:util";
import { Log, LogLevel, Miniflare } from "miniflare";
import { ROOT } from "./cli.mjs";
import { parseToml } from "./toml.mjs";

/** wrangler.toml, parsed. */
export const wranglerConfig = (file = path.join(ROOT, "wrangler.toml")) => parseToml(readFileSync(file, "utf8"));

/** Ports that the system gives to no outgoing connection, so that none is taken between being found free and being listened on. */
const [FIRST, PORTS] = [20_000, 12_000];

const isFree = (port) =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** A port nobody listens on just now; with `wanted`, that one or an error that says it is taken. */
export async function freePort(wanted = 0) {
  if (wanted > 0) {
    if (await isFree(wanted)) return wanted;
    throw new Error(`port ${wanted} is taken`);
  }
  for (let tries = 0; tries < 100; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error("no port is free");
}

/**
 * The secrets of a local run: those of .dev.vars; the required ones it lacks are made and added to it.
 * @returns {Record<string, string>}
 */
export function localSecrets(file = path.join(ROOT, ".dev.vars")) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const found = parseEnv(text);
  const fresh = () => randomBytes(32).toString("base64url");
  const make = {
    OPERATOR_TOKENS: () => JSON.stringify({ local: fresh() }),
    SESSION_KEYS: () => JSON.stringify([fresh()]),
    DATA_KEYS: () => JSON.stringify([fresh()]),
  };
  const missing = wranglerConfig().secrets.required.filter((name) => !found[name]);
  for (const name of missing) found[name] = make[name]();
  if (missing.length > 0) {
    const lines = missing.map((name) => `${name}='${found[name]}'\n`).join("");
    writeFileSync(file, text && !text.endsWith("\n") ? `${text}\n${lines}` : text + lines, { mode: 0o600 });
  }
  return found;
}

/** The modules of a bundle made by scripts/build, as Miniflare takes them. */
export function bundleModules(bundle) {
  const file = (name) => readFileSync(path.resolve(ROOT, bundle, name));
  return {
    "index.js": { type: "esm", contents: file("index.js").toString() },
    "index_bg.wasm": { type: "wasm", contents: new Uint8Array(file("index_bg.wasm")) },
  };
}

/**
 * One worker in Miniflare's form, from wrangler.toml.
 *
 * `vars` and `secrets` come on top of its vars; the port in its local origins becomes `port`. `main` and `modules` wrap the
 * bundle in further modules (the tests' clock), `env` adds bindings.
 */
export function workerOptions({ config = wranglerConfig(), bundle = "build", main = "index.js", modules = {}, name = config.name, port, vars = {}, secrets = {}, env = {} }) {
  const text = { ...localVars(config.vars, port), ...vars, ...secrets };
  const sqlite = new Set(config.migrations.flatMap((migration) => migration.new_sqlite_classes ?? []));
  const objects = config.durable_objects.bindings;
  // Every bundle has its own static files beside it, as build/ has.
  const assets = path.resolve(ROOT, bundle, path.relative(path.dirname(config.main), config.assets.directory));
  const hasAssets = existsSync(assets);
  return {
    config: {
      name,
      compatibilityDate: config.compatibility_date,
      compatibilityFlags: config.compatibility_flags ?? [],
      manifest: { mainModule: main, modulesRoot: path.resolve(ROOT, bundle), modules: { ...bundleModules(bundle), ...modules } },
      env: {
        ...Object.fromEntries(Object.entries(text).filter(([, value]) => value != null).map(([key, value]) => [key, { type: "text", value: String(value) }])),
        ...Object.fromEntries(objects.map((object) => [object.name, { type: "durable-object", worker: name, exportName: object.class_name }])),
        ...Object.fromEntries((config.send_email ?? []).map((mail) => [mail.name, { type: "worker", worker: MAILBOX }])),
        ...(hasAssets ? { [config.assets.binding]: { type: "assets" } } : {}),
        ...env,
      },
      exports: Object.fromEntries(objects.map(({ class_name }) => [class_name, { type: "durable-object", storage: sqlite.has(class_name) ? "sqlite" : "legacy-kv" }])),
      assets: hasAssets ? { directory: assets, hasUserWorker: true, runWorkerFirst: config.assets.run_worker_first } : undefined,
    },
  };
}

const localVars = (vars, port) =>
  Object.fromEntries(Object.entries(vars).map(([key, value]) => [key, port && typeof value === "string" ? value.replace(/^(http:\/\/(?:[a-z-]+\.)*localhost):\d+$/, `$1:${port}`) : value]));

const MAILBOX = "mailbox";

/** Stands in for the EMAIL binding: hands each message to `onMail`, whose error becomes the binding's. */
function mailboxWorker(config, onMail) {
  const script = `import { WorkerEntrypoint } from "cloudflare:workers";
    export default class extends WorkerEntrypoint {
      async send(message) {
        const answer = await this.env.SINK.fetch("http://mail/", { method: "POST", body: JSON.stringify(message) });
        const body = await answer.json();
        if (!answer.ok) throw Object.assign(new Error(body.message), { code: body.code });
        return body;
      }
      fetch() { return new Response(null, { status: 404 }); }
    }`;
  const handler = async (request) => {
    try {
      await onMail(await request.json());
      return Response.json({ messageId: `<${randomBytes(12).toString("hex")}@localhost>` });
    } catch (error) {
      return Response.json({ message: error.message, code: error.code ?? "E_INTERNAL_SERVER_ERROR" }, { status: 500 });
    }
  };
  return {
    config: {
      name: MAILBOX,
      compatibilityDate: config.compatibility_date,
      manifest: { mainModule: "mailbox.mjs", modulesRoot: ROOT, modules: { "mailbox.mjs": { type: "esm", contents: script } } },
      env: { SINK: { type: "fetcher", handler } },
    },
  };
}

/** Miniflare's own messages, as log lines. */
class LineLog extends Log {
  constructor(onLog) {
    super(LogLevel.INFO);
    this.onLog = onLog;
  }
  logWithLevel(level, message) {
    this.onLog({ level: LogLevel[level].toLowerCase(), message });
  }
}

let starting = Promise.resolve();

/**
 * Starts workerd with the Worker (and `peers`: further workers, each with a port of its own).
 *
 * @param {object} options
 * @param {number} [options.port] 0: any
 * @param {string} [options.persist] where the objects' data lives; without it, it is lost at the end
 * @param {(entry: {level: string, message: string}) => void} [options.onLog]
 * @param {(mail: object) => void} [options.onMail]
 * @param {object[]} [options.peers] in Miniflare's form (see `workerOptions`); any port unless they name one
 * @param {boolean} [options.logRequests]
 * The rest goes to `workerOptions`.
 */
export async function startServer({ port = 0, persist, onLog = () => {}, onMail = () => {}, peers = [], logRequests = false, config = wranglerConfig(), ...worker }) {
  port = await freePort(port);
  const direct = (options) => ({ ...options, dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }], ...options.dev } });
  const options = {
    host: "127.0.0.1",
    port,
    cf: false,
    enableDevRegistry: false,
    resourcePersistencePath: persist && path.resolve(persist),
    logRequests,
    log: new LineLog(onLog),
    handleStructuredLogs: ({ level, message }) => onLog({ level, message }),
    workers: [workerOptions({ config, port, ...worker }), mailboxWorker(config, onMail), ...peers.map(direct)],
  };

  let restarted = () => {};
  const start = async () => {
    const before = new Set(workerdChildren());
    const began = performance.now();
    const mf = new Miniflare({ ...options, unsafeHandleRuntimeRestart: () => restarted() });
    try {
      await mf.ready;
    } catch (error) {
      await mf.dispose().catch(() => {});
      throw error;
    }
    return { mf, readyMs: performance.now() - began, pid: workerdChildren().find((pid) => !before.has(pid)) };
  };
  // One at a time, so that each finds its own child.
  const run = () => (starting = starting.catch(() => {}).then(start));
  let current = await run();

  return {
    port,
    url: `http://localhost:${port}`,
    get mf() { return current.mf; },
    /** Process id of workerd. */
    get pid() { return current.pid; },
    /** Milliseconds from the start until workerd answered. */
    get readyMs() { return current.readyMs; },
    /** Address of a peer's own port. */
    peerUrl: (name) => current.mf.unsafeGetDirectURL(name).then((url) => url.origin),
    /** Kills workerd without warning and waits until it runs again on the same data. Milliseconds that took. */
    async kill9() {
      const before = new Set(workerdChildren());
      const began = performance.now();
      await new Promise((resolve) => {
        restarted = resolve;
        process.kill(current.pid, "SIGKILL");
      });
      await current.mf.ready;
      current.readyMs = performance.now() - began;
      current.pid = workerdChildren().find((pid) => !before.has(pid));
      return current.readyMs;
    },
    /** Stops workerd and starts it again on the same data and port. */
    async restart() {
      await current.mf.dispose();
      current = await run();
      return current.readyMs;
    },
    /**
     * Throws an object out of memory, as the platform does when it is idle; its WebSockets sleep on or are closed.
     * @param {{name?: string, id?: string}} which
     */
    evict: (className, which, webSockets = "hibernate") => current.mf.unsafeEvictDurableObject(worker.name ?? config.name, className, { ...which, webSockets }),
    /** The ids of all objects of a class that have stored anything. */
    objectIds: (className) => current.mf.listDurableObjectIds(className, worker.name ?? config.name),
    stop: () => current.mf.dispose(),
  };
}

/** Process ids of our workerd children (Linux). */
function workerdChildren() {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "workerd";
    } catch {
      return false;
    }
  });
}
