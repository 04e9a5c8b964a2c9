// What is meant to harm a login with a linked service: every provider's shape and kind of key, and a provider that signs whatever it is
// told. Past failures 37 to 45: nothing here may ever open a session or link an account.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { answering, claimsFor, FAULTS, hostileOnes, hostileProvider, jws, redirectTo } from "./harness/openid-hostile.mjs";
import { newKey, providerVars } from "./harness/openid.mjs";
import { STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";

const SERVICE = "worksdrive";
const KINDS = [
  { id: "google", label: "Google", alg: "RS256" },
  { id: "facebook", label: "Facebook", kind: "endpoints", alg: "RS256" },
  { id: "microsoft", label: "Microsoft", alg: "PS256" },
  { id: "d-account", label: "dアカウント", alg: "ES256" },
  { id: "company", label: "社内", kind: "adfs", alg: "RS256" },
];
const hostile = Object.fromEntries(await Promise.all(KINDS.map(async (kind) => [kind.id, await hostileProvider(kind)])));
const all = Object.values(hostile);
const providers = hostileOnes(...all);
const VARS = { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" };
const server = await startServer({ providers, vars: VARS });
after(() => Promise.all([server.stop(), providers.stop()]));

/** By provider: the contractor who logs in with it, and whom it names. */
const victims = {};
let contracts = 0;

const subjectOf = (one, subject) => (one.kind === "adfs" ? { sub: `pairwise-${subject}`, upn: subject } : { sub: subject });
/** The token that a login of this subject gets. */
const naming = (one, subject, more = {}) => ({ claims, sign }) => sign({ ...claims, ...subjectOf(one, subject), ...more });

/** Begins a login; the provider's address. */
async function leave(browser, id, path = `/federation/${id}`, from = "/login", fields = {}) {
  const page = await browser.get(from);
  const form = page.forms().find(({ action, fields: own }) => action === path && (own.provider === id || action.includes("/federation/")));
  assert.ok(form, `no button for ${id} on ${from}: ${page.text}`);
  const gone = await browser.post(path, { ...form.fields, ...fields });
  assert.equal(gone.status, 303, gone.text);
  return new URL(gone.location);
}
const come = (browser, back) => browser.get(back.pathname + back.search);
const inside = async (browser) => (await browser.get("/")).status === 200 || (await browser.get("/menu")).status === 200;

/** A login by the provider's present behaviour. */
async function signIn(id, browser = server.browser({ service: SERVICE })) {
  const page = await come(browser, hostile[id].authorize(await leave(browser, id)));
  return { browser, page };
}

/** Nobody has got in, and nothing broke. */
async function refused({ browser, page }, what) {
  assert.ok([400, 403, 409, 422, 503].includes(page.status), `${what}: ${page.status} ${page.text}`);
  assert.ok(!page.headers.getSetCookie().some((line) => /session=[^;]/.test(line)), what);
  assert.equal(await inside(browser), false, `${what}: inside`);
}

before(async () => {
  for (const one of all) {
    const [boss, subject] = [`boss@${one.id}.attack.example.jp`, one.kind === "adfs" ? "boss@example.local" : "248289761001"];
    await storageContract(server, SERVICE, String(8100 + (contracts += 1)), boss, []);
    const browser = server.browser({ service: SERVICE });
    one.token = naming(one, subject);
    await browser.submit(await browser.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
    const check = await come(browser, one.authorize(await leave(browser, one.id, "/menu/method", "/menu/method")));
    const done = await browser.submit(check, {}, "/menu/method");
    assert.match(done.text, /変更したログイン方法でログインを実施してください。/, done.text);
    victims[one.id] = { boss, subject };
  }
  await server.clock.advance(2 * SECOND);
});

const part = (token, at) => token.split(".")[at];
const flip = (token, at, index = 5) => {
  const parts = token.split(".");
  const bytes = Buffer.from(parts[at], "base64url");
  bytes[index] ^= 1;
  parts[at] = bytes.toString("base64url");
  return parts.join(".");
};
const seconds = () => Math.floor(server.clock.now() / 1000);

/** Name → what the token endpoint gives instead of the victim's token. `good` are the claims of a right one. */
function mutations(one) {
  const other = newKey(one.alg, one.keys[0].kid);
  const stranger = newKey(one.alg, "stranger");
  const [key] = one.keys;
  const pem = key.publicKey.export({ type: "spki", format: "pem" });
  const changed = (change, header) => ({ good, sign }) => sign({ ...good, ...change }, header);
  const without = (name) => ({ good, sign }) => { const { [name]: _, ...rest } = good; return sign(rest); };
  const hmac = (secret) => ({ good }) => jws({ alg: "HS256", typ: "JWT", kid: key.kid }, good, secret);
  const foreign = { RS256: "PS256", PS256: "RS256", ES256: "RS256" }[one.alg];
  const named = one.kind === "adfs" ? "upn" : "sub";
  return {
    "alg none": ({ good }) => jws({ alg: "none", typ: "JWT", kid: key.kid }, good, null),
    "alg nOnE": ({ good }) => jws({ alg: "nOnE", kid: key.kid }, good, null),
    "alg none with a signature": ({ good, sign }) => `${jws({ alg: "none", kid: key.kid }, good, null)}${part(sign(good), 2)}`,
    "no signature": ({ good, sign }) => sign(good).replace(/[^.]*$/, ""),
    "HS256 with the public key": hmac(pem),
    "HS256 with the public key as DER": hmac(key.publicKey.export({ type: "spki", format: "der" })),
    "HS256 with the key's modulus": hmac(Buffer.from(key.jwk.n ?? key.jwk.x, "base64url")),
    "HS256 with the client secret": hmac(one.secret),
    "HS256 with an empty key": hmac(""),
    "another key under the same kid": ({ good, sign }) => sign(good, {}, other),
    "an unknown kid": ({ good, sign }) => sign(good, { kid: "stranger" }, stranger),
    "no kid and another key": ({ good, sign }) => sign(good, { kid: undefined }, stranger),
    "a key in the header": ({ good, sign }) => sign(good, { jwk: stranger.jwk }, stranger),
    "the address of a key in the header": ({ good, sign }) => sign(good, { jku: `${one.origin}/elsewhere`, x5u: `${one.origin}/elsewhere` }, stranger),
    "kid as a path": ({ good, sign }) => sign(good, { kid: "../../dev/null" }, stranger),
    "an algorithm that the key is not for": ({ good, sign }) => sign(good, { alg: foreign }),
    "iss with something behind": changed({ iss: `${one.issuer}.evil.example` }),
    "iss with a slash behind": changed({ iss: `${one.issuer}/` }),
    "iss in capitals": changed({ iss: one.issuer.toUpperCase() }),
    "iss of another provider": changed({ iss: all.find((another) => another !== one).issuer }),
    "iss as a list": changed({ iss: [one.issuer] }),
    "iss missing": without("iss"),
    "aud of another client": changed({ aud: "another-client" }),
    "aud with something behind": changed({ aud: `${one.clientId}x` }),
    "aud missing": without("aud"),
    "aud empty": changed({ aud: [] }),
    "aud of several without azp": changed({ aud: [one.clientId, "another-client"] }),
    "azp of another client": changed({ azp: "another-client" }),
    "aud of several and azp of another": changed({ aud: [one.clientId, "another-client"], azp: "another-client" }),
    "expired 61 seconds ago": () => null,
    "exp missing": without("exp"),
    "exp as a text": changed({ exp: "9999999999" }),
    "iat in the future": ({ good, sign }) => sign({ ...good, iat: seconds() + 90, exp: seconds() + 400 }),
    "iat missing": without("iat"),
    "nbf in the future": ({ good, sign }) => sign({ ...good, nbf: seconds() + 90 }),
    "nonce missing": without("nonce"),
    "nonce wrong": changed({ nonce: "another" }),
    "nonce empty": changed({ nonce: "" }),
    "nonce as a list": ({ good, sign }) => sign({ ...good, nonce: [good.nonce] }),
    "nonce with something behind": ({ good, sign }) => sign({ ...good, nonce: `${good.nonce}x` }),
    "sub missing": without("sub"),
    "sub empty": changed({ sub: "" }),
    "sub a number": changed({ sub: 248289761001 }),
    "sub a list": ({ good, sign }) => sign({ ...good, sub: [good.sub] }),
    "sub an object": changed({ sub: { toString: "248289761001" } }),
    "the subject missing": without(named),
    "the subject empty": changed({ [named]: "" }),
    "the subject a list": ({ good, sign }) => sign({ ...good, [named]: [good[named]] }),
    "the subject with a blank behind": ({ good, sign }) => sign({ ...good, [named]: `${good[named]} ` }),
    "the subject with a zero byte behind": ({ good, sign }) => sign({ ...good, [named]: `${good[named]}\u0000` }),
    "the subject in another claim only": ({ good, sign }) => sign({ ...good, [named]: "somebody", preferred_username: good[named], email: good[named], ...(named === "upn" ? { sub: good.upn } : { upn: good.sub }) }),
    "the subject of another, the address of the victim": changed({ [named]: "somebody", email: victims[one.id].boss, email_verified: true, name: victims[one.id].boss }),
    "a flipped byte of the signature": ({ good, sign }) => flip(sign(good), 2),
    "a flipped byte of the claims": ({ good, sign }) => flip(sign(good), 1, 12),
    "truncated": ({ good, sign }) => sign(good).slice(0, -10),
    "two tokens joined": ({ good, sign }) => `${sign(good)}.${sign(good)}`,
    "two tokens with a blank": ({ good, sign }) => `${sign(good)} ${sign(good)}`,
    "nested in a JWE": ({ good, sign }) => `${Buffer.from('{"alg":"dir","enc":"A128GCM","cty":"JWT"}').toString("base64url")}..AAAA.${Buffer.from(sign(good)).toString("base64url")}.AAAA`,
    "a token in a token": ({ good, sign }) => sign(sign(good), { cty: "JWT" }),
    "claims as a list": ({ good, sign }) => sign([good]),
    "a header that is critical and unknown": ({ good, sign }) => sign(good, { crit: ["x-unknown"], "x-unknown": true }),
    "base64 with another alphabet": ({ good, sign }) => sign(good).replaceAll("-", "+").replaceAll("_", "/") + "==",
    "huge": ({ good, sign }) => sign({ ...good, filling: "x".repeat(100_000) }),
    "empty": () => "",
    "a number": () => ({ id_token: 42 }),
    "null": () => ({ id_token: null }),
    "no ID token": () => ({}),
    "the access token in its place": () => ({ id_token: undefined, access_token: "access" }),
  };
}

for (const { id } of KINDS) {
  test(`past failure 39 ${id}: a token that is changed in any way opens nothing`, { timeout: 300_000 }, async () => {
    const one = hostile[id];
    const { subject } = victims[id];
    const accepted = [];
    const list = mutations(one);
    list["expired 61 seconds ago"] = ({ good, sign }) => sign({ ...good, iat: seconds() - 400, exp: seconds() - 61 });
    assert.ok(Object.keys(list).length >= 20);
    for (const [name, mutate] of Object.entries(list)) {
      one.token = ({ claims, sign }) => mutate({ good: { ...claims, ...subjectOf(one, subject) }, sign });
      const exchanges = one.exchanges.length;
      const { browser, page } = await signIn(id);
      assert.equal(one.exchanges.length, exchanges + 1, `${name}: the token was asked for`);
      if (page.status === 303 || (await inside(browser))) accepted.push(name);
      else await refused({ browser, page }, name);
    }
    assert.deepEqual(accepted, []);
    // The tolerance is there, and the same login works when nothing is wrong with it.
    one.token = ({ claims, sign }) => sign({ ...claims, ...subjectOf(one, subject), exp: seconds() - 30, iat: seconds() + 30 });
    assert.equal((await signIn(id)).page.status, 303);
    one.token = naming(one, subject, { aud: [one.clientId, "another-client"], azp: one.clientId });
    assert.equal((await signIn(id)).page.status, 303, "several, made for us");
    one.token = naming(one, subject);
    const right = await signIn(id);
    assert.equal(right.page.status, 303, right.page.text);
    assert.equal(await inside(right.browser), true);
  });

  test(`past failures 37 38 41 ${id}: state, nonce and PKCE are there, long, different each time, and count once in one browser`, async () => {
    const one = hostile[id];
    one.token = naming(one, victims[id].subject);
    const browser = server.browser({ service: SERVICE });
    const first = await leave(browser, id);
    const seen = Object.fromEntries(first.searchParams);
    const second = Object.fromEntries((await leave(browser, id)).searchParams);
    assert.equal(seen.code_challenge_method, "S256");
    assert.equal(seen.response_type, "code");
    assert.equal(seen.redirect_uri, `${browser.origin}/federation/${id}/callback`);
    for (const name of ["state", "nonce", "code_challenge"]) {
      assert.match(seen[name], /^[\w-]{43}$/, name);
      assert.notEqual(seen[name], second[name], name);
    }
    assert.equal(new Set([seen.state, seen.nonce, seen.code_challenge]).size, 3);
    // The newest flow of a browser is the only one.
    await refused({ browser, page: await come(browser, one.authorize(first)) }, "an older flow");

    const changes = {
      "no state": { state: null }, "an empty state": { state: "" }, "a wrong state": { state: "A".repeat(43) },
      "the state cut": { state: second.state.slice(0, -1) }, "an old state": { state: seen.state },
      ...Object.fromEntries(["@", "|", ":", ".", ",", ";", "&x=", "%00", " ", "\n", "___"].map((sign) => [`state and ${JSON.stringify(sign)}`, { state: `${second.state}${sign}/menu` }])),
      "no code": { code: null }, "an empty code": { code: "" }, "another's code": { code: "x" },
      ...(one.kind === "ordinary" ? { "another issuer": { iss: "https://another.example" }, "no issuer": { iss: null }, "an empty issuer": { iss: "" } } : {}),
    };
    for (const [name, change] of Object.entries(changes)) {
      const { state: own, ...rest } = change;
      const address = await leave(browser, id);
      const state = own && own.startsWith(second.state) ? own.replace(second.state, address.searchParams.get("state")) : own;
      const back = one.authorize(address, "state" in change ? { state, ...rest } : rest);
      await refused({ browser, page: await come(browser, back) }, name);
    }
    // From another browser, and from one that has a flow of its own.
    const victim = server.browser({ service: SERVICE });
    const attacker = server.browser({ service: SERVICE });
    const stolen = one.authorize(await leave(attacker, id));
    await refused({ browser: victim, page: await come(victim, stolen) }, "another browser");
    const own = await leave(victim, id);
    await refused({ browser: victim, page: await come(victim, stolen) }, "another browser with a flow");
    // The attacker's code in the victim's own flow: the verifier is another.
    const injected = one.authorize(own, { code: stolen.searchParams.get("code") });
    await refused({ browser: victim, page: await come(victim, injected) }, "a code of another flow");
    // Every exchange proved its verifier.
    for (const { code, code_verifier: verifier } of one.exchanges.filter(({ code }) => one.requests.has(code))) {
      assert.match(verifier ?? "", /^[\w.~-]{43,128}$/, code);
    }
    // Replayed: first it opens, then it does not, neither with the cookie that the flow had.
    const used = server.browser({ service: SERVICE });
    const good = one.authorize(await leave(used, id));
    const { cookies } = used;
    assert.equal((await come(used, good)).status, 303);
    assert.equal((await come(used, good)).status, 400);
    const again = server.browser({ service: SERVICE });
    for (const [name, value] of Object.entries(cookies)) again.setCookie(name, value);
    await refused({ browser: again, page: await come(again, good) }, "replayed with its cookie");
  });
}

test("past failure 37: a flow's cookie counts as it is, at its own origin and provider, for ten minutes", async () => {
  const one = hostile.google;
  one.token = naming(one, victims.google.subject);
  const browser = server.browser({ service: SERVICE });
  const back = one.authorize(await leave(browser, "google"));
  const [name, value] = Object.entries(browser.cookies).find(([key]) => key.includes("federation"));
  for (let at = 0; at < value.length; at += 7) {
    const other = server.browser({ service: SERVICE });
    other.setCookie(name, `${value.slice(0, at)}${value[at] === "A" ? "B" : "A"}${value.slice(at + 1)}`);
    await refused({ browser: other, page: await come(other, back) }, `byte ${at}`);
  }
  for (const text of ["", "x", "a.b.c", value.slice(0, 40), `${value}x`, "%00", `${value}.${value}`]) {
    const other = server.browser({ service: SERVICE });
    other.setCookie(name, text);
    await refused({ browser: other, page: await come(other, back) }, text);
  }
  const elsewhere = server.browser({ service: "cowork-storage" });
  elsewhere.setCookie(name, value);
  await refused({ browser: elsewhere, page: await come(elsewhere, back) }, "another origin");
  await server.clock.advance(10 * MINUTE + SECOND);
  await refused({ browser, page: await come(browser, back) }, "after ten minutes");
});

test("past failures 37 41: mix-up between providers: an answer of one is none of another's", async () => {
  for (const one of all) one.token = naming(one, victims[one.id].subject);
  const { google, microsoft } = hostile;
  const browser = server.browser({ service: SERVICE });
  // The flow of one comes back at the other's callback, with this one's or that one's code.
  for (const answers of [google, microsoft]) {
    const address = await leave(browser, "google");
    const back = google.authorize(address, { iss: answers.issuer });
    back.pathname = "/federation/microsoft/callback";
    await refused({ browser, page: await come(browser, back) }, `at the other's callback with iss of ${answers.id}`);
  }
  // The honest one's code does not reach the other: it is asked at its own token endpoint only.
  const exchanges = microsoft.exchanges.length;
  const address = await leave(browser, "google");
  const back = google.authorize(address, { iss: microsoft.issuer });
  await refused({ browser, page: await come(browser, back) }, "iss of another");
  assert.equal(microsoft.exchanges.length, exchanges);
  // RFC 9207, section 2.4: whoever announces that he gives his name has not sent an answer without it, a refusal neither. Whoever does
  // not announce it gives none, and his answers count (every login of the others here).
  const known = google.exchanges.length;
  for (const answer of [{ iss: null }, { iss: null, code: null, error: "access_denied" }]) {
    const page = await come(browser, google.authorize(await leave(browser, "google"), answer));
    assert.equal(page.status, 403);
    assert.match(page.title, /^ご本人を確認できませんでした/);
  }
  assert.equal(google.exchanges.length, known, "no code was shown to it");
  // A token of one, signed by the other, or with the other's issuer.
  microsoft.token = () => jws({ alg: "RS256", kid: google.keys[0].kid, typ: "JWT" }, claimsFor(google, [...microsoft.requests.values()].at(-1)), google.keys[0]);
  await refused(await signIn("microsoft"), "a token of another provider");
  // The same subject at another provider is somebody else.
  microsoft.token = naming(microsoft, victims.google.subject);
  google.token = naming(google, "nobody-here");
  await refused(await signIn("google"), "the subject of nobody");
});

test("past failures 40 45: a hundred callbacks at once open one session", async () => {
  for (const { id } of KINDS) {
    const one = hostile[id];
    one.token = naming(one, victims[id].subject);
    const browser = server.browser({ service: SERVICE });
    const back = one.authorize(await leave(browser, id));
    const answers = await Promise.all(Array.from({ length: 100 }, () => come(browser, back)));
    assert.deepEqual(answers.filter(({ status }) => status >= 500).map(({ status }) => status), []);
    assert.equal(answers.filter((page) => opened(page)).length, 1, id);
  }
});

test("past failure 42: the same address with another subject is nobody, verified or not; nothing is ever linked by an address", async () => {
  const [boss, user] = ["boss@same.example.jp", "user@same.example.jp"];
  await storageContract(server, SERVICE, "8190", boss, [user, { login: "invited@same.example.jp", ready: false }]);
  for (const { id } of KINDS) {
    const one = hostile[id];
    for (const address of [victims[id].boss, boss, user, "invited@same.example.jp", user.toUpperCase()]) {
      for (const verified of [true, false, undefined, "true"]) {
        one.token = naming(one, `somebody-${address}`, { email: address, email_verified: verified, preferred_username: address, upn: `somebody-${address}` });
        await refused(await signIn(id), `${id} ${address} ${verified}`);
      }
    }
  }
  assert.ok(opened(await tryLogin(server, boss, STORAGE_PASSWORD, { service: SERVICE })), "the accounts are as they were");
  assert.ok(opened(await tryLogin(server, user, STORAGE_PASSWORD, { service: SERVICE })));
});

test("past failure 43: what is saved is what the page has shown, to the person and the purpose it was shown for", async () => {
  const one = hostile.google;
  const [first, second] = ["first@shown.example.jp", "second@shown.example.jp"];
  await storageContract(server, SERVICE, "8191", first, []);
  await storageContract(server, SERVICE, "8192", second, []);
  const inMenu = async (boss) => {
    const browser = server.browser({ service: SERVICE });
    await browser.submit(await browser.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
    return browser;
  };
  const shown = async (browser, subject) => {
    one.token = naming(one, subject, { name: subject });
    const page = await come(browser, one.authorize(await leave(browser, "google", "/menu/method", "/menu/method")));
    assert.ok(page.text.includes(subject), page.text);
    return page;
  };
  const linkedOn = (page) => page.forms().find(({ fields }) => fields.linked).fields;
  const [one1, two] = [await inMenu(first), await inMenu(second)];
  const [x, y] = [linkedOn(await shown(one1, "identity-x")), linkedOn(await shown(two, "identity-y"))];
  const save = (browser, fields) => browser.post("/menu/method", fields);
  assert.notEqual((await save(one1, { ...x, linked: y.linked })).status, 200, "what another person was shown");
  for (const linked of ["x", x.linked.slice(0, -2), flipText(x.linked)]) assert.equal((await save(one1, { ...x, linked })).status, 400, linked);
  // A page of the menu is no right at a mailed link, nor the other way round; and X's flow cannot be finished with Y.
  const login = server.browser({ service: SERVICE });
  const address = await leave(login, "google");
  one.token = naming(one, "identity-y");
  await refused({ browser: login, page: await come(login, one.authorize(address)) }, "nobody has it yet");
  assert.equal((await save(one1, x)).status, 200, "the right one");
  await server.clock.advance(2 * SECOND);
  one.token = naming(one, "identity-x");
  assert.equal((await signIn("google")).page.status, 303);
  one.token = naming(one, "identity-y");
  await refused(await signIn("google"), "the other was never saved");
  await server.clock.advance(11 * MINUTE);
  assert.equal((await save(two, y)).status === 200, false, "too late");
});

const flipText = (text) => `${text.slice(0, 60)}${text[60] === "A" ? "B" : "A"}${text.slice(61)}`;

test("past failures 9 44: a flow begun before the method changed, the account went or the service ended opens nothing", async () => {
  const one = hostile.google;
  const under = async (number, spoil) => {
    const [boss, subject] = [`boss@${number}.midway.example.jp`, `midway-${number}`];
    await storageContract(server, SERVICE, number, boss, []);
    const menu = server.browser({ service: SERVICE });
    await menu.submit(await menu.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
    one.token = naming(one, subject);
    const check = await come(menu, one.authorize(await leave(menu, "google", "/menu/method", "/menu/method")));
    assert.equal((await menu.submit(check, {}, "/menu/method")).status, 200);
    await server.clock.advance(2 * SECOND);
    assert.equal((await signIn("google")).page.status, 303, "it works before");
    const browser = server.browser({ service: SERVICE });
    const address = await leave(browser, "google");
    await spoil({ boss, subject, number });
    await refused({ browser, page: await come(browser, one.authorize(address)) }, number);
  };
  await under("8193", async ({ subject }) => {
    const menu = server.browser({ service: SERVICE });
    one.token = naming(one, subject);
    await come(menu, one.authorize(await leave(menu, "google", "/menu/federation/google", "/menu/login")));
    const form = (await menu.get("/menu/method")).forms().find(({ fields }) => "new" in fields);
    assert.equal((await menu.post("/menu/method", { ...form.fields, new: "Another-2027", again: "Another-2027" })).status, 303);
  });
  await under("8194", async ({ number }) => {
    const put = await server.operator().put(number, {
      service: SERVICE, name: "株式会社サンプル", plan: "trial", trial_start: "2020-01-01", administrator: { login: `boss@${number}.midway.example.jp`, name: "山田 太郎" }, users: [],
    });
    assert.equal(put.status, 200, JSON.stringify(put.body));
  });
});

test("past failure 44: a provider that was taken out of the configuration opens nothing, whatever was begun before", async () => {
  const one = hostile.microsoft;
  const boss = "boss@taken-out.example.jp";
  const persist = mkdtempSync(path.join(tmpdir(), "kagiban-"));
  let own = await startServer({ vars: { ...providers.vars, ...VARS }, persist });
  const { port } = own;
  const { now } = one;
  one.now = own.clock.now;
  try {
    await storageContract(own, SERVICE, "8196", boss, []);
    const menu = own.browser({ service: SERVICE });
    await menu.submit(await menu.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD });
    one.token = naming(one, "taken-out");
    const check = await come(menu, one.authorize(await leave(menu, "microsoft", "/menu/method", "/menu/method")));
    assert.equal((await menu.submit(check, {}, "/menu/method")).status, 200);
    const browser = own.browser({ service: SERVICE });
    const back = one.authorize(await leave(browser, "microsoft"));
    await own.stop();
    own = await startServer({ vars: { ...providerVars(all.filter((other) => other !== one)), ...VARS }, persist, port });
    const exchanges = one.exchanges.length;
    const page = await come(browser, back);
    assert.equal(page.status, 403, page.text);
    assert.match(page.text, /このサービスとの連携は終了しているか、設定されていません。/);
    assert.equal((await browser.post("/federation/microsoft", { operation: "0".repeat(32), next: "" })).status, 404);
    assert.ok(!(await browser.get("/login")).text.includes("Microsoft"));
    assert.equal(one.exchanges.length, exchanges, "nobody was asked");
  } finally {
    one.now = now;
    await own.stop();
    rmSync(persist, { recursive: true, force: true });
  }
});

const away = { hits: 0 };
const elsewhere = http.createServer((_, response) => {
  away.hits += 1;
  response.end("{}");
});
await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
after(() => { elsewhere.closeAllConnections(); elsewhere.close(); });

test("a provider that is slow, broken, endless or elsewhere: a clear page within 5 s, no session, and passwords go on", { timeout: 400_000 }, async () => {
  const one = hostile.google;
  const boss = "boss@fault.example.jp";
  await storageContract(server, SERVICE, "8195", boss, []);
  one.token = naming(one, victims.google.subject);
  const faults = {
    ...FAULTS,
    elsewhere: redirectTo(`http://127.0.0.1:${elsewhere.address().port}/`),
    "many keys": answering({ keys: Array.from({ length: 5_000 }, (_, at) => ({ ...one.keys[0].jwk, kid: `key-${at}` })) }),
    "not found": answering({}, 404),
    "another issuer": answering({ ...one.metadata(), issuer: "https://another.example" }),
    "endpoints of http": answering({ ...one.metadata(), token_endpoint: "http://another.example/token", jwks_uri: "file:///etc/passwd" }),
    "endpoints of a script": answering({ ...one.metadata(), authorization_endpoint: "javascript:alert(1)" }),
    "keys of another kind": answering({ keys: [{ kty: "oct", k: "AAAA", kid: one.keys[0].kid }, 42, null, {}] }),
  };
  for (const endpoint of ["discovery", "jwks", "token"]) {
    for (const [name, fault] of Object.entries(faults)) {
      // What was believed for an hour is asked anew.
      await server.clock.advance(61 * MINUTE);
      const browser = server.browser({ service: SERVICE });
      const login = await browser.get("/login");
      if (endpoint === "discovery") one.faults.discovery = fault;
      const began = performance.now();
      const gone = browser.send(login, {}, "/federation/google");
      const [first, password] = await Promise.all([gone, tryLogin(server, boss, STORAGE_PASSWORD, { service: SERVICE })]);
      assert.ok(opened(password), `${endpoint} ${name}: a password logs in meanwhile`);
      let page = first;
      let took = performance.now() - began;
      if (first.status === 303) {
        const to = new URL(first.location);
        assert.ok(to.origin === one.origin, `${endpoint} ${name}: ${first.location}`);
        if (endpoint !== "discovery") one.faults[endpoint] = fault;
        const again = performance.now();
        page = await come(browser, one.authorize(to));
        took = performance.now() - again;
      }
      one.faults = {};
      await refused({ browser, page }, `${endpoint} ${name}`);
      assert.ok(took < 5_000, `${endpoint} ${name}: ${took} ms`);
      assert.match(page.text, /サービスに接続できません|ご本人を確認できませんでした/, `${endpoint} ${name}`);
      assert.ok(!page.text.includes("127.0.0.1"), "nothing of the inside is told");
    }
  }
  assert.equal(away.hits, 0, "no redirect was followed");
  await server.clock.advance(61 * MINUTE);
  assert.equal((await signIn("google")).page.status, 303, "and then it works again");
});

test("a provider that is down says so; a key that was rotated is fetched, at most once a minute for keys that nobody knows", async () => {
  const one = hostile["d-account"];
  one.token = naming(one, victims["d-account"].subject);
  await server.clock.advance(61 * MINUTE);
  assert.equal((await signIn("d-account")).page.status, 303);
  one.rotate();
  await server.clock.advance(2 * MINUTE);
  assert.equal((await signIn("d-account")).page.status, 303, "the new key");
  await server.clock.advance(2 * MINUTE);
  const hits = one.hits.jwks;
  const stranger = newKey("ES256", "stranger");
  one.token = ({ claims, sign }) => sign({ ...claims, sub: victims["d-account"].subject }, { kid: "stranger" }, stranger);
  for (let round = 0; round < 10; round += 1) await refused(await signIn("d-account"), "an unknown key");
  assert.ok(one.hits.jwks - hits <= 2, `${one.hits.jwks - hits} times`);
  one.token = naming(one, victims["d-account"].subject);
  await one.down();
  await server.clock.advance(61 * MINUTE);
  const browser = server.browser({ service: SERVICE });
  const page = await browser.send(await browser.get("/login"), {}, "/federation/d-account");
  assert.equal(page.status, 503);
  assert.match(page.text, /メールアドレスとパスワードでのログインには影響ありません/);
  await one.up();
  assert.equal((await signIn("d-account")).page.status, 303);
});
