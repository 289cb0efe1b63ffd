// Links the fields on both sides: pointing at a field on one side highlights it on the other.

/** The field currently pointed at, shared by both sides. */
export class Link extends EventTarget {
  #current = "";

  get current() {
    return this.#current;
  }

  /** @param {string} key @param {HTMLElement} [from] the side that points at the field, which does not scroll */
  point(key, from) {
    if (key === this.#current) return;
    this.#current = key;
    this.dispatchEvent(new CustomEvent("point", { detail: { key, from } }));
  }

  /** @param {string} key @param {HTMLElement} from */
  cross(key, from) {
    this.dispatchEvent(new CustomEvent("cross", { detail: { key, from } }));
  }
}

/**
 * Makes the elements with `data-key` in a side point at their field, with the mouse and with the keyboard. The side is
 * a single tab stop, and arrow keys move within it.
 * @param {HTMLElement} side @param {Link} link
 */
export function linkSide(side, link) {
  const stops = () => /** @type {HTMLElement[]} */ ([...side.querySelectorAll("[data-stop]")]);
  const keyOf = (target) => target.closest?.("[data-key]")?.dataset.key ?? "";

  side.addEventListener("pointerover", ({ target }) => link.point(keyOf(target), side));
  side.addEventListener("pointerleave", () => !side.contains(document.activeElement) && link.point("", side));
  side.addEventListener("focusin", ({ target }) => link.point(keyOf(target), side));
  side.addEventListener("keydown", (event) => {
    const all = stops();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0) return;
    if (event.key === "Enter" || event.key === " ") link.cross(all[at].dataset.key ?? "", side);
    else if (!move(all, at, event.key)) return;
    event.preventDefault();
  });

  link.addEventListener("point", (event) => {
    const { key, from } = /** @type {CustomEvent} */ (event).detail;
    for (const old of side.querySelectorAll(".current")) old.classList.remove("current");
    const marked = matching(side, key);
    for (const place of marked) place.classList.add("current");
    if (from !== side && marked.length) reveal(side, marked[0]);
  });
  link.addEventListener("cross", (event) => {
    const { key, from } = /** @type {CustomEvent} */ (event).detail;
    const [place] = matching(side, key).filter((one) => stopOf(one));
    if (from !== side && place) focusStop(stops(), stopOf(place));
  });
}

const matching = (side, key) => (key ? [...side.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)] : []);

/** Returns the focusable element of a place: itself, or an element inside it if several fields share the place. */
const stopOf = (place) => (place.matches("[data-stop]") ? place : place.querySelector("[data-stop]"));

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

function move(all, at, key) {
  if (!(key in STEPS)) return false;
  focusStop(all, all[Math.min(Math.max(at + STEPS[key], 0), all.length - 1)]);
  return true;
}

function focusStop(all, stop) {
  for (const other of all) other.tabIndex = -1;
  stop.tabIndex = 0;
  stop.focus();
}

/** Scrolls a side without scrolling the page. */
function reveal(side, place) {
  const box = scroller(side);
  const inside = place.getBoundingClientRect(), around = box.getBoundingClientRect();
  if (inside.top < around.top) box.scrollTop += inside.top - around.top - 24;
  else if (inside.bottom > around.bottom) box.scrollTop += inside.bottom - around.bottom + 24;
}

const scroller = (side) => side.querySelector(".scrolls") ?? side;
