// Role × route × contract (CW-008, CW-033): every route of tests/routes.txt, with every method it takes, asked by everybody there
// is. The answers stand in tests/e2e/matrix.txt; UPDATE=1 writes it anew. What no update can make right is checked by rule: who
// has no session is led to the login and who stands at a step to that step, other bearers' doors stay shut, nothing is a fault, and
// whoever names a user that is not his gets the answer that an unknown name gets, byte for byte and header for header.
//
// A new route joins by itself. If its form or its live link needs something that nothing here knows yet, the test says where to
// put it.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { SECRETS, startServer } from "./harness/harness.mjs";
import { unasked } from "./harness/openid.mjs";
import { contract, NEW_PASSWORD, PASSWORD, phoneLogin, WRONG } from "./harness/people.mjs";
import { SAMPLE, SITE, aligned, cell, compare, unreadable, whole } from "./harness/site.mjs";

const TABLE = new URL("matrix.txt", import.meta.url);
const CONTRACT = "123456789"; // as the examples of Route::map() have it
const ROUTES = SITE.filter(({ services }) => services !== "storage");
const ROWS = ROUTES.flatMap((route) => route.methods.filter((method) => method !== "HEAD").map((method) => ({ ...route, method })));

// Names of one length, so that not even a Content-Length may differ.
const [ADMIN, OTHER, USER, TEMPORARY, FACTOR, PHONE] = ["cwadmn.00001", "otadmn.00001", "cwuser.00001", "cwtemp.00001", "cwfact.00001", "cwphon.00001"];
const [THEIRS, NOBODY] = ["otuser.00001", "cwnone.00001"];
/** Each row has a user of its own: what one row did is not what the next one meets. */
const subject = (row) => `cwtest.${String(ROWS.indexOf(row) + 1).padStart(5, "0")}`;

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "1000000", ...unasked(["d-account"]) } });
after(() => server.stop());
const OPERATOR = Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0];
let initial;
let token;
before(async () => {
  const people = await contract(server, CONTRACT, ADMIN, [...ROWS.map(subject), USER, { login: TEMPORARY, ready: false }, FACTOR, PHONE]);
  await contract(server, "987654321", OTHER, [THEIRS]);
  initial = people.get(TEMPORARY).initial_password;
  await server.sql({ object: "Account", name: people.get(FACTOR).uid }, "UPDATE item SET json = 'true' WHERE key = 'factor'");
  token = (await phoneLogin(server, { login: PHONE })).body.token;
});

const bearer = (value) => async () => [server.browser(), { authorization: `Bearer ${value()}` }];
const person = (login, password = () => PASSWORD) => async () => {
  const browser = server.browser();
  const page = await browser.signIn(login, password());
  assert.equal(page.status, 200, page.text);
  return [browser, {}];
};
/** Everybody: a browser, and what it sends beside its cookies. */
const PEOPLE = {
  "nobody": async () => [server.browser(), {}],
  "user": person(USER),
  "administrator": person(ADMIN),
  "another contract's": person(OTHER),
  "password due": person(TEMPORARY, () => initial),
  "factor due": person(FACTOR),
  "operator token": bearer(() => OPERATOR),
  "device token": bearer(() => token),
};
/** Where a session that stands at a step is led. */
const STEP = { "password due": "/password/first", "factor due": "/login/code" };

// ---- what each route needs to be asked ------------------------------------------------------------------------------------------

/** What a form of ours may ask for. A wrong current password is an answer of the page too, and changes nobody's. */
const FIELDS = { login: USER, operation: "0".repeat(32), password: PASSWORD, current: WRONG, new: NEW_PASSWORD, again: NEW_PASSWORD, code: "000000", temporary: "on", next: "", zone: "540", upto: "0" };
/** What the machines' doors want, by the beginning of the path. */
const BODIES = {
  "PUT /operator/v1/contracts/": () => ({
    service: "coconowork", name: "株式会社サンプル", plan: "basic", administrator: { login: ADMIN, name: "山田 太郎" }, users: [],
  }),
  "PUT /operator/v1/providers/": () => ({ ends: null }),
  "POST /device/v1/login": (login) => ({ login, password: PASSWORD, role: "client", device: { name: "DESKTOP-7F3A", os: "Windows 11", key: null } }),
};
/** The page on which the ticket of a live link stands, and whose page it is. */
const LINKS = { "/live/users/": ["/users/", "administrator"], "/live/users": ["/users", "administrator"], "/live/password": ["/password", "user"] };

