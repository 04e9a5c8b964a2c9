// The storage services' part of what `scripts/screens` takes pictures of; rows as in screen-pages.mjs, each with its service.

import { choose } from "../../tests/e2e/harness/chromium.mjs";
import { tryLogin } from "../../tests/e2e/harness/login.mjs";
import { USUAL, chooseLinked, openidProviders, through } from "../../tests/e2e/harness/openid.mjs";
import { until } from "../../tests/e2e/harness/people.mjs";
import { STORAGE_PASSWORD, linkIn, mailTo, registerByApp, smsAfter, storageContract } from "../../tests/e2e/harness/storage.mjs";
import { codeAt } from "../../tests/e2e/harness/totp.mjs";

const [SERVICE, OTHER] = ["worksdrive", "cowork-storage"];
const [BOSS, MANAGER, USER, LOCKED, INVITED, MOVED] = ["yamada", "sato", "suzuki", "takahashi", "ito", "suzuki.hanako"].map((name) => `${name}@sample.example.jp`);
const [OWNER, LINKED, COMING] = ["honda", "inoue", "kimura"].map((name) => `${name}@renkei.example.jp`);
const [CHIEF, PHONE, APP] = ["tanaka", "nakamura", "kobayashi"].map((name) => `${name}@mihon.example.jp`);
const NAMES = "鈴木 花子,高橋 美咲,渡辺 大輔,山本 恵,加藤 誠,吉田 明美".split(",");
const of = (login, rest = "") => `/users/${encodeURIComponent(login)}${rest}`;

/**
 * The linked services of コワークストレージ, and a server of an Active Directory. WORKSDRIVE is shown without. One service has ended, one is going
 * to, and one does not answer.
 */
export async function linkedServices() {
  const providers = await openidProviders([
    ...USUAL.map((one) => ({ ...one, services: [OTHER] })), { id: "ad", label: "AD FS", kind: "adfs", redirect: "adfs-[a-z0-9]{18}", configured: false },
  ]);
  const entries = JSON.parse(providers.vars.IDENTITY_PROVIDERS);
  const silent = (entry) => (entry.id === "microsoft" ? { ...entry, issuer: "http://127.0.0.1:1" } : entry);
  return { ...providers, vars: { ...providers.vars, IDENTITY_PROVIDERS: JSON.stringify(entries.map(silent)) } };
}

/** A contract with linked services, Active Directory and lines. */
async function linkedSituation(server, providers, at) {
  await at("2026-11-19 14:00:00");
  await storageContract(server, OTHER, "C-300", OWNER, [{ login: LINKED, name: "井上 桃子", ready: false }, { login: COMING, name: "木村 蓮", ready: false }]);
  const browser = () => server.browser({ service: OTHER, ip: "203.0.113.24" });
  const link = async (to, seen = 0) => linkIn(await mailTo(server, to, seen), browser().origin);
  const [register, coming, ending] = [await link(LINKED), await link(COMING), providers.get("d-account")];
  const user = browser();
  await user.submit(await chooseLinked(user, register, ending, ending.accounts[0].sub), {}, register);
  const boss = browser();
  await boss.submit(await boss.get("/menu/login"), { login: OWNER, password: STORAGE_PASSWORD }, "/menu/login");
  const act = (what, fields = {}) => boss.post("/menu/directory", { operation: "0".repeat(32), act: what, ...fields });
  const ad = providers.get("ad");
  await act("issue");
  await act("save", { server: ad.issuer, client: ad.clientId, secret: ad.secret, subject: "upn", name: "unique_name", address: "" });
  await through(boss, await act("test"), ad.visitor(), ad.accounts[0].sub);
  await boss.signIn(OWNER, STORAGE_PASSWORD);
  await boss.post("/lines", { operation: "0".repeat(32), numbers: "CAF0123456789\nCAF9876543210\nCOP01234567" });
  const seen = server.mails().length;
  for (const [id, ends] of [["facebook", "2026-11-20"], [ending.id, "2026-12-20"]]) await server.operator().call("PUT", `/providers/${id}`, { ends });
  await until(async () => (await server.operator().get(`/providers/${ending.id}`)).body.mailed === 1);
  return { links: { coming, ending: await link(LINKED, seen) }, provider: providers.get };
}

