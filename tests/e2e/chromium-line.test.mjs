// 回線認証 as people meet it (ST-060 to ST-069): the contractor sets it up, changes the access path and finds the way out; others log in over
// a line, through a gateway that is Chromium's proxy, with every login method and against real OpenID providers. With and without
// JavaScript; what axe-core says of each page in both brands, languages and themes; pictures in .out/shots-line for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openPage } from "./harness/chromium.mjs";
import { gateway, gatewayKey } from "./harness/gateway.mjs";
import { MINUTE, SECOND, launchChromium, startServer } from "./harness/harness.mjs";
import { directories, linked } from "./harness/linked.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { STORAGE, STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-line");

const [LINE, OTHER, WEST] = ["CAF0123456789", "COP01234567", "CAF9876543210"];
const key = gatewayKey();
const providers = await openidProviders([{ id: "google", label: "Google" }, { id: "ad", label: "AD FS", kind: "adfs", redirect: "adfs-[a-z0-9]{18}", configured: false }]);
const [GOOGLE, AD] = ["google", "ad"].map(providers.get);
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000", LINE_GATEWAY_JWK: key.jwk } });
const lines = gateway(server, key);
const port = { [LINE]: await lines.plug(LINE), [OTHER]: await lines.plug(OTHER), [WEST]: await lines.plug(WEST, { area: "west" }) };
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await lines.stop();
  await server.stop();
  await providers.stop();
});
for (const [at, { service }] of STORAGE.entries()) {
  for (const [place, name] of ["with", "without", "ja", "en"].entries()) {
    const domain = `${name}.${service}.example.jp`;
    await storageContract(server, service, `72${at}${place}`, `boss@${domain}`, [{ login: `taro@${domain}`, name: "佐藤 次郎" }, { login: `a.person.with.a.long.address.in.a.long.department@section.branch.${domain}`, name: "長谷川 長太郎" }]);
  }
}

/** A page of somebody, over a line or from the Internet. */
async function open(t, service, line, options = {}) {
  const origin = server.origin(line ? `line.${service}` : service);
  // The line hosts are behind the gateway, the providers (127.0.0.1) are not.
  const proxy = line ? { proxy: { server: `http://127.0.0.1:${port[line]}`, bypass: "<-loopback>,127.0.0.1" } } : {};
  return openPage(t, chromium, origin, { ...proxy, ...options }, [GOOGLE.origin, AD.origin]);
}
async function login(page, address, door = "") {
  await page.goto(`${door}/login`);
  await page.locator("#login").fill(address);
  await page.locator("#password").fill(STORAGE_PASSWORD);
  await page.locator("main .button-primary").click();
  await page.waitForLoadState();
}
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

for (const { service, brand } of STORAGE) {
  const titles = service === "worksdrive" ? ["アクセス経路変更確認画面", "アクセス経路完了画面"] : ["通信経路変更確認画面", "通信経路完了画面"];
  for (const [how, javaScriptEnabled] of [["with", true], ["without", false]]) {
    test(`st_062 to st_067, ${service}: set up wrongly, shut out, and out again, ${how} JavaScript`, async (t) => {
      const domain = `${how}.${service}.example.jp`;
      const { page } = await open(t, service, null, { javaScriptEnabled });
      await login(page, `boss@${domain}`);
      await page.goto("/users");
      await page.getByRole("link", { name: "回線認証", exact: true }).click();
      await page.getByLabel("回線番号").fill("CAF1");
      await press(page, "保存");
      await page.getByText("「CAF1」は回線番号ではありません。").first().waitFor();
      await page.getByLabel("回線番号").fill(OTHER);
      await press(page, "保存");
      await page.getByText("回線番号を保存しました。").waitFor();

      const { page: line } = await open(t, service, LINE, { javaScriptEnabled });
      await login(line, `taro@${domain}`);
      await line.getByRole("heading", { name: "回線認証エラー" }).waitFor();
      await line.getByText(`この接続の回線番号: ${LINE}`).waitFor();

      await page.getByRole("link", { name: "変更" }).click();
      await page.getByLabel("回線認証のみ").check();
      await press(page, "設定");
      await page.getByRole("heading", { name: titles[0] }).waitFor();
      await press(page, "変更");
      await page.getByRole("heading", { name: "だれもログインできなくなるおそれがあります" }).waitFor();
      await page.getByLabel("危険を理解したうえで、回線認証のみに変更します。").check();
      await press(page, "変更");
      await page.getByRole("heading", { name: titles[1] }).waitFor();
      await page.goto("/");
      await page.waitForURL((url) => url.pathname === "/login");
      await login(page, `boss@${domain}`);
      await page.getByText("ご契約では、登録された回線からのみログインできます。").waitFor();

      await login(page, `boss@${domain}`, "/menu");
      await page.getByRole("link", { name: "アクセス経路設定" }).click();
      await page.getByText(`以外からの${brand}へのアクセスはすべて拒否されます。`).waitFor();
      await page.getByLabel("回線認証+インターネット").check();
      await press(page, "設定");
      await page.getByRole("heading", { name: titles[0] }).waitFor();
      await press(page, "変更");
      await page.getByRole("heading", { name: titles[1] }).waitFor();
      await page.getByRole("link", { name: "認証・契約情報変更メニューへ" }).click();

      await login(page, `boss@${domain}`);
      await page.goto("/lines");
      await page.getByLabel("回線番号").fill(`${LINE}\n${WEST}`);
      await press(page, "保存");
      await page.getByText("回線番号を保存しました。").waitFor();
      const { page: west } = await open(t, service, WEST, { javaScriptEnabled });
      await login(west, `taro@${domain}`);
      await west.getByRole("heading", { name: "回線情報通知設定画面" }).waitFor();
      await west.getByLabel("通知する").check();
      await press(west, "決定");
      await west.waitForURL((url) => url.pathname === "/");
      await login(line, `taro@${domain}`);
      await line.waitForURL((url) => url.pathname === "/");
    });
  }
}

