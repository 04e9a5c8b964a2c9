// Section 7: what each event does to the live connections and to the tokens.

import { check } from "../trial.mjs";

const PREVIOUS = { status: "previous", days_left: 30 };

async function bothEnds(t) {
  const who = await t.accounts.fresh();
  return { who, viewer: await t.device(who, "viewer"), client: await t.device(who, "client") };
}
/** An administrator presses this on the user's page. */
async function administers(t, who, words) {
  const page = await t.person(await t.accounts.administrator());
  await t.atPages(() => page.act(who.login, words));
}

export const EVENTS = [
  check("D-060", "7", "切断: Close 4001 to that end alone; its token lives", async (t) => {
    const who = await t.accounts.user();
    const viewer = await t.device(who, "viewer");
    await administers(t, who, "切断");
    await t.closes(viewer, 4001, "the viewer");
    t.equal(viewer.bye, { type: "bye", reason: "administrator" }, "bye");
    await t.connected(viewer.token);
  }),

  check("D-061", "7", "a device reset leaves the live viewer, ends its token, and the next phone is registered", async (t) => {
    const { who, viewer, client } = await bothEnds(t);
    await administers(t, who, "初期化");
    await t.alive(viewer, "the live viewer");
    await t.alive(client, "the client");
    await t.deadToken(viewer.token, "the viewer's token");
    await t.another(who, "viewer", { name: "next phone" });
    await t.closes(viewer, 4009, "the former phone");
    t.refusal(await t.login(who, "viewer", { key: who.keys.viewer }), 403, "device_not_registered", "the former phone's login");
  }),

  check("D-062", "7", "prohibition: Close 4002 to both ends; the viewer's token dies, the client's lives, and both may log in again", async (t) => {
    const { who, viewer, client } = await bothEnds(t);
    await administers(t, who, "利用を禁止");
    for (const [end, what] of [[viewer, "the viewer"], [client, "the client"]]) {
      await t.closes(end, 4002, what);
      t.equal(end.bye, { type: "bye", reason: "use_prohibited" }, `bye to ${what}`);
    }
    await t.deadToken(viewer.token, "the viewer's token");
    await t.connected(client.token);
    await t.another(who, "viewer", { name: "the phone again" });
  }),

  check("D-063", "5.4", "a forced change: the connections stay, the client is told that 30 days are left, the viewer's token dies", async (t) => {
    const operator = t.accounts.operator();
    const { who, viewer, client } = await bothEnds(t);
    await operator.temporaryPassword(who);
    t.equal(await client.next("password"), { type: "password", ...PREVIOUS }, "message to the client");
    for (const [end, what] of [[viewer, "the viewer"], [client, "the client"]]) await t.alive(end, what);
    await t.deadToken(viewer.token, "the viewer's token");
  }),

  check("D-064", "5.2", "a client on the previous password reads that and the days left in its welcome", async (t) => {
    const operator = t.accounts.operator();
    const { who, client } = await bothEnds(t);
    await operator.temporaryPassword(who);
    await client.leave();
    t.equal((await t.connected(client.token)).welcome.password, PREVIOUS, "password in welcome");
  }),

  check("D-065", "3.2", "the previous password logs in a client with a known key, and nobody else", async (t) => {
    const operator = t.accounts.operator();
    const { who } = await bothEnds(t);
    const temporary = await operator.temporaryPassword(who);
    const known = await t.login(who, "client", { key: who.keys.client });
    t.equal(known.status, 200, "status for the known PC");
    t.equal(known.body.password, PREVIOUS, "password in its answer");
    t.refusal(await t.login(who, "client"), 401, "invalid_credentials", "an unknown PC");
    t.refusal(await t.login(who, "viewer", { key: who.keys.viewer }), 401, "invalid_credentials", "the phone");
    t.refusal(await t.login(who, "client", { password: temporary, key: who.keys.client }), 403, "password_change_required", "the temporary password");
  }),

  check("D-066", "7", "an account that is deleted: Close 4003 to both ends, their tokens and the password are nobody's", async (t) => {
    const operator = t.accounts.operator();
    const { who, viewer, client } = await bothEnds(t);
    await operator.remove(who);
    for (const [end, what] of [[viewer, "the viewer"], [client, "the client"]]) {
      await t.closes(end, 4003, what);
      t.equal(end.bye, { type: "bye", reason: "credentials_revoked" }, `bye to ${what}`);
      await t.deadToken(end.token, `the token of ${what}`);
    }
    t.refusal(await t.login(who, "client", { key: who.keys.client }), 401, "invalid_credentials", "a login");
  }),

  check("D-067", "7", "outside the service period: Close 4004 to both ends, tokens and login are refused; a later end revives the tokens", async (t) => {
    const operator = t.accounts.operator();
    const { who, viewer, client } = await bothEnds(t);
    const ends = [[viewer, "the viewer"], [client, "the client"]];
    await operator.endsIn(who, -3);
    for (const [end, what] of ends) {
      await t.closes(end, 4004, what);
      t.equal(end.bye, { type: "bye", reason: "service_ended" }, `bye to ${what}`);
      await t.deadToken(end.token, `the token of ${what}`);
    }
    t.refusal(await t.login(who, "client", { key: who.keys.client }), 401, "invalid_credentials", "a login");
    await operator.endsIn(who, null);
    for (const [end] of ends) await t.connected(end.token);
  }),
];
