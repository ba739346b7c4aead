// Makes elements: a name, attributes and children in, a node out. It exists so that nothing else does: text goes in
// as text nodes, never as markup, and no attribute can carry script or style.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "tabIndex", "indeterminate"]);
const REFUSED = /^(on|style$|srcdoc$|src$|srcset$)/i;
let made = 0;

/** h("p", {class: "x", on: {click}}, "text", node, [more]) */
export function h(name, given = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(given)) set(node, key, value);
  node.append(...nodes(children));
  return node;
}

/** Children as nodes: strings become text, what is missing is left out. */
export function nodes(children) {
  return children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false);
}

/** An id that is used once in this page. */
export function fresh(prefix) {
  made += 1;
  return `${prefix}-${made}`;
}

/** Text that only screen readers tell. */
export function unseen(text) {
  return h("span", { class: "unseen" }, text);
}

/** A button that is an icon, with its name for those who do not see it. */
export function iconButton(drawn, label, click, given = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click }, ...given }, drawn);
}

function set(node, key, value) {
  if (value === undefined || value === null) return;
  if (key === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (key === "dataset") {
    Object.assign(node.dataset, value);
  } else if (PROPERTIES.has(key)) {
    node[key] = value;
  } else if (REFUSED.test(key)) {
    throw new Error(`attribute ${key} is refused`);
  } else if (value === true || value === false) {
    const spoken = key.startsWith("aria-") ? String(value) : "";
    if (value || spoken) node.setAttribute(key, spoken);
  } else {
    node.setAttribute(key, value);
  }
}