/** Whether the answer about somebody else's user has to be the one about nobody. The operator knows every account. */
const hides = (row) => row.about && (row.credential === "session" || row.path.includes(CONTRACT));
const isSocket = ({ path }) => path.startsWith("/live/") || path === "/device/v1/connect";
const ticketOn = ({ html }) => /data-ticket="([^"]*)"/.exec(html)?.[1];

/** The ticket of a live link: one's own, or one taken from whom it belongs to. */
async function ticket(route, path, browser) {
  const [link, [page, whose]] = Object.entries(LINKS).find(([start]) => route.path.startsWith(start)) ?? [null, []];
  assert.ok(link, `say in LINKS of this test on which page the ticket of ${route.path} stands`);
  const from = page.endsWith("/") ? path.replace(link, page) : page;
  const own = ticketOn(await browser.get(from));
  if (own) return own;
  const [owner] = await PEOPLE[whose]();
  const theirs = ticketOn(await owner.get(route.about ? from.replace(/[^/]+$/, subject(ROWS.find((row) => row.path === route.path))) : from));
  assert.ok(theirs, `no ticket for ${route.path} on ${from}`);
  return theirs;
}

/** Asks to become a WebSocket; the answer as a page would have it. */
function upgrade(browser, path, headers) {
  const cookie = Object.entries(browser.cookies).map((pair) => pair.join("=")).join("; ");
  const sent = {
    host: browser.host, connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...(cookie ? { cookie } : {}), ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port: server.port, path, headers: sent });
    const done = (answer, html) => {
      const received = new Headers();
      for (let at = 0; at < answer.rawHeaders.length; at += 2) received.append(answer.rawHeaders[at], answer.rawHeaders[at + 1]);
      resolve({ path, status: answer.statusCode, headers: received, html, location: received.get("location") });
    };
    request.on("upgrade", (answer, socket) => {
      socket.destroy();
      done(answer, "");
    });
    request.on("response", (answer) => {
      let html = "";
      answer.on("data", (chunk) => (html += chunk));
      answer.on("end", () => done(answer, html));
    });
    request.on("error", reject);
    request.end();
  });
}

/** One answer. `Origin` goes where pages are, whoever asks, so that only the credential makes a difference. */
async function ask(row, method, login, [browser, headers]) {
  const path = row.path.replace(SAMPLE, login);
  const origin = row.isPage ? { origin: server.origin() } : { origin: null };
  if (isSocket(row)) {
    if (!row.isPage) return upgrade(browser, path, { ...headers, "sec-websocket-protocol": "device.v1" });
    return upgrade(browser, `${path}?ticket=${encodeURIComponent(await ticket(row, path, browser))}`, { ...headers, ...origin });
  }
  if (method === "GET" || method === "HEAD") return browser.request(path, { method, headers });
  if (row.isPage) return browser.request(path, { method, form: FIELDS, headers: { ...headers, ...origin } });
  const body = Object.entries(BODIES).find(([start]) => `${method} ${path}`.startsWith(start))?.[1](login);
  const json = body && { "content-type": "application/json" };
  return browser.request(path, { method, body: body && JSON.stringify(body), headers: { ...headers, ...origin, ...json } });
}

// ---- what an answer is --------------------------------------------------------------------------------------------------------

const asked = ({ method, path }) => `${method} ${path}`;

