// A secret is where it has to be and nowhere else: not in a log line, not in an answer, an address or a Location that does not
// hand it over, not in a byte of what is stored, in no spelling. A whole journey is made with secrets that are all noted: typed
// passwords (the wrong ones too), tokens, device keys, session cookies, tickets, seeds, the configuration's own keys.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { passwordHash } from "../../scripts/lib/demo.mjs";
import { Browser } from "./harness/browser.mjs";
import { MINUTE, startServer } from "./harness/harness.mjs";
import { tryLogin } from "./harness/login.mjs";
import { act, phoneLogin, until } from "./harness/people.mjs";
import { base32, codeAt, seedOn } from "./harness/totp.mjs";

// ---- what is noted -----------------------------------------------------------------------------------------------------------------

/** Secrets by their text: {what, sources: what its spellings are made of, handed: how many answers may hold it}. */
const secrets = new Map();
/** A secret; `handed` is the number of answers that hand it over, `raw` its bytes if the text is a spelling of them. */
function secret(what, text, { handed = 0, raw } = {}) {
  assert.ok(typeof text === "string" && text.length >= 10, `${what}: ${text}`);
  if (!secrets.has(text)) secrets.set(text, { what, handed, sources: [Buffer.from(text), ...(raw ? [raw] : [])] });
  return text;
}
const canary = (what) => secret(what, `Canary-${randomBytes(9).toString("hex")}`);

/** Every answer of the server, with the address that was asked and whatever came after it on a socket. */
const answers = [];
function note({ method, target, status, headers, body }) {
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  answers.push({ what: `${method} ${target}: ${status}`, text: Buffer.concat([Buffer.from(`${target}\n${head}\n\n`), body]) });
  for (const cookie of headers.getSetCookie()) {
    const token = /^(?:__Host-)?session=([^;]+)/.exec(cookie)?.[1];
    if (!token) continue;
    secret("a session cookie", token, { handed: 1 });
    const id = JSON.parse(Buffer.from(token.split(".")[1], "base64url")).s;
    secret("a session's id", id, { handed: 1, raw: Buffer.from(id, "base64url") });
  }
  const ticket = /data-ticket="([^"]+)"/.exec(body.toString())?.[1];
  if (ticket) {
    secret("a ticket", ticket, { handed: 1 });
    secret("a ticket's nonce", JSON.parse(Buffer.from(ticket.split(".")[1], "base64url")).s, { handed: 1 });
  }
}
Browser.heard = note;
const plainFetch = globalThis.fetch;
globalThis.fetch = async (address, options = {}) => {
  const answer = await plainFetch(address, options);
  const { pathname, search } = new URL(address);
  if (!pathname.startsWith("/__test/")) {
    note({ method: options.method ?? "GET", target: pathname + search, status: answer.status, headers: answer.headers, body: Buffer.from(await answer.clone().arrayBuffer()) });
  }
  return answer;
};
/** What this process prints, workerd's own words included. */
const printed = [];
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => (printed.push(Buffer.from(chunk)), write(chunk, ...rest));
}

const [TOKEN, SESSION_KEY, DATA_KEY] = ["operator's token", "session key", "data key"].map((what) => secret(what, `canary-${randomBytes(24).toString("hex")}`));
const persist = mkdtempSync(path.join(tmpdir(), "kagiban-canary-"));
const server = await startServer({
  persist, logRequests: true, vars: { PASSWORD_POSTS_PER_MINUTE: "100000" },
  secrets: { OPERATOR_TOKENS: JSON.stringify({ canary: TOKEN }), SESSION_KEYS: JSON.stringify([SESSION_KEY]), DATA_KEYS: JSON.stringify([DATA_KEY]) },
});
after(async () => {
  await server.stop();
  rmSync(persist, { recursive: true, force: true });
});

// ---- where it is looked for -----------------------------------------------------------------------------------------------------------

