// How a page looks, for every test that opens one in Chromium: no finding of axe-core, nothing wider than the screen. With
// KAGIBAN_PICTURES=1 it leaves pictures of everything in .out/shots*, for people to look at; they cost more than all the rest.
//
// Of axe's rules only contrast depends on the theme and on the brand, and it does not depend on the language; none of the others
// depends on the theme. So it is enough that contrast meets each theme at one width in one language, and all others each language.

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

/** What axe-core finds, each with the first place; all rules, or those that `options` say. */
export async function findings(page, options = {}) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((given) => globalThis.axe.run(document, given), { resultTypes: ["violations"], ...options });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)} (${nodes[0].failureSummary.replace(/\s+/g, " ")})`);
}

const CONTRAST = "color-contrast";
const REST = { rules: { [CONTRAST]: { enabled: false } } };
/** What axe-core is asked, by theme and width, where contrast is examined and where it is not. */
const ASKED = {
  true: { light: { [PHONE]: {}, [WIDE]: REST }, dark: { [WIDE]: { runOnly: [CONTRAST] } } },
  false: { light: { [WIDE]: REST }, dark: {} },
};

/**
 * What is wrong with how this page looks, in both themes and at all widths; the page is left in the last of them. `contrast`: unless
 * the other language's pages of this brand are examined for it.
 */
export async function examine(page, name, { language, folder, fullPage = true, contrast = language === "ja" }) {
  const wrong = [];
  for (const theme of ["light", "dark"]) {
    if (theme === "dark" && !contrast && !PICTURES) continue;
    await page.emulateMedia({ colorScheme: theme });
    for (const width of [PHONE, TABLET, WIDE]) {
      const asked = ASKED[contrast][theme][width];
      if (theme === "dark" && !asked && !PICTURES) continue;
      await page.setViewportSize({ width, height: 800 });
      if (asked) for (const finding of await findings(page, asked)) wrong.push(`${name}, ${theme}, ${width}: ${finding}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) wrong.push(`${name}, ${width}: ${over} px wider than the screen`);
      const cut = await page.evaluate(() => [...document.querySelectorAll("input[readonly]")].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.outerHTML));
      if (cut.length > 0) wrong.push(`${name}, ${width}: cut: ${cut}`);
      await picture(page, folder, `${name}-${language}-${theme}-${width}`, fullPage);
    }
  }
  return wrong;
}
