// One workerd with the product, its peers and its limits, each on a port of its own, so that nothing stands between the load
// and the Worker that is measured. Idle Workers cost the others nothing.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, hashWasmModules } from "../bench-peer/bundle.mjs";
import { ROOT } from "../lib/cli.mjs";
import { bundleModules, freePort, startServer, workerOptions, wranglerConfig } from "../lib/server.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const LIMITS = join(ROOT, "target/bench/worker");
const COMPATIBILITY = { compatibilityDate: wranglerConfig().compatibility_date };
export const NATIVE = join(ROOT, "target/bench/release/bench-limits");

/** A Worker that answers at once, as options of startServer. */
export const EMPTY = {
  bundle: LIMITS,
  config: { ...wranglerConfig(), name: "entry", vars: {}, migrations: [], durable_objects: { bindings: [] } },
};

/** The product's required secrets, made anew. */
export function secrets(token = randomBytes(32).toString("base64url")) {
  const fresh = () => JSON.stringify([randomBytes(32).toString("base64url")]);
  return { OPERATOR_TOKENS: JSON.stringify({ bench: token }), SESSION_KEYS: fresh(), DATA_KEYS: fresh() };
}

const script = (contents) => ({ type: "esm", contents });
export const own = (name) => script(readFileSync(join(HERE, name), "utf8"));
const text = (value) => ({ type: "text", value });

export function worker(name, mainModule, modules, rest = {}) {
  return { config: { name, ...COMPATIBILITY, manifest: { mainModule, modulesRoot: HERE, modules }, ...rest } };
}

/** An object class of the Worker itself, on SQLite. */
const object = (name, binding, exportName) => ({
  env: { [binding]: { type: "durable-object", worker: name, exportName } },
  exports: { [exportName]: { type: "durable-object", storage: "sqlite" } },
});

const limits = () => worker("limits", "index.js", bundleModules(LIMITS));

export const bare = () =>
  worker("bare", "bare.mjs", { "bare.mjs": own("bare.mjs"), "members.mjs": own("members.mjs") }, object("bare", "BARE", "Bare"));

async function peers() {
  const auth = script(await bundle("auth.mjs"));
  const authOn = (name, storage) => {
    const { env, exports } = object(name, "AUTH", "Auth");
    const bindings = { ...env, STORAGE: text(storage), DB: { type: "d1", id: name } };
    return worker(name, "auth.js", { "auth.js": auth }, { compatibilityFlags: ["nodejs_compat"], env: bindings, exports });
  };
  const hashWasm = { "argon2.js": script(await bundle("argon2.mjs")), ...(await hashWasmModules()) };
  return [worker("hashWasm", "argon2.js", hashWasm), authOn("authD1", "d1"), authOn("authObject", "object")];
}

/** The product, with a module around the bundle that has doors for the bench. */
export function product(token, { main, modules }) {
  const options = workerOptions({
    name: "product",
    main,
    modules,
    // All load comes from one address.
    vars: { PASSWORD_POSTS_PER_MINUTE: 1_000_000 },
    secrets: secrets(token),
  });
  // Static files are served by the platform in front of the Worker; the local stand-in for that would be measured with it.
  delete options.config.assets;
  delete options.config.env.ASSETS;
  return options;
}

/** The product into whose contracts rows may be put, and the way there. */
export function wrapped(token) {
  const modules = { "wrapped.mjs": own("wrapped.mjs"), "members.mjs": own("members.mjs") };
  const seeder = worker("seeder", "seeder.mjs", { "seeder.mjs": own("seeder.mjs") }, {
    env: { CONTRACT: { type: "durable-object", worker: "product", exportName: "Contract" } },
  });
  return [product(token, { main: "wrapped.mjs", modules }), seeder];
}

/** Seconds of processor time that a process has used (Linux: ticks of 10 ms). */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Waits until the process has been idle for so many seconds: what a job leaves to be done behind its answers must not be
 * charged to the next one.
 */
export async function idle(pid, seconds) {
  const WINDOW = 0.1;
  let quiet = 0;
  for (let waited = 0; quiet < seconds; waited += WINDOW) {
    if (waited > 60) throw new Error("workerd was not idle within a minute of the last request");
    const before = processorTime(pid);
    await new Promise((resolve) => setTimeout(resolve, WINDOW * 1000));
    quiet = processorTime(pid) - before <= 0.2 * WINDOW ? quiet + WINDOW : 0;
  }
}

/** A worker on a port of its own that stays over a restart. */
export const listening = async (options) => ({ ...options, dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: await freePort() }] } });

/**
 * Starts workers in a workerd on an empty disk. Answers the origin of each by its name, what the log said, `idle`, `kill9`, and `stop`,
 * which also removes the data.
 */
export async function startWorkers(workers) {
  const persist = mkdtempSync(join(tmpdir(), "bench-"));
  const log = [];
  const onLog = ({ level, message }) => ["error", "warn"].includes(level) && log.push(message);
  // The first Worker has no port of its own here, so it is one that nobody asks: the empty one once more.
  const server = await startServer({ ...EMPTY, persist, onLog, peers: await Promise.all(workers.map(listening)) });
  const names = workers.map((one) => one.config.name);
  const origins = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await server.peerUrl(name)])));
  const stop = async () => {
    await server.stop();
    rmSync(persist, { recursive: true, force: true });
  };
  return { origins, log, idle: (seconds) => idle(server.pid, seconds), kill9: () => server.kill9(), stop };
}

/** Starts them all; the product only if `withProduct`. Answers what `startWorkers` does, and the operator's token. */
export async function startServers({ withProduct }) {
  if (withProduct && !existsSync(join(ROOT, "build/index.js"))) throw new Error("build/index.js is missing: run scripts/build");
  const token = randomBytes(32).toString("base64url");
  return { token, ...(await startWorkers([limits(), bare(), ...(await peers()), ...(withProduct ? wrapped(token) : [])])) };
}
