// 10,000 users of a storage service invited from a file, and what other people's pages take meanwhile.
import { randomBytes } from "node:crypto";
import { argon2id } from "../../bench-peer/hash.mjs";
import { check, closedLoop, connections, request } from "../http.mjs";
import { CONTRACTS, contract, cookie, from } from "../seed.mjs";
import { atMost, plain } from "../verdict.mjs";

const ROWS = 10_000;
const HOST = "worksdrive.localhost:8787";
const ORIGIN = `http://${HOST}`;
const [CONTRACTOR, PASSWORD] = ["boss@bench.example.jp", "Correct-Horse-4"];
/** Most seconds that an import is waited for. */
const PATIENCE = 600;
const FILE = ["氏名,メールアドレス", ...Array.from({ length: ROWS }, (_, row) => `利用 花子,import.${row}@bench.example.jp`)].join("\r\n");

const operation = () => randomBytes(16).toString("hex");
const form = (fields) => ({ "content-type": "application/x-www-form-urlencoded", body: new URLSearchParams({ operation: operation(), ...fields }).toString() });

/** What the contractor's browser sends. */
function asked(session, path, sent) {
  const { body, ...type } = sent ?? {};
  const headers = { host: HOST, "accept-language": "ja", ...(session && { cookie: session }), ...(sent && { origin: ORIGIN, ...type }) };
  return { method: sent ? "POST" : "GET", path, headers, body, expect: { status: sent ? 303 : 200 } };
}

export default {
  product: true,

  async prepare(bench) {
    const { product } = bench.origins;
    await contract(bench, "people");
    this.other = await cookie(product, CONTRACTS.people.users[0].login);
    this.agent = connections(1);
    const ask = async (one) => check(one, await request(this.agent, product, one));
    this.ask = ask;
    const password_hash = await argon2id({ password: PASSWORD, salt: "salt of the bench", memorySize: 8, iterations: 1, parallelism: 1, hashLength: 32, outputType: "encoded" });
    const body = JSON.stringify({ service: "worksdrive", name: "株式会社ベンチ", plan: "basic", administrator: { login: CONTRACTOR, name: "契約 太郎", password_hash }, users: [] });
    await ask({ method: "PUT", path: "/operator/v1/contracts/900000009", body, headers: { host: "localhost:8787", authorization: `Bearer ${bench.token}`, "content-type": "application/json" } });
    check({ expect: { status: 200 } }, await request(this.agent, bench.origins.seeder, { method: "GET", path: "/900000009?one-step=1", headers: {} }));
    const { headers } = await ask(asked("", "/login", form({ login: CONTRACTOR, password: PASSWORD, next: "/" })));
    this.session = headers["set-cookie"].map((line) => line.split(";")[0]).filter((pair) => !pair.endsWith("=")).join("; ");
  },

  /** Once in a run: an import cannot be repeated. */
  async round(bench, samples) {
    if (this.done) return;
    this.done = true;
    const began = performance.now();
    const since = () => (performance.now() - began) / 1000;
    const text = `--xYz\r\ncontent-disposition: form-data; name="operation"\r\n\r\n${operation()}\r\n--xYz\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${FILE}\r\n--xYz--\r\n`;
    await this.ask(asked(this.session, "/import", { "content-type": "multipart/form-data; boundary=xYz", body: text }));
    const { body } = await this.ask(asked(this.session, "/import"));
    samples.add("import checked", since() * 1000);
    const id = /name="id" value="([^"]+)"/.exec(body)[1];
    await this.ask(asked(this.session, "/import/start", form({ id })));
    let over = false;
    const watching = (async () => {
      while (since() < PATIENCE) {
        const page = await this.ask(asked(this.session, "/import"));
        if (page.body.includes("一括招待が終わりました")) return;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      throw new Error(`the import was not over after ${PATIENCE} s`);
    })().finally(() => (over = true));
    const page = from(this.other, { path: "/", expect: { includes: "</html>" } });
    while (!over) {
      const { latencies } = await closedLoop({ origin: bench.origins.product, requests: [page], parallel: 1, count: 10 });
      samples.add("page during an import", ...latencies);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await watching;
    samples.add("import", since());
  },

  judge(samples) {
    return [
      plain("10,000 users checked", samples.median("import checked"), "ms"),
      atMost("10,000 users invited", samples.median("import"), 180, "s", "every row an account, a reserved address and a journal row"),
      atMost("another page meanwhile, p99", samples.percentile("page during an import", 99), 300, "ms", ""),
    ];
  },

  close() {
    this.agent?.destroy();
  },
};