/** Contracts, people, and the links of their mails. */
export async function storageSituation(server, provider, providers, at) {
  await at("2026-11-19 09:00:00");
  const rest = NAMES.slice(2).map((name, index) => ({ name, login: `user${index + 1}@sample.example.jp` }));
  await storageContract(server, SERVICE, "W-100", BOSS, [
    { login: MANAGER, name: "佐藤 健太", manager: true }, { login: USER, name: NAMES[0] }, { login: LOCKED, name: NAMES[1] }, { login: INVITED, name: "伊藤 直美", ready: false }, ...rest,
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
  const others = await linkedSituation(server, providers, at);
  return { ...others, links: { register, unlock, reset, address, ...others.links }, storageSeed: seed, sms: (sent) => smsAfter(server, provider, sent), sent: () => provider.messages.length };
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
/** Where the password is asked for first, five minutes after the login. */
const confirmed = (path) => async (page) => {
  await page.goto(path);
  if (!new URL(page.url()).pathname.endsWith("/confirm")) return;
  await page.locator("#password").fill(STORAGE_PASSWORD);
  await submit(page);
  await page.waitForURL(`**${path}`);
};
/** Presses the button of a linked service on a page; `name`: and chooses this account there. */
const chosen = (path, id, name) => async (page, facts) => {
  await page.goto(typeof path === "function" ? path(facts) : path);
  await page.locator(`form[action$="/federation/${id}"] button, form:has(input[value="${id}"]) button`).click();
  if (name) await choose(page, facts.provider(id), name);
  await page.waitForLoadState();
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
  ["menu-contract", menu, "メニュー: 契約情報変更", confirmed("/menu/contract")],
  ["menu-plan", menu, "メニュー: プラン変更", confirmed("/menu/plan")],
  ["menu-cancel", menu, "メニュー: 解約", confirmed("/menu/cancel")],
  ["menu-confirm", menu, "メニュー: パスワードの確認", go("/menu/confirm?next=%2Fmenu%2Faddress")],
  ["menu-code", as(APP, "/menu"), "メニュー: 認証コード", go("/menu/login/code")],
  ["menu-register", owner, "メニュー: 2段階認証の登録", go("/menu/login/register")],
  ["storage-other-login", nobody, "コワークストレージ: ログイン", go("/login"), { service: OTHER }],

  ["federation-check", nobody, "申込確認: 認証連携", chosen((facts) => facts.links.coming, "google", "鈴木 花子"), { service: OTHER, main: true }],
  ["federation-nobody", nobody, "認証連携: 登録されていない", chosen("/login", "google", "佐藤 次郎"), { service: OTHER }],
  ["federation-unreachable", nobody, "認証連携: サービスに接続できない", chosen("/menu/login", "microsoft"), { service: OTHER }],
  // Whoever has the login page since before the last day.
  ["federation-ended", nobody, "認証連携: 提供が終了した", async (page) => {
    await page.goto("/login");
    await page.locator('form[action="/federation/google"]').evaluate((form) => form.setAttribute("action", "/federation/facebook"));
    await page.locator('form[action="/federation/facebook"] button').click();
    await page.waitForLoadState();
  }, { service: OTHER }],
  ["link-ending", nobody, "ログイン方法の設定変更のリンク: 提供が終了する", linked("ending"), { service: OTHER, main: true }],
  ["menu-nothing", nobody, "メニュー: 変更できる項目がない", chosen("/menu/login", "d-account", "鈴木 花子"), { service: OTHER }],
  ["connection", nobody, "接続IDの入力", go("/federation"), { service: OTHER }],
  ["ending", as(OWNER), "終了するログイン方法の利用者", go("/ending"), { service: OTHER }],
  ["lines", as(OWNER), "回線認証", confirmed("/lines"), { service: OTHER, main: true }],
  ["lines-access-path", as(OWNER), "アクセス経路設定", confirmed("/lines/access-path"), { service: OTHER }],
  ["lines-doors", as(OWNER), "どこからログインできるか", confirmed("/lines/doors"), { service: OTHER }],
  ["lines-notice", as(OWNER), "回線情報通知設定", go("/lines/notice"), { service: `line.${OTHER}` }],
  ["menu-access-path", as(OWNER, "/menu"), "メニュー: アクセス経路設定", confirmed("/menu/access-path"), { service: OTHER }],
  ["menu-directory", as(OWNER, "/menu"), "メニュー: Active Directory設定", confirmed("/menu/directory"), { service: OTHER, main: true }],
].map(([name, who, title, visit, more]) => [name, who, title, visit, { service: SERVICE, ...more }]);
