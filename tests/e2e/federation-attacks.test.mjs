// What is meant to harm a login with a linked service or an Active Directory: every provider's shape and kind of key, configured and a
// contract's own, and a provider that signs whatever it is told. Past failures 37 to 43 and 45: nothing here may ever open a session or link
// an account. What changes while somebody is on his way is in federation-midway, what breaks in federation-faults.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  OPERATION, SERVICE, askMethods, come, connect, contract, federated, inside, isDirectory, leave, leaveBy, linkedOn, naming, refused, setting, signIn, subjectOf, take, turnedAway, twin,
  visitor, withPassword,
} from "./harness/federated.mjs";
import { MINUTE, SECOND } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { claimsFor, jws } from "./harness/openid-hostile.mjs";
import { newKey } from "./harness/openid.mjs";
import { STORAGE_PASSWORD, linksTo, storageContract } from "./harness/storage.mjs";

const { server, ones, named, links, stop } = await federated({ users: ["plain"], invited: ["guest"] });
after(stop);
const { origin } = visitor(server);
/** How often a code was exchanged anywhere. */
const exchanged = (back) => ones.flatMap(({ exchanges }) => exchanges).filter(({ code }) => code === back.searchParams.get("code")).length;

const part = (token, at) => token.split(".")[at];
const flip = (token, at, index = 5) => {
  const parts = token.split(".");
  const bytes = Buffer.from(parts[at], "base64url");
  bytes[index] ^= 1;
  parts[at] = bytes.toString("base64url");
  return parts.join(".");
};
const seconds = () => Math.floor(server.clock.now() / 1000);

