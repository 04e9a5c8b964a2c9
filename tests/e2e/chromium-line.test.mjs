// 回線認証 as people meet it (ST-060 to ST-069): the contractor sets it up, changes the access path and finds the way out; others log in over
// a line, through a gateway that is Chromium's proxy. With and without JavaScript; what axe-core says of each page in both brands,
// languages and themes; pictures in .out/shots-line for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openPage } from "./harness/chromium.mjs";
import { gateway, gatewayKey } from "./harness/gateway.mjs";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { STORAGE, STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-line");

const [LINE, OTHER, WEST] = ["CAF0123456789", "COP01234567", "CAF9876543210"];
const key = gatewayKey();
const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000", LINE_GATEWAY_JWK: key.jwk } });
const lines = gateway(server, key);
const port = { [LINE]: await lines.plug(LINE), [OTHER]: await lines.plug(OTHER), [WEST]: await lines.plug(WEST, { area: "west" }) };
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await lines.stop();
  await server.stop();
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
  const proxy = line ? { proxy: { server: `http://127.0.0.1:${port[line]}`, bypass: "<-loopback>" } } : {};
  return openPage(t, chromium, origin, { ...proxy, ...options });
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
