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

// The tab of this page is in view, where the line of tabs is longer than the screen.
const tab = document.querySelector(".nav [aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - 99;

// A receipt is for once: reloading does not show it again.
const address = new URL(location.href);
if (address.searchParams.has("notice")) {
  address.searchParams.delete("notice");
  history.replaceState(null, "", address);
}
