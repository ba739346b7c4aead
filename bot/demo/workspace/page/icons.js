// Draws the page's own icons, as SVG made here: nothing is loaded, and nobody's artwork is used.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  app: "M4 8l8-4 8 4v8l-8 4-8-4z M4 8l8 4 8-4 M12 12v8",
  arrow: "M12 5v14 M6 13l6 6 6-6",
  back: "M15 5l-7 7 7 7",
  braces: "M9 4c-3 0-2 3-2 5s-1 3-3 3c2 0 3 1 3 3s-1 5 2 5 M15 4c3 0 2 3 2 5s1 3 3 3c-2 0-3 1-3 3s1 5-2 5",
  check: "M5 12l5 5 9-10",
  close: "M6 6l12 12 M18 6L6 18",
  clock: "M12 4a8 8 0 100 16 8 8 0 000-16 M12 8v5l3 2",
  down: "M6 9l6 6 6-6",
  eye: "M2 12s4-6 10-6 10 6 10 6-4 6-10 6S2 12 2 12z M12 9.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5",
  file: "M6 3h8l4 4v14H6z M14 3v4h4 M9 12h6 M9 16h6",
  hash: "M9 4L7 20 M17 4l-2 16 M4 9h16 M3 15h16",
  home: "M4 11l8-7 8 7 M6 10v10h12V10",
  lock: "M6 11h12v9H6z M9 11V8a3 3 0 016 0v3",
  menu: "M4 7h16 M4 12h16 M4 17h16",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  picture: "M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4 M15 9h.01",
  play: "M4 5h16v14H4z M10 9l5 3-5 3z",
  reply: "M4 5h16v11H11l-5 4v-4H4z",
  send: "M4 12L20 4l-5 16-3-7z",
  swap: "M7 4L3 8l4 4 M3 8h14 M17 12l4 4-4 4 M21 16H7",
  call: "M6 4h4l1 5-2 1c1 3 3 5 5 5l1-2 5 1v4c-8 2-16-6-14-14",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8 M12 2v2 M12 20v2 M2 12h2 M20 12h2 M5 5l1.5 1.5 M17.5 17.5L19 19 M19 5l-1.5 1.5 M6.5 17.5L5 19",
  warning: "M12 4l9 16H3z M12 10v4 M12 17h.01",
};

/** An icon by name; decoration, so that its meaning must stand beside it in words. */
export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("class", `icon icon-${name}`);
  drawn.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  drawn.append(path);
  return drawn;
}
