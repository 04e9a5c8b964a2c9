// Every page as people see it: no finding of axe-core in either language, theme and width, nothing from any other host, light,
// and without a word in the console. Leaves pictures of all of them in .out/shots for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { contract, NEW_PASSWORD, PASSWORD, WRONG } from "./harness/people.mjs";
import { album, examine, WEIGHT, WIDE } from "./harness/look.mjs";

const SHOTS = album("shots");

const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  clearInterval(pings);
  await chromium.close();
  await server.stop();
});

const ADMINISTRATOR = "admin.pages";
const many = Array.from({ length: 130 }, (_, at) => ({
  login: `cwtest.${String(at + 1).padStart(5, "0")}`, type: at % 4 === 1 ? "coconowork-self" : "coconowork", end: at % 13 === 5 ? "2031-03-31" : null,
}));
const made = await contract(server, "800000001", ADMINISTRATOR, [
  ...many, { login: "busy.00001", end: "2031-03-31" }, "locked.00001", "own.ja", "own.en", "reflected.ja", "reflected.en", { login: "first.00001", ready: false },
]);
await contract(server, "800000002", "admin.empty");
const devices = [];
for (const [role, name, os] of [["viewer", "iPhone16,1", "iOS"], ["client", "DESKTOP-7F3A", "Windows 11"]]) {
  for (const login of ["busy.00001", "cwtest.00003", ...(role === "client" ? ["reflected.ja", "reflected.en"] : [])]) devices.push(await server.device({ login, password: PASSWORD, role, name, os }));
}
const pings = setInterval(() => devices.forEach((device) => device.send("ping")), 30_000);
const temporary = made.get("first.00001").initial_password;
for (let at = 0; at < 5; at += 1) await server.browser().signIn("locked.00001", WRONG);

const submit = (page) => page.locator("main form[method=post] .button-primary").click();
async function signIn(page, login, password) {
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await submit(page);
  await page.waitForLoadState();
}
async function change(page, current, fresh) {
  await page.locator("#current").fill(current);
  await page.locator("#new").fill(fresh);
  await page.locator("#again").fill(fresh);
  await submit(page);
}
const ask = (what) => async (page) => {
  await page.goto("/users/busy.00001");
  await page.locator(`[data-dialog=${what}]`).click();
  await page.locator(`dialog[open] .effects`).waitFor();
};

/** Who → name of the page → how to get there. Who logs in first, if he has a name. */
const PAGES = (language) => ({
  "": {
    "login": (page) => page.goto("/login"),
    "login-wrong": (page) => signIn(page, "nobody", WRONG),
    "login-locked": (page) => signIn(page, "locked.00001", PASSWORD),
    "login-out": (page) => page.goto("/login?out=1"),
    "not-found": (page) => page.goto("/no/such/page"),
    "wrong-method": (page) => page.goto("/logout"),
  },
  [ADMINISTRATOR]: {
    "top-administrator": (page) => page.goto("/"),
    "users": (page) => page.goto("/users"),
    "users-sorted": (page) => page.goto("/users?sort=end&order=desc"),
    "users-search": (page) => page.goto("/users?q=cwtest.0001"),
    "users-nothing": (page) => page.goto("/users?q=nosuchuser"),
    "detail-connected": (page) => page.goto("/users/busy.00001"),
    "detail": (page) => page.goto("/users/cwtest.00002"),
    "detail-locked": (page) => page.goto("/users/locked.00001"),
    "detail-temporary": (page) => page.goto("/users/first.00001"),
    "dialog-disconnect": ask("disconnect-viewer"),
    "dialog-reset": ask("reset-device"),
    "confirm-disconnect": (page) => page.goto("/users/busy.00001/disconnect/viewer"),
    "confirm-reset": (page) => page.goto("/users/busy.00001/device/reset"),
    "settings-administrator": (page) => page.goto("/settings"),
    "password-administrator": (page) => page.goto("/password"),
    "dialog-prohibit": ask("prohibit"),
    "confirm-prohibit": (page) => page.goto("/users/busy.00001/prohibit"),
    "confirm-unlock": (page) => page.goto("/users/locked.00001/unlock"),
    "detail-password-errors": async (page) => {
      await page.goto("/users/busy.00001");
      await page.locator("#new").fill("short");
      await page.locator("#again").fill("other");
      await submit(page);
    },
    "history": (page) => page.goto("/history"),
    "history-user": (page) => page.goto("/users/busy.00001/history"),
    "history-nothing": (page) => page.goto("/history?who=nosuchuser"),
    "history-wrong": (page) => page.goto("/history?from=2026-02-03&to=2026-02-01"),
    "history-check": (page) => page.goto("/history/check"),
    "history-checked": async (page) => {
      await page.goto("/history/check");
      await submit(page);
    },
  },
  "admin.empty": { "users-empty": (page) => page.goto("/users") },
  [`own.${language}`]: {
    "top-user": (page) => page.goto("/"),
    "settings-user": (page) => page.goto("/settings"),
    "history-own": (page) => page.goto("/history"),
    "password": (page) => page.goto("/password"),
    "password-errors": async (page) => {
      await page.goto("/password");
      await change(page, WRONG, "short");
    },
    "password-changed": async (page) => {
      await page.goto("/password");
      await change(page, PASSWORD, NEW_PASSWORD);
    },
    "dialog-end-grace": (page) => page.locator("[data-dialog=end-grace]").click(),
    "confirm-end-grace": (page) => page.goto("/password/grace"),
  },
  "busy.00001": {
    "password-client": (page) => page.goto("/password"),
  },
  [`reflected.${language}`]: {
    "password-reflected": async (page) => {
      await page.goto("/password");
      await change(page, PASSWORD, NEW_PASSWORD);
      await page.getByText(language === "ja" ? "「DESKTOP-7F3A」に反映しています…" : "The change is being applied to “DESKTOP-7F3A” …").waitFor();
    },
  },
  "first.00001": {
    "first-password": (page) => page.goto("/password/first"),
    "first-password-errors": (page) => change(page, temporary, "short"),
  },
});

/** Everything is there that the page loads by itself, its live link too. */
async function settled(page) {
  await page.waitForLoadState();
  if (await page.locator("#live").count()) await page.locator("#link-line:visible").waitFor();
}

for (const language of ["ja", "en"]) {
  test(`every page in ${language}: axe-core, weight, console, hosts`, async () => {
    const wrong = [];
    let heaviest = ["", 0];
    for (const [who, pages] of Object.entries(PAGES(language))) {
      const context = await chromium.newContext({ locale: language, baseURL: server.origin(), reducedMotion: "reduce", viewport: { width: WIDE, height: 800 } });
      const heard = listen(context);
      const page = await context.newPage();
      if (who) await signIn(page, who, who === "first.00001" ? temporary : PASSWORD);
      for (const [name, visit] of Object.entries(pages)) {
        await heard.weights();
        await visit(page);
        await settled(page);
        const bytes = [...(await heard.weights())].filter(([address]) => !/\/live\//.test(address)).reduce((sum, [, size]) => sum + size, 0);
        if (bytes > heaviest[1]) heaviest = [name, bytes];
        if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
        wrong.push(...(await examine(page, name, { language, folder: SHOTS, fullPage: !name.startsWith("dialog") })));
      }
      for (const complaint of heard.complaints) wrong.push(`${who}: ${complaint}`);
      for (const address of heard.addresses) if (address !== server.origin()) wrong.push(`${who}: asked ${address}`);
      await context.close();
    }
    assert.deepEqual([...new Set(wrong)], []);
    console.log(`heaviest: ${heaviest.join(" ")} bytes`);
  });
}
