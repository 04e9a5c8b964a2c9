// 認証・契約情報変更メニュー in workerd (ST-080 to ST-111): its own login, what it has by role and plan, and what its pages change.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { rows, sentences } from "./harness/history.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { tokyoDay, tokyoMidnight, until } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, storageContract } from "./harness/storage.mjs";

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const THIRD_PASSWORD = "Third-20281";

/** A browser that is logged in to the menu. */
async function inMenu(service, address, password = STORAGE_PASSWORD) {
  const browser = server.browser({ service });
  const form = await browser.get("/menu/login");
  assert.match(form.text, /認証・契約情報変更ログイン/);
  assert.match(form.text, /ログインの方はこちらからログインしてください。/);
  const page = await browser.submit(form, { login: address, password }, "/menu/login");
  return { browser, page };
}
const items = (page) => [...page.html.matchAll(/<li><a href="(\/menu\/[a-z-]+)">([^<]+)</g)].map(([, , label]) => label);
const ALL = ["ログイン方法の設定", "メールアドレス変更", "パスワード変更", "契約情報変更", "プラン変更", "解約"];

for (const [index, { service, brand }] of STORAGE.entries()) {
  const address = (name) => `${name}@${service}.menu.example.jp`;
  const number = `5${index}`;

  test(`st_004 st_005 st_080 st_081 st_d5 ${service}: the menu has a login of its own, and shows what is permitted`, async () => {
    const [boss, user] = [address("boss"), address("taro")];
    await storageContract(server, service, number, boss, [user, { login: address("manager"), manager: true }]);
    const { browser, page } = await inMenu(service, boss);
    assert.match(page.text, /認証・契約情報変更メニュー/);
    for (const old of ["通信経路設定", "契約者情報変更メニュー", "認証・契約者情報変更メニュー"]) assert.ok(!page.text.includes(old), old);
    assert.match(page.text, /あなたに許可されたメニューのみ表示しております。/);
    assert.match(page.text, /ご不明点がございましたら、サポートセンタまでお問い合わせください。/);
    assert.deepEqual(items(page).filter((label) => ALL.includes(label)), ALL);
    for (const who of [user, address("manager")]) assert.deepEqual(items((await inMenu(service, who)).page), ["パスワード変更"]);
    assert.equal((await browser.get("/")).location, "/login", "the menu's session opens nothing else");
    const both = server.browser({ service });
    assert.equal((await both.signIn(boss, STORAGE_PASSWORD)).status, 200);
    assert.match((await both.get("/menu")).location, /^\/menu\/login/, "and a storage session does not open the menu");
    await both.submit(await both.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD }, "/menu/login");
    assert.equal((await both.get("/menu")).status, 200);
    assert.equal((await both.get("/")).status, 200, "both at once");
    await both.post("/menu/logout", { operation: "0".repeat(32) });
    assert.match((await both.get("/menu")).location, /^\/menu\/login/);
    assert.equal((await both.get("/")).status, 200, "each has its own ログアウト");
    for (const path of ["/password", "/settings"]) assert.equal((await both.get(path)).status, 404, path);
  });

  test(`st_110, st_111, ${service}: the own password`, async () => {
    const user = address("own");
    await storageContract(server, service, `${number}1`, address("boss1"), [user]);
    const { browser } = await inMenu(service, user);
    const seen = server.mails().length;
    const form = await browser.get("/menu/password");
    for (const label of ["現在のパスワード", "新しいパスワード (確認用)", "パスワード変更", "戻る", "3種類以上"]) assert.ok(form.text.includes(label), label);
    const wrong = await browser.submit(form, { current: "Wrong-0000", new: "abc", again: "abd" }, "/menu/password");
    assert.equal(wrong.status, 422);
    const done = await browser.submit(form, { current: STORAGE_PASSWORD, new: NEXT_PASSWORD, again: NEXT_PASSWORD }, "/menu/password");
    assert.match(done.text, /パスワードが変更されました。/);
    assert.ok(opened(await tryLogin(server, user, NEXT_PASSWORD, { service })));
    const told = await mailTo(server, user, seen, { changed: true });
    assert.match(told.text, /変更内容: パスワードの変更/);
  });

  test(`st_104, st_105, st_109, ${service}: the contractor changes his address, and the old one can undo it`, async () => {
    const [boss, next] = [address("old"), address("new")];
    await storageContract(server, service, `${number}2`, boss, []);
    const { browser } = await inMenu(service, boss);
    const form = await browser.get("/menu/address");
    assert.match(form.text, /本サービスに新しく登録するメールアドレスを入力してください。/);
    for (const [typed, again, sentence] of [["x", "x", /メールアドレスの形/], [next, `x${next}`, /一致していません/], [boss, boss, /現在のメールアドレスと同じ/]]) {
      const page = await browser.submit(form, { address: typed, again }, "/menu/address");
      assert.equal(page.status, 422, typed);
      assert.match(page.text, sentence);
    }
    const before = server.mails().length;
    assert.equal((await browser.submit(form, { address: next, again: next }, "/menu/address")).status, 200);
    const soon = await browser.submit(form, { address: next, again: next }, "/menu/address");
    assert.equal(soon.status, 429, "one mail a minute");
    assert.match(soon.text, /直前にお送りしたばかり/);
    const mail = await mailTo(server, next, before);
    assert.equal(mail.subject, service === "worksdrive" ? "【WORKSDRIVE】 メールアドレス変更登録" : "【コワークストレージ】メールアドレス変更登録");
    for (const fact of [boss, next, "14日間", "取り消され"]) assert.ok(mail.text.includes(fact), fact);
    const path = linkIn(mail, browser.origin);
    const anywhere = server.browser({ service });
    const set = await anywhere.get(path);
    assert.match(set.text, /※この手順を実施後、2段階認証の登録がリセットされます。/);
    const done = await anywhere.submit(set, { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path);
    assert.match(done.text, /メールアドレスの変更が完了しました/);
    assert.equal((await tryLogin(server, boss, NEXT_PASSWORD, { service })).status, 401);
    assert.ok(opened(await tryLogin(server, next, NEXT_PASSWORD, { service })));
    const told = await mailTo(server, boss, before);
    for (const fact of [boss, next, brand, "14日間", "戻"]) assert.ok(told.text.includes(fact), fact);
    const undo = linkIn(told, browser.origin);
    const back = await anywhere.submit(await anywhere.get(undo), { new: THIRD_PASSWORD, again: THIRD_PASSWORD }, undo);
    assert.match(back.text, /変更前のメールアドレスに戻しました/);
    assert.ok(opened(await tryLogin(server, boss, THIRD_PASSWORD, { service })));
    assert.equal((await tryLogin(server, next, NEXT_PASSWORD, { service })).status, 401);
  });

  test(`st_101, st_102, ${service}: ログイン方法の設定 to mail address and password`, async () => {
    const boss = address("method");
    await storageContract(server, service, `${number}3`, boss, []);
    const { browser } = await inMenu(service, boss);
    const seen = server.mails().length;
    const form = await browser.get("/menu/method");
    for (const label of ["メールアドレス・パスワード認証の設定", "ログインに使用しているパスワードの変更", "新しくログインに使用するパスワードを入力してください。", "パスワード(確認用)", "登録", "戻る"]) assert.ok(form.text.includes(label), label);
    const done = await browser.submit(form, { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, "/menu/method");
    assert.equal(done.status, 200);
    assert.ok(opened(await tryLogin(server, boss, NEXT_PASSWORD, { service })));
    assert.match((await mailTo(server, boss, seen, { changed: true })).text, /ログイン方法を「メールアドレス・パスワード」に変更/);
  });

  test(`st_109, ${service}: every former address has a way back, and with five of them there is no further change`, async () => {
    const [first, ...others] = Array.from({ length: 7 }, (_, at) => address(`moves${at}`));
    await storageContract(server, service, `${number}5`, first, []);
    const anywhere = server.browser({ service });
    const secret = (moves) => (moves === 0 ? STORAGE_PASSWORD : `Moved-2026${moves}`);
    const ask = async (moves, from, to) => {
      const { browser } = await inMenu(service, from, secret(moves));
      return browser.submit(await browser.get("/menu/address"), { address: to, again: to }, "/menu/address");
    };
    const set = async (path, password) => anywhere.submit(await anywhere.get(path), { new: password, again: password }, path);
    const back = [];
    let now = first;
    for (const [moves, next] of others.slice(0, 5).entries()) {
      await server.clock.advance(13 * MINUTE);
      const seen = server.mails().length;
      assert.equal((await ask(moves, now, next)).status, 200);
      assert.equal((await set(linkIn(await mailTo(server, next, seen), anywhere.origin), secret(moves + 1))).status, 200);
      back.push(linkIn(await mailTo(server, now, seen), anywhere.origin));
      now = next;
    }
    const full = await ask(5, now, others[5]);
    assert.equal(full.status, 429);
    assert.match(full.text, /14日以内に5回変更されたため、いまは変更できません。/);
    // The third one undoes three moves; those behind it lead nowhere any more, those before it still do.
    assert.equal((await set(back[2], "Third-way-2026")).status, 200);
    for (const path of back.slice(2)) assert.equal((await anywhere.get(path)).status, 410);
    assert.ok(opened(await tryLogin(server, others[1], "Third-way-2026", { service })));
    const tries = Array.from({ length: 20 }, (_, at) => `First-way-${2000 + at}`);
    const pages = await Promise.all(tries.map((password) => server.browser({ service }).post(back[0], { new: password, again: password, operation: "0".repeat(32) })));
    const won = tries.filter((_, at) => pages[at].status === 200);
    assert.equal(won.length, 1, "of twenty at once exactly one");
    assert.ok(opened(await tryLogin(server, first, won[0], { service })));
    for (const path of back) assert.equal((await anywhere.get(path)).status, 410);
    for (const other of [others[1], now]) assert.equal((await tryLogin(server, other, "Third-way-2026", { service })).status, 401);
  });

  test(`st_003, ${service}: a trial of 30 days; from day 31 to day 45 only the contractor, only in the menu, only for the plan; then nobody`, async () => {
    const start = tokyoDay(server.clock.now());
    const made = async (name) => {
      const people = { boss: address(`${name}.boss`), user: address(`${name}.user`), id: `${number}4-${name}` };
      await storageContract(server, service, people.id, people.boss, [people.user], { plan: "trial", trial_start: start });
      return people;
    };
    const [early, late, never] = [await made("early"), await made("late"), await made("never")];
    const login = (who) => tryLogin(server, who, STORAGE_PASSWORD, { service });
    const atMenu = (who) => server.browser({ service }).post("/menu/login", { login: who, password: STORAGE_PASSWORD, next: "", operation: "0".repeat(32) });
    /** To this many seconds behind the end of a day of the trial, the first being 1. */
    const day = (number, seconds) => server.clock.advance(tokyoMidnight(start) + number * DAY + seconds * SECOND - server.clock.now());
    const running = async ({ boss, user }) => {
      for (const who of [user, boss]) assert.ok(opened(await login(who)), who);
      assert.deepEqual(items((await inMenu(service, boss)).page).filter((label) => ALL.includes(label)), ["パスワード変更", "プラン変更"]);
      assert.deepEqual(items((await inMenu(service, user)).page), ["パスワード変更"]);
    };
    const changeable = async ({ boss, user }) => {
      for (const page of [await login(user), await login(boss), await atMenu(user)]) {
        assert.equal(page.status, 403);
        assert.match(page.text, /無料トライアルは終了しました。/);
      }
      const { browser, page } = await inMenu(service, boss);
      assert.deepEqual(items(page), ["プラン変更"]);
      for (const path of ["/menu/password", "/menu/method", "/menu/address", "/menu/contract", "/menu/cancel"]) assert.equal((await browser.get(path)).status, 404, path);
      return { browser, page };
    };
    const upgraded = async (browser, { boss, user, id }) => {
      const check = await browser.submit(await browser.get("/menu/plan"), {}, "/menu/plan");
      for (const words of ["以下の内容でお間違えありませんでしょうか？", "現在のプラン 無料トライアル", "変更後のプラン 基本プラン", "キャンセル"]) assert.ok(check.text.includes(words), words);
      assert.equal((await server.operator().get(`/contracts/${id}`)).body.plan, "trial", "asked, not changed");
      const done = await browser.submit(check, {}, "/menu/plan");
      assert.match(done.text, /基本プランに変更しました。/);
      for (const who of [user, boss]) assert.ok(opened(await login(who)), who);
      assert.equal((await server.operator().get(`/contracts/${id}`)).body.plan, "basic");
    };

    await running(early);
    await day(30, -60);
    await running(early);
    // Who is logged in when it ends is so no more.
    const stays = server.browser({ service });
    await stays.signIn(never.user, STORAGE_PASSWORD);
    assert.equal((await stays.get("/")).status, 200);
    await day(30, 1);
    assert.match((await stays.get("/")).location, /^\/login/);
    const { browser: first, page } = await changeable(early);
    assert.match(page.text, new RegExp(`無料トライアルは終了しました。${tokyoDay(tokyoMidnight(start) + 45 * DAY)} 00:00:00 \\+0900 までに基本プランへ変更すると`));
    await upgraded(first, early);
    const own = server.browser({ service });
    await own.signIn(early.boss, STORAGE_PASSWORD);
    await until(async () => {
      await server.clock.advance(MINUTE);
      const { text } = await own.get("/history");
      return [early.user, early.boss].every((who) => text.includes(`${who} は、トライアル期間が終了しているため、ログインできませんでした`));
    });
    await day(45, -60);
    const { browser: last } = await changeable(late);
    await upgraded(last, late);
    // The form that was open then changes nothing a second later; nobody gets in, and nothing tells why.
    const { browser: open } = await changeable(never);
    const form = await open.get("/menu/plan");
    await day(45, 1);
    assert.match((await open.send(form, {}, "/menu/plan")).location, /^\/menu\/login/);
    for (const refused of [await login(never.user), await login(never.boss), await atMenu(never.user), await atMenu(never.boss)]) {
      assert.equal(refused.status, 401);
      assert.ok(!refused.text.includes("トライアル"), refused.text);
    }
    assert.equal((await server.operator().get(`/contracts/${never.id}`)).body.plan, "trial");
    await day(75, 0);
    for (const { user } of [early, late]) assert.ok(opened(await login(user)), user);
  });

  test(`st_081, ${service}: 契約情報変更 and 解約 are records with a confirmation`, async () => {
    const boss = address("record");
    await storageContract(server, service, `${number}5`, boss, []);
    const { browser } = await inMenu(service, boss);
    const form = await browser.get("/menu/contract");
    assert.equal((await browser.submit(form, { name: "", contact: "x".repeat(101) }, "/menu/contract")).status, 422);
    const check = await browser.submit(form, { name: "有限会社みほん", contact: "総務部 佐藤" }, "/menu/contract");
    assert.match(check.text, /以下の内容でお間違えありませんでしょうか？/);
    assert.match((await browser.submit(check, {}, "/menu/contract")).text, /契約情報を変更しました。/);
    assert.match((await browser.get("/menu/contract")).html, /value="有限会社みほん"/);
    const cancel = await browser.get("/menu/cancel");
    assert.equal((await browser.submit(cancel, { sure: "" }, "/menu/cancel")).status, 422);
    assert.match((await browser.submit(cancel, { sure: "1" }, "/menu/cancel")).text, /解約の申し込みを承りました。/);
    assert.match((await browser.get("/menu/cancel")).text, /に解約の申し込みを承っています/);
  });

  test(`st_003 st_064 st_081 ${service}: each change of the contract stands in 操作履歴 once`, async () => {
    const boss = address("history");
    const start = tokyoDay(server.clock.now());
    await storageContract(server, service, `${number}7`, boss, [], { plan: "trial", trial_start: start });
    const { browser } = await inMenu(service, boss);
    /** Fills a page of the menu, and each that asks once more, as far as the boxes given with it lead. */
    const through = async (path, ...steps) => {
      let page = await browser.get(path);
      for (const fields of steps) page = await browser.submit(page, fields, path);
      assert.equal(page.status, 200, page.text);
      assert.ok(!page.forms().some(({ action }) => action === path), `${path} was not done: ${page.text}`);
    };
    await through("/menu/plan", {}, {});
    await through("/menu/contract", { name: "有限会社みほん", contact: "総務部 佐藤" }, {});
    await through("/menu/settings", { short_reset: "1" });
    await through("/menu/access-path", { choice: "only" }, {}, { sure: "1" });
    await through("/menu/access-path", { choice: "both" }, {});
    await through("/menu/cancel", { sure: "1" });
    await through("/menu/settings", { short_reset: "1" }); // as it is already: no change, no row
    await server.clock.advance(2 * SECOND); // what waits for an alarm would come once more now
    const own = server.browser({ service });
    await own.signIn(boss, STORAGE_PASSWORD);
    const told = sentences(await own.get("/history")).filter((what) => what.startsWith(boss) && !/ログイン|2段階認証/.test(what));
    const changes = [
      "プランを変更しました。", "契約情報を変更しました。",
      "その他の設定を変更しました（リセットのリンクは24時間）。", "アクセス経路を「回線認証のみ」に変更しました。",
      "アクセス経路を「回線認証+インターネット」に変更しました。", "解約を申し込みました。",
    ].map((what) => `${boss} が${what}`);
    assert.equal(told.length, changes.length, told.join("\n"));
    told.toReversed().forEach((what, at) => assert.ok(what.startsWith(changes[at]), `${what} is not ${changes[at]}`));
    const checked = await own.submit(await own.get("/history/check"), {}, "/history/check");
    assert.match(checked.text, /書き換えは見つかりませんでした。/);
  });

  test(`${service}: what the password protects asks for it again after five minutes`, async () => {
    const boss = address("confirm");
    await storageContract(server, service, `${number}6`, boss, []);
    const { browser } = await inMenu(service, boss);
    await server.clock.advance(6 * MINUTE);
    for (const path of ["/menu/address", "/menu/method", "/menu/contract", "/menu/plan", "/menu/cancel"]) {
      assert.match((await browser.get(path)).location, /^\/menu\/confirm\?next=/, path);
    }
    const asked = await browser.visit("/menu/address");
    assert.match((await browser.submit(asked, { password: STORAGE_PASSWORD }, "/menu/confirm")).text, /本サービスに新しく登録する/);
    assert.equal((await browser.get("/menu/method")).status, 200);
  });
}

test("a change of the contract whose row has not left yet when the runtime is killed: the row comes, once, and so does a repeated one", async () => {
  const [boss, number] = ["boss@crash.menu.example.jp", "598"];
  await storageContract(server, "worksdrive", number, boss, []);
  const { browser } = await inMenu("worksdrive", boss);
  const check = await browser.submit(await browser.get("/menu/contract"), { name: "有限会社みほん", contact: "佐藤" }, "/menu/contract");
  const [contract, journal] = [{ object: "Contract", name: number }, { object: "Journal", name: `${number}/${tokyoDay(server.clock.now()).slice(0, 7)}` }];
  const waiting = () => server.sql(contract, "SELECT json FROM outbox");
  assert.deepEqual(await waiting(), [], "what was delivered is not kept");
  await server.hold({ ...journal, command: "Append" });
  const cut = browser.submit(check, {}, "/menu/contract").catch(() => null);
  await server.held(journal);
  const [row] = await waiting();
  assert.match(row.json, /contract-record-changed/, "stored with the change");
  await server.kill9();
  assert.equal(await cut, null, "nobody was told");
  await server.restart();
  assert.equal((await server.operator().get(`/contracts/${number}`)).body.name, "有限会社みほん");
  assert.equal((await waiting()).length, 1);
  await server.clock.advance(2 * SECOND);
  assert.deepEqual(await waiting(), []);

  // A journal that had taken it before the crash gets it again, with the next one.
  await server.sql(contract, "INSERT INTO outbox (due, json) VALUES (0, ?)", row.json);
  const again = await inMenu("worksdrive", boss);
  const repeated = await again.browser.submit(await again.browser.get("/menu/contract"), { name: "有限会社みほん", contact: "佐藤" }, "/menu/contract");
  assert.match((await again.browser.submit(repeated, {}, "/menu/contract")).text, /変更された項目はありません。/);
  await again.browser.submit(await again.browser.get("/menu/cancel"), { sure: "1" }, "/menu/cancel");
  assert.deepEqual(await waiting(), []);
  const own = server.browser({ service: "worksdrive" });
  await own.signIn(boss, STORAGE_PASSWORD);
  const told = rows(await own.get("/history")).filter(([, what]) => /契約情報|解約|ご契約を登録/.test(what));
  assert.deepEqual(told.map(([, what]) => what), [`${boss} が解約を申し込みました。`, `${boss} が契約情報を変更しました。`, "運用者 tests がご契約を登録しました。"]);
  const checked = await own.submit(await own.get("/history/check"), {}, "/history/check");
  assert.match(checked.text, /書き換えは見つかりませんでした。/);
});

test("the menu is not there in ココナワーク", async () => {
  for (const path of ["/menu", "/menu/login", "/menu/password", "/forgot", "/t/AbC"]) assert.equal((await server.browser().get(path)).status, 404, path);
});

test("st_104: one new address is claimed by one of two accounts", async () => {
  const wanted = "wanted@menu.example.jp";
  const paths = [];
  for (const number of ["590", "591"]) {
    const boss = `boss@${number}.menu.example.jp`;
    await storageContract(server, "worksdrive", number, boss, []);
    const { browser } = await inMenu("worksdrive", boss);
    const before = server.mails().length;
    await browser.submit(await browser.get("/menu/address"), { address: wanted, again: wanted }, "/menu/address");
    paths.push(linkIn(await mailTo(server, wanted, before), browser.origin));
  }
  const browsers = paths.map(() => server.browser({ service: "worksdrive" }));
  const pages = await Promise.all(paths.map((path, at) => browsers[at].post(path, { new: NEXT_PASSWORD, again: NEXT_PASSWORD, operation: "0".repeat(32) })));
  assert.deepEqual(pages.map(({ status }) => status).sort(), [200, 409]);
});