/** Everything a text or some bytes may look like in a place that should not have them. */
function spellings(source) {
  const swapped = Buffer.from(source.toString("latin1"), "utf16le");
  const found = [source, swapped, Buffer.from(swapped).swap16()];
  const text = (value) => found.push(Buffer.from(value));
  text(source.toString("hex"));
  text(source.toString("hex").toUpperCase());
  text([...source].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  text([...source].map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`).join(""));
  text([...source].map((byte) => `\\u${byte.toString(16).padStart(4, "0")}`).join(""));
  text(JSON.stringify([...source]).slice(1, -1));
  text(encodeURIComponent(source.toString("latin1")));
  // Base64 at each of its three places; what depends on the neighbours is cut off.
  for (const before of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(before), source]).toString("base64");
    const inner = whole.slice(before === 0 ? 0 : 4, whole.length - 4);
    text(inner);
    text(inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return found;
}

/** Where any secret stands: "what, where". Answers may hold what they hand over. */
function search(places) {
  const found = [];
  for (const [text, { what, handed, sources }] of secrets) {
    const forms = sources.flatMap(spellings);
    const holders = places.filter((place) => forms.some((form) => place.text.includes(form)));
    const [over, elsewhere] = [holders.filter((place) => place.answer), holders.filter((place) => !place.answer)];
    for (const place of elsewhere) found.push(`${what} (${text.slice(0, 12)}…) in ${place.what}`);
    if (over.length > handed) found.push(`${what} (${text.slice(0, 12)}…) in ${over.length} answers instead of ${handed}: ${over.map((place) => place.what).join(", ")}`);
  }
  return found;
}
function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name)).map((name) => ({ what: path.relative(persist, name), text: readFileSync(name) }));
}
const everywhere = () => [
  ...answers.map((answer) => ({ ...answer, answer: true })),
  { what: "the log", text: Buffer.from(server.logs().map(({ message }) => message).join("\n")) },
  { what: "what was printed", text: Buffer.concat(printed) },
  ...files(persist),
];

// ---- the journey ------------------------------------------------------------------------------------------------------------------

const [ADMIN, USER, FIRST, NUMBER] = ["admin.canary", "user.canary-1", "user.canary-2", "123456789"];
const operator = server.operator();
const now = () => server.clock.now();

test("a whole journey leaves no secret behind", async () => {
  const passwords = Object.fromEntries(["administrator", "user", "changed", "forced", "first", "wrong", "weak", "nobody", "unsent"].map((what) => [what, canary(`a password (${what})`)]));
  const handed = (what, text, raw) => secret(what, text, { handed: 1, raw });
  const tokenOf = (text) => handed("a device's token", text.split(".")[1], Buffer.from(text.split(".")[1], "base64url"));

  // The operator: accounts, a wrong token, bad input with a password in the wrong place.
  const body = {
    service: "coconowork", name: "株式会社サンプル", plan: "basic",
    administrator: { login: ADMIN, name: "山田 太郎", password_hash: passwordHash(passwords.administrator) },
    users: [{ login: USER, type: "coconowork", start: "2022-12-01", end: null, name: "鈴木 花子", password_hash: passwordHash(passwords.user) }, { login: FIRST, type: "coconowork", start: "2022-12-01", end: null, name: "佐藤 健太" }],
  };
  const made = await operator.put(NUMBER, body);
  assert.equal(made.status, 200);
  const initial = handed("an initial password", made.body.accounts.find(({ login }) => login === FIRST).initial_password);
  assert.equal((await server.operator(secret("a wrong operator's token", `wrong-${randomBytes(20).toString("hex")}`)).get(`/contracts/${NUMBER}`)).status, 401);
  const misplaced = structuredClone(body);
  misplaced.administrator.password_hash = passwords.unsent;
  assert.equal((await operator.put(NUMBER, misplaced)).status, 422);
  assert.equal((await operator.put(NUMBER, `{"administrator": "${passwords.unsent}`)).status, 400);

  // Wrong logins: known, unknown, at both doors, and in a shape that nobody can read.
  for (const [login, password] of [[USER, passwords.wrong], ["nobody.canary", passwords.nobody], ["山田", passwords.nobody]]) {
    assert.equal((await tryLogin(server, login, password)).status, 401);
    assert.equal((await phoneLogin(server, { login, password })).status, 401);
  }
  const browser = server.browser();
  assert.equal((await browser.post("/login", { login: USER, password_: passwords.unsent })).status, 422);
  const send = (text) => phoneLogin(server, { login: USER, password: passwords.unsent, name: text });
  assert.equal((await send("x".repeat(65))).status, 400);
  const broken = (text) => fetch(`${server.url}/device/v1/login`, { method: "POST", headers: { "content-type": "application/json" }, body: text });
  for (const text of [`{"login": "${USER}", "password": "${passwords.unsent}`, `{"login": "${USER}", "password": ["${passwords.unsent}"]}`, `{"login": "${USER}", "password": "${passwords.unsent}", "role": "${passwords.unsent}"}`, `"${passwords.unsent}"`]) {
    assert.equal((await broken(text)).status, 400, text);
  }

  // The forced change, first with everything wrong.
  const first = server.browser();
  let page = await first.signIn(FIRST, initial);
  assert.equal(page.path, "/password/first");
  page = await first.submit(page, { current: passwords.wrong, new: passwords.weak, again: passwords.first }, "/password/first");
  assert.equal(page.status, 422);
  page = await first.submit(page, { current: initial, new: passwords.first, again: passwords.first }, "/password/first");
  assert.match(page.text, /パスワードが変更されました。/);

  // Phone and PC, and the user's own change that reaches the PC.
  const devices = [];
  for (const role of ["viewer", "client"]) {
    const device = await server.device({ login: USER, password: passwords.user, role, headers: { "idempotency-key": secret("an Idempotency-Key", randomBytes(16).toString("hex")) } });
    await device.next("welcome");
    tokenOf(device.token);
    handed("a device's key", device.key, Buffer.from(device.key, "base64url"));
    devices.push(device);
  }
  const [viewer, client] = devices;
  const user = server.browser();
  await user.signIn(USER, passwords.user);
  page = await user.submit(await user.get("/password"), { current: passwords.wrong, new: passwords.changed, again: passwords.weak }, "/password");
  assert.equal(page.status, 422);
  page = await user.submit(page, { current: passwords.user, new: passwords.changed, again: passwords.changed }, "/password");
  assert.match(page.text, /パスワードが変更されました。/);
  const offered = await client.next("credential");
  secret("an offered token", offered.token.split(".")[1], { raw: Buffer.from(offered.token.split(".")[1], "base64url") });
  client.send({ type: "ack", id: offered.id });
  await until(async () => /に反映されました/.test((await user.get("/password")).text));
  client.close();
  await client.closed;
  client.token = offered.token;
  await client.connect();
  viewer.token = viewer.token.replace(/.{8}$/, "AAAAAAAA");
  await viewer.connect();
  assert.equal(viewer.refused.status, 401);

  // The second factor: set up, a wrong code, a login with it.
  page = await user.get("/settings/factor/set-up");
  const seed = seedOn(page);
  const again = await user.submit(page, { code: "000000" }, "/settings/factor/set-up");
  assert.equal(again.status, 422);
  // Its page may be asked for again, and may group the letters: what is looked for elsewhere is both spellings.
  for (const text of [seed, seed.match(/.{4}/g).join(" ")]) secret("a seed", text, { handed: 2, raw: base32(seed) });
  assert.match((await user.submit(again, { code: codeAt(seed, now()) }, "/settings/factor/set-up")).path, /notice=factor-set-up/);
  await server.clock.advance(MINUTE);
  const second = server.browser();
  page = await second.signIn(USER, passwords.changed);
  await second.submit(page, { code: "000000" }, "/login/code");
  page = await second.submit(await second.get("/login/code"), { code: codeAt(seed, now()) }, "/login/code");
  assert.equal(page.path, "/");

  // The administrator: what is wrong first, then a password, then everything else there is to see.
  const admin = server.browser();
  await admin.signIn(ADMIN, passwords.administrator);
  const path_ = `/users/${USER}/password`;
  page = await admin.submit(await admin.get(`/users/${USER}`), { new: passwords.forced, again: passwords.weak }, path_);
  assert.equal(page.status, 422);
  page = await admin.submit(page, { new: passwords.forced, again: passwords.forced }, path_);
  assert.match(page.path, /notice=password-forced/);
  for (const what of ["factor/reset", "prohibit", "allow", "device/reset", "disconnect/client"]) await act(admin, USER, what);
  const key = { "idempotency-key": "canary-1" };
  const given = await operator.post(`/accounts/coconowork/${USER}/temporary-password`, undefined, key);
  handed("a temporary password", given.body.initial_password);
  assert.equal((await operator.post(`/accounts/coconowork/${USER}/temporary-password`, undefined, key)).status, 409);
  assert.equal((await tryLogin(server, USER, given.body.initial_password)).status, 303);
  await admin.post("/logout", {});
  await admin.signIn(ADMIN, passwords.administrator);
  await server.clock.advance(2 * MINUTE);
  for (const address of ["/users", `/users/${USER}`, "/history", `/history?who=${USER}`, "/history?format=csv", `/users/${USER}/history`, "/history/check", "/settings"]) await admin.get(address);
  await operator.get(`/contracts/${NUMBER}`);
  await operator.account("coconowork", USER);

  assert.ok(secrets.size > 40 && answers.length > 80, `${secrets.size} secrets, ${answers.length} answers`);
  assert.ok(files(persist).length >= 4 && files(persist).some(({ text }) => text.includes(USER)), "the stored rows are there to be searched");
  assert.deepEqual(search(everywhere()), []);
});

test("the search finds what is planted, in every place and spelling", async () => {
  const text = canary("a planted password");
  const object = { object: "Contract", name: NUMBER };
  const bytes = Buffer.from(text);
  assert.deepEqual(search(files(persist)), []);
  const forms = {
    "as it is": text, hexadecimal: bytes.toString("hex"), "base64, first place": bytes.toString("base64"), "base64, second place": Buffer.from(`x${text}`).toString("base64"),
    "base64url, third place": Buffer.from(`xy${text}`).toString("base64url"), "percent-encoded": [...bytes].map((byte) => `%${byte.toString(16)}`).join(""), "in JSON": JSON.stringify({ password: text }),
  };
  for (const [name, value] of Object.entries(forms)) assert.ok(search([{ what: name, text: Buffer.from(`before ${value} after`) }]).length === 1, name);
  assert.equal(search([{ what: "UTF-16", text: Buffer.from(` ${text}`, "utf16le") }]).length, 1);
  assert.equal(search([{ what: "another's", text: createHash("sha256").update(text).digest() }]).length, 0, "its hash is not it");

  await server.sql(object, "CREATE TABLE planted (value)");
  await server.sql(object, "INSERT INTO planted VALUES (?)", bytes.toString("base64"));
  server.logs().push({ level: "log", message: `POST /login ${text}` });
  note({ method: "GET", target: `/login?next=${encodeURIComponent(text)}`, status: 303, headers: new Headers({ location: "/" }), body: Buffer.alloc(0) });
  note({ method: "POST", target: "/login", status: 200, headers: new Headers(), body: Buffer.from(`<input value="${text}">`) });
  const found = search(everywhere()).join("\n");
  for (const place of ["in the log", "in 2 answers instead of 0", ".sqlite"]) assert.ok(found.includes(place), `${place}: ${found}`);
});
