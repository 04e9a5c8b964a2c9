// The login page of both brands, and that each has one name and one origin everywhere (ST-010, ST-011, ST-013, ST-D1, ST-D2, ST-D6).

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { STORAGE, linkIn, mailTo, storageContract } from "./harness/storage.mjs";

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
