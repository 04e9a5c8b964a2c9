// Section 5: what a device may send, and what breaks the protocol.

import { check } from "../trial.mjs";

/** Sends it on a connection of its own; the code with which that one ends must be 4400. */
async function breaks(t, who, frame, what) {
  const connection = await t.device(who, "client");
  connection.send(frame);
  await t.closes(connection, 4400, what);
  return connection;
}

export const FRAMES = [
  check("D-030", "5.3", "the text ping is answered with the text pong, each time", async (t) => {
    const connection = await t.device(await t.accounts.user(), "client");
    for (const which of ["the first", "the second", "the third"]) await t.alive(connection, which);
  }),

  check("D-031", "5.5", "an ack whose id nobody knows changes nothing", async (t) => {
    const connection = await t.device(await t.accounts.user(), "client");
    connection.send({ type: "ack", id: "00000000000000000000000000000000" });
    await t.alive(connection, "after an unknown ack");
  }),

  check("D-032", "5.9", "a message of an unknown type closes with 4400", async (t) => {
    const who = await t.accounts.user();
    await breaks(t, who, { type: "nothing we know" }, "an unknown type");
    await breaks(t, who, { type: "welcome" }, "a type that only the server sends");
  }),

  check("D-033", "5.9", "what is no JSON object, or an ack without an id, closes with 4400", async (t) => {
    const who = await t.accounts.user();
    for (const frame of ["hello", "PING", "ping ", "", "{", "[]", "null", '{"type":"ack"}', '{"type":"ack","id":7}']) await breaks(t, who, frame, JSON.stringify(frame));
  }),

  check("D-034", "5.9", "a binary frame closes with 4400, also one that holds a ping", async (t) => {
    const who = await t.accounts.user();
    await breaks(t, who, Buffer.from("ping"), "a binary ping");
    await breaks(t, who, Buffer.from([0, 255, 1]), "three bytes");
  }),

  check("D-035", "5.9", "a frame far beyond 16 KiB closes with 4400", async (t) => {
    await breaks(t, await t.accounts.user(), JSON.stringify({ type: "ack", id: "x".repeat(64 * 1024) }), "64 KiB");
  }),

  check("D-036", "5.8", "before every Close of the server there is a bye with the same reason", async (t) => {
    const connection = await breaks(t, await t.accounts.user(), "hello", "nonsense");
    t.equal(connection.bye, { type: "bye", reason: "protocol_error" }, "bye");
    t.equal(connection.ended.reason, "protocol_error", "reason in the Close frame");
  }),

  check("D-037", "5.9", "a device that broke the protocol may connect again, and its other end was not disturbed", async (t) => {
    const who = await t.accounts.user();
    const viewer = await t.device(who, "viewer");
    const { token } = await breaks(t, who, "hello", "nonsense");
    await t.alive(viewer, "the other end");
    await t.alive(await t.connected(token), "the same device again");
  }),
];
