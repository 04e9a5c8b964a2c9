// What was measured: samples under a name, over all rounds. A rate is one sample a round, so its median is over the rounds;
// a latency is one sample a request, and its percentiles are over all requests of all rounds.
export class Samples {
  #values = new Map();

  add(name, ...values) {
    this.#values.set(name, [...(this.#values.get(name) ?? []), ...values]);
  }

  /** Nearest rank, so that a percentile is always something that happened. */
  percentile(name, percent) {
    const sorted = this.#sorted(name);
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  }

  median(name) {
    return this.percentile(name, 50);
  }

  count(name) {
    return this.#values.get(name)?.length ?? 0;
  }

  /** For the JSON file: enough to see how far the samples were apart. */
  summary() {
    return Object.fromEntries([...this.#values.keys()].map((name) => {
      const at = (percent) => this.percentile(name, percent);
      return [name, { count: this.count(name), min: at(0), p50: at(50), p99: at(99), max: at(100) }];
    }));
  }

  #sorted(name) {
    const values = this.#values.get(name);
    if (!values?.length) throw new Error(`nothing was measured under "${name}"`);
    return values.toSorted((a, b) => a - b);
  }
}
