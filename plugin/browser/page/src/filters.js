// The search field and filters of the message list.

import { element, settled } from "./dom.js";
import { FORMAT_WORDS, STATUS_WORDS, number } from "./words.js";

const SEARCH_DELAY = 200;

export class Filters {
  #settings;
  #search;
  #groups = { status: element("div", { class: "chips", role: "group", "aria-label": "Status" }), format: element("div", { class: "chips", role: "group", "aria-label": "Format" }) };
  /** The selected types. Kept here because the address omits types that are not ESET's. @type {string[]} */
  types = [];

  /** @param {HTMLElement} place @param {import("./settings.js").Settings} settings @param {() => void} changed */
  constructor(place, settings, changed) {
    this.#settings = settings;
    this.#search = element("input", { type: "search", id: "search", placeholder: "Search the messages", "aria-label": "Search the messages", autocomplete: "off" });
    this.#search.addEventListener("input", settled(SEARCH_DELAY, changed));
    this.types = settings.get("type");
    settings.addEventListener("change", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.name === "all") this.types = settings.get("type");
    });
    place.replaceChildren(this.#search, this.#groups.status, this.#groups.format);
  }

  /** @returns {import("./worker/find.js").Wanted} */
  get wanted() {
    return { text: this.#search.value.trim(), statuses: this.#settings.get("status"), formats: this.#settings.get("format"), types: this.types };
  }

  /** Clears the search and the filters for another capture. */
  reset() {
    this.#search.value = "";
    this.types = [];
    for (const name of ["status", "format", "type"]) this.#settings.set(name, []);
  }

  /** @param {string} name */
  toggleType(name) {
    this.types = toggled(this.types, name);
    this.#settings.set("type", this.types.filter((type) => type !== ""));
  }

  /** Shows the available choices. @param {{ statuses: any[], formats: any[] }} all */
  offer({ statuses, formats }) {
    this.#fill("status", statuses, STATUS_WORDS);
    this.#fill("format", formats, FORMAT_WORDS);
  }

  #fill(name, values, words) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.value;
    const chosen = this.#settings.get(name);
    const buttons = values.map(({ name: value, count }) => {
      const button = element("button", { type: "button", class: `chip ${name === "status" ? value : ""}`, "aria-pressed": String(chosen.includes(value)), "data-value": value, title: words[value] },
        name === "format" ? words[value] : value, element("span", { class: "chip-count" }, number(count)));
      button.addEventListener("click", () => this.#settings.set(name, toggled(chosen, value)));
      return button;
    });
    this.#groups[name].replaceChildren(...buttons);
    buttons.find((button) => button.dataset.value === focused)?.focus();
  }
}

const toggled = (values, value) => (values.includes(value) ? values.filter((other) => other !== value) : [...values, value]);
