// あなたの接続 in Chromium: it follows the connections by itself, sessions end and PCs are refused in a dialog and without JavaScript,
// the language is switched in the foot of every page; no finding of axe-core, light enough, pictures in .out/shots.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen, newPage } from "./harness/chromium.mjs";
import { contract, PASSWORD, phoneLogin } from "./harness/people.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-account");
const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const ADMIN = "admin.own";
await contract(server, "760000001", ADMIN, ["live.00001", "dialog.00001", "plain.00001", "keys.00001", "look.ja", "look.en", "quiet.00001"]);

const person = (t, options) => newPage(t, chromium, server.origin(), options);
async function signIn(page, login, next = "/account") {
  await page.goto(`/login?next=${encodeURIComponent(next)}`);
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(PASSWORD);
  await page.locator("main form .button-primary").click();
  await page.waitForURL((url) => url.pathname === next);
}
async function pc(login, name) {
  const device = await server.device({ login, password: PASSWORD, role: "client", name, os: "Windows 11" });
  assert.equal(device.refused, null);
  await device.next("welcome");
  return device;
}
const region = (page, name) => page.getByRole("region", { name, exact: true });

test("the page follows the connections, the PCs and other browsers without a reload", async (t) => {
  const page = await person(t);
  await signIn(page, "live.00001");
  await page.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
  await page.evaluate(() => (window.mark = 1));
  const connections = region(page, "接続状況");
  assert.equal(await connections.getByText("現在接続されていません。").count(), 2);
  const device = await pc("live.00001", "DESKTOP-7F3A");
  await connections.getByText("現在接続されています。").waitFor();
  await region(page, "登録されている接続先PC").getByText("DESKTOP-7F3A").waitFor();
  await page.getByText("ほかにログインしているブラウザはありません。").waitFor();
  await server.browser().signIn("live.00001", PASSWORD);
  await page.getByRole("link", { name: "他のセッションをすべて終了" }).waitFor();
  device.close();
  await connections.getByText("現在接続されています。").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => window.mark), 1);
});

test("in dialogs: the link says which session or PC; what will happen is told; the receipt comes in place", async (t) => {
  const page = await person(t);
  const [stolen, mine] = [await pc("dialog.00001", "STOLEN-1"), await pc("dialog.00001", "MINE-2")];
  await stolen.closed;
  const other = server.browser();
  other.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  await other.signIn("dialog.00001", PASSWORD);
  await signIn(page, "dialog.00001");
  await page.evaluate(() => (window.mark = 1));
  await page.getByRole("link", { name: "このPCを拒否: STOLEN-1" }).click();
  const dialog = page.getByRole("dialog", { name: "確認" });
  await dialog.getByText("このPCを拒否します。").waitFor();
  assert.equal(await dialog.locator(".subject-name").textContent(), "STOLEN-1");
  await dialog.getByText("このPCのクライアントは接続されていません。").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), "キャンセル");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByText("STOLEN-1", { exact: true }).count() > 0, true, "Escape refuses nothing");
  await page.getByRole("link", { name: "このPCを拒否: MINE-2" }).click();
  await dialog.getByText(/このPCのクライアントの接続（.* から）が切れます。/).waitFor();
  assert.equal(await dialog.locator(".subject-name").textContent(), "MINE-2");
  await dialog.getByRole("button", { name: "OK" }).click();
  await page.getByText("このPCを拒否しました。").waitFor();
  assert.deepEqual((await mine.closed).code, 4003);
  await page.getByRole("link", { name: "このPCを拒否: MINE-2" }).waitFor({ state: "detached" });

  await page.getByRole("link", { name: /^終了: Firefox \(Linux\)/ }).click();
  await dialog.getByText(/Firefox \(Linux\)（.* から）は、次の操作でログアウトされます。/).waitFor();
  await dialog.getByRole("button", { name: "OK" }).click();
  await page.getByText("セッションを終了しました。").waitFor();
  await page.getByText("ほかにログインしているブラウザはありません。").waitFor();
  assert.match((await other.get("/")).location, /^\/login/);
  // A second PC with the operation ids that came with the receipt.
  await page.getByRole("link", { name: "このPCを拒否: STOLEN-1" }).click();
  await dialog.getByRole("button", { name: "OK" }).click();
  await region(page, "登録されている接続先PC").getByText("登録されていません。").waitFor();
  assert.equal(await page.evaluate(() => window.mark), 1, "without a reload");
});

