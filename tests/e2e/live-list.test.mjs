// The live link of the user list (CW-040 to CW-045, CW-074): who may open it, what it is told and how often, how long it lasts. The
// detail page's link (live.test.mjs) is the model; both are opened, renewed and closed by the same code.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { act, contract, PASSWORD, signedIn, until, WRONG } from "./harness/people.mjs";
import { linkOf, watch as open } from "./harness/watcher.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const ADMINISTRATOR = "admin.list";
const CONTRACT = "610000001";
const USERS = Array.from({ length: 12 }, (_, at) => `list.${String(at + 1).padStart(5, "0")}`);
await contract(server, CONTRACT, ADMINISTRATOR, USERS);
await contract(server, "610000002", "admin.elsewhere", ["elsewhere.00001"]);

const watch = (link, who) => open(server, link, who);
const list = async (browser, query = "") => linkOf(await browser.get(`/users${query}`));
const part = (browser, id, query = "") => browser.get(`/users${query}`, { headers: { "x-live": id } });
const follow = async (browser) => {
  const link = await list(browser);
  const watcher = await watch(link, browser);
  assert.equal(watcher.status, undefined);
  return Object.assign(watcher, { link });
};
const changed = (watcher, count) => until(() => watcher.messages.length >= count);
/** What the row of a user says beside his name. */
const badges = async (browser, login) => {
  const { html } = await part(browser, "0".repeat(32));
  const row = new RegExp(`<a href="/users/${login}">.*?</th>`, "s").exec(html)[0];
  return [...row.matchAll(/class="badge[^"]*">([^<]*)</g)].map(([, word]) => word);
};
const device = async (login, role = "client") => {
  const connected = await server.device({ login, password: PASSWORD, role });
  await connected.next("welcome");
  return connected;
};

test("only our own page of a logged-in administrator opens the link, once, within a minute", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const refused = async (link, who) => assert.ok([403, 303, 404].includes((await watch(link, who)).status), JSON.stringify(link));
  for (const origin of [null, "null", "https://evil.example", `http://worksdrive.localhost:${server.port}`]) {
    assert.equal((await watch(await list(browser), { cookies: browser.cookies, origin })).status, 403, String(origin));
  }
  await refused({ ...(await list(browser)), ticket: null }, browser);
  await refused(await list(browser), {});
  const used = await list(browser);
  assert.equal((await watch(used, browser)).status, undefined);
  await refused(used, browser);
  // A ticket for a user's page is none for the list, nor the other way round.
  const detail = linkOf(await browser.get(`/users/${USERS[0]}`));
  await refused({ ...detail, url: "/live/users" }, browser);
  await refused({ ...(await list(browser)), url: detail.url }, browser);
  // Somebody else's: another session, another administrator, a general user, nobody any more.
  const link = await list(browser);
  await refused(link, await signedIn(server, ADMINISTRATOR));
  await refused(link, await signedIn(server, "admin.elsewhere"));
  await refused(link, await signedIn(server, USERS[0]));
  const late = await list(browser);
  await server.clock.advance(61 * SECOND);
  await refused(late, browser);
  assert.equal((await browser.get("/live/users")).status, 426);
});

test("cw_043 cw_074 the list is told of connections, locks, prohibition and temporary passwords, and shows them", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const watcher = await follow(browser);
  const login = USERS[1];
  const told = async (happens, expected) => {
    const seen = watcher.messages.length;
    const result = await happens();
    await changed(watcher, seen + 1);
    await until(async () => JSON.stringify(await badges(browser, login)) === JSON.stringify(expected));
    return result;
  };
  const connected = await told(() => device(login), ["接続中"]);
  await told(() => act(browser, login, "disconnect/client"), []);
  await connected.closed;
  const lock = async () => {
    for (let at = 0; at < 5; at += 1) await server.browser().signIn(login, WRONG);
  };
  await told(lock, ["ロック中"]);
  await told(() => act(browser, login, "unlock"), []);
  await told(() => act(browser, login, "prohibit"), ["利用禁止"]);
  await told(() => act(browser, login, "allow"), []);
  await told(() => server.operator().post(`/accounts/coconowork/${login}/temporary-password`), ["仮パスワード"]);
  assert.deepEqual([...new Set(watcher.messages)], ["changed"], "it says nothing else");
});

test("what no list shows is not told: a phone's registration, a second device, a session", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const first = await device(USERS[2]);
  await until(async () => (await badges(browser, USERS[2])).length === 1);
  // What happened until now is told within a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const watcher = await follow(browser);
  await signedIn(server, USERS[2]);
  const second = await device(USERS[2], "viewer");
  const reported = "SELECT viewer FROM member WHERE login = ?";
  await until(async () => (await server.sql({ object: "Contract", name: CONTRACT }, reported, USERS[2]))[0].viewer !== null);
  assert.equal(watcher.messages.length, 0);
  await act(browser, USERS[3], "prohibit");
  await changed(watcher, 1);
  await act(browser, USERS[3], "allow");
  first.close();
  second.close();
});

