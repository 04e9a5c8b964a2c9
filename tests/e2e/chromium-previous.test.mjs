// 旧パスワードで待ち受け中, 猶予を今すぐ終了 and 「以前の端末を拒否する」 as administrators meet them: in Chromium, with JavaScript and without it;
// 反映 that nobody acknowledges, in both languages; what axe-core says of each page in both languages and themes; pictures in
// .out/shots-previous for people to look at.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";
import { album, examine, WEIGHT } from "./harness/look.mjs";

const SHOTS = album("shots-previous");

const server = await startServer({ wrapped: false, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const ADMINISTRATOR = "admin.previous";
const WAITING = ["with.1", "with.2", "without.1", "without.2", "one.with", "one.without", "stays.1", "stays.2"];
await contract(server, "800000005", ADMINISTRATOR, [...WAITING, "comes.1", "phone.with", "phone.without", "phone.look", "late.ja", "late.en"]);
await contract(server, "800000006", "admin.empty");
const admin = await signedIn(server, ADMINISTRATOR);
const clients = new Map();
async function connect(login) {
  const client = await server.device({ login, password: PASSWORD, role: "client", name: `DESKTOP-${login}`, os: "Windows 11" });
  await client.next("welcome");
  clients.set(login, client);
  return client;
}
/** The administrator sets a password that stays, with the grace. */
async function force(login) {
  const path = `/users/${login}/password`;
  const { temporary: _, ...fields } = (await admin.get(`/users/${login}`)).forms().find(({ action }) => action === path).fields;
  await admin.post(path, { ...fields, new: NEW_PASSWORD, again: NEW_PASSWORD });
}
for (const login of WAITING) {
  await connect(login);
  await force(login);
}
await until(async () => {
  const { text } = await admin.get("/previous");
  return WAITING.every((login) => text.includes(login));
}, 20_000);
const phones = new Map();
for (const login of ["phone.with", "phone.without", "phone.look"]) phones.set(login, (await phoneLogin(server, { login })).body.device_key);
// Devices say that they are there, as long as the tests last.
const pings = setInterval(() => clients.forEach(({ socket }) => socket.readyState === 1 && socket.send("ping")), 20_000);
after(() => clearInterval(pings));

async function person(t, login, { password = PASSWORD, ...options } = {}) {
  const context = await chromium.newContext({ locale: "ja", baseURL: server.origin(), reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [server.origin()]);
  });
  const page = await context.newPage();
  await page.goto("/login");
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(password);
  await page.locator("main .button-primary").click();
  await page.waitForURL((url) => url.pathname !== "/login");
  return { page, heard };
}
const box = (page, name) => page.getByLabel(`${name} を選択`);
const results = (page) => page.locator("dl .row").evaluateAll((all) => all.map((row) => row.innerText.split(/\s+/).filter(Boolean)));
const closed = async (login) => assert.equal((await clients.get(login).closed).code, 4003);

for (const [how, javaScriptEnabled] of [["with", true], ["without", false]]) {
  test(`cw_119 cw_123 of two of many the grace is ended, ${how} JavaScript`, async (t) => {
    const { page } = await person(t, ADMINISTRATOR, { javaScriptEnabled });
    await page.getByRole("link", { name: "ユーザ管理" }).first().click();
    await page.getByRole("link", { name: "旧パスワードで待ち受け中" }).click();
    await page.getByLabel("すべて選択").waitFor({ state: javaScriptEnabled ? "visible" : "hidden" });
    await page.locator("tr", { hasText: `DESKTOP-${how}.1` }).getByText("あと30日").waitFor();
    for (const name of [`${how}.1`, `${how}.2`]) await box(page, name).check();
    await page.getByRole("button", { name: "選択したユーザの猶予を今すぐ終了" }).click();
    await page.getByText("古いパスワードの猶予を今すぐ終了します。").waitFor();
    await page.getByText("対象のユーザ: 2人").first().waitFor();
    await page.getByRole("button", { name: "OK" }).click();
    await page.getByText("2人中2人の古いパスワードの猶予を終了しました。").waitFor();
    assert.deepEqual((await results(page)).map(([name, ...rest]) => [name, rest.join("")]).sort(), [`${how}.1`, `${how}.2`].map((name) => [name, "終了しました"]));
    for (const name of [`${how}.1`, `${how}.2`]) await closed(name);
    await page.getByRole("link", { name: "旧パスワードで待ち受け中へ戻る" }).click();
    await until(async () => {
      if (!javaScriptEnabled) await page.reload();
      return !(await page.locator("tbody").innerText()).includes(`${how}.`);
    }, 20_000);
  });

  test(`cw_119 on the page of a user the grace is ended, ${how} JavaScript, and the receipt tells that the PC was closed`, async (t) => {
    const login = `one.${how}`;
    const { page } = await person(t, ADMINISTRATOR, { javaScriptEnabled });
    await page.goto(`/users/${login}`);
    await page.getByText("接続中のクライアントは、古いパスワードで待ち受けています。").waitFor();
    await page.getByRole("link", { name: "猶予を今すぐ終了" }).click();
    const question = javaScriptEnabled ? page.getByRole("dialog", { name: "確認" }) : page.locator("main");
    await question.getByText("古いパスワードの猶予を今すぐ終了します。").waitFor();
    await question.getByText(`クライアント（接続先機器）「DESKTOP-${login}」の接続`).waitFor();
    await question.getByRole("button", { name: "OK" }).click();
    await page.getByText("古いパスワードの猶予を終了しました。", { exact: true }).first().waitFor();
    await closed(login);
    await until(async () => {
      if (!javaScriptEnabled) await page.reload();
      return /クライアント（接続先機器）「DESKTOP-one\.\w+」: 切断されました/.test(await page.locator("[data-part=receipt]").innerText());
    });
    assert.equal(await page.getByRole("link", { name: "猶予を今すぐ終了" }).count(), 0);
  });

  test(`cw_065 「以前の端末を拒否する」 is off, and chosen it refuses the phone, ${how} JavaScript`, async (t) => {
    const login = `phone.${how}`;
    const { page } = await person(t, ADMINISTRATOR, { javaScriptEnabled });
    await page.goto(`/users/${login}`);
    await page.getByRole("link", { name: "初期化" }).click();
    const question = javaScriptEnabled ? page.getByRole("dialog", { name: "確認" }) : page.locator("main");
    const choice = question.getByRole("checkbox", { name: "以前の端末を拒否する" });
    await choice.waitFor();
    assert.equal(await choice.isChecked(), false);
    await choice.check();
    if (javaScriptEnabled) {
      // A change behind the open question leaves the choice as it is.
      await act(login, "unlock");
      await (await server.device({ login, password: PASSWORD, role: "client", name: "DESKTOP-LATE" })).next("welcome");
      await until(async () => /接続中|登録が消えます/.test(await question.innerText()));
      assert.equal(await choice.isChecked(), true);
    }
    await question.getByRole("button", { name: "OK" }).click();
    await page.getByText("端末認証情報を初期化し、以前の端末を拒否しました。").waitFor();
    await page.locator("[data-part=receipt]").getByText("以前の端末を拒否しました（iPhone16,1）。").waitFor();
    const refused = await phoneLogin(server, { login, key: phones.get(login) });
    assert.deepEqual([refused.status, refused.body.error], [403, "device_not_registered"]);
    assert.equal((await phoneLogin(server, { login })).status, 200, "another phone");
  });
}
const act = (login, what) => admin.get(`/users/${login}/${what}`).then((question) => admin.submit(question, {}, `/users/${login}/${what}`));

test("cw_074 cw_123 a row comes when a PC begins to wait with the old password, and goes with it; what was chosen stays", async (t) => {
  const { page } = await person(t, ADMINISTRATOR);
  await page.goto("/previous");
  await page.getByText("状態の変化は、この画面に自動で反映されます。").waitFor();
  await box(page, "stays.1").check();
  const client = await connect("comes.1");
  await force("comes.1");
  await box(page, "comes.1").waitFor();
  await page.locator("tr", { hasText: "DESKTOP-comes.1" }).getByText("あと30日").waitFor();
  assert.equal(await box(page, "stays.1").isChecked(), true);
  client.close();
  await box(page, "comes.1").waitFor({ state: "detached" });
  assert.equal(await box(page, "stays.1").isChecked(), true);
});

test("cw_123 the file is a link away", async (t) => {
  const { page } = await person(t, ADMINISTRATOR);
  await page.goto("/previous");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSVで保存" }).click()]);
  assert.match(file.suggestedFilename(), /^previous-800000005-\d{4}-\d\d-\d\d\.csv$/);
  const text = readFileSync(await file.path(), "utf8");
  assert.ok(text.startsWith("\ufeffユーザ名,") && /^stays\.1,DESKTOP-stays\.1,Windows 11,/m.test(text), text);
});

for (const [locale, javaScriptEnabled, waits, late] of [
  ["ja", true, /に反映しています…/, /「DESKTOP-late\.ja」に反映されませんでした。\s*クライアントプログラムからの応答がありません。古いパスワードのままでも、変更後30日間は待ち受けできます。/],
  ["en", false, /is being applied to/, /“DESKTOP-late\.en” has not taken over the change\.\s*The client program has not answered\. With the old password it can wait for connections for 30 days/],
]) {
  test(`cw_111 cw_115 cw_116 ten seconds without an answer, in ${locale}, ${javaScriptEnabled ? "by itself" : "without JavaScript a reload away"}: not reflected, and the thirty days are named`, async (t) => {
    const login = `late.${locale}`;
    await connect(login);
    const { page } = await person(t, login, { locale, javaScriptEnabled });
    await page.goto("/password");
    for (const [field, value] of [["current", PASSWORD], ["new", NEW_PASSWORD], ["again", NEW_PASSWORD]]) await page.locator(`#${field}`).fill(value);
    await page.locator("main form .button-primary").last().click();
    const state = page.locator("[data-part=client]");
    await state.filter({ hasText: waits }).waitFor();
    if (javaScriptEnabled) await state.filter({ hasText: late }).waitFor({ timeout: 20_000 });
    else {
      await page.locator("noscript a, [data-part=client] a[href='/password']").first().waitFor({ state: "attached" });
      await until(async () => {
        await page.goto("/password");
        return late.test(await state.innerText());
      }, 20_000);
    }
  });
}

const dialog = (address, what) => async (page) => {
  await page.goto(address);
  await page.locator(`[data-dialog=${what}]`).click();
  await page.locator("dialog[open] form").waitFor();
};
const PAGES = {
  "previous": (page) => page.goto("/previous"),
  "previous-nothing-selected": (page) => page.goto("/previous/end"),
  "previous-confirm": (page) => page.goto("/previous/end?user.stays.1=on&user.stays.2=on&user.comes.1=on"),
  "previous-results": async (page) => {
    await page.goto("/previous/end?user.with.1=on&user.nobody.1=on");
    await page.locator("main form .button-danger").click();
    await page.waitForURL((url) => !url.search);
  },
  "users-with-previous": (page) => page.goto("/users"),
  "user-grace": (page) => page.goto("/users/stays.1"),
  "confirm-grace": (page) => page.goto("/users/stays.1/grace"),
  "dialog-grace": dialog("/users/stays.1", "end-grace"),
  "confirm-reset": (page) => page.goto("/users/phone.look/device/reset"),
  "dialog-reset": dialog("/users/phone.look", "reset-device"),
};
for (const language of ["ja", "en"]) {
  test(`every page of the list, of the grace and of the reset in ${language}: axe-core, weight, console, hosts`, async (t) => {
    const wrong = [];
    for (const [who, pages] of [[ADMINISTRATOR, PAGES], ["admin.empty", { "previous-none": (page) => page.goto("/previous") }]]) {
      const { page, heard } = await person(t, who, { locale: language });
      for (const [name, visit] of Object.entries(pages)) {
        await heard.weights();
        await visit(page);
        await page.waitForLoadState("networkidle");
        const bytes = [...(await heard.weights()).values()].reduce((sum, size) => sum + size, 0);
        if (bytes >= WEIGHT && !name.startsWith("dialog")) wrong.push(`${name}: ${bytes} bytes`);
        wrong.push(...(await examine(page, name, { language, folder: SHOTS, fullPage: !name.startsWith("dialog") })));
      }
    }
    assert.deepEqual([...new Set(wrong)], []);
  });
}
