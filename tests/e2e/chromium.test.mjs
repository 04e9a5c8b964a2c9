// The journeys of people, in Chromium on the real pages, with the real program of a device at the other end. What a page says
// is found by its visible words, as people do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { newPage } from "./harness/chromium.mjs";
import { contract, NEW_PASSWORD, PASSWORD, until } from "./harness/people.mjs";

const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
const scratch = mkdtempSync(path.join(tmpdir(), "kagiban-devices-"));
const children = new Set();
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await chromium.close();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const ADMINISTRATOR = "admin.chromium";
const others = Array.from({ length: 60 }, (_, at) => `someone.${String(at).padStart(5, "0")}`);
const made = await contract(server, "700000001", ADMINISTRATOR, [
  ...others, "journey.live", "journey.plain", "journey.keys", "journey.own", "journey.english",
  { login: "journey.first", ready: false }, { login: "journey.first-plain", ready: false },
]);

const STAMP = /接続開始時刻 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900/;

/** A page of a person; `complaints` must stay empty. */
const person = (t, options) => newPage(t, chromium, server.origin(), options);
async function signIn(page, login, password = PASSWORD) {
  await page.goto("/login");
  await page.getByLabel("ユーザ名").fill(login);
  await page.getByLabel("パスワード", { exact: true }).fill(password);
  await page.getByRole("button", { name: "ログイン" }).click();
}
/** Waits for these words in the section with this heading. */
const section = (page, heading) => page.getByRole("region", { name: heading });
const row = (page, name) => section(page, "接続状況").locator(".row", { hasText: name });
const VIEWER = "ビューア（手元端末）";
const CLIENT = "クライアント（接続先機器）";
const says = (locator, words, timeout = 10_000) => locator.filter({ hasText: words }).waitFor({ timeout });

