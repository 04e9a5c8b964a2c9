// 管理コンソール of the storage services in workerd: who sees and may do what there, invitations from the form to the login, their repetition
// and withdrawal, メールアドレス変更, 最近のメール, and what the operator sees of it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, MINUTE, startServer } from "./harness/harness.mjs";
import { tryLogin, opened } from "./harness/login.mjs";
import { STORAGE, STORAGE_PASSWORD, linkIn, mailTo, register, storageContract } from "./harness/storage.mjs";

let refused = () => false;
const server = await startServer({
  vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" },
  onMail: (mail) => {
    if (refused(mail)) throw new Error("the provider is down");
  },
});
after(() => server.stop());

const seen = () => server.mails().length;
/** Opens a question and answers it. */
const press = async (browser, path, fields = {}) => browser.submit(await browser.get(path), fields, path);
const at = (address) => `/users/${encodeURIComponent(address)}`;
async function signedIn(service, address) {
  const browser = server.browser({ service });
  const page = await browser.signIn(address, STORAGE_PASSWORD);
  assert.equal(page.status, 200, page.text);
  return browser;
}
/** A contract of its own: contractor, manager and user, all registered. */
let number = 0;
async function contract(service) {
  number += 1;
  const address = (name) => `${name}@c${number}.${service}.example.jp`;
  const [boss, manager, user] = ["boss", "manager", "user"].map(address);
  await storageContract(server, service, `${5000 + number}`, boss, [{ login: manager, manager: true, name: "佐藤 次郎" }, user]);
  return { address, boss, manager, user, id: `${5000 + number}` };
}
const invite = (browser, fields) => browser.get("/invite").then((page) => browser.send(page, { start: "2026-01-01", ...fields }, "/invite"));

