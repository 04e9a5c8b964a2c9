// One continuous way through the storage services in Chromium, both brands, and once without JavaScript: invited → registered → first
// login with SMS → browser remembered → password forgotten → reset → 2段階認証 registered again → address changed → undone. First the
// contractor, who changes his address in the menu, then a user, whose address the contractor changes in 管理コンソール. Mails and SMS
// are read where they arrive. What axe-core says of every page on the way; pictures in .out/shots/journey where somebody wants them.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { listen } from "./harness/chromium.mjs";
import { HOUR, MINUTE, launchChromium, startServer } from "./harness/harness.mjs";
import { album, examine } from "./harness/look.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, smsAfter, smsProvider, storageContract } from "./harness/storage.mjs";

const SHOTS = album("shots/journey");
const [THIRD_PASSWORD, FOURTH_PASSWORD] = ["Third-20281", "Fourth-20291"];

const provider = await smsProvider();
const server = await startServer({ vars: { ...provider.vars, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await Promise.all([server.stop(), provider.stop()]);
});

/** Someone at a browser of his own. */
async function visitor(t, { service, shots, ...options }) {
  const origin = server.origin(service);
  const context = await chromium.newContext({ locale: "ja", baseURL: origin, reducedMotion: "reduce", ...options });
  const heard = listen(context);
  const wrong = [];
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [origin]);
  });
  const page = await context.newPage();
  const says = (sentence) => page.getByText(sentence).first().waitFor();
  return {
    page, origin, says, wrong,
    /** Fills fields by their label and presses a button by its name. */
    async send(fields, button) {
      for (const [label, value] of Object.entries(fields)) {
        const field = page.getByLabel(label, { exact: true });
        if (value === true) await field.check();
        else await field.fill(value);
      }
      await page.getByRole("button", { name: button, exact: true }).click();
      await page.waitForLoadState();
    },
    async press(link) {
      await page.getByRole("link", { name: link }).first().click();
      await page.waitForLoadState();
    },
    async at(path) {
      await page.waitForURL((url) => url.pathname === path);
    },
    /** How the page looks, where this visitor looks at pages. */
    async look(name) {
      if (shots) wrong.push(...(await examine(page, `${shots}-${name}`, { language: "ja", folder: SHOTS })));
    },
  };
}

/** From the login page: the password, and then what the second step asks for. */
const signIn = (who, login, password) => who.page.goto("/login").then(() => who.send({ メールアドレス: login, パスワード: password }, "ログイン"));

/** The six steps of a first registration by SMS (ST-023), after the password. */
async function registerPhone(who, phone) {
  await who.at("/login/register");
  await who.look("register-phone");
  const seen = provider.messages.length;
  await who.send({ 電話番号: phone }, "次へ");
  await who.says(`末尾が ${phone.slice(-4)} の電話番号に届いた6文字を入力し`);
  const { code, to } = await smsAfter(server, provider, seen);
  assert.equal(to, `+81${phone.replaceAll("-", "").slice(1)}`);
  await who.look("register-code");
  await who.send({ 認証コード: code, "このブラウザを一定期間、記憶する": true }, "次へ");
  await who.says("リカバリーコードです。");
  await who.look("recovery-code");
  await who.send({ リカバリーコードを保存しました: true }, "次へ");
  await who.says("2段階認証の登録が完了しました");
  await who.look("registered-step");
  await who.press("ログインする");
  await who.at("/");
}

/** Invited to remembered to reset to registered again: the same for everybody. Logged in at the end, with NEXT_PASSWORD. */
async function arrive(who, brand, login) {
  const invitation = await mailTo(server, login);
  assert.equal(invitation.subject, `【${brand}】利用者登録のご案内`);
  await who.page.goto(linkIn(invitation, who.origin));
  await who.says("利用者ログイン登録");
  await who.look("invited");
  await who.send({ パスワード: STORAGE_PASSWORD, "パスワード (確認用)": STORAGE_PASSWORD }, "登録");
  await who.says("以下の内容でお間違えありませんでしょうか？");
  await who.look("check");
  await who.send({}, "確認");
  await who.says("利用者登録が完了しました。");
  await who.look("registered");
  await who.press("OK");
  await who.send({ メールアドレス: login, パスワード: STORAGE_PASSWORD }, "ログイン");
  await registerPhone(who, "090-1234-5678");
  await who.look("top");
  await who.send({}, "ログアウト");

  // Remembered: the second login asks for no code, and no SMS leaves.
  const sent = provider.messages.length;
  await signIn(who, login, STORAGE_PASSWORD);
  await who.at("/");
  await who.send({}, "ログアウト");
  await server.clock.advance(HOUR);
  assert.equal(provider.messages.length, sent);

  // Forgotten: the address is typed first (ST-123).
  const seen = server.mails().length;
  await who.page.goto("/login");
  await who.page.getByLabel("メールアドレス").fill(login);
  await who.page.getByRole("button", { name: "パスワードを忘れた方はこちら" }).click();
  await who.says("パスワードリセットのメールをお送りしました。");
  await who.look("forgotten");
  const reset = await mailTo(server, login, seen);
  assert.equal(reset.subject, `【${brand}】パスワードリセット`);
  await who.page.goto(linkIn(reset, who.origin));
  await who.says("※この手順を実施後は、2段階認証の登録がリセットされます。");
  await who.look("reset");
  await who.send({ 新しいパスワード: NEXT_PASSWORD, "新しいパスワード (確認用)": NEXT_PASSWORD }, "送信");
  await who.says("リセットパスワードの手続きが完了いたしました。");
  await who.look("reset-done");
  await who.press("OK");
  await who.send({ メールアドレス: login, パスワード: NEXT_PASSWORD }, "ログイン");
  await registerPhone(who, "080-9876-5432");
}