/** Name → what the token endpoint gives instead of the victim's token. `good` are the claims of a right one, `earlier` is one that was used. */
function mutations(one, earlier) {
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
    "iss of another provider": changed({ iss: ones.find((another) => another !== one).issuer }),
    "iss as a list": changed({ iss: [one.issuer] }),
    "iss missing": without("iss"),
    "aud of another client": changed({ aud: "another-client" }),
    "aud with something behind": changed({ aud: `${one.clientId}x` }),
    "aud missing": without("aud"),
    "aud empty": changed({ aud: [] }),
    "aud of several without azp": changed({ aud: [one.clientId, "another-client"] }),
    "azp of another client": changed({ azp: "another-client" }),
    "aud of several and azp of another": changed({ aud: [one.clientId, "another-client"], azp: "another-client" }),
    "expired 61 seconds ago": ({ good, sign }) => sign({ ...good, iat: seconds() - 400, exp: seconds() - 61 }),
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
    "the right token of an earlier login": () => earlier,
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
    "the subject of another, the address of the victim": changed({ [named]: "somebody", email: one.victim.login, email_verified: true, name: one.victim.login }),
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

/** A right token of somebody's login, used up. */
async function spent(one, subject) {
  let token;
  const browser = visitor(server);
  const page = await come(browser, one.authorize(await leave(browser, one), {}, (made) => (token = naming(one, subject)(made))));
  assert.equal(page.status, 303, page.text);
  return token;
}
/** What a mutation makes of the token of this subject. */
const mutated = (one, subject, mutate) => ({ claims, sign }) => mutate({ good: { ...claims, ...subjectOf(one, subject) }, sign });

for (const one of ones) {
  const { name, victim } = one;
  const { subject } = victim;

  test(`past failure 39 ${name}: a token that is changed in any way opens nothing`, { timeout: 300_000 }, async () => {
    const list = Object.entries(mutations(one, await spent(one, subject)));
    assert.ok(list.length >= 20);
    const accepted = await Promise.all(list.map(async ([what, mutate]) => {
      const browser = visitor(server);
      const back = one.authorize(await leave(browser, one), {}, mutated(one, subject, mutate));
      const page = await come(browser, back);
      assert.equal(exchanged(back), 1, `${what}: the token was asked for`);
      if (page.status === 303 || (await inside(browser))) return [what];
      await refused({ browser, page }, what);
      return [];
    }));
    assert.deepEqual(accepted.flat(), []);
    // The tolerance is there, and the same login works when nothing is wrong with it.
    assert.equal((await signIn(server, one, subject, { exp: seconds() - 30, iat: seconds() + 30 })).page.status, 303);
    assert.equal((await signIn(server, one, subject, { aud: [one.clientId, "another-client"], azp: one.clientId })).page.status, 303, "several, made for us");
    const right = await signIn(server, one, subject);
    assert.equal(right.page.status, 303, right.page.text);
    assert.equal(await inside(right.browser), true);
  });

  test(`past failures 37 38 41 ${name}: state, nonce and PKCE are there, long, different each time, and count once in one browser`, async () => {
    const token = naming(one, subject);
    const begun = async (browser) => Object.fromEntries(new URL(await leave(browser, one)).searchParams);
    const browser = visitor(server);
    const address = await leave(browser, one);
    const [seen, second] = [Object.fromEntries(new URL(address).searchParams), await begun(browser)];
    assert.equal(seen.code_challenge_method, "S256");
    assert.equal(seen.response_type, "code");
    assert.equal(seen.redirect_uri, `${origin}/federation/${one.id}/callback`);
    for (const parameter of ["state", "nonce", "code_challenge"]) {
      assert.match(seen[parameter], /^[\w-]{43}$/, parameter);
      assert.notEqual(seen[parameter], second[parameter], parameter);
    }
    assert.equal(new Set([seen.state, seen.nonce, seen.code_challenge]).size, 3);
    // The newest flow of a browser is the only one.
    await refused({ browser, page: await come(browser, one.authorize(address, {}, token)) }, "an older flow");

    // Its own state and that of an earlier flow of the same browser → what comes back instead.
    const changes = {
      "no state": () => ({ state: null }), "an empty state": () => ({ state: "" }), "a wrong state": () => ({ state: "A".repeat(43) }),
      "the state cut": (own) => ({ state: own.slice(0, -1) }), "an old state": (_, old) => ({ state: old }),
      ...Object.fromEntries(["@", "|", ":", ".", ",", ";", "&x=", "%00", " ", "\n", "___"].map((sign) => [`state and ${JSON.stringify(sign)}`, (own) => ({ state: `${own}${sign}/menu` })])),
      "no code": () => ({ code: null }), "an empty code": () => ({ code: "" }), "another's code": () => ({ code: "x" }),
      "another issuer": () => ({ iss: "https://another.example" }),
      ...(one.kind === "ordinary" ? { "no issuer": () => ({ iss: null }), "an empty issuer": () => ({ iss: "" }) } : {}),
    };
    await Promise.all(Object.entries(changes).map(async ([what, change]) => {
      const own = visitor(server);
      const { state: old } = await begun(own);
      const to = await leave(own, one);
      const back = one.authorize(to, change(new URL(to).searchParams.get("state"), old), token);
      await refused({ browser: own, page: await come(own, back) }, what);
    }));
    // From another browser, and from one that has a flow of its own.
    const [person, attacker] = [visitor(server), visitor(server)];
    const stolen = one.authorize(await leave(attacker, one), {}, token);
    await refused({ browser: person, page: await come(person, stolen) }, "another browser");
    const own = await leave(person, one);
    await refused({ browser: person, page: await come(person, stolen) }, "another browser with a flow");
    // The attacker's code in the victim's own flow: the verifier is another.
    const injected = one.authorize(own, { code: stolen.searchParams.get("code") }, token);
    await refused({ browser: person, page: await come(person, injected) }, "a code of another flow");
    assert.equal(exchanged(stolen), 1, "the provider was asked, and has refused it");
    // Every exchange proved its verifier.
    for (const { code, code_verifier: verifier } of one.exchanges.filter(({ code }) => one.requests.has(code))) {
      assert.match(verifier ?? "", /^[\w.~-]{43,128}$/, code);
    }
    // Replayed: first it opens, then it does not, neither with the cookie that the flow had.
    const used = visitor(server);
    const good = one.authorize(await leave(used, one), {}, token);
    const before = twin(server, used);
    assert.equal((await come(used, good)).status, 303);
    assert.equal((await come(used, good)).status, 400);
    await refused({ browser: before, page: await come(before, good) }, "replayed with its cookie");
  });
}

/** Of everything that can be wrong with a token, what stands for the rest at the doors behind the login. */
const DOZEN = [
  "alg none", "no signature", "HS256 with the public key", "another key under the same kid", "an unknown kid", "a key in the header", "iss of another provider", "iss missing",
  "aud of another client", "aud missing", "expired 61 seconds ago", "nonce missing", "nonce wrong", "the right token of an earlier login", "the subject missing", "a flipped byte of the claims",
  "no ID token",
];
const DONE = /申込完了|ログイン方法を変更しました|変更したログイン方法でログインを実施してください。/;
const confirming = async (browser, one) => (await browser.post(`/federation/${one.id}`, { operation: OPERATION, confirm: "1", next: "/account" })).location;
const confirmed = async (browser) => (await browser.get("/confirm?next=/account")).location === "/account";

/**
 * The doors behind the login at which a provider's answer comes back: the browser there, how it leaves, and whom the provider names. `save` is
 * where 確認 saves the account that was shown, `whose` who has it then.
 */
async function doorsOf(one, methods) {
  const { boss, address } = one.contract;
  const own = (await signIn(server, one, one.victim.subject)).browser;
  // Whoever logged in more than five minutes ago has to confirm that it is him.
  await server.clock.advance(6 * MINUTE);
  const menu = await withPassword(server, boss, "/menu");
  const saving = (browser, save, whose) => ({ browser, save, whose, subject: `${whose} at ${one.name}`, to: (from) => leaveBy(from, one, save) });
  if (isDirectory(one)) await setting(menu, "save", { server: one.issuer, client: one.clientId, secret: one.secret, subject: "upn", name: "unique_name", address: "email" });
  return {
    "an invitation": saving(visitor(server), links.get(address("guest")), address("guest")),
    "a mailed link for the method": saving(visitor(server), methods.get(address("plain")), address("plain")),
    ...(isDirectory(one)
      ? { "the test of an Active Directory": { browser: menu, subject: "tester", to: async (from) => (await setting(from, "test")).location } }
      : { "the menu": saving(menu, "/menu/method", boss) }),
    "a confirmation": { browser: own, subject: one.victim.subject, to: (from) => confirming(from, one) },
  };
}
/** From a door and back in a browser as it is there: its page. */
async function through(one, door, token, answer = {}, browser = twin(server, door.browser)) {
  return { browser, page: await come(browser, one.authorize(await door.to(browser), answer, token)) };
}

for (const one of ones) {
  const { name, victim } = one;
  test(`past failures 37 to 40 42 43 st_031 st_044 st_073 st_101 ${name}: at an invitation, a mailed link, the menu and a confirmation nothing else counts either`, { timeout: 300_000 }, async () => {
    const { address, boss } = one.contract;
    const seen = server.mails().length;
    await askMethods(await withPassword(server, boss), [address("plain"), victim.login]);
    const methods = await linksTo(server, [address("plain"), victim.login], origin, seen);
    const doors = await doorsOf(one, methods);
    const list = mutations(one, await spent(one, victim.subject));
    const own = doors["a confirmation"].browser;
    await Promise.all(Object.entries(doors).map(async ([where, door]) => {
      const right = naming(one, door.subject);
      await Promise.all(DOZEN.map(async (what) => turnedAway((await through(one, door, mutated(one, door.subject, list[what]))).page, `${where}: ${what}`)));
      for (const answer of [{ state: null }, { state: "A".repeat(43) }, { code: null }, { iss: "https://another.example" }]) {
        turnedAway((await through(one, door, right, answer)).page, `${where}: ${JSON.stringify(answer)}`);
      }
      const stranger = visitor(server);
      turnedAway(await come(stranger, one.authorize(await door.to(twin(server, door.browser)), {}, right)), `${where}: another browser`);
    }));
    if (isDirectory(one)) {
      assert.equal((await doors["the test of an Active Directory"].browser.post("/menu/method", { operation: OPERATION, provider: one.id })).status, 404, "never the contractor himself");
    }
    assert.equal(await confirmed(own), false);

    // Whoever has the victim's address there is somebody else, verified or not: shown, but nobody until 確認, and never him.
    await Promise.all([true, false, undefined, "true"].flatMap((verified) => {
      const more = { email: victim.login, email_verified: verified, preferred_username: victim.login, unique_name: victim.login };
      const other = naming(one, `another with this address ${verified}`, more);
      return [
        ...Object.entries(doors).filter(([, { save }]) => save).map(async ([where, door]) => {
          assert.ok(linkedOn((await through(one, door, other)).page), `${where}: asks`);
          await refused(await signIn(server, one, `another with this address ${verified}`, more), `${where}: not before 確認`);
        }),
        (async () => {
          const browser = visitor(server);
          const asks = await come(browser, one.authorize(await leaveBy(browser, one, methods.get(victim.login)), {}, other));
          assert.equal((await browser.send(asks, {}, methods.get(victim.login))).status, 409, "his own link does not make it his");
        })(),
        through(one, doors["a confirmation"], other).then(({ page }) => turnedAway(page, "a confirmation by another")),
      ];
    }));
    assert.equal(await confirmed(own), false);
    // Begun by him and finished in another's session, or asked long ago.
    const foreign = twin(server, own);
    const back = one.authorize(await confirming(foreign, one), {}, naming(one, victim.subject));
    foreign.setCookie("session", (await withPassword(server, address("plain"))).cookies.session);
    turnedAway(await come(foreign, back), "in another's session");
    for (const at of [seconds() - 3600, undefined]) turnedAway((await through(one, doors["a confirmation"], naming(one, victim.subject, { auth_time: at }))).page, "not asked anew");

    // What was shown at one door is none of another's; at its own it counts once.
    const shown = await Promise.all(Object.values(doors).filter(({ save }) => save).map(async (door) => {
      const at = await through(one, door, naming(one, door.subject, { email: victim.login, email_verified: true }));
      return { ...door, ...at };
    }));
    for (const from of shown) {
      for (const to of shown.filter((other) => other !== from)) {
        assert.equal((await to.browser.post(to.save, { operation: OPERATION, linked: linkedOn(from.page) })).status, 400, `${from.save} → ${to.save}`);
      }
    }
    for (const { browser, page, save } of shown) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => browser.send(page, {}, save)));
      assert.deepEqual(answers.filter(({ status }) => status >= 500).map(({ text }) => text), []);
      assert.equal(answers.filter(({ text }) => DONE.test(text)).length, 1, `${save}: ${answers.map(({ status }) => status).join()}`);
    }
    const again = twin(server, own);
    const once = one.authorize(await confirming(again, one), {}, naming(one, victim.subject));
    const answers = await Promise.all(Array.from({ length: 100 }, () => come(again, once)));
    assert.deepEqual(answers.filter(({ status }) => status >= 500).map(({ text }) => text), []);
    assert.equal(answers.filter(({ location }) => location === "/account").length, 1, "a hundred callbacks confirm once");
    assert.equal(await confirmed(own), true);
    if (isDirectory(one)) assert.match((await through(one, doors["the test of an Active Directory"], naming(one, "tester"))).page.location, /tested=1/);
    await server.clock.advance(2 * SECOND);
    for (const { subject, whose } of [...shown, { subject: victim.subject, whose: victim.login }]) {
      const { browser, page } = await signIn(server, one, subject);
      assert.equal(page.status, 303, `${whose}: ${page.text}`);
      const top = await browser.get("/");
      assert.ok(top.html.includes(whose) && (whose === victim.login || !top.html.includes(victim.login)), top.text);
    }
  });
}

