// その他の設定 in workerd: what a contract may choose against the manual (decisions, "Settings that deviate"), at every door that it
// changes: passphrases, 2段階認証 that stays registered, links to reset a password that live a day.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HOUR, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, register, registerByApp, storageContract } from "./harness/storage.mjs";

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const OPERATION = "0".repeat(32);
const [SETTINGS, WORDS] = ["/menu/settings", ["その他の設定", "2段階認証の登録を残す", "有効期限を24時間にする", "パスワードを15文字以上とし"]];
/** Fourteen characters of all kinds, and fifteen of one. */
const [SHORT, PHRASES] = ["Kagiban-202600", ["umihamoeteirukana", "yamahashizukanari", "kawahanagarerundesu", "sorahatakakuaoiyo"]];

async function inMenu(service, login, password = STORAGE_PASSWORD) {
  const browser = server.browser({ service });
  await browser.submit(await browser.get("/menu/login"), { login, password }, "/menu/login");
  return browser;
}
/** Chooses exactly these; others off. */
async function choose(browser, ...names) {
  const { forms, ...page } = await browser.get(SETTINGS);
  assert.equal(page.status, 200, page.html);
  const answer = await browser.post(SETTINGS, { operation: OPERATION, ...Object.fromEntries(names.map((name) => [name, "1"])) });
  assert.match(answer.text, /設定を変更しました。/);
}
const newest = async (service, to, seen) => linkIn(await mailTo(server, to, seen), server.browser({ service }).origin);
async function reset(service, login) {
  const seen = server.mails().length;
  await server.clock.advance(15 * MINUTE);
  await server.browser({ service }).post("/forgot", { login, operation: OPERATION });
  return newest(service, login, seen);
}

