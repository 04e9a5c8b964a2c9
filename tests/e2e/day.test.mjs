// A day of an administrator, from the first lock to the history of it all, in Chromium with JavaScript and without it. At the other
// end are people in browsers of their own and the real program of a device (`scripts/device`): what a receipt says is held
// against what the devices saw, and 操作履歴 against what was done.
//
// Invariant: at every station nothing complains, no answer is a fault, nothing is wider than the screen, and with JavaScript
// axe-core finds nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { launchChromium, MINUTE, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { contract, PASSWORD, until, WRONG } from "./harness/people.mjs";
import { codeAt } from "./harness/totp.mjs";
import { findings } from "./harness/look.mjs";

const VIEWER = "ビューア（手元端末）";
const CLIENT = "クライアント（接続先機器）";
const TEMPORARY = "Ocean-Lamp-2026!";
const OWN = "Quiet-River-2027!";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
const scratch = mkdtempSync(path.join(tmpdir(), "kagiban-day-"));
const children = new Set();
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await chromium.close();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** `scripts/device` until its first close: what it printed, when it was told to go, and how it ended. */
async function device(login, role, name, password = PASSWORD) {
  const state = path.join(scratch, `${login}-${name}.json`);
  const child = spawn(path.join(ROOT, "scripts/device"), ["--server", server.url, "--login", login, "--role", role, "--name", name, "--state", state, "--once"], {
    env: { ...process.env, KAGIBAN_PASSWORD: password }, stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const program = { printed: "", name, end: role === "viewer" ? VIEWER : CLIENT, ended: new Promise((resolve) => child.once("exit", resolve)) };
  child.stdout.on("data", (chunk) => {
    program.printed += chunk;
    if (/closed: /.test(program.printed)) program.closedAt ??= performance.now();
  });
  program.prints = (words) => until(() => words.test(program.printed), 20_000).catch(() => assert.fail(`no ${words} in: ${program.printed}`));
  program.lives = () => child.exitCode === null && child.signalCode === null;
  await program.prints(new RegExp(`welcome as ${role}`));
  return program;
}

/** Somebody's browser, with or without JavaScript. */
async function person(t, javaScriptEnabled) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), reducedMotion: "reduce", javaScriptEnabled, viewport: { width: 1280, height: 900 } });
  const heard = listen(context);
  const faults = [];
  context.on("response", (answer) => answer.status() >= 500 && faults.push(`${answer.status()} ${answer.url()}`));
  t.after(async () => {
    await context.close();
    assert.deepEqual([heard.complaints, faults, [...heard.addresses]], [[], [], [server.origin()]]);
  });
  return context.newPage();
}
async function signIn(page, login, password = PASSWORD) {
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await page.getByRole("button", { name: "ログイン" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}
const says = (place, words) => place.filter({ hasText: words }).first().waitFor();
const pathOf = (page) => new URL(page.url()).pathname;

/** What every station has to be. */
async function station(page, name, javaScriptEnabled) {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name}: ${over} px wider than ${width}`);
    if (!javaScriptEnabled) continue;
    assert.deepEqual(await findings(page), [], `${name}, ${width}`);
  }
}

for (const [how, javaScriptEnabled, number] of [["with JavaScript", true, "310000001"], ["without JavaScript", false, "310000002"]]) {
  test(`cw_063 cw_065 cw_072 cw_085 cw_092 cw_094 cw_102 cw_120 a day of an administrator ${how}`, async (t) => {
    const prefix = javaScriptEnabled ? "day" : "plain";
    const ADMIN = `admin.${prefix}`;
    const [LOCKED, FORBIDDEN, FACTOR, TOLD, CUT, RESET, LOST] = ["locked", "forbidden", "factor", "told", "cut", "reset", "lost"].map((name) => `${prefix}.${name}`);
    await contract(server, number, ADMIN, [LOCKED, FORBIDDEN, FACTOR, TOLD, CUT, RESET, LOST]);
    const page = await person(t, javaScriptEnabled);
    /** What was done, in order, as 操作履歴 has to tell it. */
    const done = [];
    const user = (login) => page.goto(`/users/${login}`);
    const part = (name) => page.locator(`[data-part="${name}"]`);
    const receipt = part("receipt");

    /** Presses a button of the page, answers the question, and waits for the notice; when it was asked and when it was done. */
    async function press(place, button, lines, notice) {
      await place.getByRole("link", { name: button, exact: true }).click();
      const question = javaScriptEnabled ? page.getByRole("dialog", { name: "確認" }) : page.locator("main");
      for (const line of [...lines, "よろしいですか？"]) await says(question, line);
      await says(question, "このユーザに今起きること");
      await station(page, `the question of ${button}`, javaScriptEnabled);
      const asked = performance.now();
      await question.getByRole("button", { name: "OK" }).click();
      if (notice) await page.getByText(notice).first().waitFor();
      return asked;
    }
    /** The receipt says of these devices that they closed, in a time that they can have seen; and these lines besides. */
    async function received(act, asked, devices, lines = []) {
      await says(receipt, `「${act}」の結果`);
      for (const { end, name } of devices) {
        const line = receipt.locator("li", { hasText: `${end}「${name}」: 切断されました（` });
        await until(async () => {
          const again = receipt.getByRole("link", { name: "再読み込み" });
          if (await again.isVisible()) await again.click();
          return (await line.count()) === 1;
        });
      }
      const seen = performance.now();
      for (const { end, name, closedAt, printed } of devices) {
        assert.ok(closedAt > asked, `${name} was cut before anybody asked: ${printed}`);
        const text = await receipt.locator("li", { hasText: `${end}「${name}」` }).innerText();
        const [, took] = /切断されました（(\d+\.\d{2,3}) 秒(?:未満)?）$/.exec(text) ?? assert.fail(text);
        assert.ok(Number(took) * 1000 <= seen - asked, `${text} after ${seen - asked} ms`);
      }
      const at = Date.parse((await receipt.locator("time").getAttribute("datetime")).replace(" ", "T").replace(/(\d\d)$/, ":$1"));
      assert.ok(Math.abs(at - server.clock.now()) < 60_000, "the receipt's moment is now");
      for (const line of lines) await says(receipt.locator("li"), line);
      assert.equal(await receipt.locator("li").count(), devices.length + lines.length);
    }

    // Before the office opens: somebody guesses at LOCKED, and FACTOR sets his authenticator up and logs in with it.
    for (let failures = 0; failures < 5; failures += 1) await server.browser().signIn(LOCKED, WRONG);
    done.push(`${LOCKED} はログイン失敗を繰り返したため、ロックアウトされました。`);
    const factor = await person(t, javaScriptEnabled);
    await signIn(factor, FACTOR);
    await factor.goto("/settings/factor/set-up");
    const seed = (await factor.locator("code").innerText()).replaceAll(/\s/g, "");
    await factor.locator("#code").fill(codeAt(seed, server.clock.now()));
    await factor.getByRole("button", { name: "設定する" }).click();
    await factor.getByText("多要素認証を設定しました。").waitFor();
    done.push(`${FACTOR} が多要素認証を設定しました。`);
    await factor.getByRole("button", { name: "ログアウト" }).click();
    await factor.getByText("ログアウトしました。").waitFor();
    await server.clock.advance(MINUTE);
    await signIn(factor, FACTOR);
    assert.equal(pathOf(factor), "/login/code");
    await factor.locator("#code").fill(codeAt(seed, server.clock.now()));
    await factor.getByRole("button", { name: "ログイン" }).click();
    await factor.waitForURL((url) => url.pathname === "/");

    // The administrator comes in.
    await signIn(page, ADMIN);
    done.push(`${ADMIN} がログインしました。`);
    await page.getByText("利用する管理機能を選択してください。").waitFor();
    await station(page, "top", javaScriptEnabled);

    await t.test("cw_084 cw_085 a locked user is seen and unlocked", async () => {
      await page.getByRole("link", { name: "ユーザ管理" }).first().click();
      await until(async () => {
        await page.goto("/users");
        return page.getByRole("link", { name: "ロック中のユーザ: 1人" }).isVisible();
      });
      await station(page, "users", javaScriptEnabled);
      await page.getByRole("link", { name: "ロック中のユーザ: 1人" }).click();
      await page.getByLabel(`${LOCKED} を選択`).check();
      await station(page, "locked", javaScriptEnabled);
      await page.getByRole("button", { name: "選択したユーザのロックアウトを解除" }).click();
      await page.getByText("ロックアウトを解除します。").waitFor();
      await station(page, "locked-confirm", javaScriptEnabled);
      await page.getByRole("button", { name: "OK" }).click();
      await page.getByText("1人中1人のロックアウトを解除しました。").waitFor();
      await station(page, "locked-results", javaScriptEnabled);
      assert.equal((await server.browser().signIn(LOCKED, PASSWORD)).path, "/");
      done.push(`${ADMIN} が ${LOCKED} のロックアウトを解除しました。`);
    });

    await t.test("cw_092 cw_095 prohibition: both devices are cut, the phone is forgotten, the user's own page is over", async () => {
      const own = await person(t, javaScriptEnabled);
      await signIn(own, FORBIDDEN);
      const devices = await Promise.all([device(FORBIDDEN, "viewer", "iPhone16,1"), device(FORBIDDEN, "client", "DESKTOP-7F3A")]);
      await user(FORBIDDEN);
      await says(part("disconnect-viewer-row"), "現在接続されています。");
      const asked = await press(part("use"), "利用を禁止", ["利用を禁止します。", "接続中の場合は強制切断されます。", "登録されている端末認証情報も初期化されます。", "管理機能にログイン中の1件がログアウトされます。"], "管理機能の利用を禁止しました。");
      for (const one of devices) await one.prints(/bye: use_prohibited[^]*closed: 4002 use_prohibited/);
      await received("管理機能の利用を禁止", asked, devices, ["セッション 1 件を終了しました。", "端末認証情報を初期化しました（iPhone16,1）。"]);
      await says(part("use"), "利用が禁止されています");
      await says(part("device"), "登録されていません。");
      for (const end of ["viewer", "client"]) await says(part(`disconnect-${end}-row`), "現在接続されていません。");
      await station(page, "prohibited", javaScriptEnabled);
      await own.goto("/settings");
      assert.equal(pathOf(own), "/login");
      assert.match((await server.browser().signIn(FORBIDDEN, PASSWORD)).text, /管理機能の利用が禁止されています。/);
      done.push(`${ADMIN} が ${FORBIDDEN} の管理機能の利用を禁止しました。`);
    });

    await t.test("cw_094 permission: the user logs in again, and nothing else comes back", async () => {
      await press(part("use"), "利用を許可", ["利用を許可します。"], "管理機能の利用を許可しました。");
      await says(part("use"), "利用可能です");
      await says(part("device"), "登録されていません。");
      assert.equal((await server.browser().signIn(FORBIDDEN, PASSWORD)).path, "/");
      done.push(`${ADMIN} が ${FORBIDDEN} の管理機能の利用を許可しました。`);
    });

    await t.test("cw_101 cw_103 the factor of a user who lost his phone is removed: name and password are enough", async () => {
      await user(FACTOR);
      await says(part("factor"), "多要素認証を使用しています");
      await press(part("factor"), "設定を解除", ["設定を解除するとワンタイムパスワードの登録状態が初期化され、再度使用するにはワンタイムパスワードのセットアップを最初からやり直す必要があります。", "設定を解除します。"], "多要素認証の設定を解除しました。");
      await says(part("factor"), "多要素認証を使用していません");
      assert.equal((await server.browser().signIn(FACTOR, PASSWORD)).path, "/");
      done.push(`${ADMIN} が ${FACTOR} の多要素認証の設定を解除しました。`);
    });

    await t.test("cw_120 cw_121 cw_014 a temporary password, and the change that it forces", async () => {
      await user(TOLD);
      await page.getByLabel("新しいパスワード", { exact: true }).fill(TEMPORARY);
      await page.getByLabel("新しいパスワード (確認)", { exact: true }).fill(TEMPORARY);
      assert.equal(await page.getByLabel("次回ログイン時にパスワードの変更が必要").isChecked(), true);
      await page.getByRole("button", { name: "パスワードを変更" }).click();
      await page.getByText("一般ユーザに新しいパスワードを通知し、").waitFor({ timeout: 5000 }).catch(async () => assert.fail(await page.locator("main").innerText()));
      await page.getByText("仮パスワードから変更されていません。").first().waitFor();
      await station(page, "temporary", javaScriptEnabled);
      done.push(`${ADMIN} が ${TOLD} のパスワードを変更しました。`);
      const own = await person(t, javaScriptEnabled);
      await signIn(own, TOLD, TEMPORARY);
      await own.getByText("このアカウントの利用を開始するためにはパスワードを変更する必要があります。").waitFor();
      await station(own, "forced change", javaScriptEnabled);
      for (const [id, text] of [["current", TEMPORARY], ["new", OWN], ["again", OWN]]) await own.locator(`#${id}`).fill(text);
      await own.getByRole("button", { name: "変更", exact: true }).click();
      await own.getByText("パスワードが変更されました。").waitFor();
      await own.getByText(`アカウント管理者（${ADMIN}）がパスワードを変更しました。`).waitFor();
      await station(own, "top with news", javaScriptEnabled);
      done.push(`${TOLD} が自分のパスワードを変更しました。`);
      assert.equal((await server.browser().signIn(TOLD, TEMPORARY)).path, "/login");
    });

    await t.test("cw_070 cw_071 cw_072 viewer and client are cut, each on its own", async () => {
      const [phone, pc] = await Promise.all([device(CUT, "viewer", "iPhone15,4"), device(CUT, "client", "DESKTOP-9E0B")]);
      await user(CUT);
      for (const [one, end, other] of [[phone, "viewer", pc], [pc, "client", null]]) {
        const row = part(`disconnect-${end}-row`);
        await says(row, "現在接続されています。");
        const asked = await press(row, "切断", ["強制切断されます。"], `${one.end}を切断しました。`);
        await one.prints(/bye: administrator[^]*closed: 4001 administrator/);
        await received("切断", asked, [one]);
        await says(row, "現在接続されていません。");
        assert.equal(await row.getByRole("link", { name: "切断" }).count(), 0);
        if (other) assert.ok(other.lives(), other.printed);
        done.push(`${ADMIN} が ${CUT} の${one.end}「${one.name}」を切断しました。`);
      }
      await station(page, "cut", javaScriptEnabled);
    });

    await t.test("cw_061 cw_064 cw_065 初期化 leaves the phone connected, and the next phone is registered", async () => {
      const phone = await device(RESET, "viewer", "iPhone16,1");
      await user(RESET);
      await says(part("device"), "端末名 : iPhone16,1");
      await press(part("device"), "初期化", ["サーバに登録されている端末認証情報が初期化されます。", "なお、初期化時にサーバへ接続中のスマートフォンは、接続を解除するまで利用を継続できます。"], "端末認証情報を初期化しました。");
      await says(part("device"), "登録されていません。");
      await says(part("disconnect-viewer-row"), "現在接続されています。");
      assert.ok(phone.lives() && !/bye|closed/.test(phone.printed), phone.printed);
      done.push(`${ADMIN} が ${RESET} の端末認証情報「iPhone16,1」を初期化しました。`);
      await station(page, "reset", javaScriptEnabled);
      const next = await device(RESET, "viewer", "Pixel 9");
      await phone.prints(/closed: 4009 replaced/);
      done.push(`${RESET} のビューア（手元端末）「Pixel 9」が登録されました。`);
      await until(async () => {
        if (!javaScriptEnabled) await user(RESET);
        return (await part("device").innerText()).includes("端末名 : Pixel 9");
      });
      assert.ok(next.lives());
    });

    await t.test("cw_065 すべて遮断: everything is cut, and the password that is shown once opens only the forced change", async () => {
      const devices = await Promise.all([device(LOST, "viewer", "iPhone16,1"), device(LOST, "client", "DESKTOP-7F3A")]);
      const own = await person(t, javaScriptEnabled);
      await signIn(own, LOST);
      await user(LOST);
      const asked = await press(part("shut-out"), "すべて遮断", ["すべて遮断します。", "一度だけ表示されます。"]);
      await page.getByRole("heading", { name: "すべて遮断しました。" }).waitFor();
      const password = await page.locator(".once").innerText();
      await station(page, "shut-out", javaScriptEnabled);
      for (const one of devices) await one.prints(/closed: 4003 credentials_revoked/);
      await own.goto("/settings");
      assert.equal(pathOf(own), "/login");
      await page.getByRole("link", { name: `${LOST} の画面へ` }).click();
      await received("すべて遮断", asked, devices, ["セッション 1 件を終了しました。", "端末認証情報を初期化しました（iPhone16,1）。", "接続先機器 1 台の登録を消しました。"]);
      await signIn(own, LOST, password);
      assert.equal(pathOf(own), "/password/first");
      done.push(`${ADMIN} が ${LOST} のログインと接続をすべて遮断し、新しいパスワードを設定しました。`);
    });

    await t.test("cw_002 cw_003 cw_004 the account sheet tells whose password is temporary", async () => {
      await until(async () => {
        await page.goto("/sheet");
        return page.locator("tr", { hasText: LOST }).getByText("仮パスワード").isVisible();
      });
      await page.getByRole("heading", { name: "ココナワーク ユーザアカウント一覧表" }).waitFor();
      await page.getByText(`契約ID: ${number}`).waitFor();
      await says(page.locator("tr", { hasText: TOLD }), "変更済み");
      await station(page, "sheet", javaScriptEnabled);
    });

    await t.test("操作履歴 tells the whole day in order, its check is green, and the file says the same", async () => {
      const rows = () => page.locator("tbody tr").evaluateAll((all) => all.map((row) => [row.cells[0].innerText, row.cells[1].firstChild.textContent.trim()]));
      /** All rows, the newest first. */
      async function whole() {
        await page.goto("/history");
        const all = await rows();
        for (let older; (older = page.getByRole("link", { name: "古い履歴" })), await older.isVisible(); all.push(...(await rows()))) {
          await older.click();
          await page.waitForURL(/older=/);
        }
        return all;
      }
      // Rows are told from the accounts' outboxes, some milliseconds behind.
      let all = [];
      await until(async () => {
        await server.clock.runAlarms(1_500);
        all = await whole();
        return done.every((sentence) => all.some(([, what]) => what === sentence));
      }, 20_000).catch(() => assert.fail(`not told: ${done.filter((sentence) => !all.some(([, what]) => what === sentence)).join("\n")}\namong:\n${all.join("\n")}`));
      const told = all.map(([, what]) => what).filter((what) => done.includes(what)).reverse();
      assert.deepEqual(told, done);
      await page.goto("/history");
      await station(page, "history", javaScriptEnabled);

      await page.getByRole("link", { name: "履歴の検査" }).click();
      await page.getByRole("button", { name: "検査する" }).click();
      await page.getByText("書き換えは見つかりませんでした。").waitFor();
      await station(page, "history-check", javaScriptEnabled);
      const [, checked] = /([\d,]+)行を調べ、すべて記録されたときのままでした。/.exec(await page.locator("main").innerText());

      const file = await page.request.get("/history?csv=1");
      const records = (await file.text()).replace("\ufeff", "").trimEnd().split("\r\n").slice(1);
      const cells = records.map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));
      assert.deepEqual(cells.map(([when, , what]) => `${when} ${what}`).sort(), (await whole()).map(([when, what]) => `${when} ${what}`).sort());
      assert.equal(cells.length + 1, Number(checked.replaceAll(",", "")), "all of them, and the row that opens a month");
    });

    await page.getByRole("button", { name: "ログアウト" }).click();
    await page.getByText("ログアウトしました。").waitFor();
  });
}
