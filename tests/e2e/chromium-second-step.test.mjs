// 2段階認証 as people meet it (ST-022 to ST-029, ST-091 to ST-094), in Chromium with JavaScript and without it, both brands; what
// axe-core says of each page in both languages and themes; pictures in .out/shots-step for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, MINUTE, startServer } from "./harness/harness.mjs";
import { openPage } from "./harness/chromium.mjs";
import { STORAGE, STORAGE_PASSWORD, smsAfter, smsProvider, storageContract } from "./harness/storage.mjs";
import { codeAt } from "./harness/totp.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-step");

const provider = await smsProvider();
const server = await startServer({ vars: { ...provider.vars, PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await Promise.all([server.stop(), provider.stop()]);
});

async function person(t, service, options = {}) {
  const origin = server.origin(service);
  return openPage(t, chromium, origin, options);
}
async function signIn(page, login, door = "") {
  await page.goto(`${door}/login`);
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(STORAGE_PASSWORD);
  await page.locator("main .button-primary").click();
  await page.waitForLoadState();
}
const on = (page) => page.getByRole("button", { name: "次へ" });
const keyOn = async (page) => (await page.locator("code").innerText()).replaceAll(/\s/g, "");

for (const [index, { service }] of STORAGE.entries()) {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? "with" : "without";
    test(`st_023 to st_028 ${service}: SMS, recovery code, remembered browser, lost device ${how} JavaScript`, async (t) => {
      const login = `${how}@${service}.chromium.example.jp`;
      await storageContract(server, service, `8${index}${Number(javaScriptEnabled)}`, `boss-${login}`, [login], { secondStep: true });
      const { page } = await person(t, service, { javaScriptEnabled });
      await signIn(page, login);
      await page.getByText("入力された電話番号宛に、ショートメッセージが送信されます。").waitFor();
      assert.equal(await page.getByRole("navigation").count(), 0);
      await page.getByLabel("電話番号").fill("0312345678");
      await on(page).click();
      await page.getByText("SMSを受信できる電話番号を入力してください。").first().waitFor();
      const seen = provider.messages.length;
      await page.getByLabel("電話番号").fill("090-1234-5678");
      await on(page).click();
      await page.getByText("末尾が 5678 の電話番号に届いた6文字を入力し").waitFor();
      const { code } = await smsAfter(server, provider, seen);
      await page.getByLabel("認証コード", { exact: true }).fill(code);
      await page.getByLabel("このブラウザを一定期間、記憶する").check();
      await on(page).click();
      await page.getByText("リカバリーコードです。").waitFor();
      const recovery = await keyOn(page);
      if (javaScriptEnabled) assert.ok(await on(page).isDisabled(), "「>」 waits for the tick");
      else {
        await on(page).click();
        assert.equal(new URL(page.url()).pathname, "/login/recovery-code");
        await page.getByLabel("リカバリーコードを保存しました").waitFor();
      }
      await page.getByLabel("リカバリーコードを保存しました").check();
      await on(page).click();
      await page.getByRole("heading", { name: "2段階認証の登録が完了しました" }).waitFor();
      await page.getByRole("link", { name: "ログインする" }).click();
      await page.waitForLoadState();
      assert.equal(new URL(page.url()).pathname, "/");
      await page.getByRole("button", { name: "ログアウト" }).click();
      await signIn(page, login);
      assert.equal(new URL(page.url()).pathname, "/", "remembered");

      await server.clock.advance(2 * MINUTE);
      const other = (await person(t, service, { javaScriptEnabled })).page;
      await signIn(other, login);
      await other.getByRole("link", { name: "デバイスを紛失した場合はこちら" }).click();
      await other.getByLabel("リカバリーコード", { exact: true }).fill(recovery.replaceAll("-", " "));
      await on(other).click();
      await other.getByText("新たなリカバリーコードを発行しました。").waitFor();
      assert.notEqual(await keyOn(other), recovery);
      await other.getByLabel("リカバリーコードを保存しました").check();
      await on(other).click();
      await other.waitForLoadState();
      assert.equal(new URL(other.url()).pathname, "/");
      await other.goto("/account");
      await other.getByRole("link", { name: "すべての記憶を終了" }).click();
      await other.getByRole("button", { name: "OK" }).click();
      await other.getByText("記憶しているブラウザはありません。").waitFor();
    });
  }
}

for (const [index, language] of ["ja", "en"].entries()) {
  test(`every page of 2段階認証 in ${language}: axe-core, weight, width, pictures`, async (t) => {
    const service = STORAGE[index].service;
    const [boss, sms] = [`boss@${language}.axe.example.jp`, `sms@${language}.axe.example.jp`];
    await storageContract(server, service, `9${index}`, boss, [sms], { secondStep: true });
    const { page, heard } = await person(t, service, { locale: language });
    const wrong = [];
    const look = async (name) => {
      await page.waitForLoadState();
      const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
      if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
      wrong.push(...(await examine(page, name, { language, folder: SHOTS })));
      await heard.weights();
    };
    const submit = () => page.locator("main form .button-primary").first().click();
    await signIn(page, sms);
    await look("phone");
    await page.locator("#phone").fill("03");
    await submit();
    await look("phone-wrong");
    const seen = provider.messages.length;
    await page.locator("#phone").fill("+81 90 1234 5678");
    await submit();
    await look("register-code");
    const { code } = await smsAfter(server, provider, seen);
    await page.locator("#code").fill("12");
    await submit();
    await look("register-code-malformed");
    await page.locator("#code").fill(code);
    await page.locator("#remember").check();
    await submit();
    await look("keep");
    const recovery = await keyOn(page);
    await page.locator("#kept").check();
    await look("keep-ticked");
    await submit();
    await look("done");
    await page.goto("/account");
    await look("account");
    await page.locator('[data-dialog="forget-browser"]').first().click();
    await page.waitForTimeout(0);
    await look("account-question");
    await page.context().clearCookies();
    await server.clock.advance(2 * MINUTE);
    await signIn(page, sms);
    await look("code");
    await page.goto("/login/recovery");
    await look("lost");
    await page.locator("#code").fill("ABC");
    await submit();
    await look("lost-malformed");
    await page.locator("#code").fill(recovery);
    await submit();
    await look("keep-replaced");

    await page.context().clearCookies();
    await signIn(page, boss, "/menu");
    await page.goto("/menu/login/register/app");
    await look("scan");
    await page.locator("#code").fill(codeAt(await keyOn(page), server.clock.now()));
    await submit();
    await page.locator("#kept").check();
    await submit();
    await page.locator("main .button-primary").click();
    await look("menu");
    await page.goto("/menu/second-step");
    await look("setting");
    await page.locator("#choice-off").check();
    await submit();
    await look("setting-check");
    assert.deepEqual(wrong, []);
  });
}
