// 一般ユーザ一覧 (CW-008, CW-040 to CW-045) over a contract of 300 users: texts, search, every order, pages forth and back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { logins } from "./harness/login.mjs";
import { contract, signedIn, until } from "./harness/people.mjs";

const server = await startServer();
after(() => server.stop());

const ADMIN = "admin.00001";
const pad = (n) => String(n).padStart(2, "0");
/** 300 users: plans, starts and ends repeat, so that every order has ties. */
const USERS = logins("cwtest", 300).map((login, n) => ({
  login,
  type: n % 3 === 1 ? "coconowork-self" : "coconowork",
  start: `2022-${pad((n % 12) + 1)}-01`,
  end: n % 5 === 0 ? `2099-${pad((n % 12) + 1)}-28` : null,
}));
let browser;
before(async () => {
  for (let at = 0; at < USERS.length; at += 100) await contract(server, "123456789", ADMIN, USERS.slice(at, at + 100));
  await contract(server, "987654321", "admin.00002", [{ login: "foreign.1" }]);
  browser = await signedIn(server, ADMIN);
  // The accounts tell their contract behind the answer.
  await until(async () => (await browser.get("/users")).text.includes("契約ユーザ数: 300"), 20_000);
});

/** The rows of a page as the columns of CW-043. */
const rows = (page) => [...page.html.matchAll(/<tr><th scope="row"><a href="[^"]*">([^<]*)<\/a>.*?<\/th>(.*?)<\/tr>/gs)]
  .map(([, login, cells]) => [login, ...[...cells.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, cell]) => cell)]);
const link = (page, rel) => new RegExp(`href="([^"]*)" rel="${rel}"`).exec(page.html)?.[1].replace(/&(amp|#38);/g, "&");
const shown = ({ login, type, start, end }) => [login, type === "coconowork" ? "ココナワーク" : "ココナワーク セルフ", start, end ?? "-"];

test("cw_040_cw_041_the_list_opens_from_the_menu_and_says_whose_it_is", async () => {
  const top = await browser.get("/");
  assert.match(top.html, /<a href="\/users"[^>]*>ユーザ管理/);
  const page = await browser.get("/users");
  for (const text of ["一般ユーザ一覧", "契約ユーザ数: 300", `アカウント管理者 [${ADMIN}] に所属するユーザ一覧を表示しています。`,
    "ユーザの詳細を表示するにはユーザ名をクリックしてください。", "契約ID: 123456789", "検索で絞り込むこともできます。", "検索"]) {
    assert.ok(page.text.includes(text), `${text} is missing`);
  }
});

test("cw_043_cw_044_columns_and_their_values", async () => {
  const page = await browser.get("/users");
  const heads = [...page.html.matchAll(/<th scope="col"[^>]*>.*?<\/th>/gs)].map(([head]) => head.replace(/<[^>]*>/g, "").trim());
  assert.deepEqual(heads, ["ユーザ名 ▲", "タイプ", "サービス提供開始日", "サービス解約日"]);
  assert.deepEqual(rows(page), USERS.slice(0, 50).map(shown));
  assert.ok(page.text.includes("解約予定のないユーザは「-」が表示されます。"));
});

test("cw_045_a_click_on_the_name_opens_the_users_page", async () => {
  const page = await browser.get("/users");
  const href = /<th scope="row"><a href="([^"]*)">cwtest\.00007</.exec(page.html)[1];
  const user = await browser.get(href);
  assert.equal(user.status, 200);
  assert.ok(user.text.includes("cwtest.00007"));
});

const KEYS = { login: () => "", type: (user) => user.type, start: (user) => user.start, end: (user) => user.end ?? "9999" };

