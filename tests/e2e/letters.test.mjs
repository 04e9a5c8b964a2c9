// The mails of the storage services beside the manual (requirements, A5): for both brands and for whoever caused them, subject,
// addressee, cause, link, validity and consequence, in the text and in the HTML; through the binding and through a provider over HTTP.
// Whoever causes one lies about his host in every way there is (past failure 29), and nothing of that gets into a mail or an SMS.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Page } from "./harness/browser.mjs";
import { FOREIGN, forging } from "./harness/forged.mjs";
import { DAY, MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { tryLogin } from "./harness/login.mjs";
import { openidProviders } from "./harness/openid.mjs";
import { tokyoDay } from "./harness/people.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, linkIn, mailProvider, mailTo, register, registerBySms, sendTable, smsProvider, storageContract } from "./harness/storage.mjs";

const FROM = "noreply@kagiban.example";
const providers = await openidProviders([
  { id: "ad", label: "AD FS", kind: "adfs", redirect: "adfs-[a-z0-9]{18}", configured: false }, { id: "google", label: "Google" }, { id: "microsoft", label: "Microsoft" },
]);
const ad = providers.get("ad");
const [sms, mail] = [await smsProvider(), await mailProvider()];
const vars = { ...sms.vars, MAIL_FROM: FROM, PASSWORD_POSTS_PER_MINUTE: "100000" };
const [bound, posted] = await Promise.all([vars, { ...vars, ...mail.vars }].map((own) => startServer({ providers, vars: own })));
after(() => Promise.all([bound, posted, sms, mail, providers].map((one) => one.stop())));
const OPERATION = "0".repeat(32);
const NAME = "鈴木 花子";
const WAYS = {
  "the binding": bound,
  "HTTP": Object.create(posted, { mails: { value: () => mail.taken.map(({ body }) => body) } }),
};

/** The words of a mail's HTML, as its reader sees them. */
const words = (html) => new Page("", { status: 200, headers: new Headers(), body: Buffer.from(html) }, 0).text;
const flat = (text) => text.replace(/\s+/g, " ");
const stamp = (at) => `${new Date(at + 9 * 3_600_000).toISOString().slice(0, 19).replace("T", " ")} +0900`;

/**
 * What the manual's table says of each letter: who gets it, what it is called, what it tells, in which order nothing matters, what the
 * page behind its link is called, and who causes it and how (`cause`, which may answer a connection ID that the letter tells too).
 */
function letters(server, { service, brand }) {
  const address = (name) => `${name}@${service}.letters.example.jp`;
  const wide = service === "worksdrive" ? " " : "";
  const provider = service === "worksdrive" ? "google" : "microsoft";
  const visitor = () => server.browser({ service });
  const contract = `T-${service}`;
  const [boss, nextBoss, user, nextUser, guest, listed, member] = ["boss", "boss.next", "hanako", "hanako.next", "guest", "listed", "member"].map(address);
  const ends = tokyoDay(server.clock.now() + 60 * DAY);

  const signedIn = async () => {
    const browser = visitor();
    await browser.signIn(boss, STORAGE_PASSWORD);
    return browser;
  };
  const inMenu = async () => {
    const browser = visitor();
    await browser.submit(await browser.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD }, "/menu/login");
    return browser;
  };
  /** 管理コンソール: メールアドレス変更, by the contractor. @returns what it mailed, if `to` is asked for */
  const asked = async (who, fields, to) => {
    const [browser, seen, path] = [await signedIn(), server.mails().length, `/users/${encodeURIComponent(who)}/address`];
    const done = await browser.submit(await browser.send(await browser.get(path), fields, path), {}, path);
    assert.match(done.text, /お送りします/);
    return to && linkIn(await mailTo(server, to, seen), browser.origin);
  };
  /** To a linked service and back: the page behind the callback. */
  const there = async (browser, gone, id) => {
    const back = await providers.get(id).visitor().authorize(gone.location, { account: providers.get(id).accounts[0].sub });
    return browser.follow(await browser.get(back.pathname + back.search));
  };
  const directory = (browser, act, fields) => browser.post("/menu/directory", { operation: OPERATION, act, ...fields });

  const invited = {
    subject: `【${brand}】利用者登録のご案内`, page: "利用者ログイン登録",
    facts: [`こちらは、${brand}システムです。`, `${boss} により`, `${NAME} 様が${brand}の利用者として登録されました`, "利用者登録を完了", "利用者登録用URL", "14日間", "再送を依頼"],
  };
  const changed = { subject: `【${brand}】${wide}メールアドレス変更登録`, page: "メールアドレス変更" };
  const change = (from, to) => ["平素より", `${from} のメールアドレスを ${to} に変更`, "変更を完了してください", "14日間", "変更は取り消されます"];
  const connection = {
    subject: `【${brand}】${wide}Active Directoryアカウントのログイン用URL・接続ID通知`, page: null,
    facts: [
      "平素より", "Active Directoryアカウントのログイン用URLおよび接続IDをご連絡いたします。", "インターネット用", "回線認証用",
      "※契約者の方は、Active Directoryアカウントでログインをする利用者に対して、事前に接続IDを通知してください。",
      "利用者がログイン方法のActive Directoryアカウントに設定する際に、接続IDの入力が必要となります。",
      `${brand}へログイン時に、接続IDの入力画面が表示された場合、上記の接続IDを入力してください。`,
    ],
  };
  return {
    "M1, the contractor himself": {
      ...invited, to: boss, whom: "山田 太郎",
      facts: [`こちらは、${brand}システムです。`, "ご契約者として", boss, "14日間", "登録が完了しない場合"],
      cause: () => storageContract(server, service, contract, boss, [], { ready: false }),
    },
    "M1, st_070 a user, by the operator": {
      ...invited, to: user,
      cause: () => storageContract(server, service, contract, boss, [{ login: user, name: NAME, ready: false }]),
    },
    "M1, st_070 a user, invited in 管理コンソール": {
      ...invited, to: guest, registers: false,
      cause: async () => {
        const browser = await signedIn();
        await browser.send(await browser.get("/invite"), { name: NAME, address: guest, start: "2026-01-01" }, "/invite");
      },
    },
    "M1, st_070 the same once more": {
      ...invited, to: guest,
      cause: async () => {
        const [browser, path] = [await signedIn(), `/users/${encodeURIComponent(guest)}/invitation/resend`];
        await browser.submit(await browser.get(path), {}, path);
      },
    },
    "M1, st_070 a user, from a CSV file": {
      ...invited, to: listed,
      cause: async () => {
        const browser = await signedIn();
        await sendTable(browser, { file: `氏名,メールアドレス\n${NAME},${listed}` });
        await browser.send(await browser.get("/import"), {}, "/import/start");
      },
    },
    "M2, st_040 st_044 the contractor, once the settings have passed their test": {
      ...connection, to: boss, whom: "山田 太郎",
      cause: async () => {
        const menu = await inMenu();
        const [id] = /adfs-[a-z0-9]{18}/.exec((await directory(menu, "issue")).text);
        await directory(menu, "save", { server: ad.issuer, client: ad.clientId, secret: ad.secret, subject: "upn", name: "unique_name", address: "" });
        assert.match((await there(menu, await directory(menu, "test"), "ad")).text, /設定が有効になりました/);
        return id;
      },
    },
    "M2, st_040 a user who registers with it": {
      ...connection, to: member,
      cause: async () => {
        const [browser, seen] = [visitor(), server.mails().length];
        await storageContract(server, service, contract, boss, [{ login: member, name: NAME, ready: false }]);
        const path = linkIn(await mailTo(server, member, seen), browser.origin);
        const { fields } = (await browser.get(path)).forms().find(({ fields: own }) => own.provider?.startsWith("adfs-"));
        const gone = await browser.send(await browser.post(path, fields), {}, path);
        assert.match((await browser.submit(await there(browser, gone, "ad"), {}, path)).text, /申込完了/);
        return fields.provider;
      },
    },
    "M3, st_104 the contractor's own": {
      ...changed, to: nextBoss, whom: "山田 太郎", facts: change(boss, nextBoss),
      cause: async () => {
        const menu = await inMenu();
        await menu.submit(await menu.get("/menu/address"), { address: nextBoss, again: nextBoss }, "/menu/address");
      },
    },
    "M3, st_106 a user's, by his administrator": { ...changed, to: nextUser, facts: change(user, nextUser), cause: () => asked(user, { address: nextUser }) },
    "M4, st_108 a user's, by his administrator": {
      to: user, subject: `【${brand}ログイン方法の設定変更】`, page: "メールアドレス・パスワード認証の設定",
      facts: ["平素より", `${user} のログイン方法を変更`, "設定を完了してください", "先にそのサービスからログアウト", "意図しないアカウントと紐づかない", "14日間", "変更は取り消されます"],
      cause: () => asked(user, {}),
    },
    "M5, st_122 the tenth failure": {
      to: user, subject: `【${brand}】アカウントロック`, page: "アカウントロックの解除",
      facts: [user, "ログインの失敗が規定の回数に達したため、アカウントをロックしました", "ロックを解除できます", "リンクの有効期限: 本メール受領後14日間", "「パスワードを忘れた方はこちら」からパスワードを変更すると、ロックを解除できます"],
      cause: () => Promise.all(Array.from({ length: 10 }, () => tryLogin(server, user, "Wrong-0000", { service }))),
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
        const [browser, path] = [visitor(), await asked(user, { address: nextUser }, nextUser)];
        await browser.submit(await browser.get(path), { new: NEXT_PASSWORD, again: NEXT_PASSWORD }, path);
      },
    },
    "st_032 a linked service that ends": {
      to: nextUser, subject: `【${brand}】ログイン方法の提供終了のお知らせ`, page: "メールアドレス・パスワード認証の設定",
      facts: ["平素より", `${nextUser} でご利用中の「${providers.get(provider).label}アカウント」によるログインは、${ends} をもって終了します`, "ほかのログイン方法を設定してください", "14日間", "新しいリンクをメールで受け取れます"],
      cause: async () => {
        const [browser, path] = [visitor(), await asked(nextUser, {}, nextUser)];
        const { fields } = (await browser.get(path)).forms().find(({ fields: own }) => own.provider === provider);
        const shown = await there(browser, await browser.post(path, fields), provider);
        assert.match((await browser.submit(shown, {}, path)).text, /ログイン方法を変更しました/);
        await server.clock.advance(2 * SECOND);
        assert.equal((await server.operator().call("PUT", `/providers/${provider}`, { ends })).status, 200);
      },
    },
  };
}