for (const [at, { service }] of STORAGE.entries()) {
  for (const [place, [how, javaScriptEnabled]] of [["with", true], ["without", false]].entries()) {
    test(`st_040 to st_042 st_060 st_064, ${service}: with a linked service and with Active Directory over a line; 回線認証のみ rolled back, and kept, ${how} JavaScript`, async (t) => {
      const [number, domain] = [`73${at}${place}`, `methods.${how}.${service}.example.jp`];
      const [boss, user, pc] = ["boss", "linked", "windows"].map((name) => `${name}@${domain}`);
      await storageContract(server, service, number, boss, [{ login: user, name: "佐藤 次郎", ready: false }, { login: pc, name: "高橋 三郎", ready: false }]);
      const [google, directory] = [linked(server, GOOGLE), directories(server, AD)];
      const menu = server.browser({ service });
      await menu.submit(await menu.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
      const id = await directory.configured({ browser: menu });
      // An account at Google is one person's in a service.
      const { sub, name } = GOOGLE.accounts[place];
      await google.registers(server.browser({ service }), user, { account: sub });
      await directory.registers(server.browser({ service }), pc);
      await server.clock.advance(2 * SECOND);
      const wrong = [];
      const look = async (page, label) => {
        if (javaScriptEnabled) wrong.push(...(await examine(page, `${service}-${label}`, { language: "ja", folder: SHOTS })));
      };
      const says = (page, sentence) => page.getByText(sentence).first().waitFor();
      const isIn = async (page, who) => {
        await page.waitForURL((url) => url.pathname === "/");
        const words = (await page.locator("body").textContent()).replaceAll(/[\s\u200b]/g, "");
        assert.ok(words.includes(who), words);
      };
      const byGoogle = async (page) => {
        await page.goto("/login");
        await press(page, "Googleアカウントでログイン");
        await press(page, name);
      };
      const byDirectory = async (page) => {
        await page.goto("/login");
        await page.getByRole("link", { name: "Active Directoryアカウントでログイン" }).click();
        await page.getByLabel("Active Directoryの接続ID").fill(id);
        await press(page, "次へ");
        await page.getByRole("link", { name: "確認" }).click();
        await press(page, AD.accounts[0].upn);
      };
      const [{ page: line }, { page: windows }, { page: home }, { page }] = await Promise.all([LINE, LINE, null, null].map((over) => open(t, service, over, { javaScriptEnabled })));

      // Nothing is registered yet.
      await byGoogle(line);
      await line.getByRole("heading", { name: "回線認証エラー" }).waitFor();
      await says(line, `この接続の回線番号: ${LINE}`);
      await login(page, boss);
      await page.goto("/lines");
      await page.getByLabel("回線番号").fill(LINE);
      await press(page, "保存");
      await press(page, "確認を求めるように変更");
      await page.getByRole("button", { name: "確認を求めないように変更" }).waitFor();
      await byGoogle(line);
      await isIn(line, user);
      await byDirectory(windows);
      await isIn(windows, pc);
      await byGoogle(home);
      await isIn(home, user);

      const only = async () => {
        await server.clock.advance(2 * SECOND);
        await page.goto("/lines/access-path");
        await page.getByLabel("回線認証のみ").check();
        await press(page, "設定");
        await press(page, "変更");
        await says(page, "この設定を維持しますか？");
      };
      const isOut = async (page) => {
        await page.goto("/");
        await page.waitForURL((url) => url.pathname === "/login");
      };
      await only();
      await look(page, "waits");
      await Promise.all([isOut(page), isOut(home)]);
      await byGoogle(home);
      await says(home, "ご契約では、登録された回線からのみログインできます。");
      await look(home, "only");
      await line.goto("/");
      await isIn(line, user);
      await login(page, boss, "/menu");
      await page.goto("/menu/access-path");
      await says(page, "「回線認証のみ」は、維持しなければ");
      await look(page, "menu-waits");
      await server.clock.advance(10 * MINUTE);
      await byGoogle(home);
      await isIn(home, user);
      await login(page, boss);
      await page.goto("/lines");
      await page.locator("[data-part=path]").getByText("回線認証+インターネット").waitFor();

      await only();
      await Promise.all([isOut(page), isOut(home)]);
      const { page: office } = await open(t, service, LINE, { javaScriptEnabled });
      await login(office, boss);
      await office.goto("/lines");
      await office.getByRole("heading", { name: "この設定を維持しますか？" }).waitFor();
      await look(office, "keep");
      await press(office, "維持する");
      await says(office, "「回線認証のみ」を維持します。");
      await look(office, "kept");
      await server.clock.advance(11 * MINUTE);
      await byDirectory(home);
      await says(home, "ご契約では、登録された回線からのみログインできます。");
      // The address of the mail; whoever is logged in to Windows is not asked.
      await windows.context().clearCookies({ domain: new URL(server.origin(`line.${service}`)).hostname });
      await windows.goto(`/federation/${id}`);
      await isIn(windows, pc);
      await office.goto("/lines/doors");
      await says(office, "インターネット（認証・契約情報変更メニューのみ）");
      await look(office, "doors-only");
      assert.deepEqual(wrong, []);
    });
  }
}

const SUBMIT = "main form .button-primary, main form .button-danger";
const chosen = async (page, from = "/lines/access-path") => {
  await page.goto(from);
  await page.locator("#choice-only").check();
  await page.locator(SUBMIT).click();
  await page.locator("dl.card").waitFor();
};
/** The pages of the contractor from the Internet, of his menu, and of somebody over a line. */
const PAGES = {
  "lines": (page) => page.goto("/lines"),
  "lines-wrong": async (page) => {
    await page.goto("/lines");
    await page.locator("#numbers").fill("CAF1\nCOP1");
    await page.locator("form .button-primary").click();
    await page.locator(".field-errors").first().waitFor();
  },
  "access-path": (page) => page.goto("/lines/access-path"),
  "access-path-check": (page) => chosen(page),
  "access-path-risk": async (page) => {
    await chosen(page);
    await page.locator(SUBMIT).click();
    await page.locator("#sure").waitFor();
  },
  "doors": (page) => page.goto("/lines/doors"),
};
const MENU = { "menu": (page) => page.goto("/menu"), "menu-access-path": (page) => page.goto("/menu/access-path"), "menu-access-path-check": (page) => chosen(page, "/menu/access-path") };

for (const { service } of STORAGE) {
  for (const language of ["ja", "en"]) {
    test(`every page of 回線認証 of ${service} in ${language}: axe-core, weight, console, hosts`, async (t) => {
      const wrong = [];
      const domain = `${language}.${service}.example.jp`;
      const look = async ({ page, heard }, visits) => {
        for (const [name, visit] of Object.entries(visits)) {
          await heard.weights();
          await visit(page);
          await page.waitForLoadState("networkidle");
          const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
          if (bytes >= WEIGHT && !/wrong|check|risk/.test(name)) wrong.push(`${name}: ${bytes} bytes`);
          wrong.push(...(await examine(page, name, { language, folder: SHOTS, contrast: true })));
        }
      };
      const boss = await open(t, service, null, { locale: language });
      await login(boss.page, `boss@${domain}`);
      await boss.page.goto("/lines");
      await boss.page.locator("#numbers").fill(`${OTHER}\n${WEST}`);
      await boss.page.locator("form .button-primary").click();
      await boss.page.locator("[data-part=number]").first().waitFor();
      await look(boss, PAGES);
      await login(boss.page, `boss@${domain}`, "/menu");
      await look(boss, MENU);
      const line = await open(t, service, LINE, { locale: language });
      await look(line, { "line-login": (page) => page.goto("/login"), "line-error": (page) => login(page, `taro@${domain}`) });
      const west = await open(t, service, WEST, { locale: language });
      await look(west, { "line-notice": (page) => login(page, `taro@${domain}`) });
      assert.deepEqual([...new Set(wrong)], []);
    });
  }
}
