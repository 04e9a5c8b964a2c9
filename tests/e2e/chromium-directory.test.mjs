// Active Directory as people meet it (ST-040 to ST-045), in Chromium with JavaScript and without it, against a real OpenID provider in the
// shape of AD FS: the contractor sets and tests it, a user registers with it, logs in by the connection's address and confirms by it that
// it is him, another changes to it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { openPage } from "./harness/chromium.mjs";
import { album, examine } from "./harness/look.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { STORAGE, STORAGE_PASSWORD, linkIn, mailTo, methodLink, storageContract } from "./harness/storage.mjs";

const SHOTS = album("shots-directory");

const providers = await openidProviders([{ id: "ad", label: "AD FS", kind: "adfs", redirect: "adfs-[a-z0-9]{18}", configured: false }]);
const ad = providers.get("ad");
const server = await startServer({ providers, vars: { IDENTITY_PROVIDERS: null, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await Promise.all([server.stop(), providers.stop()]);
});

async function person(t, service, options = {}) {
  const origin = server.origin(service);
  return (await openPage(t, chromium, origin, options, [ad.origin])).page;
}

for (const [index, { service }] of STORAGE.entries()) {
  for (const javaScriptEnabled of [true, false]) {
    const language = javaScriptEnabled ? "ja" : "en";
    test(`st_040 to st_045 st_103 st_108 ${service}: set, tested, registered, logged in, changed to by the mailed link ${javaScriptEnabled ? "with" : "without"} JavaScript`, async (t) => {
      const number = `84${index}${Number(javaScriptEnabled)}`;
      const [boss, user, other] = ["boss", "user", "other.person.with.a.long.address"].map((name) => `${name}@${number}.chromium-directory.example.jp`);
      await storageContract(server, service, number, boss, [{ login: user, ready: false }, other]);
      const wrong = [];
      const look = async (page, name) => {
        if (javaScriptEnabled) wrong.push(...(await examine(page, `${service}-${name}`, { language, folder: SHOTS, contrast: true })));
      };
      const page = await person(t, service, { javaScriptEnabled });
      await page.goto("/menu/login");
      await page.locator("#login").fill(boss);
      await page.locator("#password").fill(STORAGE_PASSWORD);
      await page.locator("main .button-menu").click();
      await page.getByRole("link", { name: "Active Directory設定" }).click();
      await page.getByText("契約者は、Active Directoryアカウントは選択できません。").waitFor();
      await look(page, "new");
      await page.getByRole("button", { name: "接続IDを発行" }).click();
      await page.getByText("AD FSに登録するリダイレクトURI").first().waitFor();
      const id = /adfs-[a-z0-9]{18}/.exec(await page.locator("main").innerText())[0];
      await look(page, "issued");
      await page.getByLabel("発行者 (issuer) またはメタデータのURL").fill(ad.issuer);
      await page.getByLabel("クライアントID").fill(ad.clientId);
      await page.getByLabel("クライアントシークレット").fill(ad.secret);
      await page.getByRole("button", { name: "保存" }).click();
      await page.getByText("テストログインが必要です").waitFor();
      await look(page, "draft");
      await page.getByRole("button", { name: "テストログイン" }).click();
      await page.getByRole("button", { name: ad.accounts[0].upn }).click();
      await page.getByText("テストログインに成功し、設定が有効になりました。").waitFor();
      await look(page, "active");
      await server.clock.advance(SECOND);

      const mine = await person(t, service, { javaScriptEnabled });
      await mine.goto(linkIn(await mailTo(server, user), server.origin(service)));
      await look(mine, "register");
      await mine.getByRole("button", { name: "Active Directoryアカウントで登録" }).click();
      await mine.getByRole("heading", { name: "接続ID確認画面" }).waitFor();
      await mine.getByText(id).waitFor();
      await look(mine, "check");
      await mine.getByRole("button", { name: "確認" }).click();
      await mine.getByRole("button", { name: ad.accounts[1].upn }).click();
      await mine.getByRole("heading", { name: "申込確認" }).waitFor();
      await mine.getByText("EXAMPLE\\jiro").waitFor();
      await look(mine, "shown");
      await mine.getByRole("button", { name: "確認" }).click();
      await mine.getByRole("heading", { name: "申込完了" }).waitFor();
      await server.clock.advance(2 * SECOND);

      await mine.goto("/federation");
      await look(mine, "find");
      await mine.getByLabel("Active Directoryの接続ID").fill(id);
      await mine.getByRole("button", { name: "次へ" }).click();
      await mine.getByRole("link", { name: "確認" }).click();
      await mine.waitForURL(`${server.origin(service)}/`);
      const words = (await mine.locator("body").textContent()).replaceAll(/[\s\u200b]/g, "");
      assert.ok(words.includes(user), `${mine.url()} ${words}`);

      const admin = server.browser({ service });
      await admin.signIn(boss, STORAGE_PASSWORD);
      const changed = await person(t, service, { javaScriptEnabled });
      await changed.goto(await methodLink(server, admin, other));
      await look(changed, "method");
      await changed.getByRole("button", { name: "Active Directoryアカウントで登録" }).click();
      await changed.getByRole("heading", { name: "接続ID確認画面" }).waitFor();
      await changed.getByText(id).waitFor();
      await changed.getByRole("button", { name: "確認" }).click();
      await changed.getByRole("button", { name: ad.accounts[0].upn }).click();
      await changed.getByText("EXAMPLE\\hanako").waitFor();
      await look(changed, "method-shown");
      await changed.getByRole("button", { name: "確認" }).click();
      await changed.getByRole("heading", { name: "ログイン方法を変更しました" }).waitFor();
      await look(changed, "method-done");
      await server.clock.advance(2 * SECOND);
      await changed.goto(`/federation/${id}`);
      await changed.waitForURL(`${server.origin(service)}/`);
      // Five minutes later he is asked for it again, by a form that leads to his own server.
      await server.clock.advance(6 * MINUTE);
      await mine.goto("/confirm?next=/account");
      await look(mine, "confirm");
      await mine.getByRole("button", { name: "Active Directoryアカウントで確認" }).click();
      await mine.getByRole("button", { name: ad.accounts[1].upn }).click();
      await mine.waitForURL(`${server.origin(service)}/account`);
      assert.deepEqual(wrong, []);
    });
  }
}
