// A link with data-dialog opens its question here instead of on a page of its own: the form comes from that page, so it says
// what is so now, and goes by fetch; what the answer shows takes the place of what is shown.
import { busy } from "./forms.js";
import { adopt, parse, settle, signedOut } from "./live.js";

const SOON = 300;

const dialog = document.getElementById("dialog");
const root = document.getElementById("live");
const error = dialog?.querySelector(".dialog-error");
const wait = dialog?.querySelector(".dialog-wait");
// The question that is being asked for or answered; a newer one or closing ends it.
let asking;

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-dialog]");
  if (!dialog || !link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  asking?.abort();
  const mine = (asking = new AbortController());
  dialog.append(error);
  dialog.querySelector("form")?.remove();
  dialog.dataset.opener = link.closest("[data-part]").dataset.part;
  error.hidden = true;
  wait.hidden = false;
  // It opens with its question in it, unless that takes long.
  const asked = ask(link.href, mine);
  await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, SOON))]);
  if (mine === asking && !dialog.open) dialog.showModal();
});

// The page at an address; who has been logged out goes to the login instead.
async function load(address, init) {
  const answer = await fetch(address, init);
  if (signedOut(answer)) {
    location.assign(answer.url);
    return new Promise(() => {});
  }
  return { ok: answer.ok, page: parse(await answer.text()) };
}

// Puts the question of this page into the dialog, or what keeps it from being asked.
async function ask(address, mine) {
  try {
    const { ok, page } = await load(address, { signal: mine.signal });
    const form = page.querySelector("main form.card-form");
    if (mine !== asking) return;
    if (!ok || !form) return fail(words(page));
    fill(form);
  } catch {
    if (mine === asking) fail(dialog.dataset.failed);
  }
}

function fill(form) {
  form.removeAttribute("class");
  form.querySelector("h1").remove();
  // Here the way back is to close.
  const link = form.querySelector(".dialog-foot a");
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: link.className, textContent: link.textContent });
  cancel.addEventListener("click", () => dialog.close());
  link.replaceWith(cancel);
  const ok = form.querySelector("[data-working]");
  const first = ok.classList.contains("button-danger") ? cancel : ok;
  first.autofocus = true;
  wait.hidden = true;
  form.querySelector(".dialog-foot").before(error);
  dialog.append(form);
  dialog.setAttribute("aria-describedby", "dialog-text");
  if (dialog.open) first.focus();
}

function fail(text) {
  wait.hidden = true;
  Object.assign(error, { hidden: false, textContent: text });
}
const words = (page) => [...page.querySelectorAll("[data-say]")].map((part) => part.textContent).join(" ") || dialog.dataset.failed;

// A change behind an open question changes what it says; asking by itself does not keep the session alive.
root?.addEventListener("adopted", async () => {
  const effects = dialog?.open && dialog.querySelector(".effects");
  if (!effects) return;
  try {
    const { page } = await load(effects.closest("form").action, { headers: { "X-Live": root.dataset.watch } });
    const fresh = page.querySelector(".effects");
    if (fresh) effects.replaceWith(fresh);
  } catch {}
});

dialog?.querySelector(".dialog-close").addEventListener("click", () => dialog.close());
dialog?.addEventListener("close", () => {
  asking?.abort();
  asking = undefined;
  dialog.append(error);
  dialog.removeAttribute("aria-describedby");
  // The browser gives the focus back to the link; where a live change took the link away, its section gets it.
  const focused = document.activeElement;
  if (focused === document.body || dialog.contains(focused)) settle(document.querySelector(`[data-part="${dialog.dataset.opener}"]`));
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  // A form whose answer has to be read leaves for it.
  if (!dialog?.contains(form) || event.defaultPrevented || "leaves" in form.dataset) return;
  event.preventDefault();
  try {
    const { ok, page } = await load(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const live = page.getElementById("live");
    if (!ok || !live) return fail(words(page));
    dialog.close();
    adopt(live);
    tell(page.getElementById("notice"));
  } catch {
    fail(dialog.dataset.failed);
  } finally {
    busy(form, false);
  }
});

// The notice of what was done stays in view while it is news.
function tell(news) {
  const notice = document.getElementById("notice");
  notice.replaceChildren(...news.children);
  notice.focus({ preventScroll: true });
  notice.classList.add("notices-fresh");
  setTimeout(() => notice.classList.remove("notices-fresh"), 8000);
}
