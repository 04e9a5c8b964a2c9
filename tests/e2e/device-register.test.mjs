// The registration race (CW-060, CW-061; issue 4): a thousand phones log in for the first time at once, and one of them is the phone.
// A phone whose answers are lost keeps its place with its Idempotency-Key, in the same race.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startServer } from "./harness/harness.mjs";
import { contract, phoneLogin } from "./harness/people.mjs";

const PHONES = 1_000;
const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const operator = server.operator();
await contract(server, "481000001", "admin.register", ["register.race", "register.lost"]);

/** A phone that does as it is told: 429 means later. */
async function patient(who, headers) {
  for (;;) {
    const answer = await phoneLogin(server, who, headers);
    if (answer.status !== 429) return answer;
    assert.ok(answer.body.retry_after >= 1 && answer.body.retry_after <= 60, JSON.stringify(answer.body));
    await new Promise((resolve) => setTimeout(resolve, answer.body.retry_after * 1_000));
  }
}
const refusal = ({ status, body }) => [status, body.error];

test("cw_060 cw_061 a thousand first logins of different phones at once: exactly one is registered", { timeout: 300_000 }, async () => {
  const login = "register.race";
  const answers = await Promise.all(Array.from({ length: PHONES }, (_, at) => patient({ login, name: `phone ${at}` })));
  const winners = answers.filter(({ status }) => status === 200);
  assert.equal(winners.length, 1);
  for (const answer of answers) if (answer !== winners[0]) assert.deepEqual(refusal(answer), [403, "device_not_registered"]);
  const [winner] = winners;
  assert.ok(winner.body.device_key);
  const { phone } = await operator.account("coconowork", login);
  assert.equal(phone.name, `phone ${answers.indexOf(winner)}`);
  // It is the phone from now on, and nobody else is; right passwords have cost nobody anything.
  const connected = await server.device({ token: winner.body.token });
  await connected.next("welcome");
  const again = await phoneLogin(server, { login, key: winner.body.device_key });
  assert.deepEqual([again.status, again.body.device_key], [200, undefined]);
  assert.deepEqual(refusal(await phoneLogin(server, { login, name: "phone 1000" })), [403, "device_not_registered"]);
  assert.deepEqual((await operator.account("coconowork", login)).phone, phone);
  connected.close();
});

test("cw_060 lost answers in the same race: whoever repeats with its Idempotency-Key gets the one registration again", { timeout: 120_000 }, async () => {
  const login = "register.lost";
  const PHONES = 20;
  // Each phone sends its login five times at once, as one would whose answers are lost.
  const sent = Array.from({ length: PHONES * 5 }, (_, at) => patient({ login, name: `phone ${at % PHONES}` }, { "idempotency-key": `phone-${at % PHONES}` }));
  const answers = await Promise.all(sent);
  const won = [...answers.keys()].filter((at) => answers[at].status === 200);
  const [first] = won;
  assert.deepEqual(new Set(won.map((at) => at % PHONES)).size, 1, "one phone");
  assert.equal(won.length, 5, "all five of its answers");
  assert.equal(new Set(won.map((at) => answers[at].body.device_key)).size, 1, "with one key");
  for (const [at, answer] of answers.entries()) if (!won.includes(at)) assert.deepEqual(refusal(answer), [403, "device_not_registered"]);
  const { phone } = await operator.account("coconowork", login);
  assert.equal(phone.name, `phone ${first % PHONES}`);
  // One token counts, the newest.
  const tokens = await Promise.all(won.map((at) => server.device({ token: answers[at].body.token })));
  assert.equal(tokens.filter(({ refused }) => refused === null).length, 1);
  const repeated = await phoneLogin(server, { login, name: "phone ?" }, { "idempotency-key": `phone-${first % PHONES}` });
  assert.equal(repeated.body.device_key, answers[first].body.device_key);
  assert.deepEqual((await operator.account("coconowork", login)).phone, phone, "the same registration");
  for (const device of tokens) if (!device.refused) device.terminate();
});
