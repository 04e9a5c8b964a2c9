// The measurements: rows measured in interleaved rounds, so that a slow minute of the machine meets all of them, and one table.
//
//   scripts/bench [--only ROW,…] [--quick]
//
// Ends with 0 also when a bar is missed; with 1 when something did not work, for then nothing was measured.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../lib/cli.mjs";
import { client } from "./client.mjs";
import argon2 from "./rows/argon2.mjs";
import bundle from "./rows/bundle.mjs";
import commit from "./rows/commit.mjs";
import crowd from "./rows/crowd.mjs";
import disconnect from "./rows/disconnect.mjs";
import follow from "./rows/follow.mjs";
import importing from "./rows/import.mjs";
import list from "./rows/list.mjs";
import login from "./rows/login.mjs";
import page from "./rows/page.mjs";
import { Samples } from "./samples.mjs";
import { startServers } from "./servers.mjs";
import { table } from "./verdict.mjs";

const ROWS = { argon2, commit, login, page, list, disconnect, follow, bundle, crowd, import: importing };
/** Seconds: the product delivers journal rows and reports a second behind its answers. */
const BEHIND = 1.5;
const started = performance.now();
/** Other work on the machine when the measuring begins: above 0.5 or so it disturbs the figures. */
const load = loadavg()[0].toFixed(2);
const elapsed = () => ((performance.now() - started) / 1000).toFixed(0);
const progress = (text) => process.stderr.write(`${elapsed().padStart(5)} s  ${text}\n`);

/** The rows asked for and those they are compared with, in the order of the table. */
function chosen() {
  const { values } = parseArgs({ options: { only: { type: "string" }, quick: { type: "boolean", default: false } } });
  const asked = values.only?.split(",") ?? Object.keys(ROWS);
  const unknown = asked.filter((name) => !ROWS[name]);
  if (unknown.length) throw new Error(`no such row: ${unknown.join(", ")}; there are ${Object.keys(ROWS).join(", ")}`);
  const needed = new Set(asked.flatMap((name) => [name, ...(ROWS[name].needs ?? [])]));
  return { names: Object.keys(ROWS).filter((name) => needed.has(name)), quick: values.quick };
}

function machine() {
  const installed = (folder, name) => join(ROOT, folder, "node_modules", name, "package.json");
  const version = (folder, name) => JSON.parse(readFileSync(installed(folder, name), "utf8")).version;
  return {
    cpu: `${cpus().length} x ${cpus()[0].model.trim()}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    linux: release(),
    "load before": load,
    node: process.version,
    workerd: version("", "workerd"),
    "better-auth": version("scripts/bench-peer", "better-auth"),
    "hash-wasm": version("scripts/bench-peer", "hash-wasm"),
  };
}

async function measure(names, bench) {
  const samples = new Samples();
  for (const name of names) {
    progress(`prepare ${name}`);
    await ROWS[name].prepare?.(bench);
  }
  await bench.idle(BEHIND);
  for (let round = 1; round <= bench.rounds; round++) {
    for (const name of names) {
      progress(`round ${round} of ${bench.rounds}: ${name}`);
      await ROWS[name].round(bench, samples);
    }
  }
  return samples;
}

async function main() {
  const { names, quick } = chosen();
  progress("start workerd with the product, its peers and its limits");
  const servers = await startServers({ withProduct: names.some((name) => ROWS[name].product) });
  const jobs = client();
  let behind = 0;
  const whenIdle = (job) => async (parameters) => {
    await servers.idle(behind);
    behind = parameters.origin === servers.origins.product || parameters.sides ? BEHIND : 0.1;
    return job(parameters);
  };
  const bench = { ...servers, jobs, progress, cutting: whenIdle(jobs.cutting), load: whenIdle(jobs.closedLoop), quick, rounds: quick ? 2 : 5 };
  try {
    const samples = await measure(names, bench);
    const lines = names.flatMap((name) => ROWS[name].judge(samples).map((line) => ({ row: name, ...line })));
    const seconds = Number(elapsed());
    mkdirSync(join(ROOT, "build"), { recursive: true });
    const file = { at: new Date().toISOString(), machine: machine(), rounds: bench.rounds, seconds, lines, samples: samples.summary() };
    writeFileSync(join(ROOT, "build/bench.json"), `${JSON.stringify(file, null, 2)}\n`);
    const missed = lines.filter((line) => line.reached === false).length;
    const barred = lines.filter((line) => line.bar).length;
    console.log(`\n${table(lines)}\n`);
    console.log(Object.entries(machine()).map(([name, value]) => `${name} ${value}`).join(", "));
    console.log(`${barred - missed} of ${barred} bars reached; ${bench.rounds} rounds, ${seconds} s; build/bench.json`);
  } catch (error) {
    if (servers.log.length) process.stderr.write(`workerd said:\n${servers.log.slice(-20).join("\n")}\n`);
    throw error;
  } finally {
    jobs.stop();
    for (const name of names) await ROWS[name].close?.();
    await servers.stop();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${error.message}\n${error.stack?.split("\n").slice(1, 6).join("\n") ?? ""}\n`);
  process.exitCode = 1;
}
