// The keyboard alone on a page: what Tab reaches, in which order, and whether its focus is seen.

/** Everything on the page that can be operated, marked with its place in the order of the page. */
export const mark = () => {
  // Tab starts at the top, whatever had the focus.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  scrollTo(0, 0);
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, [tabindex]")];
  // Of radio buttons of one name the chosen one has the stop, and arrows lead to the others.
  const chosen = (one) => one.type !== "radio" || one.checked || !document.querySelector(`input[type=radio][name="${one.name}"]:checked`);
  const operable = all.filter((one) => chosen(one) && one.tabIndex >= 0 && !one.disabled && one.type !== "hidden" && one.checkVisibility({ visibilityProperty: true }));
  operable.forEach((one, at) => (one.dataset.place = at));
  return operable.map((one) => one.outerHTML.slice(0, 120));
};
/** The place of what has the focus, and what is wrong with how it is seen. */
const look = () => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const ringed = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const box = one.getBoundingClientRect();
  const { left, right, top } = box;
  // Of a large field its first lines are enough.
  const bottom = one.tagName === "TEXTAREA" ? Math.min(box.bottom, top + 60) : box.bottom;
  const wrong = [];
  if (!ringed(one) && !(one.closest(".link-card") && ringed(one.closest(".link-card")))) wrong.push("no focus is seen");
  if (top < -1 || bottom > innerHeight + 1 || left < -1 || right > innerWidth + 1) wrong.push(`out of view: ${[left, top, right, bottom].map(Math.round)}`);
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (!hit || !(one.contains(hit) || hit.contains(one))) wrong.push(`behind ${hit?.outerHTML.slice(0, 80)}`);
  return { place: Number(one.dataset.place), wrong: wrong.map((text) => `${text}: ${one.outerHTML.slice(0, 120)}`) };
};

/** Presses Tab through the whole page. @returns what is wrong */
export async function walk(page) {
  const operable = await page.evaluate(mark);
  const order = [];
  const wrong = [];
  for (let pressed = 0; pressed < 4 * operable.length + 10; pressed += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(look);
    // Behind the last comes the browser itself, or the first again.
    if (!at || (at.place === 0 && order.length > 1)) break;
    wrong.push(...at.wrong);
    // A field for a day has several stops.
    if (order.at(-1) !== at.place) order.push(at.place);
  }
  const missed = operable.filter((_, place) => !order.includes(place));
  if (missed.length) wrong.push(`never reached: ${missed.join(" ")}`);
  if (order.some((place, at) => place !== at)) wrong.push(`out of order: ${order}`);
  return wrong;
}