for (const { service, brand } of STORAGE) {
  test(`st_001 st_070 st_074, ${service}: invited in the console, registered by mail, resent and withdrawn`, async () => {
    const { address, boss, manager, user } = await contract(service);
    const browser = await signedIn(service, boss);
    const top = await browser.get("/");
    for (const word of ["管理コンソール", "認証・契約情報変更メニュー", "契約者", "あなたの接続"]) assert.ok(top.text.includes(word), word);
    assert.match(top.html, /href="\/menu"/);
    for (const word of ["端末", "管理機能利用設定", "一般ユーザ"]) assert.ok(!top.text.includes(word), word);
    const list = await browser.get("/users");
    for (const word of [manager, user, "管理者権限を持つ利用者", "鈴木 花子", "佐藤 次郎", "メールアドレス", "権限", "利用者数: 2"]) assert.ok(list.text.includes(word), word);
    for (const word of ["ビューア", "タイプ", "ユーザアカウント一覧表"]) assert.ok(!list.text.includes(word), word);

    const [hanako, before] = [address("hanako"), seen()];
    const empty = await invite(browser, { name: "", address: "hanako@", start: "2026-02-30" });
    assert.equal(empty.status, 422);
    for (const word of ["氏名を、改行を含まない100文字以内", "メールアドレスを正しい形で", "日付を 2026-11-22 の形で"]) assert.ok(empty.text.includes(word), word);
    assert.equal((await invite(browser, { name: "花子", address: user })).status, 422, "somebody of the contract has it");
    const made = await invite(browser, { name: "伊藤 花子", address: ` ${hanako.toUpperCase()} ` });
    assert.equal(made.location, `${at(hanako)}?notice=invited`);
    const page = await browser.follow(made);
    for (const word of ["招待のメールをお送りします。", "伊藤 花子", "招待中です。", `招待した人: ${boss}`]) assert.ok(page.text.includes(word), word);
    const mail = await mailTo(server, hanako, before);
    assert.equal(mail.subject, `【${brand}】利用者登録のご案内`);
    for (const fact of ["伊藤 花子 様", boss, "14日"]) assert.ok(mail.text.includes(fact), fact);
    assert.equal((await invite(browser, { name: "花子", address: hanako })).status, 422, "invited already");

    const waiting = await browser.get("/invitations");
    for (const word of [hanako, "伊藤 花子", "再送", "取り消し"]) assert.ok(waiting.text.includes(word), word);
    assert.match((await browser.get("/users")).text, /招待中の利用者: 1人/);
    const early = await press(browser, `${at(hanako)}/invitation/resend`);
    assert.match(early.text, /直前にお送りしたばかり/);
    await server.clock.advance(MINUTE);
    const again = seen();
    assert.match((await press(browser, `${at(hanako)}/invitation/resend`)).text, /招待のメールをもう一度お送りします。/);
    const second = await mailTo(server, hanako, again);
    const guest = server.browser({ service });
    assert.match((await guest.get(linkIn(mail, guest.origin))).text, /新しいメールをお送りしています/);
    assert.match((await register(guest, linkIn(second, guest.origin))).text, /申込完了/);
    assert.ok(opened(await tryLogin(server, hanako, STORAGE_PASSWORD, { service })));
    const done = await browser.get(at(hanako));
    for (const word of ["登録が完了しています。", "最終ログイン"]) assert.ok(done.text.includes(word), word);
    assert.ok(!/まだありません/.test(done.text));
    assert.match((await browser.get("/invitations")).text, /招待中の利用者はいません/);

    const late = address("late");
    const sent = seen();
    await invite(browser, { name: "五郎", address: late });
    const link = linkIn(await mailTo(server, late, sent), guest.origin);
    const gone = await press(browser, `${at(late)}/invitation/withdraw`);
    assert.match(gone.text, /招待を取り消しました。/);
    assert.equal((await guest.get(link)).status, 410);
    assert.equal((await browser.get(at(late))).status, 404);
    assert.ok(!(await browser.get("/users")).text.includes(late));
    const soon = await invite(browser, { name: "五郎", address: late });
    assert.equal(soon.status, 429, "not more often than an invitation that stays is sent again");
    assert.match(soon.text, /直前にお送りしたばかり/);
    await server.clock.advance(MINUTE);
    assert.equal((await invite(browser, { name: "五郎", address: late })).status, 303, "the address can be invited again");
    assert.match((await browser.get("/history")).text, /招待を取り消しました/);
  });

  test(`st_106 st_107, ${service}: メールアドレス変更 asks once more and mails the right link to the right address`, async () => {
    const { address, boss, user, manager } = await contract(service);
    const browser = await signedIn(service, manager);
    const path = `${at(user)}/address`;
    const field = await browser.get(path);
    for (const word of ["メールアドレス変更", "送信", "キャンセル"]) assert.ok(field.text.includes(word), word);
    assert.equal((await browser.send(field, { address: "x@" }, path)).status, 422);
    assert.equal((await browser.send(field, { address: boss }, path)).status, 422, "the contract has it");
    const renewed = address("renewed");
    const before = seen();
    const sure = await browser.send(field, { address: renewed }, path);
    assert.match(sure.text, /指定されたメールアドレスに確認メールを送信します。 よろしいですか？/);
    assert.match(sure.html, /確認メールを送信します。<br>よろしいですか？/);
    for (const word of ["OK", "Cancel", renewed, user]) assert.ok(sure.text.includes(word), word);
    await server.clock.advance(2000);
    assert.equal(seen(), before, "nothing is sent before OK");
    const done = await browser.submit(sure, {}, path);
    assert.match(done.text, /新しいメールアドレスに確認メールをお送りします。/);
    assert.ok(done.text.includes(`${renewed} への変更を待っています`), done.text);
    const mail = await mailTo(server, renewed, before);
    assert.match(mail.subject, /メールアドレス変更登録/);
    linkIn(mail, browser.origin);
    assert.ok(!server.mails().slice(before).some(({ to }) => [to].flat().join() === user));
    await server.clock.advance(MINUTE);
    const method = await browser.submit(await browser.send(await browser.get(path), {}, path), {}, path);
    assert.match(method.text, /ログイン方法の設定変更を待っています/);
    const letter = await mailTo(server, user, before);
    assert.match(letter.subject, /ログイン方法の設定変更/);
    assert.ok(opened(await tryLogin(server, user, STORAGE_PASSWORD, { service })), "nothing has changed yet");

    const mails = await browser.get(`${at(user)}/mails`);
    for (const word of [letter.subject, mail.subject, renewed, user, "送信済み"]) assert.ok(mails.text.includes(word), `${word}: ${mails.text}`);
    for (const sent of [mail, letter]) assert.ok(!mails.html.includes(linkIn(sent, browser.origin).slice(3)));
  });
}

test("st_095 2-step of a user is reset by his administrators", async () => {
  const service = "worksdrive";
  const { user, manager, id } = await contract(service);
  const { uid } = (await server.operator().get(`/contracts/${id}`)).body.accounts.find(({ login }) => login === user);
  await server.sql({ object: "Account", name: uid }, "UPDATE item SET json = 'true' WHERE key = 'factor'");
  const browser = await signedIn(service, manager);
  assert.match((await browser.get(at(user))).text, /登録をリセット/);
  const question = await browser.get(`${at(user)}/factor/reset`);
  assert.match(question.text, /2段階認証の登録をリセットします。/);
  assert.match((await browser.submit(question, {}, `${at(user)}/factor/reset`)).text, /2段階認証の登録をリセットしました。/);
  const again = await browser.post(`${at(user)}/factor/reset`, { operation: "1".repeat(32) });
  assert.match(again.location, /two-step-was-reset/);
});

