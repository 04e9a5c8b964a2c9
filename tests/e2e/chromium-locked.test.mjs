// ロック中のユーザ as administrators meet it: choosing and unlocking in Chromium, with JavaScript and without it and by keyboard; what
// axe-core says of each page in both languages and themes; pictures in .out/shots-locked for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { contract, PASSWORD, signedIn, until, WRONG } from "./harness/people.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-locked");

const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const ADMINISTRATOR = "admin.locked";
const NAMES = ["with.1", "with.2", "without.1", "without.2", "stays.1", "home.1", "fails.1"];
await contract(server, "800000003", ADMINISTRATOR, NAMES);
await contract(server, "800000004", "admin.empty");
await signedIn(server, "home.1");
for (const name of NAMES) for (let failures = 0; failures < (name === "fails.1" ? 3 : 5); failures += 1) await server.browser().post("/login", { login: name, password: WRONG, next: "" });
const admin = await signedIn(server, ADMINISTRATOR);
await until(async () => {
  const { text } = await admin.get("/locked");
  return NAMES.every((name) => text.includes(name));
}, 20_000);

async function signIn(page, login) {
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(PASSWORD);
  await page.locator("main .button-primary").click();
  await page.waitForLoadState();
}
async function person(t, login, options = {}) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [server.origin()]);
  });
  const page = await context.newPage();
  await signIn(page, login);
  return { page, heard };
}
const box = (page, name) => page.getByLabel(`${name} を選択`);
const results = (page) => page.locator("dl .row").evaluateAll((all) => all.map((row) => row.innerText.split(/\s+/).filter(Boolean)));

for (const [how, javaScriptEnabled] of [["with", true], ["without", false]]) {
  test(`cw_084 cw_085 two of many are chosen and unlocked, ${how} JavaScript`, async (t) => {
    const { page } = await person(t, ADMINISTRATOR, { javaScriptEnabled });
    await page.getByRole("link", { name: "ユーザ管理" }).first().click();
    await page.getByRole("link", { name: "ロック中のユーザ" }).click();
    await page.getByLabel("すべて選択").waitFor({ state: javaScriptEnabled ? "visible" : "hidden" });
    for (const name of [`${how}.1`, `${how}.2`]) await box(page, name).check();
    await page.getByRole("button", { name: "選択したユーザのロックアウトを解除" }).click();
    await page.getByText("ロックアウトを解除します。").waitFor();
    await page.getByText("よろしいですか？").waitFor();
    await page.getByText("対象のユーザ: 2人").first().waitFor();
    await page.getByRole("button", { name: "OK" }).click();
    await page.getByText("2人中2人のロックアウトを解除しました。").waitFor();
    assert.deepEqual((await results(page)).map(([name, ...rest]) => [name, rest.join("")]).sort(), [`${how}.1`, `${how}.2`].map((name) => [name, "解除しました"]));
    await page.getByRole("link", { name: "ロック中のユーザへ戻る" }).click();
    // With JavaScript the list follows by itself.
    await until(async () => {
      if (!javaScriptEnabled) await page.reload();
      return !(await page.locator("tbody").innerText()).includes(`${how}.`);
    }, 20_000);
  });
}

test("cw_084 everything is chosen at once, and the remaining time runs", async (t) => {
  const { page } = await person(t, ADMINISTRATOR);
  await page.goto("/locked");
  const all = page.getByLabel("すべて選択");
  await all.waitFor();
  const boxes = page.locator("tbody input");
  const checked = () => boxes.evaluateAll((list) => list.filter((box) => box.checked).length);
  await all.focus();
  await page.keyboard.press("Space");
  assert.equal(await checked(), await boxes.count());
  await box(page, "stays.1").uncheck();
  assert.equal(await all.evaluate((input) => input.indeterminate), true);
  await box(page, "stays.1").check();
  assert.equal(await all.isChecked(), true);
  await all.uncheck();
  assert.equal(await checked(), 0);

  const time = page.locator("tr", { hasText: "stays.1" }).locator("[data-ends]");
  assert.match(await time.innerText(), /^あと \d\d:\d\d$/);
  const first = await time.innerText();
  await until(async () => (await time.innerText()) !== first);
  await page.getByRole("button", { name: "選択したユーザのロックアウトを解除" }).click();
  await page.getByText("ユーザが選択されていません。").waitFor();
});

const PAGES = {
  "locked": (page) => page.goto("/locked"),
  "locked-nothing-selected": (page) => page.goto("/locked/unlock"),
  "locked-confirm": (page) => page.goto("/locked/unlock?user.stays.1=on&user.home.1=on&user.without.1=on"),
  "locked-results": async (page) => {
    await page.goto("/locked/unlock?user.without.1=on&user.nobody.1=on");
    await page.locator("main form .button-primary").click();
    await page.waitForLoadState();
  },
  "users-with-locked": (page) => page.goto("/users"),
};
for (const language of ["ja", "en"]) {
  test(`every page of the list in ${language}: axe-core, weight, console, hosts`, async (t) => {
    const wrong = [];
    for (const [who, pages] of [[ADMINISTRATOR, PAGES], ["admin.empty", { "locked-none": (page) => page.goto("/locked") }]]) {
      const { page, heard } = await person(t, who, { locale: language });
      for (const [name, visit] of Object.entries(pages)) {
        await heard.weights();
        await visit(page);
        await page.waitForLoadState("networkidle");
        const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
        if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
        wrong.push(...(await examine(page, name, { language, folder: SHOTS })));
      }
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}
