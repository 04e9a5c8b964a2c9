// The mails of the storage services beside the manual (requirements, A5): for both brands and for whoever caused them, subject,
// addressee, cause, link, validity and consequence, in the text and in the HTML. M2 belongs to Active Directory.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Page } from "./harness/browser.mjs";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { tryLogin } from "./harness/login.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailTo, storageContract } from "./harness/storage.mjs";

const FROM = "noreply@kagiban.example";
const server = await startServer({ vars: { MAIL_FROM: FROM, PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const OPERATION = "0".repeat(32);
const NAME = "鈴木 花子";

/** The words of a mail's HTML, as its reader sees them. */
const words = (html) => new Page("", { status: 200, headers: new Headers(), body: Buffer.from(html) }, 0).text;
const flat = (text) => text.replace(/\s+/g, " ");
const stamp = (at) => `${new Date(at + 9 * 3_600_000).toISOString().slice(0, 19).replace("T", " ")} +0900`;

for (const { service, brand } of STORAGE) {
  const address = (name) => `${name}@${service}.letters.example.jp`;
  const wide = service === "worksdrive" ? " " : "";
  const visitor = () => server.browser({ service });
  const contract = `T-${service}`;
  const [boss, nextBoss, user, nextUser] = ["boss", "boss.next", "hanako", "hanako.next"].map(address);

  /**
   * What the manual's table says of each: who causes it and how (`cause`), who gets it, what it is called, what it tells, in which
   * order nothing matters, and what the page behind its link is called.
   */
  const LETTERS = {
    "M1, the contractor himself": {
      to: boss, whom: "山田 太郎", subject: `【${brand}】利用者登録のご案内`, page: "利用者ログイン登録",
      facts: [`こちらは、${brand}システムです。`, "ご契約者として", boss, "14日間", "登録が完了しない場合"],
      cause: () => storageContract(server, service, contract, boss, [], { ready: false }),
    },
    "M1, st_070 a user, by the contractor": {
      to: user, subject: `【${brand}】利用者登録のご案内`, page: "利用者ログイン登録",
      facts: [`こちらは、${brand}システムです。`, `${boss} により`, `${NAME} 様が${brand}の利用者として登録されました`, "利用者登録を完了", "利用者登録用URL", "14日間", "再送を依頼"],
      cause: () => storageContract(server, service, contract, boss, [{ login: user, name: NAME, ready: false }]),
    },
    "M3, st_104 the contractor's own": {
      to: nextBoss, whom: "山田 太郎", subject: `【${brand}】${wide}メールアドレス変更登録`, page: "メールアドレス変更",
      facts: ["平素より", `${boss} のメールアドレスを ${nextBoss} に変更`, "変更を完了してください", "14日間", "変更は取り消されます"],
      cause: async () => {
        const menu = visitor();
        await menu.submit(await menu.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD }, "/menu/login");
        await menu.submit(await menu.get("/menu/address"), { address: nextBoss, again: nextBoss }, "/menu/address");
      },
    },
    "M3, st_106 a user's, by his administrator": {
      to: nextUser, subject: `【${brand}】${wide}メールアドレス変更登録`, page: "メールアドレス変更",
      facts: ["平素より", `${user} のメールアドレスを ${nextUser} に変更`, "変更を完了してください", "14日間", "変更は取り消されます"],
      cause: () => asked({ address: nextUser }),
    },
    "M4, st_108 a user's, by his administrator": {
      to: user, subject: `【${brand}ログイン方法の設定変更】`, page: "メールアドレス・パスワード認証の設定",
      facts: ["平素より", `${user} のログイン方法を変更`, "設定を完了してください", "先にそのサービスからログアウト", "意図しないアカウントと紐づかない", "14日間", "変更は取り消されます"],
      cause: () => asked({}),
    },
    "M5, st_122 the tenth failure": {
      to: user, subject: `【${brand}】アカウントロック`, page: "アカウントロックの解除",
      facts: [user, "ログインの失敗が規定の回数に達したため、アカウントをロックしました", "ロックを解除できます", "リンクの有効期限: 本メール受領後14日間", "「パスワードを忘れた方はこちら」からパスワードを変更すると、ロックを解除できます"],
      cause: async () => {
        for (let failed = 0; failed < 10; failed += 1) await tryLogin(server, user, "Wrong-0000", { service });
      },
    },
    "M6, st_123 the forgotten password": {
      to: user, subject: `【${brand}】パスワードリセット`, page: "リセットパスワード",
      facts: [`${user} のパスワードリセットを承りました`, "新しいパスワードを登録してください", "ロックと2段階認証の登録も解除", "まで。それまでに新しいパスワードが登録されない場合、手続きは取り消されます"],
      cause: () => visitor().post("/forgot", { login: user, operation: OPERATION }),
    },
    "st_109 the old address, after a change": {
      to: user, subject: `【${brand}】メールアドレス変更のお知らせ`, page: "変更前のメールアドレスに戻",
      facts: [`${user} から ${nextUser} に変更されました`, "お心当たりがない場合", "変更前のメールアドレスに戻せます", "14日間", "変更はそのまま"],
      cause: async () => {
        const seen = server.mails().length;
        await asked({ address: nextUser });
        const path = linkIn(await mailTo(server, nextUser, seen), visitor().origin);
        const browser = visitor();
        await browser.submit(await browser.get(path), { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path);
      },
    },
  };
  /** 管理コンソール: メールアドレス変更 of the user, by the contractor. */
  const asked = async (fields) => {
    const browser = visitor();
    await browser.signIn(boss, STORAGE_PASSWORD);
    const path = `/users/${encodeURIComponent(user)}/address`;
    const done = await browser.submit(await browser.send(await browser.get(path), fields, path), {}, path);
    assert.match(done.text, /お送りします/);
  };
  // Everybody registers once his invitation was read.
  const register = async (path) => {
    const browser = visitor();
    await browser.submit(await browser.submit(await browser.get(path), { new: STORAGE_PASSWORD, again: STORAGE_PASSWORD }, path), {}, path);
  };

  for (const [title, { to, whom = NAME, subject, facts, page, cause }] of Object.entries(LETTERS)) {
    test(`${service}, ${title}: ${subject}`, async () => {
      await server.clock.advance(2 * MINUTE);
      const seen = server.mails().length;
      const before = server.clock.now();
      await cause();
      const mail = await mailTo(server, to, seen);
      const until = [before, server.clock.now()].map((at) => at + 14 * DAY);
      assert.equal(mail.subject, subject);
      assert.deepEqual([[mail.to].flat().join(), mail.from], [to, FROM]);
      const path = linkIn(mail, visitor().origin);
      const [text, html] = [flat(mail.text), words(mail.html)];
      const all = [`${whom} 様`, ...facts, `本メールは「${brand}」のシステムから自動的にお送りしています。`, "送信専用のため、ご返信いただいてもお答えできません。"];
      for (const fact of all) {
        assert.ok(text.includes(fact), `${fact} in the text:\n${mail.text}`);
        assert.ok(html.includes(fact), `${fact} in the HTML:\n${html}`);
      }
      // One date, and it is the link's.
      const [end, ...others] = [...text.matchAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900/g)].map(([date]) => date);
      assert.ok(others.every((other) => other === end) && end >= stamp(until[0] - SECOND) && end <= stamp(until[1] + SECOND), `${end}: ${until.map(stamp)}`);
      assert.ok(html.includes(end));
      // Nothing in it loads or runs, and nothing names the other service.
      assert.ok(!/<(script|img|link|iframe|form)\b|src=|url\(/i.test(mail.html), mail.html);
      assert.match(mail.html, /<html lang="ja">/);
      const other = STORAGE.find((one) => one.brand !== brand).brand;
      assert.ok(!`${mail.subject}${text}${html}`.includes(other));
      const shown = await visitor().get(path);
      assert.equal(shown.status, 200);
      assert.ok(shown.title.includes(page) || shown.text.includes(page), shown.text);
      const late = server.mails().slice(seen).filter((letter) => letter.subject === subject && [letter.to].flat().join() === to);
      assert.equal(late.length, 1, "one mail");
      if (page === "利用者ログイン登録") await register(path);
    });
  }

  for (const [language, told] of Object.entries({
    ja: { subject: `【${brand}】ログイン情報が変更されました`, facts: ["山田 太郎 様", boss, "変更内容: パスワードの変更", "操作した人: ", "接続元 ", "お心当たりがない場合は、すぐにログイン画面の", "サポートセンタにご連絡ください"], never: "リンクを開かずに" },
    en: { subject: `${brand}: your login was changed`, facts: ["Dear 山田 太郎,", boss, "What changed: a new password", "Who: ", "If it was not, set another password at once", "tell the support center"], never: "without opening" },
  })) {
    test(`st_111 ${service}, ${language}, his own change of the password: ${told.subject}`, async () => {
      await server.clock.advance(2 * MINUTE);
      const seen = server.mails().length;
      const [current, next] = language === "ja" ? [STORAGE_PASSWORD, NEXT_PASSWORD] : [NEXT_PASSWORD, `${NEXT_PASSWORD}-1`];
      const own = visitor();
      await own.signIn(boss, current);
      await own.post("/preferences", { language, next: "/", operation: OPERATION });
      const menu = visitor();
      await menu.submit(await menu.get("/menu/login"), { login: boss, password: current }, "/menu/login");
      const before = server.clock.now();
      await menu.submit(await menu.get("/menu/password"), { current, new: next, again: next }, "/menu/password");
      const mail = await mailTo(server, boss, seen, { changed: true });
      assert.equal(mail.subject, told.subject);
      const texts = [flat(mail.text), words(mail.html)];
      for (const text of texts) {
        for (const fact of told.facts) assert.ok(text.includes(fact), `${fact} in ${text}`);
        assert.ok(!text.includes(told.never), text);
        const [when] = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900/.exec(text);
        assert.ok(when >= stamp(before - SECOND) && when <= stamp(server.clock.now()), when);
      }
      // No link but the login page.
      for (const part of [mail.text, mail.html]) assert.deepEqual([...new Set(part.match(/https?:\/\/[^\s"<]+/g))], [`${visitor().origin}/login`]);
      assert.equal(server.mails().slice(seen).filter(({ to }) => [to].flat().join() === boss).length, 1, "one mail");
    });
  }
}
