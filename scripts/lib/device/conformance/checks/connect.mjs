// Section 4 and the welcome: who may connect, and what is said first.

import { check } from "../trial.mjs";

export const CONNECT = [
  check("D-020", "4.1", "a token connects: 101 with the subprotocol device.v1, and welcome is the first message", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    const connection = await t.open(token);
    t.that(!connection.refused, "connect", "101", connection.refused);
    t.equal(connection.socket.protocol, "device.v1", "Sec-WebSocket-Protocol");
    t.equal((await connection.frame())?.type, "welcome", "first message");
  }),

  check("D-021", "5.2", "welcome says role, since (RFC 3339, now), ping_every (seconds) and password", async (t) => {
    const who = await t.accounts.user();
    for (const role of ["viewer", "client"]) {
      const { welcome } = await t.device(who, role);
      t.equal(welcome.role, role, "role");
      t.that(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(welcome.since), "since", "a moment as 2026-11-22T09:00:00+09:00", welcome.since);
      t.that(t.clock || Math.abs(Date.parse(welcome.since) - Date.now()) < 120_000, "since", "about now", welcome.since);
      t.that(Number.isInteger(welcome.ping_every) && welcome.ping_every >= 1 && welcome.ping_every <= 90, "ping_every", "whole seconds from 1 to 90", welcome.ping_every);
      t.equal(welcome.password, { status: "current" }, "password");
    }
  }),

  check("D-022", "4.2", "no token, nonsense, or a token with one character changed answers 401 invalid_token", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    const last = token.at(-1) === "A" ? "B" : "A";
    const first = token.startsWith("0") ? "1" : "0";
    for (const bad of [undefined, "", "x", `${token}x`, token.slice(0, -1), token.slice(0, -2) + last + token.at(-1), first + token.slice(1)]) {
      await t.deadToken(bad, `token ${bad === undefined ? "missing" : "changed"}`);
    }
    await t.connected(token);
  }),

  check("D-023", "4.2", "a connect with an Origin header answers 403 origin_not_allowed", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    for (const origin of [t.server, "https://example.com", "null"]) {
      const { refused } = await t.open(token, { origin });
      t.that(refused, `Origin: ${origin}`, "403", "101");
      t.refusal(refused, 403, "origin_not_allowed", `Origin: ${origin}`);
    }
  }),

  check("D-024", "4.2", "a connect without the upgrade answers 426", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    t.equal((await t.get({ authorization: `Bearer ${token}` })).status, 426, "status");
  }),

  check("D-025", "11", "a connect that offers another subprotocol than device.v1 is refused", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    const { refused } = await t.open(token, { protocol: "device.v0" });
    t.equal(refused?.status ?? 101, 400, "status");
  }),

  check("D-026", "4.1", "a token connects again and again, without a login between", async (t) => {
    const { token } = await t.admitted(await t.accounts.user(), "client");
    for (let at = 0; at < 3; at += 1) await (await t.connected(token)).leave();
  }),

  check("D-027", "3.4", "a device has one token: a further login of the same device ends the former", async (t) => {
    const who = await t.accounts.user();
    for (const role of ["viewer", "client"]) {
      const former = (await t.admitted(who, role)).token;
      const { token } = await t.admitted(who, role);
      await t.deadToken(former, `the former token of the ${role}`);
      await t.connected(token);
    }
  }),

  check("D-028", "7", "a Close by the device is answered, and its token lives", async (t) => {
    const connection = await t.device(await t.accounts.user(), "viewer");
    connection.socket.close(1000);
    t.equal((await connection.closed())?.code, 1000, "the server's Close");
    await t.connected(connection.token);
  }),
];
