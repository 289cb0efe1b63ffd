// The commands that show alerts and charts for a capture.

import { copyButton, element } from "./dom.js";

/** @param {HTMLElement} place @param {string} name the capture's file name, or nothing */
export function showDetections(place, name) {
  if (!name) {
    place.replaceChildren();
    return;
  }
  place.replaceChildren(
    element("h3", {}, "Alerts and charts"),
    element("p", { class: "soft" }, "Run the Microsoft Sentinel analytics rules and workbook against this capture on your machine. In an eset-filter checkout, with the path to the file:"),
    ...["alerts", "workbook"].map((target) => command(target, name)));
}

function command(target, name) {
  const text = `make ${target} CAPTURE=${quoted(name)}`;
  return element("div", { class: "command" }, element("code", {}, text), copyButton("Copy", () => text));
}

/** Quotes a file name for a shell and make. @param {string} name */
export function quoted(name) {
  const escaped = name.replaceAll("$", "$$$$");
  return /^[\w.,:=@%+/-]+$/.test(escaped) ? escaped : `'${escaped.replaceAll("'", "'\\''")}'`;
}
