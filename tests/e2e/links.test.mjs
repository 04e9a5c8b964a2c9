// Mailed links in workerd: invitations, the lock's mail, the forgotten password; read from the EMAIL binding's own inbox.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SECOND, startServer } from "./harness/harness.mjs";
import { tryLogin, opened } from "./harness/login.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, register, storageContract } from "./harness/storage.mjs";

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());

const browserOf = (service) => server.browser({ service });
const originOf = (service) => browserOf(service).origin;
const login = (service, address, password) => tryLogin(server, address, password, { service });
const seen = () => server.mails().length;

for (const [index, { service, brand }] of STORAGE.entries()) {
  const address = (name) => `${name}@${service}.example.jp`;
  const number = `${index + 1}00`;

  test(`st_070 st_071 st_072 st_073 st_074 ${service}: contractor and user are invited by mail, register and log in`, async () => {
    const [boss, user] = [address("boss"), address("taro")];
    const made = await storageContract(server, service, number, boss, [user], { ready: false });
    assert.deepEqual([...made.values()].map(({ state, invited, initial_password: password }) => [state, invited, password]), [["created", true, undefined], ["created", true, undefined]]);
    const again = await storageContract(server, service, number, boss, [user], { ready: false });
    assert.deepEqual([...again.values()].map(({ state, invited }) => [state, invited]), [["unchanged", undefined], ["unchanged", undefined]]);

    const mail = await mailTo(server, user);
    assert.equal(mail.subject, `【${brand}】利用者登録のご案内`);
    for (const fact of ["鈴木 花子 様", boss, brand, "14日", "送信専用"]) assert.ok(mail.text.includes(fact), `${fact}\n${mail.text}`);
    const own = await mailTo(server, boss);
    assert.ok(own.text.includes("ご契約者") && !own.text.includes("鈴木"), own.text);
    assert.equal(server.mails().filter(({ to }) => [to].flat().join() === user).length, 1, "the same request twice mails once");

    for (const [who, letter] of [[boss, own], [user, mail]]) {
      assert.equal((await login(service, who, STORAGE_PASSWORD)).status, 401, "nobody logs in before");
      const browser = browserOf(service);
      const path = linkIn(letter, browser.origin);
      const form = await browser.get(path);
      assert.match(form.text, /利用者ログイン登録/);
      assert.match(form.text, /英大文字、英小文字、数字、記号から3種類以上/);
      const short = await browser.submit(form, { new: "abc", again: "abd" }, path);
      assert.equal(short.status, 422);
      const check = await browser.submit(form, { new: STORAGE_PASSWORD, again: STORAGE_PASSWORD }, path);
      for (const fact of ["申込確認", "以下の内容でお間違えありませんでしょうか？", "メールアドレス・パスワードで登録", who, "(非表示)"]) assert.ok(check.text.includes(fact), fact);
      assert.ok(!check.html.includes(STORAGE_PASSWORD));
      assert.equal((await login(service, who, STORAGE_PASSWORD)).status, 401, "not before 確認");
      assert.match((await browser.submit(check, {}, path)).text, /申込完了/);
      assert.ok(opened(await login(service, who, STORAGE_PASSWORD)));
      const used = await browser.get(path);
      assert.equal(used.status, 410);
      assert.match(used.text, /に使われました/);
    }
  });

  test(`st_120 st_121 st_122 ${service}: ten failures lock, one mail unlocks, by a button and not by looking`, async () => {
    const user = address("locked");
    await storageContract(server, service, `${number}1`, address("boss1"), [user]);
    for (let failed = 0; failed < 10; failed += 1) assert.equal((await login(service, user, "Wrong-0000")).status, 401);
    const before = seen();
    const locked = await login(service, user, STORAGE_PASSWORD);
    assert.equal(locked.status, 403);
    assert.match(locked.text, /ログインを複数回連続して試行したため、アカウントがブロックされました。ブロック解除の為のメールをお送りしましたのでご確認ください。/);
    const mail = await mailTo(server, user);
    assert.ok(seen() - before <= 1);
    assert.equal(mail.subject, `【${brand}】アカウントロック`);
    for (const fact of [user, "失敗", "ロック", "14日", "パスワードを忘れた方"]) assert.ok(mail.text.includes(fact), fact);
    const browser = browserOf(service);
    const path = linkIn(mail, browser.origin);
    for (let looks = 0; looks < 3; looks += 1) assert.equal((await browser.get(path)).status, 200);
    assert.equal((await login(service, user, STORAGE_PASSWORD)).status, 403, "a scanner that opens links unlocks nothing");
    assert.match((await browser.submit(await browser.get(path), {}, path)).text, /ロックを解除しました/);
    assert.ok(opened(await login(service, user, STORAGE_PASSWORD)));
    const nobody = address("nobody");
    const pages = [];
    for (let failed = 0; failed < 11; failed += 1) pages.push(await login(service, nobody, "Wrong-0000"));
    assert.deepEqual(pages.map(({ status }) => status), [...Array(10).fill(401), 403], "unknown addresses read the same");
    assert.equal(pages[10].html.replaceAll(nobody, "X").replace(/[0-9a-f]{32}/g, ""), locked.html.replaceAll(user, "X").replace(/[0-9a-f]{32}/g, ""));
    await server.clock.advance(2000);
    assert.ok(!server.mails().some(({ to }) => [to].flat().join() === nobody));
  });

  test(`st_123, st_124, ${service}: a forgotten password is set anew by mail`, async () => {
    const user = address("forgot");
    await storageContract(server, service, `${number}2`, address("boss2"), [user]);
    const browser = browserOf(service);
    const signIn = await browser.get("/login");
    assert.match(signIn.text, /パスワードを忘れた方はこちら/);
    const asked = await browser.post("/forgot", { login: user, password: "", operation: "0".repeat(32) });
    const unknown = await browser.post("/forgot", { login: address("nobody2"), operation: "0".repeat(32) });
    const masked = (page, who) => page.html.replaceAll(who, "X").replace(/[0-9a-f]{32}/g, "");
    assert.equal(masked(asked, user), masked(unknown, address("nobody2")));
    const mail = await mailTo(server, user);
    assert.equal(mail.subject, `【${brand}】パスワードリセット`);
    for (const fact of [user, "新しいパスワード", "まで", "取り消され"]) assert.ok(mail.text.includes(fact), fact);
    const path = linkIn(mail, browser.origin);
    const live = server.browser({ service });
    assert.equal((await live.signIn(user, STORAGE_PASSWORD)).status, 200);
    const form = await browser.get(path);
    assert.match(form.text, /リセットパスワード/);
    assert.match(form.text, /※この手順を実施後は、2段階認証の登録がリセットされます。/);
    const same = await browser.submit(form, { new: STORAGE_PASSWORD, again: STORAGE_PASSWORD }, path);
    assert.equal(same.status, 422);
    const done = await browser.submit(form, { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path);
    assert.match(done.text, /リセットパスワードの手続きが完了いたしました。/);
    assert.equal((await live.get("/")).status, 303, "whoever was logged in is logged out");
    assert.equal((await login(service, user, STORAGE_PASSWORD)).status, 401);
    assert.ok(opened(await login(service, user, NEXT_PASSWORD)));
  });
}

test("st_074 an invitation that has expired says so and brings another one", async () => {
  const [service, user] = ["worksdrive", "late@example.jp"];
  await storageContract(server, service, "900", "boss@late.example.jp", [{ login: user, ready: false }]);
  const mail = await mailTo(server, user);
  const browser = browserOf(service);
  const path = linkIn(mail, browser.origin);
  const until = Date.parse(`${mail.text.match(/（(.{25}) まで）/)[1].replace(/ /, "T").replace(/ \+0900/, "+09:00")}`);
  await server.clock.advance(until + SECOND - server.clock.now());
  const dead = await browser.get(path);
  assert.equal(dead.status, 410);
  assert.match(dead.text, /有効期限は .* まででした/);
  const before = seen();
  assert.equal((await browser.submit(dead, {}, path)).status, 200);
  const again = await mailTo(server, user, before);
  const next = linkIn(again, browser.origin);
  assert.notEqual(next, path);
  assert.match((await browser.get(path)).text, /新しいメールをお送りしています/);
  assert.match((await register(browser, next)).text, /申込完了/);
});

test("an address invited by two contracts belongs to the one that is accepted first", async () => {
  const [service, user] = ["worksdrive", "both@example.jp"];
  const letters = [];
  for (const number of ["910", "911"]) {
    const before = seen();
    await storageContract(server, service, number, `boss@${number}.example.jp`, [{ login: user, ready: false }]);
    letters.push(await mailTo(server, user, before));
  }
  const browser = browserOf(service);
  const [one, two] = letters.map((letter) => linkIn(letter, browser.origin));
  assert.match((await register(browser, two)).text, /申込完了/);
  const late = await register(browser, one);
  assert.equal(late.status, 409);
  assert.match(late.text, /すでに別のご契約で利用されています/);
  assert.ok(opened(await login(service, user, STORAGE_PASSWORD)));
});

test("past failure 19, st_124: one link used 1,000 times at once: one password, one event", async () => {
  const [service, user] = ["worksdrive", "race@example.jp"];
  const uid = (await storageContract(server, service, "920", "boss@race.example.jp", [user])).get(user).uid;
  const before = seen();
  await browserOf(service).post("/forgot", { login: user, operation: "0".repeat(32) });
  const path = linkIn(await mailTo(server, user, before), originOf(service));
  const passwords = Array.from({ length: 1000 }, (_, at) => `Race-${String(at).padStart(5, "0")}-x`);
  const pages = await Promise.all(passwords.map((password) => browserOf(service).post(path, { new: password, again: password, operation: "0".repeat(32) })));
  const won = pages.flatMap(({ status }, at) => (status === 200 ? [at] : []));
  assert.equal(won.length, 1, JSON.stringify(Object.fromEntries([...Map.groupBy(pages, ({ status }) => status)].map(([status, all]) => [status, all.length]))));
  assert.ok(pages.every(({ status }) => [200, 409, 410].includes(status)));
  assert.ok(opened(await login(service, user, passwords[won[0]])));
  await server.clock.advance(2000);
  const rows = await server.sql({ object: "Account", name: uid }, "SELECT json FROM item WHERE key = 'credential'");
  assert.equal(JSON.parse(rows[0].json).generation, 2);
});

test("past failures 31 and 32: a flipped, cut or foreign ticket opens nothing and wakes nobody", async () => {
  const [service, user] = ["worksdrive", "flip@example.jp"];
  await storageContract(server, service, "930", "boss@flip.example.jp", [{ login: user, ready: false }]);
  const path = linkIn(await mailTo(server, user), originOf(service));
  const ticket = path.slice("/t/".length);
  const browser = browserOf(service);
  for (let at = 0; at < ticket.length; at += 1) {
    const flipped = ticket.slice(0, at) + (ticket[at] === "A" ? "B" : "A") + ticket.slice(at + 1);
    if (Buffer.from(flipped, "base64url").equals(Buffer.from(ticket, "base64url"))) continue;
    assert.equal((await browser.get(`/t/${flipped}`)).status, 404, flipped);
  }
  for (const other of [ticket.slice(0, -1), `${ticket}A`, "A", "%00", `${ticket}%20`]) assert.equal((await browser.get(`/t/${other}`)).status, 404, other);
  for (const elsewhere of ["cowork-storage", "coconowork"]) assert.equal((await browserOf(elsewhere).get(path)).status, 404, elsewhere);
  assert.equal((await browser.get(path)).status, 200);
});

test("past failure 35: look-alike and doubled addresses mail nobody else", async () => {
  const [service, user] = ["worksdrive", "kimi@example.jp"];
  await storageContract(server, service, "950", "boss@kimi.example.jp", [user]);
  const before = seen();
  for (const typed of ["kımı@example.jp", `${user},evil@example.com`, `${user}\r\nBcc: evil@example.com`, `${user};evil@example.com`, `"${user}" <evil@example.com>`, "kimi@exämple.jp"]) {
    assert.equal((await browserOf(service).post("/forgot", { login: typed, operation: "0".repeat(32) })).status, 200, typed);
  }
  await server.clock.advance(3000);
  assert.equal(seen(), before);
  await browserOf(service).post("/forgot", { login: "ＫＩＭＩ＠ｅｘａｍｐｌｅ．ｊｐ ", operation: "0".repeat(32) });
  const mail = await mailTo(server, user, before);
  assert.equal([mail.to].flat().join(), user);
  assert.equal(seen(), before + 1);
});
