// One HTTP request over a kept connection, and many of them in a closed loop: each connection sends its next request when the
// last answer is complete. An answer that is not the expected one ends the run: a fast error page measures nothing.
import { randomBytes } from "node:crypto";
import { Agent, request as send } from "node:http";

/** The address that the Workers believe to have; the load says so in its Host header. */
export const HOST = "localhost:8787";
export const ORIGIN = `http://${HOST}`;

/** Answers `{status, headers, body}`. `{operation}` in the body becomes a fresh operation id. */
export function request(agent, origin, { method = "GET", path, headers = {}, body }) {
  const content = body?.replace("{operation}", () => randomBytes(16).toString("hex"));
  return new Promise((resolve, reject) => {
    const outgoing = send(origin + path, { agent, method, headers }, (incoming) => {
      const parts = [];
      incoming.on("data", (part) => parts.push(part));
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(parts).toString() }));
      incoming.on("error", reject);
    });
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
    outgoing.on("error", reject);
    outgoing.end(content);
  });
}

export const connections = (count) => new Agent({ keepAlive: true, maxSockets: count, noDelay: true });

export function check(asked, answer) {
  const { status = 200, includes = "" } = asked.expect ?? {};
  if (answer.status === status && answer.body.includes(includes)) return answer;
  const wanted = `${status}${includes && ` with "${includes}"`}`;
  throw new Error(`${asked.method ?? "GET"} ${asked.path}: expected ${wanted}, got ${answer.status}: ${answer.body.slice(0, 400)}`);
}

/**
 * The closed loop: until `count` requests are sent or `milliseconds` are over. Connection i sends the requests i, i + n, … of
 * the list in turn. `busy` is the share of one core that this process needed: near 1, the client was the limit.
 */
export async function closedLoop({ origin, requests, parallel, count = Infinity, milliseconds = Infinity }) {
  const agent = connections(parallel);
  const latencies = [];
  let sent = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const connection = async (_, number) => {
    for (let turn = number; sent < count && performance.now() - start < milliseconds; turn += parallel) {
      sent += 1;
      const asked = requests[turn % requests.length];
      const before = performance.now();
      check(asked, await request(agent, origin, asked));
      latencies.push(performance.now() - before);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, connection));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  return { perSecond: latencies.length / seconds, latencies, busy: (used.user + used.system) / 1e6 / seconds };
}
