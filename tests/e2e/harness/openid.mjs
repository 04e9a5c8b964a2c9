// OpenID Connect providers as people know them, for linked services and Active Directory: npm's `oidc-provider` in a thread, in
// the shapes that the services have. What goes wrong on purpose is openid-hostile.mjs.
//
//   const providers = await openidProviders();     after(() => providers.stop());
//   const server = await startServer({ providers });
//   const google = providers.get("google");        const person = google.visitor();
//   const back = await person.authorize(address, { account: google.accounts[0].sub });   // the callback's address
//
// Invariant: the clock of the providers is the Worker's (`startServer({ providers })` moves both).

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Worker } from "node:worker_threads";

const SERVICES = ["worksdrive", "cowork-storage"];

/** The accounts that the login pages offer; any other name is an account too. */
export const ACCOUNTS = {
  ordinary: [
    { sub: "110169484474386276334", name: "鈴木 花子", email: "hanako@example.net", email_verified: true },
    { sub: "110169484474386276335", name: "佐藤 次郎", email: "jiro@example.net", email_verified: false },
  ],
  endpoints: [{ sub: "10158800000000001", name: "Hanako Suzuki", email: "hanako@example.net" }, { sub: "10158800000000002", name: "Jiro Sato" }],
  adfs: [
    { sub: "kT3mQ0pairwise1", upn: "hanako@example.local", unique_name: "EXAMPLE\\hanako" },
    { sub: "kT3mQ0pairwise2", upn: "jiro@example.local", unique_name: "EXAMPLE\\jiro" },
  ],
};

/** What a test gets unless it names others: the three kinds of keys, and the three shapes. */
export const USUAL = [
  { id: "google", label: "Google", alg: "RS256" },
  { id: "facebook", label: "Facebook", kind: "endpoints", alg: "RS256" },
  { id: "microsoft", label: "Microsoft", alg: "PS256" },
  { id: "d-account", label: "dアカウント", alg: "ES256" },
  { id: "ntt-east-business-id", label: "NTT東日本ビジネスID", alg: "RS256", services: ["cowork-storage"] },
];

/** A key for signing: {kid, privateKey, publicKey, jwk (public), secret (private)}. */
export function newKey(alg, kid) {
  const { privateKey, publicKey } = alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const with_ = (key) => ({ ...key.export({ format: "jwk" }), kid, use: "sig", alg });
  return { alg, kid, privateKey, publicKey, jwk: with_(publicKey), secret: with_(privateKey) };
}

/** Name of the binding that holds the client secret. */
const secretName = (id) => `${id.replaceAll("-", "_").toUpperCase()}_CLIENT_SECRET`;

/** The settings of services that are configured and asked nothing: their login page is as far as a test goes. */
export const unasked = (ids, services = SERVICES) => ({
  PROVIDER_SECRET: "not so secret",
  IDENTITY_PROVIDERS: JSON.stringify(ids.map((id) => ({
    id, services, client_id: "kagiban", client_secret_name: "PROVIDER_SECRET",
    authorization_endpoint: "https://id.example/authorize", token_endpoint: "https://id.example/token", jwks_uri: "https://id.example/keys",
  }))),
});

