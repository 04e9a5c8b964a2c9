// The work behind `scripts/screens`: starts the product on an empty state with a clock that the tests' harness moves, puts the
// people of screen-pages.mjs into it, and takes every picture.
//
// Invariants: nothing is drawn by a clock that runs on (the browser's stands where the server's was set); a route with a page of
// its own that no picture shows, and a page that does not answer as one, fail the run.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { leave, progressBar, ROOT } from "./cli.mjs";
import { NO_PICTURE, OFFICE, PAGES as WORK_PAGES, situation } from "./screen-pages.mjs";
import { STORAGE_PAGES, linkedServices, storageSituation } from "./screen-pages-storage.mjs";
import { launchChromium } from "../../tests/e2e/harness/chromium.mjs";
import { gateway, gatewayKey } from "../../tests/e2e/harness/gateway.mjs";
import { startServer } from "../../tests/e2e/harness/harness.mjs";
import { smsProvider } from "../../tests/e2e/harness/storage.mjs";

const { values: options } = parseArgs({ options: { only: { type: "string" }, out: { type: "string", default: path.join(ROOT, "docs/screens") } } });
const [PHONE, WIDE] = [390, 1280];
const HEIGHT = 800;
/** Light, dark, English: the end of the file's name, how the browser is set, and at which widths. */
const LIGHT = { suffix: "", locale: "ja", colorScheme: "light", widths: [PHONE, WIDE] };
const DARK = { suffix: "-dark", locale: "ja", colorScheme: "dark", widths: [WIDE] };
const ENGLISH = { suffix: "-en", locale: "en", colorScheme: "light", widths: [PHONE] };

