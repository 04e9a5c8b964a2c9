// The rows of lists that are followed live: which come and go, and what changes in those that stay. The functions are live.js's.
export function rows({ nameOf, settle, swap }) {
  // Brings the rows of each list into the order of the fresh one; those that stay are not touched.
  function arrange(root, next) {
    for (const list of next.querySelectorAll("[data-list]")) {
      const old = root.querySelector(`[data-list="${list.dataset.list}"]`);
      if (old) order(old, list);
    }
  }
  function order(old, fresh) {
    const named = new Map([...old.children].map((child) => [nameOf(child), child]));
    const wanted = [...fresh.children].map((child) => named.get(nameOf(child)) ?? child);
    for (const child of [...old.children]) {
      if (wanted.includes(child)) continue;
      const focused = child.contains(document.activeElement);
      child.remove();
      if (focused) settle(old);
    }
    wanted.forEach((child, at) => child !== old.children[at] && old.insertBefore(child, old.children[at] ?? null));
  }

  // Changes in `shown`, which came as `was`, only what `now` has differently.
  const outside = (part) => part.cloneNode().outerHTML + [...part.childNodes].map((node) => (node.nodeType === 3 ? node.data.trim() : "")).join("");
  function patch(shown, was, now) {
    if (was.isEqualNode(now)) return;
    const children = [...shown.children];
    if (outside(was) !== outside(now) || children.length !== was.childElementCount || !children.length) return swap(shown, now.cloneNode(true));
    children.slice(now.childElementCount).forEach((child) => child.remove());
    [...now.children].forEach((child, at) => {
      if (children[at]) return patch(children[at], was.children[at], child);
      const fresh = child.cloneNode(true);
      fresh.classList.add("swapped");
      shown.append(" ", fresh);
    });
  }

  return { arrange, patch };
}
