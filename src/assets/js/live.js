// Keeps #live as the server has it: one mechanism for every page that follows something.
//
//   id="live" data-live-url data-ticket data-watch   where the WebSocket is, a one-use ticket for it, and the page's own id
//   data-part="NAME"       is swapped when it differs
//   data-state="STATE"     a part in which people type or choose is swapped only when this differs
//   data-list="NAME"       its rows come and go, each known by its link; a row changes only where it differs, so that focus and
//                          selection stay
//   data-say="SENTENCE"    what a screen reader is told of a part that was swapped; of a row it is told its heading, with data-quiet
//                          of #live where there is no badge; of more than three rows their number, in data-many
//   #link-line, #say       how the link stands (parts/link_line.html), and the polite sentences
//
// The WebSocket says only "changed"; the page then fetches its part over the checked session (header X-Live), every 45 s as
// well, which renews the 60 s lease of the link. After a sleep or a cut it looks at once and opens a new link; a link whose other
// end is gone does not answer "ping". While the page may be out of date it says so, and since when.
const RENEW = 45_000;
const TICK = 5_000;
const ANSWER = 5_000;
const SETTLED = 5_000;
const LONGEST = 30_000;

const root = document.getElementById("live");
const parts = (of) => [...of.querySelectorAll("[data-part], [data-list] > *")];
const isRow = (part) => !part.dataset.part;
const nameOf = (part) => part.dataset.part ?? part.querySelector("a").pathname;
// The parts as they came: scripts add titles and classes, which are no changes.
const known = new Map();
const mark = (part) => part.dataset.state ?? part.outerHTML;
const note = (part) => known.set(nameOf(part), { mark: mark(part), copy: isRow(part) && part.cloneNode(true) });
if (root) parts(root).forEach(note);

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");
export const signedOut = (answer) => answer.redirected && new URL(answer.url).pathname === "/login";

// Puts the focus where a vanished control was: its successor, or the heading of its section.
export function settle(part) {
  const heading = part.closest("section")?.querySelector("h2") ?? document.querySelector("h1");
  heading.tabIndex = -1;
  (part.querySelector("a, button, input:enabled") ?? heading).focus({ preventScroll: true });
}

// What was chosen stays chosen when its part is swapped, also when it could not be chosen for a while.
const boxes = (of) => [...of.querySelectorAll("input[type=checkbox]:enabled")];
const key = (box) => `${box.name}=${box.value}`;
const chosen = new Map(root ? boxes(root).filter((box) => !box.checked).map((box) => [key(box), false]) : []);
root?.addEventListener("change", ({ target }) => chosen.set(key(target), target.checked));
const keepChoice = (part) => boxes(part).forEach((box) => (box.checked = chosen.get(key(box)) ?? box.checked));

function swap(old, fresh) {
  const focused = old.contains(document.activeElement);
  keepChoice(fresh);
  fresh.classList.add("swapped");
  old.replaceWith(fresh);
  if (focused) settle(fresh);
}

// Swaps the parts that differ; keeps the focus and tells a screen reader once.
export function adopt(next) {
  const said = [];
  let changed = 0;
  const fresh = parts(next);
  rows?.arrange(root, next);
  const shown = new Map(parts(root).map((part) => [nameOf(part), part]));
  for (const part of fresh) {
    const [old, was] = [shown.get(nameOf(part)), known.get(nameOf(part))];
    if (!old || was?.mark === mark(part)) continue;
    note(part);
    if (isRow(part)) {
      const row = part.querySelector("th").textContent.trim().replace(/\s+/g, " ");
      said.push(part.querySelector(".badge") ? row : `${row} ${root.dataset.quiet}`);
      changed += 1;
    } else if (part.dataset.say) said.push(part.dataset.say);
    // What is new in a list, or came with the part around it, stands there already.
    if (root.contains(part)) continue;
    if (was?.copy) rows.patch(old, was.copy, part);
    else swap(old, part);
  }
  if (said.length) document.getElementById("say").textContent = changed > 3 ? root.dataset.many.replace("{}", changed) : said.join(" ");
  root.dispatchEvent(new Event("adopted"));
}

// Pages with lists bring data-many; the others do without what lists need.
const rows = root?.dataset.many && (await import("./rows.js")).rows({ nameOf, settle, swap });
if (root?.dataset.liveUrl) follow();