test("no manager reaches the contractor or another manager, nobody himself, and another contract nobody, byte for byte", async () => {
  const service = "worksdrive";
  const { address, boss, manager, user } = await contract(service);
  const other = await contract(service);
  const paths = ["", "/address", "/mails", "/history", "/factor/reset", "/invitation/resend", "/invitation/withdraw"];
  const fields = { operation: "0".repeat(32), address: address("evil"), sure: "1" };
  const masked = ({ status, html }, name) => [status, html.replaceAll(name, "X").replaceAll(encodeURIComponent(name), "X").replace(/[0-9a-f]{32}/g, "ID")];
  const before = seen();
  for (const [who, whom] of [[manager, boss], [manager, manager], [boss, boss], [user, boss], [user, manager], [user, user], [boss, other.user], [manager, other.boss]]) {
    const browser = await signedIn(service, who);
    for (const path of paths) {
      const nobody = address("nobody-at-all");
      for (const form of [null, fields]) {
        if (form && ["", "/mails", "/history"].includes(path)) continue;
        const ask = (name) => (form ? browser.post(`${at(name)}${path}`, form) : browser.get(`${at(name)}${path}`));
        const [mine, unknown] = [await ask(whom), await ask(nobody)];
        assert.equal(mine.status, 404, `${who} ${form ? "POST" : "GET"} ${whom}${path}: ${mine.text}`);
        assert.deepEqual(masked(mine, whom), masked(unknown, nobody), `${who} ${whom}${path}`);
      }
    }
    assert.ok(!(await browser.get("/users")).text.includes(other.user));
  }
  // A manager invites no managers, and nobody invites an address of his own contract.
  const browser = await signedIn(service, manager);
  assert.ok(!/管理者権限を持つ利用者として/.test((await browser.get("/invite")).text));
  assert.equal((await invite(browser, { name: "A", address: address("m2"), manager: "on" })).status, 404);
  assert.equal((await invite(browser, { name: "A", address: boss })).status, 422);
  for (const path of ["/users", "/invite", "/invitations", "/import"]) assert.equal((await (await signedIn(service, user)).get(path)).status, 404, path);
  await server.clock.advance(3000);
  assert.equal(seen(), before, "none of it mailed anything");
  for (const who of [boss, manager, user]) assert.ok(opened(await tryLogin(server, who, STORAGE_PASSWORD, { service })));
  // Nothing of it is there in ココナワーク.
  for (const path of ["/invite", "/invitations", "/import"]) assert.equal((await server.browser().get(path)).status === 404 || (await server.browser().get(path)).location?.startsWith("/login"), true, path);
});

test("one invitation form sent a hundred times at once invites once, and two contractors' one address twice", async () => {
  const service = "cowork-storage";
  const { address, boss } = await contract(service);
  const browser = await signedIn(service, boss);
  const [race, before] = [address("race"), seen()];
  const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => browser.post("/invite", { name: "花子", address: race, start: "2026-01-01", operation: String(at).padStart(32, "0") })));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1, JSON.stringify(answers.map(({ status }) => status)));
  assert.ok(answers.every(({ status }) => [303, 422].includes(status)));
  await mailTo(server, race, before);
  assert.equal(server.mails().slice(before).length, 1);
  const rows = (await browser.get("/history")).text.split("を招待しました").length - 1;
  assert.equal(rows, 1);
});

