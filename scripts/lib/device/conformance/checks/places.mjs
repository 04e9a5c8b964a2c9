// One live viewer and one live client an account: who gives way to whom (sections 4.3 and 6).

import { check } from "../trial.mjs";

const bye = (same_device) => ({ type: "bye", reason: "replaced", same_device });

export const PLACES = [
  check("D-040", "6", "a new connection of the same device closes the older with 4009 and says same_device true", async (t) => {
    const older = await t.device(await t.accounts.user(), "client");
    const newer = await t.connected(older.token);
    await t.closes(older, 4009, "the older connection");
    t.equal(older.bye, bye(true), "bye");
    await t.alive(newer, "the newer connection");
  }),

  check("D-041", "6", "a connection of another PC closes the older with 4009 and says same_device false", async (t) => {
    const who = await t.accounts.user();
    const older = await t.device(who, "client");
    const newer = await t.another(who, "client", { name: "another PC" });
    await t.closes(older, 4009, "the older connection");
    t.equal(older.bye, bye(false), "bye");
    await t.alive(newer, "the newer connection");
  }),

  check("D-042", "4.3", "with X-If-Vacant: 1 a taken place answers 409 occupied and nobody is replaced", async (t) => {
    const who = await t.accounts.user();
    const older = await t.device(who, "client");
    const { refused } = await t.open(older.token, { "x-if-vacant": "1" });
    t.that(refused, "connect with X-If-Vacant", "409", "101");
    t.refusal(refused, 409, "occupied", "connect with X-If-Vacant");
    await t.alive(older, "the live connection");
  }),

  check("D-043", "4.3", "with X-If-Vacant: 1 a vacant place is given", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    await (await t.connected(token)).leave();
    await t.connected(token, { "x-if-vacant": "1" });
  }),

  check("D-044", "4.3", "viewer and client have a place each and do not replace each other", async (t) => {
    const who = await t.accounts.user();
    const client = await t.device(who, "client");
    const { token } = await t.admitted(who, "viewer");
    const viewer = await t.connected(token, { "x-if-vacant": "1" });
    for (const [end, what] of [[client, "the client"], [viewer, "the viewer"]]) await t.alive(end, what);
  }),
];
