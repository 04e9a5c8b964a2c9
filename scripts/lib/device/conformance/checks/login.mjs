// Section 3: who gets a token, what each refusal looks like, how many passwords may be tried.

import { check } from "../trial.mjs";

const WRONG = "Wrong-00000!";
const CURRENT = { status: "current" };
const text = (value) => typeof value === "string" && value.length > 0;
const token = (t, body, what) => t.that(text(body?.token) && /^[\x21-\x7e]+$/.test(body.token), what, "a token that fits into a header", body);

export const LOGIN = [
  check("D-001", "3.2", "a first login with the right password answers 200 with a token, a device key and the password's state", async (t) => {
    const who = await t.accounts.user();
    const answer = await t.login(who, "viewer");
    t.equal(answer.status, 200, "status");
    t.that(/^application\/json/.test(answer.headers.get("content-type")), "Content-Type", "application/json", answer.headers.get("content-type"));
    token(t, answer.body, "token");
    t.that(text(answer.body.device_key), "device_key", "a text", answer.body.device_key);
    t.equal(answer.body.password, CURRENT, "password");
    who.keys.viewer = answer.body.device_key;
  }),

  check("D-002", "3.4", "the device key is given once: a login with it answers another token and no key", async (t) => {
    const who = await t.accounts.user();
    const first = await t.admitted(who, "viewer");
    const again = await t.login(who, "viewer", { key: who.keys.viewer });
    t.equal(again.status, 200, "status");
    token(t, again.body, "token");
    t.that(again.body.token !== first.token, "second token", "another than the first", "the same");
    t.equal(again.body.device_key, undefined, "device_key at a login with the key");
  }),

  check("D-003", "3.2", "a wrong password answers 401 invalid_credentials", async (t) => {
    t.refusal(await t.login(await t.accounts.user(), "client", { password: WRONG }), 401, "invalid_credentials", "a wrong password");
  }),

  check("D-004", "3.2", "an unknown name is answered exactly as a wrong password", async (t) => {
    const known = await t.login(await t.accounts.user(), "client", { password: WRONG });
    const login = `nobody-${Math.random().toString(36).slice(2)}`;
    const unknown = await t.login({ login, password: WRONG }, "client");
    t.equal({ status: unknown.status, body: unknown.text }, { status: known.status, body: known.text }, "an unknown name");
  }),

  check("D-005", "3.2", "a refused login is answered no sooner than 400 ms after it arrived, so that time tells nothing", async (t) => {
    const { ms } = await t.login({ login: `nobody-${Math.random().toString(36).slice(2)}`, password: WRONG }, "viewer");
    t.that(ms >= 400, "time until the refusal", "400 ms or more", `${Math.round(ms)} ms`);
  }),

  check("D-006", "3.4", "while a phone is registered, another one with the right password gets 403 device_not_registered; an unknown key counts as none", async (t) => {
    const who = await t.accounts.user();
    await t.admitted(who, "viewer");
    t.refusal(await t.login(who, "viewer"), 403, "device_not_registered", "another phone");
    t.refusal(await t.login(who, "viewer", { key: "an unknown key" }), 403, "device_not_registered", "a phone with an unknown key");
  }),

  check("D-007", "3.4", "any PC with the password is a client: each gets a key of its own, an unknown key counts as none", async (t) => {
    const who = await t.accounts.user();
    const logins = [await t.login(who, "client", { name: "PC 1" }), await t.login(who, "client", { name: "PC 2", key: "an unknown key" })];
    for (const answer of logins) {
      t.equal(answer.status, 200, "status of a PC's login");
      t.that(text(answer.body.device_key), "device_key", "a text", answer.body.device_key);
    }
    t.that(logins[0].body.device_key !== logins[1].body.device_key, "keys of two PCs", "different ones", "the same one");
    const { body } = await t.login(who, "client", { key: logins[0].body.device_key });
    t.equal(body.device_key, undefined, "device_key at a login with a PC's key");
  }),

  check("D-008", "3.3", "a login that is repeated with its Idempotency-Key gets the same registration and the same key", async (t) => {
    const who = await t.accounts.fresh();
    const headers = { "idempotency-key": `conformance-${Math.random()}` };
    const [lost, again] = [await t.login(who, "viewer", { headers }), await t.login(who, "viewer", { headers })];
    t.equal(lost.status, 200, "status of the first");
    t.equal(again.status, 200, "status of the repeat");
    t.equal(again.body.device_key, lost.body.device_key, "device_key of the repeat");
    t.refusal(await t.login(who, "viewer", { headers: { "idempotency-key": "another" } }), 403, "device_not_registered", "a login with another Idempotency-Key");
    t.refusal(await t.login(who, "viewer", { headers, password: WRONG }), 401, "invalid_credentials", "the same Idempotency-Key with a wrong password");
  }),

  check("D-009", "3.3", "ten first logins at the same moment register exactly one phone", async (t) => {
    const who = await t.accounts.fresh();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => t.login(who, "viewer", { name: `phone ${at}` })));
    const winners = answers.filter(({ status }) => status === 200);
    t.equal(winners.length, 1, "phones registered");
    for (const answer of answers) if (answer !== winners[0]) t.refusal(answer, 403, "device_not_registered", "a phone that came second");
  }),

  check("D-010", "3.2", "what has another shape, or an over-long field, answers 400 bad_request with a detail", async (t) => {
    const { login, password } = await t.accounts.user();
    const device = { name: "n", os: "o", key: null };
    const good = { login, password, role: "client", device };
    const bad = {
      "no JSON": "{", "an array": "[]", "nothing": "", "no login": { ...good, login: undefined }, "no password": { ...good, password: undefined },
      "no role": { ...good, role: undefined }, "an unknown role": { ...good, role: "phone" }, "no device": { ...good, device: undefined },
      "a number for a login": { ...good, login: 1 }, "a list for a key": { ...good, device: { ...device, key: [] } },
      "a name of 65 characters": { ...good, device: { ...device, name: "x".repeat(65) } }, "an os of 65 characters": { ...good, device: { ...device, os: "x".repeat(65) } },
    };
    for (const [what, body] of Object.entries(bad)) {
      const answer = await t.post(body);
      t.refusal(answer, 400, "bad_request", what);
      t.that(text(answer.body.detail), `detail for ${what}`, "a text", answer.body.detail);
    }
  }),

  check("D-011", "3.2", "a login with an Origin header answers 403 origin_not_allowed, whatever else it says", async (t) => {
    const who = await t.accounts.user();
    for (const origin of [t.server, "https://example.com", "null"]) {
      t.refusal(await t.login(who, "client", { headers: { origin } }), 403, "origin_not_allowed", `Origin: ${origin}`);
    }
  }),

  check("D-012", "3.2", "a right but temporary password answers 403 password_change_required, a wrong one 401", async (t) => {
    const who = await t.accounts.temporary();
    for (const role of ["viewer", "client"]) t.refusal(await t.login(who, role), 403, "password_change_required", `a temporary password, as ${role}`);
    t.refusal(await t.login(who, "client", { password: WRONG }), 401, "invalid_credentials", "a wrong password");
  }),

  check("D-013", "3.2", "an account administrator with the right password gets 403 remote_access_not_allowed, with a wrong one 401", async (t) => {
    const who = await t.accounts.administrator();
    t.refusal(await t.login(who, "client", { password: WRONG }), 401, "invalid_credentials", "a wrong password");
    t.refusal(await t.login(who, "client"), 403, "remote_access_not_allowed", "the right password");
  }),

  check("D-014", "3.5", "after five wrong passwords within a minute an unknown device gets 429 with retry_after and Retry-After; a known one has its own five", async (t) => {
    const who = await t.accounts.fresh();
    await t.admitted(who, "viewer");
    const wrong = await Promise.all(Array.from({ length: 5 }, () => t.login(who, "client", { password: WRONG })));
    for (const answer of wrong) t.refusal(answer, 401, "invalid_credentials", "the first five");
    const answer = await t.login(who, "client");
    t.refusal(answer, 429, "too_many_attempts", "the sixth");
    const { retry_after: seconds } = answer.body;
    t.that(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, "retry_after", "1 to 60", seconds);
    t.equal(answer.headers.get("retry-after"), String(seconds), "Retry-After");
    t.equal((await t.login(who, "viewer", { key: who.keys.viewer })).status, 200, "status for the known phone");
  }),
];
