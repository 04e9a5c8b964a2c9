// 回線認証 in workerd (ST-060 to ST-069, ST-093; past failures 23 and 24), through a gateway that signs what it says about a line; with every
// login method, against real OpenID providers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { claims, gateway, gatewayKey, overLine } from "./harness/gateway.mjs";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { rows } from "./harness/history.mjs";
import { directories, linked } from "./harness/linked.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { STORAGE, STORAGE_PASSWORD, changeContract, linkIn, mailTo, registerByApp, storageContract } from "./harness/storage.mjs";

const key = gatewayKey();
const providers = await openidProviders([{ id: "google", label: "Google" }, { id: "ad", label: "AD FS", kind: "adfs", redirect: "adfs-[a-z0-9]{18}", configured: false }]);
const server = await startServer({ providers, vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000", LINE_GATEWAY_JWK: key.jwk } });
const lines = gateway(server, key);
const google = { provider: providers.get("google"), ...linked(server, providers.get("google")) };
const directory = { provider: providers.get("ad"), ...directories(server, providers.get("ad")) };
after(async () => { await lines.stop(); await server.stop(); await providers.stop(); });

const [LINE, OTHER, WEST] = ["CAF0123456789", "COP01234567", "CAF9876543210"];
const WRONG = "Wrong-00000";
const port = {};
before(async () => {
  for (const [line, area] of [[LINE, "east"], [OTHER, "east"], [WEST, "west"]]) port[line] = await lines.plug(line, { area });
});

/** A login at the page a browser has; the page after it. */
async function login(browser, address, password = STORAGE_PASSWORD, path = "/login") {
  const form = await browser.get(path);
  if (!form.location) return browser.submit(form, { login: address, password }, path);
  browser.clearCookies(); // whoever is logged in already has no form
  return login(browser, address, password, path);
}
const isIn = (page) => page.status === 200 && /トップ/.test(page.title) && !/ログイン画面/.test(page.text);
const OPERATION = "0".repeat(32);
/** Whether a login has left a session. */
const hasSession = ({ cookies }) => Object.keys(cookies).some((name) => /^(session|menu)$/.test(name));
const asksSecondStep = (page) => page.status === 200 && page.path.startsWith("/login/register");

/** The contractor's browser in the console, his lines registered. */
async function console_(service, boss, numbers = [LINE]) {
  const browser = server.browser({ service });
  assert.ok(isIn(await login(browser, boss)));
  const saved = await browser.submit(await browser.get("/lines"), { numbers: numbers.join("\n") }, "/lines");
  assert.match(saved.text, /回線番号を保存しました。/);
  return browser;
}
async function inMenu(service, boss) {
  const browser = server.browser({ service });
  return { browser, page: await login(browser, boss, STORAGE_PASSWORD, "/menu/login") };
}
/** Chooses an access path as far as it goes without taking the risk. */
async function choose(browser, choice, path = "/lines/access-path") {
  const check = await browser.submit(await browser.get(path), { choice }, path);
  return { check, done: await browser.submit(check, {}, path) };
}
/** どこからログインできるか: by address, the login method and the doors. */
const doorsOn = (page) => Object.fromEntries([...page.html.matchAll(/<td class="address"[^>]*>([^<]+)<\/td>.*?<td data-label="ログイン方法">(.*?)<\/td><td data-label="経路"><span>(.*?)<\/span>/g)].map(([, who, method, from]) => [who, [method, ...from.split("<br>")]]));
const takeRisk = (browser, page, path = "/lines/access-path") => browser.submit(page, { sure: "1" }, path);

for (const [index, { service, brand }] of STORAGE.entries()) {
  const address = (name) => `${name}@${service}.line.example.jp`;
  const number = (place) => `62${index}${place}`;

  test(`st_060 st_061 ${service}: a registered line stands in for the second step, and for nothing else`, async () => {
    const [boss, user] = [address("boss"), address("taro")];
    await storageContract(server, service, number(0), boss, [user], { secondStep: true });
    await storageContract(server, service, number(1), address("boss1"), []);
    await console_(service, address("boss1"), [OTHER]);
    // Nothing is registered yet: the line is a stranger's.
    const line = overLine(server, port[LINE], service);
    assert.match((await line.get("/login")).text, /回線認証用のログイン画面です。/);
    const refused = await login(line, user);
    assert.equal(refused.status, 403);
    for (const sentence of ["回線認証エラー", "回線認証の設定が完了しているか", "ご利用の回線番号を正しく登録しているか", LINE]) assert.ok(refused.text.includes(sentence), sentence);
    assert.ok(!/session=./.test(JSON.stringify(line.cookies)), "st_062: no session");
    await register(number(0), [LINE]);
    assert.ok(isIn(await login(line, user)), "no second step over the line");
    assert.ok(asksSecondStep(await login(server.browser({ service }), user)), "the Internet still asks");
    assert.equal((await login(overLine(server, port[OTHER], service), user)).status, 403, "another contract's line is no line of ours");
    const wrong = overLine(server, port[LINE], service);
    for (let tries = 0; tries < 10; tries += 1) assert.equal((await login(wrong, user, WRONG)).status, tries < 10 ? 401 : 403);
    assert.equal((await login(overLine(server, port[LINE], service), user)).status, 403, "st_120: the lock holds over a line");
  });

  test(`st_060 ${service}: a session works on the host and line it was made for, and nowhere else`, async () => {
    const boss = address("hosts");
    await storageContract(server, service, number(2), boss, []);
    const internet = await console_(service, boss, [LINE, OTHER]);
    const line = overLine(server, port[LINE], service);
    assert.ok(isIn(await login(line, boss)));
    for (const [from, to] of [[line, server.browser({ service })], [internet, overLine(server, port[LINE], service)], [line, overLine(server, port[OTHER], service)], [line, server.browser({ service: `line.${service}` })]]) {
      for (const [name, value] of Object.entries(from.cookies)) to.setCookie(name, value);
      assert.match((await to.get("/")).location ?? "", /^\/login/);
    }
    assert.ok(isIn(await line.get("/")));
    await register(number(2), [OTHER]);
    assert.match((await line.get("/")).location ?? "", /^\/login/, "a line that is not registered any more ends its sessions");
  });
}

/** Changes a setting of a contract as its contractor. */
async function set(contract, change) {
  const reply = await changeContract(server, contract, change);
  assert.ok("Ok" in reply, JSON.stringify(reply));
}
const register = (contract, numbers) => set(contract, { lines: { numbers } });

for (const [index, { service, brand }] of STORAGE.entries()) {
  const address = (name) => `${name}@${service}.path.example.jp`;
  const number = (place) => `63${index}${place}`;
  const titles = service === "worksdrive" ? ["アクセス経路変更確認画面", "アクセス経路完了画面"] : ["通信経路変更確認画面", "通信経路完了画面"];

  test(`st_064 st_065 st_067 st_068 st_093 st_d4 ${service}: 回線認証のみ shuts the Internet at once, and the contractor finds the way out`, async () => {
    const [boss, user, manager] = [address("boss"), address("taro"), address("manager")];
    await storageContract(server, service, number(0), boss, [user, { login: manager, manager: true }]);
    const wrongLine = "CAF0000000000";
    const internet = await console_(service, boss, [wrongLine]);
    const [his, managers] = [server.browser({ service }), server.browser({ service })];
    assert.ok(isIn(await login(his, user)));
    assert.ok(isIn(await login(managers, manager)));
    for (const path of ["/lines", "/lines/access-path"]) assert.equal((await managers.get(path)).status, 404, `st_002: ${path} is the contractor's`);
    const line = overLine(server, port[LINE], service);
    assert.equal((await login(line, user)).status, 403);

    const form = await internet.get("/lines/access-path");
    for (const sentence of ["アクセス経路設定", "回線認証+インターネット", "回線認証のみ", "※ご契約内のユーザすべての設定が変更されます。", `以外からの${brand}へのアクセスはすべて拒否されます。`, "Microsoft Office連携機能はインターネットを介した通信が発生します。", "設定", "戻る"]) assert.ok(form.text.includes(sentence), sentence);
    assert.ok(!form.text.includes("・回線認証"), "the one name of the option, in the console as in the menu");
    const { check, done: risk } = await choose(internet, "only");
    assert.match(check.title, new RegExp(`^${titles[0]}`));
    for (const sentence of ["現在の設定", "変更後の設定", "回線認証+インターネット", "回線認証のみ", "変更", "キャンセル"]) assert.ok(check.text.includes(sentence), sentence);
    assert.match(risk.title, /^だれもログインできなくなるおそれがあります/, "st_067: asked once more, and the danger named");
    assert.ok(isIn(await his.get("/")), "nothing has changed yet");
    assert.equal((await internet.submit(risk, {}, "/lines/access-path")).status, 422, "not without the tick");
    const done = await takeRisk(internet, risk);
    assert.match(done.title, new RegExp(`^${titles[1]}`));
    assert.match(done.text, /アクセス経路を「回線認証のみ」に変更しました。/);

    for (const browser of [his, managers, internet]) assert.match((await browser.get("/")).location ?? "", /^\/login/, "living sessions end at once");
    const refused = await login(his, user);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /ご契約では、登録された回線からのみログインできます。/);
    assert.equal((await login(his, user, WRONG)).status, 401, "only a right password is told");
    assert.equal((await login(line, user)).status, 403, "the line is still not registered");
    assert.equal((await inMenu(service, user)).page.status, 403, "the way out is the contractor's");

    const { browser: menu, page } = await inMenu(service, boss);
    assert.match(page.text, /認証・契約情報変更メニュー/);
    assert.match(page.text, /アクセス経路設定/);
    const second = await menu.get("/menu/second-step");
    assert.match(second.text, /※アクセス経路設定を「回線認証のみ」を選択されている場合、2段階認証の設定は自動的に無効となります。/);
    assert.equal(second.forms().some(({ action }) => action === "/menu/second-step"), false);
    const out = await choose(menu, "both", "/menu/access-path");
    assert.match(out.check.title, new RegExp(`^${titles[0]}`));
    assert.match(out.done.title, new RegExp(`^${titles[1]}`));
    assert.ok(isIn(await login(his, user)));
    const again = server.browser({ service });
    assert.ok(isIn(await login(again, boss)));
    await again.submit(await again.get("/lines"), { numbers: LINE }, "/lines");
    assert.ok(isIn(await login(line, user)), "st_067: with the right number");
    await server.clock.advance(2000);
    assert.match((await again.get("/lines")).text, /最後のログイン/);
    const safe = await choose(again, "only");
    assert.match(safe.done.title, new RegExp(`^${titles[1]}`), "a line that works is no danger");
    assert.ok(isIn(await line.get("/")));
    const history = await menu.get("/menu");
    assert.equal(history.status, 200, "the contractor's menu stays reachable");
  });

  test(`st_066 ${service}: line numbers are normalised, and everything wrong is said at once`, async () => {
    const boss = address("numbers");
    await storageContract(server, service, number(1), boss, []);
    const browser = server.browser({ service });
    await login(browser, boss);
    const form = await browser.get("/lines");
    for (const sentence of ["回線認証", "CAFで始まる英数13桁の番号またはCOPで始まる英数11桁の番号", "フレッツ光", "※光コラボレーション事業者様が提供する「光アクセスサービス」を含む", "保存"]) assert.ok(form.text.includes(sentence), sentence);
    const wrong = await browser.submit(form, { numbers: "CAF1\ncaf0123456789\n<b>" }, "/lines");
    assert.equal(wrong.status, 422);
    for (const typed of ["「CAF1」は回線番号ではありません。", "「<b>」は回線番号ではありません。"]) assert.ok(wrong.text.includes(typed), wrong.text);
    assert.ok(!/「caf0123456789」/.test(wrong.text));
    const saved = await browser.submit(form, { numbers: "caf0123456789\r\nＣＯＰ０１２３４５６７\r\ncaf0123456789" }, "/lines");
    assert.deepEqual([...saved.html.matchAll(/data-part="number">.*?<dd class="row-main">(\w+)/g)].map(([, own]) => own), ["CAF0123456789", "COP01234567"]);
    await server.clock.advance(6 * MINUTE);
    assert.match((await browser.get("/lines")).location, /^\/confirm\?next=%2Flines/, "the password once more");
  });

  test(`st_063 ${service}: a line of West Japan asks once for 回線情報通知設定`, async () => {
    const [boss, user] = [address("west"), address("kansai")];
    await storageContract(server, service, number(2), boss, [user]);
    await register(number(2), [WEST]);
    const line = overLine(server, port[WEST], service);
    const page = await login(line, user);
    assert.match(page.title, /^回線情報通知設定画面/);
    for (const label of ["通知する", "決定"]) assert.ok(page.text.includes(label), label);
    assert.equal((await line.submit(page, {}, "/lines/notice")).status, 422);
    assert.ok(isIn(await line.submit(page, { notify: "1" }, "/lines/notice")));
    assert.ok(isIn(await login(overLine(server, port[WEST], service), user)), "once for an account");
  });

  test(`${service}: the countdown rolls back after a kill -9 too, and stays when it is kept over the line`, async () => {
    const boss = address("countdown");
    await storageContract(server, service, number(3), boss, []);
    const browser = await console_(service, boss);
    const asked = await browser.submit(await browser.get("/lines"), { countdown: "on" }, "/lines");
    assert.match(asked.text, /回線認証のみへの変更の確認.*確認を求める 確認を求めないように変更/);
    const line = overLine(server, port[LINE], service);
    assert.ok(isIn(await login(line, boss)));
    await server.clock.advance(2000);
    const { done } = await choose(browser, "only");
    assert.match(done.text, /この設定を維持しますか？/);
    assert.match((await browser.get("/")).location, /^\/login/);
    await server.kill9();
    await server.restart();
    const { browser: menu } = await inMenu(service, boss);
    const waits = await menu.submit(await menu.get("/menu/access-path"), { choice: "keep" }, "/menu/access-path");
    assert.match(waits.text, /維持するには、登録した回線から/, "not from the Internet");
    await server.clock.advance(9 * MINUTE);
    assert.equal((await login(server.browser({ service }), boss)).status, 403, "still so");
    await server.kill9();
    await server.restart();
    await server.clock.advance(MINUTE);
    const back = server.browser({ service });
    assert.ok(isIn(await login(back, boss)), "rolled back");
    assert.match((await back.get("/lines")).text, /回線認証\+インターネット/);

    await choose(back, "only");
    assert.ok(isIn(await login(line, boss)));
    const page = await line.get("/lines");
    assert.match(page.text, /この設定を維持しますか？/);
    assert.match((await line.submit(page, {}, "/lines/access-path")).text, /「回線認証のみ」を維持します。/);
    await server.clock.advance(11 * MINUTE);
    assert.equal((await login(server.browser({ service }), boss)).status, 403, "kept");
    await login(line, boss);
    const told = rows(await line.get("/history")).filter(([, what]) => /アクセス経路|維持|回線番号/.test(what));
    const only = `${boss} がアクセス経路を「回線認証のみ」に変更しました。10分以内に維持されなければ、元に戻ります。`;
    const back_ = "「回線認証のみ」が10分以内に維持されなかったため、アクセス経路が「回線認証+インターネット」に戻りました。";
    const expected = [`${boss} が「回線認証のみ」を維持しました（回線 ${LINE}）。`, only, back_, only, `${boss} が回線番号を変更しました（- → ${LINE}）。`];
    assert.equal(told.length, expected.length, "each once");
    told.forEach(([, what], at) => assert.ok(what.startsWith(expected[at]), `${what} is not ${expected[at]}`));
    const at = (what) => Date.parse(told.findLast(([, said]) => said.startsWith(what))[0].replace(" ", "T").replace(" +", "+").replace(/(\d\d)$/, ":$1"));
    assert.equal(at(back_) - at(only), 10 * MINUTE, "the instant that decided it");
  });

  test(`${service}: どこからログインできるか`, async () => {
    const [boss, user] = [address("doors"), address("hanako")];
    await storageContract(server, service, number(4), boss, [user, { login: address("invited"), ready: false }]);
    const browser = await console_(service, boss);
    const both = doorsOn(await browser.get("/lines/doors"));
    assert.deepEqual(both[boss], ["メールアドレス・パスワード", "インターネット", "回線認証"]);
    assert.deepEqual(both[user], ["メールアドレス・パスワード", "インターネット", "回線認証"]);
    assert.deepEqual(both[address("invited")], ["-", "どこからもログインできません"]);
    const line = overLine(server, port[LINE], service);
    await login(line, boss);
    await server.clock.advance(2000);
    await choose(line, "only");
    const only = doorsOn(await line.get("/lines/doors"));
    assert.deepEqual(only[boss], ["メールアドレス・パスワード", "回線認証", "インターネット（認証・契約情報変更メニューのみ）"]);
    assert.deepEqual(only[user], ["メールアドレス・パスワード", "回線認証"]);
    assert.equal((await line.get("/lines/doors?after=zzz")).status, 200);
  });

  test(`st_040 st_060 st_062 st_064 st_067 ${service}: whatever method is set: a linked service and Active Directory over a line, and what refuses them`, async () => {
    const [boss, user, pc] = [address("methods"), address("linked"), address("windows")];
    const contract = number(6);
    await storageContract(server, service, contract, boss, [{ login: user, ready: false }, { login: pc, ready: false }]);
    const menu = (await inMenu(service, boss)).browser;
    const id = await directory.configured({ browser: menu });
    const internet = () => server.browser({ service });
    const over = (line) => overLine(server, port[line], service);
    // A login method is chosen on the ordinary host, where mails lead, and nowhere else.
    const invitation = linkIn(await mailTo(server, user), server.origin(service));
    for (const browser of [over(LINE), server.browser({ service: `line.${service}` })]) {
      assert.equal((await browser.get(invitation)).status, 404);
      assert.equal((await browser.post(invitation, { operation: OPERATION, provider: "google" })).status, 404);
    }
    for (const [method, who] of [[google, user], [directory, pc]]) assert.match((await method.registers(internet(), who)).done.text, /申込完了/);
    await set(contract, { "second-step": { enabled: true } });
    await server.clock.advance(2 * SECOND);

    const byGoogle = async (browser, account, door = "") => google.there(browser, await browser.send(await browser.get(`${door}/login`), {}, `${door}/federation/google`), account);
    const byDirectory = async (browser, account) => directory.there(browser, await browser.get(`/federation/${id}`), account);
    const each = (check) => Promise.all([["Google", byGoogle, user], ["Active Directory", byDirectory, pc]].map(([way, signIn, who]) => check(signIn, way, who)));
    const refused = async (signIn, way, browser, ...sentences) => {
      const page = await signIn(browser);
      assert.equal(page.status, 403, `${way}: ${page.text}`);
      for (const sentence of sentences) assert.ok(page.text.includes(sentence), `${way}: ${sentence}\n${page.text}`);
      assert.ok(!hasSession(browser), way);
    };
    const noGateway = () => server.browser({ service: `line.${service}` });
    await register(contract, [OTHER]);
    await each((signIn, way) => Promise.all([
      refused(signIn, way, over(LINE), "回線認証エラー", "ご利用の回線番号を正しく登録しているか", LINE),
      refused(signIn, way, noGateway(), "回線認証エラー", "ご利用の回線を確認できませんでした。"),
    ]));
    await register(contract, [LINE, WEST]);
    await each((signIn, way) => Promise.all([
      refused(signIn, way, over(OTHER), "回線認証エラー", OTHER),
      refused((browser) => signIn(browser, "a stranger"), way, over(LINE), "このサービスのアカウントで登録されている利用者がいないか"),
    ]));
    const inside = await each(async (signIn, way, who) => {
      const [line, home] = [over(LINE), internet()];
      for (const browser of [line, home]) {
        const page = await signIn(browser);
        assert.ok(isIn(page) && page.html.includes(who), `${way}: ${page.text}`);
      }
      assert.match((await signIn(over(WEST))).title, /^回線情報通知設定画面/, `${way}: st_063`);
      for (const to of [internet(), over(WEST), noGateway()]) {
        for (const [name, value] of Object.entries(line.cookies)) to.setCookie(name, value);
        assert.match((await to.get("/")).location, /^\/login/, `${way}: the session is that line's`);
      }
      return { line, home };
    });
    await server.clock.advance(2 * SECOND);
    await set(contract, { "access-path": { only: true, risk: false } });
    for (const { line, home } of inside) {
      assert.match((await home.get("/")).location, /^\/login/, "living sessions end at once");
      assert.ok(isIn(await line.get("/")));
    }
    await each((signIn, way) => Promise.all([
      refused(signIn, way, internet(), "ご契約では、登録された回線からのみログインできます。"),
      signIn(over(LINE)).then((page) => assert.ok(isIn(page), way)),
    ]));

    // The way out is there for a contractor who has no password either.
    const check = await google.there(menu, await menu.post("/menu/method", { operation: OPERATION, provider: "google" }), "the contractor");
    assert.match((await menu.submit(check, {}, "/menu/method")).text, /変更したログイン方法でログインを実施してください。/);
    await server.clock.advance(2 * SECOND);
    const out = internet();
    const only = "ご契約では、登録された回線からのみログインできます。";
    await Promise.all([
      refused((browser) => byGoogle(browser, "the contractor"), "the ordinary login", internet(), only),
      refused((browser) => byGoogle(browser, undefined, "/menu"), "somebody else", internet(), only),
      byGoogle(out, "the contractor", "/menu").then((page) => assert.equal(page.path, "/menu", page.text)),
    ]);
    assert.match((await choose(out, "both", "/menu/access-path")).done.title, new RegExp(`^${titles[1]}`));
    const home = internet();
    assert.ok(isIn(await byGoogle(home, "the contractor")));
    const all = ["インターネット", "回線認証"];
    const doors = async () => doorsOn(await home.get("/lines/doors"));
    assert.deepEqual(await doors(), { [boss]: ["Googleアカウント", ...all], [user]: ["Googleアカウント", ...all], [pc]: ["Active Directoryアカウント", ...all] });
    await set(contract, "no-directory");
    assert.deepEqual((await doors())[pc], ["Active Directoryアカウント", "どこからもログインできません"]);
  });

  test(`st_060 ${service}: no header from outside leaves out a step (past failures 23 and 24)`, async () => {
    const [boss, user, person] = [address("forged"), address("victim"), address("callback")];
    await storageContract(server, service, number(5), boss, [user, { login: person, ready: false }], { secondStep: true });
    assert.match((await google.registers(server.browser({ service }), person, { account: person })).done.text, /申込完了/);
    await register(number(5), [LINE]);
    for (const who of [boss, user]) {
      const browser = server.browser({ service });
      assert.ok(asksSecondStep(await login(browser, who)));
      await registerByApp(server, browser);
    }
    const [here, ordinary] = [server.origin(`line.${service}`), server.origin(service)];
    const now = () => server.clock.now();
    const good = () => key.sign(claims(LINE, here, now()));
    const flip = (text, at) => `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
    const other = gatewayKey();
    const header = (alg, extra = {}) => key.sign(claims(LINE, here, now()), { alg, typ: "JWT", ...extra });
    const mend = (change) => () => change(good().split("."));
    const forged = {
      "none": () => null, "empty": () => "", "the number alone": () => LINE, "another key": () => other.sign(claims(LINE, here, now())),
      "its own key": () => other.sign(claims(LINE, here, now()), { alg: "ES256", jwk: JSON.parse(other.jwk) }),
      "old": () => key.sign(claims(LINE, here, now() - 61_000, { exp: Math.floor(now() / 1000) + 600 })),
      "expired": () => key.sign(claims(LINE, here, now(), { exp: Math.floor(now() / 1000) - 1 })),
      "of tomorrow": () => key.sign(claims(LINE, here, now() + 86_400_000)),
      "for another host": () => key.sign(claims(LINE, server.origin("line.cowork-storage") === here ? server.origin("line.worksdrive") : server.origin("line.cowork-storage"), now())),
      "for the ordinary host": () => key.sign(claims(LINE, ordinary, now())),
      "for several hosts": () => key.sign(claims(LINE, [here, ordinary], now())),
      "another line": () => key.sign(claims("CAF1111111111", here, now())),
      "no line": () => key.sign(claims(undefined, here, now())),
      "small letters": () => key.sign(claims(LINE.toLowerCase(), here, now())),
      "no area": () => key.sign({ ...claims(LINE, here, now()), area: undefined }),
      "no id": () => key.sign({ ...claims(LINE, here, now()), jti: undefined }),
      "alg none": mend(([, second]) => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${second}.`),
      "alg none, signed": () => header("none"), "alg HS256": () => header("HS256"), "alg RS256": () => header("RS256"), "crit": () => header("ES256", { crit: ["exp"] }),
      "unsigned": mend(([first, second]) => `${first}.${second}.`), "cut": mend(([first, second]) => `${first}.${second}`), "twice": () => `${good()}, ${good()}`, "Bearer": () => `Bearer ${good()}`,
      "flipped header": () => flip(good(), 3), "flipped claims": mend(([first, second, third]) => `${first}.${flip(second, 12)}.${third}`),
      "flipped signature": mend(([first, second, third]) => `${first}.${second}.${flip(third, 20)}`),
      "DER": mend(([first, second]) => `${first}.${second}.${Buffer.alloc(70, 48).toString("base64url")}`),
      "zeroes": mend(([first, second]) => `${first}.${second}.${Buffer.alloc(64).toString("base64url")}`),
      "long": () => "A".repeat(4000),
    };
    const outer = { "x-forwarded-for": "192.0.2.1, not an address,,", "x-forwarded-host": here.slice(7), "x-forwarded-proto": "https", forwarded: "for=unknown;host=\"", "x-line": LINE, "x-line-number": LINE, "x-line-authenticated": "1", "x-original-host": here.slice(7), "x-real-ip": "::" };
    const withWord = (assertion) => ({ headers: { ...outer, "x-line-assertion": assertion } });
    // The doors of a login: from their page to the answer that lets in or does not.
    const byPassword = (door, who) => async (browser, word) => {
      const form = await browser.get(`${door}/login`, word);
      assert.equal(form.status, 200, "the form is there");
      return browser.post(`${door}/login`, { ...form.forms()[0].fields, login: who, password: STORAGE_PASSWORD }, word);
    };
    const visitor = google.provider.visitor();
    const callback = async (browser, word) => {
      const gone = await browser.post("/federation/google", { operation: OPERATION }, word);
      const back = await visitor.authorize(gone.location, { account: person });
      return browser.get(back.pathname + back.search, word);
    };
    const doors = { "/login": byPassword("", user), "/menu/login": byPassword("/menu", boss), callback };
    for (const [name, assertion] of Object.entries(forged)) {
      for (const [door, enter] of Object.entries(doors)) {
        const browser = server.browser({ service: `line.${service}` });
        const page = await enter(browser, withWord(assertion()));
        assert.equal(page.status, 403, `${name} at ${door}: ${page.text}`);
        assert.match(page.text, /回線認証エラー/, `${name} at ${door}`);
        assert.ok(!hasSession(browser), `${name} at ${door}`);
      }
    }
    // On an ordinary host the best of assertions is air: the second step is asked for, and nothing but its code answers it.
    const best = { "for the line host": good, "for the ordinary host": () => key.sign(claims(LINE, ordinary, now())) };
    for (const [name, assertion] of Object.entries(best)) {
      for (const [door, who] of [["", user], ["/menu", boss]]) {
        const code = `${door}/login/code`;
        const browser = server.browser({ service });
        assert.equal((await byPassword(door, who)(browser, withWord(assertion()))).location, code, name);
        for (const [word, other] of Object.entries({ ...forged, ...best })) {
          for (const path of door ? ["/menu", "/menu/access-path"] : ["/", "/account"]) assert.match((await browser.get(path, withWord(other()))).location, new RegExp(`^${code}`), `${word}: ${path}`);
        }
        const page = await browser.get(code, withWord(assertion()));
        const { fields } = page.forms().find(({ action }) => action === code);
        for (const typed of ["", LINE, "000000"]) {
          const refused = await browser.post(code, { ...fields, code: typed }, withWord(assertion()));
          assert.ok([401, 422].includes(refused.status), `${name}: ${refused.status} ${refused.text}`);
        }
        assert.match((await browser.get(door || "/", withWord(assertion()))).location, new RegExp(`^${code}`));
        // Half a login is none on the line host either, where it would have been a whole one.
        const line = server.browser({ service: `line.${service}` });
        for (const [cookie, value] of Object.entries(browser.cookies)) line.setCookie(cookie, value);
        for (const path of [door || "/", code]) assert.match((await line.get(path, withWord(good()))).location, new RegExp(`^${door}/login(\\?|$)`), path);
      }
    }
    // What is right is let in, and its session is nothing without the gateway.
    assert.equal((await callback(server.browser({ service: `line.${service}` }), withWord(good()))).location, "/");
    const browser = server.browser({ service: `line.${service}` });
    assert.equal((await byPassword("", user)(browser, withWord(good()))).location, "/");
    for (const [name, assertion] of Object.entries(forged)) {
      const kept = { ...browser.cookies };
      assert.match((await browser.get("/", withWord(assertion()))).location ?? "", /^\/login/, name);
      for (const [cookie, value] of Object.entries(kept)) browser.setCookie(cookie, value);
    }
    assert.equal((await browser.get("/", withWord(good()))).status, 200);
    await server.clock.advance(2 * SECOND);
    // ST-068: under 回線認証のみ nobody is asked but the contractor on his way out.
    await set(number(5), { "access-path": { only: true, risk: false } });
    for (const [name, assertion] of Object.entries(best)) {
      for (const enter of [callback, byPassword("", user)]) assert.equal((await enter(server.browser({ service }), withWord(assertion()))).status, 403, name);
      assert.match((await byPassword("/menu", boss)(server.browser({ service }), withWord(assertion()))).location, /^\/menu\/login\/code/, name);
    }
  });
}
