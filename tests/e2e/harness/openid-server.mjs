// The thread in which the tests' OpenID providers run (see openid.mjs): npm's `oidc-provider`, one server for each entry of
// `workerData`, in a thread of its own because their clock has to follow the Worker's, and a clock belongs to a thread.
//
// Messages in: {offset}, how far the clock is ahead of the machine's. Out, once: {origins}, in the order of `workerData`.

import http from "node:http";
import { parentPort, workerData } from "node:worker_threads";

let offset = 0;
const real = Date.now;
Date.now = () => real() + offset;
parentPort.on("message", (message) => (offset = message.offset));

// It warns of plain http and of keys that are made for a test, on purpose here.
console.warn = console.info = () => {};
process.removeAllListeners("warning");
const { default: Provider, interactionPolicy } = await import("oidc-provider");

/** What the services' own servers do beside the standard. */
const SHAPES = {
  ordinary: { path: "", claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] } },
  // Facebook: an ID token, but no metadata and no `iss` in the callback.
  endpoints: { path: "", claims: { openid: ["sub"], email: ["email"], profile: ["name"], public_profile: ["name"] }, quiet: true, hidden: true },
  // AD FS: a path in the issuer, `upn` and `unique_name` and no address in the ID token, no word of PKCE and another issuer of
  // access tokens in the metadata; it does not know `select_account`.
  adfs: { path: "/adfs", claims: { openid: ["sub", "upn", "unique_name"] }, quiet: true, strict: true },
};

/** The redirect address that the client has registered, on any port: the Worker's is not known when the provider starts. */
const registered = (value, path) => {
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(value);
  const host = /^(line\.)?(worksdrive|cowork-storage)\.localhost$/.test(hostname);
  return protocol === "http:" && host && !search && !hash && !username && !password && path.test(pathname);
};

async function listen() {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Its login page: one button for each account, and one to go back. */
const page = ({ label, accounts }, action) => `<!doctype html><html lang="ja"><meta charset="utf-8"><title>${escape(label)}</title>
<h1>${escape(label)}</h1><form method="post" action="${escape(action)}">
${accounts.map((one) => `<p><button name="account" value="${escape(one.sub)}">${escape(one.name ?? one.upn)}</button></p>`).join("\n")}
<p><button name="cancel" value="1">キャンセル</button></p></form></html>`;

const formOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
};

/** A browser that shows pages of another time has a clock of its own: cookies live as long as it does, unless they are taken away. */
function withLastingCookies(response) {
  const setHeader = response.setHeader.bind(response);
  const lasting = (line) => (/^[^=]+=[^;]/.test(line) ? line.replace(/; expires=[^;]+/i, "") : line);
  response.setHeader = (name, value) => setHeader(name, name.toLowerCase() === "set-cookie" ? [value].flat().map(lasting) : value);
}

/** The client's registration and everything else that does not depend on the shape. */
function configuration(entry, shape) {
  const policy = interactionPolicy.base();
  if (!shape.strict) policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  const scopes = Object.keys(shape.claims);
  return {
    clients: [{
      client_id: entry.clientId, client_secret: entry.secret, redirect_uris: ["https://unused.example/"], response_types: ["code"],
      grant_types: ["authorization_code"], id_token_signed_response_alg: entry.alg,
      // Facebook takes the secret from the form only.
      token_endpoint_auth_method: shape.hidden ? "client_secret_post" : "client_secret_basic",
    }],
    jwks: { keys: entry.keys },
    cookies: { keys: ["tests"], names: { session: `${entry.id}_session`, interaction: `${entry.id}_interaction`, resume: `${entry.id}_resume` } },
    claims: shape.claims,
    scopes,
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    ttl: { Session: 86_400, Interaction: 3600, AuthorizationCode: 60, IdToken: 3600, AccessToken: 3600, Grant: 86_400 },
    interactions: { policy, url: (_, interaction) => `${shape.path}/interaction/${interaction.uid}` },
    // Any other account exists too, so that a test can have as many as it likes.
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => entry.accounts.find((account) => account.sub === sub) ?? { sub, name: sub, upn: `${sub}@example.local`, email: `${sub}@example.net`, email_verified: true },
    }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(scopes.join(" "));
      await grant.save();
      return grant;
    },
  };
}

async function start(entry) {
  const shape = SHAPES[entry.kind];
  const { server, origin } = await listen();
  const provider = new Provider(`${origin}${shape.path}`, configuration(entry, shape));
  const callback = new RegExp(`^/federation/${entry.redirect ?? entry.id}/callback$`);
  provider.Client.prototype.redirectUriAllowed = (value) => URL.canParse(value) && registered(value, callback);
  provider.use(async (context, next) => {
    await next();
    if (context.path === "/.well-known/openid-configuration") {
      if (shape.hidden) context.status = 404;
      else if (shape.quiet) {
        const { code_challenge_methods_supported, authorization_response_iss_parameter_supported, ...metadata } = context.body;
        context.body = { ...metadata, access_token_issuer: `${origin}${shape.path}/services/trust` };
      }
    }
    const location = context.response.get("location");
    if (shape.quiet && /\/federation\//.test(location)) {
      const to = new URL(location);
      to.searchParams.delete("iss");
      context.set("location", to.href);
    }
  });
  const own = provider.callback();
  server.on("request", async (request, response) => {
    try {
      if (shape.path && !request.url.startsWith(`${shape.path}/`)) return response.writeHead(404).end();
      withLastingCookies(response);
      request.originalUrl = request.url;
      request.url = request.url.slice(shape.path.length);
      if (!/^\/interaction\/[\w-]+$/.test(request.url)) return request.url === "/favicon.ico" ? response.writeHead(204).end() : await own(request, response);
      const { prompt } = await provider.interactionDetails(request, response);
      if (request.method === "GET") return response.writeHead(200, { "content-type": "text/html" }).end(page(entry, request.originalUrl));
      const { account, cancel } = await formOf(request);
      const result = cancel || !account ? { error: "access_denied" } : { [prompt.name]: {}, select_account: {}, login: { accountId: account } };
      return await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: !result.error });
    } catch (error) {
      return response.writeHead(400, { "content-type": "text/plain" }).end(String(error));
    }
  });
  return origin;
}

parentPort.postMessage({ origins: await Promise.all(workerData.map(start)) });
