// What one committed write and one read of a bare object cost, on one connection: the limit of everything that is stored.
import { plain, show } from "../verdict.mjs";

export default {
  async round(bench, samples) {
    const count = bench.quick ? 200 : 600;
    for (const path of ["/write", "/read"]) {
      const { latencies } = await bench.load({ origin: bench.origins.bare, requests: [{ path }], parallel: 1, count });
      samples.add(`commit ${path}`, ...latencies);
    }
  },

  judge(samples) {
    const at = (path, percent) => samples.percentile(`commit ${path}`, percent);
    const line = (what, path) => plain(what, at(path, 50), "ms", `p99 ${show(at(path, 99), "ms")}`);
    return [line("one committed write, p50", "/write"), line("one read, p50", "/read")];
  },
};
