// Debian's Chromium, driven by playwright-core.

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
