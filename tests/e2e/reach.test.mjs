// Role × role × act in the storage services, over HTTP: whoever is not the contractor reaches him by nothing. Every route of tests/routes.txt
// that stands behind a session, with every method by which it could do something to somebody, is asked by everybody about everybody: the
// path names him, or each field of the form that can. The answers stand in tests/e2e/reach.txt, one table for both brands; UPDATE=1
// writes it anew. (tests/reach.txt is the same question put to the decisions themselves.)
//
// What no update can make right is checked by rule: who is not below is answered like an address that nobody has, byte for byte and
// header for header, and what is stored about him stays as it was; of the contractor that is everything, after every single request.
// A new route joins by itself; if its form needs something that nothing here knows yet, the test says where to put it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { opened, tryLogin } from "./harness/login.mjs";
import { SAMPLE, SAMPLE_ID, SITE, aligned, cell, compare, unreadable, whole } from "./harness/site.mjs";
import { NEXT_PASSWORD, STORAGE, STORAGE_PASSWORD, importSays, linkIn, mailTo, register, registerByApp, sendTable, setSecondStep, startImport, storageContract } from "./harness/storage.mjs";
import { codeAt } from "./harness/totp.mjs";

const TABLE = new URL("reach.txt", import.meta.url);
const server = await startServer({ vars: { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "1000000" } });
after(() => server.stop());

const OPERATION = "0".repeat(32);
/** What acts, and the pages about somebody that no form stands on. A question before an act is answered as the act is. */
const ROWS = SITE.filter(({ services, credential, isPage }) => services !== "coconowork" && credential === "session" && isPage).flatMap((route) =>
  route.methods.includes("POST") || route.about ? [{ ...route, method: route.methods.includes("POST") ? "POST" : "GET" }] : []);
const isMenu = ({ path }) => path.startsWith("/menu");
const asked = ({ method, path }) => `${method} ${path.replace(SAMPLE, "…")}`;

/** Who asks, those first who may nothing, with whom he reaches. */
const ACTORS = {
  "another contract's manager": ["another's user"],
  "user": [],
  "manager": ["user", "invited user"],
  "contractor": ["manager", "user", "invited manager", "invited user"],
};
/** What is done to a user by name is done to one of the row's own, by these two to one each. */
const OWN = ["contractor", "manager"];
const isOwn = ({ about, method }) => about && method === "POST";
/** Behind these who asks may have no session any more. */
const ENDS = /logout|confirm|^\/account\/sessions/;
/** Whether the path says whom it is about; else a form may, and then only the address tells one from another. */
const named = ({ about, path }) => about || path.includes(SAMPLE_ID);
const WHOM = ["contractor", "manager", "user", "invited manager", "invited user", "himself", "another contractor", "another's user"];
const whom = (row) => (named(row) ? WHOM : ["contractor", "manager", "user", "invited user"]);

let asks = 0;
/** What a form of ours may ask for; whatever can name somebody names whom it is about. */
const fields = (row, login) => ({
  operation: String((asks += 1)).padStart(32, "0"), login, address: login, name: "花子", start: "2026-01-01", text: `氏名,メールアドレス\n花子,${login}`, id: OPERATION, manager: "", sure: "1",
  current: "Wrong-0000", password: "Wrong-0000", new: STORAGE_PASSWORD, again: row.path === "/menu/address" ? login : STORAGE_PASSWORD, code: "000000", next: "", upto: "0",
  numbers: "", choice: "both", contact: "花子", temporary: "on", secret: "",
});

// Addresses of one length, so that not even a Content-Length may differ.
const home = (service, contract) => `${contract}.${service}.example.jp`;
const KIND = { "manager": "mg", "user": "us", "invited manager": "im", "invited user": "iu" };

