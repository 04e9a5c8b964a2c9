// Who may change his password himself: a user whose use of the management function is prohibited may not (CW-090), and the
// account administrator changes his own as a user does, but without a client to think of (CW-130, CW-131).

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { act, contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn } from "./harness/people.mjs";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const operator = server.operator();
const [ADMIN, USER, DUE] = ["admin.00001", "cwtest.00001", "cwtest.00002"];
const people = await contract(server, "123456789", ADMIN, [USER, { login: DUE, ready: false }]);
const OPERATION = "0".repeat(32);
const form = (current) => ({ current, new: NEW_PASSWORD, again: NEW_PASSWORD, operation: OPERATION });
const isOut = (page) => assert.match(page.location ?? `${page.status}`, /^\/login/);

test("cw_090 a user whose use is prohibited cannot change his password himself, until it is allowed again", async () => {
  const admin = await signedIn(server, ADMIN);
  const before = await signedIn(server, USER);
  const page = await before.get("/password");
  const due = server.browser();
  assert.equal((await due.signIn(DUE, people.get(DUE).initial_password)).path, "/password/first");
  for (const login of [USER, DUE]) await act(admin, login, "prohibit");

  // Neither in a session that was open, with the form on the screen, nor with a new login, nor by the forced change.
  isOut(await before.send(page, form(PASSWORD), "/password"));
  isOut(await before.get("/password"));
  isOut(await due.post("/password/first", form(people.get(DUE).initial_password)));
  assert.equal((await tryLogin(server, USER, PASSWORD)).status, 403);
  assert.equal((await tryLogin(server, USER, NEW_PASSWORD)).status, 401, "it was not changed");
  // He goes on working with the password that he has.
  assert.equal((await phoneLogin(server, { login: USER })).status, 200);

  await act(admin, USER, "allow");
  isOut(await before.send(page, form(PASSWORD), "/password"));
  const again = await signedIn(server, USER);
  assert.match((await again.submit(await again.get("/password"), form(PASSWORD), "/password")).text, /パスワードが変更されました。/);
});

test("cw_130 cw_131 the administrator changes his own password: no client to think of, and all his other sessions end", async () => {
  const admin = await signedIn(server, ADMIN);
  const other = await signedIn(server, ADMIN);
  const page = await admin.get("/password");
  for (const words of ["パスワード変更", "現在のパスワード", "新しいパスワード", "新しいパスワード (確認)"]) assert.ok(page.text.includes(words), words);
  for (const words of ["coconowork client", "反映", "猶予", "スマートフォンのココナワーク アプリ"]) assert.ok(!page.text.includes(words), words);
  for (const name of ["reflect", "graceless"]) assert.ok(!page.html.includes(`name="${name}"`), name);

  const wrong = await admin.send(page, { current: NEW_PASSWORD, new: "short", again: "x" }, "/password");
  assert.equal(wrong.status, 422);
  assert.ok(!wrong.text.includes("反映") && !wrong.text.includes("猶予"), "not beside an error either");
  // What no page offers does nothing.
  const done = await admin.submit(page, { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD, reflect: "on", graceless: "on" }, "/password");
  assert.match(done.text, /パスワードが変更されました。/);
  assert.ok(!done.text.includes("反映") && !done.text.includes("クライアントプログラム"));
  assert.equal((await admin.get("/users")).status, 200);
  isOut(await other.get("/users"));
  assert.equal((await tryLogin(server, ADMIN, PASSWORD)).status, 401);
  assert.ok(opened(await tryLogin(server, ADMIN, NEW_PASSWORD)));
});

test("cw_131 a temporary password of the administrator opens the forced change only, and then the console", async () => {
  const { body } = await operator.post(`/accounts/coconowork/${ADMIN}/temporary-password`);
  const admin = server.browser();
  const page = await admin.signIn(ADMIN, body.initial_password);
  assert.equal(page.path, "/password/first");
  assert.ok(page.text.includes("このアカウントの利用を開始するためにはパスワードを変更する必要があります。"));
  assert.ok(!page.text.includes("反映"));
  for (const path of ["/users", "/password", `/users/${USER}`]) assert.equal((await admin.get(path)).location, "/password/first");
  assert.equal((await phoneLogin(server, { login: ADMIN, password: body.initial_password })).body.error, "remote_access_not_allowed");
  const fresh = "Kuromatsu-2031";
  const top = await admin.submit(page, { current: body.initial_password, new: fresh, again: fresh }, "/password/first");
  assert.match(top.text, /パスワードが変更されました。.*ユーザ管理/);
  assert.equal((await admin.get("/users")).status, 200);
  assert.equal((await phoneLogin(server, { login: ADMIN, password: fresh })).body.error, "remote_access_not_allowed");
});
