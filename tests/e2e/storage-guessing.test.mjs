// Guessing at the storage services' doors, each test named after a failure of a trusted system (past failures 1 to 12, 16, 17, 24):
// parallel guesses, spellings, forgotten doors, flows begun before a lock, pages that tell who exists, codes used twice.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { MINUTE, SECOND, startServer } from "./harness/harness.mjs";
import { headersOf, masked, opened, statuses, tryLogin } from "./harness/login.mjs";
import { NEXT_PASSWORD, STORAGE_PASSWORD, linkIn, mailTo, registerByApp, storageContract } from "./harness/storage.mjs";
import { codeAt } from "./harness/totp.mjs";

const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());
const [service, OPERATION, WRONG, LIMIT] = ["worksdrive", "0".repeat(32), "Wrong-0000", 10];
const browser = () => server.browser({ service });
const login = (who, password = WRONG) => tryLogin(server, who, password, { service });
const atMenu = (who, password = WRONG) => browser().post("/menu/login", { login: who, password, next: "", operation: OPERATION });
const account = (who) => server.operator().account(service, who);
let number = 0;
/** A user of a contract of his own. */
async function person(name, { users = [], ...options } = {}) {
  number += 1;
  const [who, boss] = [`${name}@guess.example.jp`, `boss.${name}@guess.example.jp`];
  const made = await storageContract(server, service, `G-${number}`, boss, [options.ready === false ? { login: who, ready: false } : who, ...users], { secondStep: options.secondStep });
  return { who, boss, uid: made.get(who).uid, contract: `G-${number}` };
}
async function fail(who, times = LIMIT) {
  assert.deepEqual(statuses(await Promise.all(Array.from({ length: times }, () => login(who)))), { 401: times });
}

test("past failures 1, 2 and 3: a thousand wrong passwords at both login pages at once verify exactly ten", async () => {
  const { who } = await person("flood");
  const pages = await Promise.all(Array.from({ length: 1000 }, (_, at) => (at % 2 ? login(who) : atMenu(who))));
  assert.deepEqual(statuses(pages), { 401: LIMIT, 403: 1000 - LIMIT });
  const state = await account(who);
  assert.equal(state.verified_total.web, LIMIT);
  assert.equal(state.failures, LIMIT);
  for (const door of [login, atMenu]) assert.equal((await door(who, STORAGE_PASSWORD)).status, 403);
});

test("past failures 4 and 5: neither a crash nor 10,000 failures of other names, twice what their object keeps, wipe the counter", async () => {
  const { who } = await person("wiped");
  await fail(who, LIMIT - 1);
  const others = await Promise.all(Array.from({ length: 100 }, (_, at) => login(`nobody${at}@guess.example.jp`)));
  assert.deepEqual(statuses(others), { 401: 100 });
  // The others without the hash, all charged at the object that knows his name; a charge that nobody settles is a failure 15 s later.
  const key = (name) => `${service}/address/${name}`;
  const there = { object: "Names", name: createHash("sha256").update(key(who)).digest("hex").slice(0, 2) };
  assert.equal((await server.sql(there, "SELECT json FROM name WHERE key = ?", key(who))).length, 1, "it does");
  const accounts = (await server.objectIds("Account")).length;
  for (let from = 0; from < 10_000; from += 1000) {
    const names = Array.from({ length: 1000 }, (_, at) => `flood${from + at}@guess.example.jp`);
    const charged = await server.ask(there, names.map((name) => ({ AttemptUnknown: { key: key(name), service, door: "web" } })));
    assert.ok(charged.every(({ Ok: challenge }) => challenge?.attempt), JSON.stringify(charged[0]));
  }
  await server.clock.advance(16 * SECOND);
  const [{ kept }] = await server.sql(there, "SELECT count(*) AS kept FROM unknown");
  assert.ok(kept > 0 && kept <= 4096, `${kept} names`);
  assert.equal((await server.objectIds("Account")).length, accounts, "nobody's name makes no object");
  await server.kill9();
  assert.equal((await account(who)).failures, LIMIT - 1);
  assert.equal((await login(who)).status, 401);
  assert.equal((await login(who, STORAGE_PASSWORD)).status, 403);
});