const PAGES = [...WORK_PAGES, ...STORAGE_PAGES];
const wanted = PAGES.filter(([name]) => !options.only || options.only.split(",").some((part) => name.includes(part)));
if (wanted.length === 0) leave(2, `no page's name contains ${options.only}`);
mkdirSync(options.out, { recursive: true });
const provider = await smsProvider();
const providers = await linkedServices();
const key = gatewayKey();
const server = await startServer({ providers, vars: { ...provider.vars, LINE_GATEWAY_JWK: key.jwk, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const lines = gateway(server, key);
const line = await lines.plug("CAF9876543210", { area: "west" });
// Debian's Chromium has one language of its own, in which it draws fields for days.
const chromium = await launchChromium({ args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--force-color-profile=srgb", "--hide-scrollbars"] });
const devices = [];
/** Sets the clock to a moment in Asia/Tokyo; devices that are still connected are heard meanwhile. */
async function at(moment) {
  devices.splice(0, devices.length, ...devices.filter(({ socket }) => socket.readyState === socket.OPEN));
  const until = Date.parse(`${moment.replace(" ", "T")}+09:00`);
  for (let first = true, left = until - server.clock.now(); first || left > 0; first = false, left = until - server.clock.now()) {
    if (devices.length > 0 && left < 0) throw new Error(`it is later than ${moment} already`);
    await server.clock.advance(devices.length > 0 ? Math.min(left, 60_000) : left);
    await Promise.all(devices.map(async (device) => (device.send("ping"), device.next("pong"))));
    if (devices.length === 0) break;
  }
}

const facts = { ...(await storageSituation(server, provider, providers, at)), ...(await situation(server, at)), now: () => server.clock.now() };
devices.push(...facts.devices);
/** Each page has moments of its own, so that what is done on one is stamped the same in every run. */
const BEGAN = Date.parse("2026-11-22T08:51:00+09:00");
const PACE = 40_000;
const stamp = (moment) => new Date(moment + 9 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

const shown = new Set();
const pictures = [];
const contexts = new Map();
const advance = progressBar(wanted.length, "pages");

/** A browser of this person in this language: one for all his pages. */
async function pageOf(who, { locale }, service) {
  const door = who?.door ?? "";
  const key = `${locale} ${service} ${door} ${who?.login ?? ""}`;
  if (contexts.has(key)) return contexts.get(key);
  const proxy = service?.startsWith("line.") ? { server: `http://127.0.0.1:${line}`, bypass: "<-loopback>" } : undefined;
  const context = await chromium.newContext({ proxy, locale, timezoneId: "Asia/Tokyo", baseURL: server.origin(service), reducedMotion: "reduce", extraHTTPHeaders: OFFICE, viewport: { width: PHONE, height: HEIGHT } });
  await context.clock.setFixedTime(new Date(server.clock.now()));
  const page = await context.newPage();
  page.on("framenavigated", (frame) => frame === page.mainFrame() && shown.add(new URL(frame.url()).pathname));
  if (who) {
    await page.goto(`${door}/login`);
    await page.locator("#login").fill(who.login);
    await page.locator("#password").fill(who.password);
    await page.locator("main form .button-primary").click();
    await page.waitForURL((url) => url.pathname !== `${door}/login`);
  }
  contexts.set(key, page);
  return page;
}
/** What is another one in every run, and what stands there instead. */
const OTHERWISE = [["http://((line\\.)?[a-z-]+)\\.localhost:\\d+", "https://$1.example.jp"], ["http://127\\.0\\.0\\.1:\\d+/adfs", "https://adfs.example.jp/adfs"], ["adfs-[a-z0-9]{18}", "adfs-0123456789abcdefgh"]];
/** Everything is there that the page loads by itself, and nothing has the focus that only came with being opened. */
async function settled(page) {
  await page.waitForLoadState();
  await page.evaluate((pairs) => {
    const fixed = (text) => pairs.reduce((now, [from, to]) => now.replace(new RegExp(from, "g"), to), text);
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (fixed(texts.currentNode.data) !== texts.currentNode.data) texts.currentNode.data = fixed(texts.currentNode.data);
    for (const input of document.querySelectorAll("main input[type=text]")) if (fixed(input.value) !== input.value) input.value = fixed(input.value);
  }, OTHERWISE);
  if ((await page.locator("#live").count()) && (await page.locator("#link-line").count())) await page.locator("#link-line:visible").waitFor();
}
async function take(page, name, { suffix, colorScheme, widths }) {
  await page.emulateMedia({ colorScheme });
  for (const width of widths) {
    await page.setViewportSize({ width, height: HEIGHT });
    const file = `${name}${suffix}-${width}.png`;
    await page.screenshot({ path: path.join(options.out, file), fullPage: !name.startsWith("dialog"), animations: "disabled", caret: "hide" });
    pictures.push(file);
  }
  // Pages are opened on the small screen, which is the one that has to find its way.
  await page.setViewportSize({ width: PHONE, height: HEIGHT });
}

for (const [name, who, , visit, { main = false, service } = {}] of wanted) {
  for (const [turn, look] of (main ? [LIGHT, ENGLISH] : [LIGHT]).entries()) {
    await at(stamp(BEGAN + (PAGES.findIndex((row) => row[0] === name) + turn / 2) * PACE));
    const page = await pageOf(who(facts), look, service);
    await visit(page, facts);
    await settled(page);
    for (const variant of look === LIGHT && main ? [LIGHT, DARK] : [look]) await take(page, name, variant);
    await page.emulateMedia({ colorScheme: "light" });
  }
  advance(1);
}
await chromium.close();
await lines.stop();
await Promise.all([server.stop(), provider.stop(), providers.stop()]);
for (const file of pictures) {
  const picture = path.join(options.out, file);
  try {
    execFileSync("pngquant", ["--force", "--skip-if-larger", "--strip", "--nofs", "--speed", "1", "--output", picture, "96", picture]);
  } catch (error) {
    if (error.status !== 98) throw error; // 98: it would be larger
  }
}
index();
if (!options.only) {
  copyFileSync(path.join(options.out, `user-${WIDE}.png`), path.join(options.out, "../detail.png"));
  const routes = readFileSync(path.join(ROOT, "tests/routes.txt"), "utf8").trim().split("\n").map((line) => line.split(" "));
  const pattern = (at) => at.replace(/^\/users\/[^/]+/, "/users/…").replace(/^\/t\/.+/, "/t/…").replace(/(?<=\/federation\/)[^/]+/, "…").replace(/[^/]+(?=\/(end|refuse|forget)$)/, (id) => (["sessions", "browsers"].includes(id) ? id : "…"));
  const seen = new Set([...shown].map(pattern));
  const pages = routes.filter(([address, , kind, , methods]) => kind === "page" && methods.includes("GET") && !address.startsWith("/live/"));
  const missing = pages.map(([address]) => pattern(address)).filter((address) => !seen.has(address) && !NO_PICTURE.includes(address));
  if (missing.length > 0) leave(1, `no picture of ${missing.join(", ")}: add a row to PAGES in scripts/lib/screen-pages.mjs`);
}

/** README.md of the folder: every page with its pictures; files of pages that are gone are removed by hand. */
function index() {
  const link = (file) => `[${file.replace(/\.png$/, "").replace(/^.*?((-dark|-en)?-\d+)$/, "$1").replace(/^-/, "").replace("-", " ")}](${file})`;
  const files = (name, main) => (main ? [LIGHT, DARK, ENGLISH] : [LIGHT]).flatMap(({ suffix, widths }) => widths.map((width) => `${name}${suffix}-${width}.png`));
  const rows = PAGES.map(([name, , title, , { main = false } = {}]) => `| ${title} | \`${name}\` | ${files(name, main).map(link).join(" · ")} |`);
  const text = `# The pages of ココナワーク, and of WORKSDRIVE and コワークストレージ\n\nMade by \`scripts/screens\`: every page at ${PHONE} and ${WIDE} px, the main ones in the dark (${WIDE} px) and in English (${PHONE} px) too. The clock begins at ${stamp(BEGAN)} in Tokyo.\n\n`
    + `| page | name | pictures |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
  writeFileSync(path.join(options.out, "README.md"), text);
}
