// The outcome for the message, in plain words.

import { element } from "./dom.js";
import { FORMAT_WORDS, STATUS_WORDS, advice, formatOf, plural } from "./words.js";

/** @param {string} status */
export const chip = (status) => element("span", { class: `chip ${status}` }, status ?? "no status");

/**
 * @param {HTMLElement} place @param {{ text: string, explained: any[], isHeartbeat: boolean }} message @param {number} current
 */
export function showVerdict(place, { text, explained, isHeartbeat }, current) {
  if (!explained.length) {
    place.replaceChildren(...(text ? [leftOut(isHeartbeat)] : []));
    return;
  }
  const { record, reason } = explained[current];
  const status = record.parse_status;
  place.replaceChildren(element("div", { class: `verdict ${status}` },
    element("p", { class: "verdict-head" }, chip(status), element("strong", {}, STATUS_WORDS[status] ?? ""), " ",
      element("span", { class: "soft" }, `${FORMAT_WORDS[formatOf(record)]}, ${plural(explained.length, "record")}`)),
    element("p", {}, sentence(reason)),
    element("p", { class: "soft" }, advice(status, record, reason))));
}

function leftOut(isHeartbeat) {
  return element("div", { class: "verdict dropped" },
    element("p", { class: "verdict-head" }, chip("dropped"), element("strong", {}, isHeartbeat ? "Heartbeat: no record" : "Empty message: no record")),
    element("p", { class: "soft" }, advice("dropped")));
}

/** @param {string} reason */
function sentence(reason) {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return !text || /[.!?]$/.test(text) ? text : `${text}.`;
}
