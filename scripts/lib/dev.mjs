// The foreground part of `scripts/dev`: workerd, the demo, two devices, and what a newcomer needs to know.
//
// Invariant: everything it started ends with it; data stays in the directory given by --persist.

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { leave, ROOT, table } from "./cli.mjs";
import { demo } from "./demo.mjs";
import { gateway, gatewayKey } from "./gateway.mjs";
import { Operator } from "./operator-api.mjs";
import { freePort, localSecrets, startServer } from "./server.mjs";

const { port, persist, noDemo } = options();
const began = performance.now();
let introduced = false; // until then only what goes wrong is worth a line
let stopping = false;
const children = [];
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
const shown = (place) => (path.relative("", place).startsWith("..") ? place : path.relative("", place));
const line = (text) => process.stdout.write(`${new Date().toTimeString().slice(0, 8)} ${text}\n`);

await freePort(port).catch((error) => leave(1, `error: ${error.message}. Stop the other program, or: scripts/dev --port ${port + 1}`));
mkdirSync(persist, { recursive: true });
const secrets = localSecrets();
const key = gatewayKey(); // of this run; one in .dev.vars is another gateway's, and the demo then has no line
const lines = gateway({ port }, key);
const server = await startServer({
  port, persist, secrets: { LINE_GATEWAY_JWK: key.jwk, ...secrets }, logRequests: true,
  onLog: ({ level, message }) => {
    if (stopping) return; // Ctrl-C reaches workerd too, whose end is then no news
    const plain = level === "info" || level === "log";
    if (plain && (!introduced || /^GET \/static\/|[Rr]eady on|^✨/.test(message))) return;
    line(plain ? message : `${level}: ${message}`);
  },
  onMail: ({ to, subject, text }) => line(`mail to ${to}: ${subject}\n${String(text ?? "").replace(/^/gm, "    ")}`),
}).catch((error) => leave(1, `error: workerd did not start. ${error.message}`));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.removeAllListeners(signal); // Miniflare's would end the program at once, before its children
  process.on(signal, stop);
}

async function stop() {
  if (stopping) return;
  stopping = true;
  const gone = children.map((child) => child.exitCode ?? new Promise((resolve) => child.once("exit", resolve)));
  for (const child of children) child.kill("SIGTERM");
  await Promise.all([...gone, lines.stop()]);
  await server.stop();
  process.stdout.write(`\nstopped; the data stays in ${shown(persist)}\n`);
  process.exit(0);
}

const LINE = "CAF0123456789";
const linePort = secrets.LINE_GATEWAY_JWK ? null : await lines.plug(LINE, { listen: port + 1 }).catch(() => null);

const started = performance.now();
const health = await fetch(`${server.url}/healthz`).catch((error) => error);
if (!health.ok) leave(1, `error: ${server.url}/healthz answers ${health.status ?? health.message}: see the lines above`);

if (noDemo) {
  process.stdout.write(`\nKagiban is at ${server.url}/\n\n`);
} else {
  const token = Object.values(JSON.parse(secrets.OPERATOR_TOKENS))[0];
  const made = await demo(new Operator(server.url, token), path.join(persist, "demo.json"))
    .catch((error) => leave(1, `error: the demo could not be made. ${error.message}`));
  const user = made.contracts[0].users[0];
  for (const [role, name, os] of [["viewer", "iPhone16,1", "iOS"], ["client", "DESKTOP-7F3A", "Windows 11"]]) device(user, role, name, os);
  introduce(made);
}
process.stdout.write(`workerd ready in ${(server.readyMs / 1000).toFixed(1)} s, demo in ${seconds(started)} s, all in ${seconds(began)} s. Ctrl-C stops.\n\n`);
introduced = true;

/** A device of the demo, connected as long as this runs. */
function device({ login, password }, role, name, os) {
  const state = path.join(persist, "devices", `${login}-${role}.json`);
  const child = spawn(process.execPath, [path.join(ROOT, "scripts/lib/device.mjs"), "--server", server.url, "--login", login, "--role", role, "--name", name, "--os", os, "--state", state], {
    env: { ...process.env, KAGIBAN_PASSWORD: password },
    // Through the channel it notices our end, however that comes.
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    // Ctrl-C reaches this program alone, which then ends its children one by one.
    detached: true,
  });
  child.stdout.on("data", (lines) => stopping || process.stdout.write(lines));
  children.push(child);
}

function introduce({ contracts }) {
  const out = [`\nKagiban is at ${server.url}/\n`];
  for (const { contract, service, name, administrator, users } of contracts) {
    if (service !== "coconowork") {
      const invited = users.filter((user) => !user.password);
      out.push(`契約ID ${contract} ${name}: ${server.url.replace("localhost", `${service}.localhost`).replace("127.0.0.1", `${service}.localhost`)}/login`);
      out.push(table([
        ["契約者", administrator.login, administrator.password, administrator.name],
        ...users.filter((user) => user.password).map((user) => [user.manager ? "管理者権限を持つ利用者" : "利用者", user.login, user.password, user.name]),
        ...invited.map((user) => ["招待中", user.login, "", `${user.name}: the mail above has the link`]),
      ], "  "));
      if (linePort) out.push(`  回線認証 over the line ${LINE}, once it is registered in 管理コンソール: http://line.${service}.localhost:${linePort}/login`);
      out.push("");
      continue;
    }
    const ready = users.filter((user) => user.password).slice(0, 3);
    const fresh = users.filter((user) => user.initial_password).slice(0, 2);
    out.push(`契約ID ${contract} ${name}, ${users.length} users`);
    out.push(table([
      ["アカウント管理者", administrator.login, administrator.password, administrator.name],
      ...ready.map((user) => ["一般ユーザ", user.login, user.password, `${user.name}${user === users[0] && contract === contracts[0].contract ? ": a phone and a PC are connected" : ""}`]),
      ...fresh.map((user) => ["一般ユーザ (仮パスワード)", user.login, user.initial_password, user.name]),
    ], "  "), "");
  }
  out.push(`All logins and passwords: ${shown(path.join(persist, "demo.json"))}\n`);
  process.stdout.write(`${out.join("\n")}\n`);
}

function options() {
  const usage = "usage: scripts/dev [--port 8787] [--persist DIR] [--no-demo]";
  let values;
  try {
    ({ values } = parseArgs({ options: { port: { type: "string", default: "8787" }, persist: { type: "string", default: ".wrangler/state" }, "no-demo": { type: "boolean", default: false } } }));
  } catch (error) {
    leave(2, `${error.message}\n${usage}`);
  }
  const number = Number(values.port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) leave(2, `no port: ${values.port}\n${usage}`);
  return { port: number, persist: path.resolve(values.persist), noDemo: values["no-demo"] };
}
