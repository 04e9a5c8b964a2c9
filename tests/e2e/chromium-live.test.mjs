// Pages that follow what happens, in Chromium: the list's badges change in place, focus and selection stay, a screen reader is told;
// and what a page does when the network goes, its socket dies, or the computer sleeps: it says that it may be out of date and
// since when, looks at once when it can, and follows again.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchChromium, startServer } from "./harness/harness.mjs";
import { listen } from "./harness/chromium.mjs";
import { act, contract, PASSWORD, signedIn, until, WRONG } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
const chromium = await launchChromium();
after(async () => {
  await chromium.close();
  await server.stop();
});
const ADMINISTRATOR = "admin.live";
const CONTRACT = "710000001";
const made = await contract(server, CONTRACT, ADMINISTRATOR, ["live.1", "live.2", "live.3", "live.4", "live.5", "own.1"]);
await contract(server, "710000002", "admin.empty");

const ON = "状態の変化は、この画面に自動で反映されます。";
const STALE = /最新ではない可能性があります。 最後に確認した時刻: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} 自動で再接続しています。/;

/** A page of this person; `lost` expects complaints about a network that is gone. */
async function person(t, login, path, { lost = false, ...options } = {}) {
  const context = await chromium.newContext({ locale: "ja", timezoneId: "America/New_York", baseURL: server.origin(), ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    const network = /ERR_INTERNET_DISCONNECTED|WebSocket connection to|net::ERR_/;
    assert.deepEqual(heard.complaints.filter((complaint) => !(lost && network.test(complaint))), []);
    assert.deepEqual([...heard.addresses], [server.origin()]);
  });
  const page = await context.newPage();
  await page.goto(`/login?next=${encodeURIComponent(path)}`);
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(PASSWORD);
  await page.locator("main .button-primary").click();
  await page.waitForURL(`**${path}`);
  if (options.javaScriptEnabled !== false) await page.getByText(ON).waitFor();
  return page;
}
const row = (page, login) => page.locator("tr", { has: page.getByRole("link", { name: login, exact: true }) });
const shows = (page, login, words) =>
  until(async () => (await row(page, login).locator("th").innerText()).replace(/\s+/g, " ").trim() === [login, ...words].join(" "), 10_000)
    .catch(async () => assert.fail(`${login} ${words} in: ${await row(page, login).locator("th").innerText()}`));
async function device(login, role = "client") {
  const connected = await server.device({ login, password: PASSWORD, role });
  await connected.next("welcome");
  return connected;
}
const line = (page) => page.locator("#link-line");
const says = (page, words) => until(async () => words.test((await line(page).innerText()).replace(/\s+/g, " ")), 10_000).catch(async () => assert.fail(`${words} in: ${await line(page).innerText()}`));

test("cw_043 the list's badges follow in place: no reload, focus and selection stay, a screen reader is told", async (t) => {
  const page = await person(t, ADMINISTRATOR, "/users");
  let navigations = 0;
  page.on("framenavigated", () => (navigations += 1));
  await page.evaluate(() => {
    window.cells = [...document.querySelectorAll("tbody tr")];
    window.links = [...document.querySelectorAll("tbody a")];
    document.querySelector("#q").value = "typed";
    getSelection().selectAllChildren(window.cells[1].cells[1]);
    window.links[0].focus();
  });
  const said = () => page.locator("#say").innerText();
  const [one, two] = [await device("live.1"), await device("live.2")];
  await shows(page, "live.1", ["接続中"]);
  await shows(page, "live.2", ["接続中"]);
  assert.match(await said(), /live\.[12] 接続中/);
  one.close();
  await shows(page, "live.1", []);
  await until(async () => (await said()) === "live.1 未接続");
  const browser = await signedIn(server, ADMINISTRATOR);
  await act(browser, "live.1", "prohibit");
  await shows(page, "live.1", ["利用禁止"]);
  for (let at = 0; at < 5; at += 1) await server.browser().signIn("live.3", WRONG);
  await shows(page, "live.3", ["ロック中"]);
  await server.operator().post("/accounts/coconowork/live.4/temporary-password");
  await shows(page, "live.4", ["仮パスワード"]);
  await act(browser, "live.1", "allow");
  await act(browser, "live.3", "unlock");
  await shows(page, "live.3", []);
  two.close();
  await shows(page, "live.2", []);
  const kept = await page.evaluate(() => ({
    rows: window.cells.every((cell, at) => cell === document.querySelectorAll("tbody tr")[at]),
    focus: document.activeElement === window.links[0],
    selection: getSelection().toString(),
    typed: document.querySelector("#q").value,
  }));
  assert.deepEqual(kept, { rows: true, focus: true, selection: "ココナワーク", typed: "typed" });
  assert.equal(navigations, 0);
});

test("cw_041 users come and go in the list, from none to the first one and back", async (t) => {
  const page = await person(t, ADMINISTRATOR, "/users");
  await page.evaluate(() => document.querySelector("a[href='/users/live.5']").focus());
  await contract(server, CONTRACT, ADMINISTRATOR, ["live.4a", "zero.1"]);
  await row(page, "zero.1").waitFor();
  await page.getByText("契約ユーザ数: 8").waitFor();
  const names = () => page.locator("tbody th a").allInnerTexts();
  assert.deepEqual(await names(), ["live.1", "live.2", "live.3", "live.4", "live.4a", "live.5", "own.1", "zero.1"]);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "live.5");
  for (const login of ["live.4a", "zero.1"]) await server.operator().delete(`/contracts/${CONTRACT}/users/${login}`);
  await page.getByText("契約ユーザ数: 6").waitFor();
  assert.deepEqual(await names(), ["live.1", "live.2", "live.3", "live.4", "live.5", "own.1"]);

  const empty = await person(t, "admin.empty", "/users");
  await empty.getByText("一般ユーザはまだいません。").waitFor();
  await contract(server, "710000002", "admin.empty", ["first.1"]);
  await row(empty, "first.1").waitFor();
  await empty.getByText("検索で絞り込むこともできます。").waitFor();
  const connected = await device("first.1");
  await shows(empty, "first.1", ["接続中"]);
  connected.close();
  await shows(empty, "first.1", []);
  await server.operator().delete("/contracts/710000002/users/first.1");
  await empty.getByText("一般ユーザはまだいません。").waitFor();
});