test("a dead letter is found, shown without its link, tried again and gone; the user's page tells it", async () => {
  const service = "worksdrive";
  const { address, boss, id } = await contract(service);
  const browser = await signedIn(service, boss);
  const dead = address("dead");
  refused = ({ to }) => [to].flat().join() === dead;
  await invite(browser, { name: "花子", address: dead });
  const account = (await server.operator().get(`/contracts/${id}`)).body.accounts.find(({ login }) => login === dead);
  assert.equal(account.state, "invited");
  assert.match((await browser.get(`${at(dead)}/mails`)).text, /送信待ち/);
  await server.sql({ object: "Account", name: account.uid }, "UPDATE outbox SET tries = 60, due = 0 WHERE dead = 0");
  const letters = async () => (await server.operator().get("/dead-letters")).body.letters.filter(({ login }) => login === dead);
  for (let tries = 0; tries < 20 && !(await letters()).length; tries += 1) await server.clock.advance(2000);
  const [letter] = await letters();
  assert.deepEqual([letter.what, letter.to, letter.service, letter.uid], ["invitation", dead, service, account.uid]);
  assert.match((await browser.get(`${at(dead)}/mails`)).text, /送信できません/);
  const nonce = JSON.parse((await server.sql({ object: "Account", name: account.uid }, "SELECT json FROM item WHERE key = 'links'"))[0].json)[0].nonce;
  assert.ok(!JSON.stringify(await server.operator().get("/dead-letters")).includes(nonce));
  refused = () => false;
  const before = seen();
  assert.equal((await server.operator().post(`/dead-letters/${letter.id}/retry`)).status, 200);
  const mail = await mailTo(server, dead, before);
  assert.match((await register(server.browser({ service }), linkIn(mail, browser.origin))).text, /申込完了/);
  for (let tries = 0; tries < 20 && (await letters()).length; tries += 1) await server.clock.advance(2000);
  assert.deepEqual(await letters(), []);
  assert.match((await browser.get(`${at(dead)}/mails`)).text, /送信済み/);
  assert.equal((await server.operator().post(`/dead-letters/${letter.id}/retry`)).status, 404);
});

test("st_074 an invitation that has expired says so to the administrator, who sends it again", async () => {
  const service = "worksdrive";
  const { address, boss } = await contract(service);
  const slow = address("slow");
  await invite(await signedIn(service, boss), { name: "花子", address: slow });
  await server.clock.advance(14 * DAY + MINUTE);
  const browser = await signedIn(service, boss);
  assert.match((await browser.get(at(slow))).text, /有効期限が切れています/);
  for (const path of ["/users", "/invitations"]) assert.match((await browser.get(path)).text, /招待の期限切れ/);
  const before = seen();
  await press(browser, `${at(slow)}/invitation/resend`);
  assert.match((await register(server.browser({ service }), linkIn(await mailTo(server, slow, before), browser.origin))).text, /申込完了/);
});

test("st_001 the contractor's list has managers and users in one order, page by page, both ways and searched; a manager's has users only", async () => {
  const service = "worksdrive";
  const domain = "many.worksdrive.example.jp";
  const people = Array.from({ length: 120 }, (_, at) => ({
    login: `p${String((at * 37) % 120).padStart(3, "0")}@${domain}`, manager: at % 3 === 0, start: `20${10 + (at % 9)}-01-01`, end: at % 4 ? null : `20${40 + (at % 5)}-12-31`,
  }));
  await storageContract(server, service, "5900", `boss@${domain}`, people);
  const shown = ({ html }) => [...html.matchAll(/<td class="address">([^<]*)<\/td>/g)].map(([, login]) => login);
  const link = ({ html }, rel) => new RegExp(`href="([^"]*)" rel="${rel}"`).exec(html)?.[1].replaceAll("&amp;", "&").replaceAll("&#38;", "&");
  const walk = async (browser, path) => {
    const [there, back] = [[], []];
    let page = await browser.get(path);
    for (; ; page = await browser.get(link(page, "next"))) {
      there.push(...shown(page));
      if (!link(page, "next")) break;
    }
    for (; ; page = await browser.get(link(page, "prev"))) {
      back.unshift(...shown(page));
      if (!link(page, "prev")) break;
    }
    assert.deepEqual(back, there, `${path}: the way back`);
    return there;
  };
  const key = { login: ({ login }) => login, start: ({ start, login }) => `${start} ${login}`, end: ({ end, login }) => `${end ?? "9999-99-99"} ${login}` };
  const boss = await signedIn(service, `boss@${domain}`);
  const manager = await signedIn(service, people.find((one) => one.manager).login);
  for (const [browser, mine] of [[boss, people], [manager, people.filter((one) => !one.manager)]]) {
    for (const sort of Object.keys(key)) {
      const order = mine.toSorted((a, b) => (key[sort](a) < key[sort](b) ? -1 : 1)).map(({ login }) => login);
      assert.deepEqual(await walk(browser, `/users?sort=${sort}`), order, sort);
      assert.deepEqual(await walk(browser, `/users?sort=${sort}&order=desc`), order.toReversed(), `${sort}, downwards`);
    }
    const found = mine.map(({ login }) => login).filter((login) => login.includes("p1")).sort();
    assert.deepEqual(await walk(browser, "/users?q=p1"), found);
    assert.match((await browser.get("/users?q=p1")).text, new RegExp(`の検索結果: ${found.length}件`));
    assert.match((await browser.get("/users")).text, new RegExp(`利用者数: ${mine.length}`));
  }
});
