// The login page of both brands, and that each has one name and one origin everywhere (ST-010, ST-011, ST-013, ST-D1, ST-D2, ST-D6),
// also under a name of the operator's own (`BRANDS`).

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { STORAGE, STORAGE_PASSWORD, linkIn, mailTo, registerBySms, smsProvider, storageContract } from "./harness/storage.mjs";

const BRANDS = JSON.stringify({ "cowork-storage": { terms: "https://terms.example.jp/", operator: "/static/img/neutral.svg" } });
const server = await startServer({ vars: { BRANDS, MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const OPERATION = "0".repeat(32);
/** Slips of the manuals, and the other services' names. */
const FOREIGN = {
  "worksdrive": ["コワークストレージ", "ワークストレージ", "ワークスペース", "ココナワーク", "WORKS DRIVE"],
  "cowork-storage": ["WORKSDRIVE", "U-ワークストレージ", "ワークスペース", "ココナワーク", "【ワークストレージ】"],
};

for (const { service, brand } of STORAGE) {
  test(`st_010 st_011 st_013 the login page of ${service} in the manual's order`, async () => {
    const page = await server.browser({ service }).get("/login");
    assert.match(page.html, /<title>ログイン \|/);
    const order = ["パスワード変更、その他認証・契約情報の変更はこちら", "メールアドレス</label>", "パスワード</label>", ">ログイン</button>", "パスワードを忘れた方はこちら", "Active Directoryアカウントでログイン"];
    const places = order.map((text) => page.html.indexOf(text));
    assert.ok(places.every((place) => place > 0), JSON.stringify(places));
    assert.deepEqual(places, places.toSorted((a, b) => a - b));
    assert.match(page.html, /class="eye"/);
    assert.deepEqual(page.html.match(/[^>]*(アカウント|ID)でログイン/g), ["Active Directoryアカウントでログイン"], "no provider is configured");
    const typed = await server.browser({ service }).post("/forgot", { login: "", password: "secret-typed", operation: OPERATION });
    assert.equal(typed.status, 422, "the address comes first");
    assert.ok(!typed.html.includes("secret-typed"));
  });

  test(`st_010 st_d3 ${service}: 利用規約 and the operator's logo are below the login where the operator has them`, async () => {
    const page = await server.browser({ service }).get("/login");
    const [terms, logo] = [page.html.indexOf('<a href="https://terms.example.jp/" rel="noreferrer">利用規約</a>'), page.html.indexOf('<img src="/static/img/neutral.svg" alt="運営会社"')];
    if (service !== "cowork-storage") return assert.deepEqual([terms, logo, page.text.includes("利用規約")], [-1, -1, false]);
    assert.ok(terms > page.html.indexOf("パスワードを忘れた方はこちら") && logo > terms);
    assert.equal((await server.browser({ service }).get("/static/img/neutral.svg")).status, 200);
  });

  test(`st_d1 st_d2 st_d6 ${service} has one name and one origin in pages and mails`, async () => {
    const [boss, user] = [`boss@${service}.brand.example.jp`, `taro@${service}.brand.example.jp`];
    await storageContract(server, service, `B-${service}`, boss, [{ login: user, ready: false }]);
    const browser = server.browser({ service });
    await browser.post("/forgot", { login: boss, operation: OPERATION });
    const mails = [await mailTo(server, user), await mailTo(server, boss)];
    const paths = ["/login", "/forgot", "/menu/login", "/t/AbC", "/nowhere", ...mails.map((mail) => linkIn(mail, browser.origin))];
    const texts = [...mails.map(({ subject, text }) => `${subject}\n${text}`), ...(await Promise.all(paths.map(async (path) => (await browser.get(path)).text)))];
    for (const text of texts) {
      assert.ok(text.includes(brand), text.slice(0, 200));
      for (const name of FOREIGN[service]) assert.ok(!text.replaceAll(brand, "").includes(name), `${name} in ${text.slice(0, 300)}`);
    }
  });
}

test("st_d1 st_065 st_091 st_104 a renamed WORKSDRIVE has the new name in pages, mails and SMS, and the wording of its own manual", async () => {
  const [service, name] = ["worksdrive", "みほんドライブ"];
  const sms = await smsProvider();
  const renamed = await startServer({ vars: { ...sms.vars, BRANDS: JSON.stringify({ [service]: { name } }), MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" } });
  try {
    const [boss, user, guest, next] = ["boss", "taro", "guest", "next"].map((who) => `${who}@renamed.example.jp`);
    await storageContract(renamed, service, "R-1", boss, [user, { login: guest, ready: false }]);
    const [menu, browser] = [renamed.browser({ service }), renamed.browser({ service })];
    const texts = [];
    const seen = (page) => {
      texts.push(`${page.title}\n${page.text}`);
      return page;
    };
    const choose = async (path, choice) => seen(await menu.submit(seen(await menu.get(path)), { choice }, path));
    await menu.submit(seen(await menu.get("/menu/login")), { login: boss, password: STORAGE_PASSWORD }, "/menu/login");
    const from = renamed.mails().length;
    await menu.submit(await menu.get("/menu/address"), { address: next, again: next }, "/menu/address");
    // What the two manuals call differently stays with the service, not with its name.
    const sure = await choose("/menu/second-step", "on");
    assert.match(sure.text, /以下の内容でお間違えないでしょうか？/);
    seen(await menu.submit(sure, { sure: "1" }, "/menu/second-step"));
    await browser.post("/forgot", { login: user, operation: OPERATION });
    const letters = [await mailTo(renamed, guest), await mailTo(renamed, next, from), await mailTo(renamed, user, from)];
    assert.deepEqual(letters.map(({ subject }) => subject), [`【${name}】利用者登録のご案内`, `【${name}】 メールアドレス変更登録`, `【${name}】パスワードリセット`]);
    for (const letter of letters) {
      texts.push(`${letter.subject}\n${letter.text}\n${letter.html}`);
      seen(await browser.get(linkIn(letter, browser.origin)));
    }
    await registerBySms(renamed, sms, browser, seen(await browser.signIn(user, STORAGE_PASSWORD)));
    texts.push(...sms.messages.map(({ text }) => text));
    for (const path of ["/login", "/forgot", "/nowhere"]) seen(await renamed.browser({ service }).get(path));
    seen(await browser.get("/"));
    const check = await choose("/menu/access-path", "only");
    assert.match(check.title, /^アクセス経路変更確認画面/);
    const risk = seen(await menu.submit(check, {}, "/menu/access-path"));
    assert.match(seen(await menu.submit(risk, { sure: "1" }, "/menu/access-path")).title, /^アクセス経路完了画面/);
    for (const text of texts) {
      assert.ok(text.includes(name), text.slice(0, 200));
      for (const other of ["WORKSDRIVE", ...FOREIGN[service]]) assert.ok(!text.includes(other), `${other} in ${text.slice(0, 300)}`);
    }
    assert.match((await renamed.browser({ service: "cowork-storage" }).get("/login")).text, /コワークストレージ/, "and nobody else is renamed");
  } finally {
    await Promise.all([renamed.stop(), sms.stop()]);
  }
});