test("past failure 37: a flow's cookie counts as it is, at its own origin and provider, for ten minutes", async () => {
  for (const one of [named("google"), named("directory")]) {
    const browser = visitor(server);
    const back = one.authorize(await leave(browser, one), {}, naming(one, one.victim.subject));
    const [name, value] = Object.entries(browser.cookies).find(([key]) => key.includes("federation"));
    const changed = Array.from({ length: Math.ceil(value.length / 7) }, (_, at) => flipText(value, 7 * at));
    await Promise.all([...changed, "", "x", "a.b.c", value.slice(0, 40), `${value}x`, "%00", `${value}.${value}`].map(async (text) => {
      const other = visitor(server);
      other.setCookie(name, text);
      await refused({ browser: other, page: await come(other, back) }, text);
    }));
    const elsewhere = server.browser({ service: "cowork-storage" });
    elsewhere.setCookie(name, value);
    await refused({ browser: elsewhere, page: await come(elsewhere, back) }, "another origin");
    await server.clock.advance(10 * MINUTE + SECOND);
    await refused({ browser, page: await come(browser, back) }, "after ten minutes");
  }
});

test("past failures 37 41: mix-up between every two providers: an answer of one is none of another's", { timeout: 120_000 }, async () => {
  const pairs = ones.flatMap((one) => ones.filter((other) => other !== one).map((other) => [one, other]));
  await Promise.all(pairs.map(async ([one, other]) => {
    const what = `${one.name} and ${other.name}`;
    const token = naming(one, one.victim.subject);
    // An answer of one at the other's callback, with the issuer of the one or the other: nobody is told the code.
    for (const iss of [one.issuer, other.issuer, null]) {
      const browser = visitor(server);
      const back = one.authorize(await leave(browser, one), { iss }, token);
      back.pathname = `/federation/${other.id}/callback`;
      await refused({ browser, page: await come(browser, back) }, `${what}: at the other's callback, iss ${iss}`);
      assert.equal(exchanged(back), 0, `${what}: the code was told`);
    }
    // The honest one's code does not reach the other.
    const browser = visitor(server);
    const back = one.authorize(await leave(browser, one), { iss: other.issuer }, token);
    await refused({ browser, page: await come(browser, back) }, `${what}: iss of the other`);
    assert.equal(exchanged(back), 0, `${what}: the code was told`);
    // A code of the other in a flow of the one, whose provider knows nothing of it.
    const [own, others] = [visitor(server), visitor(server)];
    const code = other.authorize(await leave(others, other), {}, naming(other, other.victim.subject)).searchParams.get("code");
    await refused({ browser: own, page: await come(own, one.authorize(await leave(own, one), { code }, token)) }, `${what}: a code of the other`);
    // The one's endpoint gives a token of the other, or one that is half of each.
    const [key] = other.keys;
    const claims = (request) => ({ ...claimsFor(other, request), ...subjectOf(other, other.victim.subject) });
    const tokens = {
      "the other's token": ({ request }) => jws({ alg: key.alg, kid: key.kid, typ: "JWT" }, claims(request), key),
      "for us by the other's key": ({ claims: good }) => jws({ alg: key.alg, kid: one.keys[0].kid }, { ...good, ...subjectOf(one, one.victim.subject) }, key),
      "the other's claims by our key": ({ request, sign }) => sign(claims(request)),
      "made for the other": naming(one, one.victim.subject, { aud: other.clientId }),
      "issued by the other": naming(one, one.victim.subject, { iss: other.issuer }),
      // All of it right, but its subject is known at the other only.
      "the other's subject": ({ claims: good, sign }) => sign({ ...good, ...subjectOf(one, other.victim.subject), sub: other.victim.subject }),
    };
    await Promise.all(Object.entries(tokens).map(async ([name, made]) => {
      const fresh = visitor(server);
      await refused({ browser: fresh, page: await come(fresh, one.authorize(await leave(fresh, one), {}, made)) }, `${what}: ${name}`);
    }));
  }));
});

