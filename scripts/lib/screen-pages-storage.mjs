// The storage services' part of what `scripts/screens` takes pictures of; rows as in screen-pages.mjs, each with its service.

import { tryLogin } from "../../tests/e2e/harness/login.mjs";
import { STORAGE_PASSWORD, linkIn, mailTo, registerByApp, smsAfter, storageContract } from "../../tests/e2e/harness/storage.mjs";
import { codeAt } from "../../tests/e2e/harness/totp.mjs";

const [SERVICE, OTHER] = ["worksdrive", "cowork-storage"];
const [BOSS, MANAGER, USER, LOCKED, INVITED, MOVED] = ["yamada", "sato", "suzuki", "takahashi", "ito", "suzuki.hanako"].map((name) => `${name}@sample.example.jp`);
const [CHIEF, PHONE, APP] = ["tanaka", "nakamura", "kobayashi"].map((name) => `${name}@mihon.example.jp`);
const NAMES = "鈴木 花子,高橋 美咲,渡辺 大輔,山本 恵,加藤 誠,吉田 明美".split(",");
const of = (login, rest = "") => `/users/${encodeURIComponent(login)}${rest}`;

/** Contracts, people, and the links of their mails. */
export async function storageSituation(server, provider, at) {
  await at("2026-11-19 09:00:00");
  const others = NAMES.slice(2).map((name, index) => ({ name, login: `user${index + 1}@sample.example.jp` }));
  await storageContract(server, SERVICE, "W-100", BOSS, [
    { login: MANAGER, name: "佐藤 健太", manager: true }, { login: USER, name: NAMES[0] }, { login: LOCKED, name: NAMES[1] }, { login: INVITED, name: "伊藤 直美", ready: false }, ...others,
  ]);
  await storageContract(server, SERVICE, "W-200", CHIEF, [{ login: PHONE, name: "中村 拓也" }, { login: APP, name: "小林 優子" }], { secondStep: true });
  const browser = () => server.browser({ service: SERVICE, ip: "203.0.113.24" });
  const link = async (to, seen = 0) => linkIn(await mailTo(server, to, seen), browser().origin);
  const register = await link(INVITED);
  await at("2026-11-19 10:00:00");
  await Promise.all(Array.from({ length: 10 }, () => tryLogin(server, LOCKED, "Wrong-0000", { service: SERVICE })));
  const unlock = await link(LOCKED);
  let seen = server.mails().length;
  await browser().post("/forgot", { login: USER, operation: "0".repeat(32) });
  const reset = await link(USER, seen);
  seen = server.mails().length;
  const boss = browser();
  await boss.signIn(BOSS, STORAGE_PASSWORD);
  const path = of(USER, "/address");
  await boss.submit(await boss.send(await boss.get(path), { address: MOVED }, path), {}, path);
  const address = await link(MOVED, seen);
  await at("2026-11-19 11:00:00");
  const app = browser();
  await app.signIn(APP, STORAGE_PASSWORD);
  const { seed } = await registerByApp(server, app, { remember: true });
  return { links: { register, unlock, reset, address }, storageSeed: seed, sms: (sent) => smsAfter(server, provider, sent), sent: () => provider.messages.length };
}

const go = (path) => (page) => page.goto(path);
const submit = (page) => page.locator("main form:not(.who-out) .button-primary").first().click();
/** Opens a page, fills these fields and sends the form. */
const send = (path, fields) => async (page, facts) => {
  if (path) await page.goto(typeof path === "function" ? path(facts) : path);
  for (const [id, value] of Object.entries(fields)) await page.locator(`#${id}`).fill(value);
  await submit(page);
  await page.waitForLoadState();
};
const linked = (name) => (page, facts) => page.goto(facts.links[name]);
const nobody = () => null;
const as = (login, door = "") => () => ({ login, password: STORAGE_PASSWORD, door });
const [boss, menu, phone, app, owner] = [as(BOSS), as(BOSS, "/menu"), as(PHONE), as(APP), as(CHIEF, "/menu")];
/** A button of あなたの接続 that leads to a page of its own without JavaScript. */
const behind = (what) => async (page) => {
  await page.goto("/account");
  await page.goto(await page.locator(`[data-dialog=${what}]`).first().getAttribute("href"));
};
const passwords = { new: STORAGE_PASSWORD, again: STORAGE_PASSWORD };

