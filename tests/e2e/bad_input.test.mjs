// Whatever is sent to whichever route (tests/routes.txt is the whole site map): a clear refusal, never a fault. Every answer of
// this file is counted, and none of them may be 5xx.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { HOUR, SECRETS, startServer } from "./harness/harness.mjs";
import { PASSWORD, WRONG, contract, signedIn } from "./harness/people.mjs";

const ROUTES = readFileSync(new URL("../routes.txt", import.meta.url), "utf8").trim().split("\n").filter((line) => !line.endsWith(" storage")).map((line) => {
  const [path, credential, kind, limit, methods] = line.split(" ");
  return { path, credential, isPage: kind === "page", limit: Number(limit), methods: methods.split(",") };
});
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const ADMIN = "admin.00001";
const OPERATION = "0123456789abcdef0123456789abcdef";
const TOKEN = Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0];
const FORM = "application/x-www-form-urlencoded";

const server = await startServer({ vars: { PASSWORD_POSTS_PER_MINUTE: "100000" } });
after(() => server.stop());
let admin;
before(async () => {
  await contract(server, "123456789", ADMIN, ["cwtest.00001"]);
  admin = await signedIn(server, ADMIN);
});

let answers = 0;
const faults = [];
/** Notes an answer; what is 5xx is told at the end. */
function noted(page, what) {
  answers += 1;
  if (page.status === null || page.status >= 500) faults.push(`${what}: ${page.status}`);
  return page;
}
/** A request with the credential that the route asks for, unless `headers` say otherwise. */
async function ask(route, method, { headers = {}, browser = admin, path = route.path, ...rest } = {}) {
  const authorization = route.credential === "operator" ? { authorization: `Bearer ${TOKEN}` } : {};
  return noted(await browser.request(path, { method, headers: { ...authorization, ...headers }, ...rest }), `${method} ${path}`);
}
const raw = async (bytes, what) => noted(await server.raw(bytes), what);
const posts = ROUTES.filter((route) => route.methods.includes("POST") && route.credential !== "device" && route.credential !== "operator");

test("every route refuses other methods with 405 and names its own", async () => {
  for (const route of ROUTES) {
    for (const method of METHODS.filter((one) => !route.methods.includes(one))) {
      const page = await ask(route, method);
      assert.equal(page.status, 405, `${method} ${route.path}`);
      assert.equal(page.headers.get("allow"), route.methods.join(", "), route.path);
    }
  }
});

test("an unknown path is a friendly 404, and JSON at the machines' doors", async () => {
  for (const path of ["/nowhere", "/login/", "//", "/users/", "/users/a/b", "/.env", "/wp-login.php", "/%00", "/users/%00", "/%F0%9F%98%80", "/users/あ", `/${"x".repeat(7000)}`, "/a/../../etc/passwd", "/login;x=1", "/LOGIN"]) {
    const page = await ask({ path }, "GET", { path: encodeURI(decodeURI(path.replace(/%00/g, "%2500"))).replace(/%2500/g, "%00") });
    assert.equal(page.status, 404, path);
    assert.match(page.headers.get("content-type"), /^text\/html/);
    assert.ok(page.text.includes("ページが見つかりません"), path);
  }
  for (const path of ["/operator/v1/nowhere", "/operator/v1/", "/operator/v2/contracts/1", "/device/v1/nowhere", "/device/v2/login"]) {
    const page = await ask({ path }, "GET", { browser: server.browser() });
    assert.equal(page.status, 404, path);
    assert.match(page.headers.get("content-type"), /^application\/problem\+json/, path);
  }
});