test("past failure 41: whoever announces that he gives his name has not sent an answer without it, a refusal neither (RFC 9207, section 2.4)", async () => {
  const one = named("google");
  const known = one.exchanges.length;
  for (const answer of [{ iss: null }, { iss: null, code: null, error: "access_denied" }]) {
    const browser = visitor(server);
    const page = await come(browser, one.authorize(await leave(browser, one), answer, naming(one, one.victim.subject)));
    assert.equal(page.status, 403);
    assert.match(page.title, /^ご本人を確認できませんでした/);
  }
  assert.equal(one.exchanges.length, known, "no code was shown to it");
});

test("past failures 37 41 st_031: a contract that names another's Active Directory, or a linked service, as its own gets nobody of theirs", async () => {
  // The very server, client and secret.
  const copies = await Promise.all(["directory", "google", "company"].map(named).map(async (one) => {
    const its = await contract(server, { invited: ["user"] });
    return { one, copy: { ...one, id: await connect(await withPassword(server, its.boss, "/menu"), one), configured: false }, user: its.invited[0] };
  }));
  const paths = await linksTo(server, copies.map(({ user }) => user), origin);
  await Promise.all(copies.map(({ copy, user }) => take(server, copy, paths.get(user), "his own user")));
  await server.clock.advance(2 * SECOND);
  await Promise.all(copies.map(async ({ one, copy }) => {
    const back = async (from, subject, to) => {
      const browser = visitor(server);
      const answer = one.authorize(await leave(browser, from), {}, naming(one, subject));
      answer.pathname = `/federation/${to.id}/callback`;
      return { browser, page: await come(browser, answer) };
    };
    const { subject } = one.victim;
    await refused(await back(copy, subject, copy), `${one.name}: its person by the copy`);
    await refused(await back(copy, subject, one), `${one.name}: begun by the copy`);
    await refused(await back(one, "his own user", copy), `${one.name}: finished by the copy`);
    await refused(await back(one, "his own user", one), `${one.name}: the copy's person`);
    assert.equal((await back(copy, "his own user", copy)).page.status, 303);
    assert.equal((await back(one, subject, one)).page.status, 303);
  }));
});

