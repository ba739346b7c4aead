// Light or dark: as the system says, or as the reader chose in this browser.

const KEY = "theme";
const NEXT = { "": "dark", dark: "light", light: "" };
const NAMES = { "": "Theme: as the system", dark: "Theme: dark", light: "Theme: light" };

/** Put on what was chosen before. */
export function wear() {
  put(chosen());
}

/** The next of: as the system, dark, light; its name. */
export function turn() {
  put(NEXT[chosen()]);
  return named();
}

export function named() {
  return NAMES[chosen()];
}

function chosen() {
  return document.documentElement.dataset.theme ?? kept();
}

function put(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it lasts as long as the page.
  }
}

function kept() {
  try {
    const theme = localStorage.getItem(KEY) ?? "";
    return Object.hasOwn(NEXT, theme) ? theme : "";
  } catch {
    return "";
  }
}
