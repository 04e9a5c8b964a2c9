// The hand-over to the application (interface, section 2), against the program that docs/handover.md offers: accepted once, and by
// nobody whom it is not for. The program runs as it is, in a process of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { verifier } from "../../examples/handover-application/verify.mjs";
import { ROOT } from "../../scripts/lib/cli.mjs";
import { freePort } from "../../scripts/lib/server.mjs";
import { listen } from "./harness/chromium.mjs";
import { SECOND, SECRETS, launchChromium, startServer } from "./harness/harness.mjs";
import { tryLogin } from "./harness/login.mjs";
import { until } from "./harness/people.mjs";
import { STORAGE, STORAGE_PASSWORD, storageContract } from "./harness/storage.mjs";

const newKey = (kid) => ({ ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), ...(kid ? { kid } : {}) });
const KEYS = [newKey("2026-11"), newKey()];
const VARS = { MAIL_FROM: "noreply@kagiban.example", PASSWORD_POSTS_PER_MINUTE: "100000" };
const appPort = await freePort();
const APP = `http://localhost:${appPort}`;
const server = await startServer({
  vars: { ...VARS, WORKSDRIVE_APP_URL: `${APP}/enter` },
  secrets: { ...SECRETS, HANDOVER_JWK: JSON.stringify(KEYS) },
});
const ISSUER = server.origin("worksdrive");
const program = spawn(process.execPath, [path.join(ROOT, "examples/handover-application/server.mjs")], {
  env: { ...process.env, ISSUER, PORT: String(appPort) }, stdio: ["ignore", "pipe", "inherit"],
});
const refusals = [];
before(async () => {
  await new Promise((resolve, reject) => {
    program.once("error", reject);
    program.once("exit", (code) => reject(new Error(`the application ended with ${code}`)));
    program.stdout.on("data", (text) => {
      refusals.push(...`${text}`.split("\n").filter((line) => line.startsWith("refused: ")));
      if (/listening/.test(text)) resolve();
    });
  });
});
after(async () => {
  program.kill();
  await server.stop();
});

/** A request to the application; no redirect is followed. */
const enter = (address, headers = {}) =>
  new Promise((resolve, reject) => {
    http.get(address, { headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    }).on("error", reject);
  });

const read = (token) => token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
let contracts = 0;
async function people(service = "worksdrive") {
  const number = `90${(contracts += 1)}`;
  const [boss, user, manager] = ["boss", "taro", "manager"].map((name) => `${name}@${number}.handover.example.jp`);
  const made = await storageContract(server, service, number, boss, [user, { login: manager, manager: true }]);
  return { number, boss, user, manager, uid: (login) => made.get(login).uid };
}
const signedIn = async (login, service = "worksdrive") => {
  const browser = server.browser({ service });
  await browser.signIn(login, STORAGE_PASSWORD);
  return browser;
};
/** A fresh hand-over of a person who is logged in. */
const handOver = async (browser) => new URL((await browser.get("/app")).location);
/** The key set, asked for where the service is. */
const keySet = async () => ({ ok: true, json: async () => JSON.parse((await server.browser({ service: "worksdrive" }).get("/.well-known/jwks.json")).html) });
const judge = (more = {}) => verifier({ issuer: ISSUER, audience: APP, fetch: keySet, now: () => server.clock.now() / 1000, ...more });

