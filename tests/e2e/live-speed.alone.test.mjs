// How long a page takes to follow: a device connects or is cut, and the moment the list and the user's page show it, in Chromium.
// Prints the figures; what is asserted is only that every change is shown.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { contract, PASSWORD } from "./harness/people.mjs";

const CHANGES = 100;
const server = await startServer({ wrapped: false });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const USERS = Array.from({ length: 50 }, (_, at) => `speed.${String(at + 1).padStart(5, "0")}`);
await contract(server, "720000001", "admin.speed", USERS);
const USER = USERS[24];

const context = await chromium.newContext({ locale: "ja", baseURL: server.origin() });
/** A page that notes when what it shows about the user changes, by the clock of the machine. */
async function follow(path, selector) {
  const page = await context.newPage();
  await page.goto(path);
  await page.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
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
  return { page, seen: (count) => page.waitForFunction((count) => window.seen.length >= count && window.seen[count - 1], count).then((handle) => handle.jsonValue()) };
}
const percentile = (times, percent) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor((times.length * percent) / 100))];

test(`cw_043 cw_074 ${CHANGES} times a client connects or goes: how long list and page take to show it`, async () => {
  const login = await context.newPage();
  await login.goto("/login");
  await login.locator("#login").fill("admin.speed");
  await login.locator("#password").fill(PASSWORD);
  await login.locator("main .button-primary").click();
  await login.getByText("利用する管理機能を選択してください。").waitFor();
  await login.close();
  const list = await follow("/users", `tr:has(a[href="/users/${USER}"]) .badge-connected`);
  const detail = await follow(`/users/${USER}`, "[data-part=disconnect-client-row] .fact-connected");
  const times = { list: [], detail: [] };
  const device = await server.device({ login: USER, password: PASSWORD, role: "client" });
  await device.next("welcome");
  await Promise.all([list.seen(1), detail.seen(1)]);
  for (let at = 0; at < CHANGES; at += 1) {
    // The contract speaks once a second: each change is the first of its second.
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const began = Date.now();
    if (at % 2 === 0) device.close();
    else await device.connect();
    const [shown, followed] = await Promise.all([list.seen(at + 2), detail.seen(at + 2)]);
    times.list.push(shown - began);
    times.detail.push(followed - began);
  }
  for (const [page, taken] of Object.entries(times)) {
    console.log(`${page}: p50 ${percentile(taken, 50)} ms, p95 ${percentile(taken, 95)} ms, longest ${Math.max(...taken)} ms over ${taken.length} changes`);
    assert.equal(taken.length, CHANGES);
  }
  device.close();
});
