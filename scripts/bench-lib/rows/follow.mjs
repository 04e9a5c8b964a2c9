// How long an open page takes to show a change: a client connects or goes, and the moment when the list and the user's page show
// it, in Chromium; beside one message there and back through the same browser and a bare object.
import { launchChromium, startServer } from "../../../tests/e2e/harness/harness.mjs";
import { contract, PASSWORD } from "../../../tests/e2e/harness/people.mjs";
import { atMost, show } from "../verdict.mjs";

const [ADMINISTRATOR, USER] = ["follow.admin", "follow.00025"];
const USERS = Array.from({ length: 50 }, (_, at) => `follow.${String(at + 1).padStart(5, "0")}`);
const CHANGES = 100;
const ECHOES = 20;
/** Milliseconds: a contract speaks once a second, so each change is the first of its second. */
const APART = 1_050;
const PAGES = {
  list: ["/users", `tr:has(a[href="/users/${USER}"]) .badge-connected`],
  page: [`/users/${USER}`, "[data-part=disconnect-client-row] .fact-connected"],
};

/** A page that follows, and notes when what it shows about the user changes, by the clock of the machine. */
async function follow(context, [path, selector]) {
  const page = await context.newPage();
  await page.goto(path);
  await page.locator("#link-line:visible").waitFor();
  await page.evaluate((selector) => {
    const shown = () => Boolean(document.querySelector(selector));
    let last = shown();
    window.seen = [];
    new MutationObserver(() => {
      if (shown() === last) return;
      last = shown();
      window.seen.push(Date.now());
    }).observe(document.getElementById("live"), { childList: true, subtree: true });
  }, selector);
  return page;
}
const seen = async (page, count) =>
  (await page.waitForFunction((count) => window.seen[count - 1], count, { timeout: 15_000 })).jsonValue();

export default {
  // A workerd of its own: pages load the static files that the measured product goes without.
  async prepare(bench) {
    this.server = await startServer({ wrapped: false });
    await contract(this.server, "720000001", ADMINISTRATOR, USERS);
    this.chromium = await launchChromium();
    const context = await this.chromium.newContext({ locale: "ja", baseURL: this.server.origin() });
    const login = await context.newPage();
    await login.goto("/login");
    await login.locator("#login").fill(ADMINISTRATOR);
    await login.locator("#password").fill(PASSWORD);
    await login.locator("main .button-primary").click();
    await login.waitForURL("**/");
    this.pages = {};
    for (const [name, where] of Object.entries(PAGES)) this.pages[name] = await follow(context, where);
    this.device = await this.server.device({ login: USER, password: PASSWORD, role: "client" });
    await this.device.next("welcome");
    this.changes = 1;
    await Promise.all(Object.values(this.pages).map((page) => seen(page, this.changes)));
    this.blank = await (await this.chromium.newContext()).newPage();
    this.echo = `${bench.origins.bare.replace("http", "ws")}/connect?object=echo`;
  },

  async round(bench, samples) {
    for (let change = 0; change < Math.ceil((bench.quick ? 10 : CHANGES) / bench.rounds); change += 1) {
      await new Promise((resolve) => setTimeout(resolve, APART));
      const began = Date.now();
      if (this.changes % 2) this.device.close();
      else await this.device.connect();
      this.changes += 1;
      await Promise.all(Object.entries(this.pages).map(async ([name, page]) => samples.add(`follow ${name}`, (await seen(page, this.changes)) - began)));
    }
    samples.add("follow echo", ...(await this.blank.evaluate(async ([address, count]) => {
      const socket = new WebSocket(address);
      const next = () => new Promise((resolve) => (socket.onmessage = resolve));
      await next();
      const times = [];
      while (times.length < count) {
        const began = performance.now();
        socket.send("echo");
        await next();
        times.push(performance.now() - began);
      }
      socket.close();
      return times;
    }, [this.echo, ECHOES])));
  },

  judge(samples) {
    const at = (name) => samples.percentile(`follow ${name}`, 95);
    const beside = (name) => `p50 ${show(samples.median(`follow ${name}`), "ms")}; a bare echo through the same browser, p95 ${show(at("echo"), "ms")}`;
    return [
      atMost("the user's page shows a change, p95", at("page"), 200, "ms", beside("page")),
      atMost("the list shows a change, p95", at("list"), 200, "ms", beside("list")),
    ];
  },

  async close() {
    await this.chromium?.close();
    await this.server?.stop();
  },
};
