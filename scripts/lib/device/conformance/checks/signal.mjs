// The account's two ends to each other (sections 5.6 and 5.7).

import { check } from "../trial.mjs";

const KIB = 1024;
/** A signal whose whole frame has this many bytes. */
const signalOf = (bytes) => ({ type: "signal", data: "x".repeat(bytes - JSON.stringify({ type: "signal", data: "" }).length) });

async function bothEnds(t) {
  const who = await t.accounts.user();
  return { who, viewer: await t.device(who, "viewer"), client: await t.device(who, "client") };
}

export const SIGNAL = [
  check("D-050", "5.7", "an end hears when the other one comes and goes", async (t) => {
    const { viewer, client } = await bothEnds(t);
    t.equal(await viewer.next("peer"), { type: "peer", role: "client", connected: true }, "the viewer, when the client came");
    await client.leave();
    t.equal(await viewer.next("peer"), { type: "peer", role: "client", connected: false }, "the viewer, when the client went");
  }),

  check("D-051", "5.7", "an end that comes second is told at once that the other one is there", async (t) => {
    const { client } = await bothEnds(t);
    t.equal(await client.next("peer"), { type: "peer", role: "viewer", connected: true }, "the client, after its welcome");
  }),

  check("D-052", "5.6", "signals reach the other end, both ways, unchanged and in order", async (t) => {
    const { viewer, client } = await bothEnds(t);
    const data = [{ sdp: "v=0\r\n", 日本: ["語", 1, null, true] }, "text", 7, ...Array.from({ length: 7 }, (_, at) => ({ at }))];
    for (const [from, to, what] of [[viewer, client, "viewer to client"], [client, viewer, "client to viewer"]]) {
      for (const one of data) from.send({ type: "signal", data: one });
      for (const one of data) t.equal(await to.next("signal"), { type: "signal", data: one }, what);
    }
  }),

  check("D-053", "5.6", "a signal of 16 KiB passes", async (t) => {
    const { viewer, client } = await bothEnds(t);
    const whole = signalOf(16 * KIB);
    viewer.send(whole);
    t.equal((await client.next("signal"))?.data?.length, whole.data.length, "length that arrived");
  }),

  check("D-054", "5.6", "a longer one closes its sender with 4400 and reaches nobody", async (t) => {
    const { viewer, client } = await bothEnds(t);
    viewer.send({ type: "signal", data: "short" });
    viewer.send(signalOf(20 * KIB));
    await t.closes(viewer, 4400, "20 KiB");
    await t.alive(client, "the other end");
    t.equal(client.frames.filter(({ type }) => type === "signal").map(({ data }) => data), ["short"], "signals at the other end");
  }),

  check("D-055", "5.6", "a signal to nobody is dropped, and its sender stays", async (t) => {
    const viewer = await t.device(await t.accounts.fresh(), "viewer");
    viewer.send({ type: "signal", data: "hello?" });
    await t.alive(viewer, "after a signal to nobody");
  }),

  check("D-056", "5.6", "far more than 20 signals a second close their sender with 4400", async (t) => {
    const { viewer, client } = await bothEnds(t);
    for (let at = 0; at < 200; at += 1) viewer.send({ type: "signal", data: at });
    t.equal((await client.next("signal"))?.data, 0, "the first of them, at the other end");
    await t.closes(viewer, 4400, "200 signals at once");
    await t.alive(client, "the other end");
  }),

  check("D-057", "5.6", "another account hears nothing", async (t) => {
    const stranger = await t.device(await t.accounts.fresh(), "client");
    const { viewer, client } = await bothEnds(t);
    viewer.send({ type: "signal", data: "for my own client" });
    t.equal((await client.next("signal"))?.data, "for my own client", "at the own client");
    await t.alive(stranger, "the stranger");
    t.equal(stranger.frames.find(({ type }) => type === "signal" || type === "peer"), undefined, "at the stranger");
  }),
];
