// The live link of the detail page (CW-074): who may open it, what it says, how long it lasts, and that following a page
// neither keeps a session alive nor shows anything to who is logged out.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { act, contract, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";
import { linkOf, watch as open } from "./harness/watcher.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const ADMINISTRATOR = "admin.live";
const USER = "live.00001";
await contract(server, "600000001", ADMINISTRATOR, [USER, "live.00002", "live.00003", "live.00004"]);
await contract(server, "600000002", "admin.other", ["other.00001"]);

const watch = (link, who) => open(server, link, who);
const detail = async (browser, login = USER) => linkOf(await browser.get(`/users/${login}`));

const follow = async (browser, login) => {
  const link = await detail(browser, login);
  const watcher = await watch(link, browser);
  assert.equal(watcher.status, undefined);
  return Object.assign(watcher, { link });
};
const changed = (watcher, count = 1) => until(() => watcher.messages.length >= count);
const fragment = (browser, id, login = USER) => browser.get(`/users/${login}`, { headers: { "x-live": id } });
async function phone(login = USER) {
  const device = await server.device({ login, password: PASSWORD, role: "client" });
  await device.next("welcome");
  return device;
}
/** Something happens to this user, and it is over. */
async function something(login = USER) {
  const device = await phone(login);
  device.close();
  await device.closed;
  await until(async () => !(await server.operator().account("coconowork", login)).connections.client);
}

test("past failure 46: of twelve origins only our own opens the link, cookie or not", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const port = server.port;
  const foreign = [
    null, "null", "https://evil.example", `https://localhost:${port}`, `http://localhost:${port + 1}`, "http://localhost", `http://localhost:${port}.evil.example`,
    `http://evil.localhost:${port}`, `http://worksdrive.localhost:${port}`, `http://127.0.0.1:${port}`, `http://LOCALHOST:${port}`,
  ];
  for (const origin of foreign) {
    const watcher = await watch(await detail(browser), { cookies: browser.cookies, origin });
    assert.equal(watcher.status, 403, String(origin));
  }
  assert.equal((await watch(await detail(browser), browser)).status, undefined, "our own");
});

test("a ticket alone, a cookie alone, a used, expired, foreign or forged ticket open nothing", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const refused = async (link, who) => assert.ok([403, 303, 404].includes((await watch(link, who)).status), JSON.stringify(link));
  await refused({ ...(await detail(browser)), ticket: null }, browser);
  await refused({ ...(await detail(browser)), ticket: "" }, browser);
  await refused(await detail(browser), {});

  const used = await detail(browser);
  assert.equal((await watch(used, browser)).status, undefined);
  await refused(used, browser);
  // Forged: another user's page, another byte, the session cookie in its place.
  const link = await detail(browser);
  await refused({ ...link, url: "/live/users/live.00002" }, browser);
  await refused({ ...link, url: "/live/users/other.00001" }, browser);
  await refused({ ...link, ticket: `${link.ticket.slice(0, -2)}AA` }, browser);
  await refused({ ...link, ticket: browser.cookies.session }, browser);
  // Somebody else's: another administrator, a general user, nobody any more.
  await refused(link, await signedIn(server, "admin.other"));
  await refused(link, await signedIn(server, USER));
  const out = await signedIn(server, ADMINISTRATOR);
  const mine = await detail(out);
  const { cookies } = out;
  await out.submit(await out.get("/"), {}, "/logout");
  await refused(mine, { cookies });

  const late = await detail(browser);
  await server.clock.advance(61 * SECOND);
  await refused(late, browser);
});

test("a ticket opens the link of the session that asked for it, and of no other", async () => {
  const [mine, other] = [await signedIn(server, ADMINISTRATOR), await signedIn(server, ADMINISTRATOR)];
  assert.equal((await watch(await detail(mine), other)).status, 403);
});

