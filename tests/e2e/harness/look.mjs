// How a page looks, for every test that opens one in Chromium: no finding of axe-core, nothing wider than the screen. With
// KAGIBAN_PICTURES=1 it leaves pictures of everything in .out/shots*, for people to look at; they cost more than all the rest.
//
// Of axe's rules only contrast depends on the theme, and hardly any on the language, so that pairs are enough: each language meets
// both themes and both widths, and each theme meets both widths.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT } from "../../../scripts/lib/cli.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = process.env.KAGIBAN_PICTURES === "1";
/** A page's own weight and that of all it loads, uncompressed, stays below this; in bytes. */
export const WEIGHT = 60_000;
/** A phone, a tablet, a desk; in px. */
export const [PHONE, TABLET, WIDE] = [390, 768, 1280];

/**
 * A folder for the pictures of one test file, emptied.
 * @param {string} name
 */
export function album(name) {
  const folder = path.join(ROOT, ".out", name);
  if (PICTURES) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  return folder;
}

/** A picture of a page as it is, if pictures are wanted. */
export async function picture(page, folder, name, fullPage = true) {
  if (PICTURES) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage });
}

/** What axe-core finds, each with the first place. */
export async function findings(page, rules) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)} (${nodes[0].failureSummary.replace(/\s+/g, " ")})`);
}

/** What is wrong with how this page looks, in both themes and at all widths; the page is left in the last of them. */
export async function examine(page, name, { language, folder, fullPage = true }) {
  const wrong = [];
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of [PHONE, TABLET, WIDE]) {
      const examined = theme === "light" ? width === WIDE || (width === PHONE && language === "ja") : width === (language === "ja" ? WIDE : PHONE);
      if (!examined && !PICTURES && theme === "dark") continue;
      await page.setViewportSize({ width, height: 800 });
      if (examined) for (const finding of await findings(page, theme === "dark" ? ["color-contrast"] : null)) wrong.push(`${name}, ${theme}, ${width}: ${finding}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) wrong.push(`${name}, ${width}: ${over} px wider than the screen`);
      const cut = await page.evaluate(() => [...document.querySelectorAll("input[readonly]")].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.outerHTML));
      if (cut.length > 0) wrong.push(`${name}, ${width}: cut: ${cut}`);
      await picture(page, folder, `${name}-${language}-${theme}-${width}`, fullPage);
    }
  }
  return wrong;
}