for (const sort of Object.keys(KEYS)) {
  for (const order of ["asc", "desc"]) {
    test(`cw_042_cw_045_sorted_by_${sort}_${order}_every_user_comes_once_on_pages_of_50_forth_and_back`, async () => {
      const compare = (a, b) => (KEYS[sort](a) < KEYS[sort](b) ? -1 : KEYS[sort](a) > KEYS[sort](b) ? 1 : a.login < b.login ? -1 : 1);
      const expected = USERS.toSorted(compare);
      if (order === "desc") expected.reverse();
      let page = await browser.get(`/users?sort=${sort}&order=${order}`);
      assert.equal(link(page, "prev"), undefined);
      const pages = [];
      for (;;) {
        assert.equal(page.status, 200);
        pages.push(rows(page));
        assert.ok(page.text.includes(`${(pages.length - 1) * 50 + 1}～${pages.length * 50}件`), page.text);
        const next = link(page, "next");
        if (!next) break;
        page = await browser.get(next);
      }
      assert.deepEqual(pages.map((one) => one.length), [50, 50, 50, 50, 50, 50]);
      assert.deepEqual(pages.flat(), expected.map(shown));
      for (let at = 4; at >= 0; at -= 1) {
        page = await browser.get(link(page, "prev"));
        assert.deepEqual(rows(page), pages[at], `back to page ${at + 1}`);
        assert.ok(page.text.includes(`${at * 50 + 1}～${(at + 1) * 50}件`));
      }
      assert.equal(link(page, "prev"), undefined);
    });
  }
}

test("cw_042_search_finds_a_part_of_the_name_in_any_spelling", async () => {
  for (const query of ["t.0010", "TEST.0010", "ｔｅｓｔ.0010", "  cwtest.0010 "]) {
    const page = await browser.get(`/users?q=${encodeURIComponent(query)}`);
    assert.deepEqual(rows(page).map(([login]) => login), logins("cwtest", 109).slice(99), query);
    assert.ok(page.text.includes("の検索結果: 10件"));
  }
});

test("cw_042_search_finds_the_type_by_its_label_and_keeps_its_order_and_pages", async () => {
  let page = await browser.get(`/users?q=${encodeURIComponent("セルフ")}&sort=start&order=desc`);
  assert.ok(page.text.includes("の検索結果: 100件"), page.text);
  const found = rows(page);
  page = await browser.get(link(page, "next"));
  found.push(...rows(page));
  assert.equal(link(page, "next"), undefined);
  assert.equal(new Set(found.map(([login]) => login)).size, 100);
  assert.ok(found.every(([, type]) => type === "ココナワーク セルフ"));
  assert.deepEqual(found.map((row) => row[2]), found.map((row) => row[2]).toSorted().reverse());
});

test("cw_042_a_search_is_no_pattern_and_finds_nothing_of_others", async () => {
  for (const query of ["%", "_", "cwtest_0001", "foreign", "admin", "' OR 1=1 --", "\\", "[a-z]", "*", "<script>", "\u0000"]) {
    const page = await browser.get(`/users?q=${encodeURIComponent(query)}`);
    assert.equal(page.status, 200, query);
    assert.deepEqual(rows(page), [], query);
    assert.ok(!page.html.includes("<script>\""), query);
  }
});

test("cw_045_a_broken_cursor_or_order_is_told_by_its_field", async () => {
  for (const [query, field] of [["after=x", "after"], ["before=%7B%7D", "before"], ["sort=colour", "sort"], ["order=up", "order"], ["after=eyJ2Ijoi", "after"]]) {
    const page = await browser.get(`/users?${query}`);
    assert.equal(page.status, 422, query);
    assert.ok(page.text.includes(field), page.text);
  }
});

test("cw_008_the_administrator_of_another_contract_sees_his_own_users_alone", async () => {
  const other = await signedIn(server, "admin.00002");
  const page = await until(async () => {
    const now = await other.get("/users");
    return now.text.includes("契約ユーザ数: 1") && now;
  });
  assert.deepEqual(rows(page).map(([login]) => login), ["foreign.1"]);
  assert.ok(page.text.includes("契約ID: 987654321"));
});
