// Receipts, すべて遮断 and the one dialog in Chromium: what an administrator sees while devices answer, with and without
// JavaScript; the dialog that takes its question from the question's page, when that is slow, refused or lost.

import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { logins } from "./harness/login.mjs";
import { contract, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";
import { stubborn } from "./harness/stubborn.mjs";
import { album, examine } from "./harness/look.mjs";

const SHOTS = album("shots-receipt");
const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});

const ADMIN = "admin.seen";
const USERS = logins("seen", 12);
const [LIVE, PLAIN, OUT, OUT_PLAIN, SLOW, LOST, GONE, LOOKS, LOOKS_EN, TWICE, PREVIEW, WEIGHT] = USERS;
await contract(server, "123456789", ADMIN, USERS);

const VIEWER = "ビューア（手元端末）「iPhone16,1」";
const CLIENT = "クライアント（接続先機器）「DESKTOP-7F3A」";
const CLOSED = /: 切断されました（\d+\.\d{2,3} 秒(未満)?）/;

/** The administrator's tab. `complains`: some answers are lost on purpose. */
async function person(t, { complains = false, ...options } = {}) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), viewport: { width: 1280, height: 900 }, ...options });
  const heard = listen(context);
  const tab = await context.newPage();
  t.after(async () => {
    if (!complains) assert.deepEqual(heard.complaints, []);
    await context.close();
  });
  await tab.goto("/login");
  await tab.locator("#login").fill(ADMIN);
  await tab.locator("#password").fill(PASSWORD);
  await tab.locator("main form[method=post] .button-primary").click();
  await tab.waitForURL("**/");
  return Object.assign(tab, { heard });
}
const receipt = (tab) => tab.locator("[data-part=receipt]");
const says = (locator, words) => locator.filter({ hasText: words }).waitFor();
const dialogOf = (tab) => tab.getByRole("dialog", { name: "確認" });
const focused = (tab) => tab.evaluate(() => document.activeElement.innerText);
async function device(login, role, name) {
  const connected = await server.device({ login, password: PASSWORD, role, name });
  await connected.next("welcome");
  return connected;
}
async function unmannered(login) {
  const one = stubborn(server.port, (await phoneLogin(server, { login })).body.token);
  await until(() => one.frames.length > 0);
  return one;
}
/** Opens a user's page that follows him. */
async function follow(tab, login) {
  await tab.goto(`/users/${login}`);
  await tab.locator("#link-line:visible").waitFor();
}
async function look(tab, name, { fullPage = true, language = "ja" } = {}) {
  await tab.emulateMedia({ reducedMotion: "reduce" });
  assert.deepEqual(await examine(tab, name, { language, folder: SHOTS, fullPage }), []);
  await tab.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
  await tab.setViewportSize({ width: 1280, height: 900 });
}

test("cw_092 the receipt fills in without a reload, here and on another administrator's page, and is still there after one", async (t) => {
  const [phone, pc] = [await unmannered(LIVE), await device(LIVE, "client", "DESKTOP-7F3A")];
  const [tab, other] = [await person(t), await person(t)];
  await Promise.all([follow(tab, LIVE), follow(other, LIVE)]);
  for (const page of [tab, other]) await page.evaluate(() => (window.mark = 1));
  await tab.getByRole("link", { name: "利用を禁止" }).click();
  await dialogOf(tab).getByRole("button", { name: "OK" }).click();
  await dialogOf(tab).waitFor({ state: "hidden" });
  await pc.closed;
  await says(receipt(tab), `${VIEWER}: 応答を待っています…`);
  assert.equal(await receipt(tab).getByText("再読み込み").isVisible(), false, "it comes by itself");
  for (const page of [tab, other]) {
    await says(receipt(page), CLOSED);
    await says(receipt(page), `${VIEWER}: 応答がありません。再び接続しようとすると拒否されます。`);
    assert.match(await receipt(page).innerText(), /「管理機能の利用を禁止」の結果/);
    assert.equal(await page.evaluate(() => window.mark), 1);
  }
  assert.match(await tab.locator("#say").innerText(), /応答がありません/, "a screen reader is told");
  await tab.reload();
  await says(receipt(tab), `${VIEWER}: 応答がありません。`);
  phone.socket.destroy();
});

test("cw_072 without JavaScript the page shows the receipt as of now, with a link that looks again", async (t) => {
  const phone = await unmannered(PLAIN);
  const tab = await person(t, { javaScriptEnabled: false });
  await tab.goto(`/users/${PLAIN}`);
  await tab.getByRole("link", { name: "切断" }).click();
  await tab.getByRole("button", { name: "OK" }).click();
  await says(receipt(tab), `${VIEWER}: 応答を待っています…`);
  phone.answer();
  await until(async () => {
    const again = receipt(tab).getByRole("link", { name: "再読み込み" });
    if (await again.count()) await again.click();
    return CLOSED.test(await receipt(tab).innerText());
  });
  assert.equal(await receipt(tab).getByRole("link", { name: "再読み込み" }).count(), 0, "there is nothing left to wait for");
  phone.socket.destroy();
});