for (const [way, server] of Object.entries(WAYS)) {
  for (const { service, brand } of STORAGE) {
    const visitor = () => server.browser({ service });
    const other = STORAGE.find((one) => one.brand !== brand).brand;
    for (const [title, { to, whom = NAME, subject, facts, page, registers = true, cause }] of Object.entries(letters(forging(server), { service, brand }))) {
      test(`past failure 29, ${service}, by ${way}, ${title}: ${subject}`, async () => {
        await server.clock.advance(2 * MINUTE);
        const seen = server.mails().length;
        const before = server.clock.now();
        const id = await cause();
        const letter = await mailTo(server, to, seen, { subject });
        const until = [before, server.clock.now()].map((at) => at + 14 * DAY);
        assert.deepEqual([[letter.to].flat().join(), letter.from], [to, FROM]);
        const [text, html] = [flat(letter.text), words(letter.html)];
        const all = [`${whom} 様`, ...facts, `本メールは「${brand}」のシステムから自動的にお送りしています。`, "送信専用のため、ご返信いただいてもお答えできません。"];
        const ends = [...text.matchAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900/g)].map(([date]) => date);
        if (page) {
          // One date, and it is the link's.
          assert.ok(ends.length > 0 && ends.every((end) => end === ends[0] && end >= stamp(until[0] - SECOND) && end <= stamp(until[1] + SECOND)), `${ends}: ${until.map(stamp)}`);
          const path = linkIn(letter, visitor().origin);
          const shown = await visitor().get(path);
          assert.equal(shown.status, 200);
          assert.ok(shown.title.includes(page) || shown.text.includes(page), shown.text);
          // Everybody registers once his invitation was read.
          if (page === "利用者ログイン登録" && registers) assert.match((await register(visitor(), path)).text, /申込完了/);
        } else {
          // The login address of a connection, over the Internet and over a line: it ends with the settings, not by a date.
          assert.deepEqual(ends, []);
          const links = [`${visitor().origin}/federation/${id}`, `${server.origin(`line.${service}`)}/federation/${id}`];
          for (const part of [letter.text, letter.html]) assert.deepEqual([...new Set([...part.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link))], links);
          assert.ok((await visitor().get(`/federation/${id}`)).location.startsWith(ad.origin));
          all.push(`Active Directoryの接続ID: ${id}`);
        }
        for (const fact of [...all, ...ends]) {
          assert.ok(text.includes(fact), `${fact} in the text:\n${letter.text}`);
          assert.ok(html.includes(fact), `${fact} in the HTML:\n${html}`);
        }
        // Nothing in it loads or runs, and nothing names the other service or another host.
        assert.ok(!/<(script|img|link|iframe|form)\b|src=|url\(/i.test(letter.html), letter.html);
        assert.match(letter.html, /<html lang="ja">/);
        assert.ok(!`${letter.subject}${text}${html}`.includes(other));
        const late = server.mails().slice(seen);
        assert.equal(late.filter((one) => one.subject === subject && [one.to].flat().join() === to).length, 1, "one mail");
        for (const one of late) assert.doesNotMatch(JSON.stringify(one), FOREIGN);
      });
    }
  }

  for (const { service, brand } of STORAGE) {
    const [boss, visitor] = [`changes${Object.keys(WAYS).indexOf(way)}@${service}.letters.example.jp`, () => server.browser({ service })];
    for (const [language, told] of Object.entries({
      ja: { subject: `【${brand}】ログイン情報が変更されました`, facts: ["山田 太郎 様", boss, "変更内容: パスワードの変更", "操作した人: ", "接続元 ", "お心当たりがない場合は、すぐにログイン画面の", "サポートセンタにご連絡ください"], never: "リンクを開かずに" },
      en: { subject: `${brand}: your login was changed`, facts: ["Dear 山田 太郎,", boss, "What changed: a new password", "Who: ", "If it was not, set another password at once", "tell the support center"], never: "without opening" },
    })) {
      test(`st_111 ${service}, by ${way}, ${language}, his own change of the password: ${told.subject}`, async () => {
        if (language === "ja") await storageContract(server, service, `C-${service}`, boss, []);
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
}

for (const { service, brand } of STORAGE) {
  test(`past failure 29, st_023, ${service}: the SMS, whatever host its cause names`, async () => {
    const [forged, login] = [forging(bound), `sms@${service}.letters.example.jp`];
    await storageContract(forged, service, `S-${service}`, `boss-${login}`, [login], { secondStep: true });
    const [browser, seen] = [forged.browser({ service }), sms.messages.length];
    await registerBySms(forged, sms, browser, await browser.signIn(login, STORAGE_PASSWORD));
    const [message, ...more] = sms.messages.slice(seen);
    assert.deepEqual(more, []);
    assert.equal(message.text, `${brand} 認証コード: ${message.code}\n10分間有効です。他の人に教えないでください。`);
    assert.doesNotMatch(JSON.stringify(message), FOREIGN);
  });
}

test("past failure 29: what no HTTP client would send gets nothing of another host into a mail either", async () => {
  for (const { service } of STORAGE) {
    const login = `raw@${service}.letters.example.jp`;
    await storageContract(bound, service, `R-${service}`, `boss-${login}`, [login]);
    const { origin, host } = bound.browser({ service });
    const body = new URLSearchParams({ login, operation: OPERATION }).toString();
    const [before, answers] = [bound.mails().length, []];
    for (const [target, head] of [
      ["/forgot", `Host: ${host}`], [`http://${host}/forgot`, "Host: evil.example"], [`http://${host}@evil.example/forgot`, `Host: ${host}`], ["//evil.example/forgot", `Host: ${host}`],
      ["/forgot", `Host: ${host}@evil.example`], ["/forgot", `Host: evil.example#${host}`], ["/forgot", `Host: evil.example/${host}`], ["/forgot", `Host: ${host}, evil.example`],
      ["/forgot", `Host: ${host}\r\nHost: evil.example`], ["/forgot", `Host: evil.example\r\nHost: ${host}`], ["/forgot", `Host: ${host}\r\n X-Forwarded-Host: evil.example`], ["/forgot", "X-Forwarded-Host: evil.example"],
    ]) {
      await bound.clock.advance(15 * MINUTE);
      const { status } = await bound.raw(`POST ${target} HTTP/1.1\r\n${head}\r\nOrigin: ${origin}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`, { quiet: 1500 });
      answers.push(status);
    }
    await mailTo(bound, login, before);
    // A Host that makes no address never reaches the Worker: the local runtime answers for it.
    assert.equal(answers[0], 200, "the honest one");
    for (const letter of bound.mails().slice(before)) {
      assert.doesNotMatch(JSON.stringify(letter), FOREIGN);
      linkIn(letter, origin);
    }
  }
});
