// The keyboard alone: on every page Tab reaches everything that can be operated, in the order of the page, with a focus that is
// seen; every question opens, keeps the focus, closes and gives it back; and several users are unlocked without a mouse.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { newPage } from "./harness/chromium.mjs";
import { mark, walk } from "./harness/keyboard.mjs";
import { contract, NEW_PASSWORD, PASSWORD, signedIn, until, WRONG } from "./harness/people.mjs";

const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const [ADMINISTRATOR, BUSY, FACTOR, OLD] = ["admin.keys", "keys.busy", "keys.factor", "keys.old"];
const LOCKED = ["keys.locked.1", "keys.locked.2", "keys.locked.3"];
const made = await contract(server, "320000001", ADMINISTRATOR, [BUSY, FACTOR, OLD, "keys.forbidden", { login: "keys.first", ready: false }, ...LOCKED]);
for (const login of LOCKED) for (let failures = 0; failures < 5; failures += 1) await server.browser().signIn(login, WRONG);
for (const [role, name] of [["viewer", "iPhone16,1"], ["client", "DESKTOP-7F3A"]]) await (await server.device({ login: BUSY, password: PASSWORD, role, name })).next("welcome");
await (await server.device({ login: OLD, password: PASSWORD, role: "client", name: "DESKTOP-2B9K" })).next("welcome");
await signedIn(server, BUSY);
const admin = await signedIn(server, ADMINISTRATOR);
const { temporary: _, ...form } = (await admin.get(`/users/${OLD}`)).forms().find(({ action }) => action === `/users/${OLD}/password`).fields;
await admin.post(`/users/${OLD}/password`, { ...form, new: NEW_PASSWORD, again: NEW_PASSWORD });
await until(async () => (await admin.get("/previous")).text.includes(OLD), 20_000);
await until(async () => {
  const { text } = await admin.get("/locked");
  return LOCKED.every((login) => text.includes(login));
}, 20_000);

async function signIn(page, login, password = PASSWORD) {
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
}

const detail = `/users/${BUSY}`;
const WALKS = {
  "": ["/login", "/no/such/page"],
  "keys.first": ["/password/first"],
  [BUSY]: ["/", "/settings", "/settings/factor", "/settings/factor/set-up", "/password", "/account", "/account/sessions/end", "/history"],
  [ADMINISTRATOR]: [
    "/", "/users", "/users?q=keys", "/users?q=nobody", detail, `/users/${LOCKED[0]}`, `${detail}/prohibit`, `${detail}/disconnect/viewer`, `${detail}/device/reset`, `${detail}/shut-out`,
    `${detail}/history`, "/locked", `/locked/unlock?user.${LOCKED[0]}=on`, "/sheet", "/history", "/history/check", "/settings", "/password", "/account",
    "/previous", `/previous/end?user.${OLD}=on`, `/users/${OLD}`, `/users/${OLD}/grace`,
  ],
};
for (const [login, addresses] of Object.entries(WALKS)) {
  test(`Tab reaches everything on the pages of ${login || "nobody"}, at 1280 and 390 px`, async (t) => {
    const page = await newPage(t, chromium, server.origin(), { reducedMotion: "reduce" });
    if (login) await signIn(page, login, login === "keys.first" ? made.get(login).initial_password : PASSWORD);
    const wrong = [];
    for (const address of addresses) {
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(address);
        if (await page.locator("#live").count()) await page.locator("#link-line:visible").waitFor();
        for (const finding of await walk(page)) wrong.push(`${address}, ${width}: ${finding}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
}

const focused = (page) => page.evaluate(() => document.activeElement.innerText?.trim() || document.activeElement.id);
/** Presses Tab until something satisfies `wanted`, a function of the page. */
async function tabTo(page, wanted, what) {
  for (let pressed = 0; pressed < 80; pressed += 1) {
    if (await page.evaluate(wanted, what)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reaches ${what}`);
}
const opens = (what) => document.activeElement.dataset.dialog === what;

test("cw_063 cw_072 cw_085 cw_092 every question: Enter opens it, Tab stays in it, Esc closes it and gives the focus back", async (t) => {
  const page = await newPage(t, chromium, server.origin());
  await signIn(page, ADMINISTRATOR);
  const dialog = page.getByRole("dialog", { name: "確認" });
  const questions = { [detail]: { "disconnect-viewer": "キャンセル", "disconnect-client": "キャンセル", "reset-device": "キャンセル", prohibit: "キャンセル", "shut-out": "キャンセル" }, [`/users/${LOCKED[2]}`]: { unlock: "OK" }, [`/users/${OLD}`]: { "end-grace": "キャンセル" } };
  for (const [address, asked] of Object.entries(questions)) {
    await page.goto(address);
    for (const [what, first] of Object.entries(asked)) {
      await page.evaluate(mark);
      await tabTo(page, opens, what);
      await page.keyboard.press("Enter");
      await dialog.locator("form").waitFor();
      await until(async () => (await focused(page)) === first);
      for (let pressed = 0; pressed < 8; pressed += 1) {
        await page.keyboard.press(pressed < 4 ? "Tab" : "Shift+Tab");
        assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector("dialog[open]").contains(document.activeElement)), `${what}: the focus leaves the question`);
      }
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      assert.ok(await page.evaluate(opens, what), `${what}: the focus is back`);
    }
  }
});

test("cw_092 cw_094 an act from the first Tab to the answer", async (t) => {
  const page = await newPage(t, chromium, server.origin());
  await signIn(page, ADMINISTRATOR);
  await page.goto("/users/keys.forbidden");
  for (const [what, done] of [["prohibit", "管理機能の利用を禁止しました。"], ["allow", "管理機能の利用を許可しました。"]]) {
    await tabTo(page, opens, what);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "確認" }).locator("form").waitFor();
    await tabTo(page, (name) => document.activeElement.innerText === name && document.activeElement.closest("dialog"), "OK");
    await page.keyboard.press("Enter");
    await page.getByText(done).waitFor();
    assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY", "the focus is not lost");
  }
});

test("cw_084 cw_085 several users are chosen with Space and unlocked with Enter", async (t) => {
  const page = await newPage(t, chromium, server.origin());
  await signIn(page, ADMINISTRATOR);
  await page.goto("/locked");
  await page.getByLabel("すべて選択").waitFor();
  const has = (name) => [document.activeElement.id, document.activeElement.name].includes(name);
  await tabTo(page, has, "pick-all");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("tbody input:checked").count(), LOCKED.length);
  await tabTo(page, has, `user.${LOCKED[2]}`);
  await page.keyboard.press("Space");
  assert.deepEqual(await page.locator("tbody input:checked").evaluateAll((all) => all.map(({ name }) => name).sort()), LOCKED.slice(0, 2).map((login) => `user.${login}`));
  for (let pressed = 0; (await focused(page)) !== "選択したユーザのロックアウトを解除" && pressed < 20; pressed += 1) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByText("対象のユーザ: 2人").first().waitFor();
  await tabTo(page, (name) => document.activeElement.innerText === name, "OK");
  await page.keyboard.press("Enter");
  await page.getByText("2人中2人のロックアウトを解除しました。").waitFor();
  await tabTo(page, (name) => document.activeElement.innerText === name, "ロック中のユーザへ戻る");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/locked");
});
