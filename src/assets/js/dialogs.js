// A link with data-dialog opens its question here instead of on a page of its own; the form goes by fetch, and what the
// answer shows takes the place of what is shown.
import { busy } from "./forms.js";
import { adopt, parse, settle, signedOut } from "./live.js";

const SOON = 300;
const failed = document.getElementById("say")?.dataset.failed;

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-dialog]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const dialog = document.getElementById(link.dataset.dialog);
  dialog.querySelector(".dialog-error").hidden = true;
  // One dialog may ask about several things: the link says which.
  const subject = dialog.querySelector(".subject-name");
  if (subject) {
    dialog.querySelector("form").action = link.href;
    subject.textContent = link.closest("li").querySelector("b").textContent;
  }
  dialog.dataset.opener = link.closest("[data-part]").dataset.part;
  // What will happen is there when it opens, unless that takes long.
  dialog.querySelector(".effects").hidden = true;
  await Promise.race([foretell(dialog), new Promise((resolve) => setTimeout(resolve, SOON))]);
  if (!dialog.open) dialog.showModal();
});

// What the act would do to this user now, from the question's own page; without it the question stands alone.
async function foretell(dialog, headers) {
  try {
    const answer = await fetch(dialog.querySelector("form").action, { headers });
    if (signedOut(answer)) return location.assign(answer.url);
    const effects = parse(await answer.text()).querySelector(".effects");
    if (effects) dialog.querySelector(".effects").replaceWith(effects);
  } catch {}
}

// A change behind an open question changes what it says; asking by itself does not keep the session alive.
const root = document.getElementById("live");
root?.addEventListener("adopted", () => {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) foretell(dialog, { "X-Live": root.dataset.watch });
});

for (const dialog of document.querySelectorAll("dialog")) {
  // The browser gives the focus back to the link; where a live change took the link away, its section gets it.
  dialog.addEventListener("close", () => {
    const focused = document.activeElement;
    if (focused === document.body || dialog.contains(focused)) settle(document.querySelector(`[data-part="${dialog.dataset.opener}"]`));
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const dialog = form.closest("dialog");
  if (!dialog || event.defaultPrevented || event.submitter?.formMethod === "dialog") return;
  event.preventDefault();
  const fail = (text) => Object.assign(dialog.querySelector(".dialog-error"), { hidden: false, textContent: text });
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (signedOut(answer)) return location.assign(answer.url);
    const page = parse(await answer.text());
    if (!answer.ok || !page.getElementById("live")) {
      return fail([...page.querySelectorAll("[data-say]")].map((part) => part.textContent).join(" ") || failed);
    }
    dialog.close();
    adopt(page.getElementById("live"));
    renew(page);
  } catch {
    fail(failed);
  } finally {
    busy(form, false);
  }
});

// The receipt and fresh operation ids: an id stands for one act.
function renew(page) {
  for (const input of document.querySelectorAll("dialog [name=operation]")) {
    const id = input.closest("dialog").id;
    input.value = page.querySelector(`[id="${id}"] [name=operation]`).value;
  }
  const notice = document.getElementById("notice");
  notice.replaceChildren(...page.getElementById("notice").children);
  notice.focus({ preventScroll: true });
  // It stays in view while it is news.
  notice.classList.add("notices-fresh");
  setTimeout(() => notice.classList.remove("notices-fresh"), 8000);
}
