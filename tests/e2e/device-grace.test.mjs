// The thirty days of the previous password, swept day by day on a moved clock (CW-116, CW-117, CW-123; issue 4): what each login and
// each welcome says on each of them, for whom they are, and that nothing is left a second after their end.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DAY, SECOND, startServer } from "./harness/harness.mjs";
import { contract, NEW_PASSWORD, PASSWORD, phoneLogin, signedIn, until } from "./harness/people.mjs";

const GRACE_DAYS = 30;
const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
const OWN = "grace.own";
const FORCED = "grace.forced";
const people = await contract(server, "482000001", "admin.grace", [OWN, FORCED]);

const previous = (days) => ({ status: "previous", days_left: days });
async function connected(login, role, name) {
  const device = await server.device({ login, password: PASSWORD, role, name });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  await device.next("welcome");
  return device;
}
/** The password member of the welcome that a token gets; the connection goes again. */
async function welcomed(token) {
  const device = await server.device({ token });
  assert.equal(device.refused, null, JSON.stringify(device.refused));
  const { password } = await device.next("welcome");
  device.close();
  await device.closed;
  return password;
}

/** A user with a phone, a PC that keeps its token and a PC that logs in every day. */
async function equipped(login) {
  const viewer = await connected(login, "viewer", "iPhone16,1");
  const keeps = await connected(login, "client", "KEEPS-TOKEN");
  const logsIn = await connected(login, "client", "LOGS-IN");
  for (const device of [viewer, keeps]) device.close();
  return { login, viewer, keeps, logsIn };
}
/** What holds on one day, with so many left; the PC that waits was told of the change by now. */
async function dayOf({ login, viewer, keeps, logsIn }, days) {
  const what = `${login}, ${days} days left`;
  const [known, phone, stranger] = await Promise.all([
    phoneLogin(server, { login, role: "client", name: "LOGS-IN", key: logsIn.key }),
    phoneLogin(server, { login, role: "viewer", key: viewer.key }),
    phoneLogin(server, { login, role: "client", name: "STRANGER" }),
  ]);
  assert.deepEqual([known.status, known.body.password], [200, previous(days)], what);
  assert.deepEqual([phone.status, phone.body.error], [401, "invalid_credentials"], `${what}: the phone needs the new password`);
  assert.deepEqual([stranger.status, stranger.body.error], [401, "invalid_credentials"], `${what}: no key, no grace`);
  assert.deepEqual(await welcomed(keeps.token), previous(days), what);
  assert.deepEqual(await welcomed(known.body.token), previous(days), what);
  assert.equal((await server.device({ token: viewer.token })).refused?.status, 401, `${what}: the phone's token died with the change`);
  logsIn.token = known.body.token;
}

