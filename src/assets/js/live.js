// Keeps #live as the server has it. A WebSocket says only "changed"; the page then fetches its part over the checked
// session, every 45 s as well, which renews the 60 s lease of the link. A lost link says so and comes back by itself.
const RENEW = 45_000;
const SETTLED = 5_000;
const LONGEST = 30_000;

const root = document.getElementById("live");
const parts = (of) => of.querySelectorAll("[data-part]");
// The parts as they came: scripts add titles and classes, which are no changes. A part in which people choose names its state.
const mark = (part) => part.dataset.state ?? part.outerHTML;
const known = new Map(root ? [...parts(root)].map((part) => [part.dataset.part, mark(part)]) : []);

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");
export const signedOut = (answer) => answer.redirected && new URL(answer.url).pathname === "/login";

// Puts the focus where a vanished control was: its successor, or the heading of its section.
export function settle(part) {
  const heading = part.closest("section")?.querySelector("h2") ?? document.querySelector("h1");
  heading.tabIndex = -1;
  (part.querySelector("a, button, input:enabled") ?? heading).focus({ preventScroll: true });
}

// What was turned off stays off when its part is swapped, also when it could not be chosen for a while.
const off = new Set(root ? [...root.querySelectorAll("input[type=checkbox]:enabled:not(:checked)")].map((box) => box.name) : []);
root?.addEventListener("change", ({ target }) => target.checked ? off.delete(target.name) : off.add(target.name));
function keepChoice(part) {
  for (const box of part.querySelectorAll("input[type=checkbox]:enabled")) if (off.has(box.name)) box.checked = false;
}

// Swaps the parts that differ; keeps the focus and tells a screen reader once.
export function adopt(next) {
  const said = [];
  for (const fresh of parts(next)) {
    const name = fresh.dataset.part;
    const old = root.querySelector(`[data-part="${name}"]`);
    if (!old || known.get(name) === mark(fresh)) continue;
    known.set(name, mark(fresh));
    if (fresh.dataset.say) said.push(fresh.dataset.say);
    const focused = old.contains(document.activeElement);
    keepChoice(fresh);
    fresh.classList.add("swapped");
    old.replaceWith(fresh);
    if (focused) settle(fresh);
  }
  if (said.length) document.getElementById("say").textContent = said.join(" ");
  root.dispatchEvent(new Event("adopted"));
}

if (root?.dataset.liveUrl) follow();

function follow() {
  const line = document.getElementById("link-line");
  let socket, timer, settled, running, again, failures = 0, over = false;

  const show = (state) => {
    line.hidden = false;
    for (const text of line.children) text.hidden = text.dataset.link !== state;
  };
  const stop = (state) => {
    over = true;
    clearTimeout(timer);
    socket?.close();
    show(state);
  };

  // Whether the page is as the server has it.
  async function refresh() {
    if (running) {
      again = true;
      return running;
    }
    running = load().catch(() => false);
    const current = await running;
    running = undefined;
    if (!again) return current;
    again = false;
    return refresh();
  }
  async function load() {
    const answer = await fetch(location.pathname, { headers: { "X-Live": root.dataset.watch }, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (signedOut(answer)) stop("ended");
    else if (answer.status >= 400 && answer.status < 429) stop("stale");
    const next = answer.ok && !over && parse(await answer.text()).getElementById("live");
    if (!next) return false;
    adopt(next);
    root.dataset.ticket = next.dataset.ticket ?? "";
    return true;
  }

  function connect() {
    const address = new URL(root.dataset.liveUrl, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("ticket", root.dataset.ticket);
    const mine = (socket = new WebSocket(address));
    mine.onopen = () => {
      show("on");
      settled = setTimeout(() => (failures = 0), SETTLED);
      // What changed between the page and the link.
      refresh();
    };
    mine.onmessage = (event) => event.data === "changed" && refresh();
    mine.onclose = () => {
      clearTimeout(settled);
      if (mine === socket && !over) retry();
    };
  }

  // At once the first time, then later and later, never all pages together; not while nobody looks.
  function retry() {
    clearTimeout(timer);
    if (failures > 0) show("stale");
    if (document.hidden) return;
    const wait = failures === 0 ? 0 : Math.min(LONGEST, 1000 * 2 ** failures);
    failures += 1;
    timer = setTimeout(reopen, wait * (0.5 + Math.random() / 2));
  }
  async function reopen() {
    clearTimeout(timer);
    if (over) return;
    if (await refresh()) connect();
    else if (!over) retry();
  }
  function wake() {
    if (over || document.hidden) return;
    if (socket?.readyState === WebSocket.OPEN) refresh();
    else if (socket?.readyState !== WebSocket.CONNECTING) reopen();
  }

  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("offline", () => !over && show("stale"));
  addEventListener("pageshow", (event) => event.persisted && wake());
  setInterval(async () => {
    if (socket?.readyState === WebSocket.OPEN && !(await refresh()) && !over) show("stale");
  }, RENEW);
  connect();
}
