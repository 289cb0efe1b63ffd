// The switches for the filter options.

import { element } from "./dom.js";

const SWITCHES = [
  { name: "raw", label: "raw_message", choices: [["on_error", "if the status is not ok"], ["always", "always"], ["never", "never"]] },
  { name: "heartbeats", label: "Heartbeats", choices: [["drop", "dropped"], ["keep", "kept"]] },
  { name: "syslog", label: "Syslog header", choices: [["hostname", "host only"], ["all", "all fields"]] },
  { name: "limit", label: "Record size limit", choices: [["524288", "512 KiB (shipper default)"], ["65536", "64 KiB"], ["none", "none (command default)"]] },
];

/** @param {HTMLElement} place @param {import("./settings.js").Settings} settings */
export function showOptions(place, settings) {
  for (const { name, label, choices } of SWITCHES) {
    const buttons = choices.map(([value, words]) => radio(name, value, words, settings));
    place.append(element("div", { class: "option", role: "radiogroup", "aria-label": label },
      element("span", { class: "option-name", "aria-hidden": "true" }, label),
      element("span", { class: "segments" }, ...buttons)));
  }
}

function radio(name, value, words, settings) {
  const input = element("input", { type: "radio", name: `option-${name}`, value });
  input.checked = settings.get(name) === value;
  input.addEventListener("change", () => settings.set(name, value));
  settings.addEventListener("change", () => (input.checked = settings.get(name) === value));
  return element("label", {}, input, element("span", {}, words));
}