test("cw_116 cw_117 cw_118 cw_122 cw_123 thirty days left to one, every day at login and in welcome; nothing a second after them", { timeout: 300_000 }, async () => {
  const [own, forced] = [await equipped(OWN), await equipped(FORCED)];
  const user = await signedIn(server, OWN);
  const done = await user.submit(await user.get("/password"), { current: PASSWORD, new: NEW_PASSWORD, again: NEW_PASSWORD, reflect: "" }, "/password");
  assert.match(done.text, /パスワードが変更されました。/);
  const admin = await signedIn(server, "admin.grace");
  const page = await admin.get(`/users/${FORCED}`);
  const form = page.forms().find(({ action }) => action === `/users/${FORCED}/password`);
  assert.doesNotMatch(page.html, /name="reflect"/, "CW-122: an administrator reflects nothing");
  await admin.submit(page, { ...form.fields, new: NEW_PASSWORD, again: NEW_PASSWORD, temporary: "on" }, `/users/${FORCED}/password`);
  const changed = server.clock.now(); // or a moment before
  for (const { logsIn } of [own, forced]) {
    const { at: _, type: __, ...told } = await logsIn.next("password");
    assert.deepEqual(told, previous(GRACE_DAYS), "told at once");
    logsIn.close();
  }

  // The first thing on each day: days are rounded up, so that the last one says 1.
  for (let day = 0; day < GRACE_DAYS; day += 1) {
    const moment = changed + day * DAY + SECOND;
    if (moment > server.clock.now()) await server.clock.advance(moment - server.clock.now());
    await Promise.all([own, forced].map((one) => dayOf(one, GRACE_DAYS - day)));
  }

  // The last seconds: connected, heard of, and cut a second after the end by nobody but the alarm.
  const end = changed + GRACE_DAYS * DAY;
  await server.clock.advance(end - 20 * SECOND - server.clock.now());
  const waiting = [];
  for (const { login, logsIn } of [own, forced]) {
    const device = await server.device({ token: logsIn.token });
    assert.deepEqual((await device.next("welcome")).password, previous(1));
    waiting.push(device);
    await until(async () => {
      const [wake] = await server.sql({ object: "Account", name: people.get(login).uid }, "SELECT at FROM wake");
      return wake && wake.at > server.clock.now() - SECOND && wake.at <= end;
    });
  }
  await server.clock.advance(end - 5 * SECOND - server.clock.now());
  for (const device of waiting) {
    device.send("ping");
    await device.next("pong");
  }
  await server.clock.advance(end + SECOND - server.clock.now());
  for (const [at, device] of waiting.entries()) {
    assert.equal((await device.next("bye")).reason, "credentials_revoked");
    const closed = await device.closed;
    assert.deepEqual([closed.code, closed.reason], [4003, "credentials_revoked"]);
    const { login, keeps, logsIn } = [own, forced][at];
    for (const token of [keeps.token, logsIn.token]) {
      const again = await server.device({ token });
      assert.deepEqual([again.refused?.status, again.refused?.body], [401, { error: "invalid_token" }]);
    }
    const late = await phoneLogin(server, { login, role: "client", name: "LOGS-IN", key: logsIn.key });
    assert.deepEqual([late.status, late.body.error], [401, "invalid_credentials"]);
    // The new password opens what it always did: the user's own is his, the forced one is temporary.
    const fresh = await phoneLogin(server, { login, password: NEW_PASSWORD, role: "client", name: "LOGS-IN", key: logsIn.key });
    if (login === OWN) assert.deepEqual([fresh.status, fresh.body.password], [200, { status: "current" }]);
    else assert.deepEqual([fresh.status, fresh.body.error], [403, "password_change_required"], "CW-124");
  }
  assert.deepEqual(server.mails(), [], "CW-122: the administrator tells the user himself");
});

test("cw_119 a second change in the middle: the first password is nobody's at once, the second has its own thirty days", async () => {
  const login = "grace.twice";
  await contract(server, "482000001", "admin.grace", [login]);
  const pc = await connected(login, "client", "DESKTOP-1");
  pc.close();
  await pc.closed;
  const user = await signedIn(server, login);
  const change = async (current, fresh) => {
    const done = await user.submit(await user.get("/password"), { current, new: fresh, again: fresh }, "/password");
    assert.match(done.text, /パスワードが変更されました。/);
  };
  await change(PASSWORD, NEW_PASSWORD);
  assert.deepEqual(await welcomed(pc.token), previous(GRACE_DAYS));
  await server.clock.advance(10 * DAY);
  const again = await signedIn(server, login, NEW_PASSWORD);
  const done = await again.submit(await again.get("/password"), { current: NEW_PASSWORD, new: "Third-2028!pw", again: "Third-2028!pw" }, "/password");
  assert.match(done.text, /パスワードが変更されました。/);
  assert.equal((await server.device({ token: pc.token })).refused?.status, 401, "made under the password before the previous one");
  const who = { login, role: "client", name: "DESKTOP-1", key: pc.key };
  assert.equal((await phoneLogin(server, who)).status, 401);
  assert.deepEqual((await phoneLogin(server, { ...who, password: NEW_PASSWORD })).body.password, previous(GRACE_DAYS));
});
