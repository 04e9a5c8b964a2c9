// A password that its owner changes: the new token of a waiting client, its acknowledgement, and the grace (sections 5.4, 5.5, 7).

import { GRACELESS, REFLECT } from "../person.mjs";
import { check } from "../trial.mjs";

const NEW = "Conf-Another-2027!";
const CURRENT = { status: "current" };
const PREVIOUS = { status: "previous", days_left: 30 };

/** A waiting client, and what the account's owner chooses at the pages when he changes the password. */
async function changed(t, toggles = {}) {
  const who = await t.accounts.fresh();
  const page = await t.person(who);
  const client = await t.device(who, "client");
  await t.atPages(() => page.changePassword(who.password, NEW, toggles));
  return { who, client, page };
}
async function credential(t, connection) {
  const frame = await connection.next("credential");
  t.that(frame, "credential", "a new token", connection.frames.map((one) => one.type ?? one));
  const { id, token } = frame;
  t.that(typeof id === "string" && id && typeof token === "string" && token, "credential", "id and token", frame);
  t.equal(frame.password, CURRENT, "password in credential");
  return frame;
}
/** An acknowledgement is no request: when a ping sent behind it is answered, it has been read. */
async function acknowledge(t, connection, { id }) {
  connection.send({ type: "ack", id });
  await t.alive(connection, "after the ack");
}

export const CREDENTIAL = [
  check("D-070", "5.5", "an own change that is reflected sends the client a credential; acknowledged, the new token counts and the client stays", async (t) => {
    const { client } = await changed(t, { [REFLECT]: true });
    const sent = await credential(t, client);
    t.that(sent.token !== client.token, "the new token", "another", "the same");
    await acknowledge(t, client, sent);
    t.equal(client.frames.find(({ type }) => type === "password" || type === "bye"), undefined, "password or bye");
    await client.leave();
    t.equal((await t.connected(sent.token)).welcome.password, CURRENT, "password in the next welcome");
  }),

  check("D-071", "5.5", "the first use of the new token is an acknowledgement too", async (t) => {
    const { client } = await changed(t, { [REFLECT]: true });
    const sent = await credential(t, client);
    await client.leave();
    const again = await t.connected(sent.token);
    t.equal(again.welcome.password, CURRENT, "password in welcome");
    await t.alive(again, "the client on the new token");
    t.equal(again.frames.find(({ type }) => type === "credential"), undefined, "a further credential");
  }),

  check("D-072", "5.5", "without an acknowledgement each welcome is followed by a fresh credential, and the overtaken one is nobody's", async (t) => {
    const { client } = await changed(t, { [REFLECT]: true });
    const first = await credential(t, client);
    await client.leave();
    const again = await t.connected(client.token);
    t.equal(again.welcome.password.status, "previous", "password in welcome");
    const second = await credential(t, again);
    t.that(second.token !== first.token && second.id !== first.id, "the second credential", "another id and token", "the same");
    await t.deadToken(first.token, "the overtaken token");
    await t.alive(again, "the client");
  }),

  check("D-073", "5.5", "a token that was replaced is dead, and using it again revokes both: Close 4003", async (t) => {
    const { client } = await changed(t, { [REFLECT]: true });
    const former = client.token;
    const sent = await credential(t, client);
    await acknowledge(t, client, sent);
    await t.deadToken(former, "the replaced token");
    await t.closes(client, 4003, "the client on the new token");
    t.equal(client.bye, { type: "bye", reason: "credentials_revoked" }, "bye");
    await t.deadToken(sent.token, "the new token");
  }),

  check("D-074", "5.4", "an own change that is not reflected tells the client that 30 days are left, and it stays", async (t) => {
    const { client } = await changed(t, { [REFLECT]: false });
    t.equal(await client.next("password"), { type: "password", ...PREVIOUS }, "message to the client");
    await t.alive(client, "the client");
    t.equal(client.frames.find(({ type }) => type === "credential"), undefined, "credential");
  }),

  check("D-075", "4.3", "a client on the previous password is replaced by one on the current, and gets 409 occupied while that one is live", async (t) => {
    const { who, client } = await changed(t, { [REFLECT]: false });
    const modern = await t.another(who, "client", { password: NEW, name: "the new PC" });
    await t.closes(client, 4009, "the client on the previous password");
    const { refused } = await t.open(client.token);
    t.that(refused, "the same client again", "409", "101");
    t.refusal(refused, 409, "occupied", "the same client again");
    await t.alive(modern, "the client on the current password");
    await modern.leave();
    await t.connected(client.token);
  }),

  check("D-076", "7", "without a grace a client on the previous password is closed with 4003, and its token dies", async (t) => {
    const { client } = await changed(t, { [REFLECT]: false, [GRACELESS]: true });
    await t.closes(client, 4003, "the client");
    await t.deadToken(client.token, "its token");
  }),

  check("D-077", "7", "a grace that is ended early closes the client with 4003, and its token dies", async (t) => {
    const { client, page } = await changed(t, { [REFLECT]: false });
    await client.next("password");
    await t.atPages(async () => (await page.follow("猶予を今すぐ終了")) ?? page.fill("OK"));
    await t.closes(client, 4003, "the client");
    await t.deadToken(client.token, "its token");
  }),
];