/** Everybody of a brand: two contracts, in the first of them a user of each kind for each row. */
async function people(service) {
  const address = (name, contract = "a") => `${name}@${home(service, contract)}`;
  const subject = (kind, row, actor) => address(`${KIND[kind]}${String(ROWS.indexOf(row) * 2 + OWN.indexOf(actor)).padStart(4, "0")}`);
  const [contractor, unknown, id] = [address("boss00"), address("nobody"), `A-${service}`];
  const actors = { "contractor": contractor, "manager": address("manger"), "user": address("normal"), "another contract's manager": address("manger", "b") };
  const subjects = ROWS.filter(isOwn).concat(ROWS[0]).flatMap((row) => OWN.flatMap((actor) => Object.keys(KIND).map((kind) => (
    { login: subject(kind, row, actor), manager: kind.includes("manager"), ready: !kind.startsWith("invited") }))));
  const made = await storageContract(server, service, id, contractor, [{ login: actors.manager, manager: true }, actors.user, ...subjects], { secondStep: true });
  const others = await storageContract(server, service, `B-${service}`, address("boss00", "b"), [{ login: actors["another contract's manager"], manager: true }, address("normal", "b")]);
  for (const [login, account] of others) made.set(login, account);
  // The contractor has a second step, a browser that is remembered, and sessions of both kinds.
  const own = server.browser({ service });
  await own.signIn(contractor, STORAGE_PASSWORD);
  const { seed } = await registerByApp(server, own, { remember: true });
  await setSecondStep(server, id, made.get(contractor), false);
  const account = await (await entered(service, contractor)).get("/account");
  const idOf = (what) => new RegExp(`/account/${what}/([^/"]+)/(?:end|forget)`).exec(account.html)?.[1];
  const ids = { sessions: idOf("sessions"), browsers: idOf("browsers"), pcs: idOf("browsers") };
  assert.ok(ids.sessions && ids.browsers, account.text);
  await server.clock.advance(MINUTE);
  const target = (row, who, actor) => ({
    "contractor": contractor, "himself": actors[actor], "another contractor": address("boss00", "b"), "another's user": address("normal", "b"),
  })[who] ?? subject(who, isOwn(row) ? row : ROWS[0], isOwn(row) && actor === "manager" ? "manager" : "contractor");
  const at = ({ path }, login) => path.replace(SAMPLE, encodeURIComponent(login)).replace(SAMPLE_ID, login === contractor ? ids[path.split("/")[2]] : "0".repeat(16));
  return { service, id, contractor, unknown, actors, made, own, seed, target, at };
}

/** What is stored about an account. */
const stored = async (uid) => JSON.stringify(await server.sql({ object: "Account", name: uid }, "SELECT key, json FROM item ORDER BY key"));

/** A browser in which somebody is logged in. */
async function entered(service, login, door = "/login") {
  const browser = server.browser({ service });
  const page = await browser.submit(await browser.get(door), { login, password: STORAGE_PASSWORD }, door);
  assert.equal(page.status, 200, page.text);
  return browser;
}

/** One answer; of a file that was taken, also what became of its one row. */
async function ask(all, row, login, browser) {
  const path = all.at(row, login);
  const page = row.method === "GET" ? await browser.get(path) : await browser.post(path, fields(row, login));
  if (row.path !== "/import" || page.status !== 303) return { page, says: cell(page, login) };
  const [, state] = /(誤りのある行|登録・招待済み|招待する人): 1行/.exec((await browser.follow(page)).text);
  return { page, says: { "誤りのある行": "wrong", "登録・招待済み": "known", "招待する人": "ready" }[state] };
}

