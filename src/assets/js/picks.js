// Lists from which several users are chosen: 「すべて選択」, and the time that is left where it runs. A live change of the list keeps what was chosen.
import { instant } from "./time.js";

const boxes = () => [...document.querySelectorAll(".picks [name]")];
const chosen = new Set();

function show() {
  const all = document.getElementById("pick-all");
  if (!all) return;
  all.closest("label").hidden = false;
  const on = boxes().filter((box) => box.checked).length;
  all.checked = on === boxes().length;
  all.indeterminate = on > 0 && !all.checked;
}

function note(box) {
  if (box.checked) chosen.add(box.name);
  else chosen.delete(box.name);
}

document.addEventListener("change", ({ target }) => {
  if (!target.closest(".picks")) return;
  if (target.id === "pick-all") for (const box of boxes()) box.checked = target.checked;
  boxes().forEach(note);
  show();
});

document.getElementById("live")?.addEventListener("adopted", () => {
  for (const box of boxes()) box.checked = chosen.has(box.name);
  show();
});

// Without this the minutes stand as they were when the page was made.
function tick() {
  for (const time of document.querySelectorAll("[data-ends]")) {
    const left = Math.max(0, Math.ceil((instant(time) - Date.now()) / 1000));
    time.textContent = time.closest("[data-clock]").dataset.clock.replace("#", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
  }
}

// At once, and again on a page that comes back from the browser's memory with its boxes as they were.
function ready() {
  boxes().forEach(note);
  show();
}
addEventListener("pageshow", ready);
ready();
tick();
setInterval(tick, 1000);
