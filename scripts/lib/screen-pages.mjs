// What `scripts/screens` takes pictures of: a situation with every state a user can be in, and the pages as data.
//
// A new page is one row of PAGES; a new state is a line of `situation`. Moments are fixed: `at` sets the clock, and what happens
// within the second after it carries that stamp.

import { contract, NEW_PASSWORD, PASSWORD, phoneLogin, until, WRONG } from "../../tests/e2e/harness/people.mjs";
import { codeAt, seedOn } from "../../tests/e2e/harness/totp.mjs";

export const ADMINISTRATOR = "admin.00001";
const CLOSED = "mihon.00001";
const [BUSY, LOCKED, PROHIBITED, TEMPORARY, FACTOR, GRACE, OWN, TOLD, FAILING, CUT, LOST] = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14].map((n) => `cwtest.${String(n).padStart(5, "0")}`);

/** Addresses of the documentation's ranges (RFC 5737). */
export const OFFICE = { "cf-connecting-ip": "203.0.113.24" };
const MOBILE = { "cf-connecting-ip": "198.51.100.80" };
const EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0";

const NAMES = "鈴木 花子,佐藤 健太,高橋 美咲,田中 翔太,伊藤 直美,渡辺 大輔,山本 恵,中村 拓也,小林 優子,加藤 誠,吉田 明美,佐々木 修,山口 久美子,松本 隆".split(",");
/** Contracts, people and what has happened to them. @returns what the pages need to know */
export async function situation(server, at) {
  await at("2026-11-20 09:00:00");
  const made = await contract(server, "123456789", ADMINISTRATOR, NAMES.map((name, index) => ({
    name, login: `cwtest.${String(index + 1).padStart(5, "0")}`, type: index % 4 === 1 ? "coconowork-self" : "coconowork",
    end: [8, 12].includes(index) ? "2027-03-31" : null, ...([TEMPORARY, "cwtest.00010"].includes(`cwtest.${String(index + 1).padStart(5, "0")}`) ? { ready: false } : {}),
  })));
  await contract(server, "987654321", "admin.00002", [CLOSED]);
  await contract(server, "555555555", "admin.00003");
  const browser = async (login, password = PASSWORD) => {
    const one = server.browser({ ip: "203.0.113.24" });
    one.headers["user-agent"] = EDGE;
    await one.signIn(login, password);
    return one;
  };
  const press = async (admin, login, what) => admin.submit(await admin.get(`/users/${login}/${what}`), {}, `/users/${login}/${what}`);

  await at("2026-11-20 13:20:00");
  const old = await phoneLogin(server, { login: GRACE, role: "client", name: "DESKTOP-2B9K", os: "Windows 11" }, OFFICE);
  const user = await browser(GRACE);
  await user.submit(await user.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  await at("2026-11-21 18:02:00");
  for (let failures = 0; failures < 100; failures += 5) {
    await Promise.all(Array.from({ length: 5 }, () => phoneLogin(server, { login: CLOSED, password: WRONG, role: "client" }, MOBILE)));
    await server.clock.advance(61_000);
  }
  await at("2026-11-22 08:30:00");
  const admin = await browser(ADMINISTRATOR);
  await press(admin, PROHIBITED, "prohibit");
  const told = await admin.get(`/users/${TOLD}`);
  const { temporary: _, ...lasting } = told.forms().find(({ action }) => action === `/users/${TOLD}/password`).fields;
  await admin.post(`/users/${TOLD}/password`, { ...lasting, new: NEW_PASSWORD, again: NEW_PASSWORD });
  const settings = await browser(FACTOR);
  const page = await settings.get("/settings/factor/set-up");
  const seed = seedOn(page);
  await settings.submit(page, { code: codeAt(seed, server.clock.now()) }, "/settings/factor/set-up");
  await at("2026-11-22 08:49:41");
  const devices = [];
  for (const [role, name, os] of [["viewer", "iPhone16,1", "iOS"], ["client", "DESKTOP-7F3A", "Windows 11"]]) {
    devices.push(await server.device({ login: BUSY, password: PASSWORD, role, name, os, headers: role === "viewer" ? MOBILE : OFFICE }));
  }
  devices.push(await server.device({ token: old.body.token, connectHeaders: OFFICE }));
  devices.push(await server.device({ login: OWN, password: PASSWORD, role: "client", name: "DESKTOP-4C1D", os: "Windows 11", headers: OFFICE }));
  for (const [role, name] of [["viewer", "iPhone15,4"], ["client", "DESKTOP-9E0B"]]) {
    devices.push(await server.device({ login: CUT, password: PASSWORD, role, name, os: role === "viewer" ? "iOS" : "Windows 11", headers: OFFICE }));
  }
  const busy = await browser(BUSY);
  await busy.submit(await busy.get("/"), {}, "/news");
  await browser(LOCKED);
  await at("2026-11-22 08:50:25");
  for (let failures = 0; failures < 2; failures += 1) await server.browser({ ip: "198.51.100.7" }).signIn(FAILING, WRONG);
  for (let failures = 0; failures < 5; failures += 1) await server.browser({ ip: "198.51.100.7" }).signIn(LOCKED, WRONG);
  await at("2026-11-22 08:50:40");
  return { devices, browser, seed, temporary: made.get(TEMPORARY).initial_password };
}

// ---- how to get there --------------------------------------------------------------------------------------------------------------

const go = (path) => (page) => page.goto(path);
const submit = (page) => page.locator("main form[method=post] .button-primary").first().click();
/** Opens a page, fills these fields and sends the form. */
const send = (path, fields) => async (page, facts) => {
  if (path) await page.goto(path);
  for (const [id, value] of Object.entries(typeof fields === "function" ? fields(facts) : fields)) await page.locator(`#${id}`).fill(value);
  await submit(page);
};
const dialog = (path, what) => async (page) => {
  await page.goto(path);
  await page.locator(`[data-dialog=${what}]`).click();
  await page.locator("dialog[open]").waitFor();
  if (await page.locator("dialog[open] [data-effects]").count()) await page.locator("dialog[open] .effects").waitFor();
};
const of = (login, rest = "") => `/users/${login}${rest}`;
/** The page that a button of あなたの接続 leads to without JavaScript. */
const behind = (what) => async (page) => {
  await page.goto("/account");
  await page.goto(await page.locator(`[data-dialog=${what}]`).first().getAttribute("href"));
};

/** Who looks: nobody, or a login and its password. */
const nobody = () => null;
const as = (login, password = PASSWORD) => (facts) => ({ login, password: typeof password === "function" ? password(facts) : password });
const administrator = as(ADMINISTRATOR);

/**
 * [name, who, what it shows, how to get there, more]. `main`: in the dark and in English too. What changes something comes last, and
 * has no second language, since it happens once.
 */
export const PAGES = [
  ["login", nobody, "ログイン", go("/login"), { main: true }],
  ["login-wrong", nobody, "ログイン: 誤り", send("/login", { login: "cwtest.00099", password: WRONG })],
  ["login-locked", nobody, "ログイン: 一時的な無効状態", send("/login", { login: LOCKED, password: PASSWORD })],
  ["login-prohibited", nobody, "ログイン: 利用が禁止されている", send("/login", { login: PROHIBITED, password: PASSWORD })],
  ["login-code", as(FACTOR), "ログイン: ワンタイムパスワード", go("/login/code")],
  // Within five minutes of the login, after which the password is asked for first.
  ["factor-remove", as(FACTOR), "多要素認証の設定を解除", async (page, facts) => {
    await page.locator("#code").fill(codeAt(facts.seed, facts.now()));
    await submit(page);
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto("/settings/factor/remove");
  }],
  ["first-password", as(TEMPORARY, (facts) => facts.temporary), "仮パスワードからの変更", go("/password/first")],
  ["first-password-errors", as(TEMPORARY, (facts) => facts.temporary), "仮パスワードからの変更: 誤り", send("/password/first", (facts) => ({ current: facts.temporary, new: "short", again: "other" }))],
  ["not-found", nobody, "ページが見つからない", go("/no/such/page")],

  ["top", administrator, "トップ（アカウント管理者）", go("/"), { main: true }],
  ["users", administrator, "一般ユーザ一覧", go("/users"), { main: true }],
  ["users-search", administrator, "一般ユーザ一覧: 検索", go("/users?q=0001")],
  ["users-nothing", administrator, "一般ユーザ一覧: 見つからない", go("/users?q=nosuchuser")],
  ["users-empty", as("admin.00003"), "一般ユーザ一覧: ユーザがいない", go("/users")],
  ["user", administrator, "ユーザの詳細: 接続中", go(of(BUSY)), { main: true }],
  ["user-plain", administrator, "ユーザの詳細: 何も登録されていない", go(of("cwtest.00009"))],
  ["sheet", administrator, "ユーザアカウント一覧表", go("/sheet")],
  ["locked", administrator, "ロック中のユーザ", go("/locked"), { main: true }],
  ["locked-none", as("admin.00003"), "ロック中のユーザ: だれもいない", go("/locked")],
  ["locked-confirm", administrator, "ロックアウトを解除: 何人かまとめて", go(`/locked/unlock?user.${LOCKED}=on&user.${FAILING}=on`)],
  ["previous", administrator, "旧パスワードで待ち受け中", go("/previous"), { main: true }],
  ["previous-none", as("admin.00003"), "旧パスワードで待ち受け中: いない", go("/previous")],
  ["previous-confirm", administrator, "猶予を今すぐ終了: 何人かまとめて", go(`/previous/end?user.${GRACE}=on&user.${BUSY}=on`)],
  ["user-grace", administrator, "ユーザの詳細: 古いパスワードの猶予", go(of(GRACE))],
  ["confirm-end-grace", administrator, "ユーザの猶予を今すぐ終了（JavaScript なし）", go(of(GRACE, "/grace"))],
  ["dialog-reset-device", administrator, "初期化の確認: 以前の端末を拒否する", dialog(of(BUSY), "reset-device")],
  ["user-locked", administrator, "ユーザの詳細: ロックアウト", go(of(LOCKED))],
  ["user-prohibited", administrator, "ユーザの詳細: 利用禁止", go(of(PROHIBITED))],
  ["user-temporary", administrator, "ユーザの詳細: 仮パスワード", go(of(TEMPORARY))],
  ["user-factor", administrator, "ユーザの詳細: 多要素認証", go(of(FACTOR))],
  ["user-door-closed", as("admin.00002"), "ユーザの詳細: 新しい端末を止めている", go(of(CLOSED))],
  ["user-password-errors", administrator, "ユーザのパスワードを変更: 誤り", send(of(BUSY), { new: "short", again: "other" })],
  ["dialog-disconnect", administrator, "切断の確認", dialog(of(BUSY), "disconnect-viewer"), { main: true }],
  ["dialog-prohibit", administrator, "利用を禁止の確認", dialog(of(BUSY), "prohibit")],
  ["dialog-shut-out", administrator, "すべて遮断の確認", dialog(of(BUSY), "shut-out")],
  ["confirm-disconnect-viewer", administrator, "ビューアの切断（JavaScript なし）", go(of(BUSY, "/disconnect/viewer"))],
  ["confirm-disconnect-client", administrator, "クライアントの切断（JavaScript なし）", go(of(BUSY, "/disconnect/client"))],
  ["confirm-reset-device", administrator, "端末認証情報の初期化（JavaScript なし）", go(of(BUSY, "/device/reset"))],
  ["confirm-unlock", administrator, "ロックアウトを解除（JavaScript なし）", go(of(LOCKED, "/unlock"))],
  ["locked-results", administrator, "ロックアウトの解除結果", send(`/locked/unlock?user.${LOCKED}=on&user.${FAILING}=on`, {})],
  ["confirm-prohibit", administrator, "利用を禁止（JavaScript なし）", go(of(BUSY, "/prohibit"))],
  ["confirm-allow", administrator, "利用を許可（JavaScript なし）", go(of(PROHIBITED, "/allow"))],
  ["confirm-reset-factor", administrator, "多要素認証の設定を解除（JavaScript なし）", go(of(FACTOR, "/factor/reset"))],
  ["confirm-shut-out", administrator, "すべて遮断（JavaScript なし）", go(of(BUSY, "/shut-out"))],
  ["history", administrator, "操作履歴（契約）", go("/history")],
  ["history-nothing", administrator, "操作履歴: 見つからない", go("/history?who=nosuchuser")],
  ["history-user", administrator, "操作履歴（ユーザ）", go(of(BUSY, "/history"))],
  ["history-check", administrator, "操作履歴の検査", go("/history/check")],
  ["history-checked", administrator, "操作履歴の検査: 結果", send("/history/check", {})],
  ["password-administrator", administrator, "パスワード変更（アカウント管理者）", go("/password")],
  ["account-administrator", administrator, "あなたの接続（アカウント管理者）", go("/account")],

  ["top-user", as(BUSY), "トップ（一般ユーザ）", go("/")],
  ["top-user-news", as(TOLD, NEW_PASSWORD), "お知らせのあるトップ", go("/"), { main: true }],
  ["account", as(BUSY), "あなたの接続（一般ユーザ）", async (page, facts) => {
    await facts.browser(BUSY);
    await page.goto("/account");
  }],
  ["account-end-session", as(BUSY), "セッションの終了（JavaScript なし）", behind("end-session")],
  ["account-end-others", as(BUSY), "他のセッションをすべて終了（JavaScript なし）", behind("end-others")],
  ["account-refuse-pc", as(BUSY), "このPCを拒否（JavaScript なし）", behind("refuse-pc")],
  ["settings", as(BUSY), "管理機能利用設定", go("/settings")],
  ["factor", as(BUSY), "多要素認証", go("/settings/factor")],
  ["factor-set-up", as("cwtest.00013"), "多要素認証の設定", go("/settings/factor/set-up")],
  ["history-own", as(BUSY), "操作履歴（自分）", go("/history")],
  ["password", as(BUSY), "パスワード変更（一般ユーザ）: 反映", go("/password")],
  ["password-no-client", as("cwtest.00009"), "パスワード変更: 待ち受けているクライアントがない", go("/password")],
  ["password-errors", as(BUSY), "パスワード変更: 誤り", send("/password", { current: WRONG, new: "short", again: "other" })],
  ["password-grace", as(GRACE, NEW_PASSWORD), "パスワード変更: 猶予", go("/password")],
  ["end-grace", as(GRACE, NEW_PASSWORD), "猶予を今すぐ終了", go("/password/grace")],
  // More than five minutes after his login, which the pace of the pictures sees to.
  ["confirm-password", as(BUSY), "パスワードの確認", go("/confirm?next=%2Fsettings%2Ffactor%2Fset-up")],
  ["password-reflected", as(OWN), "パスワード変更: 反映した", async (page) => {
    await send("/password", { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD })(page);
    await page.getByText("「DESKTOP-4C1D」に反映しています…").waitFor();
  }],
  // The last of GRACE's: it ends what his pages show.
  ["previous-results", administrator, "猶予の終了結果", async (page) => {
    await page.goto(`/previous/end?user.${GRACE}=on&user.${BUSY}=on`);
    await page.locator("main form .button-danger").click();
    await page.locator("dl .badge").first().waitFor();
  }],
  ["user-receipt", administrator, "ユーザの詳細: 利用を禁止の結果", async (page, facts) => {
    await facts.browser(CUT);
    await dialog(of(CUT), "prohibit")(page);
    await page.locator("dialog[open] .button-danger").click();
    await until(async () => (await page.locator("[data-part=receipt] li.fact-ok").count()) === 4);
    await page.locator("#notice").evaluate((notice) => notice.classList.remove("notices-fresh"));
  }],
  ["shut-out-done", administrator, "すべて遮断の結果", async (page) => {
    await page.goto(of(LOST, "/shut-out"));
    await page.locator("main form .button-danger").click();
    await page.locator(".once").waitFor();
  }],
];

/** Page routes that show nothing of their own. */
export const NO_PICTURE = ["/users/…/password", "/app"];
