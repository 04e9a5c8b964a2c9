// 切断: from sending the POST until the device has parsed the Close frame, with 1,000 other sockets open; beside a bare object
// that stores one row and closes. Before the cuts all is quiet for as long as objects take to fall asleep, as in life.
import { DEVICES, contract, cookie, deviceToken, from } from "../seed.mjs";
import { atMost, plain, show } from "../verdict.mjs";

const CUTS = 500;
const SLEEP = 11_000;
const CODE = 4001;

export default {
  product: true,

  async prepare(bench) {
    const { bare, product } = bench.origins;
    await contract(bench, "devices");
    const administrator = await cookie(product, "device.admin");
    const tokens = [];
    for (let at = 0; at < DEVICES.length; at += 8)
      tokens.push(...(await Promise.all(DEVICES.slice(at, at + 8).map(({ login }) => deviceToken(product, login)))));
    const headers = (token) => ({ Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "device.v1" });
    const connecting = (token) => ({ origin: product, path: "/device/v1/connect", headers: headers(token) });
    const act = { method: "POST", body: "operation={operation}", expect: { status: 303 } };
    const cutting = ({ login }) => from(administrator, { ...act, path: `/users/${login}/disconnect/viewer` });
    this.sides = [
      {
        name: "disconnect bare",
        origin: bare,
        targets: DEVICES.map((_, number) => ({ origin: bare, path: `/connect?object=device${number}`, headers: {} })),
        posts: DEVICES.map((_, number) => ({ method: "POST", path: `/cut?object=device${number}` })),
      },
      { name: "disconnect product", origin: product, targets: tokens.map(connecting), posts: DEVICES.map(cutting) },
    ];
    this.next = 0;
  },

  async round(bench, samples) {
    const chosen = Array.from({ length: Math.ceil(CUTS / bench.rounds) }, (_, step) => (this.next + step) % DEVICES.length);
    this.next += chosen.length;
    const sides = this.sides.map(({ name, origin, targets, posts }) =>
      ({ name, origin, targets, code: CODE, cuts: chosen.map((target) => ({ target, post: posts[target] })) }));
    const results = await bench.cutting({ sides, sleep: SLEEP });
    for (const [index, { name }] of sides.entries()) {
      samples.add(name, ...results[index].latencies);
      samples.add(`${name}, open sockets`, results[index].open);
    }
  },

  judge(samples) {
    const at = (name, percent) => samples.percentile(`disconnect ${name}`, percent);
    const beside = (percent) => `bare object ${show(at("bare", percent), "ms")}`;
    const line = (percent, limit) => atMost(`Close frame, p${percent}`, at("product", percent), limit, "ms", beside(percent));
    const cuts = `${samples.count("disconnect product")} cuts`;
    return [line(50, 15), line(99, 60), plain("sockets open", samples.median("disconnect product, open sockets"), "", cuts)];
  },
};
