// The messages of a capture. Only the visible lines are in the document, so millions scroll as smoothly as ten.

import { element } from "./dom.js";
import { chip } from "./verdict.js";
import { FORMAT_WORDS, number, typeWord, visible } from "./words.js";

/** The maximum list height in pixels. Browsers draw nothing far beyond it, so longer lists scroll in larger steps. */
const TALLEST = 8_000_000;
const SPARE = 6;
const HEAD = ["#", "Time (UTC)", "Status", "Format", "Type", "Host", "Summary"];

export class List {
  #place;
  #inner = element("div", { class: "list-inner", role: "presentation" });
  #fetch;
  #choose;
  #count = 0;
  #active = -1;
  #drawn = 0;
  #isAwaiting = false;
  #isStale = false;

  /**
   * @param {HTMLElement} place @param {HTMLElement} head
   * @param {(from: number, to: number) => Promise<any[]>} fetch returns the lines from `from` up to but excluding `to`
   * @param {(at: number) => void} choose
   */
  constructor(place, head, fetch, choose) {
    this.#place = place;
    this.#fetch = fetch;
    this.#choose = choose;
    head.replaceChildren(...HEAD.map((name) => element("span", {}, name)));
    place.replaceChildren(this.#inner);
    place.addEventListener("scroll", () => this.#draw(), { passive: true });
    place.addEventListener("keydown", (event) => this.#pressed(event));
    place.addEventListener("click", ({ target }) => {
      const line = /** @type {HTMLElement} */ (target).closest("[data-at]");
      if (line) this.activate(Number(/** @type {HTMLElement} */ (line).dataset.at));
    });
    new ResizeObserver(() => this.#draw()).observe(place);
  }

  /** Shows another list. @param {number} count the number of lines */
  show(count) {
    this.#count = count;
    this.#active = -1;
    this.#place.scrollTop = 0;
    this.#inner.replaceChildren();
    this.#inner.style.height = `${this.#height}px`;
    this.#isStale = true;
    this.#draw();
  }

  /** Selects a line. @param {number} at */
  activate(at) {
    if (!this.#count) return;
    this.#active = Math.min(Math.max(at, 0), this.#count - 1);
    this.#reveal(this.#active);
    this.#markActive();
    this.#choose(this.#active);
  }

  get #rowHeight() {
    return parseFloat(getComputedStyle(this.#place).getPropertyValue("--row")) || 34;
  }

  get #height() {
    return Math.min(this.#count * this.#rowHeight, TALLEST);
  }

  /** The position of the top line, with a fraction. */
  get #top() {
    const room = this.#height - this.#place.clientHeight;
    const lines = this.#count - this.#place.clientHeight / this.#rowHeight;
    return room > 0 ? (this.#place.scrollTop / room) * lines : 0;
  }

  #reveal(at) {
    const seen = this.#place.clientHeight / this.#rowHeight;
    if (at >= this.#top && at + 1 <= this.#top + seen) return;
    const top = at < this.#top ? at : at + 1 - seen;
    const room = this.#height - this.#place.clientHeight;
    this.#place.scrollTop = (top / (this.#count - seen)) * room;
  }

  /** Draws the visible lines, one draw at a time. Scrolling during a fetch draws again, at the latest position. */
  async #draw() {
    this.#inner.style.height = `${this.#height}px`;
    if (this.#isAwaiting) {
      this.#isStale = true;
      return;
    }
    const rowHeight = this.#rowHeight;
    const top = this.#top;
    const from = Math.max(Math.floor(top) - SPARE, 0);
    const to = Math.min(Math.ceil(top + this.#place.clientHeight / rowHeight) + SPARE, this.#count);
    this.#isAwaiting = true;
    this.#isStale = false;
    const turn = (this.#drawn += 1);
    const scrolled = this.#place.scrollTop;
    try {
      const rows = to > from ? await this.#fetch(from, to) : [];
      if (turn === this.#drawn) this.#inner.replaceChildren(...rows.map((row, at) => this.#line(row, from + at, scrolled + (from + at - top) * rowHeight)));
      this.#markActive();
    } finally {
      this.#isAwaiting = false;
      if (this.#isStale) this.#draw();
    }
  }

  #line(row, at, top) {
    const more = row.records > 1 ? ` +${number(row.records - 1)}` : "";
    const line = element("div", { class: "row", role: "option", id: `line-${at}`, "data-at": at, "aria-setsize": this.#count, "aria-posinset": at + 1,
      "aria-selected": "false" },
      element("span", { class: "number" }, number(row.index + 1)), element("span", { class: "time" }, row.time.slice(0, 19).replace("T", " ")),
      element("span", { class: "status" }, chip(row.status)), element("span", { class: "format" }, FORMAT_WORDS[row.format]),
      element("span", { class: "type" }, row.type ? typeWord(row.type) + more : more), element("span", { class: "host" }, visible(row.host)),
      element("span", { class: "what" }, visible(row.what)));
    line.style.transform = `translateY(${top}px)`;
    return line;
  }

  #markActive() {
    for (const line of this.#inner.children) {
      line.setAttribute("aria-selected", String(Number(line.dataset.at) === this.#active));
    }
    const isDrawn = this.#active >= 0 && this.#inner.querySelector(`#line-${this.#active}`);
    if (isDrawn) this.#place.setAttribute("aria-activedescendant", `line-${this.#active}`);
    else this.#place.removeAttribute("aria-activedescendant");
  }

  #pressed(event) {
    const page = Math.max(Math.floor(this.#place.clientHeight / this.#rowHeight) - 1, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.activate(this.#active + steps[event.key]);
  }
}
