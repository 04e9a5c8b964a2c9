// 操作履歴 as a page shows it.

/** The rows of a page: [when, what, from where]. */
export const rows = (page) => [...page.html.matchAll(/<tr><th scope="row"><time[^>]*>([^<]*)<\/time><\/th><td>(.*?)<\/td><td[^>]*>(.*?)<\/td><\/tr>/gs)]
  .map((cells) => cells.slice(1).map((cell) => cell.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim()));
/** Their sentences, the newest first. */
export const sentences = (page) => rows(page).map(([, what]) => what);