test("past failures 40 45: a hundred callbacks at once open one session", async () => {
  for (const one of ones) {
    const browser = visitor(server);
    const back = one.authorize(await leave(browser, one), {}, naming(one, one.victim.subject));
    const answers = await Promise.all(Array.from({ length: 100 }, () => come(browser, back)));
    assert.deepEqual(answers.filter(({ status }) => status >= 500).map(({ status }) => status), []);
    assert.equal(answers.filter((page) => opened(page)).length, 1, one.name);
  }
});

test("past failure 42: the same address with another subject is nobody, verified or not; nothing is ever linked by an address", async () => {
  const [boss, user] = ["boss@same.example.jp", "user@same.example.jp"];
  await storageContract(server, SERVICE, "8190", boss, [user, { login: "invited@same.example.jp", ready: false }]);
  const addresses = [boss, user, "invited@same.example.jp", user.toUpperCase()];
  await Promise.all(ones.flatMap((one) => [one.victim.login, ...addresses].flatMap((address) => [true, false, undefined, "true"].map(async (verified) => {
    const more = { email: address, email_verified: verified, preferred_username: address, unique_name: address };
    await refused(await signIn(server, one, `somebody-${address}`, { ...more, ...(one.kind === "adfs" ? {} : { upn: address }) }), `${one.name} ${address} ${verified}`);
  }))));
  assert.ok(opened(await tryLogin(server, boss, STORAGE_PASSWORD, { service: SERVICE })), "the accounts are as they were");
  assert.ok(opened(await tryLogin(server, user, STORAGE_PASSWORD, { service: SERVICE })));
});