/** What no table can make right. */
function broken(row, who, page) {
  const { status } = page;
  const leads = (path) => page.location?.replace(/\?.*/, "") === path;
  if (status >= 500) return "a fault";
  if (row.credential === "operator" && who !== "operator token" && status !== 401) return "opened without an operator's token";
  if (row.path === "/device/v1/connect" && who !== "device token" && status !== 401) return "opened without a device's token";
  if (row.isPage && row.method === "POST" && unreadable(page)) return "say in FIELDS of this test what its form needs";
  if (row.credential !== "session") return null;
  const shut = isSocket(row) && status === 403;
  if (["nobody", "operator token", "device token"].includes(who) && !leads("/login") && !shut) return "opened without a session";
  const step = STEP[who];
  if (step && row.path !== step && row.path !== "/logout" && !leads(step) && !shut) return `opened before ${step}`;
  if (["user", "another contract's"].includes(who) && row.about && status !== 404 && !shut) return "acts on somebody who is not his";
  return null;
}

test("cw_008 cw_033 every route, asked by everybody: what is not one's own is answered like what does not exist", async () => {
  const wrong = [];
  const shared = new Map();
  const cells = new Map();
  // What only looks comes first: a session that something was done with may have ended.
  for (const row of [...ROWS].sort((a, b) => (a.method !== "GET") - (b.method !== "GET"))) {
    const line = {};
    for (const [who, enter] of Object.entries(PEOPLE)) {
      const looks = row.method === "GET";
      if (looks && !shared.has(who)) shared.set(who, await enter());
      const me = looks ? shared.get(who) : await enter();
      const [mine, unknown] = [subject(row), NOBODY];
      const entitled = who === "administrator" || (who === "operator token" && row.credential === "operator");
      if (row.about && (!entitled || hides(row))) {
        const expected = whole(await ask(row, row.method, unknown, me), unknown);
        for (const name of entitled ? [THEIRS, OTHER, ADMIN] : [mine, ADMIN, OTHER]) {
          const page = whole(await ask(row, row.method, name, me), name);
          try {
            assert.deepEqual(page, expected);
          } catch {
            wrong.push(`${asked(row)}: ${who} can tell ${name} from a name that nobody has`);
          }
        }
      }
      const page = await ask(row, row.method, mine, me);
      line[who] = cell(page, mine);
      const why = broken(row, who, page);
      if (why) wrong.push(`${asked(row)}, ${who}: ${line[who]}: ${why}`);
      if (looks && row.methods.includes("HEAD")) {
        const head = await ask(row, "HEAD", mine, me);
        if (cell(head, mine) !== line[who] || head.html) wrong.push(`HEAD ${row.path}, ${who}: not as GET`);
      }
    }
    if (row.credential === "session" && Object.values(line).every((answer) => answer === "415" || answer === "422")) wrong.push(`${asked(row)}: nobody gets through`);
    cells.set(row, line);
  }
  assert.deepEqual(wrong, []);
  compare(render(cells), TABLE);
});

/** The table as people read it, in the order of the site map. */
function render(cells) {
  const rows = ROWS.map((row) => [
    row.methods.includes("HEAD") && row.method === "GET" ? "GET HEAD" : row.method,
    row.path.replace(SAMPLE, "…"), ...Object.values(cells.get(row)), hides(row) ? "as unknown" : "",
  ]);
  const all = [["", "", ...Object.keys(PEOPLE), "not one's own"], ...rows];
  return [
    "Who gets which answer where: a status, or → where a redirect leads. … is a user of the contract.",
    "\"as unknown\": another contract's user, and every account that is not below who asks, is answered like a name that nobody has,",
    "byte for byte and header for header. Made by tests/e2e/matrix.test.mjs from tests/routes.txt (UPDATE=1 rewrites it).", "", ...aligned(all), "",
  ].join("\n");
}

test("a page that only another service has is there for nobody", async () => {
  for (const { path, methods } of SITE.filter(({ services }) => services === "storage")) {
    for (const enter of [PEOPLE.nobody, PEOPLE.administrator]) {
      const [browser] = await enter();
      for (const method of methods) assert.equal((await browser.request(path, { method, ...(method === "POST" ? { form: FIELDS } : {}) })).status, 404, `${method} ${path}`);
    }
  }
});
