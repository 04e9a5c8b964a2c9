// A login method that ends, as people meet it in Chromium, with real OpenID providers: the announcement on login page, top page and in
// 管理コンソール, the letter's link to another login method, what remains after the last day, and who comes back when it goes on after all; what
// axe-core says of each page in both languages and themes.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { DAY, MINUTE, SECOND, SECRETS, launchChromium, startServer } from "./harness/harness.mjs";
import { choose, listen, openPage, says, send } from "./harness/chromium.mjs";
import { WEIGHT, album, examine } from "./harness/look.mjs";
import { USUAL, chooseLinked, openidProviders } from "./harness/openid.mjs";
import { tokyoDay, tokyoMidnight, until } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, methodLink, storageContract } from "./harness/storage.mjs";

const FOLDER = album("shots-ending");
const NAMES = ["鈴木 花子", "佐藤 次郎", "田中 恵子"];
const accounts = NAMES.map((name, at) => ({ sub: `2101694847443862763${at}`, name, email: `ending-${at}@example.net` }));
const providers = await openidProviders(USUAL.filter(({ id }) => ["google", "d-account"].includes(id)).map((one) => ({ ...one, accounts })));
const [GOOGLE, ENDING] = ["google", "d-account"].map(providers.get);
const LABEL = "dアカウント";
const server = await startServer({
  providers,
  vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000", WORKSDRIVE_APP_URL: "https://app.example/enter" },
  secrets: { ...SECRETS, HANDOVER_JWK: JSON.stringify(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" })) },
});
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
  await providers.stop();
});
const ends = tokyoDay(server.clock.now() + 20 * DAY);
/** The contract of each brand: who stays, who changes, and who has a long address, with their names at the providers. */
const contracts = STORAGE.map(({ service }, at) => {
  const domain = `${service}.ending.example.jp`;
  const [stays, moves, long] = ["stays", "moves", "a.person.with.a.long.address.in.a.long.department"].map((name) => `${name}@${domain}`);
  return { service, number: `78${at}`, boss: `boss@${domain}`, stays, moves, long, users: [stays, moves, long] };
});
const announce = async (day) => assert.equal((await server.operator().call("PUT", `/providers/${ENDING.id}`, { ends: day })).status, 200);
/** What the operator sees, once it is so. */
const progress = (wanted) => until(async () => {
  await server.clock.advance(1100);
  const { body } = await server.operator().get(`/providers/${ENDING.id}`);
  return Object.entries(wanted).every(([figure, count]) => body[figure] === count) && body;
}, 20_000);

before(async () => {
  for (const { service, number, boss, users } of contracts) {
    await storageContract(server, service, number, boss, users.map((login) => ({ login, ready: false })));
    for (const [at, login] of users.entries()) {
      const browser = server.browser({ service });
      const path = linkIn(await mailTo(server, login), browser.origin);
      const check = await chooseLinked(browser, path, ENDING, accounts[at].sub);
      assert.match((await browser.submit(check, {}, path)).text, /申込完了/);
    }
  }
  await progress({ affected: 6, mailed: 0, left: 6 });
  await announce(ends);
  await progress({ affected: 6, mailed: 6, changed: 0, left: 6 });
});

for (const [language, javaScriptEnabled] of [["ja", true], ["en", true], ["ja", false]]) {
  test(`st_032 the pages of a login method that ends, in ${language}, ${javaScriptEnabled ? "with" : "without"} JavaScript`, { timeout: 120_000 }, async (t) => {
    const { service, boss, long } = contracts[0];
    const origin = server.origin(service);
    const context = await chromium.newContext({ locale: language, baseURL: origin, reducedMotion: "reduce", javaScriptEnabled });
    const heard = listen(context);
    t.after(() => context.close());
    const page = await context.newPage();
    const wrong = [];
    const look = async (name) => {
      await page.waitForLoadState("networkidle");
      const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
      if (bytes >= WEIGHT) wrong.push(`${name}: ${bytes} bytes`);
      if (javaScriptEnabled) wrong.push(...(await examine(page, name, { language, folder: FOLDER })));
      await heard.weights();
    };
    await page.goto("/login");
    assert.ok((await page.locator("main").innerText()).includes(ends));
    await look("login-ending");
    await page.goto(linkIn(await mailTo(server, long), origin));
    await look("link-ending");
    // On the way to the console, so that the login does not go on at the application.
    await page.goto("/users");
    await page.locator("#login").fill(boss);
    await page.locator("#password").fill(STORAGE_PASSWORD);
    await page.locator("main .button-primary").click();
    await page.waitForURL((url) => url.pathname === "/users");
    await heard.weights();
    await page.reload();
    await look("users-ending");
    await page.locator('a[href="/ending"]').click();
    await page.locator("table").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 3);
    await look("ending");
    await page.goto("/");
    assert.equal(await page.locator('a[href="/app"]').count(), 1);
    await look("top-application");
    assert.deepEqual(wrong, []);
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [origin]);
  });
}

