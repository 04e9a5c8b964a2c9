// What is shipped: bytes of the bundle; and how long a start takes until the first answer, beside the empty Worker.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../lib/cli.mjs";
import { atMost, plain, show } from "../verdict.mjs";

const FILES = ["index.js", "index_bg.wasm"];
const START = fileURLToPath(new URL("../start.mjs", import.meta.url));
const run = promisify(execFile);

export default {
  product: true,

  async round(bench, samples) {
    for (const which of ["product", "limits"]) {
      const before = Date.now();
      const { stdout } = await run(process.execPath, [START, which]);
      samples.add(`start ${which}`, Number(stdout) - before);
    }
  },

  judge(samples) {
    const files = FILES.map((name) => readFileSync(join(ROOT, "build", name)));
    const kilobytes = (sizes) => sizes.reduce((sum, size) => sum + size, 0) / 1000;
    const raw = kilobytes(files.map((file) => file.length));
    const gzip = kilobytes(files.map((file) => gzipSync(file, { level: 9 }).length));
    return [
      atMost("gzip", gzip, 500, "KB", `raw ${show(raw, "KB")}`),
      plain("start to first answer", samples.median("start product"), "ms", `empty Worker ${show(samples.median("start limits"), "ms")}`),
    ];
  },
};
