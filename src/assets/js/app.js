// The pages work without any of this; it spares reloads, and it follows live connections.
import "./forms.js";
import "./password.js";
import "./dialogs.js";
import "./live.js";
import "./time.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
// What only one page needs comes with that page.
for (const { dataset } of document.querySelectorAll("[data-script]")) import(`./${dataset.script}.js`);

// Where the line of tabs is longer than the screen, the tab of this page is in view, and the one with the focus.
const nav = document.querySelector(".nav");
const show = ({ target }) => (nav.scrollLeft = target.offsetLeft - 99);
nav?.addEventListener("focusin", show);
const tab = nav?.querySelector("[aria-current]");
if (tab) show({ target: tab });

// A receipt is for once: reloading does not show it again.
const address = new URL(location.href);
if (address.searchParams.has("notice")) {
  address.searchParams.delete("notice");
  history.replaceState(null, "", address);
}