/** A page of somebody who goes to a page of his own, so that a login does not go on at the application. */
async function person(t, service, options) {
  const origin = server.origin(service);
  const { page } = await openPage(t, chromium, origin, options, [GOOGLE.origin, ENDING.origin]);
  return { page, origin };
}
const ACCOUNT = "/account";
/** At the login page: by this provider, as this person. */
async function logsIn(page, provider, label, name) {
  await page.goto(ACCOUNT);
  await send(page, {}, `${label}でログイン`);
  await choose(page, provider, name);
}
const inside = (page) => page.waitForURL((url) => url.pathname === ACCOUNT);
const buttons = async (page, what) => (await page.getByRole("button", { name: what }).allInnerTexts()).map((text) => text.trim());

for (const [at, { service, boss, stays, moves, long }] of contracts.entries()) {
  const javaScriptEnabled = at === 0;
  test(`st_032 st_101 st_103 ${service}: the letter's link leads to another service, and operator and contractor see it, ${javaScriptEnabled ? "with" : "without"} JavaScript`, { timeout: 120_000 }, async (t) => {
    const { page, origin } = await person(t, service, { javaScriptEnabled });
    await logsIn(page, ENDING, LABEL, NAMES[1]);
    await inside(page);
    await page.context().clearCookies();
    const letter = linkIn(await mailTo(server, moves), origin);
    await page.goto(letter);
    await says(page, `異なる${LABEL}に変更したい場合は、一度別のログイン方法に変更してください。`);
    assert.deepEqual(await buttons(page, /.で登録$/), ["Googleアカウントで登録"], "neither the own one nor one that ends");
    await send(page, {}, "Googleアカウントで登録");
    await choose(page, GOOGLE, NAMES[1]);
    await says(page, "以下の内容でお間違えありませんでしょうか？");
    await says(page, NAMES[1]);
    await send(page, {}, "確認");
    await says(page, "ログイン方法を変更しました");
    const { users } = await progress({ affected: 6, mailed: 6, changed: at + 1, left: 5 - at });
    const states = [stays, moves, long].map((login) => users.find((user) => user.login === login).state);
    assert.deepEqual(states, ["left", "changed", "left"]);

    await logsIn(page, ENDING, LABEL, NAMES[1]);
    await says(page, "ログインできませんでした");
    await logsIn(page, GOOGLE, "Googleアカウント", NAMES[1]);
    await inside(page);
    await page.goto(letter);
    await says(page, "リンクを使えるのは1回だけです。");

    const { page: console } = await person(t, service, { javaScriptEnabled });
    await console.goto("/users");
    await send(console, { メールアドレス: boss, パスワード: STORAGE_PASSWORD }, "ログイン");
    await console.getByRole("link", { name: "終了するログイン方法の利用者: 2人" }).click();
    await console.getByRole("heading", { name: "終了するログイン方法の利用者" }).waitFor();
    const rows = await console.locator("tbody th").allInnerTexts();
    assert.deepEqual(rows.map((login) => login.trim()).toSorted(), [stays, long].toSorted());
  });
}

