// 10,000 devices connected to one workerd, the phones and PCs of 5,000 people: what a sleeping socket takes, how fast they
// connect, how long a 切断 takes among them, and whether all are back within 30 s of a kill -9, without a commit. Beside a bare
// object that accepts sockets and sleeps. Once in a run; each side has a workerd of its own, one after the other, so that memory
// is its own.
//
// A process may open a limited number of files (often 20,000); workerd takes two for a TCP connection, and three for the database
// of each object that is awake. Where that is too few for all, the devices that are cut come over TCP and the others through a
// relay Worker in the same workerd (crowd/relay.mjs).
import { FILES_EACH, GROUPS, PARALLEL, SIZES, WITHIN } from "../crowd/numbers.mjs";
import { tokens } from "../crowd/seed.mjs";
import { files, startSide } from "../crowd/server.mjs";
import { cookie, from } from "../seed.mjs";
import { atMost, plain, show } from "../verdict.mjs";

const KIB_PER_MIB = 1024;

/** Waits until every object sleeps: workerd lets them after 10 s without work. */
async function asleep(side) {
  for (let waited = 0; side.open().awake > 1; waited += 1) {
    if (waited > 60) throw new Error(`${side.name}: ${side.open().awake} objects do not fall asleep`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** What each device asks for, and the POST that cuts it. */
async function plan(side, { devices, cuts }) {
  const people = devices / 2;
  if (side.name === "bare") {
    return {
      asked: Array.from({ length: devices }, (_, at) => ({ path: `/connect?object=person${at % people}&end=${at < people ? "viewer" : "client"}`, headers: {} })),
      posts: Array.from({ length: cuts }, (_, at) => ({ method: "POST", path: `/cut?object=person${at}&end=viewer` })),
    };
  }
  const seeded = await tokens(side, people, cuts);
  const administrator = await cookie(side.origin, "crowd.admin");
  const act = { method: "POST", body: "operation={operation}", expect: { status: 303 } };
  return {
    asked: seeded.tokens.map((token) =>
      ({ path: "/device/v1/connect", headers: { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "device.v1" } })),
    posts: seeded.users.map(({ login }) => from(administrator, { ...act, path: `/users/${login}/disconnect/viewer` })),
  };
}

/** All of them connect, in groups that sleep before the next begins. What the last groups added is what sleeping sockets take. */
async function connect(side, bench, samples, { targets, group }) {
  const memory = [];
  for (let at = 0; at < targets.length; at += group) {
    const some = targets.slice(at, at + group);
    const { perSecond, busy } = await bench.jobs.crowdOpen({ targets: some, parallel: PARALLEL });
    samples.add(`crowd ${side.name} rate`, perSecond);
    samples.add(`crowd ${side.name} busy client`, busy);
    await asleep(side);
    memory.push(side.memory());
    bench.progress(`crowd ${side.name}: ${at + some.length} connected, ${show(perSecond, "/s")}, ${show(side.memory() / KIB_PER_MIB, "MiB")}`);
  }
  samples.add(`crowd ${side.name} memory`, (memory.at(-1) - memory[0]) / (targets.length - group));
  samples.add(`crowd ${side.name} process`, memory.at(-1) / KIB_PER_MIB);
}

/** Kills workerd and waits until every device is back; which databases that wrote. */
async function restart(side, bench, samples) {
  const before = side.databases();
  const back = bench.jobs.crowdBack({ patience: 4 * WITHIN * 1000 });
  const killed = Date.now();
  samples.add(`crowd ${side.name} restart`, (await side.kill9()) / 1000);
  const { back: times, attempts, failures } = await back;
  samples.add(`crowd ${side.name} back`, ...times.map((time) => (time - killed) / 1000));
  samples.add(`crowd ${side.name} attempts`, attempts / times.length);
  // Until the server listens again, attempts fail; a refusal would be a lock-out.
  const refused = Object.entries(failures).filter(([reason]) => Number(reason) >= 400 && Number(reason) < 500);
  samples.add(`crowd ${side.name} refused`, refused.reduce((sum, [, count]) => sum + count, 0));
  bench.progress(`crowd ${side.name}: all back, ${attempts} attempts, failed ${JSON.stringify(failures)}`);
  await asleep(side);
  const after = side.databases();
  samples.add(`crowd ${side.name} written`, [...after].filter(([file, state]) => before.get(file) !== state).length);
}

async function measure(name, bench, samples) {
  const sizes = SIZES[bench.quick ? "quick" : "full"];
  const side = await startSide(name);
  try {
    const { asked, posts } = await plan(side, sizes);
    await asleep(side);
    // A process that has made no accounts, so that what it holds is devices.
    await side.kill9();
    const direct = files() >= FILES_EACH * sizes.devices ? sizes.devices : sizes.cuts;
    samples.add(`crowd ${name} over TCP`, direct);
    const targets = asked.map((one, at) =>
      (at < direct ? { ...one, origin: side.origin } : { ...one, relay: side.relay, link: at % 20, id: at }));
    await connect(side, bench, samples, { targets, group: sizes.devices / GROUPS });
    const cuts = posts.map((post, target) => ({ target, post }));
    samples.add(`crowd ${name} cut`, ...(await bench.jobs.crowdCut({ origin: side.origin, cuts, code: 4001 })));
    await asleep(side);
    await restart(side, bench, samples);
    await bench.jobs.crowdEnd();
  } catch (error) {
    throw new Error(`${name}: ${error.message}\n${side.log.slice(-5).join("\n")}`, { cause: error });
  } finally {
    await side.stop();
  }
}

export default {
  async round(bench, samples) {
    if (this.done) return;
    this.done = true;
    for (const name of ["bare", "product"]) await measure(name, bench, samples);
  },

  judge(samples) {
    const at = (name, percent = 50) => samples.percentile(`crowd product ${name}`, percent);
    const bare = (name, percent = 50) => samples.percentile(`crowd bare ${name}`, percent);
    const beside = (name, percent, unit) => `bare object ${show(bare(name, percent), unit)}`;
    const count = samples.count("crowd product back");
    const cut = (percent) => `among ${count}, ${samples.count("crowd product cut")} cuts; ${beside("cut", percent, "ms")}`;
    return [
      plain("devices connected", count, "", `phone and PC of ${count / 2} people; ${at("over TCP")} over TCP, the others through a relay`),
      plain("memory a sleeping socket", at("memory"), "KiB", `${beside("memory", 50, "KiB")}; workerd with all ${show(at("process"), "MiB")}`),
      plain("first connections", at("rate"), "/s", beside("rate", 50, "/s")),
      plain("切断 to Close frame, p50", at("cut"), "ms", cut(50)),
      atMost("切断 to Close frame, p99", at("cut", 99), 60, "ms", cut(99)),
      atMost("all back after kill -9", at("back", 100), WITHIN, "s", `p50 ${show(at("back"), "s")}; ${beside("back", 100, "s")}; workerd listens after ${show(at("restart"), "s")}`),
      atMost("databases that the return wrote", at("written"), 0, "", `of ${count / 2}; ${show(at("attempts"), "attempts a device")}`),
      atMost("attempts refused (lock-out)", at("refused"), 0, "", "401, 403, 409, 429"),
    ];
  },
};
