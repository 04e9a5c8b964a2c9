// The storage services in Chromium, both brands: invited by mail, registered, locked out and back, password forgotten, address
// changed and undone; with JavaScript and without. What axe-core says of each page; pictures in .out/shots-links for people to
// look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { listen } from "./harness/chromium.mjs";
import { MINUTE, launchChromium, startServer } from "./harness/harness.mjs";
import { tryLogin } from "./harness/login.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, storageContract } from "./harness/storage.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-links");
const [THIRD_PASSWORD, FOURTH_PASSWORD] = ["Third-20281", "Fourth-20291"];

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
let contracts = 700;

async function person(t, service, options = {}) {
  const origin = server.browser({ service }).origin;
  const context = await chromium.newContext({ locale: "ja", baseURL: origin, reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [origin]);
  });
  return { page: await context.newPage(), heard, origin };
}

/** Fills fields by their label and presses a button by its name. */
async function send(page, fields, button) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForLoadState();
}
const says = (page, sentence) => page.getByText(sentence).first().waitFor();

for (const { service, brand } of STORAGE) {
  for (const [how, javaScriptEnabled] of [["with", true], ["without", false]]) {
    test(`st_071 to st_073, st_104, st_120 to st_124, ${service}: a contractor's first weeks, ${how} JavaScript`, { timeout: 120_000 }, async (t) => {
      const boss = `boss-${how}@${service}.day.example.jp`;
      const next = `next-${how}@${service}.day.example.jp`;
      await storageContract(server, service, String((contracts += 1)), boss, [], { ready: false });
      const { page, origin } = await person(t, service, { javaScriptEnabled });

      await page.goto(linkIn(await mailTo(server, boss), origin));
      await says(page, "利用者ログイン登録");
      await send(page, { パスワード: STORAGE_PASSWORD, "パスワード (確認用)": STORAGE_PASSWORD }, "登録");
      await says(page, "以下の内容でお間違えありませんでしょうか？");
      await send(page, {}, "確認");
      await says(page, "利用者登録が完了しました。");
      await page.getByRole("link", { name: "OK" }).click();
      await send(page, { メールアドレス: boss, パスワード: STORAGE_PASSWORD }, "ログイン");
      await says(page, brand);
      await send(page, {}, "ログアウト");

      // Locked out, and back by the mail's button.
      for (let failed = 0; failed < 10; failed += 1) await tryLogin(server, boss, "Wrong-0000", { service });
      let seen = server.mails().length;
      await page.goto("/login");
      await page.context().clearCookies();
      await page.goto("/login");
      await send(page, { メールアドレス: boss, パスワード: STORAGE_PASSWORD }, "ログイン");
      await says(page, "ログインを複数回連続して試行したため、アカウントがブロックされました。");
      await page.goto(linkIn(await mailTo(server, boss), origin));
      await send(page, {}, "ロックを解除");
      await says(page, "ロックを解除しました。");

      // The password is forgotten; the address is typed first.
      seen = server.mails().length;
      await page.goto("/login");
      await page.getByLabel("メールアドレス").fill(boss);
      await page.getByRole("button", { name: "パスワードを忘れた方はこちら" }).click();
      await says(page, "パスワードリセットのメールをお送りしました。");
      await page.goto(linkIn(await mailTo(server, boss, seen), origin));
      await send(page, { 新しいパスワード: NEXT_PASSWORD, "新しいパスワード (確認用)": NEXT_PASSWORD }, "送信");
      await says(page, "リセットパスワードの手続きが完了いたしました。");
      await page.getByRole("link", { name: "OK" }).click();

      // Another address, from the menu; the old one undoes it.
      await page.getByRole("link", { name: "パスワード変更、その他認証・契約情報の変更はこちら" }).click();
      await says(page, "認証・契約情報変更ログイン");
      await send(page, { メールアドレス: boss, パスワード: NEXT_PASSWORD }, "ログイン");
      await page.getByRole("link", { name: "メールアドレス変更" }).click();
      seen = server.mails().length;
      await send(page, { メールアドレス: next, "メールアドレス (確認用)": next }, "メール送信");
      await says(page, "14日間以内にメールのリンクを開いて");
      await page.goto(linkIn(await mailTo(server, next, seen), origin));
      await send(page, { パスワード: THIRD_PASSWORD, "パスワード (確認用)": THIRD_PASSWORD }, "登録");
      await says(page, "メールアドレスの変更が完了しました");
      await page.goto(linkIn(await mailTo(server, boss, seen), origin));
      await send(page, { パスワード: FOURTH_PASSWORD, "パスワード (確認用)": FOURTH_PASSWORD }, "元に戻す");
      await says(page, "変更前のメールアドレスに戻しました");
      await page.goto("/login");
      await send(page, { メールアドレス: boss, パスワード: FOURTH_PASSWORD }, "ログイン");
      await says(page, brand);
      assert.equal(new URL(page.url()).pathname.startsWith("/login/") || new URL(page.url()).pathname === "/", true, page.url());
    });
  }
}

