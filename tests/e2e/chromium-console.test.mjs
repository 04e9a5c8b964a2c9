// 管理コンソール as contractors and managers meet it: invited, resent, withdrawn, an address changed, many imported, in Chromium with JavaScript
// and without it; what axe-core says of each page in both brands, languages and themes; pictures in .out/shots-console for people to look at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { until } from "./harness/people.mjs";
import { STORAGE, STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-console");

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
for (const [at, { service }] of STORAGE.entries()) {
  const domain = `${service}.example.jp`;
  await storageContract(server, service, `70${at}`, `boss@${domain}`, [
    { login: `manager@${domain}`, manager: true, name: "佐藤 次郎" },
    ...["with", "without"].map((name) => `${name}@${domain}`),
    { login: `a.person.with.a.long.address.in.a.long.department@section.branch.${domain}`, name: "長谷川 長太郎" },
    { login: `waiting@${domain}`, name: "伊藤 五郎", ready: false },
  ]);
  await storageContract(server, service, `71${at}`, `alone@${domain}`);
}

async function person(t, service, login, options = {}) {
  const origin = server.origin(service);
  const context = await chromium.newContext({ locale: "ja", baseURL: origin, reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [origin]);
  });
  const page = await context.newPage();
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(STORAGE_PASSWORD);
  await page.locator("main .button-primary").click();
  await page.waitForURL((url) => url.pathname === "/");
  return { page, heard };
}
const at = (address) => `/users/${encodeURIComponent(address)}`;