test("a login goes on at the application, which accepts it once", async () => {
  const { number, boss, user, manager, uid } = await people();
  let used = 0;
  for (const [login, role, name] of [[boss, "administrator", "山田 太郎"], [user, "user", "鈴木 花子"], [manager, "manager", "鈴木 花子"]]) {
    const browser = server.browser({ service: "worksdrive" });
    const done = await browser.post("/login", { login, password: STORAGE_PASSWORD, next: "", operation: "0".repeat(32) });
    assert.deepEqual([done.status, done.location], [303, "/app"]);
    const on = await browser.get("/app");
    assert.equal(on.status, 303);
    assert.equal(on.headers.get("cache-control"), "no-store");
    assert.equal(on.headers.get("referrer-policy"), "same-origin", "our page tells the application no address of ours");
    const address = new URL(on.location);
    assert.equal(`${address.origin}${address.pathname}`, `${APP}/enter`);
    const [header, claims] = read(address.searchParams.get("handover"));
    assert.deepEqual([header.alg, header.kid], ["ES256", "2026-11"]);
    const { iat, exp, jti, ...says } = claims;
    assert.deepEqual(says, { iss: ISSUER, aud: APP, sub: uid(login), login, name, contract: number, role });
    assert.equal(exp - iat, 60);
    assert.ok(Math.abs(iat - server.clock.now() / 1000) < 5);
    assert.match(jti, /^[0-9a-f]{32}$/);

    const first = await enter(address);
    assert.deepEqual([first.status, first.headers.location, first.headers["referrer-policy"]], [303, "/", "no-referrer"]);
    const cookie = first.headers["set-cookie"][0].split(";")[0];
    assert.ok((await enter(`${APP}/`, { cookie })).text.includes(`${login}, ${number}, ${role}`));
    const second = await enter(address);
    assert.deepEqual([second.status, second.headers["set-cookie"]], [403, undefined]);
    used += 1;
    await until(() => refusals.length === used);
    assert.equal(refusals.at(-1), "refused: used before");
  }
  // Whoever has no session at the application is sent back, and returns with a new token.
  assert.equal((await enter(`${APP}/`)).headers.location, `${ISSUER}/app`);
});

test("of a hundred uses at once one is accepted", async () => {
  const { user } = await people();
  const address = await handOver(await signedIn(user));
  const answers = await Promise.all(Array.from({ length: 100 }, () => enter(address)));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  assert.equal(answers.filter(({ status }) => status === 403).length, 99);
});

test("only a complete login of the service itself is handed over", async () => {
  const { boss, user } = await people();
  const nobody = await server.browser({ service: "worksdrive" }).get("/app");
  assert.deepEqual([nobody.status, nobody.location], [303, "/login?next=%2Fapp"]);
  const asked = server.browser({ service: "worksdrive" });
  assert.equal((await asked.post("/login", { login: user, password: STORAGE_PASSWORD, next: "/app", operation: "0".repeat(32) })).location, "/app");
  assert.equal((await tryLogin(server, user, "Wrong-0000", { service: "worksdrive" })).status, 401);

  const menu = server.browser({ service: "worksdrive" });
  const form = await menu.get("/menu/login");
  assert.match((await menu.submit(form, { login: boss, password: STORAGE_PASSWORD }, "/menu/login")).text, /認証・契約情報変更メニュー/);
  assert.equal((await menu.get("/app")).location, "/login?next=%2Fapp", "the menu's session opens nothing else");

  // A login that waits for its second step.
  const number = `90${(contracts += 1)}`;
  const due = `due@${number}.handover.example.jp`;
  await storageContract(server, "worksdrive", number, `boss@${number}.handover.example.jp`, [due], { secondStep: true });
  const half = server.browser({ service: "worksdrive" });
  const step = await half.post("/login", { login: due, password: STORAGE_PASSWORD, next: "", operation: "0".repeat(32) });
  assert.equal(step.location, "/login/register");
  assert.match((await half.get("/app")).location, /^\/login\/register/);

  for (const method of ["POST", "HEAD", "PUT"]) assert.equal((await asked.request("/app", { method })).status, 405, method);
  await asked.post("/logout", { operation: "0".repeat(32) });
  assert.match((await asked.get("/app")).location, /^\/login/);
});

