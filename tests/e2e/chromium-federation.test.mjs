// Linked services in Chromium, against a real OpenID provider of each kind: registered with one and logged in, changed to another and to a
// password by the mailed link, a contractor who changes in the menu and back, and what the menu has for whoever logs in so; with
// JavaScript and without; how the pages look, and that the content security policy lets forms lead to the providers.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { choose, openPage, says, send } from "./harness/chromium.mjs";
import { MINUTE, SECOND, launchChromium, startServer } from "./harness/harness.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";
import { USUAL, openidProviders } from "./harness/openid.mjs";
import { tokyoDay } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, methodLink, storageContract } from "./harness/storage.mjs";

const SHOTS = album("shots-federation");
/** Who has an account everywhere. */
const NAMES = ["鈴木 花子", "佐藤 次郎", "田中 恵子", "伊藤 三郎", "渡辺 大輔", "山本 恵", "中村 拓也", "小林 優子"];
const providers = await openidProviders(USUAL.map((one) => ({
  ...one, accounts: NAMES.map((name, at) => ({ sub: `1101694847443862763${at}`, name, email: `journey-${at}@example.net` })),
})));
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
  await providers.stop();
});
/** What an account of a provider is called. */
const LABELS = { google: "Googleアカウント", facebook: "Facebookアカウント", microsoft: "Microsoftアカウント", "d-account": "dアカウント", "ntt-east-business-id": "NTT東日本ビジネスID" };
let contracts = 7500;

/** A page of somebody, who is asked nothing by anybody but us and the providers. */
async function person(t, service, options = {}) {
  const origin = server.origin(service);
  const besides = USUAL.map(({ id }) => providers.get(id).origin);
  return { ...(await openPage(t, chromium, origin, options, besides)), origin };
}

/** An account of a provider belongs to one person of a service: a name that nobody has used there. */
const used = new Map();
function somebody(service, provider) {
  const at = used.get(`${service} ${provider}`) ?? 0;
  used.set(`${service} ${provider}`, at + 1);
  assert.ok(at < NAMES.length, "more names are needed");
  return NAMES[at];
}

/** On a page where a login method is chosen: this one, shown first, then 確認. */
async function links(page, provider, name) {
  await send(page, {}, `${LABELS[provider]}で登録`);
  await choose(page, providers.get(provider), name);
  await says(page, "以下の内容でお間違えありませんでしょうか？");
  const shown = await page.locator("dl.facts").innerText();
  for (const fact of [LABELS[provider], name, `journey-${NAMES.indexOf(name)}@example.net`]) assert.ok(shown.includes(fact), `${fact}: ${shown}`);
  await send(page, {}, "確認");
  await server.clock.advance(2 * SECOND);
}
/** At either login page. */
async function logsIn(page, provider, name, door = "") {
  await page.goto(`${door}/login`);
  await send(page, {}, `${LABELS[provider]}でログイン`);
  await choose(page, providers.get(provider), name);
}
async function withPassword(page, address, password, door = "") {
  await page.goto(`${door}/login`);
  await send(page, { メールアドレス: address, パスワード: password }, "ログイン");
}

/** The menu of a contractor with 基本プラン, in its order. */
const MENU = ["ログイン方法の設定", "メールアドレス変更", "パスワード変更", "アクセス経路設定", "2段階認証設定", "Active Directory設定", "その他の設定", "契約情報変更", "プラン変更", "解約"];
const [METHOD, ADDRESS, PASSWORD, , , , , RECORD, , CANCEL] = MENU;
const items = async (page) => {
  await page.getByRole("heading", { name: "認証・契約情報変更メニュー" }).waitFor();
  return (await page.locator(".menu-items a").allInnerTexts()).map((text) => text.trim());
};
const without = (...missing) => MENU.filter((item) => !missing.includes(item));

