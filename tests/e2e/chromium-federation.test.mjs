// Linked services in Chromium, against a real OpenID provider: a user registered with one, a contractor who changes to one and back,
// with JavaScript and without; how the pages look, and that the content security policy lets forms lead to the providers.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { listen } from "./harness/chromium.mjs";
import { MINUTE, launchChromium, startServer } from "./harness/harness.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, storageContract } from "./harness/storage.mjs";

const SHOTS = album("shots-federation");
const providers = await openidProviders();
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
  await providers.stop();
});
const GOOGLE = providers.get("google");
const [HANAKO, JIRO] = GOOGLE.accounts.map(({ name }) => name);
let contracts = 7500;

async function person(t, service, options = {}) {
  const { origin } = server.browser({ service });
  const context = await chromium.newContext({ locale: "ja", baseURL: origin, reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    const others = [...heard.addresses].filter((address) => address !== origin && address !== GOOGLE.origin);
    assert.deepEqual(others, [], "nobody is asked but the provider");
  });
  return { page: await context.newPage(), heard, origin };
}

async function send(page, fields, button) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForLoadState();
}
const says = (page, sentence) => page.getByText(sentence).first().waitFor();
/** At the provider's own page: chooses an account, or goes back. */
async function choose(page, name) {
  await page.waitForURL(`${GOOGLE.origin}/**`);
  await send(page, {}, name);
}

for (const { service, brand } of STORAGE) {
  for (const [how, javaScriptEnabled] of [["with", true], ["without", false]]) {
    test(`st_030 st_031 st_071 st_073 st_100 to st_103 ${service}: registered by a linked service, and a contractor who changes to one and back, ${how} JavaScript`, { timeout: 120_000 }, async (t) => {
      const domain = `${how}.${service}.federation.example.jp`;
      const [boss, user] = [`boss@${domain}`, `user@${domain}`];
      await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }]);
      const { page, origin } = await person(t, service, { javaScriptEnabled });

      // Each run needs accounts of its own: an account of a service belongs to one person of a service.
      const account = `${how}-user`;
      await page.goto(linkIn(await mailTo(server, user), origin));
      await send(page, {}, "Googleアカウントで登録");
      await choose(page, "キャンセル");
      await says(page, "サービスの画面で中止されたため、何も変更していません。");
      await page.getByRole("link", { name: "戻る" }).click();
      await send(page, {}, "Googleアカウントで登録");
      await page.waitForURL(`${GOOGLE.origin}/**`);
      await page.locator("button[name=account]").first().evaluate((button, value) => (button.value = value), account);
      await page.locator("button[name=account]").first().click();
      await says(page, "以下の内容でお間違えありませんでしょうか？");
      await says(page, `${account}@example.net`);
      await send(page, {}, "確認");
      await says(page, "申込完了");
      await server.clock.advance(2000);
      await page.getByRole("link", { name: "OK" }).click();
      await send(page, {}, "Googleアカウントでログイン");
      await page.waitForURL(`${GOOGLE.origin}/**`);
      await page.locator("button[name=account]").first().evaluate((button, value) => (button.value = value), account);
      await page.locator("button[name=account]").first().click();
      await says(page, brand);
      assert.equal(page.url(), `${origin}/`);
      await send(page, {}, "ログアウト");

      await page.goto("/menu/login");
      await send(page, { メールアドレス: boss, パスワード: STORAGE_PASSWORD }, "ログイン");
      await page.getByRole("link", { name: "ログイン方法の設定" }).click();
      await send(page, {}, "Googleアカウントで登録");
      await page.waitForURL(`${GOOGLE.origin}/**`);
      await page.locator("button[name=account]").first().evaluate((button, value) => (button.value = value), `${how}-boss`);
      await page.locator("button[name=account]").first().click();
      await says(page, `${how}-boss@example.net`);
      await send(page, {}, "確認");
      await says(page, "変更したログイン方法でログインを実施してください。");
      await server.clock.advance(2000);
      await page.getByRole("link", { name: "ログイン画面へ" }).click();
      await send(page, {}, "Googleアカウントでログイン");
      await page.waitForURL(`${GOOGLE.origin}/**`);
      await page.locator("button[name=account]").first().evaluate((button, value) => (button.value = value), `${how}-boss`);
      await page.locator("button[name=account]").first().click();
      await says(page, "認証・契約情報変更メニュー");
      await page.goto("/menu/method");
      await says(page, "異なるGoogleアカウントに変更したい場合は、一度別のログイン方法に変更してください。");
      await page.locator("#new").fill(NEXT_PASSWORD);
      await page.locator("#again").fill(NEXT_PASSWORD);
      await page.locator("form.menu-form .button-primary").click();
      await page.waitForLoadState();
      await page.goto("/login");
      await send(page, { メールアドレス: boss, パスワード: NEXT_PASSWORD }, "ログイン");
      await says(page, brand);
    });
  }
}

for (const [{ service }, language] of [[STORAGE[0], "ja"], [STORAGE[1], "en"]]) {
  test(`every page of linked services of ${service} in ${language}: axe-core, weight, console, hosts`, { timeout: 240_000 }, async (t) => {
    const boss = `looks-${language}@${service}.federation.example.jp`;
    const user = `invited-${language}@${service}.federation.example.jp`;
    await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }]);
    const { page, heard, origin } = await person(t, service, { locale: language });
    const invitation = linkIn(await mailTo(server, user), origin);
    const google = () => page.locator("form[action='/federation/google'] button, form[action='/menu/federation/google'] button").click();
    const linked = (name) => page.locator("form:has(input[value=google]) button").click().then(() => choose(page, name));
    const submit = () => page.locator("main form:not(.who-out) .button-primary").first().click().then(() => page.waitForLoadState());
    const PAGES = {
      "login": () => page.goto("/login"),
      "nobody": async () => {
        await page.goto("/login");
        await google();
        await choose(page, HANAKO);
      },
      "cancelled": async () => {
        await page.goto("/login");
        await google();
        await choose(page, "キャンセル");
      },
      "expired": () => page.goto("/federation/google/callback"),
      "register": () => page.goto(invitation),
      "check": async () => {
        await page.goto(invitation);
        await linked(JIRO);
      },
      "menu-login": () => page.goto("/menu/login"),
      "menu-method": async () => {
        await page.locator("#login").fill(boss);
        await page.locator("#password").fill(STORAGE_PASSWORD);
        await submit();
        await page.goto("/menu/method");
      },
      "menu-check": () => linked(HANAKO),
      "menu-changed": async () => {
        await submit();
        await server.clock.advance(2000);
      },
      "menu-method-linked": async () => {
        await page.goto("/menu/login");
        await google();
        await choose(page, HANAKO);
        await page.goto("/menu/method");
      },
      "taken": async () => {
        await page.goto(invitation);
        await linked(HANAKO);
        await submit();
      },
      "menu-confirm": async () => {
        await server.clock.advance(6 * MINUTE);
        await page.goto("/menu/contract");
      },
    };
    const wrong = [];
    for (const [name, visit] of Object.entries(PAGES)) {
      await heard.weights();
      await visit();
      await page.waitForLoadState("networkidle");
      const own = [...(await heard.weights())].filter(([address]) => address === page.url() || address.includes("/static/"));
      const bytes = own.reduce((sum, [, size]) => sum + size, 0);
      if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
      wrong.push(...(await examine(page, name, { language, folder: SHOTS })));
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}
