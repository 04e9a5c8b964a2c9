// A workerd of its own for one side of the crowd, the product or a bare object: how much memory a socket takes shows only in a
// process that holds nothing else. Each has a relay in front of it besides its own port, and both ports stay over a restart.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../lib/server.mjs";
import { EMPTY, bare, idle, listening, own, product, worker } from "../servers.mjs";

/** Bytes that the objects of a crowd may take. */
const ROOM = 4 * 2 ** 30;

const SIDES = {
  product: (token) => product(token, { main: "product.mjs", modules: { "product.mjs": own("crowd/product.mjs") } }),
  bare,
};

/** Files that a process may open: what a crowd is limited by. */
export const files = () => Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))[1]);

/** In memory where there is room: a journalling file system looks for a free inode so long that it would be measured instead. */
function disk() {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > ROOM ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Starts one side, on an empty disk. */
export async function startSide(name) {
  const token = randomBytes(32).toString("base64url");
  const persist = mkdtempSync(join(disk(), "bench-crowd-"));
  const relay = worker("relay", "relay.mjs", { "relay.mjs": own("crowd/relay.mjs") }, { env: { TARGET: { type: "worker", worker: name } } });
  const peers = [await listening(SIDES[name](token)), await listening(relay)];
  const log = [];
  const onLog = ({ level, message }) => ["error", "warn"].includes(level) && log.push(message);
  const server = await startServer({ ...EMPTY, persist, onLog, peers });
  const [origin, behind] = await Promise.all([name, "relay"].map((peer) => server.peerUrl(peer)));
  const opened = () => readdirSync(`/proc/${server.pid}/fd`).flatMap((file) => {
    try {
      return [readlinkSync(`/proc/${server.pid}/fd/${file}`)];
    } catch {
      return [];
    }
  });
  const folder = join(persist, "do", `${name}-${name === "product" ? "Account" : "Bare"}`);
  return {
    name, origin, relay: behind, token, log,
    get pid() { return server.pid; },
    kill9: () => server.kill9(),
    idle: (seconds) => idle(server.pid, seconds),
    /** KiB that the process has in memory. */
    memory: () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]),
    /** Files open now, and objects awake now: each has its database open. */
    open: () => {
      const names = opened();
      return { files: names.length, awake: names.filter((file) => file.startsWith(folder) && file.endsWith(".sqlite")).length };
    },
    /** Each object's database as it is on the disk while all are asleep: when it was written last, and how long it is. */
    databases: () => new Map(readdirSync(folder).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file)).map((file) => {
      const { mtimeNs, size } = statSync(join(folder, file), { bigint: true });
      return [file, `${mtimeNs} ${size}`];
    })),
    stop: async () => {
      await server.stop();
      rmSync(persist, { recursive: true, force: true });
    },
  };
}