for (const { service, brand } of STORAGE) {
  for (const [how, javaScriptEnabled, provider] of [["with", true, "google"], ["without", false, "microsoft"]]) {
    test(`st_002 st_030 st_031 st_071 st_073 st_080 st_100 to st_103 st_110 ${service}: registered by a linked service, and a contractor who changes to one and back, ${how} JavaScript`, { timeout: 120_000 }, async (t) => {
      const domain = `${how}.${service}.federation.example.jp`;
      const [boss, user] = [`boss@${domain}`, `user@${domain}`];
      await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }]);
      const { page, origin } = await person(t, service, { javaScriptEnabled });
      const [mine, bosss] = [somebody(service, provider), somebody(service, provider)];

      await page.goto(linkIn(await mailTo(server, user), origin));
      await send(page, {}, `${LABELS[provider]}で登録`);
      await choose(page, providers.get(provider));
      await says(page, "サービスの画面で中止されたため、何も変更していません。");
      await page.getByRole("link", { name: "戻る" }).click();
      await links(page, provider, mine);
      await says(page, "申込完了");
      await page.getByRole("link", { name: "OK" }).click();
      await send(page, {}, `${LABELS[provider]}でログイン`);
      await choose(page, providers.get(provider), mine);
      await says(page, brand);
      assert.equal(page.url(), `${origin}/`);
      await logsIn(page, provider, mine, "/menu");
      assert.deepEqual(await items(page), [], "he has no password to change, and all else is the contractor's");
      await says(page, "変更できる項目はありません。");
      await send(page, {}, "ログアウト");
      // ST-031: logged out of the service too, before another account is chosen.
      await page.context().clearCookies();

      await withPassword(page, boss, STORAGE_PASSWORD, "/menu");
      assert.deepEqual(await items(page), MENU);
      await page.getByRole("link", { name: METHOD }).click();
      await links(page, provider, bosss);
      await says(page, "変更したログイン方法でログインを実施してください。");
      await page.getByRole("link", { name: "ログイン画面へ" }).click();
      await send(page, {}, `${LABELS[provider]}でログイン`);
      await choose(page, providers.get(provider), bosss);
      assert.deepEqual(await items(page), without(PASSWORD));
      await page.getByRole("link", { name: METHOD }).click();
      await says(page, `異なる${LABELS[provider]}に変更したい場合は、一度別のログイン方法に変更してください。`);
      await send(page, { パスワード: NEXT_PASSWORD, "パスワード(確認用)": NEXT_PASSWORD }, "登録");
      assert.deepEqual(await items(page), MENU);
      await withPassword(page, boss, NEXT_PASSWORD);
      await page.waitForURL(`${origin}/`);
      await send(page, {}, "ログアウト");
      await logsIn(page, provider, bosss);
      await says(page, "ログインできませんでした");
    });
  }
}

// Each service once with JavaScript or without in each brand, registered with and changed to.
for (const [service, first, second, javaScriptEnabled] of [
  ["worksdrive", "facebook", "d-account", true], ["worksdrive", "d-account", "facebook", false],
  ["cowork-storage", "facebook", "ntt-east-business-id", false], ["cowork-storage", "d-account", "facebook", true], ["cowork-storage", "ntt-east-business-id", "d-account", true],
]) {
  const how = javaScriptEnabled ? "with" : "without";
  test(`st_030 st_071 st_073 st_100 to st_103 st_106 st_108 ${service}: registered with ${first}, changed by mailed links to ${second} and to a password, ${how} JavaScript`, { timeout: 120_000 }, async (t) => {
    const domain = `${first}.${service}.federation.example.jp`;
    const [boss, user] = [`boss@${domain}`, `user@${domain}`];
    await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }]);
    const { page, origin } = await person(t, service, { javaScriptEnabled });
    const [mine, other] = [somebody(service, first), somebody(service, second)];
    await page.goto(linkIn(await mailTo(server, user), origin));
    await links(page, first, mine);
    await says(page, "申込完了");
    await logsIn(page, first, mine);
    await page.waitForURL(`${origin}/`);
    await send(page, {}, "ログアウト");

    // The contractor asks for the link in 管理コンソール: the address as it is.
    const { page: admin } = await person(t, service, { javaScriptEnabled });
    await withPassword(admin, boss, STORAGE_PASSWORD);
    await admin.goto(`/users/${encodeURIComponent(user)}`);
    await admin.getByRole("link", { name: "メールアドレス変更" }).click();
    await send(admin, { メールアドレス: user }, "送信");
    await says(admin, `${user} に、ログイン方法の設定変更のリンクをお送りします。`);
    const seen = server.mails().length;
    await send(admin, {}, "OK");
    await says(admin, "ログイン方法の設定変更のメールをお送りします。");
    const link = linkIn(await mailTo(server, user, seen), origin);

    await page.goto(link);
    await says(page, `異なる${LABELS[first]}に変更したい場合は、一度別のログイン方法に変更してください。`);
    const offered = await page.getByRole("button", { name: /.で登録$/ }).allInnerTexts();
    const others = Object.keys(LABELS).filter((id) => id !== first && (service === "cowork-storage" || !id.startsWith("ntt")));
    assert.deepEqual(offered, others.map((id) => `${LABELS[id]}で登録`));
    await send(page, {}, `${LABELS[second]}で登録`);
    await choose(page, providers.get(second), other);
    await says(page, other);
    await page.getByRole("link", { name: "キャンセル" }).click();
    await logsIn(page, second, other);
    await says(page, "ログインできませんでした");
    await page.goto(link);
    await links(page, second, other);
    await says(page, "ログイン方法を変更しました");
    await page.getByRole("link", { name: "ログイン画面へ" }).click();
    await send(page, {}, `${LABELS[second]}でログイン`);
    await choose(page, providers.get(second), other);
    await page.waitForURL(`${origin}/`);
    await send(page, {}, "ログアウト");
    await logsIn(page, first, mine);
    await says(page, "ログインできませんでした");
    await page.goto(link);
    await says(page, "リンクを使えるのは1回だけです。");

    await server.clock.advance(MINUTE);
    const browser = server.browser({ service });
    await browser.signIn(boss, STORAGE_PASSWORD);
    await page.goto(await methodLink(server, browser, user));
    await send(page, { パスワード: NEXT_PASSWORD, "パスワード (確認用)": NEXT_PASSWORD }, "登録");
    await says(page, "ログイン画面へ");
    await withPassword(page, user, NEXT_PASSWORD, "/menu");
    assert.deepEqual(await items(page), [PASSWORD]);
    await logsIn(page, second, other);
    await says(page, "ログインできませんでした");
  });
}

