// An OpenID provider that does whatever a test tells it: it signs any ID token, and its endpoints break in any way.
//
//   const hostile = await hostileProvider({ id: "google", label: "Google", alg: "RS256" });
//   hostile.token = ({ claims, sign }) => sign({ ...claims, aud: "another" });      // what the next exchanges answer
//   hostile.faults.jwks = FAULTS.slow;                                              // how an endpoint breaks
//   const back = hostile.authorize(address);                                        // the callback's address, as after a login there
//   const back = hostile.authorize(address, {}, ({ claims, sign }) => sign({ ...claims, aud: "another" }));   // for this login alone
//
// Invariant: told nothing, it is correct: a login through it succeeds, and it refuses a wrong PKCE verifier or client secret.

import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes, sign as signBytes, constants } from "node:crypto";
import http from "node:http";
import { entryFor, newKey, providerVars } from "./openid.mjs";

const base64 = (value) => Buffer.from(typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString("base64url");

/** A JWS over any header and payload; `key` signs as `header.alg` says, a Buffer or string as HMAC, null not at all. */
export function jws(header, payload, key) {
  const input = `${base64(header)}.${base64(payload)}`;
  if (key === null) return `${input}.`;
  const mac = (secret) => createHmac("sha256", secret).update(input).digest();
  const options = { RS256: {}, PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, ES256: { dsaEncoding: "ieee-p1363" } };
  const signature = typeof key === "string" || Buffer.isBuffer(key) ? mac(key) : signBytes("sha256", Buffer.from(input), { key: key.privateKey, ...options[key.alg] });
  return `${input}.${base64(signature)}`;
}

const forever = (response, text) => {
  const timer = setInterval(() => response.write(text), 5);
  response.on("close", () => clearInterval(timer));
};

/** How an endpoint breaks: each takes (request, response). */
export const FAULTS = {
  silent: () => {},
  cut: (_, response) => response.socket.destroy(),
  drip: (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => response.write(" "), 300);
    response.on("close", () => clearInterval(timer));
  },
  error: (_, response) => response.writeHead(500).end("no"),
  garbage: (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>ログイン</html>"),
  empty: (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(),
  null: (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("null"),
  deep: (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("[".repeat(100_000)),
  endless: (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    forever(response, " ".repeat(65_536));
  },
};
/** A redirect elsewhere, which nobody may follow. */
export const redirectTo = (address) => (_, response) => response.writeHead(307, { location: address }).end();
/** Any JSON. */
export const answering = (value, status = 200) => (_, response) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

const SCOPED = { ordinary: { name: "鈴木 花子", email: "hanako@example.net", email_verified: true }, endpoints: { name: "Hanako Suzuki" }, adfs: { upn: "hanako@example.local", unique_name: "EXAMPLE\\hanako" } };

/**
 * @param {{id: string, label: string, kind?: string, alg?: string, services?: string[]}} spec as in openid.mjs
 * @returns {Promise<object>}
 */
export async function hostileProvider({ id, label, kind = "ordinary", alg = "RS256", ...more }) {
  const spec = { id, label, kind, alg, clientId: `kagiban-${id}`, ...more };
  const secret = `${id}-client-secret-0123456789abcdef`;
  const server = http.createServer((request, response) => serve(hostile, request, response));
  const listen = (port) => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const origin = `http://127.0.0.1:${server.address().port}`;
  const { port } = server.address();
  const entry = entryFor(spec, origin);
  const hostile = {
    ...spec, secret, origin, port, entry, issuer: entry.issuer, sub: "110169484474386276334",
    keys: [newKey(alg, `${id}-1`)],
    now: Date.now,
    /** What an exchange answers: a token, or a whole answer. @type {(made: {claims: object, sign: Function, key: object, request: object}) => string | object} */
    token: ({ claims, sign }) => sign(claims),
    /** By endpoint: discovery, jwks, token. */
    faults: {},
    /** Requests by endpoint. */
    hits: { discovery: 0, jwks: 0, token: 0 },
    /** Authorization requests by code, what an exchange of a code answers instead, and exchanges: {code, code_verifier, …}. */
    requests: new Map(),
    tokens: new Map(),
    exchanges: [],
    metadata: () => metadata(hostile),
    /** A new key takes the old one's place. */
    rotate: (kid = `${id}-${randomBytes(3).toString("hex")}`) => (hostile.keys = [newKey(alg, kid)]),
    authorize: (address, answer = {}, token) => authorize(hostile, new URL(address), answer, token),
    down: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
    up: () => listen(port),
    stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
  return hostile;
}

/** What `startServer({ providers })` takes; their clock is the Worker's. */
export function hostileOnes(...all) {
  return {
    vars: providerVars(all.filter(({ configured = true }) => configured)),
    at: (offset) => all.forEach((one) => (one.now = () => Date.now() + offset)),
    stop: () => Promise.all(all.map((one) => one.stop())),
  };
}

const metadata = ({ issuer, kind }) => ({
  issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`,
  response_types_supported: ["code"], subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256", "PS256", "ES256", "HS256", "none"],
  token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  ...(kind === "ordinary" ? { code_challenge_methods_supported: ["S256"], authorization_response_iss_parameter_supported: true } : {}),
});

/**
 * As after a login there: the address of the callback, with a code for this request. `answer` replaces parameters, null removes one; `token` is
 * what this code is exchanged for, however many logins are under way.
 */
function authorize(hostile, address, answer, token) {
  assert.equal(address.origin, hostile.origin, String(address));
  const request = Object.fromEntries(address.searchParams);
  const code = randomBytes(12).toString("base64url");
  hostile.requests.set(code, request);
  if (token) hostile.tokens.set(code, token);
  const back = new URL(request.redirect_uri);
  const parameters = { code, state: request.state, ...(hostile.kind === "ordinary" ? { iss: hostile.issuer } : {}), ...answer };
  for (const [name, value] of Object.entries(parameters)) if (value != null) back.searchParams.set(name, value);
  return back;
}

/** The claims of a correct ID token for a request. */
export function claimsFor(hostile, request) {
  const now = Math.floor(hostile.now() / 1000);
  return { iss: hostile.issuer, sub: hostile.sub, aud: hostile.clientId, exp: now + 300, iat: now, auth_time: now, nonce: request?.nonce, ...SCOPED[hostile.kind] };
}

async function serve(hostile, request, response) {
  response.on("error", () => {});
  const { pathname, search } = new URL(request.url, hostile.origin);
  const name = { "/.well-known/openid-configuration": "discovery", "/jwks": "jwks", "/token": "token" }[pathname.replace(/^\/adfs/, "")];
  if (pathname.endsWith("/auth")) return response.writeHead(303, { location: authorize(hostile, new URL(`${hostile.origin}${pathname}${search}`), {}).href }).end();
  if (!name) return response.writeHead(404).end();
  hostile.hits[name] += 1;
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (hostile.faults[name]) return hostile.faults[name](request, response);
  if (name === "discovery") return hostile.kind === "endpoints" ? response.writeHead(404).end() : answering(hostile.metadata())(request, response);
  if (name === "jwks") return answering({ keys: hostile.keys.map(({ jwk }) => jwk) })(request, response);
  return exchange(hostile, request, response, new URLSearchParams(Buffer.concat(chunks).toString()));
}

function exchange(hostile, request, response, form) {
  const basic = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString().split(":").map(decodeURIComponent);
  const given = { ...Object.fromEntries(form), secret: form.get("client_secret") ?? basic[1] };
  hostile.exchanges.push(given);
  const asked = hostile.requests.get(given.code);
  const challenge = createHash("sha256").update(given.code_verifier ?? "").digest("base64url");
  if (given.secret !== hostile.secret) return answering({ error: "invalid_client" }, 401)(request, response);
  if (!asked || asked.code_challenge_method !== "S256" || challenge !== asked.code_challenge || given.redirect_uri !== asked.redirect_uri) return answering({ error: "invalid_grant" }, 400)(request, response);
  const [key] = hostile.keys;
  const sign = (claims, header = {}, by = key) => jws({ alg: key.alg, typ: "JWT", kid: key.kid, ...header }, claims, by);
  const made = (hostile.tokens.get(given.code) ?? hostile.token)({ claims: claimsFor(hostile, asked), sign, key, request: asked });
  return answering({ access_token: "access", token_type: "Bearer", expires_in: 300, ...(typeof made === "object" ? made : { id_token: made }) })(request, response);
}