test("a list that is searched and sorted follows as it stands", async (t) => {
  const page = await person(t, ADMINISTRATOR, "/users?q=live&sort=login&order=desc");
  const connected = await device("live.5");
  await shows(page, "live.5", ["接続中"]);
  assert.deepEqual(await page.locator("tbody th a").allInnerTexts(), ["live.5", "live.4", "live.3", "live.2", "live.1"]);
  connected.close();
  await shows(page, "live.5", []);
});

test("without JavaScript the list is as current as its last reload, and says nothing about a link", async (t) => {
  const page = await person(t, ADMINISTRATOR, "/users", { javaScriptEnabled: false });
  const connected = await device("live.2");
  await until(async () => {
    await page.reload();
    return (await row(page, "live.2").innerText()).includes("接続中");
  });
  assert.equal(await line(page).isVisible(), false);
  connected.close();
});

const account = (login) => ({ object: "Account", name: made.get(login).uid });
/** Each page that follows: where it is, whose, and how it shows that a client of that user is connected. */
const FOLLOWING = {
  "the list": { who: ADMINISTRATOR, path: "/users", login: "live.3", shown: (page) => row(page, "live.3").getByText("接続中"), object: { object: "Contract", name: CONTRACT } },
  "a user's page": { who: ADMINISTRATOR, path: "/users/live.5", login: "live.5", shown: (page) => page.locator("[data-part=disconnect-client-row]").getByText("現在接続されています。"), object: account("live.5") },
  "the own password": { who: "own.1", path: "/password", login: "own.1", shown: (page) => page.getByRole("switch", { name: "反映する" }).and(page.locator(":enabled")), object: account("own.1") },
};

for (const [name, { who, path, login, shown, object }] of Object.entries(FOLLOWING)) {
  test(`${name} without a network says since when it may be out of date, and looks at once when there is one`, async (t) => {
    const page = await person(t, who, path, { lost: true });
    await page.context().setOffline(true);
    await says(page, STALE);
    const time = page.locator("#link-line time");
    const [said, machine] = [await time.innerText(), await time.getAttribute("datetime")];
    assert.match(said, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0900$/, "in the zone that was chosen, not the browser's");
    assert.equal(said.replace(/ (?=[+-])/, ""), machine);
    assert.ok(Math.abs(Date.parse(machine.replace(" ", "T").replace(/(\d\d)$/, ":$1")) - server.clock.now()) < 60_000, `${said} ${machine}`);
    const connected = await device(login);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await shown(page).count(), 0);
    await page.context().setOffline(false);
    await shown(page).waitFor();
    await says(page, new RegExp(ON));
    connected.close();
    await shown(page).waitFor({ state: "detached" });
  });

  test(`${name} whose socket dies opens another and follows on`, async (t) => {
    const page = await person(t, who, path, { lost: true });
    const opened = page.waitForEvent("websocket");
    await server.abort(object);
    await opened;
    await until(async () => (await line(page).innerText()).includes(ON));
    const connected = await device(login);
    await shown(page).waitFor();
    connected.close();
    await shown(page).waitFor({ state: "detached" });
  });

  test(`${name} after a sleep: looks at once, and gives up a link whose other end is gone`, async (t) => {
    const context = await chromium.newContext({ locale: "ja", baseURL: server.origin() });
    t.after(() => context.close());
    const page = await context.newPage();
    let dead = false;
    let links = 0;
    await page.routeWebSocket(/\/live\//, (ours) => {
      links += 1;
      const first = links === 1;
      const theirs = ours.connectToServer();
      // A link that lost its other end without a word: nothing comes through any more.
      ours.onMessage((message) => (first && dead ? undefined : theirs.send(message)));
      theirs.onMessage((message) => (first && dead ? undefined : ours.send(message)));
    });
    await page.clock.install();
    await page.goto(`/login?next=${encodeURIComponent(path)}`);
    await page.locator("#login").fill(who);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("main .button-primary").click();
    await page.getByText(ON).waitFor();
    dead = true;
    const connected = await device(login);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await shown(page).count(), 0, "the link is deaf");
    await page.clock.fastForward(46_000);
    await shown(page).waitFor();
    assert.equal(links, 1);
    await page.clock.fastForward(6_000);
    await until(() => links === 2);
    await page.clock.runFor(100);
    await until(async () => (await line(page).innerText()).includes(ON));
    connected.close();
    await shown(page).waitFor({ state: "detached" });
  });
}

test("a page of who has logged out elsewhere says so and stops", async (t) => {
  const page = await person(t, ADMINISTRATOR, "/users");
  const cookies = await page.context().cookies();
  const copy = server.browser();
  for (const { name, value } of cookies) copy.setCookie(name, value);
  await copy.submit(await copy.get("/"), {}, "/logout");
  const connected = await device("live.2");
  await says(page, /ログアウトしたため、表示の更新を止めました。/);
  assert.equal(await row(page, "live.2").getByText("接続中").count(), 0);
  connected.close();
});
