// Multi-factor authentication as people meet it (CW-015, CW-100, CW-102, CW-103), in Chromium with JavaScript and without it, by keyboard
// too; what axe-core says of each page in both languages and themes; pictures in .out/shots-factor for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { contract, PASSWORD, WRONG } from "./harness/people.mjs";
import { codeAt, enrol } from "./harness/totp.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-factor");

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const ADMINISTRATOR = "admin.factor";
await contract(server, "700000002", ADMINISTRATOR, ["plain.1", "live.1", "keys.1", "ja.1", "en.1", "ja.2", "en.2"]);

async function person(t, options = {}) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [server.origin()]);
  });
  return { page: await context.newPage(), heard };
}
async function signIn(page, login, password = PASSWORD) {
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await page.locator("main .button-primary").click();
  await page.waitForLoadState();
}
const keyOn = async (page) => (await page.locator("code").innerText()).replaceAll(/\s/g, "");
/** A code that was not used yet: the clock moves on by two steps. */
async function fresh(seed) {
  await server.clock.advance(MINUTE);
  return codeAt(seed, server.clock.now());
}

for (const [name, login, javaScriptEnabled] of [["with", "live.1", true], ["without", "plain.1", false]]) {
  test(`cw_015 cw_100 cw_102 set-up, login and removal ${name} JavaScript`, async (t) => {
    const { page } = await person(t, { javaScriptEnabled });
    await signIn(page, login);
    await page.getByRole("link", { name: "管理機能利用設定" }).first().click();
    await page.getByRole("link", { name: "多要素認証" }).click();
    await page.getByText("多要素認証を使用していません").waitFor();
    await page.getByRole("link", { name: "設定する" }).click();
    await page.getByRole("img", { name: /QRコード/ }).waitFor();
    const seed = await keyOn(page);
    await page.getByLabel("ワンタイムパスワード", { exact: true }).fill("12");
    await page.getByRole("button", { name: "設定する" }).click();
    await page.getByText("6桁の数字を入力してください。", { exact: true }).waitFor();
    assert.equal(await keyOn(page), seed);
    await page.getByLabel("ワンタイムパスワード", { exact: true }).fill(codeAt(seed, server.clock.now()));
    await page.getByRole("button", { name: "設定する" }).click();
    await page.getByText("多要素認証を設定しました。").waitFor();
    await page.getByText("多要素認証を使用しています").waitFor();
    await page.getByRole("button", { name: "ログアウト" }).click();

    const code = await fresh(seed);
    await page.goto("/settings/factor");
    await page.locator("#login").fill(login);
    await page.locator("#password").fill(PASSWORD);
    await page.getByRole("button", { name: "ログイン" }).click();
    await page.getByRole("heading", { name: "多要素認証" }).waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);
    await page.getByLabel("ワンタイムパスワード", { exact: true }).fill(code);
    await page.getByRole("button", { name: "ログイン" }).click();
    await page.getByText("多要素認証を使用しています").waitFor();
    assert.equal(new URL(page.url()).pathname, "/settings/factor", "back where he was going");

    await server.clock.advance(5 * MINUTE);
    await page.getByRole("link", { name: "設定を解除" }).click();
    await page.getByLabel("パスワード", { exact: true }).fill(WRONG);
    await page.getByRole("button", { name: "次へ" }).click();
    await page.getByText("あと4回誤ると、ログアウトします。").waitFor();
    await page.getByLabel("パスワード", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "次へ" }).click();
    await page.getByText("設定を解除します。よろしいですか？").waitFor();
    await page.getByRole("link", { name: "キャンセル" }).click();
    await page.getByText("多要素認証を使用しています").waitFor();
    await page.getByRole("link", { name: "設定を解除" }).click();
    await page.getByRole("button", { name: "OK" }).click();
    await page.getByText("多要素認証の設定を解除しました。").waitFor();
    await page.getByText("多要素認証を使用していません").waitFor();
  });
}

test("cw_015 the second step by keyboard alone, and the field has the focus", async (t) => {
  const { seed } = await enrol(server, "keys.1");
  const code = await fresh(seed);
  const { page } = await person(t);
  await page.goto("/login");
  await page.keyboard.type("keys.1");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByLabel("ワンタイムパスワード", { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "code");
  await page.keyboard.type(code);
  await page.keyboard.press("Enter");
  await page.getByText("利用する管理機能を選択してください。").waitFor();
});

for (const language of ["ja", "en"]) {
  test(`every page of multi-factor authentication in ${language}: axe-core, weight, width, pictures`, async (t) => {
    const { page, heard } = await person(t, { locale: language });
    const wrong = [];
    const look = async (name) => {
      await page.waitForLoadState();
      const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
      if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
      wrong.push(...(await examine(page, name, { language, folder: SHOTS })));
      await heard.weights();
    };
    const submit = () => page.locator("main form .button-primary").click();
    const login = `${language}.1`;
    await signIn(page, login);
    await page.goto("/settings");
    await look("settings");
    await page.goto("/settings/factor");
    await look("factor");
    await page.goto("/settings/factor/set-up");
    const seed = await keyOn(page);
    await look("set-up");
    await page.locator("#code").fill("000");
    await submit();
    await look("set-up-malformed");
    await page.locator("#code").fill(codeAt(seed, server.clock.now()));
    await submit();
    await look("factor-done");
    await page.goto("/settings/factor/remove");
    await look("remove");
    await server.clock.advance(5 * MINUTE);
    await page.goto("/settings/factor/remove");
    await look("confirm");
    await page.locator("#password").fill(WRONG);
    await submit();
    await look("confirm-wrong");
    await page.locator(".who-out button").click();

    await signIn(page, login);
    await look("code");
    const around = [-60, -30, 0, 30, 60].map((off) => codeAt(seed, server.clock.now() + off * SECOND));
    const never = ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !around.includes(code));
    await page.locator("#code").fill(never);
    await submit();
    await look("code-wrong");
    for (let at = 0; at < 5; at += 1) {
      await page.locator("#code").fill(never);
      await submit();
      await page.waitForLoadState();
    }
    await look("code-locked");
    assert.deepEqual([...new Set(wrong)], []);
  });
}
