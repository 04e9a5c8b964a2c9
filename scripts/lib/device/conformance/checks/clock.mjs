// What takes days or minutes (section 8): made only where the server's clock can be moved.

import { check } from "../trial.mjs";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const CLOCK = [
  check("D-080", "8", "a device that is silent for 90 s gives its place at once, also to one that asks for a vacant place", async (t) => {
    const silent = await t.device(await t.accounts.fresh(), "client");
    await t.advance(91 * SECOND);
    await t.connected(silent.token, { "x-if-vacant": "1" });
  }),

  check("D-081", "5.5", "a token that is 30 days old is replaced after the next welcome; acknowledged, the old one is dead and using it revokes both", async (t) => {
    const who = await t.accounts.fresh();
    const tokens = { client: (await t.admitted(who, "client")).token, viewer: (await t.admitted(who, "viewer")).token };
    await t.advance(30 * DAY + MINUTE);
    for (const [role, token] of Object.entries(tokens)) {
      const connection = await t.connected(token);
      const sent = await connection.next("credential");
      t.that(sent?.token && sent.token !== token, `credential to the ${role}`, "a new token", connection.frames.map((one) => one.type ?? one));
      connection.send({ type: "ack", id: sent.id });
      await t.alive(connection, "after the ack");
      await t.deadToken(token, "the old token");
      await t.closes(connection, 4003, "the connection, after the old token was used");
      await t.deadToken(sent.token, "the new token");
    }
  }),

  check("D-082", "8", "the previous password ends 30 days after the change: one day is left on the last day, then nothing", async (t) => {
    const operator = t.accounts.operator();
    const who = await t.accounts.fresh();
    const { token } = await t.admitted(who, "client");
    await operator.temporaryPassword(who);
    await t.advance(29 * DAY + 12 * 60 * MINUTE);
    t.equal((await t.connected(token)).welcome.password, { status: "previous", days_left: 1 }, "password on the last day");
    await t.advance(12 * 60 * MINUTE + SECOND);
    await t.deadToken(token, "the token");
    t.refusal(await t.login(who, "client", { key: who.keys.client }), 401, "invalid_credentials", "the previous password");
  }),
];