test("past failure 43: what is saved is what the page has shown, to the person and the purpose it was shown for", async () => {
  const one = named("google");
  const contracts = [await contract(server), await contract(server)];
  const [first, second] = await Promise.all(contracts.map(({ boss }) => withPassword(server, boss, "/menu")));
  const show = async (browser, subject) => {
    const page = await come(browser, one.authorize(await leaveBy(browser, one, "/menu/method"), {}, naming(one, subject, { name: subject })));
    assert.ok(page.text.includes(subject), page.text);
    return page.forms().find(({ fields }) => fields.linked).fields;
  };
  const [x, y] = [await show(first, "identity-x"), await show(second, "identity-y")];
  const save = (browser, fields) => browser.post("/menu/method", fields);
  assert.notEqual((await save(first, { ...x, linked: y.linked })).status, 200, "what another person was shown");
  for (const linked of ["x", x.linked.slice(0, -2), flipText(x.linked, 60)]) assert.equal((await save(first, { ...x, linked })).status, 400, linked);
  // A page of the menu is no right at the login.
  await refused(await signIn(server, one, "identity-y"), "nobody has it yet");
  assert.equal((await save(first, x)).status, 200, "the right one");
  await server.clock.advance(2 * SECOND);
  assert.equal((await signIn(server, one, "identity-x")).page.status, 303);
  await refused(await signIn(server, one, "identity-y"), "the other was never saved");
  await server.clock.advance(11 * MINUTE);
  assert.equal((await save(second, y)).status === 200, false, "too late");
});

const flipText = (text, at) => `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
