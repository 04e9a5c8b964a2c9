// Passwords can be looked at while typing, and the rule's parts tick off.
for (const eye of document.querySelectorAll(".eye")) {
  const input = document.getElementById(eye.getAttribute("aria-controls"));
  const show = (on) => {
    input.type = on ? "text" : "password";
    eye.setAttribute("aria-pressed", String(on));
  };
  eye.hidden = false;
  eye.addEventListener("click", () => show(input.type === "password"));
  // What was shown is sent hidden, so that no browser keeps it among its suggestions.
  input.form.addEventListener("submit", () => show(false));
}

const CLASSES = [/[A-Z]/, /[a-z]/, /[0-9]/, /[!-/:-@[-`{-~]/];
const MET = {
  length: (text, min, max) => text.length >= min && text.length <= max,
  upper: (text) => CLASSES[0].test(text),
  digit: (text) => CLASSES[2].test(text),
  symbol: (text) => CLASSES[3].test(text),
  classes: (text, min) => CLASSES.filter((kind) => kind.test(text)).length >= min,
};

const checks = document.getElementById("checks");
if (checks) {
  const input = document.getElementById("new");
  checks.hidden = false;
  input.addEventListener("input", () => {
    for (const item of checks.children) {
      const met = MET[item.dataset.check](input.value, Number(item.dataset.min), Number(item.dataset.max));
      if (met === item.classList.toggle("met", met) && met !== Boolean(item.querySelector(".hidden"))) {
        item.querySelector(".hidden")?.remove();
        if (met) item.append(Object.assign(document.createElement("span"), { className: "hidden", textContent: `: ${checks.dataset.met}` }));
      }
    }
  });
}
