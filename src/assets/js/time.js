// A moment stays exact in the text; pointing at it says how long ago it was.
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

// The moment that a <time> names, milliseconds.
export const instant = (time) => Date.parse(time.dateTime.replace(" ", "T").replace(/(\d\d)(\d\d)$/, "$1:$2"));

document.addEventListener("pointerover", (event) => {
  const time = event.target.closest?.("time");
  if (!time) return;
  const since = instant(time);
  const seconds = Math.round((since - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  if (!Number.isNaN(since)) time.title = words.format(Math.trunc(seconds / size), unit);
});
