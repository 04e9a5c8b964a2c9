// A server whose every caller lies about its host (past failure 29).
//
//   const forged = forging(server);     // as `server`; its browsers and its operator lie
//
// Whatever acts is first sent to hosts that are not ours, and must be refused. Then it is sent again with our host, but the request line
// names another, and so does every header in which a proxy names one.

import assert from "node:assert/strict";
import { SECRETS } from "./harness.mjs";

/** What no mail and no SMS may contain. */
export const FOREIGN = /evil[.:/]|:666/;

const HEADERS = {
  "x-forwarded-host": "evil.example", forwarded: "for=1.2.3.4;host=evil.example;proto=https", "x-original-host": "evil.example", "x-host": "evil.example",
  "x-forwarded-server": "evil.example", "x-forwarded-port": "666", "x-forwarded-proto": "evil", "x-original-url": "https://evil.example/", "x-rewrite-url": "//evil.example/",
  "x-forwarded-prefix": "//evil.example", "x-http-host-override": "evil.example", via: "1.1 evil.example", "cf-worker": "evil.example",
};
const hosts = (own) => {
  const [name, port] = own.split(":");
  return ["evil.example", "evil.example:666", `${name}.evil.example:${port}`, `evil.${own}`, `${name}:666`, name];
};

function forge(browser) {
  const honest = browser.request.bind(browser);
  browser.request = async (path, options = {}) => {
    const send = (target, headers) => honest(target, { ...options, headers: { ...options.headers, ...headers } });
    const acts = options.form || options.body !== undefined;
    for (const host of acts ? hosts(browser.host) : []) assert.equal((await send(path, { host })).status, 421, `${host}${path}`);
    return Object.assign(await send(`http://evil.example:666${path}`, HEADERS), { path });
  };
  return browser;
}

/** The server as its liars see it. */
export function forging(server) {
  const operator = (token = Object.values(JSON.parse(SECRETS.OPERATOR_TOKENS))[0]) => {
    const browser = forge(server.browser());
    const call = async (method, path, body) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const page = await browser.request(`/operator/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
      return { status: page.status, headers: page.headers, body: page.html && page.json };
    };
    return { call, put: (contract, body) => call("PUT", `/contracts/${contract}`, body) };
  };
  return Object.create(server, { browser: { value: (who) => forge(server.browser(who)) }, operator: { value: operator } });
}