test("who was on the way to a page gets there, and the top page leads to both", async () => {
  const { boss, user } = await people();
  const browser = server.browser({ service: "worksdrive" });
  const form = await browser.visit("/users");
  const page = await browser.submit(form, { login: boss, password: STORAGE_PASSWORD }, "/login");
  assert.match(page.text, /管理コンソール/);
  const top = await browser.get("/");
  for (const link of ['href="/app"', 'href="/users"', 'href="/menu"']) assert.ok(top.html.includes(link), link);
  assert.match(top.text, /アプリケーションを開く/);
  assert.equal((await browser.get("/login")).location, "/app", "who is logged in goes on from the login page too");
  const history = await browser.get("/users");
  assert.equal(history.status, 200);
  const plain = await (await signedIn(user)).get("/");
  assert.ok(plain.html.includes('href="/app"') && !plain.html.includes('href="/users"'));
});

test("keys are published without their secret half; the first signs, all verify", async () => {
  const answer = await server.browser({ service: "worksdrive" }).get("/.well-known/jwks.json");
  assert.equal(answer.headers.get("content-type"), "application/json");
  const { keys } = JSON.parse(answer.html);
  assert.deepEqual(keys.map(({ x, y }) => [x, y]), KEYS.map(({ x, y }) => [x, y]));
  for (const key of keys) assert.deepEqual([key.kty, key.crv, key.alg, key.use, key.d, typeof key.kid], ["EC", "P-256", "ES256", "sig", undefined, "string"]);
  assert.equal(keys[0].kid, "2026-11");
  assert.match(keys[1].kid, /^[A-Za-z0-9_-]{43}$/, "a thumbprint (RFC 7638)");
  assert.equal((await server.browser({ service: "cowork-storage" }).get("/.well-known/jwks.json")).status, 200);
  assert.equal((await server.browser().get("/.well-known/jwks.json")).status, 404, "ココナワーク hands nobody over");
});

test("a service without an application ends a login at its top page", async () => {
  const { user } = await people("cowork-storage");
  const browser = server.browser({ service: "cowork-storage" });
  const done = await browser.post("/login", { login: user, password: STORAGE_PASSWORD, next: "", operation: "0".repeat(32) });
  assert.equal(done.location, "/");
  assert.ok(!(await browser.get("/")).html.includes(`href="/app"`));
  assert.equal((await browser.get("/app")).status, 404);
  assert.ok(!(await browser.get("/")).headers.get("content-security-policy").includes(APP));
});

test("a browser follows: form-action allows the application's origin, and no other", { timeout: 60_000 }, async (t) => {
  const { user } = await people();
  const csp = (await server.browser({ service: "worksdrive" }).get("/login")).headers.get("content-security-policy");
  assert.ok(csp.includes(`form-action 'self' ${APP};`), csp);
  const chromium = await launchChromium();
  t.after(() => chromium.close());
  for (const javaScriptEnabled of [true, false]) {
    const context = await chromium.newContext({ locale: "ja", baseURL: ISSUER, javaScriptEnabled });
    const heard = listen(context);
    const page = await context.newPage();
    const addresses = [];
    page.on("request", (request) => addresses.push([request.url(), request.headers().referer ?? ""]));
    await page.goto("/login");
    await page.getByLabel("メールアドレス", { exact: true }).fill(user);
    await page.getByLabel("パスワード", { exact: true }).fill(STORAGE_PASSWORD);
    await page.getByRole("button", { name: "ログイン", exact: true }).click();
    await page.waitForURL(`${APP}/`, { timeout: 10_000 }).catch(async (error) => {
      assert.fail(`${error.message}\n${page.url()}\n${heard.complaints.join("\n")}\n${await page.content()}`);
    });
    await page.getByRole("heading", { name: `${user}, ` }).waitFor();
    assert.equal(page.url(), `${APP}/`, "the token is in no address that stays");
    assert.ok(addresses.every(([, referer]) => !referer.includes("handover=")));
    assert.deepEqual(heard.complaints, []);
    await context.close();
  }
});

// From here on the clock is moved, and the program, which has the real one, is not asked any more.
test("the journal names each hand-over", async () => {
  const { boss, number } = await people();
  const browser = await signedIn(boss);
  await handOver(browser);
  await server.clock.advance(2 * SECOND);
  const history = await browser.get("/history");
  assert.match(history.text, new RegExp(`アプリケーション（${APP}）へ移動しました。`), number);
});

