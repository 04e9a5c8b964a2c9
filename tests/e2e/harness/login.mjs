// Logins by the hundred, and what their answers have in common.

/** One POST of the login form from a browser of its own, redirects not followed. `who` as for a browser. */
export const tryLogin = (server, login, password, { next = "", ...who } = {}) =>
  server.browser(who).post("/login", { login, password, next, operation: "0".repeat(32) });

/** Whether a login opened a session: it leads on, with a cookie. */
export const opened = (page) => page.status === 303 && page.headers.getSetCookie().some((line) => /^(__Host-)?session=[^;]/.test(line));

/** A page's bytes without what differs from one rendering to the next (ids) and without the names it was asked for. */
export const masked = (page, ...names) =>
  names.reduce((html, name) => html.replaceAll(name, "NAME"), page.html.replace(/\b[0-9a-f]{32}\b/g, "ID"));

/** Header names and values that a page came with, the date left out. */
export const headersOf = (page) => [...page.headers].filter(([name]) => name !== "date").sort();

/** `count` logins `prefix.00001`, `prefix.00002`, … */
export const logins = (prefix, count) => Array.from({ length: count }, (_, at) => `${prefix}.${String(at + 1).padStart(5, "0")}`);

/** How often each status came: {303: 191, 503: 9}. */
export const statuses = (pages) => Object.fromEntries([...Map.groupBy(pages, (page) => page.status)].map(([status, all]) => [status, all.length]));