for (const { service } of STORAGE) {
  for (const [how, javaScriptEnabled] of [["with", true], ["without", false]]) {
    test(`st_070 st_106, ${service}: a user is invited, sent again, withdrawn, and another's address changed, ${how} JavaScript`, async (t) => {
      const domain = `${service}.example.jp`;
      const { page } = await person(t, service, `boss@${domain}`, { javaScriptEnabled });
      await page.getByRole("link", { name: "管理コンソール" }).first().click();
      await page.getByRole("heading", { name: "ユーザ一覧" }).waitFor();
      await page.getByRole("link", { name: "利用者を招待" }).click();
      const guest = `guest.${how}@${domain}`;
      await page.getByLabel("氏名").fill("招待 花子");
      await page.getByLabel("メールアドレス").fill(guest);
      await page.getByRole("button", { name: "招待" }).click();
      await page.getByText("招待のメールをお送りします。").waitFor();
      await page.getByText("招待中です。").waitFor();

      await page.getByRole("link", { name: "再送" }).click();
      await page.getByText("利用者登録のご案内をもう一度お送りします。").waitFor();
      await page.getByText("前にお送りしたリンクは使えなくなります。").waitFor();
      assert.equal(await page.locator("dialog[open]").count(), javaScriptEnabled ? 1 : 0);
      await page.getByRole("button", { name: "OK" }).click();
      await page.getByText("直前にお送りしたばかり").waitFor();
      await page.getByRole("link", { name: "取り消し" }).click();
      await page.getByText("この招待を取り消します。").waitFor();
      await page.getByRole("button", { name: "OK" }).click();
      await page.getByText("招待を取り消しました。").waitFor();

      await page.goto(at(`${how}@${domain}`));
      await page.getByRole("link", { name: "メールアドレス変更" }).click();
      await page.getByLabel("メールアドレス").fill(`renewed.${how}@${domain}`);
      await page.getByRole("button", { name: "送信" }).click();
      await page.getByText("指定されたメールアドレスに確認メールを送信します。").waitFor();
      await page.getByText("よろしいですか？").waitFor();
      await page.getByRole("link", { name: "Cancel" }).waitFor();
      await page.getByRole("button", { name: "OK" }).click();
      await page.getByText("新しいメールアドレスに確認メールをお送りします。").waitFor();
      await page.getByText(`renewed.${how}@${domain} への変更を待っています`).waitFor();
      await page.getByRole("link", { name: "最近のメールを見る" }).click();
      await page.getByText("メールアドレス変更登録").waitFor();

      await page.goto("/import");
      await page.getByRole("link", { name: "別のファイルを確認" }).click({ timeout: 1000 }).catch(() => {});
      const rows = ["氏名,メールアドレス", ...Array.from({ length: 30 }, (_, row) => `花子,${how}${row}@${domain}`), "花子,x@"].join("\n");
      await page.getByLabel("CSVファイル").setInputFiles({ name: "users.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
      await page.getByRole("button", { name: "内容を確認" }).click();
      await page.getByText("誤りのある行").first().waitFor();
      await page.getByRole("button", { name: "30人を招待" }).click();
      await until(async () => {
        if (!javaScriptEnabled) await page.goto("/import");
        return (await page.locator("main").innerText()).includes("一括招待が終わりました");
      }, 30_000);
      await page.getByText("30人中 30人").first().waitFor();
    });
  }
}

const pages = (domain) => ({
  "top": (page) => page.goto("/"),
  "users": (page) => page.goto("/users"),
  "member": (page) => page.goto(at(`manager@${domain}`)),
  "member-invited": (page) => page.goto(at(`waiting@${domain}`)),
  "member-resend": (page) => page.goto(`${at(`waiting@${domain}`)}/invitation/resend`),
  "member-withdraw": (page) => page.goto(`${at(`waiting@${domain}`)}/invitation/withdraw`),
  "member-reset": (page) => page.goto(`${at(`manager@${domain}`)}/factor/reset`),
  "member-mails": (page) => page.goto(`${at(`waiting@${domain}`)}/mails`),
  "member-address": (page) => page.goto(`${at(`manager@${domain}`)}/address`),
  "member-address-sure": async (page) => {
    await page.goto(`${at(`manager@${domain}`)}/address`);
    await page.locator("#address").fill(`new@${domain}`);
    await page.locator("main .button-primary").click();
    await page.locator(".effects").waitFor();
  },
  "invite": (page) => page.goto("/invite"),
  "invite-wrong": async (page) => {
    await page.goto("/invite");
    await page.locator("#name").fill("A");
    await page.locator("#address").fill(`manager@${domain}`);
    await page.locator("main .button-primary").click();
    await page.locator(".field-errors").first().waitFor();
  },
  "invitations": (page) => page.goto("/invitations"),
  "import": (page) => page.goto("/import?new=1"),
  "import-wrong": async (page) => {
    await page.goto("/import?new=1");
    await page.locator("main .button-primary").click();
    await page.locator(".field-errors").first().waitFor();
  },
  "import-checked": async (page) => {
    await page.goto("/import?new=1");
    await page.locator("#text").fill(`氏名,メールアドレス,管理者権限,サービス提供開始日\n花子,new.one@${domain},なし,\n,x@,maybe,2026-02-30\n佐藤,manager@${domain},,`);
    await page.locator("main .button-primary").click();
    await page.locator("table").waitFor();
  },
});
// The brands differ by words and colours, the languages by words: a brand a language meets them all.
for (const [service, language] of [["worksdrive", "ja"], ["cowork-storage", "en"]]) {
  test(`every page of the console of ${service} in ${language}: axe-core, weight, console, hosts`, async (t) => {
    const wrong = [];
    const domain = `${service}.example.jp`;
    const none = { "users-none": (page) => page.goto("/users"), "invitations-none": (page) => page.goto("/invitations") };
    for (const [who, visits] of [[`boss@${domain}`, pages(domain)], [`alone@${domain}`, none]]) {
      const { page, heard } = await person(t, service, who, { locale: language });
      for (const [name, visit] of Object.entries(visits)) {
        await heard.weights();
        await visit(page);
        await page.waitForLoadState("networkidle");
        const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
        if (bytes >= WEIGHT && !/wrong|sure|checked/.test(name)) wrong.push(`${name}: ${bytes} bytes`);
        wrong.push(...(await examine(page, name, { language, folder: SHOTS, contrast: true })));
      }
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}