test("without JavaScript: questions are pages, and language and zone are forms", async (t) => {
  const page = await person(t, { javaScriptEnabled: false });
  const device = await pc("plain.00001", "DESKTOP-7F3A");
  await server.browser().signIn("plain.00001", PASSWORD);
  await signIn(page, "plain.00001");
  await page.getByRole("link", { name: "このPCを拒否" }).click();
  await page.getByRole("heading", { name: "確認" }).waitFor();
  await page.getByRole("button", { name: "OK" }).click();
  await page.getByText("このPCを拒否しました。").waitFor();
  assert.equal((await device.closed).code, 4003);
  await page.getByRole("link", { name: "他のセッションをすべて終了" }).click();
  await page.getByText("ほかのセッション1件は、次の操作でログアウトされます。").waitFor();
  await page.getByRole("button", { name: "OK" }).click();
  await page.getByText("ほかにログインしているブラウザはありません。").waitFor();
  await page.getByLabel("タイムゾーン").selectOption("60");
  await page.getByRole("button", { name: "タイムゾーンを変更" }).click();
  await page.getByText("タイムゾーンを変更しました。").waitFor();
  assert.match(await region(page, "管理機能にログイン中のブラウザ").innerText(), /\+0100/);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Your connections" }).waitFor();
  await page.getByRole("button", { name: "日本語" }).click();
  await page.getByRole("heading", { name: "あなたの接続" }).waitFor();
});

test("by keyboard alone: from the header to the page, a session ended, the language switched before login", async (t) => {
  const page = await person(t);
  await page.goto("/login");
  await page.getByRole("button", { name: "English" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await page.getByRole("button", { name: "日本語" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "ログイン" }).waitFor();
  await server.browser().signIn("keys.00001", PASSWORD);
  await signIn(page, "keys.00001", "/");
  await page.locator("a.who-kind").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "あなたの接続" }).waitFor();
  await page.getByRole("link", { name: /^終了: / }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), "OK");
  await page.keyboard.press("Enter");
  await page.getByText("セッションを終了しました。").waitFor();
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY");
});

test("news stand on the page until 確認しました, which stays on that page", async (t) => {
  await phoneLogin(server, { login: "quiet.00001", name: "Pixel 9" });
  const page = await person(t);
  await signIn(page, "quiet.00001", "/settings");
  await region(page, "お知らせ").getByText("新しいスマートフォン「Pixel 9」が登録されました。").waitFor();
  await page.getByRole("button", { name: "確認しました" }).click();
  await region(page, "お知らせ").waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).pathname, "/settings");
});

for (const language of ["ja", "en"]) {
  test(`the pages of あなたの接続 in ${language}: axe-core, weight, width, console, hosts`, async () => {
    const login = `look.${language}`;
    const devices = [await pc(login, "DESKTOP-7F3A"), await pc(login, "LAPTOP-2")];
    await phoneLogin(server, { login });
    for (let at = 0; at < 14; at += 1) await server.browser({ ip: "192.0.2.7" }).signIn(login, PASSWORD);
    const dialog = (name) => async (page) => {
      await page.goto("/account");
      await page.locator(`[data-dialog=${name}]`).first().click();
      await page.locator("dialog[open] .effects ul").waitFor();
    };
    const PAGES = {
      [login]: {
        "account": (page) => page.goto("/account"),
        "account-dialog-end": dialog("end-session"),
        "account-dialog-refuse": dialog("refuse-pc"),
        "account-question": async (page) => {
          await page.goto("/account");
          await page.goto(await page.locator("[data-dialog=refuse-pc]").first().getAttribute("href"));
        },
        "account-others": (page) => page.goto("/account/sessions/end"),
        "account-receipt": (page) => page.goto("/account?notice=pc-refused"),
        "top-news": (page) => page.goto("/"),
      },
      [ADMIN]: { "account-administrator": (page) => page.goto("/account") },
    };
    const wrong = [];
    for (const [who, pages] of Object.entries(PAGES)) {
      const context = await chromium.newContext({ locale: language, baseURL: server.origin(), reducedMotion: "reduce", viewport: { width: 1280, height: 800 } });
      const heard = listen(context);
      const page = await context.newPage();
      await signIn(page, who, "/");
      for (const [name, visit] of Object.entries(pages)) {
        await heard.weights();
        await visit(page);
        await page.waitForLoadState();
        if (await page.locator("#live").count()) await page.locator("#link-line:visible").waitFor({ timeout: 10_000 });
        // The page itself and what it loads once; its live part has the same address.
        const loaded = [...(await heard.weights())].filter(([address]) => /\/static\//.test(address));
        const own = await page.evaluate(async () => new Blob([await (await fetch(location.href)).text()]).size);
        const bytes = loaded.reduce((sum, [, size]) => sum + size, own);
        console.log(`${name}: ${bytes} bytes`);
        if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
        wrong.push(...(await examine(page, name, { language, folder: SHOTS, fullPage: !name.includes("dialog") })));
      }
      for (const complaint of heard.complaints) wrong.push(`${who}: ${complaint}`);
      for (const address of heard.addresses) if (address !== server.origin()) wrong.push(`${who}: asked ${address}`);
      await context.close();
    }
    for (const device of devices) device.terminate();
    assert.deepEqual([...new Set(wrong)], []);
  });
}
