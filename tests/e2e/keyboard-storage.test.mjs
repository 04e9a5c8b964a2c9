// The keyboard alone in the storage services: on every page of theirs Tab reaches everything that can be operated, in the order of
// the page, with a focus that is seen; and a link is redeemed without a mouse.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, MINUTE, startServer } from "./harness/harness.mjs";
import { newPage } from "./harness/chromium.mjs";
import { walk } from "./harness/keyboard.mjs";
import { tryLogin } from "./harness/login.mjs";
import { STORAGE, STORAGE_PASSWORD, linkIn, mailTo, smsProvider, storageContract } from "./harness/storage.mjs";

const BRANDS = JSON.stringify({ "cowork-storage": { terms: "https://terms.example.jp/", operator: "/static/img/neutral.svg" } });
const provider = await smsProvider();
const server = await startServer({ vars: { ...provider.vars, BRANDS, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await Promise.all([server.stop(), provider.stop()]);
});

for (const [index, { service }] of STORAGE.entries()) {
  const address = (name) => `${name}@${service}.keys.example.jp`;
  const at = (name, rest = "") => `/users/${encodeURIComponent(address(name))}${rest}`;
  const [boss, user, locked, invited, step] = ["boss", "user", "locked", "invited", "step"].map(address);

  test(`Tab reaches everything on the pages of ${service}, at 1280 and 390 px`, { timeout: 300_000 }, async (t) => {
    await storageContract(server, service, `K-${index}`, boss, [{ login: address("manager"), manager: true }, user, locked, { login: invited, ready: false }]);
    await storageContract(server, service, `K-${index}1`, address("other"), [step], { secondStep: true });
    const origin = server.origin(service);
    const link = async (to, seen = 0) => linkIn(await mailTo(server, to, seen), origin);
    await Promise.all(Array.from({ length: 10 }, () => tryLogin(server, locked, "Wrong-0000", { service })));
    let seen = server.mails().length;
    const [invitation, unlock] = [await link(invited), await link(locked)];
    await server.browser({ service }).post("/forgot", { login: user, operation: "0".repeat(32) });
    const reset = await link(user, seen);
    seen = server.mails().length;
    const manages = server.browser({ service });
    await manages.signIn(boss, STORAGE_PASSWORD);
    await server.clock.advance(MINUTE);
    await manages.submit(await manages.send(await manages.get(at("user", "/address")), { address: address("moved") }, at("user", "/address")), {}, at("user", "/address"));
    const moving = await link(address("moved"), seen);

    const page = await newPage(t, chromium, origin, { reducedMotion: "reduce" });
    const wrong = [];
    const signIn = async (login, door = "") => {
      await page.context().clearCookies();
      await page.goto(`${door}/login`);
      await page.locator("#login").fill(login);
      await page.locator("#password").fill(STORAGE_PASSWORD);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => !/^(\/menu)?\/login$/.test(url.pathname));
    };
    const walks = async (...paths) => {
      for (const one of paths) for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(one);
        assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, one);
        for (const finding of await walk(page)) wrong.push(`${one}, ${width}: ${finding}`);
      }
    };
    await walks("/login", "/forgot", "/menu/login", "/t/AbC", invitation, unlock, reset, moving);
    await signIn(step);
    await walks("/login/register", "/login/register/app");
    await signIn(boss);
    await walks("/", "/users", "/invite", "/invitations", "/import", "/account", "/history", at("user"), at("invited"), at("user", "/address"), at("user", "/mails"), at("invited", "/invitation/resend"), at("invited", "/invitation/withdraw"));
    await signIn(boss, "/menu");
    await walks("/menu", "/menu/password", "/menu/method", "/menu/address", "/menu/second-step", "/menu/settings", "/menu/contract", "/menu/plan", "/menu/cancel");
    await server.clock.advance(6 * MINUTE);
    await walks("/menu/confirm?next=%2Fmenu%2Faddress");
    assert.deepEqual(wrong, []);

    // From the mail to the login without a mouse.
    await page.context().clearCookies();
    await page.goto(invitation);
    await page.locator("#new").focus();
    await page.keyboard.type(STORAGE_PASSWORD);
    for (let pressed = 0; pressed < 5 && (await page.evaluate(() => document.activeElement.id)) !== "again"; pressed += 1) await page.keyboard.press("Tab");
    await page.keyboard.type(STORAGE_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("以下の内容でお間違えありませんでしょうか？").waitFor();
    for (let pressed = 0; pressed < 5 && (await page.evaluate(() => document.activeElement.innerText)) !== "確認"; pressed += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("利用者登録が完了しました。").waitFor();
    for (let pressed = 0; pressed < 5 && (await page.evaluate(() => document.activeElement.innerText)) !== "OK"; pressed += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/login");
  });
}