/** Everything that one asks, row by row; what is wrong goes to `wrong`. */
async function walk(all, actor, wrong) {
  const cells = new Map();
  const contractor = all.made.get(all.contractor).uid;
  const untouched = await stored(contractor);
  const doors = new Map();
  const enter = async (row) => {
    const door = isMenu(row) ? "/menu/login" : "/login";
    return doors.get(door) ?? doors.set(door, await entered(all.service, all.actors[actor], door)).get(door);
  };
  // What a form brings about, an invitation to another contract, must not be met by name.
  for (const row of [...ROWS.filter(named), ...ROWS.filter((row) => !named(row))].filter((row) => actor !== "contractor" || !isMenu(row))) {
    const nobody = named(row) && whole((await ask(all, row, all.unknown, await enter(row))).page, all.unknown);
    const line = {};
    let led = false;
    const about = async (who) => {
      const login = all.target(row, who, actor);
      const uid = named(row) && row.method === "POST" && login !== all.actors[actor] && all.made.get(login).uid;
      const me = await enter(row);
      const before = uid && (await stored(uid));
      const { page, says } = await ask(all, row, login, me);
      const changed = uid && before !== (await stored(uid));
      const asUnknown = named(row) && JSON.stringify(whole(page, login)) === JSON.stringify(nobody);
      line[who] = `${asUnknown ? "." : says}${changed ? "*" : ""}`;
      const why = (text) => wrong.push(`${all.service}, ${actor}, ${asked(row)}, ${who}: ${line[who]}: ${text}`);
      if (page.status >= 500) why("a fault");
      if (unreadable(page)) why("say in `fields` of this test what its form needs");
      if (row.about && !ACTORS[actor].includes(who) && !asUnknown) why("can be told from an address that nobody has");
      if (changed && !ACTORS[actor].includes(who)) why("something about him changed");
      led ||= /^\/(menu\/)?login/.test(page.location ?? "");
    };
    if (named(row)) await Promise.all(whom(row).map(about));
    else for (const who of whom(row)) await about(who);
    if (led || ENDS.test(row.path)) doors.clear();
    if (actor !== "contractor") assert.equal(await stored(contractor), untouched, `${all.service}, ${actor}, ${asked(row)}: something about the contractor changed`);
    cells.set(row, line);
  }
  return cells;
}

test("st_001 st_002 st_095 st_106 whoever is not the contractor reaches him by no act of any page, in both brands", async () => {
  const tables = [];
  for (const { service } of STORAGE) {
    const all = await people(service);
    const wrong = [];
    const lines = [];
    for (const actor of Object.keys(ACTORS)) {
      const cells = await walk(all, actor, wrong);
      lines.push([actor, ...WHOM], ...ROWS.filter((row) => cells.has(row)).map((row) => [`  ${asked(row)}`, ...WHOM.map((who) => cells.get(row)[who] ?? "")]), WHOM.map(() => "").concat(""));
      if (actor !== "manager") continue;
      // What the contractor has is still his: address and password, the second step with its remembered browser, the session from before.
      assert.equal((await all.own.get("/account")).status, 200);
      await setSecondStep(server, all.id, all.made.get(all.contractor), true);
      assert.equal((await all.own.post("/login", { login: all.contractor, password: STORAGE_PASSWORD, next: "", operation: OPERATION })).location, "/", "remembered");
      const strange = server.browser({ service });
      await strange.signIn(all.contractor, STORAGE_PASSWORD);
      const coded = await strange.post("/login/code", { code: codeAt(all.seed, server.clock.now()), next: "", operation: OPERATION });
      assert.ok(opened(coded), coded.text);
      await setSecondStep(server, all.id, all.made.get(all.contractor), false);
    }
    assert.deepEqual(wrong, []);
    tables.push(aligned(lines).join("\n"));
  }
  assert.equal(tables[1].replaceAll(STORAGE[1].service, STORAGE[0].service), tables[0], "the brands differ");
  compare([
    "Who gets which answer about whom in the storage services, by every way to act: a status, or → where a redirect leads; … is his address.",
    "* = something stored about him changed; . = answered like an address that nobody has, byte for byte and header for header.",
    "known, ready, wrong: what a file with his address in its one row is told. Rows that name nobody have him in every field that could.",
    "Made by tests/e2e/reach.test.mjs from tests/routes.txt (UPDATE=1 rewrites it).", "", tables[0].trimEnd(), "",
  ].join("\n"), TABLE);
});

// ---- the contractor's address in somebody else's hands ---------------------------------------------------------------------------

const wide = (text) => [...text].map((letter) => String.fromCodePoint(letter.codePointAt(0) + 0xfee0)).join("");
/** The same address, written otherwise. */
const SPELLED = [(one) => one, (one) => one.toUpperCase(), wide, (one) => wide(one.toUpperCase()), (one) => ` \u3000${one}\t`, (one) => one.replace("@", "＠")];
/** What only looks like it is nobody's address. */
const STRANGE = [(one) => one.replace("s", "\u017f"), (one) => one.replace("@", "\u200b@"), (one) => `${one},x@evil.example.jp`, (one) => `<${one}>`];