/** Opens the mail about the new address, sets a password, logs in with it; then the old address's mail undoes it all. */
async function changeAndUndo(who, brand, [old, next], seen) {
  const mail = await mailTo(server, next, seen);
  assert.equal(mail.subject, brand === "WORKSDRIVE" ? `【${brand}】 メールアドレス変更登録` : `【${brand}】メールアドレス変更登録`);
  assert.ok(!server.mails().slice(seen).some(({ to }) => [to].flat().join() === old), "the old address is told of a change, not of a wish");
  await who.page.goto(linkIn(mail, who.origin));
  await who.says("※この手順を実施後、2段階認証の登録がリセットされます。");
  await who.look("address-link");
  await who.send({ パスワード: THIRD_PASSWORD, "パスワード (確認用)": THIRD_PASSWORD }, "登録");
  await who.says("メールアドレスの変更が完了しました");
  await who.look("address-done");
  await signIn(who, old, THIRD_PASSWORD);
  await who.says("メールアドレスまたはパスワードに誤りがあります。");
  await signIn(who, next, THIRD_PASSWORD);
  await who.at("/login/register");

  const told = await mailTo(server, old, seen);
  assert.equal(told.subject, `【${brand}】メールアドレス変更のお知らせ`);
  await who.page.goto(linkIn(told, who.origin));
  await who.look("undo-link");
  await who.send({ パスワード: FOURTH_PASSWORD, "パスワード (確認用)": FOURTH_PASSWORD }, "元に戻す");
  await who.says("変更前のメールアドレスに戻しました");
  await who.look("undo-done");
  await who.page.goto("/");
  await who.at("/login");
  await signIn(who, next, THIRD_PASSWORD);
  await who.says("メールアドレスまたはパスワードに誤りがあります。");
  // One code a minute.
  await server.clock.advance(2 * MINUTE);
  await signIn(who, old, FOURTH_PASSWORD);
  await registerPhone(who, "070-1111-2222");
}

const JOURNEYS = [...STORAGE.map((one) => ({ ...one, how: "with" })), { ...STORAGE[0], how: "without" }];
for (const [index, { service, brand, how }] of JOURNEYS.entries()) {
  const title = `st_023 st_070 to st_073, st_104 to st_106, st_109, st_123, st_124, ${service}`;
  test(`${title}: from the invitation to an address changed and undone, ${how} JavaScript`, { timeout: 300_000 }, async (t) => {
    const address = (name) => `${name}.${how}@${service}.journey.example.jp`;
    const [boss, nextBoss, user, nextUser] = ["boss", "boss.next", "hanako", "hanako.next"].map(address);
    await storageContract(server, service, `J-${index}`, boss, [{ login: user, ready: false }], { ready: false, secondStep: true });
    const javaScriptEnabled = how === "with";
    const options = { service, javaScriptEnabled };

    const contractor = await visitor(t, { ...options, shots: index === 0 && "contractor" });
    await arrive(contractor, brand, boss);
    // His own address, in the menu: a login of its own, in the browser that is remembered.
    await contractor.press("認証・契約情報変更メニュー");
    await contractor.at("/menu/login");
    await contractor.send({ メールアドレス: boss, パスワード: NEXT_PASSWORD }, "ログイン");
    await contractor.at("/menu");
    await contractor.look("menu");
    await contractor.press("メールアドレス変更");
    await contractor.look("menu-address");
    let seen = server.mails().length;
    await contractor.send({ メールアドレス: nextBoss, "メールアドレス (確認用)": nextBoss }, "メール送信");
    await contractor.says("14日間以内にメールのリンクを開いて");
    await contractor.look("menu-address-sent");
    await changeAndUndo(contractor, brand, [boss, nextBoss], seen);

    const person = await visitor(t, { ...options, shots: index === 1 && "user" });
    await arrive(person, brand, user);
    // A user's address, by his administrator.
    await server.clock.advance(MINUTE);
    await signIn(contractor, boss, FOURTH_PASSWORD);
    await contractor.at("/");
    await contractor.press("管理コンソール");
    await contractor.press("鈴木 花子");
    await contractor.says("登録が完了しています。");
    await contractor.look("member");
    await contractor.press("メールアドレス変更");
    await contractor.look("member-address");
    seen = server.mails().length;
    await contractor.send({ メールアドレス: nextUser }, "送信");
    await contractor.says("指定されたメールアドレスに確認メールを送信します。");
    await contractor.look("member-address-sure");
    await contractor.send({}, "OK");
    await contractor.says(`${nextUser} への変更を待っています`);
    await contractor.look("member-address-waits");
    await changeAndUndo(person, brand, [user, nextUser], seen);
    await contractor.page.goto(`/users/${encodeURIComponent(user)}`);
    assert.equal(await contractor.page.getByText("への変更を待っています").count(), 0);
    assert.deepEqual([...contractor.wrong, ...person.wrong], []);
  });
}