test("preview and receipt speak of the same things", async (t) => {
  await signedIn(server, PREVIEW);
  await Promise.all([device(PREVIEW, "viewer", "iPhone16,1"), device(PREVIEW, "client", "DESKTOP-7F3A")]);
  const tab = await person(t);
  await follow(tab, PREVIEW);
  await tab.getByRole("link", { name: "利用を禁止" }).click();
  await dialogOf(tab).locator(".effects").waitFor();
  const effects = await dialogOf(tab).locator(".effects li").allInnerTexts();
  await dialogOf(tab).getByRole("button", { name: "OK" }).click();
  await says(receipt(tab), new RegExp(`${VIEWER}${CLOSED.source}`));
  await says(receipt(tab), new RegExp(`${CLIENT}${CLOSED.source}`));
  const lines = await receipt(tab).locator("li").allInnerTexts();
  const pairs = [[VIEWER, VIEWER], [CLIENT, CLIENT], ["ログイン中の1件", "セッション 1 件"], ["スマートフォン「iPhone16,1」", "（iPhone16,1）"]];
  for (const [before, after] of pairs) {
    assert.ok(effects.some((line) => line.includes(before)), `${before} in ${effects}`);
    assert.ok(lines.some((line) => line.includes(after)), `${after} in ${lines}`);
  }
  assert.equal(lines.length, pairs.length);
});

for (const javaScriptEnabled of [true, false]) {
  test(`cw_065 すべて遮断 ${javaScriptEnabled ? "from the dialog" : "without JavaScript"}: the question, the password once, the receipt on the user's page`, async (t) => {
    const login = javaScriptEnabled ? OUT : OUT_PLAIN;
    const session = await signedIn(server, login);
    const [phone, pc] = await Promise.all([device(login, "viewer", "iPhone16,1"), device(login, "client", "DESKTOP-7F3A")]);
    const tab = await person(t, { javaScriptEnabled });
    await tab.goto(`/users/${login}`);
    const place = tab.getByRole("region", { name: "紛失・盗難のとき" });
    await place.getByRole("link", { name: "すべて遮断" }).click();
    const question = javaScriptEnabled ? dialogOf(tab) : tab.locator("main");
    for (const words of ["すべて遮断します。", "よろしいですか？", "ログイン中の1件がログアウトされます。", "「iPhone16,1」の接続", "「DESKTOP-7F3A」の接続", "一度だけ表示されます。"]) await says(question, words);
    if (javaScriptEnabled) {
      assert.equal(await focused(tab), "キャンセル");
      await look(tab, "shut-out-dialog", { fullPage: false });
    }
    await question.getByRole("button", { name: "OK" }).click();
    await tab.getByRole("heading", { name: "すべて遮断しました。" }).waitFor();
    const password = await tab.locator(".once").innerText();
    assert.ok(!tab.url().includes(password));
    if (javaScriptEnabled) await look(tab, "shut-out-done");
    assert.deepEqual([(await phone.closed).code, (await pc.closed).code], [4003, 4003]);
    assert.match((await session.get("/")).location, /^\/login/);
    assert.equal((await server.browser().signIn(login, password)).path, "/password/first");
    await tab.getByRole("link", { name: `${login} の画面へ` }).click();
    await says(receipt(tab), new RegExp(`${VIEWER}${CLOSED.source}`));
    assert.ok(!(await tab.content()).includes(password));
    if (javaScriptEnabled) await look(tab, "detail-shut-out");
  });
}

test("a slow question: the dialog opens and says that it is loading, Esc gives up, and the next one is asked afresh", async (t) => {
  const tab = await person(t, { complains: true });
  await follow(tab, SLOW);
  const held = [];
  await tab.route("**/users/*/prohibit", (route) => new Promise((resolve) => held.push(() => resolve(route.continue().catch(() => {})))));
  const link = tab.getByRole("link", { name: "利用を禁止" });
  await link.click();
  await says(dialogOf(tab), "読み込んでいます…");
  await look(tab, "dialog-loading", { fullPage: false });
  await tab.keyboard.press("Escape");
  await dialogOf(tab).waitFor({ state: "hidden" });
  assert.equal(await focused(tab), "利用を禁止", "the focus is back");
  held.splice(0).forEach((release) => release());
  await link.click();
  await says(dialogOf(tab), "読み込んでいます…");
  held.splice(0).forEach((release) => release());
  await says(dialogOf(tab), "利用を禁止します。");
  assert.equal(await dialogOf(tab).getByText("読み込んでいます…").isVisible(), false);
  assert.equal(await focused(tab), "キャンセル", "the focus goes to the answer that does nothing");
  assert.equal(await tab.locator("dialog form").count(), 1);
  await dialogOf(tab).getByRole("button", { name: "閉じる" }).click();
  await dialogOf(tab).waitFor({ state: "hidden" });
});