function follow() {
  const line = document.getElementById("link-line");
  let socket, timer, running, again, opening, answered, failures = 0, over = false;
  // When the page was as the server has it, when it last renewed its lease, and when it was last awake.
  let current = Date.now(), renewed = current, awake = current;
  const open = () => socket?.readyState === WebSocket.OPEN;

  const show = (state) => {
    const since = line.querySelector("time");
    if (state === "stale" && since) {
      since.textContent = stamp(current);
      since.dateTime = stamp(current).replace(/ (?=[+-])/, "");
    }
    line.hidden = false;
    for (const text of line.children) text.hidden = text.dataset.link !== state;
  };
  const stop = (state) => {
    over = true;
    drop();
    show(state);
  };
  // Gives the link up; what it still says is not listened to.
  const drop = () => {
    clearTimeout(timer);
    const old = socket;
    socket = undefined;
    old?.close();
  };

  // Whether the page is as the server has it.
  async function refresh() {
    if (running) {
      again = true;
      return running;
    }
    running = load().catch(() => false);
    const fresh = await running;
    running = undefined;
    if (!again) return fresh;
    again = false;
    return refresh();
  }
  async function load() {
    const asked = Date.now();
    const answer = await fetch(location.pathname + location.search, { headers: { "X-Live": root.dataset.watch }, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (signedOut(answer)) stop("ended");
    else if (answer.status >= 400 && answer.status < 429) stop("stale");
    const next = answer.ok && !over && parse(await answer.text()).getElementById("live");
    if (!next) return false;
    adopt(next);
    root.dataset.ticket = next.dataset.ticket ?? "";
    current = asked;
    if (open()) show("on");
    return true;
  }

  function connect() {
    const address = new URL(root.dataset.liveUrl, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("ticket", root.dataset.ticket);
    const mine = (socket = new WebSocket(address));
    let settled;
    mine.onopen = () => {
      if (mine !== socket) return;
      show("on");
      settled = setTimeout(() => (failures = 0), SETTLED);
      // What changed between the page and the link.
      refresh();
    };
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      answered = true;
      if (data === "changed") refresh();
    };
    mine.onclose = () => {
      clearTimeout(settled);
      if (mine === socket && !over) retry();
    };
  }

  // At once the first time, then later and later, never all pages together; not while nobody looks.
  function retry() {
    drop();
    if (failures > 0) show("stale");
    if (document.hidden) return;
    const wait = failures === 0 ? 0 : Math.min(LONGEST, 1000 * 2 ** failures);
    failures += 1;
    timer = setTimeout(reopen, wait * (0.5 + Math.random() / 2));
  }
  async function reopen() {
    if (over || opening) return;
    clearTimeout(timer);
    opening = true;
    const fresh = await refresh();
    opening = false;
    if (over) return;
    if (fresh) connect();
    else retry();
  }

  // Renews the lease, and asks the link whether its other end is still there.
  async function renew() {
    renewed = Date.now();
    const mine = socket;
    answered = false;
    mine.send("ping");
    setTimeout(() => mine === socket && !answered && !over && retry(), ANSWER);
    if (!(await refresh()) && !over) show("stale");
  }
  function wake() {
    if (over || document.hidden) return;
    if (open()) renew();
    else if (socket?.readyState !== WebSocket.CONNECTING) reopen();
  }

  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("offline", () => {
    if (over) return;
    show("stale");
    retry();
  });
  // A computer that slept missed some ticks.
  setInterval(() => {
    const now = Date.now();
    const slept = now - awake > 3 * TICK;
    awake = now;
    if (slept && !document.hidden) wake();
    else if (open() && now - renewed >= RENEW) renew();
  }, TICK);
  connect();
}

// A moment as the pages write it, in the person's zone, of which the page brings the minutes.
function stamp(at) {
  const minutes = Number(document.documentElement.dataset.offset);
  const iso = (time) => new Date(time).toISOString();
  return `${iso(at + minutes * 60_000).slice(0, 19).replace("T", " ")} ${minutes < 0 ? "-" : "+"}${iso(Math.abs(minutes) * 60_000).slice(11, 16).replace(":", "")}`;
}
