// A form is sent once: until the answer is there its button waits and says so.
const waiting = new WeakMap();

export function busy(form, on) {
  const button = form.querySelector("[data-working]");
  clearTimeout(waiting.get(form)?.timer);
  if (on) {
    const label = button?.textContent;
    // A quick answer shows no flicker.
    const timer = setTimeout(() => button && (button.textContent = button.dataset.working), 400);
    waiting.set(form, { label, timer });
    button?.setAttribute("aria-disabled", "true");
  } else if (waiting.has(form)) {
    if (button) button.textContent = waiting.get(form).label;
    button?.removeAttribute("aria-disabled");
    waiting.delete(form);
  }
}

document.addEventListener("submit", (event) => {
  if (event.submitter?.formMethod === "dialog" || event.target.method !== "post") return;
  if (waiting.has(event.target)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    busy(event.target, true);
  }
});

// A page that comes back from the browser's memory is ready to be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) busy(form, false);
});

// A way on that waits for a tick (ST-026); without this, the browser and the server ask for it.
for (const form of document.querySelectorAll("[data-ticks]")) {
  const [tick, button] = [form.querySelector("[type=checkbox]"), form.querySelector("button")];
  const follow = () => (button.disabled = !tick.checked);
  tick.addEventListener("change", follow);
  addEventListener("pageshow", follow);
  follow();
}