for (const [{ service }, language] of [[STORAGE[0], "ja"], [STORAGE[1], "en"]]) {
  test(`every page of ${service} in ${language}: axe-core, weight, console, hosts`, { timeout: 240_000 }, async (t) => {
    const boss = `looks-${language}@${service}.example.jp`;
    const [invited, locked] = [`invited-${language}@${service}.example.jp`, `locked-${language}@${service}.example.jp`];
    await storageContract(server, service, String((contracts += 1)), boss, [{ login: invited, ready: false }, locked]);
    for (let failed = 0; failed < 10; failed += 1) await tryLogin(server, locked, "Wrong-0000", { service });
    const { page, heard, origin } = await person(t, service, { locale: language });
    const [invitation, unlock] = [linkIn(await mailTo(server, invited), origin), linkIn(await mailTo(server, locked), origin)];
    const seen = server.mails().length;
    await server.browser({ service }).post("/forgot", { login: boss, operation: "0".repeat(32) });
    const reset = linkIn(await mailTo(server, boss, seen), origin);
    const submit = () => page.locator("main form:not(.who-out) .button-primary, main form .button-danger").first().click().then(() => page.waitForLoadState());
    const PAGES = {
      "login": () => page.goto("/login"),
      "login-locked": async () => {
        await page.goto("/login");
        await page.locator("#login").fill(locked);
        await page.locator("#password").fill(STORAGE_PASSWORD);
        await submit();
      },
      "forgot": () => page.goto("/forgot"),
      "forgot-sent": async () => {
        await page.goto("/forgot");
        await page.locator("#login").fill(boss);
        await submit();
      },
      "link-foreign": () => page.goto("/t/AbC"),
      "link-register": () => page.goto(invitation),
      "link-register-wrong": async () => {
        await page.goto(invitation);
        await page.locator("#new").fill("abc");
        await page.locator("#again").fill("abd");
        await submit();
      },
      "link-check": async () => {
        await page.goto(invitation);
        for (const id of ["#new", "#again"]) await page.locator(id).fill(STORAGE_PASSWORD);
        await submit();
      },
      "link-unlock": () => page.goto(unlock),
      "link-unlocked": async () => {
        await page.goto(unlock);
        await submit();
      },
      "link-used": () => page.goto(unlock),
      "link-reset": () => page.goto(reset),
      "menu-login": () => page.goto("/menu/login"),
      "menu": async () => {
        await page.goto("/menu/login");
        await page.locator("#login").fill(boss);
        await page.locator("#password").fill(STORAGE_PASSWORD);
        await submit();
        await page.goto("/menu");
      },
      "menu-password": () => page.goto("/menu/password"),
      "menu-method": () => page.goto("/menu/method"),
      "menu-address": () => page.goto("/menu/address"),
      "menu-address-wrong": async () => {
        await page.goto("/menu/address");
        await page.locator("#address").fill("boss@example.jp");
        await page.locator("#again").fill("bass@example.jp");
        await submit();
      },
      "menu-contract": () => page.goto("/menu/contract"),
      "menu-plan": () => page.goto("/menu/plan"),
      "menu-cancel": () => page.goto("/menu/cancel"),
      "menu-confirm": async () => {
        await server.clock.advance(6 * MINUTE);
        await page.goto("/menu/address");
      },
    };
    const wrong = [];
    for (const [name, visit] of Object.entries(PAGES)) {
      await heard.weights();
      await visit();
      await page.waitForLoadState("networkidle");
      const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
      if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
      wrong.push(...(await examine(page, name, { language, folder: SHOTS, contrast: true })));
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}