test("a question that does not come, and an answer that does not: the dialog says so, and trying again works", async (t) => {
  const tab = await person(t, { complains: true });
  await follow(tab, LOST);
  await tab.route("**/users/*/prohibit", (route) => route.abort());
  const link = tab.getByRole("link", { name: "利用を禁止" });
  await link.click();
  await says(dialogOf(tab).getByRole("alert"), "通信できませんでした。");
  assert.equal(await dialogOf(tab).getByRole("button", { name: "OK" }).count(), 0);
  await look(tab, "dialog-failed", { fullPage: false });
  await tab.keyboard.press("Escape");
  await tab.unroute("**/users/*/prohibit");
  await link.click();
  await says(dialogOf(tab), "利用を禁止します。");
  await tab.route("**/users/*/prohibit", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await dialogOf(tab).getByRole("button", { name: "OK" }).click();
  await says(dialogOf(tab).getByRole("alert"), "通信できませんでした。");
  await tab.unroute("**/users/*/prohibit");
  await dialogOf(tab).getByRole("button", { name: "OK" }).click();
  await dialogOf(tab).waitFor({ state: "hidden" });
  await tab.getByText("管理機能の利用を禁止しました。").waitFor();
});

test("a question about a user who is not there any more says so", async (t) => {
  const tab = await person(t);
  await follow(tab, GONE);
  const answer = await server.operator().delete(`/contracts/123456789/users/${GONE}`);
  assert.equal(answer.status, 204);
  await tab.evaluate(() => document.querySelector("[data-dialog=prohibit]").click());
  await says(dialogOf(tab).getByRole("alert"), "見つかりません");
});

test("two questions in a row, each its own form: an operation id stands for one act", async (t) => {
  const tab = await person(t);
  await follow(tab, TWICE);
  const ids = [];
  tab.on("request", (request) => request.method() === "POST" && ids.push(new URLSearchParams(request.postData()).get("operation")));
  for (const [name, done] of [["利用を禁止", "管理機能の利用を禁止しました。"], ["利用を許可", "管理機能の利用を許可しました。"], ["利用を禁止", "管理機能の利用を禁止しました。"]]) {
    await tab.getByRole("link", { name }).click();
    await dialogOf(tab).getByRole("button", { name: "OK" }).click();
    await tab.getByText(done).waitFor();
    await dialogOf(tab).waitFor({ state: "hidden" });
  }
  assert.deepEqual([ids.length, new Set(ids).size], [3, 3]);
});

for (const [language, login] of [["ja", LOOKS], ["en", LOOKS_EN]]) {
  test(`the pages in ${language}: axe-core in both themes, at 390 and 1280 px`, async (t) => {
    const phone = await unmannered(login);
    const pc = await device(login, "client", "DESKTOP-7F3A");
    const tab = await person(t, { locale: language });
    await tab.goto(`/users/${login}/shut-out`);
    await look(tab, "shut-out-question", { language });
    await tab.goto(`/users/${login}/prohibit`);
    await tab.locator("main .button-danger").click();
    await pc.closed;
    await receipt(tab).waitFor();
    await tab.locator("[data-part=receipt] .fact-alert").waitFor();
    await look(tab, "detail-receipt", { language });
    await tab.goto(`/users/${login}/shut-out`);
    await tab.locator("main .button-danger").click();
    await tab.locator("main").waitFor();
    await look(tab, "shut-out-done", { language });
    phone.socket.destroy();
  });
}

test("the user's page weighs less than 60 KB with a receipt on it and everything that it loads", async (t) => {
  await Promise.all([device(WEIGHT, "viewer", "iPhone16,1"), device(WEIGHT, "client", "DESKTOP-7F3A")]);
  const tab = await person(t);
  await tab.goto(`/users/${WEIGHT}/prohibit`);
  await tab.locator("main .button-danger").click();
  await says(receipt(tab), new RegExp(`${VIEWER}${CLOSED.source}`));
  await tab.heard.weights();
  await follow(tab, WEIGHT);
  const bytes = [...(await tab.heard.weights())].filter(([address]) => !/\/live\//.test(address)).reduce((sum, [, size]) => sum + size, 0);
  assert.ok(bytes > 20_000 && bytes < 60_000, `${bytes} bytes`);
  console.log(`the user's page: ${bytes} bytes`);
});
