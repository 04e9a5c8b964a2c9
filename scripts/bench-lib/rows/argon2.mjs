// One Argon2id hash (19 MiB, t = 2, p = 1) in workerd, beside the same crate native and hash-wasm in the same workerd.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { NATIVE } from "../servers.mjs";
import { plain, show, times } from "../verdict.mjs";

const HASHES = 6;
const run = promisify(execFile);

async function latencies(bench, worker, count, repeats) {
  const job = { origin: bench.origins[worker], requests: [{ path: `/argon2?count=${count}` }], parallel: 1, count: repeats };
  return (await bench.load(job)).latencies;
}

/**
 * Milliseconds a hash: requests for several less the median of requests for none, since the Worker's own clock stands still
 * while it computes. The first one warms up.
 */
async function inWorkerd(bench, worker) {
  await latencies(bench, worker, 1, 1);
  const none = (await latencies(bench, worker, 0, 9)).sort((a, b) => a - b)[4];
  return (await latencies(bench, worker, HASHES, 3)).map((latency) => (latency - none) / HASHES);
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
    samples.add("argon2 native", ...(await native()).times);
    samples.add("argon2 hash-wasm", ...(await inWorkerd(bench, "hashWasm")));
  },

  judge(samples) {
    const [ours, native, hashWasm] = ["in workerd", "native", "hash-wasm"].map((name) => samples.median(`argon2 ${name}`));
    const peer = (name, value) => `${name} ${show(value, "ms")} (${times(value, ours)} as long)`;
    return [plain("one hash", ours, "ms", `${peer("native", native)}, ${peer("hash-wasm", hashWasm)}`)];
  },
};
