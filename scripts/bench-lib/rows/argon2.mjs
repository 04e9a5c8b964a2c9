// One Argon2id hash (19 MiB, t = 2, p = 1) in workerd, beside the argon2 crate in the same workerd and native, and hash-wasm.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { NATIVE } from "../servers.mjs";
import { plain, show, times } from "../verdict.mjs";

const HASHES = 6;
const run = promisify(execFile);

async function latencies(bench, worker, count, repeats, more = "") {
  const job = { origin: bench.origins[worker], requests: [{ path: `/argon2?count=${count}${more}` }], parallel: 1, count: repeats };
  return (await bench.load(job)).latencies;
}

/**
 * Milliseconds a hash: requests for several less the median of requests for none, since the Worker's own clock stands still
 * while it computes. The first one warms up.
 */
async function inWorkerd(bench, worker, more) {
  await latencies(bench, worker, 1, 1, more);
  const none = (await latencies(bench, worker, 0, 9, more)).sort((a, b) => a - b)[4];
  return (await latencies(bench, worker, HASHES, 3, more)).map((latency) => (latency - none) / HASHES);
}

async function native() {
  const { stdout } = await run(NATIVE, [String(HASHES)]);
  const [output, ...times] = stdout.trim().split("\n");
  return { output, times: times.map(Number) };
}

export default {
  async prepare(bench) {
    const { output } = await native();
    const same = { path: `/argon2?count=${HASHES}`, expect: { includes: output } };
    for (const worker of ["limits", "hashWasm"])
      await bench.load({ origin: bench.origins[worker], requests: [same], parallel: 1, count: 1 });
  },

  async round(bench, samples) {
    samples.add("argon2 in workerd", ...(await inWorkerd(bench, "limits")));
    samples.add("argon2 crate", ...(await inWorkerd(bench, "limits", "&crate")));
    samples.add("argon2 native", ...(await native()).times);
    samples.add("argon2 hash-wasm", ...(await inWorkerd(bench, "hashWasm")));
  },

  judge(samples) {
    const [ours, crate, native, hashWasm] = ["in workerd", "crate", "native", "hash-wasm"].map((name) => samples.median(`argon2 ${name}`));
    const peer = (name, value) => `${name} ${show(value, "ms")} (${times(value, ours)} as long)`;
    return [plain("one hash", ours, "ms", `${peer("the argon2 crate", crate)}, ${peer("native", native)}, ${peer("hash-wasm", hashWasm)}`)];
  },
};
