// What an own password change does to the client (CW-110 to CW-119): 反映, its acknowledgement over real sockets, the grace under
// a clock that moves, 猶予を与えない and 猶予を今すぐ終了. Everything here goes through the page as a person sends it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import WebSocket from "ws";
import { DAY, SECOND, startServer } from "./harness/harness.mjs";
import { contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until, WRONG } from "./harness/people.mjs";
import { linkOf, watch } from "./harness/watcher.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();
const names = ["on", "use", "reuse", "lost", "never", "off", "gone", "none", "both", "end", "early", "kept", "phone", "link", "race", "acks", "kill"];
const people = await contract(server, "450000001", "admin.credential", names.map((name) => `client.${name}`));
await contract(server, "450000002", "admin.elsewhere", ["elsewhere.00001"]);

const PC = { name: "DESKTOP-7F3A", os: "Windows 11" };
const REFLECT = "「coconowork client」にパスワードの変更を反映する";
/** A connected device whose welcome was read. */
async function connected(login, role = "client", more = {}) {
  const device = await server.device({ login, password: PASSWORD, role, ...(role === "client" ? PC : {}), ...more });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
async function reconnected(device, token = device.token) {
  device.token = token;
  await device.connect();
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  device.welcome = await device.next("welcome");
  return device;
}
async function refused(device, token = device.token) {
  const again = await server.device({ token });
  assert.equal(again.refused?.status, 401);
  assert.equal(again.refused.body.error, "invalid_token");
}
async function alive(device) {
  device.send("ping");
  await device.next("pong");
}
async function closed4003(device) {
  await device.closed;
  const bye = device.frames.findLast(({ data }) => data.type === "bye").data;
  assert.deepEqual(bye, { type: "bye", reason: "credentials_revoked" });
  assert.deepEqual((({ code, reason }) => [code, reason])(await device.closed), [4003, "credentials_revoked"]);
}
/** A `credential`, with the shape of the interface. */
async function credential(device) {
  const { at: _, ...frame } = await device.next("credential");
  assert.deepEqual(frame, { type: "credential", id: frame.id, token: frame.token, password: { status: "current" } });
  assert.match(frame.id, /^[0-9a-f]{32}$/);
  assert.match(frame.token, /^[0-9a-f]{32}\.[\w-]{43}$/);
  return frame;
}
const ack = (device, { id }) => device.send({ type: "ack", id });
const told = (device, type) => device.frames.filter(({ data }) => data.type === type).length;

/** The page's form, filled and sent as it stands: what the toggle shows is what is sent. */
async function change(browser, fields = {}, current = PASSWORD, fresh = NEW_PASSWORD) {
  const page = await browser.submit(await browser.get("/password"), { current, new: fresh, again: fresh, ...fields }, "/password");
  assert.match(page.text, /パスワードが変更されました。/);
  assert.match(page.text, /スマートフォンのココナワーク アプリに新しいパスワードを入力して利用してください。/, "CW-114");
  return page;
}
const OFF = { reflect: "" };
const GRACELESS = { graceless: "on" };
const shows = (browser, words) => until(async () => words.test((await browser.get("/password")).text));
const CONFIRMED = /「DESKTOP-7F3A」に反映されました。/;
/** Time passes until ten seconds before this moment; the device, silent meanwhile, comes back, and the alarm for the moment is set. */
async function shortlyBefore(at, device, login) {
  await server.clock.advance(at - 10 * SECOND - server.clock.now());
  await reconnected(device);
  await until(async () => {
    const [wake] = await server.sql({ object: "Account", name: people.get(login).uid }, "SELECT at FROM wake");
    return wake && wake.at > server.clock.now() - SECOND && wake.at <= at;
  });
  await alive(device);
}
const rows = (login) => server.sql({ object: "Account", name: people.get(login).uid }, "SELECT json FROM item");

test("cw_111 cw_114 reflected: the client stays, gets a new token and acknowledges it; the page says so only then", async () => {
  const login = "client.on";
  const client = await connected(login);
  const viewer = await connected(login, "viewer");
  const user = await signedIn(server, login);
  const form = await user.get("/password");
  assert.match(form.text, new RegExp(`${REFLECT} 反映先: DESKTOP-7F3A 接続開始時刻 \\d{4}-`));
  assert.equal(form.forms().find(({ action }) => action === "/password").fields.reflect, "on", "ON by default");

  const page = await change(user);
  assert.match(page.text, /「DESKTOP-7F3A」に反映しています…/);
  assert.doesNotMatch(page.text, /に反映されました/);
  const sent = await credential(client);
  await alive(client);
  assert.doesNotMatch((await user.get("/password")).text, /に反映されました/, "nothing was acknowledged yet");
  ack(client, sent);
  await shows(user, CONFIRMED);
  assert.deepEqual([told(client, "password"), told(client, "credential"), told(client, "bye")], [0, 1, 0]);

  // The old token is dead by the acknowledgement; the viewer stays and its token is dead.
  await alive(viewer);
  await refused(viewer);
  assert.equal((await phoneLogin(server, { login, key: viewer.key })).status, 401);
  assert.equal((await phoneLogin(server, { login, key: viewer.key, password: NEW_PASSWORD })).status, 200);
  client.close();
  await client.closed;
  await reconnected(client, sent.token);
  assert.deepEqual(client.welcome.password, { status: "current" });
  assert.equal(told(client, "bye"), 0);
  // Beyond the thirty days.
  await server.clock.advance(31 * DAY);
  await reconnected(client);
  assert.deepEqual(client.welcome.password, { status: "current" });
  await alive(client);
  const [{ stored }] = await server.sql({ object: "Account", name: people.get(login).uid }, "SELECT group_concat(json) AS stored FROM item");
  assert.ok(!stored.includes(sent.token.split(".")[1]), "only a hash is stored");
  client.close();
  viewer.terminate();
});

test("cw_111 the first use of the new token is the acknowledgement; after it, the old one revokes both, closes with 4003, and is told", async () => {
  const login = "client.reuse";
  const client = await connected(login);
  const old = client.token;
  const user = await signedIn(server, login);
  await change(user);
  const sent = await credential(client);
  client.close();
  await client.closed;
  await reconnected(client, sent.token);
  assert.deepEqual(client.welcome.password, { status: "current" });
  await shows(user, CONFIRMED);
  await alive(client);
  assert.equal(told(client, "credential"), 1, "no other was offered");

  await refused(client, old);
  await closed4003(client);
  await refused(client, sent.token);
  // The receipt of the change says so, a notice tells the person, and 操作履歴 tells him and his administrator.
  await shows(user, /「DESKTOP-7F3A」への反映は確認できませんでした。/);
  const notice = "「DESKTOP-7F3A」の認証情報の写しが使われたため、その機器の接続を切断し、認証情報を無効にしました。もう一度ログインしてください。";
  assert.ok((await user.get("/")).text.includes(notice));
  for (const reader of [user, await signedIn(server, "admin.credential")]) {
    const row = await until(async () => {
      await server.clock.runAlarms(2000);
      const page = await reader.get(`/history?who=${login}&code=token-reused`);
      return page.text.includes(`${login} のクライアント（接続先機器）「DESKTOP-7F3A」で使用済みの認証情報が使われたため、新旧の認証情報を無効にしました。`) && page;
    }, 10_000);
    assert.equal(row.html.match(/<tr><th scope="row">/g).length, 1, "one row");
  }
  // The PC itself may log in again.
  const again = await connected(login, "client", { password: NEW_PASSWORD, key: client.key });
  await alive(again);
  again.close();
});

test("a credential that was never stored: another after each welcome, the earlier ones are nobody's", async () => {
  const login = "client.lost";
  const client = await connected(login);
  const user = await signedIn(server, login);
  await change(user);
  const first = await credential(client);
  client.terminate();
  await reconnected(client);
  assert.equal(client.welcome.password.status, "previous");
  const second = await credential(client);
  assert.ok(second.id !== first.id && second.token !== first.token);
  await refused(client, first.token);
  ack(client, first);
  await alive(client);
  assert.match((await user.get("/password")).text, /に反映しています…/, "an overtaken id acknowledges nothing");
  // Through a crash of everything too.
  await server.kill9();
  await reconnected(client);
  ack(client, await credential(client));
  await shows(user, CONFIRMED);
  client.close();
});

test("cw_116 a client that never acknowledges has its thirty days, then 4003", async () => {
  const login = "client.never";
  const client = await connected(login);
  await change(await signedIn(server, login));
  await credential(client);
  const changed = server.clock.now();
  await shortlyBefore(changed + 30 * DAY, client, login);
  assert.deepEqual(client.welcome.password, { status: "previous", days_left: 1 });
  const last = await credential(client);
  await server.clock.advance(11 * SECOND);
  await closed4003(client);
  await refused(client);
  await reconnected(client, last.token); // it had been stored after all
  assert.deepEqual(client.welcome.password, { status: "current" });
  client.close();
});

test("cw_112 cw_115 cw_116 cw_117 cw_118 off: not reflected, told so, thirty days for this client alone, closed at their end by the alarm", async () => {
  const login = "client.off";
  const client = await connected(login);
  const user = await signedIn(server, login);
  const page = await change(user, OFF);
  for (const words of [/OFF を選んだため、反映していません。/, /あと30日間使えます。/, /変更後30日間は待ち受けできます。/, /古いパスワードが無効になる前に、クライアントプログラムに保存されているパスワードを変更してください。/]) assert.match(page.text, words);
  const { at: _, ...message } = await client.next("password");
  assert.deepEqual(message, { type: "password", status: "previous", days_left: 30 });
  assert.equal(told(client, "credential"), 0);
  const changed = server.clock.now();
  // A stranger may not use it, the known PC may (CW-117: with the days that are left).
  assert.equal((await phoneLogin(server, { login, role: "client" })).status, 401);
  await server.clock.advance(10 * DAY);
  const again = await phoneLogin(server, { login, role: "client", key: client.key });
  assert.deepEqual(again.body.password, { status: "previous", days_left: 20 });
  client.token = again.body.token;
  await shortlyBefore(changed + 30 * DAY, client, login);
  await server.clock.advance(11 * SECOND);
  await closed4003(client);
  assert.equal((await phoneLogin(server, { login, role: "client", key: client.key })).status, 401);
});

test("cw_113 the client goes between page and submit: the server decides, the result says so and names the thirty days", async () => {
  const login = "client.gone";
  const client = await connected(login);
  const user = await signedIn(server, login);
  const form = await user.get("/password");
  const { fields } = form.forms().find(({ action }) => action === "/password");
  assert.equal(fields.reflect, "on");
  client.close();
  await client.closed;
  await until(async () => !(await operator.account("coconowork", login)).connections.client);
  const page = await user.submit(form, { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD }, "/password");
  assert.match(page.text, /パスワードが変更されました。/);
  assert.match(page.text, /変更したときに待ち受けているクライアントプログラムがなかったため、反映していません。/);
  assert.match(page.text, /変更後30日間は待ち受けできます。/);
  await reconnected(client);
  assert.deepEqual(client.welcome.password, { status: "previous", days_left: 30 });
  await alive(client);
  assert.equal(told(client, "credential"), 0);
  client.close();
});

test("cw_113 nobody waits: the toggle is off and fixed; what a form claims all the same changes nothing", async () => {
  const login = "client.none";
  const user = await signedIn(server, login);
  const form = await user.get("/password");
  assert.match(form.html, /<input[^>]* id="reflect"[^>]* disabled>/);
  assert.match(form.text, /待ち受けているクライアントプログラムがないため、OFF のまま変更できません。/);
  const page = await user.submit(form, { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD, reflect: "on" }, "/password");
  assert.match(page.text, /待ち受けているクライアントプログラムがなかったため、反映していません。/);
});

test("cw_119 猶予を与えない: the old password, its tokens and the client on it end at once; the viewer stays", async () => {
  const login = "client.end";
  const client = await connected(login);
  const viewer = await connected(login, "viewer");
  const user = await signedIn(server, login);
  const page = await change(user, { ...OFF, ...GRACELESS });
  assert.match(page.text, /古いパスワード 使えません。/);
  await closed4003(client);
  await refused(client);
  assert.equal((await phoneLogin(server, { login, role: "client", key: client.key })).status, 401);
  await alive(viewer);
  const again = await connected(login, "client", { password: NEW_PASSWORD, key: client.key });
  again.close();
  viewer.close();
});

test("cw_119 reflected without a grace: that PC goes on, the others end", async () => {
  const login = "client.both";
  const other = await connected(login, "client", { name: "OLD-PC" });
  const client = await connected(login);
  await other.closed;
  const user = await signedIn(server, login);
  await change(user, GRACELESS);
  const sent = await credential(client);
  await refused(other);
  await refused(client);
  await alive(client);
  ack(client, sent);
  await shows(user, CONFIRMED);
  client.close();
  await client.closed;
  await reconnected(client, sent.token);
  client.close();
});

test("cw_119 猶予を今すぐ終了: a question with what will happen, then 4003; once; for nobody else", async () => {
  const login = "client.early";
  const client = await connected(login);
  const user = await signedIn(server, login);
  await change(user, OFF);
  const question = await user.get("/password/grace");
  assert.match(question.text, /確認 古いパスワードの猶予を今すぐ終了します。 よろしいですか？/);
  assert.match(question.text, /待ち受けている「DESKTOP-7F3A」は、古いパスワードのため切断されます。/);
  await alive(client);
  const { fields } = question.forms().find(({ action }) => action === "/password/grace");
  for (const [who, status] of [[server.browser(), 303], [await signedIn(server, "admin.credential"), 303]]) {
    assert.equal((await who.post("/password/grace", { operation: "0".repeat(32) })).status, status);
  }
  assert.equal((await user.post("/password/grace", {})).status, 422);
  assert.equal((await user.post("/password/grace", fields, { headers: { origin: "https://evil.example" } })).status, 403);
  await alive(client);
  const done = await user.submit(question, {}, "/password/grace");
  assert.match(done.text, /古いパスワードの猶予を終了しました。/);
  await closed4003(client);
  await refused(client);
  assert.equal((await phoneLogin(server, { login, role: "client", key: client.key })).status, 401);
  assert.match((await user.submit(await user.get("/password/grace"), {}, "/password/grace")).text, /猶予はすでに終わっていました。/);
  assert.equal((await (await signedIn(server, "admin.elsewhere")).get("/password/grace")).status, 404, "an administrator has no client");
});

test("cw_119 a further change drops what was previous; a reflected client goes along through both", async () => {
  const login = "client.kept";
  const other = await connected(login, "client", { name: "OLD-PC" });
  const client = await connected(login);
  const user = await signedIn(server, login);
  await change(user);
  const first = await credential(client);
  ack(client, first);
  await shows(user, CONFIRMED);
  await change(user, {}, NEW_PASSWORD, "Third-2028!pw");
  const second = await credential(client);
  await refused(other);
  ack(client, second);
  await shows(user, CONFIRMED);
  client.close();
  await client.closed;
  await reconnected(client, second.token);
  assert.deepEqual(client.welcome.password, { status: "current" });
  client.close();
});

test("twenty uses of the new token at once, and one acknowledgement: one token counts afterwards, nobody is revoked", async () => {
  const login = "client.race";
  const client = await connected(login);
  const user = await signedIn(server, login);
  await change(user);
  const sent = await credential(client);
  const devices = await Promise.all(Array.from({ length: 20 }, () => server.device({ token: sent.token })));
  ack(client, sent);
  assert.ok(devices.every((device) => device.refused === null));
  await shows(user, CONFIRMED);
  const [last] = devices.filter((device) => told(device, "bye") === 0 && device.socket.readyState === WebSocket.OPEN).slice(-1);
  await alive(last);
  const [{ tokens }] = await server.sql({ object: "Account", name: people.get(login).uid }, "SELECT json AS tokens FROM item WHERE key = 'devices'");
  assert.deepEqual(JSON.parse(tokens).tokens.map(({ offer, generation }) => [offer, generation]), [[null, 2]]);
  for (const device of devices) device.terminate();
});

test("acks of any kind change nothing and close nothing; other frames still do", async () => {
  const login = "client.acks";
  const client = await connected(login);
  const viewer = await connected(login, "viewer");
  const before = await rows(login);
  for (const id of ["", "7f", "0".repeat(32), "' OR 1=1 --", "x".repeat(200)]) for (const device of [client, viewer]) ack(device, { id });
  for (const device of [client, viewer]) await alive(device);
  assert.deepEqual(await rows(login), before);
  client.send({ type: "ack", id: "x".repeat(1000) });
  assert.equal((await client.closed).code, 4400);
  await alive(viewer);
  viewer.close();
});

test("cw_113 what was chosen stays when something else was wrong", async () => {
  const login = "client.kill";
  const client = await connected(login);
  const user = await signedIn(server, login);
  const page = await user.submit(await user.get("/password"), { current: WRONG, new: NEW_PASSWORD, again: "x", ...OFF, ...GRACELESS }, "/password");
  assert.equal(page.status, 422);
  const { fields } = page.forms().find(({ action }) => action === "/password");
  assert.deepEqual([fields.reflect, fields.graceless], [undefined, "on"]);
  await alive(client);
  client.close();
});

test("cw_113 the page's live link: for the own account and session only; it tells when the client comes, acknowledges and goes", async () => {
  const login = "client.link";
  const user = await signedIn(server, login);
  const mine = linkOf(await user.get("/password"));
  assert.equal(mine.url, "/live/password");
  const stranger = await signedIn(server, "client.phone");
  assert.equal((await watch(server, mine, stranger)).status, 403);
  assert.equal((await watch(server, mine, await signedIn(server, login))).status, 403, "another session of the same person");
  const watcher = await watch(server, mine, user);
  assert.equal(watcher.status, undefined);
  assert.equal((await watch(server, mine, user)).status, 403, "a ticket is used once");

  const part = async () => (await user.get("/password", { headers: { "x-live": mine.id } })).text;
  const next = async (doing, words) => {
    const seen = watcher.messages.length;
    const result = await doing();
    await until(() => watcher.messages.length > seen);
    await until(async () => words.test(await part()));
    return result;
  };
  const client = await next(() => connected(login), /反映先: DESKTOP-7F3A .*「DESKTOP-7F3A」が待ち受けています。/);
  assert.ok(!(await part()).includes("現在のパスワード"), "the part alone, without the form");
  await next(async () => client.close(), /OFF のまま変更できません。 .*待ち受けているクライアントプログラムはありません。/);
  watcher.socket.terminate();
});

test("a page that looks by itself with the former session does not take the new one's cookie away", async () => {
  const user = await signedIn(server, "client.use");
  const former = server.browser();
  former.setCookie("session", user.cookies.session);
  const ticket = /data-ticket="([^"]*)"/.exec((await user.get("/password")).html)[1];
  await change(user);
  const late = await former.get("/password", { headers: { "x-live": "0".repeat(32) } });
  assert.match(late.location, /^\/login/);
  assert.deepEqual(late.headers.getSetCookie(), []);
  const headers = { host: `localhost:${server.port}`, cookie: `session=${former.cookies.session}`, origin: server.origin() };
  const link = new WebSocket(`ws://127.0.0.1:${server.port}/live/password?ticket=${ticket}`, { headers });
  const answer = await new Promise((resolve) => link.on("unexpected-response", (_, response) => resolve(response)));
  link.on("error", () => {});
  link.terminate();
  assert.equal(answer.headers["set-cookie"], undefined);
  assert.equal((await former.get("/password")).headers.getSetCookie().length, 1, "a person's own step forgets it");
});