test("a hand-over is refused after a minute, elsewhere, flipped, and with a header of its own choice", async () => {
  const { user } = await people();
  const browser = await signedIn(user);
  const token = async () => (await handOver(browser)).searchParams.get("handover");
  const refused = (given, why, by = judge()) => assert.rejects(by.accept(given), { message: why });

  const late = await token();
  await server.clock.advance(66 * SECOND);
  await refused(late, "expired");
  const good = await token();
  await refused(good, "another audience", judge({ audience: "https://other.example" }));
  await refused(good, "another issuer", judge({ issuer: "https://worksdrive.example" }));
  await refused(good, "not yet valid", judge({ now: () => server.clock.now() / 1000 - 30 }));

  const [header, body, signature] = good.split(".");
  const written = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const [said, claims] = read(good);
  const forgeries = [
    [`${header}.${written({ ...claims, role: "administrator", sub: "0".repeat(32) })}.${signature}`, "a wrong signature"],
    [`${written({ ...said, alg: "none" })}.${body}.`, "not ES256 with a kid"],
    [`${written({ ...said, alg: "HS256" })}.${body}.${signature}`, "not ES256 with a kid"],
    [`${written({ ...said, kid: "mine", jwk: KEYS[0] })}.${body}.${signature}`, "an unknown key"],
    [`${header}.${body}`, "not a token"],
    [`${header}.${body}.${signature}A`, "not a signature"],
    [`${header}.${body}.`, "not a signature"],
  ];
  for (const [forged, why] of forgeries) await refused(forged, why);
  for (let at = 0; at < signature.length; at += 7) {
    const flipped = signature[at] === "A" ? "B" : "A";
    await assert.rejects(judge().accept(`${header}.${body}.${signature.slice(0, at)}${flipped}${signature.slice(at + 1)}`));
  }
  const by = judge();
  assert.equal((await by.accept(good)).login, user, "nothing of that used it up");
  await refused(good, "used before", by);
});

for (const [what, setting, named] of [
  ["no JSON", { HANDOVER_JWK: "{" }, "HANDOVER_JWK: not JSON"],
  ["a public key", { HANDOVER_JWK: JSON.stringify({ ...KEYS[0], d: undefined }) }, "HANDOVER_JWK: not a private JWK"],
  ["another's d", { HANDOVER_JWK: JSON.stringify({ ...KEYS[0], d: KEYS[1].d }) }, "HANDOVER_JWK: not a private JWK"],
  ["another curve", { HANDOVER_JWK: JSON.stringify(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export({ format: "jwk" })) }, "HANDOVER_JWK: not a private JWK"],
  ["an empty list", { HANDOVER_JWK: "[]" }, "HANDOVER_JWK: an empty list"],
  ["no key", { WORKSDRIVE_APP_URL: "https://app.example/" }, "HANDOVER_JWK: missing, while WORKSDRIVE_APP_URL is set"],
  ["plain http", { HANDOVER_JWK: JSON.stringify(KEYS), COWORK_STORAGE_APP_URL: "http://app.example/" }, "COWORK_STORAGE_APP_URL: not an https address"],
  ["a query", { HANDOVER_JWK: JSON.stringify(KEYS), WORKSDRIVE_APP_URL: "https://app.example/?a=b" }, "WORKSDRIVE_APP_URL: not an https address"],
  ["a policy", { HANDOVER_JWK: JSON.stringify(KEYS), WORKSDRIVE_APP_URL: "https://app.example;script-src *" }, "WORKSDRIVE_APP_URL: not an https address"],
]) {
  test(`a malformed setting stops everything and is named: ${what}`, async () => {
    const broken = await startServer({ vars: { ...VARS, ...setting }, wrapped: false });
    try {
      for (const { service } of STORAGE) assert.equal((await broken.browser({ service }).get("/login")).status, 500);
      assert.ok(broken.logs().some(({ message }) => message.includes(named)), broken.logs().map(({ message }) => message).join("\n"));
    } finally {
      await broken.stop();
    }
  });
}
