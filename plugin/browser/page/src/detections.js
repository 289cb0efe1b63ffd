// What to run to see alerts and charts of a capture.

import { copyButton, element } from "./dom.js";

/** @param {HTMLElement} place @param {string} name the capture's file name, or nothing */
export function showDetections(place, name) {
  if (!name) {
    place.replaceChildren();
    return;
  }
  place.replaceChildren(
    element("h3", {}, "Alerts and charts"),
    element("p", { class: "soft" }, "The detection rules and the workbook for Microsoft Sentinel run over this capture on your machine. In a checkout of eset-filter, with the path of the file:"),
    ...["alerts", "workbook"].map((target) => command(target, name)));
}

function command(target, name) {
  const text = `make ${target} CAPTURE=${quoted(name)}`;
  return element("div", { class: "command" }, element("code", {}, text), copyButton("Copy", () => text));
}

/** A file name as a shell and make take it. @param {string} name */
export function quoted(name) {
  const escaped = name.replaceAll("$", "$$$$");
  return /^[\w.,:=@%+/-]+$/.test(escaped) ? escaped : `'${escaped.replaceAll("'", "'\\''")}'`;
}
