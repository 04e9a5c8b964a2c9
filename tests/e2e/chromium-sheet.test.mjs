// The account sheet on screen and on paper (CW-002 to CW-005): axe-core in both languages and themes, at the widths of a phone and a
// screen; printed it is the sheet alone, with the head of its table on every page. Pictures and a PDF in .out/shots-sheet.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { contract, PASSWORD, WRONG } from "./harness/people.mjs";
import { album, examine, picture, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-sheet");

const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const USERS = Array.from({ length: 90 }, (_, at) => ({
  login: `cwtest.${String(at + 1).padStart(5, "0")}`, type: at % 4 === 1 ? "coconowork-self" : "coconowork",
  end: at % 7 === 3 ? "2031-03-31" : at % 11 === 5 ? "2025-03-31" : null, ready: at % 10 !== 9,
}));
await contract(server, "123456789", "admin.00001", USERS);
await contract(server, "987654321", "admin.none");
const device = await server.device({ login: "cwtest.00001", password: PASSWORD, role: "client" });
for (let at = 0; at < 5; at += 1) await server.browser().signIn("cwtest.00003", WRONG);

async function person(t, login, options = {}) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [server.origin()]);
  });
  const page = await context.newPage();
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(PASSWORD);
  await page.locator("main .button-primary").click();
  await page.waitForLoadState();
  return { page, heard };
}

for (const language of ["ja", "en"]) {
  test(`cw_002 cw_043 the sheet and the list in ${language}: axe-core, weight, both themes, both widths`, async (t) => {
    const wrong = [];
    for (const [login, pages] of Object.entries({ "admin.00001": { sheet: "/sheet", list: "/users" }, "admin.none": { "sheet-none": "/sheet" } })) {
      const { page, heard } = await person(t, login, { locale: language });
      for (const [name, address] of Object.entries(pages)) {
        await heard.weights();
        await page.goto(address);
        if (name === "list") await page.locator("#link-line:visible").waitFor();
        const bytes = [...(await heard.weights())].filter(([from]) => !/\/live\//.test(from)).reduce((sum, [, size]) => sum + size, 0);
        // A sheet weighs what its accounts weigh; without any it is a page like the others.
        if (bytes >= WEIGHT && name !== "sheet") wrong.push(`${name}: ${bytes} bytes`);
        wrong.push(...(await examine(page, name, { language, folder: SHOTS })));
      }
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}

test("cw_002 cw_004 cw_005 on paper: the sheet alone, A4, the head of the table on every page, lines through names", async (t) => {
  const { page } = await person(t, "admin.00001");
  await page.goto("/sheet");
  await page.emulateMedia({ media: "print" });
  // A4 less its margins, in CSS pixels.
  await page.setViewportSize({ width: 680, height: 1009 });
  const shown = (selector) => page.locator(selector).first().isVisible();
  assert.deepEqual(await Promise.all([".head", ".foot", ".trail", ".sheet-acts"].map(shown)), [false, false, false, false]);
  assert.ok(await page.getByRole("heading", { name: "ココナワーク ユーザアカウント一覧表" }).isVisible());
  const style = (selector, property) => page.locator(selector).first().evaluate((part, name) => getComputedStyle(part)[name], property);
  assert.equal(await style("thead", "display"), "table-header-group");
  assert.match(await style("tbody s", "textDecorationLine"), /line-through/);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await picture(page, SHOTS, "print");
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: false });
  const text = pdf.toString("latin1");
  const sizes = new Set([...text.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) => `${Math.round(width)}×${Math.round(height)}`));
  assert.deepEqual([...sizes], ["595×842"]);
  assert.ok([...text.matchAll(/\/Type \/Page\b(?!s)/g)].length >= 2, "90 users take more than one page");
});

for (const javaScriptEnabled of [true, false]) {
  test(`cw_002 from the list to the sheet, its printing and its file ${javaScriptEnabled ? "with" : "without"} JavaScript`, async (t) => {
    const { page } = await person(t, "admin.00001", { javaScriptEnabled, acceptDownloads: true });
    await page.goto("/users");
    await page.getByRole("link", { name: "ユーザアカウント一覧表" }).click();
    await page.getByRole("heading", { level: 1, name: "ココナワーク ユーザアカウント一覧表" }).waitFor();
    const print = page.getByRole("button", { name: "印刷" });
    assert.equal(await print.isVisible(), javaScriptEnabled);
    if (javaScriptEnabled) {
      await page.evaluate(() => (window.print = () => (window.printed = true)));
      await print.click();
      assert.equal(await page.evaluate(() => window.printed), true);
    }
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSVで保存" }).click()]);
    assert.match(download.suggestedFilename(), /^accounts-123456789-\d{4}-\d\d-\d\d\.csv$/);
    const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\r\n");
    assert.equal(lines.length, USERS.length + 2);
  });
}

test("cw_043 the list's badges as they look", async (t) => {
  const { page } = await person(t, "admin.00001");
  await page.goto("/users");
  await page.locator("tr", { hasText: "cwtest.00001" }).getByText("接続中").waitFor();
  await page.locator("tr", { hasText: "cwtest.00003" }).getByText("ロック中").waitFor();
  device.close();
  await page.locator("tr", { hasText: "cwtest.00001" }).getByText("接続中").waitFor({ state: "detached" });
});