test("past failure 6: every spelling of an address is one counter", async () => {
  const { who } = await person("spelled");
  const wide = who.replace(/[!-~]/g, (one) => String.fromCodePoint(one.codePointAt(0) + 0xfee0));
  const spellings = [who, who.toUpperCase(), wide, wide.toUpperCase(), ` ${who} `, `　${who}`, who.replace("spelled", "SpElLeD"), `\t${who}`, wide.slice(0, 4) + who.slice(4), `${who.toUpperCase()} `];
  assert.deepEqual(statuses(await Promise.all(spellings.map((typed) => login(typed)))), { 401: LIMIT });
  assert.equal((await account(who)).failures, LIMIT);
  for (const typed of spellings) assert.equal((await login(typed, STORAGE_PASSWORD)).status, 403, JSON.stringify(typed));
});

// Each door that asks for a password of before, and how many wrong ones it hears before it shuts.
const DOORS = { "/login": LIMIT, "/menu/login": LIMIT, "/confirm": 5, "/menu/confirm": 5, "/menu/password": 5, "/password/first": 5 };

test("past failure 8: every door that takes a password is known, limits it, and answers alike", async () => {
  const { who, boss } = await person("doors");
  await storageContract(server, service, "G-first", "boss.first@guess.example.jp", ["first@guess.example.jp"]);
  const temporary = (await server.operator().post(`/accounts/${service}/${encodeURIComponent("first@guess.example.jp")}/temporary-password`)).body.initial_password;
  // Whoever there is, at every page of the site: what asks for a password is a door.
  const enter = {
    nobody: async () => browser(),
    contractor: async () => {
      const own = browser();
      await own.signIn(boss, STORAGE_PASSWORD);
      await own.submit(await own.get("/menu/login"), { login: boss, password: STORAGE_PASSWORD }, "/menu/login");
      return own;
    },
    user: async () => {
      const own = browser();
      await own.signIn(who, STORAGE_PASSWORD);
      return own;
    },
    "password due": async () => {
      const own = browser();
      await own.signIn("first@guess.example.jp", temporary);
      return own;
    },
  };
  const paths = readFileSync(new URL("../routes.txt", import.meta.url), "utf8").trim().split("\n").map((line) => line.split(" "))
    .filter(([, , kind, , methods, services]) => kind === "page" && services !== "coconowork" && methods.includes("GET"))
    .map(([path]) => path.replace("cwtest.00001", encodeURIComponent(who)));
  const found = new Set();
  for (const make of Object.values(enter)) {
    const own = await make();
    // At once, and when the password is asked for again.
    await server.clock.advance(6 * MINUTE);
    for (const path of paths) {
      const page = await own.get(path);
      assert.ok(page.status < 500, path);
      for (const [, action, form] of page.html.matchAll(/<form\b[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)) {
        if (/autocomplete="current-password"/.test(form)) found.add(action);
      }
      await own.get("/");
    }
  }
  assert.deepEqual([...found].sort(), Object.keys(DOORS).sort());

  const wrong = {
    "/login": () => login(who),
    "/menu/login": () => atMenu(who),
  };
  for (const [path, limit] of Object.entries(DOORS)) {
    if (wrong[path]) {
      await server.operator().post(`/accounts/${service}/${encodeURIComponent(who)}/unlock`);
      const [mine, nobodys] = [[], []];
      for (let tries = 0; tries <= limit; tries += 1) {
        mine.push(await wrong[path]());
        nobodys.push(await browser().post(path, { login: `noone${path.length}@guess.example.jp`, password: WRONG, next: "", operation: OPERATION }));
      }
      assert.deepEqual(mine.map(({ status }) => status), [...Array(limit).fill(401), 403], path);
      mine.forEach((page, at) => assert.equal(masked(page, who), masked(nobodys[at], `noone${path.length}@guess.example.jp`), `${path}, ${at}`));
      await server.operator().post(`/accounts/${service}/${encodeURIComponent(who)}/unlock`);
      continue;
    }
    const own = await enter[path === "/password/first" ? "password due" : "contractor"]();
    if (path.endsWith("confirm")) await server.clock.advance(6 * MINUTE);
    const before = (await account(path === "/password/first" ? "first@guess.example.jp" : boss)).verified_total.web;
    let tries = 0;
    for (let page = null; !page?.location && tries < 20; tries += 1) page = await own.post(path, { password: WRONG, current: WRONG, new: NEXT_PASSWORD, again: NEXT_PASSWORD, next: "", operation: OPERATION });
    assert.equal(tries, limit, `${path}: then the session is over`);
    assert.equal((await account(path === "/password/first" ? "first@guess.example.jp" : boss)).verified_total.web - before, limit, path);
  }
});

test("past failure 9: logins that owe their code open nothing once the codes are locked", async () => {
  const { who } = await person("begun", { secondStep: true });
  const first = browser();
  await first.signIn(who, STORAGE_PASSWORD);
  const { seed, recovery } = await registerByApp(server, first);
  await server.clock.advance(2 * MINUTE);
  const [code, lost, guesser] = [browser(), browser(), browser()];
  for (const one of [code, lost, guesser]) assert.match((await one.signIn(who, STORAGE_PASSWORD)).path, /^\/login\/code/);
  const right = codeAt(seed, server.clock.now());
  for (let tries = 0; tries < LIMIT; tries += 1) await guesser.post("/login/code", { code: right === "000000" ? "000001" : "000000", next: "", operation: OPERATION });
  const given = await code.post("/login/code", { code: right, next: "", operation: OPERATION });
  const used = await lost.post("/login/recovery", { code: recovery, next: "", operation: OPERATION });
  for (const page of [given, used]) assert.equal(page.status, 403, `${page.status} ${page.location}`);
});

test("past failure 9: a lock by others ends the logins that owe their code; in a browser that is known they go on", async () => {
  const { who } = await person("owing", { secondStep: true });
  const [home, coded, lost, looking] = [browser(), browser(), browser(), browser()];
  await home.signIn(who, STORAGE_PASSWORD);
  const { seed, recovery } = await registerByApp(server, home);
  await home.post("/logout", { operation: OPERATION });
  await server.clock.advance(2 * MINUTE);
  for (const one of [home, coded, lost, looking]) assert.match((await one.signIn(who, STORAGE_PASSWORD)).path, /^\/login\/code/);
  await fail(who);
  const give = (one, door, code) => one.post(door, { code, next: "", operation: OPERATION });
  const code = codeAt(seed, server.clock.now());
  const refused = [await give(coded, "/login/code", code), await give(lost, "/login/recovery", recovery), await looking.get("/login/code")];
  for (const page of refused) assert.match(page.location ?? `${page.status}`, /^\/login($|\?)/);
  assert.ok(opened(await give(home, "/login/code", code)), "and the code was not spent");
});

test("past failure 10: a lock is one account's, and whoever guesses elsewhere does not shut out a known browser", async () => {
  const { who, boss } = await person("victim", { users: ["victim@guess.example.jp.other.example.jp", "victim.@guess.example.jp"] });
  const own = browser();
  await own.signIn(who, STORAGE_PASSWORD);
  await own.post("/logout", { operation: OPERATION });
  await fail(who);
  assert.equal((await login(who, STORAGE_PASSWORD)).status, 403);
  assert.ok(opened(await own.post("/login", { login: who, password: STORAGE_PASSWORD, next: "", operation: OPERATION })), "his own browser");
  for (const other of [boss, "victim@guess.example.jp.other.example.jp", "victim.@guess.example.jp"]) assert.ok(opened(await login(other, STORAGE_PASSWORD)), other);
});

test("past failures 11 and 12: six states of an account, and no page tells one from another", async () => {
  const names = ["unknown", "usualxx", "lockedx", "invited", "endedxx", "laterxx"].map((name) => `${name}@states.example.jp`);
  const [unknown, usual, locked, invited, ended, later] = names;
  await storageContract(server, service, "G-states", "boss@states.example.jp", [
    usual, locked, { login: invited, ready: false }, { login: ended, end: "2023-01-31" }, { login: later, start: "2099-01-01" },
  ]);
  await fail(locked);
  // Each door, asked the same of all: what comes back is the same, byte for byte and header for header.
  const lock = async (who) => {
    await server.operator().post(`/accounts/${service}/${encodeURIComponent(who)}/unlock`);
    await Promise.all(Array.from({ length: LIMIT }, () => login(who)));
    return login(who);
  };
  const ASK = {
    "a forgotten password": (who) => browser().post("/forgot", { login: who, operation: OPERATION }),
    "the login page with his address": (who) => browser().get(`/login?login=${encodeURIComponent(who)}`),
    "the page of a forgotten password with his address": (who) => browser().get(`/forgot?login=${encodeURIComponent(who)}`),
    "a wrong password": (who) => login(who),
    "a wrong password at the menu": (who) => atMenu(who),
    "ten failures": lock,
    "a right password after ten failures": (who) => login(who, STORAGE_PASSWORD),
    "the same at the menu": (who) => atMenu(who, STORAGE_PASSWORD),
    "a forgotten password after that": (who) => browser().post("/forgot", { login: who, operation: OPERATION }),
  };
  for (const [title, ask] of Object.entries(ASK)) {
    // A locked account answers a login like one that anybody has locked; only then are all alike.
    const alike = title.startsWith("a wrong") ? names.filter((who) => who !== locked) : names;
    const pages = await Promise.all(alike.map(ask));
    pages.forEach((page, at) => {
      assert.equal(page.status, pages[0].status, `${title}: ${alike[at]}`);
      assert.equal(masked(page, alike[at], encodeURIComponent(alike[at])), masked(pages[0], alike[0], encodeURIComponent(alike[0])), `${title}: ${alike[at]}`);
      const shape = ({ headers }) => headersOf({ headers }).filter(([name]) => name !== "set-cookie");
      assert.deepEqual(shape(page), shape(pages[0]), `${title}: ${alike[at]}`);
    });
  }
  assert.equal((await login(unknown, STORAGE_PASSWORD)).status, 403);
});

test("past failures 16 and 17: a code of the app works once, in its own half minute and one either side", async () => {
  const { who } = await person("codes", { secondStep: true });
  const first = browser();
  await first.signIn(who, STORAGE_PASSWORD);
  const { seed } = await registerByApp(server, first);
  const step = 30 * SECOND;
  const due = async () => {
    const one = browser();
    assert.match((await one.signIn(who, STORAGE_PASSWORD)).path, /^\/login\/code/);
    return one;
  };
  const give = async (at) => opened(await (await due()).post("/login/code", { code: codeAt(seed, at), next: "", operation: OPERATION }));
  /** To the middle of the next half minute, five of them later. */
  const settle = async () => {
    const now = server.clock.now();
    await server.clock.advance(5 * step - (now % step) + step / 2);
    return server.clock.now();
  };
  for (const [offset, works] of [[-2, false], [-1, true], [0, true], [1, true], [2, false]]) {
    const now = await settle();
    assert.equal(await give(now + offset * step), works, `${offset} half minutes away`);
  }
  const now = await settle();
  assert.ok(await give(now));
  assert.ok(!(await give(now)), "at once");
  await server.clock.advance(SECOND);
  assert.ok(!(await give(now)), "a second later");
  assert.ok(!(await give(now - step)), "an older one after a newer one");
  await server.clock.advance(step);
  assert.ok(!(await give(now)), "half a minute later");
  assert.ok(await give(server.clock.now()), "the next one");
});

test("past failure 24: no header takes a step away at any door, and none is a fault", async () => {
  const { who } = await person("headers", { secondStep: true });
  const first = browser();
  await first.signIn(who, STORAGE_PASSWORD);
  await registerByApp(server, first);
  const values = ["", "127.0.0.1", "::1", "garbage,,", "unknown, 10.0.0.1", "1".repeat(4000), "\u00ff\u00fe", "null", "true", "https://evil.example", who, "CAF0123456789"];
  const names = [
    "x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip", "forwarded", "x-line", "x-line-assertion", "x-line-number", "x-remote-user", "x-auth-user",
    "authorization", "x-original-url", "x-rewrite-url", "x-http-method-override", "x-client-cert", "x-forwarded-proto",
  ];
  for (const name of names) {
    const pages = await Promise.all(values.map((value) => browser().post("/login", { login: who, password: STORAGE_PASSWORD, next: "", operation: OPERATION }, { headers: { [name]: value } })));
    pages.forEach((page, at) => assert.match(page.location ?? `${page.status}`, /^\/login\/code/, `${name}: ${values[at].slice(0, 40)}`));
    const doors = await Promise.all(["/", "/users", "/menu", "/account"].map((path) => browser().get(path, { headers: { [name]: values[3] } })));
    for (const page of doors) assert.match(page.location ?? `${page.status}`, /^\/(menu\/)?login/, name);
  }
});

test("past failure 11: the lock's mail goes to whoever has the account, once", async () => {
  const { who } = await person("told");
  await fail(who);
  const seen = server.mails().length;
  for (let tries = 0; tries < 5; tries += 1) await login(who);
  const mail = await mailTo(server, who, Math.max(0, seen - 1));
  linkIn(mail, browser().origin);
  await server.clock.advance(10 * MINUTE);
  assert.equal(server.mails().filter(({ to }) => [to].flat().join() === who).length, 1);
});
