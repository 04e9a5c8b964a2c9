// Debian's Chromium, driven by playwright-core.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/**
 * A headless browser with an empty profile. `browser.newContext({ javaScriptEnabled: false, locale: "en" })` as usual.
 * @returns {Promise<import("playwright-core").Browser>}
 */
export const launchChromium = (options = {}) =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ...options,
  });

/**
 * Watches everything a context's pages load and complain about, from now on.
 * @param {import("playwright-core").BrowserContext} context
 */
export function listen(context) {
  const heard = { complaints: [], addresses: new Set() };
  const bodies = [];
  context.on("weberror", (error) => heard.complaints.push(`error: ${error.error()}`));
  context.on("console", (message) => {
    // Chromium reports every answer of 400 and above as an error of the page; those pages are asked for on purpose.
    if (["error", "warning"].includes(message.type()) && !/Failed to load resource: .* status of 4\d\d/.test(message.text())) heard.complaints.push(message.text());
  });
  context.on("request", (request) => heard.addresses.add(new URL(request.url()).origin));
  context.on("response", (response) => bodies.push(response.body().then((body) => [response.url(), body.length], () => null)));
  return {
    /** Console errors and warnings, uncaught errors, refusals of the content security policy. */
    complaints: heard.complaints,
    /** Origins that anything was asked of. */
    addresses: heard.addresses,
    /** Bytes by address since the last call, uncompressed. */
    async weights() {
      const all = await Promise.all(bodies.splice(0));
      return new Map(all.filter(Boolean));
    },
  };
}

/**
 * A page of one person for the length of a test, which fails if the page complains or asks anybody but `origin` and those of `besides`;
 * and what was heard from it.
 */
export async function openPage(t, browser, origin, options = {}, besides = []) {
  const context = await browser.newContext({ locale: "ja", baseURL: origin, reducedMotion: "reduce", ...options });
  const heard = listen(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses].filter((address) => !besides.includes(address)), [origin]);
  });
  return { page: await context.newPage(), heard };
}

/** Fills fields by their label and presses a button by its name. */
export async function send(page, fields, button) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForLoadState();
}

/** Waits until a sentence is on the page. */
export const says = (page, sentence) => page.getByText(sentence).first().waitFor({ timeout: 10_000 }).catch(async () => {
  throw new Error(`${sentence} is not on ${page.url()}: ${await page.locator("body").innerText()}`);
});

/** At a provider's own page: chooses the account of this name, or goes back. */
export async function choose(page, provider, name = "キャンセル") {
  await page.waitForURL(`${provider.origin}/**`);
  await send(page, {}, name);
}

/** A page of one person for the length of a test, which fails if the page complains or asks anybody but `origin`. */
export async function newPage(t, browser, origin, options = {}) {
  const context = await browser.newContext({ locale: "ja", baseURL: origin, ...options });
  const heard = listen(context);
  const page = await context.newPage();
  t.after(() => {
    assert.deepEqual(heard.complaints, []);
    assert.deepEqual([...heard.addresses], [origin]);
  });
  return page;
}