/** scripts/device as a person runs it: what it prints, and how it ends. */
function device(login, role, ...more) {
  const state = path.join(scratch, `${login}-${role}.json`);
  const child = spawn(path.join(ROOT, "scripts/device"), ["--server", server.url, "--login", login, "--role", role, "--state", state, ...more], {
    env: { ...process.env, KAGIBAN_PASSWORD: PASSWORD }, stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const program = { printed: "", child, ended: new Promise((resolve) => child.once("exit", resolve)) };
  child.stdout.on("data", (chunk) => (program.printed += chunk));
  program.prints = (words) => until(() => words.test(program.printed), 15_000).catch(() => assert.fail(`${words} in: ${program.printed}`));
  return program;
}

test("cw_042 cw_045 cw_070 cw_074 an administrator finds a user, cuts the phone, and the page follows without a reload", async (t) => {
  const phone = device("journey.live", "viewer", "--once");
  const pc = device("journey.live", "client");
  await Promise.all([phone.prints(/welcome as viewer/), pc.prints(/welcome as client/)]);

  const page = await person(t);
  await signIn(page, ADMINISTRATOR);
  await page.getByRole("link", { name: "ユーザ管理" }).first().click();
  await page.getByRole("searchbox").fill("journey.li");
  await page.getByRole("button", { name: "検索" }).click();
  await page.getByText("「journey.li」の検索結果: 1件").waitFor();
  await page.getByRole("link", { name: "journey.live" }).click();
  await says(row(page, VIEWER), "現在接続されています。");
  assert.match(await row(page, VIEWER).innerText(), STAMP);
  await page.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();

  // From here on nothing navigates: the mark stays.
  await page.evaluate(() => (window.mark = 1));
  let navigations = 0;
  page.on("framenavigated", () => (navigations += 1));
  await row(page, VIEWER).getByRole("link", { name: "切断" }).click();
  const dialog = page.getByRole("dialog", { name: "確認" });
  await says(dialog, "強制切断されます。");
  await says(dialog, "よろしいですか？");
  await dialog.getByRole("button", { name: "OK" }).click();
  await phone.prints(/bye: administrator/);
  await phone.prints(/closed: 4001 administrator/);
  await says(row(page, VIEWER), "現在接続されていません。");
  await page.getByText("ビューア（手元端末）を切断しました。").waitFor();
  assert.equal(await row(page, VIEWER).getByText("切断", { exact: true }).count(), 0, "CW-071: no button while not connected");
  await says(row(page, CLIENT), "現在接続されています。");
  assert.equal(await phone.ended, 6);

  // It comes back, and the page shows it by itself.
  const back = device("journey.live", "viewer", "--once");
  await back.prints(/welcome as viewer/);
  await says(row(page, VIEWER), "現在接続されています。");

  // CW-064: a reset leaves the live phone.
  await says(section(page, "端末認証情報の登録状況"), "モバイル登録済み");
  await page.getByRole("link", { name: "初期化" }).click();
  await says(dialog, "サーバに登録されている端末認証情報が初期化されます。");
  await dialog.getByRole("button", { name: "OK" }).click();
  await says(section(page, "端末認証情報の登録状況"), "登録されていません。");
  await says(row(page, VIEWER), "現在接続されています。");
  assert.equal(back.child.exitCode, null);

  pc.child.kill("SIGTERM");
  await says(row(page, CLIENT), "現在接続されていません。");
  back.child.kill("SIGTERM");
  await says(row(page, VIEWER), "現在接続されていません。");
  assert.equal(await page.evaluate(() => window.mark), 1);
  assert.equal(navigations, 0);
});

test("cw_071 the same without JavaScript: the question is a page, and the way back shows the new state", async (t) => {
  const phone = device("journey.plain", "viewer", "--once");
  await phone.prints(/welcome as viewer/);
  const page = await person(t, { javaScriptEnabled: false });
  await signIn(page, ADMINISTRATOR);
  await page.getByRole("link", { name: "ユーザ管理" }).first().click();
  await page.getByRole("searchbox").fill("journey.plain");
  await page.getByRole("button", { name: "検索" }).click();
  await page.getByRole("link", { name: "journey.plain" }).click();
  await row(page, VIEWER).getByRole("link", { name: "切断" }).click();
  await page.getByText("強制切断されます。").waitFor();
  await page.getByRole("link", { name: "キャンセル" }).click();
  await row(page, VIEWER).getByRole("link", { name: "切断" }).click();
  await page.getByRole("button", { name: "OK" }).click();
  await phone.prints(/closed: 4001 administrator/);
  await page.getByText("ビューア（手元端末）を切断しました。").waitFor();
  await says(row(page, VIEWER), "現在接続されていません。");
  await page.getByRole("link", { name: "初期化" }).click();
  await page.getByRole("button", { name: "OK" }).click();
  await says(section(page, "端末認証情報の登録状況"), "登録されていません。");
  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.getByText("ログアウトしました。").waitFor();
});

/** A forced change, in a browser with or without JavaScript. */
async function firstLogin(t, login, javaScriptEnabled) {
  const { initial_password: temporary } = made.get(login);
  const page = await person(t, { javaScriptEnabled });
  await signIn(page, login, temporary);
  await page.getByText("このアカウントの利用を開始するためにはパスワードを変更する必要があります。").waitFor();
  // There is no way around it.
  await page.goto("/settings");
  assert.equal(new URL(page.url()).pathname, "/password/first");
  const fill = async (current, fresh, again) => {
    await page.getByLabel("現在のパスワード", { exact: true }).fill(current);
    await page.getByLabel("新しいパスワード", { exact: true }).fill(fresh);
    await page.getByLabel("新しいパスワード (確認)", { exact: true }).fill(again);
    await page.getByRole("button", { name: "変更", exact: true }).click();
  };
  await fill(temporary, "short", "other");
  await page.getByText("入力内容を確認してください。").waitFor();
  await page.getByText("10文字以上にしてください。").first().waitFor();
  await fill(temporary, PASSWORD, PASSWORD);
  await page.getByText("パスワードが変更されました。").waitFor();
  await page.getByText("利用する管理機能を選択してください。").waitFor();
  return { page, fill };
}

test("cw_014 cw_020 cw_110 a temporary password is changed, then one's own; the eye shows what is typed", async (t) => {
  const { page, fill } = await firstLogin(t, "journey.first", true);
  await page.getByRole("link", { name: "パスワード変更" }).first().click();
  const field = page.getByLabel("新しいパスワード", { exact: true });
  const eye = page.getByRole("button", { name: "パスワードを表示: 新しいパスワード", exact: true });
  await field.fill("Visible-1");
  assert.equal(await field.getAttribute("type"), "password");
  await eye.click();
  assert.equal(await field.getAttribute("type"), "text");
  assert.equal(await eye.getAttribute("aria-pressed"), "true");
  await eye.click();
  assert.equal(await field.getAttribute("type"), "password");
  await fill(PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
  await page.getByText("パスワードが変更されました。").waitFor();
  await page.getByText("アプリに新しいパスワードを入力して利用してください。").waitFor();
  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.getByText("ログアウトしました。").waitFor();
  await page.goBack();
  await page.goto("/password");
  await page.getByLabel("ユーザ名").waitFor();
  await signIn(page, "journey.first", NEW_PASSWORD);
  await page.getByText("利用する管理機能を選択してください。").waitFor();
});

test("cw_014 cw_110 the same without JavaScript", async (t) => {
  const { page, fill } = await firstLogin(t, "journey.first-plain", false);
  assert.equal(await page.locator(".eye:visible").count(), 0);
  await page.goto("/password");
  await fill(PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
  await page.getByText("パスワードが変更されました。").waitFor();
});

test("cw_011 cw_012 the login page: where it leads afterwards, what it keeps, the eye", async (t) => {
  const page = await person(t);
  await page.goto("/settings");
  await page.getByLabel("ユーザ名").fill("journey.own");
  const password = page.getByLabel("パスワード", { exact: true });
  await password.fill("Wrong-00000!");
  await page.getByRole("button", { name: "パスワードを表示" }).click();
  assert.equal(await password.getAttribute("type"), "text");
  await page.getByRole("button", { name: "ログイン" }).click();
  await page.getByText("ユーザ名またはパスワードに誤りがあります。").waitFor();
  assert.equal(await page.getByLabel("ユーザ名").inputValue(), "journey.own");
  assert.equal(await password.inputValue(), "");
  await password.fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("多要素認証を使用していません").waitFor();
  assert.equal(new URL(page.url()).pathname, "/settings");
});

/** Presses Tab until this has the focus. */
async function tabTo(page, name) {
  for (let at = 0; at < 60; at += 1) {
    await page.keyboard.press("Tab");
    if ((await focused(page)) === name) return;
  }
  assert.fail(`Tab never reaches ${name}`);
}
const focused = (page) => page.evaluate(() => document.activeElement?.innerText?.trim() || document.activeElement?.getAttribute("aria-label") || document.activeElement?.id);

test("cw_072 by keyboard alone: the focus starts on キャンセル, Esc closes, and the focus returns", async (t) => {
  const phone = device("journey.keys", "viewer", "--once");
  await phone.prints(/welcome as viewer/);
  const page = await person(t);
  await page.goto("/login");
  await page.keyboard.type(ADMINISTRATOR);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("利用する管理機能を選択してください。").waitFor();
  await tabTo(page, "本文へ移動");
  await page.keyboard.press("Tab");
  await tabTo(page, "ユーザ管理");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/users");
  await tabTo(page, "q");
  await page.keyboard.type("journey.keys");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/users?q=*");
  await tabTo(page, "journey.keys");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/users/journey.keys");
  await says(row(page, VIEWER), "現在接続されています。");
  const dialog = page.getByRole("dialog");
  for (const close of ["Escape", "Enter"]) {
    if ((await focused(page)) !== "切断") await tabTo(page, "切断");
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    assert.equal(await focused(page), "キャンセル");
    await page.keyboard.press(close);
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await focused(page), "切断");
  }
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  // The focus does not leave the question.
  for (let at = 0; at < 6; at += 1) {
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector("dialog[open]").contains(document.activeElement)));
  }
  await tabTo(page, "OK");
  await page.keyboard.press("Enter");
  await phone.prints(/closed: 4001 administrator/);
  await says(row(page, VIEWER), "現在接続されていません。");
  await page.getByText("ビューア（手元端末）を切断しました。").waitFor();
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY", "the focus is not lost");
});

test("Accept-Language: en gives English, the same page and the same doings", async (t) => {
  const pc = device("journey.english", "client", "--once");
  await pc.prints(/welcome as client/);
  const page = await person(t, { locale: "en-GB" });
  await page.goto("/login");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await page.getByLabel("User name").fill(ADMINISTRATOR);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.goto("/users/journey.english");
  const client = section(page, "Connections").locator(".row", { hasText: "Client (remote PC)" });
  await says(client, "Connected now.");
  await client.getByRole("link", { name: "Disconnect" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "OK" }).click();
  await pc.prints(/closed: 4001 administrator/);
  await says(client, "Not connected now.");
  const words = (await page.locator("body").innerText()).replaceAll("ココナワーク", "").replace("日本語", "");
  assert.doesNotMatch(words, /[\u3040-\u30ff\u4e00-\u9fff]/, "no Japanese but the service's name and that of the other language");
});
