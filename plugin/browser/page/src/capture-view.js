// The capture section: counts, charts, and the message list with its search and filters.

import { colours, timeChart, typeChart } from "./charts.js";
import { showDetections } from "./detections.js";
import { byId, element } from "./dom.js";
import { Filters } from "./filters.js";
import { List } from "./list.js";
import { number, plural } from "./words.js";

export class CaptureView {
  #client;
  #filters;
  #list;
  #asked = 0;
  #stop = new AbortController();
  #isOpen = false;
  #showProblem;

  /**
   * @param {import("./client.js").Client} client @param {import("./settings.js").Settings} settings
   * @param {(at: number) => void} choose shows a message from the list
   * @param {(error: any) => void} showProblem
   */
  constructor(client, settings, choose, showProblem) {
    this.#client = client;
    this.#showProblem = showProblem;
    this.#list = new List(byId("list"), byId("list-head"), (from, to) => client.call("rows", { from, to }), choose);
    this.#filters = new Filters(byId("filters"), settings, () => this.find());
    settings.addEventListener("change", (event) => {
      if (["status", "format", "type"].includes(/** @type {CustomEvent} */ (event).detail.name)) this.find();
    });
  }

  /**
   * Shows an opened capture. A single message has no list.
   * @param {{ messages: number, records: number, notes: string[] }} opened @param {string} name
   */
  async open(opened, name) {
    this.#isOpen = opened.messages > 1;
    byId("capture").hidden = !this.#isOpen;
    byId("capture-name").textContent = `${name ? `${name}: ` : ""}${plural(opened.messages, "message")}, ${plural(opened.records, "record")}`;
    byId("capture-notes").replaceChildren(...opened.notes.map((note) => element("p", { class: "problem", role: "alert" }, note)));
    showDetections(byId("detections"), this.#isOpen ? name : "");
    await this.find(true);
  }

  /** Clears the filters, which do not carry over to the next capture. */
  reset() {
    this.#filters.reset();
  }

  /** Finds the messages that match the filters. @param {boolean} [isFirst] whether to show the first match */
  async find(isFirst = this.#isOpen) {
    const turn = (this.#asked += 1);
    this.#stop.abort();
    this.#stop = new AbortController();
    try {
      const answer = await this.#client.call("find", { wanted: this.#filters.wanted }, { signal: this.#stop.signal });
      if (turn !== this.#asked) return;
      this.#show(answer);
      if (isFirst && answer.count) this.#list.activate(0);
    } catch (error) {
      if (turn === this.#asked) this.#showProblem(error);
    }
  }

  #show({ count, types, time, all }) {
    if (this.#isOpen) {
      const classes = colours(all.types);
      byId("charts").replaceChildren(
        element("figure", {}, element("figcaption", {}, "Over time"), timeChart(time, classes)),
        element("figure", {}, element("figcaption", {}, "By event type"), typeChart(types, classes, this.#filters.types, (name) => {
          this.#filters.toggleType(name);
          if (!name) this.find();
        })));
      this.#filters.offer(all);
      byId("found").textContent = count ? `${plural(count, "message")} found` : "No messages match. Change the search or the filters.";
      byId("list").style.setProperty("--lines", String(Math.min(count, 10)));
    }
    this.#list.show(count);
    byId("list").setAttribute("aria-label", `Messages (${number(count)})`);
  }
}