test("a segment that is not percent-encoded UTF-8 is an unknown path", async () => {
  for (const path of ["/%", "/%f", "/%zz", "/users/%", "/users/%ff", "/users/%c3%28", "/users/%e3%81", "/operator/v1/contracts/%ff", "/login%"]) {
    const page = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost:${server.port}\r\nConnection: close\r\n\r\n`, path);
    assert.ok([404, 400].includes(page.status), `${path}: ${page.status}`);
  }
  for (const query of ["?q=%", "?q=%ff", "?next=%zz", "?%=%", "?=&&=", `?${"a=1&".repeat(2000)}`, "?sort=%00", "?after=%00", "?limit=%"]) {
    for (const path of ["/users", "/login", "/"]) await ask({ path }, "GET", { path: path + query });
  }
});

test("a body beyond the limit is 413, announced or not; one at the limit is read", async () => {
  for (const route of ROUTES) {
    for (const method of route.methods.filter((one) => one !== "GET" && one !== "HEAD")) {
      const type = { "content-type": route.isPage ? FORM : "application/json" };
      const sized = (length) => ({ body: Buffer.alloc(length, "x"), headers: { ...type, "content-length": String(length) } });
      const big = await ask(route, method, sized(route.limit + 1));
      assert.equal(big.status, 413, `${method} ${route.path}`);
      const { body, headers } = sized(route.limit);
      const fits = await ask(route, method, { body, headers: { ...headers, authorization: null }, browser: server.browser() });
      assert.notEqual(fits.status, 413, `${method} ${route.path}`);
    }
  }
  const chunk = `${(16_384).toString(16)}\r\n${"x".repeat(16_384)}\r\n`;
  const head = `POST /login HTTP/1.1\r\nHost: localhost:${server.port}\r\nOrigin: ${server.origin()}\r\nContent-Type: ${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  assert.equal((await raw([head, chunk, chunk, chunk, chunk, chunk, "0\r\n\r\n"], "chunked")).status, 413);
  const lie = `POST /login HTTP/1.1\r\nHost: localhost:${server.port}\r\nOrigin: ${server.origin()}\r\nContent-Type: ${FORM}\r\nContent-Length: 99999999\r\n\r\nlogin=x`;
  assert.equal((await raw(lie, "announced")).status, 413);
});

test("another content type is 415", async () => {
  const types = ["text/plain", "multipart/form-data; boundary=x", "application/json", "", "application/x-www-form-urlencoded2", "a", "text/plain;application/x-www-form-urlencoded"];
  for (const route of posts.filter(({ path }) => !["/logout", "/t/AbC", "/forgot"].includes(path))) {
    for (const type of types) {
      const page = await ask(route, "POST", { headers: { "content-type": type || null }, body: "login=a&password=b" });
      // A file comes as multipart; this one is cut off.
      assert.equal(page.status, route.path === "/import" && type.startsWith("multipart/") ? 400 : 415, `${route.path}: ${type}`);
    }
  }
  for (const [path, method] of [["/device/v1/login", "POST"], ["/operator/v1/contracts/123456789", "PUT"]]) {
    for (const type of ["text/plain", FORM, "", "application/jsonp"]) {
      const page = await ask({ path, credential: "operator" }, method, { headers: { "content-type": type || null, origin: null }, body: "{}" });
      assert.equal(page.status, 415, `${path}: ${type}`);
      assert.match(page.headers.get("content-type"), /json/);
    }
  }
});

test("a missing, doubled or broken field is told by its name", async () => {
  const operation = `operation=${OPERATION}`;
  const act = "/users/cwtest.00001/device/reset";
  const forced = "/users/cwtest.00001/password";
  for (const [path, body, field] of [
    ["/login", "", "login"], ["/login", "password=x", "login"], ["/login", "login=x", "password"], ["/login", "login=a&login=b&password=c", "login"],
    ["/login", "login=a&password=b&password=c", "password"], ["/login", "login=a&password=b&next=/&next=//evil.example", "next"],
    ["/password", "", "current"], ["/password", "current=a", "new"], ["/password", "current=a&new=b", "again"], ["/password", "current=a&new=b&new=c&again=b", "new"],
    [act, "", "operation"], [act, "operation=", "operation"], [act, "operation=xyz", "operation"], [act, `${operation}&${operation}`, "operation"], [act, `operation=${"g".repeat(32)}`, "operation"],
    [forced, "", "new"], [forced, "new=a", "again"], [forced, "new=a&again=a", "operation"], [forced, `new=a&new=b&again=a&${operation}`, "new"],
  ]) {
    const page = await ask({ path }, "POST", { headers: { "content-type": FORM }, body });
    assert.equal(page.status, 422, `${path} ${body}`);
    assert.ok(page.text.includes(field), `${path} ${body}: ${page.text}`);
  }
  for (const body of [Buffer.from([0x6c, 0x3d, 0xff]), "login=%ff&password=x", "login=%&password=x", "login=%zz&password=x"]) {
    assert.equal((await ask({ path: "/login" }, "POST", { headers: { "content-type": FORM }, body })).status, 400, String(body));
  }
  for (const body of [`login=${"x".repeat(60_000)}&password=x`, `login=x&password=${"x".repeat(60_000)}`, "login=%00&password=%00", "login=a%0d%0ab&password=c", "login=%F0%9F%98%80&password=%F0%9F%98%80"]) {
    assert.equal((await ask({ path: "/login" }, "POST", { headers: { "content-type": FORM }, body })).status, 401, body.slice(0, 60));
  }
});

test("JSON that is not JSON is 400, and what is wrong in it is told by its path", async () => {
  const contractPath = { path: "/operator/v1/contracts/123456789", credential: "operator" };
  const put = (body) => ask(contractPath, "PUT", { headers: { "content-type": "application/json" }, body });
  for (const body of ["", "{", "nul", "{\"a\":1,}", Buffer.from([0xff]), "[".repeat(100_000)]) assert.equal((await put(body)).status, 400, String(body).slice(0, 20));
  for (const body of ["null", "[]", "1", "\"x\"", "{}", "{\"service\":1}", "{\"service\":\"coconowork\",\"users\":{}}"]) {
    const page = await put(body);
    assert.equal(page.status, 422, body);
    assert.match(page.headers.get("content-type"), /^application\/problem\+json/);
    assert.ok(page.json.errors.length > 0);
  }
  const device = (body) => ask({ path: "/device/v1/login" }, "POST", { headers: { "content-type": "application/json", origin: null }, body, browser: server.browser() });
  const good = { login: "cwtest.00001", password: WRONG, role: "viewer", device: { name: "x", os: "y", key: null } };
  for (const body of ["", "{", "null", "[]", "{}", { ...good, role: "boss" }, { ...good, login: 1 }, { ...good, device: null }, { ...good, device: { ...good.device, name: "x".repeat(65) } },
    { ...good, device: { ...good.device, os: "a\nb" } }, { ...good, password: "x".repeat(2000) }, "[".repeat(30_000), Buffer.from([0x22, 0xff, 0x22])]) {
    const page = await device(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    assert.equal(page.status, 400, JSON.stringify(body).slice(0, 60));
    assert.equal(page.json.error, "bad_request");
  }
});

test("a POST from anywhere but our own pages is 403 and does nothing", async () => {
  const own = server.origin();
  for (const route of posts) {
    for (const origin of ["https://evil.example", "null", `${own}.evil.example`, own.replace("http:", "https:"), "http://localhost", "http://worksdrive.localhost:8787", `${own}/`, own.toUpperCase(), `${own}, ${own}`, "", null]) {
      const page = await ask(route, "POST", { headers: { origin, "content-type": FORM }, body: `operation=${OPERATION}&login=${ADMIN}&password=${PASSWORD}&current=${PASSWORD}&new=x&again=x` });
      assert.equal(page.status, 403, `${route.path} from ${origin}`);
      assert.equal(page.headers.getSetCookie().length, 0);
    }
    for (const site of ["cross-site", "same-site", "none", "nonsense"]) {
      const page = await ask(route, "POST", { headers: { origin: null, "sec-fetch-site": site, "content-type": FORM }, body: "" });
      assert.equal(page.status, 403, `${route.path}: Sec-Fetch-Site ${site}`);
    }
  }
  const page = await ask({ path: "/login" }, "POST", { headers: { origin: null, "sec-fetch-site": "same-origin", "content-type": FORM }, body: "" });
  assert.equal(page.status, 422, "the browser's own word will do");
  assert.equal((await admin.get("/")).status, 200, "and the session still lives");
});

test("an unknown host is 421, and 127.0.0.1 means ココナワーク", async () => {
  for (const host of ["evil.example", `evil.localhost:${server.port}`, "localhost", `localhost:${server.port + 1}`, `[::1]:${server.port}`, `line.localhost:${server.port}`]) {
    for (const route of ROUTES) {
      const page = noted(await server.browser().request(route.path, { method: route.methods[0], headers: { host } }), `${host} ${route.path}`);
      assert.equal(page.status, 421, `${host} ${route.path}`);
    }
  }
  const page = noted(await server.browser().request("/login", { headers: { host: `127.0.0.1:${server.port}` } }), "127.0.0.1");
  assert.equal(page.status, 200);
  assert.ok(page.text.includes("ココナワーク"));
  const login = noted(await server.browser().post("/login", { login: ADMIN, password: PASSWORD }, { headers: { host: `127.0.0.1:${server.port}`, origin: `http://127.0.0.1:${server.port}` } }), "127.0.0.1");
  assert.equal(login.status, 303);
});

test("header bytes 0x80 to 0xFF and doubled headers are never a fault", async () => {
  const names = ["Cookie", "User-Agent", "Accept-Language", "Origin", "Content-Type", "Authorization", "Referer", "X-Live", "Sec-Fetch-Site", "CF-Connecting-IP", "Idempotency-Key", "Upgrade", "Sec-WebSocket-Protocol", "X-If-Vacant", "Content-Length", "X-Forwarded-For", "Forwarded"];
  const high = Array.from({ length: 128 }, (_, at) => String.fromCharCode(at + 128)).join("");
  const cookie = `session=${admin.cookies.session}`;
  const requests = [];
  for (const [method, path, body] of [["GET", "/login", ""], ["GET", "/users", ""], ["POST", "/login", "login=x&password=y"], ["POST", "/device/v1/login", "{}"], ["GET", "/operator/v1/contracts/123456789", ""]]) {
    const lines = (extra) => [`${method} ${path} HTTP/1.1`, `Host: localhost:${server.port}`, `Cookie: ${cookie}`, ...(body && path === "/login" ? [`Origin: ${server.origin()}`] : []), ...(body ? [`Content-Type: ${path === "/login" ? FORM : "application/json"}`, `Content-Length: ${body.length}`] : []), ...extra, "Connection: close", "", body].join("\r\n");
    for (const name of names) {
      requests.push([lines([`${name}: ${high}`]), `${path} ${name} 0x80-0xFF`]);
      requests.push([lines([`${name}: a`, `${name}: b`]), `${path} ${name} twice`]);
      requests.push([lines([`${name}:`]), `${path} ${name} empty`]);
    }
  }
  for (let at = 0; at < requests.length; at += 16) {
    const pages = await Promise.all(requests.slice(at, at + 16).map(([bytes, what]) => raw(bytes, what)));
    pages.forEach((page, index) => assert.ok(page.status >= 200 && page.status < 500, `${requests[at + index][1]}: ${page.status}`));
  }
});

test("what is small to send and could be large to read costs little and disturbs nobody", async () => {
  for (const service of ["coconowork", "worksdrive"]) {
    const browser = server.browser({ service });
    for (const path of ["/menu".repeat(3_000), "/menu/menu/login", "/x".repeat(7_000), "/".repeat(15_000)]) {
      const page = noted(await browser.get(path), `${path.slice(0, 20)}… on ${service}`);
      assert.equal(page.status, 404);
    }
    const names = (count, length) => Array.from({ length: count }, (_, at) => at.toString(36).padStart(length, "a")).join("&");
    for (const [path, body] of [["/login", names(16_000, 3)], ["/login", names(4_000, 15)], ["/import", names(400_000, 4)], [`/login?${names(3_000, 3)}`, "login=x"]]) {
      const page = noted(await browser.request(path, { method: "POST", headers: { origin: browser.origin, "content-type": FORM }, body }), `${path.slice(0, 20)}…, ${body.length} bytes`);
      assert.ok(page.status >= 300 && page.status < 500, `${path.slice(0, 20)}: ${page.status}`);
    }
  }
  assert.equal((await admin.get("/")).status, 200);
});

test("what is not HTTP at all is refused by the runtime and harms nobody", async () => {
  // A Host that makes no address never reaches the Worker: the local runtime answers for it, at the edge nobody does.
  for (const bytes of ["\x16\x03\x01\x02\x00\x01\x00", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost:1.evil\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"]) {
    const page = await server.raw(bytes);
    assert.ok(page.status === null || page.status >= 400, `${JSON.stringify(bytes)}: ${page.status}`);
  }
  const absolute = await raw(`GET http://evil.example/ HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`, "another host in the request line");
  assert.ok([400, 421, 303].includes(absolute.status), `${absolute.status}`);
  assert.equal((await admin.get("/")).status, 200);
});

test("cookies: huge, doubled, forged, flipped or expired ones are no session", async () => {
  const own = admin.cookies.session;
  const [head, claims, mac] = own.split(".");
  const decoded = JSON.parse(Buffer.from(claims, "base64url"));
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const forged = [
    "", "x", "a.b.c", "..", `${head}.${claims}.`, `${head}.${claims}`, `${head}.${claims}.${mac}x`, `${head}.${claims}.${mac.slice(1)}`, "x".repeat(15_000),
    `${encoded({ alg: "none", typ: "JWT" })}.${claims}.`, `${encoded({ alg: "none", typ: "JWT" })}.${claims}.${mac}`, `${encoded({ alg: "HS384", typ: "JWT" })}.${claims}.${mac}`,
    `${head}.${encoded({ ...decoded, exp: decoded.exp + 1 })}.${mac}`, `${head}.${encoded({ ...decoded, u: "0".repeat(32) })}.${mac}`, `${head}.${encoded({ ...decoded, p: "watch" })}.${mac}`,
    ...Array.from({ length: 40 }, (_, at) => {
      const place = Math.floor((own.length - 1) * (at / 40));
      return own.slice(0, place) + (own[place] === "A" ? "B" : "A") + own.slice(place + 1);
    }),
  ];
  for (const cookie of forged) {
    const page = await ask({ path: "/" }, "GET", { browser: server.browser(), headers: { cookie: `session=${cookie}` } });
    assert.equal(page.status, 303, cookie.slice(0, 80));
    assert.match(page.location, /^\/login/);
  }
  const both = await ask({ path: "/" }, "GET", { browser: server.browser(), headers: { cookie: `session=forged; session=${own}; __Host-session=${own}` } });
  assert.equal(both.status, 200, "a planted cookie beside it does not lock its owner out");
  const host = await ask({ path: "/" }, "GET", { browser: server.browser({ service: "worksdrive" }), headers: { cookie: `session=${own}` } });
  assert.match(host.location ?? "", /^\/login/, "a session of one host is none on another");

  const leaving = await signedIn(server, ADMIN);
  const old = leaving.cookies.session;
  await server.clock.advance(13 * HOUR);
  const page = await ask({ path: "/" }, "GET", { browser: server.browser(), headers: { cookie: `session=${old}` } });
  assert.match(page.location, /^\/login/);
  admin = await signedIn(server, ADMIN);
});

test("past failure 46: cookies alone, or another site's page, never open a socket", async () => {
  const page = await admin.get("/users/cwtest.00001");
  const ticket = /data-ticket="([^"]+)"/.exec(page.html)[1];
  const cookie = `session=${admin.cookies.session}`;
  const upgrade = (path, headers) => raw([`GET ${path} HTTP/1.1`, `Host: localhost:${server.port}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...headers, "", ""].join("\r\n"), `${path} ${headers}`);
  const live = "/live/users/cwtest.00001";
  for (const origin of ["https://evil.example", "null", `${server.origin()}.evil.example`, "http://localhost", server.origin().replace("http", "https"), "http://worksdrive.localhost", ""]) {
    assert.equal((await upgrade(`${live}?ticket=${ticket}`, [`Origin: ${origin}`, `Cookie: ${cookie}`])).status, 403, origin);
  }
  assert.equal((await upgrade(`${live}?ticket=${ticket}`, [`Cookie: ${cookie}`])).status, 403, "no Origin");
  assert.equal((await upgrade(live, [`Origin: ${server.origin()}`, `Cookie: ${cookie}`])).status, 403, "no ticket");
  assert.equal((await upgrade(`${live}?ticket=${ticket}`, [`Origin: ${server.origin()}`])).status, 403, "no cookie");
  assert.equal((await upgrade(`${live}?ticket=${ticket}x`, [`Origin: ${server.origin()}`, `Cookie: ${cookie}`])).status, 403, "a forged ticket");
  assert.equal((await upgrade(`${live}?ticket=${ticket}`, [`Origin: ${server.origin()}`, `Cookie: ${cookie}`])).status, 101);
  assert.equal((await upgrade(`${live}?ticket=${ticket}`, [`Origin: ${server.origin()}`, `Cookie: ${cookie}`])).status, 403, "one use");
  assert.equal((await upgrade("/device/v1/connect", [`Origin: ${server.origin()}`, `Cookie: ${cookie}`, "Sec-WebSocket-Protocol: device.v1"])).status, 403);
});

test("a password is asked for at four routes only, and each refuses alike without one", async () => {
  for (const route of ROUTES.filter(({ credential }) => credential === "session")) {
    for (const method of route.methods) {
      const page = await ask(route, method, { browser: server.browser(), headers: { "content-type": FORM }, body: method === "POST" ? `operation=${OPERATION}&current=a&new=b&again=b&code=123456&password=c` : undefined });
      const refused = route.path.startsWith("/live/") ? page.status === 426 : page.status === 303 && page.location.startsWith("/login");
      assert.ok(refused, `${method} ${route.path}: ${page.status} ${page.location}`);
    }
  }
  for (const route of ROUTES.filter(({ credential }) => credential === "operator")) {
    for (const authorization of [null, "", "Bearer", "Bearer ", "Bearer x", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, TOKEN]) {
      const page = await ask(route, route.methods[0], { browser: server.browser(), headers: { authorization } });
      assert.equal(page.status, 401, `${route.path}: ${authorization}`);
    }
  }
});

test("where a login leads to is a page of ours, in any letters", async () => {
  for (const next of ["/users?q=あ", "/users?q=\u0080", "/users/あ", "/users?q=😀", "/users?q= ", "/users?q=\u2028"]) {
    const page = noted(await server.browser().post("/login", { login: ADMIN, password: PASSWORD, next }), next);
    assert.equal(page.status, 303, next);
    const to = new URL(page.location, server.origin());
    assert.equal(to.origin, server.origin(), next);
    assert.match(page.location, /^[\x21-\x7e]+$/, "a header takes ASCII only");
  }
});

after(() => {
  console.log(`  ${answers} answers, ${faults.length} of them 5xx`);
  assert.deepEqual(faults, []);
});