test("the first change is told at once, those behind it once a second, and the last one is among them", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const watcher = await follow(browser);
  await server.clock.advance(2 * SECOND);
  const began = performance.now();
  const devices = [];
  for (const login of USERS.slice(4)) devices.push(await device(login));
  const took = performance.now() - began;
  await until(async () => (await Promise.all(USERS.slice(4).map((login) => badges(browser, login)))).every(([word]) => word === "接続中"));
  const shown = performance.now();
  await until(() => watcher.at.length > 1 && performance.now() - watcher.at.at(-1) > 1_100, 10_000);
  assert.ok(watcher.at[0] - began < took + 900, `the first after ${Math.round(watcher.at[0] - began)} ms`);
  for (let at = 1; at < watcher.at.length; at += 1) assert.ok(watcher.at[at] - watcher.at[at - 1] > 900, "not more often than once a second");
  assert.ok(watcher.at.at(-1) > shown - 1_500);
  for (const one of devices) one.close();
});

test("X-Live answers the part alone, at its own address, with a fresh ticket for the same link", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const query = "?q=list.0000&sort=start&order=desc";
  const link = await list(browser, query);
  const alone = await part(browser, link.id, query);
  assert.match(alone.html.trim(), /^<div id="live"/);
  assert.doesNotMatch(alone.html, /<html|<header|<footer/);
  assert.equal([...alone.html.matchAll(/<tr><th scope="row">/g)].length, 9);
  const fresh = linkOf(alone);
  assert.equal(fresh.id, link.id);
  assert.notEqual(fresh.ticket, link.ticket);
  assert.equal((await watch(fresh, browser)).status, undefined);
});

test("without renewal the link is quiet within 60 s and closed; each look renews it", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const [quiet, kept] = [await follow(browser), await follow(browser)];
  await server.clock.advance(45 * SECOND);
  await part(browser, kept.link.id);
  await server.clock.advance(16 * SECOND);
  const [told, seen] = [quiet.messages.length, kept.messages.length];
  await act(browser, USERS[3], "prohibit");
  await changed(kept, seen + 1);
  assert.equal(quiet.messages.length, told);
  await act(browser, USERS[3], "allow");
  await server.clock.advance(2 * MINUTE);
  await until(() => quiet.closed === 1000 && kept.closed === 1000);
});

test("who has logged out learns nothing more; following does not keep a session", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const watcher = await follow(browser);
  const copy = server.browser();
  for (const [name, value] of Object.entries(browser.cookies)) copy.setCookie(name, value);
  await browser.submit(await browser.get("/"), {}, "/logout");
  assert.equal((await part(copy, watcher.link.id)).status, 303);
  await server.clock.advance(61 * SECOND);
  const told = watcher.messages.length;
  const other = await signedIn(server, ADMINISTRATOR);
  await act(other, USERS[3], "prohibit");
  await until(async () => (await badges(other, USERS[3])).includes("利用禁止"));
  assert.equal(watcher.messages.length, told);
  await act(other, USERS[3], "allow");
  for (let minute = 0; minute < 32; minute += 1) {
    await server.clock.advance(MINUTE);
    const page = await part(other, "0".repeat(32));
    if (page.status === 303) {
      assert.ok(minute >= 29, `after ${minute + 1} minutes`);
      return;
    }
  }
  assert.fail("still logged in");
});

test("at most ten links a session; the oldest goes", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  const watchers = [];
  for (let at = 0; at < 12; at += 1) {
    watchers.push(await follow(browser));
    await server.clock.advance(10);
  }
  await until(() => watchers.filter(({ closed }) => closed !== null).length === 2);
  assert.deepEqual(watchers.slice(0, 2).map(({ closed }) => closed), [1000, 1000]);
});

test("a link answers ping, and nothing else may be said to it", async () => {
  const browser = await signedIn(server, ADMINISTRATOR);
  for (const watcher of [await follow(browser), await open(server, linkOf(await browser.get(`/users/${USERS[0]}`)), browser)]) {
    watcher.socket.send("ping");
    await until(() => watcher.messages.includes("pong"));
    watcher.socket.send("changed");
    await until(() => watcher.closed === 4400);
  }
});

test("what reaches the contract before the outbox does is not told twice, and a deleted user does not come back", async () => {
  const operator = server.operator();
  await contract(server, CONTRACT, ADMINISTRATOR, ["gone.00001"]);
  const browser = await signedIn(server, ADMINISTRATOR);
  await until(async () => (await part(browser, "0".repeat(32))).text.includes("gone.00001"));
  const watcher = await follow(browser);
  await act(browser, "gone.00001", "prohibit");
  await changed(watcher, 1);
  await server.clock.runAlarms(10 * SECOND);
  await server.clock.advance(2 * SECOND);
  assert.equal(watcher.messages.length, 1, "the alarm's delivery says nothing new");
  assert.equal((await operator.delete(`/contracts/${CONTRACT}/users/gone.00001`)).status, 204);
  await changed(watcher, 2);
  assert.ok(!(await part(browser, "0".repeat(32))).text.includes("gone.00001"));
});
