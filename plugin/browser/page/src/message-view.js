// The message section: the message on the left, the record on the right, and the configuration for it.

import { byId, copyButton, element } from "./dom.js";
import { toJson } from "./json.js";
import { Link, linkSide } from "./link.js";
import { showJson, showTable } from "./record.js";
import { showReport } from "./report.js";
import { fluentBit, kql, vector, wasmFunction } from "./snippets.js";
import { showSource } from "./source.js";
import { showVerdict } from "./verdict.js";
import { formatOf, number, plural, size } from "./words.js";

const VIEWS = { table: "Table", json: "JSON" };
const encoder = new TextEncoder();
const EMPTY = { text: "", explained: [], isHeartbeat: false };

export class MessageView {
  #given;
  #link = new Link();
  /** @type {{ text: string, explained: any[], isHeartbeat: boolean, index?: number }} */
  #message = EMPTY;
  #current = 0;

  /**
   * @param {{ client: import("./client.js").Client, settings: import("./settings.js").Settings, fields: Map<string, any>, version: string,
   *   showProblem: (error: any) => void }} given
   */
  constructor(given) {
    this.#given = given;
    linkSide(byId("source"), this.#link);
    linkSide(byId("record"), this.#link);
    this.#showTabs();
    given.settings.addEventListener("change", (event) => {
      if (["view", "all"].includes(/** @type {CustomEvent} */ (event).detail.name)) {
        this.#showTabs();
        this.#showRecord();
      }
    });
  }

  /** @param {{ text: string, explained: any[], isHeartbeat: boolean, index?: number }} [message] */
  show(message = EMPTY) {
    this.#message = message;
    this.#current = 0;
    const { text, index } = message;
    byId("message-place").textContent = index === undefined ? "" : `Message ${number(index + 1)}`;
    byId("source-size").textContent = text ? `${plural(text.length, "character")}, ${size(encoder.encode(text).length)}` : "";
    this.#showCurrent();
  }

  #showCurrent() {
    const { text, explained } = this.#message;
    showVerdict(byId("verdicts"), this.#message, this.#current);
    showSource(byId("source"), text, explained, this.#current);
    this.#showRecordChoice();
    this.#showRecord();
    this.#showSnippets();
  }

  #showRecordChoice() {
    const { explained } = this.#message;
    const place = byId("record-choice");
    if (explained.length < 2) {
      place.replaceChildren();
      return;
    }
    const choice = element("select", { "aria-label": "Record" }, ...explained.map((_, at) => element("option", { value: at }, `Record ${at + 1} of ${explained.length}`)));
    choice.value = String(this.#current);
    choice.addEventListener("change", () => {
      this.#current = Number(choice.value);
      this.#showCurrent();
      byId("record-choice").querySelector("select").focus();
    });
    place.replaceChildren(choice);
  }

  #showTabs() {
    const { settings } = this.#given;
    const chosen = settings.get("view");
    const tabs = byId("views");
    const hadFocus = tabs.contains(document.activeElement);
    tabs.replaceChildren(...Object.entries(VIEWS).map(([name, label]) => {
      const tab = element("button", { type: "button", role: "tab", id: `view-${name}`, "aria-selected": String(name === chosen), "aria-controls": "record",
        tabindex: name === chosen ? 0 : -1 }, label);
      tab.addEventListener("click", () => settings.set("view", name));
      tab.addEventListener("keydown", ({ key }) => ["ArrowLeft", "ArrowRight"].includes(key) && settings.set("view", name === "table" ? "json" : "table"));
      return tab;
    }));
    byId("record").setAttribute("aria-labelledby", `view-${chosen}`);
    if (hadFocus) byId(`view-${chosen}`).focus();
  }

  #showRecord() {
    const explained = this.#message.explained[this.#current];
    const place = byId("record");
    byId("record-copy").replaceChildren(...(explained ? [copyButton("Copy as JSON", () => `${toJson(explained.record)}\n`)] : []));
    if (!explained) place.replaceChildren(element("p", { class: "soft" }, this.#message.text ? "This message produces no record." : ""));
    else if (this.#given.settings.get("view") === "json") showJson(place, explained.record);
    else showTable(place, explained, this.#message.text, this.#given.fields);
  }

  #showSnippets() {
    const { settings, fields } = this.#given;
    const { options } = settings;
    const explained = this.#message.explained[this.#current];
    const reads = explained && formatOf(explained.record) !== "json" && formatOf(explained.record) !== "text";
    const blocks = [
      explained && snippet("Find it in Microsoft Sentinel", "A query on the table eset_CL.", kql(explained.record, fields)),
      snippet("Fluent Bit", `For the WASM filter, set function_name to ${wasmFunction(options)}.`, fluentBit(options)),
      snippet("Vector", reads ? "This message needs the Lua module: the VRL program reads only JSON." : "Vector builds without glibc use filter-vrl.yaml instead.", vector(options)),
    ];
    byId("snippets").replaceChildren(...blocks.filter(Boolean), ...(this.#message.text ? [this.#reportBlock()] : []));
  }

  #reportBlock() {
    const button = element("button", { type: "button" }, "Report this message…");
    button.addEventListener("click", async () => {
      const { settings, showProblem, ...given } = this.#given;
      try {
        await showReport(byId("report"), this.#message, { ...given, options: settings.options });
      } catch (error) {
        showProblem(error);
      }
    });
    return element("div", { class: "snippet" }, element("h3", {}, "Something wrong?"),
      element("p", { class: "soft" }, "A report contains the message with placeholders for addresses, names and IDs."), element("div", {}, button));
  }
}

function snippet(title, note, text) {
  return element("div", { class: "snippet" },
    element("div", { class: "heading" }, element("h3", {}, title), copyButton("Copy", () => text)),
    element("p", { class: "soft" }, note), element("pre", { tabindex: 0, "aria-label": title }, text));
}