for (const { service } of STORAGE) {
  test(`st_070 st_106 past failure 35, ${service}: a manager who invites, imports or asks for the contractor's address, however it is written, leaves him as he was`, async () => {
    const address = (name, contract = "c") => `${name}@${home(service, contract)}`;
    const [boss, manager, user, moving] = ["boss", "manager", "user", "moving"].map((name) => address(name));
    const made = await storageContract(server, service, `C-${service}`, boss, [{ login: manager, manager: true }, user]);
    await storageContract(server, service, `D-${service}`, address("boss", "d"), [{ login: address("manager", "d"), manager: true }]);
    const theirs = await entered(service, boss, "/menu/login");
    const own = await entered(service, manager);
    await server.clock.advance(MINUTE);
    const contractor = made.get(boss).uid;
    let before = await stored(contractor);
    const untouched = async (after) => assert.equal(await stored(contractor), before, after);
    const invite = (browser, address) => browser.post("/invite", { operation: OPERATION, name: "花子", address, start: "2026-01-01" });
    const change = (address) => own.post(`/users/${encodeURIComponent(user)}/address`, { operation: OPERATION, address, sure: "1" });
    const checked = async (browser, ...addresses) => (await browser.follow(await sendTable(browser, { text: ["氏名\tメールアドレス", ...addresses.map((address) => `花子\t"${address}"`)].join("\n") }))).text;
    for (const [spellings, told] of [[SPELLED, /登録・招待済み: 1行/], [STRANGE, /誤りのある行: 1行/]]) {
      for (const spelled of spellings) {
        const address = spelled(boss);
        for (const page of [await invite(own, address), await change(address)]) assert.equal(page.status, 422, `${JSON.stringify(address)}: ${page.text}`);
        assert.match(await checked(own, address), told, JSON.stringify(address));
        await untouched(address);
      }
    }
    // What can be found out by asking is his; so is what was free when it was looked up.
    const seen = server.mails().length;
    assert.match(await checked(own, wide(boss), moving, address("fresh")), /招待する人: 2行/);
    assert.equal((await change(moving)).status, 303);
    const late = linkIn(await mailTo(server, moving, seen), own.origin);
    const since = server.mails().length;
    const asked = await theirs.post("/menu/address", { operation: OPERATION, address: moving, again: moving });
    assert.equal(asked.status, 200, asked.text);
    const moved = linkIn(await mailTo(server, moving, since), own.origin);
    const set = (path) => server.browser({ service }).post(path, { new: NEXT_PASSWORD, again: NEXT_PASSWORD, operation: OPERATION });
    assert.ok((await set(moved)).status < 400);
    assert.ok(opened(await tryLogin(server, moving, NEXT_PASSWORD, { service })));
    await server.clock.advance(MINUTE);
    before = await stored(contractor);
    const mails = server.mails().length;
    await startImport(own);
    const over = await importSays(server, own, /一括招待が終わりました/);
    assert.match(over.text, /招待した人: 1行/);
    assert.match(over.text, /登録・招待済み: 2行/);
    await server.clock.advance(MINUTE);
    assert.deepEqual(server.mails().slice(mails).map(({ to }) => [to].flat().join()), [address("fresh")]);
    await untouched("imported");
    const refused = await set(late);
    assert.ok(refused.status >= 400 && refused.status < 500, refused.text);
    await untouched("a user's address, asked for before it was his");
    // Another contract may invite whom it likes, and gets nobody who is somewhere already.
    const invited = server.mails().length;
    assert.equal((await invite(await entered(service, address("manager", "d")), moving)).status, 303);
    assert.equal((await register(server.browser({ service }), linkIn(await mailTo(server, moving, invited), own.origin))).status, 409);
    await untouched("invited by another contract");
    assert.ok(opened(await tryLogin(server, moving, NEXT_PASSWORD, { service })));
    assert.ok(opened(await tryLogin(server, manager, STORAGE_PASSWORD, { service })));
    assert.ok(opened(await tryLogin(server, user, STORAGE_PASSWORD, { service })));
  });
}