/** The entry of `IDENTITY_PROVIDERS` for a provider at `origin`. */
export function entryFor({ id, label, kind = "ordinary", services = SERVICES, clientId }, origin) {
  const endpoints = { authorization_endpoint: `${origin}/auth`, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` };
  return {
    id, label, services,
    issuer: kind === "adfs" ? `${origin}/adfs` : origin,
    ...(kind === "endpoints" ? endpoints : {}),
    client_id: clientId,
    client_secret_name: secretName(id),
    scopes: kind === "adfs" ? "openid" : "openid email profile",
    ...(kind === "adfs" ? { subject_claim: "upn", name_claim: "unique_name" } : { subject_claim: "sub", address_claim: "email", name_claim: "name" }),
  };
}

/** Bindings for providers, real or hostile, whose entries and secrets these are. */
export const providerVars = (providers) => ({
  IDENTITY_PROVIDERS: JSON.stringify(providers.map(({ entry }) => entry)),
  ...Object.fromEntries(providers.map(({ entry, secret }) => [entry.client_secret_name, secret])),
});

/**
 * Starts providers. Those with `configured: false` are not in `vars`; `redirect` is a pattern for the id in their callback's
 * address, for the connection of an Active Directory.
 * @returns {Promise<{get: (id: string) => object, vars: Record<string, string>, at: (offset: number) => void, stop: () => Promise<void>}>}
 */
export async function openidProviders(list = USUAL) {
  const specs = list.map(({ kind = "ordinary", alg = "RS256", ...spec }) => ({
    kind, alg, accounts: ACCOUNTS[kind], clientId: `kagiban-${spec.id}`, secret: `${spec.id}-client-secret-0123456789abcdef`, ...spec,
    keys: [newKey(alg, `${spec.id}-1`).secret],
  }));
  const thread = new Worker(new URL("openid-server.mjs", import.meta.url), { workerData: specs });
  const { origins } = await new Promise((resolve, reject) => thread.once("message", resolve).once("error", reject));
  const providers = specs.map((spec, at) => {
    const origin = origins[at];
    const entry = entryFor(spec, origin);
    return { ...spec, origin, entry, issuer: entry.issuer, visitor: () => new Visitor(origin) };
  });
  return {
    get: (id) => providers.find((provider) => provider.id === id),
    vars: providerVars(providers.filter(({ configured = true }) => configured)),
    at: (offset) => thread.postMessage({ offset }),
    stop: () => thread.terminate(),
  };
}

/** A person's browser at a provider: keeps its cookies, so that a second visit may need no login page. */
export class Visitor {
  #cookies = new Map();

  constructor(origin) {
    this.origin = origin;
    /** Login pages seen so far. */
    this.pages = 0;
  }

  /** Logs out there. */
  forget() { this.#cookies.clear(); }

  async #request(address, form) {
    const answer = await fetch(address, {
      method: form ? "POST" : "GET", redirect: "manual", body: form && new URLSearchParams(form),
      headers: { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return { status: answer.status, location: answer.headers.get("location"), text: await answer.text() };
  }

  /**
   * From an authorization address to the callback's address, which is not opened. `account`: whom he chooses when he is asked;
   * without one he goes back.
   * @returns {Promise<URL>}
   */
  async authorize(address, { account } = {}) {
    let at = new URL(address);
    for (let hops = 0; hops < 10; hops += 1) {
      if (at.origin !== this.origin) return at;
      let answer = await this.#request(at);
      if (answer.status === 200) {
        this.pages += 1;
        const action = /<form method="post" action="([^"]+)"/.exec(answer.text)?.[1];
        assert.ok(action, answer.text);
        answer = await this.#request(new URL(action, at), account ? { account } : { cancel: "1" });
      }
      assert.ok(answer.location, `${at}: ${answer.status} ${answer.text}`);
      at = new URL(answer.location, at);
    }
    throw new Error(`${address} does not come back`);
  }
}

/** Through the provider that an answer of ours leads to, and back: the page behind the callback. */
export async function through(browser, gone, visitor, account) {
  assert.equal(gone.status, 303, gone.text);
  const back = await visitor.authorize(gone.location, { account });
  assert.equal(back.origin, browser.origin);
  return browser.follow(await browser.get(back.pathname + back.search));
}

/** Chooses a provider on a page of ours where a login method is chosen: the page that shows whose account will be linked. */
export async function chooseLinked(browser, path, provider, account) {
  const form = await browser.get(path);
  const own = form.forms().find(({ fields }) => fields.provider === provider.id);
  assert.ok(own, `no button for ${provider.id} on ${path}: ${form.text}`);
  return through(browser, await browser.post(path, own.fields), provider.visitor(), account);
}
