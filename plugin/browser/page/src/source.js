// The left side: the message as received, with each field marked.

import { element } from "./dom.js";
import { pieces } from "./places.js";
import { number, visible } from "./words.js";

/** The length shown of a longer text until the rest is requested, in UTF-16 code units. */
const MOST_SHOWN = 40_000;

/** @param {HTMLElement} place @param {string} text @param {any[]} explained @param {number} current */
export function showSource(place, text, explained, current) {
  place.replaceChildren();
  place.scrollTop = 0;
  if (!text) {
    place.append(element("p", { class: "soft" }, "No message yet. Paste one above, or choose an example."));
    return;
  }
  draw(place, text, explained, current, MOST_SHOWN);
}

function draw(place, text, explained, current, most) {
  const parts = pieces(text, explained, explained[current]?.origins ?? []).filter(({ start }) => start < most);
  const shown = element("pre", {}, ...parts.map((piece) => mark(piece, text, most)));
  const first = shown.querySelector("[data-stop]");
  if (first) first.tabIndex = 0;
  place.replaceChildren(shown);
  if (explained[current]?.record.parse_status === "truncated" && text.length <= most) {
    shown.append(element("span", { class: "cut" }, " ✂ cut here"));
  }
  if (text.length > most) {
    const rest = element("button", { type: "button" }, `Show all ${number(text.length)} characters`);
    rest.addEventListener("click", () => draw(place, text, explained, current, Infinity));
    place.append(rest);
  }
}

/** @param {import("./places.js").Piece} piece @param {string} text @param {number} most */
function mark({ start, end, kind, key, role, also }, text, most) {
  const words = visible(text.slice(start, Math.min(end, most)));
  if (role === "value") {
    const names = [key, ...also].join(", ");
    const marked = element("mark", { class: kind === "header" ? "in-header" : "in-event", "data-key": key, "data-stop": true, tabindex: -1,
      title: names, role: "button", "aria-label": `${names}: ${words}` }, words);
    return also.reduce((inner, other) => element("span", { "data-key": other }, inner), marked);
  }
  if (role === "name") return element("span", { class: "is-name", "data-key": key }, words);
  return element("span", { class: kind === "outside" ? "is-outside" : kind === "header" ? "is-header" : "is-payload" }, words);
}