export const STORAGE_PAGES = [
  ["storage-login", nobody, "WORKSDRIVE: ログイン", go("/login"), { main: true }],
  ["storage-login-wrong", nobody, "ログイン: 誤り", send("/login", { login: "nobody@sample.example.jp", password: "Wrong-0000" })],
  ["storage-login-locked", nobody, "ログイン: ロック", send("/login", { login: LOCKED, password: STORAGE_PASSWORD })],
  ["storage-forgot", nobody, "パスワードを忘れた方", go("/forgot")],
  ["storage-forgot-sent", nobody, "パスワードを忘れた方: 送信後", send("/forgot", { login: "nobody@sample.example.jp" })],
  ["storage-link-foreign", nobody, "使えないリンク", go("/t/AbC")],
  ["storage-link-register", nobody, "利用者ログイン登録", linked("register"), { main: true }],
  ["storage-link-check", nobody, "申込確認", send((facts) => facts.links.register, passwords)],
  ["storage-link-unlock", nobody, "アカウントロックの解除", linked("unlock")],
  ["storage-link-reset", nobody, "リセットパスワード", linked("reset")],
  ["storage-link-reset-errors", nobody, "リセットパスワード: 誤り", send((facts) => facts.links.reset, { new: "short", again: "other" })],
  ["storage-link-address", nobody, "メールアドレス変更のリンク", linked("address")],

  ["storage-phone", phone, "2段階認証の登録: 電話番号", go("/login/register")],
  ["storage-phone-code", phone, "2段階認証の登録: 認証コード", send("/login/register", { phone: "090-1234-5678" })],
  ["storage-phone-app", phone, "2段階認証の登録: QRコード", go("/login/register/app")],
  ["storage-recovery-code", phone, "リカバリーコード", async (page, facts) => {
    await page.goto("/login/register/code");
    await page.locator("#code").fill((await facts.sms(facts.sent() - 1)).code);
    await submit(page);
    await page.waitForURL("**/login/recovery-code");
  }],
  ["storage-registered", phone, "2段階認証の登録完了", async (page) => {
    await page.locator("#kept").check();
    await submit(page);
    await page.waitForURL("**/login/registered");
  }],
  ["storage-code", app, "2段階認証: 認証コード", go("/login/code")],
  ["storage-lost", app, "デバイスを紛失した場合", go("/login/recovery")],
  ["storage-account", app, "あなたの接続: 記憶しているブラウザ", async (page, facts) => {
    await page.goto("/login/code");
    await page.locator("#code").fill(codeAt(facts.storageSeed, facts.now()));
    await page.locator("#remember").check();
    await submit(page);
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto("/account");
  }],
  ["storage-forget-browser", app, "記憶の終了（JavaScript なし）", behind("forget-browser")],
  ["storage-forget-browsers", app, "すべての記憶を終了（JavaScript なし）", go("/account/browsers/forget")],

  ["storage-top", boss, "トップ（契約者）", go("/"), { main: true }],
  ["storage-users", boss, "管理コンソール: ユーザ一覧", go("/users"), { main: true }],
  ["storage-user", boss, "利用者の詳細", go(of(USER)), { main: true }],
  ["storage-user-invited", boss, "利用者の詳細: 招待中", go(of(INVITED))],
  ["storage-address", boss, "利用者のメールアドレス変更", go(of(USER, "/address"))],
  ["storage-address-sure", boss, "利用者のメールアドレス変更: 確認", send(of(MANAGER, "/address"), { address: "sato.kenta@sample.example.jp" })],
  ["storage-mails", boss, "最近のメール", go(of(USER, "/mails"))],
  ["storage-invite", boss, "利用者を招待", go("/invite")],
  ["storage-invitations", boss, "招待中の利用者", go("/invitations")],
  ["storage-resend", boss, "招待の再送（JavaScript なし）", go(of(INVITED, "/invitation/resend"))],
  ["storage-withdraw", boss, "招待の取り消し（JavaScript なし）", go(of(INVITED, "/invitation/withdraw"))],
  ["storage-import", boss, "CSVで一括招待", go("/import")],

  ["menu-login", nobody, "認証・契約情報変更ログイン", go("/menu/login")],
  ["menu", menu, "認証・契約情報変更メニュー", go("/menu"), { main: true }],
  ["menu-password", menu, "メニュー: パスワード変更", go("/menu/password")],
  ["menu-method", menu, "メニュー: ログイン方法の設定", go("/menu/method")],
  ["menu-address", menu, "メニュー: メールアドレス変更", go("/menu/address")],
  ["menu-second-step", menu, "メニュー: 2段階認証設定", go("/menu/second-step")],
  ["menu-settings", menu, "メニュー: その他の設定", go("/menu/settings"), { main: true }],
  // Five minutes after the login the password is asked for first.
  ["menu-contract", menu, "メニュー: 契約情報変更", async (page) => {
    await page.goto("/menu/contract");
    if (!new URL(page.url()).pathname.endsWith("/confirm")) return;
    await page.locator("#password").fill(STORAGE_PASSWORD);
    await submit(page);
    await page.waitForURL("**/menu/contract");
  }],
  ["menu-plan", menu, "メニュー: プラン変更", go("/menu/plan")],
  ["menu-cancel", menu, "メニュー: 解約", go("/menu/cancel")],
  ["menu-confirm", menu, "メニュー: パスワードの確認", go("/menu/confirm?next=%2Fmenu%2Faddress")],
  ["menu-code", as(APP, "/menu"), "メニュー: 認証コード", go("/menu/login/code")],
  ["menu-register", owner, "メニュー: 2段階認証の登録", go("/menu/login/register")],
  ["storage-other-login", nobody, "コワークストレージ: ログイン", go("/login"), { service: OTHER }],
].map(([name, who, title, visit, more]) => [name, who, title, visit, { service: SERVICE, ...more }]);
