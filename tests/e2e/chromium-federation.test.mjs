// Linked services in Chromium, against a real OpenID provider: a user registered with one, a contractor who changes to one and back,
// with JavaScript and without; how the pages look, and that the content security policy lets forms lead to the providers.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { listen } from "./harness/chromium.mjs";
import { MINUTE, launchChromium, startServer } from "./harness/harness.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";
import { ACCOUNTS, USUAL, openidProviders } from "./harness/openid.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, storageContract } from "./harness/storage.mjs";

const SHOTS = album("shots-federation");
/** Besides the usual accounts, those of the journeys. */
const [KEIKO, SABURO] = ["田中 恵子", "伊藤 三郎"];
const accounts = [...ACCOUNTS.ordinary, ...[KEIKO, SABURO].map((name, at) => ({ sub: `11016948447438627640${at}`, name, email: `journey-${at}@example.net` }))];
const providers = await openidProviders(USUAL.map((one) => (one.id === "google" ? { ...one, accounts } : one)));
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
  await providers.stop();
});
const [GOOGLE, MICROSOFT] = ["google", "microsoft"].map(providers.get);
const [HANAKO, JIRO] = GOOGLE.accounts.map(({ name }) => name);
let contracts = 7500;

async function person(t, service, options = {}) {
  const { origin } = server.browser({ service });
  const context = await chromium.newContext({ locale: "ja", baseURL: origin, reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    const asked = [origin, GOOGLE.origin, MICROSOFT.origin];
    assert.deepEqual([...heard.addresses].filter((address) => !asked.includes(address)), [], "nobody is asked but the provider");
  });
  return { page: await context.newPage(), heard, origin };
}

async function send(page, fields, button) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForLoadState();
}
const says = (page, sentence) => page.getByText(sentence).first().waitFor({ timeout: 10_000 }).catch(async () => {
  throw new Error(`${sentence} is not on ${page.url()}: ${await page.locator("body").innerText()}`);
});
/** At the provider's own page: chooses an account, or goes back. */
async function choose(page, name, provider = GOOGLE) {
  await page.waitForURL(`${provider.origin}/**`);
  await send(page, {}, name);
}

// An account of a service belongs to one person: each way of a service has its own provider.
for (const { service, brand } of STORAGE) {
  for (const [how, javaScriptEnabled, provider, label] of [["with", true, GOOGLE, "Googleアカウント"], ["without", false, MICROSOFT, "Microsoftアカウント"]]) {
    test(`st_030 st_031 st_071 st_073 st_100 to st_103 ${service}: registered by a linked service, and a contractor who changes to one and back, ${how} JavaScript`, { timeout: 120_000 }, async (t) => {
      const domain = `${how}.${service}.federation.example.jp`;
      const [boss, user] = [`boss@${domain}`, `user@${domain}`];
      await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }]);
      const { page, origin } = await person(t, service, { javaScriptEnabled });
      const [mine, bosss] = javaScriptEnabled ? [KEIKO, SABURO] : [HANAKO, JIRO];

      await page.goto(linkIn(await mailTo(server, user), origin));
      await send(page, {}, `${label}で登録`);
      await choose(page, "キャンセル", provider);
      await says(page, "サービスの画面で中止されたため、何も変更していません。");
      await page.getByRole("link", { name: "戻る" }).click();
      await send(page, {}, `${label}で登録`);
      await choose(page, mine, provider);
      await says(page, "以下の内容でお間違えありませんでしょうか？");
      await says(page, mine);
      await send(page, {}, "確認");
      await says(page, "申込完了");
      await server.clock.advance(2000);
      await page.getByRole("link", { name: "OK" }).click();
      await send(page, {}, `${label}でログイン`);
      await choose(page, mine, provider);
      await says(page, brand);
      assert.equal(page.url(), `${origin}/`);
      await send(page, {}, "ログアウト");
      // ST-031: logged out of the service too, before another account is chosen.
      await page.context().clearCookies();

      await page.goto("/menu/login");
      await send(page, { メールアドレス: boss, パスワード: STORAGE_PASSWORD }, "ログイン");
      await page.getByRole("link", { name: "ログイン方法の設定" }).click();
      await send(page, {}, `${label}で登録`);
      await choose(page, bosss, provider);
      await says(page, bosss);
      await send(page, {}, "確認");
      await says(page, "変更したログイン方法でログインを実施してください。");
      await server.clock.advance(2000);
      await page.getByRole("link", { name: "ログイン画面へ" }).click();
      await send(page, {}, `${label}でログイン`);
      await choose(page, bosss, provider);
      await says(page, "認証・契約情報変更メニュー");
      await page.goto("/menu/method");
      await says(page, `異なる${label}に変更したい場合は、一度別のログイン方法に変更してください。`);
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
      wrong.push(...(await examine(page, name, { language, folder: SHOTS, contrast: true })));
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}