for (const [index, { service }] of STORAGE.entries()) {
  const address = (name) => `${name}@${service}.settings.example.jp`;
  const number = `S-${index}`;

  test(`その他の設定 of ${service} is the contractor's alone, off at first, and in the journal`, async () => {
    const [boss, manager] = [address("boss"), address("manager")];
    await storageContract(server, service, number, boss, [{ login: manager, manager: true }]);
    const browser = await inMenu(service, boss);
    assert.match((await browser.get("/menu")).html, /href="\/menu\/settings">その他の設定</);
    const page = await browser.get(SETTINGS);
    for (const word of WORDS) assert.ok(page.text.includes(word), word);
    assert.ok(!/type="checkbox"[^>]* checked/.test(page.html));
    assert.match((await browser.submit(page, {}, SETTINGS)).text, /変更された項目はありません。/);
    await choose(browser, "short_reset", "passphrase");
    const names = [...(await browser.get(SETTINGS)).html.matchAll(/type="checkbox" id="([a-z_]+)"[^>]* checked/g)].map(([, name]) => name);
    assert.deepEqual(names, ["short_reset", "passphrase"]);
    const console = server.browser({ service });
    await console.signIn(boss, STORAGE_PASSWORD);
    assert.match((await console.get("/history")).text, /がその他の設定を変更しました（リセットのリンクは24時間、パスワードは15文字以上）。/);
    for (const form of [undefined, { operation: OPERATION, keep_factor: "1" }]) {
      assert.equal((await (await inMenu(service, manager)).request(SETTINGS, { form })).status, 404);
    }
    await server.clock.advance(6 * MINUTE);
    assert.match((await browser.get(SETTINGS)).location, /^\/menu\/confirm/);
    assert.match((await browser.post(SETTINGS, { operation: OPERATION })).location, /^\/menu\/confirm/);
  });

  test(`passphrases in ${service}: every door that sets a password has the contract's rule, and present passwords stay`, async () => {
    const [boss, invited, user, next] = ["chief", "invited", "user", "user.next"].map(address);
    await storageContract(server, service, `${number}1`, boss, [{ login: invited, ready: false }, user]);
    const invitation = await newest(service, invited, 0);
    const menu = await inMenu(service, boss);
    await choose(menu, "passphrase");
    assert.ok(opened(await tryLogin(server, user, STORAGE_PASSWORD, { service })), "what was set before counts");

    /** The page of a door refuses fourteen characters of all kinds and takes a phrase of one kind. */
    const door = async (browser, path, phrase, more = {}) => {
      const form = await browser.get(path);
      assert.match(form.text, /パスワードは15文字以上で設定してください/, path);
      assert.ok(!form.text.includes("3種類以上"), path);
      const short = await browser.submit(form, { ...more, new: SHORT, again: SHORT }, path);
      assert.equal(short.status, 422, path);
      assert.match(short.text, /15文字以上/);
      const done = await browser.submit(short, { ...more, new: phrase, again: phrase }, path);
      assert.equal(done.status, 200, `${path}: ${done.text}`);
      return done;
    };
    const guest = server.browser({ service });
    await guest.submit(await door(guest, invitation, PHRASES[0]), {}, invitation);
    assert.ok(opened(await tryLogin(server, invited, PHRASES[0], { service })), "ST-071");
    await door(guest, await reset(service, user), PHRASES[1]);
    assert.ok(opened(await tryLogin(server, user, PHRASES[1], { service })), "ST-124");

    await door(await inMenu(service, user, PHRASES[1]), "/menu/password", PHRASES[2], { current: PHRASES[1] });
    await door(await inMenu(service, boss), "/menu/method", PHRASES[0]);
    const chief = server.browser({ service });
    assert.equal((await chief.signIn(boss, PHRASES[0])).status, 200, "ST-102");

    // By links that the contractor sends: a change of address, its undoing, a change of method.
    const path = `/users/${encodeURIComponent(user)}/address`;
    const send = async (fields, to) => {
      const seen = server.mails().length;
      await server.clock.advance(MINUTE);
      await chief.submit(await chief.send(await chief.get(path), fields, path), {}, path);
      return newest(service, to, seen);
    };
    await door(guest, await send({}, user), PHRASES[3]);
    assert.ok(opened(await tryLogin(server, user, PHRASES[3], { service })), "ST-108");
    const seen = server.mails().length;
    await door(guest, await send({ address: next }, next), PHRASES[0]);
    assert.ok(opened(await tryLogin(server, next, PHRASES[0], { service })), "ST-105");
    await door(guest, await newest(service, user, seen), PHRASES[1]);
    assert.ok(opened(await tryLogin(server, user, PHRASES[1], { service })), "ST-109");

    // And the operator's temporary password leads to the same rule.
    const { body } = await server.operator().post(`/accounts/${service}/${encodeURIComponent(user)}/temporary-password`);
    const first = server.browser({ service });
    assert.equal((await first.signIn(user, body.initial_password)).path, "/password/first");
    await door(first, "/password/first", PHRASES[2], { current: body.initial_password });
    assert.ok(opened(await tryLogin(server, user, PHRASES[2], { service })));
  });

  test(`${service}: 2段階認証 stays registered through reset and change of address, and the pages say nothing else`, async () => {
    const [boss, user] = [address("keeper"), address("kept")];
    await storageContract(server, service, `${number}2`, boss, [user], { secondStep: true });
    const menu = server.browser({ service });
    await menu.submit(await menu.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD }, "/menu/login");
    await menu.get("/menu/login/register/app");
    const own = server.browser({ service });
    await own.signIn(user, STORAGE_PASSWORD);
    await registerByApp(server, own);
    const uid = (await server.operator().account(service, user)).uid;
    const boss_uid = (await server.operator().account(service, boss)).uid;
    const change = (keep_factor) => server.ask({ object: "Contract", name: `${number}2` }, { ChangeContract: {
      actor: { uid: boss_uid, contract: `${number}2`, role: "administrator", login: boss, name: "", session: "tests" },
      change: { settings: { keep_factor, short_reset: false, passphrase: false } },
    } });
    assert.ok("Ok" in (await change(true)), uid);
    const path = await reset(service, user);
    const guest = server.browser({ service });
    const form = await guest.get(path);
    assert.ok(!form.text.includes("2段階認証"), form.text);
    assert.match((await guest.submit(form, { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path)).text, /完了いたしました/);
    assert.match((await tryLogin(server, user, NEXT_PASSWORD, { service })).location, /^\/login\/code/, "asked, not registered anew");
    await change(false);
    const usual = await reset(service, user);
    const plain = await guest.get(usual);
    assert.match(plain.text, /※この手順を実施後は、2段階認証の登録がリセットされます。/);
    await guest.submit(plain, { new: "Usual-20281", again: "Usual-20281" }, usual);
    assert.match((await tryLogin(server, user, "Usual-20281", { service })).location, /^\/login\/register/);
  });

  test(`${service}: a link to reset the password lives 24 hours, to the second, and only there`, async () => {
    const [boss, user, invited] = [address("brief"), address("hasty"), address("calm")];
    await storageContract(server, service, `${number}3`, boss, [user, { login: invited, ready: false }]);
    const invitation = await newest(service, invited, 0);
    await choose(await inMenu(service, boss), "short_reset");
    for (const [late, status] of [[-SECOND, 200], [SECOND, 410]]) {
      const path = await reset(service, user);
      const mail = server.mails().findLast(({ to }) => [to].flat().join() === user);
      const [, until] = /有効期限: (.{25}) まで/.exec(mail.text);
      const left = Date.parse(until.replace(/ /, "T").replace(/ \+0900/, "+09:00")) - server.clock.now();
      assert.ok(left > 24 * HOUR - MINUTE && left <= 24 * HOUR, `${left}`);
      await server.clock.advance(left + late);
      assert.equal((await server.browser({ service }).get(path)).status, status);
    }
    assert.match((await register(server.browser({ service }), invitation)).text, /申込完了/, "an invitation lives as long as ever");
  });
}