test("cw_074 the page is told when a device comes and goes, and when something is done to it", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const watcher = await follow(browser);
  const device = await phone();
  await changed(watcher);
  const shown = await fragment(browser, watcher.link.id);
  assert.match(shown.text, /クライアント（接続先機器） 現在接続されています。 接続開始時刻/);
  let seen = watcher.messages.length;
  await act(browser, USER, "disconnect/client");
  await changed(watcher, seen + 1);
  assert.match((await fragment(browser, watcher.link.id)).text, /クライアント（接続先機器） 現在接続されていません。/);
  seen = watcher.messages.length;
  await phoneLogin(server, { login: USER });
  await changed(watcher, seen + 1);
  assert.match((await fragment(browser, watcher.link.id)).text, /モバイル登録済み/);
  assert.deepEqual([...new Set(watcher.messages)], ["changed"]);
  await device.closed;
});

test("cw_074 a watched silent device is shown as gone without anybody's step", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const device = await phone("live.00002");
  await server.clock.advance(60 * SECOND);
  const watcher = await follow(browser, "live.00002");
  const seen = watcher.messages.length;
  await server.clock.advance(31 * SECOND);
  await changed(watcher, seen + 1);
  await device.closed;
  assert.match((await fragment(browser, watcher.link.id, "live.00002")).text, /クライアント（接続先機器） 現在接続されていません。/);
});

test("X-Live answers the part alone, with a fresh ticket for the same link", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const link = await detail(browser);
  const part = await fragment(browser, link.id);
  assert.match(part.html.trim(), /^<div class="live" id="live"/);
  assert.doesNotMatch(part.html, /<html|<dialog|<header/);
  const fresh = linkOf(part);
  assert.equal(fresh.id, link.id);
  assert.notEqual(fresh.ticket, link.ticket);
  assert.equal((await watch(fresh, browser)).status, undefined);
  // Another contract's user is nobody, here too.
  assert.equal((await fragment(browser, link.id, "other.00001")).status, 404);
});

test("without renewal the link is quiet within 60 s; each look renews it", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const [quiet, kept] = [await follow(browser, "live.00003"), await follow(browser, "live.00003")];
  await server.clock.advance(45 * SECOND);
  await fragment(browser, kept.link.id, "live.00003");
  await server.clock.advance(16 * SECOND);
  const told = quiet.messages.length;
  const seen = kept.messages.length;
  await something("live.00003");
  await changed(kept, seen + 1);
  assert.equal(quiet.messages.length, told);
  await server.clock.advance(2 * MINUTE);
  await until(() => quiet.closed === 1000 && kept.closed === 1000);
});

test("a page that follows does not keep its session: after 30 idle minutes it is logged out", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const link = await detail(browser);
  for (let minute = 0; minute < 32; minute += 1) {
    await server.clock.advance(MINUTE);
    const page = await fragment(browser, link.id);
    if (page.status === 303) {
      assert.ok(minute >= 29, `after ${minute + 1} minutes`);
      assert.match(page.location, /^\/login/);
      return;
    }
    assert.equal(page.status, 200);
  }
  assert.fail("still logged in");
});

test("who has logged out learns nothing more, even with an open link", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const watcher = await follow(browser, "live.00004");
  const { cookies } = browser;
  await browser.submit(await browser.get("/"), {}, "/logout");
  const copy = server.browser();
  for (const [name, value] of Object.entries(cookies)) copy.setCookie(name, value);
  assert.equal((await fragment(copy, watcher.link.id, "live.00004")).status, 303);
  await server.clock.advance(61 * SECOND);
  const told = watcher.messages.length;
  await something("live.00004");
  assert.equal(watcher.messages.length, told);
  assert.ok(watcher.messages.every((message) => message === "changed"), "it never says more than that");
});

test("at most ten links a session: the oldest goes", async () => {
  const [browser, other] = [await signedIn(server, ADMINISTRATOR), await signedIn(server, ADMINISTRATOR)];
  const another = await follow(other);
  const watchers = [];
  for (let at = 0; at < 12; at += 1) {
    watchers.push(await follow(browser));
    // Leases of the same millisecond have no oldest.
    await server.clock.advance(10);
  }
  await until(() => watchers.filter(({ closed }) => closed !== null).length === 2);
  assert.deepEqual(watchers.slice(0, 2).map(({ closed }) => closed), [1000, 1000]);
  assert.equal(another.closed, null);
});