for (const [at, { service }] of STORAGE.entries()) {
  const [provider, javaScriptEnabled] = [["facebook", true], ["microsoft", false]][at];
  test(`st_002 st_003 st_080 st_100 ${service}: the menu in a trial, logged in to with a linked service, ${javaScriptEnabled ? "with" : "without"} JavaScript`, { timeout: 120_000 }, async (t) => {
    const [boss, user] = ["boss", "user"].map((name) => `${name}@trial.${service}.federation.example.jp`);
    const trial = { plan: "trial", trial_start: tokyoDay(server.clock.now()), ready: false };
    await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }], trial);
    for (const [who, permitted] of [[boss, without(METHOD, ADDRESS, PASSWORD, RECORD, CANCEL)], [user, []]]) {
      const { page, origin } = await person(t, service, { javaScriptEnabled });
      const mine = somebody(service, provider);
      await page.goto(linkIn(await mailTo(server, who), origin));
      await links(page, provider, mine);
      await says(page, "申込完了");
      await logsIn(page, provider, mine, "/menu");
      assert.deepEqual(await items(page), permitted, who);
    }
  });
}

for (const [{ service }, language] of [[STORAGE[0], "ja"], [STORAGE[1], "en"]]) {
  test(`every page of linked services of ${service} in ${language}: axe-core, weight, console, hosts`, { timeout: 240_000 }, async (t) => {
    const boss = `looks-${language}@${service}.federation.example.jp`;
    const user = `a.person.with.a.long.address.in.a.long.department@section.branch.${service}.federation.example.jp`;
    const manager = { login: `manager@${service}.federation.example.jp`, manager: true };
    await storageContract(server, service, String((contracts += 1)), boss, [{ login: user, ready: false }, manager]);
    const { page, heard, origin } = await person(t, service, { locale: language });
    const [GOOGLE, MICROSOFT] = ["google", "microsoft"].map(providers.get);
    const [HANAKO, JIRO, another] = [somebody(service, "google"), somebody(service, "google"), somebody(service, "microsoft")];
    const admin = server.browser({ service });
    await admin.signIn(manager.login, STORAGE_PASSWORD);
    let link;
    const invitation = linkIn(await mailTo(server, user), origin);
    const google = () => page.locator("form[action='/federation/google'] button, form[action='/menu/federation/google'] button").click();
    const linked = (name, { id } = GOOGLE) => page.locator(`form:has(input[value=${id}]) button`).click().then(() => choose(page, providers.get(id), name));
    const submit = () => page.locator("main form:not(.who-out) .button-primary").first().click().then(() => page.waitForLoadState());
    const PAGES = {
      "login": () => page.goto("/login"),
      "nobody": async () => {
        await page.goto("/login");
        await google();
        await choose(page, GOOGLE, HANAKO);
      },
      "cancelled": async () => {
        await page.goto("/login");
        await google();
        await choose(page, GOOGLE);
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
        await choose(page, GOOGLE, HANAKO);
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
      "registered": async () => {
        await page.goto(invitation);
        await linked(JIRO);
        await submit();
        await server.clock.advance(2 * SECOND);
      },
      "menu-nothing": async () => {
        await page.context().clearCookies();
        await page.goto("/menu/login");
        await google();
        await choose(page, GOOGLE, JIRO);
      },
      "link-method": async () => {
        link = await methodLink(server, admin, user);
        await page.goto(link);
      },
      "link-method-check": () => linked(another, MICROSOFT),
      "link-method-done": () => submit(),
      "link-method-used": () => page.goto(link),
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