test("st_032 after the last day the button is gone, a login by the method says what to do, and the way on leads in", { timeout: 180_000 }, async (t) => {
  const pages = [];
  await server.clock.advance(tokyoMidnight(ends) + DAY - 5 * MINUTE - server.clock.now());
  for (const [at, contract] of contracts.entries()) {
    // One has the login page before him, so has another in English, and one is at the provider already.
    const options = [{ javaScriptEnabled: at === 0 }, { locale: "en" }, { javaScriptEnabled: at === 0 }];
    const [page, english, there] = await Promise.all(options.map(async (own) => {
      const { page: one } = await person(t, contract.service, own);
      await one.goto(ACCOUNT);
      return one;
    }));
    await send(there, {}, `${LABEL}でログイン`);
    await there.waitForURL(`${ENDING.origin}/**`);
    pages.push({ ...contract, page, english, there, javaScriptEnabled: at === 0 });
  }
  await server.clock.advance(5 * MINUTE + SECOND);
  const wrong = [];
  let changed = 2;
  for (const { service, page, there, english, javaScriptEnabled, stays } of pages) {
    await choose(there, ENDING, NAMES[0]);
    await says(there, "このログイン方法の提供は終了しました");
    await send(page, {}, `${LABEL}でログイン`);
    for (const sentence of ["このログイン方法の提供は終了しました", ends, "「パスワードを忘れた方はこちら」", "ご契約者または管理者に"]) await says(page, sentence);
    await english.getByRole("button", { name: "Log in with d ACCOUNT" }).click();
    await says(english, ends);
    if (javaScriptEnabled) wrong.push(...(await examine(page, `${service}-ended`, { language: "ja", folder: FOLDER })));
    else wrong.push(...(await examine(english, `${service}-ended`, { language: "en", folder: FOLDER })));

    await page.getByRole("link", { name: "ログイン画面へ" }).click();
    await page.waitForURL((url) => url.pathname === "/login");
    assert.deepEqual(await buttons(page, /.でログイン$/), ["Googleアカウントでログイン"]);
    assert.ok(!(await page.locator("main").innerText()).includes(LABEL));
    const seen = server.mails().length;
    await page.getByLabel("メールアドレス").fill(stays);
    await page.getByRole("button", { name: "パスワードを忘れた方はこちら" }).click();
    await says(page, "パスワードリセットのメールをお送りしました。");
    await page.goto(linkIn(await mailTo(server, stays, seen), server.origin(service)));
    assert.deepEqual(await buttons(page, /.で登録$/), ["Googleアカウントで登録"]);
    await send(page, { パスワード: NEXT_PASSWORD, "パスワード (確認用)": NEXT_PASSWORD }, "登録");
    await says(page, "ログイン画面へ");
    await page.goto(ACCOUNT);
    await send(page, { メールアドレス: stays, パスワード: NEXT_PASSWORD }, "ログイン");
    await inside(page);
    changed += 1;
    await progress({ affected: 6, changed, left: 6 - changed });
  }
  assert.deepEqual(wrong, []);
});

test("st_032 st_101 when it goes on after all, who had left comes back and stays, and a new end is told to him anew", { timeout: 120_000 }, async (t) => {
  const { service, boss, moves } = contracts[0];
  await announce(null);
  const { page } = await person(t, service);
  const admin = server.browser({ service });
  await admin.signIn(boss, STORAGE_PASSWORD);
  await page.goto(await methodLink(server, admin, moves));
  await send(page, {}, `${LABEL}で登録`);
  await choose(page, ENDING, NAMES[1]);
  await says(page, NAMES[1]);
  await send(page, {}, "確認");
  await says(page, "ログイン方法を変更しました");
  await server.clock.advance(2 * SECOND);
  await logsIn(page, ENDING, LABEL, NAMES[1]);
  await inside(page);
  await progress({ affected: 3, mailed: 0, changed: 0, left: 3 });

  const seen = server.mails().length;
  const again = tokyoDay(server.clock.now() + 20 * DAY);
  await announce(again);
  const letter = await mailTo(server, moves, seen);
  assert.ok(letter.text.includes(again), letter.text);
  await page.goto(linkIn(letter, server.origin(service)));
  await says(page, `異なる${LABEL}に変更したい場合は、一度別のログイン方法に変更してください。`);
  await progress({ affected: 3, mailed: 3, changed: 0, left: 3 });
});
