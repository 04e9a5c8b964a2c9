// The own password change with a client, in Chromium with the real program of a device at the other end: the toggle follows the
// connection (CW-111 to CW-113), the result follows the acknowledgement, 猶予を今すぐ終了; with and without JavaScript.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { newPage } from "./harness/chromium.mjs";
import { contract, NEW_PASSWORD, PASSWORD, until, WRONG } from "./harness/people.mjs";

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
await contract(server, "750000001", "admin.own", ["own.live", "own.plain", "own.off", "own.keys", "own.grace", "own.mute"]);

const REFLECT = "「coconowork client」にパスワードの変更を反映する";
const FIXED = "待ち受けているクライアントプログラムがないため、OFF のまま変更できません。";

const person = (t, options) => newPage(t, chromium, server.origin(), options);
async function toPassword(page, login, password = PASSWORD) {
  await page.goto("/login?next=/password");
  await page.getByLabel("ユーザ名").fill(login);
  await page.getByLabel("パスワード", { exact: true }).fill(password);
  await page.getByRole("button", { name: "ログイン" }).click();
  await page.getByRole("heading", { name: "パスワード変更" }).waitFor();
}
async function change(page, current = PASSWORD, fresh = NEW_PASSWORD) {
  await page.getByLabel("現在のパスワード", { exact: true }).fill(current);
  await page.getByLabel("新しいパスワード", { exact: true }).fill(fresh);
  await page.getByLabel("新しいパスワード (確認)", { exact: true }).fill(fresh);
  await page.getByRole("button", { name: "変更", exact: true }).click();
}
/** scripts/device as a PC runs it. */
function pc(login, name = "DESKTOP-7F3A") {
  const state = path.join(scratch, `${login}-${name}.json`);
  const child = spawn(path.join(ROOT, "scripts/device"), ["--server", server.url, "--login", login, "--role", "client", "--state", state, "--name", name, "--once"], {
    env: { ...process.env, KAGIBAN_PASSWORD: PASSWORD }, stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const program = { printed: "", child, ended: new Promise((resolve) => child.once("exit", resolve)), token: () => JSON.parse(readFileSync(state, "utf8")).token };
  child.stdout.on("data", (chunk) => (program.printed += chunk));
  program.prints = (words) => until(() => words.test(program.printed), 15_000).catch(() => assert.fail(`${words} in: ${program.printed}`));
  program.leave = async () => {
    child.kill("SIGTERM");
    await program.ended;
  };
  return program;
}
const toggle = (page) => page.getByRole("switch", { name: REFLECT });
const region = (page) => page.getByRole("region", { name: "接続先PCのクライアントプログラム" });
/** Waits until the toggle stands so. */
const stands = (page, { checked, disabled }) =>
  until(async () => (await toggle(page).isChecked()) === checked && (await toggle(page).isDisabled()) === disabled, 10_000);
const FREE = { checked: true, disabled: false };
const OFF = { checked: false, disabled: false };
const FIXED_OFF = { checked: false, disabled: true };

test("cw_111 cw_113 the toggle follows the connection; reflected, the page says so when the client has acknowledged", async (t) => {
  const page = await person(t);
  await toPassword(page, "own.live");
  await stands(page, FIXED_OFF);
  await page.getByText(FIXED).waitFor();
  await page.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
  await page.evaluate(() => (window.mark = 1));
  const client = pc("own.live");
  await client.prints(/welcome as client/);
  await stands(page, FREE);
  await page.getByText("反映先: DESKTOP-7F3A").waitFor();
  await client.leave();
  await stands(page, FIXED_OFF);
  const again = pc("own.live");
  await again.prints(/welcome as client/);
  await stands(page, FREE);
  assert.equal(await page.evaluate(() => window.mark), 1, "without a reload");

  const before = again.token();
  await change(page);
  await page.getByText("パスワードが変更されました。").waitFor();
  await page.getByText("スマートフォンのココナワーク アプリに新しいパスワードを入力して利用してください。").waitFor();
  await again.prints(/a new token was stored, on the current password/);
  await region(page).getByText("「DESKTOP-7F3A」に反映されました。").waitFor();
  assert.notEqual(again.token(), before);
  await again.leave();
  const back = pc("own.live");
  await back.prints(/welcome as client since .*, on the current password/);
  await back.leave();
});

test("cw_111 without JavaScript: on by default while a client waits; the result is a reload away", async (t) => {
  const page = await person(t, { javaScriptEnabled: false });
  await toPassword(page, "own.plain");
  await stands(page, FIXED_OFF);
  const client = pc("own.plain");
  await client.prints(/welcome as client/);
  await page.reload();
  await stands(page, FREE);
  await page.getByText("反映先: DESKTOP-7F3A").waitFor();
  await change(page);
  await page.getByText("パスワードが変更されました。").waitFor();
  await client.prints(/a new token was stored/);
  await page.goto("/password");
  await region(page).getByText("「DESKTOP-7F3A」に反映されました。").waitFor();
  await client.leave();
});

test("cw_112 what was turned off stays off: through a reconnection, another PC, and a refused form", async (t) => {
  const page = await person(t);
  const client = pc("own.off");
  await client.prints(/welcome as client/);
  await toPassword(page, "own.off");
  await stands(page, FREE);
  await toggle(page).uncheck();
  await client.leave();
  await stands(page, FIXED_OFF);
  const other = pc("own.off", "LAPTOP-2");
  await other.prints(/welcome as client/);
  await page.getByText("反映先: LAPTOP-2").waitFor();
  await stands(page, OFF);
  await change(page, WRONG);
  await page.getByText("入力内容を確認してください。").waitFor();
  await page.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
  await stands(page, OFF);
  await other.leave();
  await stands(page, FIXED_OFF);
  const third = pc("own.off");
  await third.prints(/welcome as client/);
  await page.getByText("反映先: DESKTOP-7F3A").waitFor();
  await stands(page, OFF);
  await change(page);
  await page.getByText("OFF を選んだため、反映していません。").waitFor();
  await third.prints(/on the previous password, 30 days left/);
  assert.doesNotMatch(third.printed, /a new token was stored/);
  await third.leave();
});

for (const javaScriptEnabled of [true, false]) {
  test(`cw_119 猶予を今すぐ終了 ${javaScriptEnabled ? "in a dialog" : "without JavaScript"}: what will happen, then the client is closed`, async (t) => {
    const login = javaScriptEnabled ? "own.grace" : "own.mute";
    const client = pc(login);
    await client.prints(/welcome as client/);
    const page = await person(t, { javaScriptEnabled });
    await toPassword(page, login);
    await toggle(page).uncheck();
    await change(page);
    await client.prints(/30 days left/);
    await region(page).getByText("あと30日間使えます。").waitFor();
    await region(page).getByRole("link", { name: "猶予を今すぐ終了" }).click();
    const question = javaScriptEnabled ? page.getByRole("dialog", { name: "確認" }) : page.locator("main");
    await question.getByText("古いパスワードの猶予を今すぐ終了します。").waitFor();
    await question.getByText("待ち受けている「DESKTOP-7F3A」は、古いパスワードのため切断されます。").waitFor();
    if (javaScriptEnabled) assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), "キャンセル");
    await question.getByRole("button", { name: "OK" }).click();
    await client.prints(/closed: 4003 credentials_revoked/);
    await page.getByText("古いパスワードの猶予を終了しました。").waitFor();
    await region(page).getByText("使えません。", { exact: true }).waitFor();
    await region(page).getByText("待ち受けているクライアントプログラムはありません。").waitFor();
    assert.equal(await page.getByRole("link", { name: "猶予を今すぐ終了" }).count(), 0);
    assert.equal(await client.ended, 3);
  });
}

test("by keyboard alone: the toggle is reached and switched with the space bar", async (t) => {
  const client = pc("own.keys");
  await client.prints(/welcome as client/);
  const page = await person(t);
  await toPassword(page, "own.keys");
  await page.getByLabel("新しいパスワード (確認)", { exact: true }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "reflect");
  await page.keyboard.press("Space");
  await stands(page, OFF);
  // The part changes under the focus: it stays where it was.
  await client.leave();
  await stands(page, FIXED_OFF);
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY");
});
