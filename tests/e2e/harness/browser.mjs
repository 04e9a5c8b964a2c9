// A person's browser without a screen: keeps cookies, follows no redirect by itself, sends Origin with every POST, and fills
// forms as a person does (hidden fields included).

import http from "node:http";
import { repeated, step } from "./trials.mjs";

const agent = new http.Agent({ keepAlive: true });

/** Where what changes one's own session leads. */
const RENEWS = {
  "/password": "/password?notice=password-changed", "/password/first": "/?notice=password-changed",
  "/settings/factor/remove": "/settings/factor?notice=factor-removed",
};

export class Browser {
  /** Called with every answer of every browser, for tests that watch all of them. */
  static heard = null;
  #cookies = new Map();
  /** Who has logged in here last, and with which password. */
  #person = null;

  /** @param {number} port @param {{service?: string, ip?: string, language?: string}} [who] */
  constructor(port, { service = "coconowork", ip, language = "ja" } = {}) {
    this.port = port;
    this.host = `${service === "coconowork" ? "" : `${service}.`}localhost:${port}`;
    this.origin = `http://${this.host}`;
    this.headers = { host: this.host, "accept-language": language, ...(ip ? { "cf-connecting-ip": ip } : {}) };
  }

  /** Cookies as they would be sent: name → value. */
  get cookies() { return Object.fromEntries(this.#cookies); }
  setCookie(name, value) { this.#cookies.set(name, value); }
  clearCookies() { this.#cookies.clear(); }

  /**
   * One request; `form` (an object) is sent as a form. Headers set to null are left out.
   * @returns {Promise<Page>}
   */
  async request(path, { method, form, body, headers = {} } = {}) {
    method ??= form || body !== undefined ? "POST" : "GET";
    const sent = {
      ...this.headers,
      ...(this.#cookies.size > 0 ? { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") } : {}),
      ...(method === "POST" ? { origin: this.origin } : {}),
      ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      ...headers,
    };
    const began = performance.now();
    let lost = false;
    const answer = await repeated(async () => {
      await step(this.port);
      return send(this.port, path, method, sent, form ? new URLSearchParams(form).toString() : body);
    }, ({ status }) => status === 500 && (lost = true));
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    Browser.heard?.({ method, target: path, ...answer });
    const page = new Page(path, answer, performance.now() - began);
    if (form?.login && form.password) this.#person = { login: form.login, password: form.password };
    // The answer that is lost had the new session: the person logs in with what counts now, to where it would have led.
    const next = lost && page.location?.startsWith("/login") && RENEWS[path];
    return next ? this.post("/login", { ...this.#person, password: form.new ?? this.#person.password, next, operation: form.operation }) : page;
  }

  get(path, options) { return this.request(path, options); }
  post(path, form, options) { return this.request(path, { ...options, form }); }

  /** Follows redirects on this host, as a browser does. */
  async follow(page) {
    for (let hops = 0; page.location && hops < 10; hops += 1) {
      const to = new URL(page.location, this.origin);
      if (to.origin !== this.origin) break;
      page = await this.get(to.pathname + to.search);
    }
    return page;
  }

  /** GET, with redirects followed. */
  async visit(path) { return this.follow(await this.get(path)); }

  /** Fills the form with this action (default: the first POST form) and sends it; redirects followed. */
  async submit(page, fields = {}, action) {
    return this.follow(await this.send(page, fields, action));
  }

  /** The same, redirects not followed. */
  send(page, fields = {}, action) {
    const form = page.forms().find((one) => (action ? one.action === action : one.method === "POST"));
    if (!form) throw new Error(`no such form on ${page.path} (${page.status}): ${action ?? "POST"}`);
    return this.post(form.action || page.path, { ...form.fields, ...fields });
  }

  /** Logs in through the login page. @returns {Promise<Page>} the page after it */
  async signIn(login, password) {
    return this.submit(await this.get("/login"), { login, password });
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const [name, ...value] = pair.split("=");
    const gone = attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute) || (/^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) < Date.now() - 86_400_000));
    if (gone) this.#cookies.delete(name);
    else this.#cookies.set(name, value.join("="));
  }
}

/** Node's own fetch does not let the Host header be chosen, so this is http.request. A header that is null is left out. */
function send(port, path, method, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null));
    const request = http.request({ host: "127.0.0.1", port, path, method, headers: sent, agent }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const received = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2) received.append(answer.rawHeaders[at], answer.rawHeaders[at + 1]);
        resolve({ status: answer.statusCode, headers: received, body: Buffer.concat(chunks) });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** What came back. */
export class Page {
  constructor(path, answer, ms) {
    this.path = path;
    this.status = answer.status;
    this.headers = answer.headers;
    this.bytes = answer.body;
    this.html = answer.body.toString();
    /** How long the answer took, milliseconds. */
    this.ms = ms;
    const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get("location") : null;
    /** Where it leads, if it is a redirect: a path on the same host, or a whole address. */
    this.location = location;
  }

  get json() { return JSON.parse(this.html); }

  /** The words on the page: no tags, no scripts, blanks folded. */
  get text() {
    return unescape(this.html.replace(/<(script|style|template)\b.*?<\/\1>/gs, " ").replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ").trim();
  }

  get title() { return unescape(/<title>(.*?)<\/title>/s.exec(this.html)?.[1].trim() ?? ""); }

  /** All forms: {action, method, fields} with the fields' present values. */
  forms() {
    return [...this.html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, tag, content]) => {
      const fields = {};
      for (const [, input] of content.matchAll(/<input\b([^>]*)>/g)) {
        const { name, value = "", type = "text", checked, disabled } = attributes(input);
        if (!name || disabled !== undefined) continue;
        if ((type === "checkbox" || type === "radio") && checked === undefined) continue;
        if (type !== "submit") fields[name] = type === "checkbox" || type === "radio" ? value || "on" : value;
      }
      const { action = "", method = "get" } = attributes(tag);
      return { action, method: method.toUpperCase(), fields };
    });
  }
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };
/** A text of HTML as it is read. */
export const unescape = (text) =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) =>
    decimal ? String.fromCodePoint(Number(decimal)) : hex ? String.fromCodePoint(parseInt(hex, 16)) : (ENTITIES[name] ?? whole));

const attributes = (tag) =>
  Object.fromEntries([...tag.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)]
    .map(([, name, double, single, bare]) => [name.toLowerCase(), unescape(double ?? single ?? bare ?? "")]));
