// The right side: the record as a table of fields, and as JSON.

import { element } from "./dom.js";
import { members, string, toJson } from "./json.js";
import { number, visible } from "./words.js";

const ADDITIONAL = "additional_fields";
/** The maximum lengths at which a table value and a JSON member are shown in full, in UTF-16 code units. */
const LONGEST_VALUE = 300, LONGEST_MEMBER = 200_000;
const COLUMNS = ["Field", "Type", "Value", "Azure column", "Source", "Meaning"];

/**
 * @param {HTMLElement} place @param {any} explained @param {string} text @param {Map<string, any>} fields the schema, by key
 */
export function showTable(place, explained, text, fields) {
  const origins = new Map(explained.origins.map((origin) => [origin.key, origin]));
  const rows = members(explained.record).map(({ key, value }, at) => {
    const cells = [element("code", {}, visible(key.replace(`${ADDITIONAL}.`, ""))), ...cellsOf(key, value, origins.get(key), text, fields)];
    return element("tr", { role: "row", "data-key": key, "data-stop": true, tabindex: at ? -1 : 0 },
      ...cells.map((cell, column) => element(column ? "td" : "th", {
        role: column ? "cell" : "rowheader", scope: column ? null : "row", "data-column": COLUMNS[column],
      }, cell)));
  });
  const head = element("tr", { role: "row" }, ...COLUMNS.map((name) => element("th", { scope: "col", role: "columnheader" }, name)));
  place.replaceChildren(element("div", { class: "scrolls" },
    element("table", { role: "table", "aria-label": "Fields of the record" },
      element("thead", { role: "rowgroup" }, head), element("tbody", { role: "rowgroup" }, ...rows))));
}

function cellsOf(key, value, origin, text, fields) {
  const isAdditional = key.startsWith(`${ADDITIONAL}.`);
  const field = fields.get(isAdditional ? ADDITIONAL : key);
  const name = isAdditional ? key.slice(ADDITIONAL.length + 1) : "";
  return [
    isAdditional ? typeOf(value) : field?.type ?? typeOf(value),
    element("span", { class: "value" }, short(value)),
    element("code", {}, isAdditional ? `AdditionalFields.${visible(name)}` : field?.column ?? ""),
    wherefrom(key, origin, text),
    isAdditional ? "Not in the schema, or not of the field's type" : field?.description ?? "",
  ];
}

const typeOf = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

function short(value) {
  const text = visible(typeof value === "string" ? value : toJson(value));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}… (${number(text.length)} characters)` : text;
}

const PARTS = { header: "syslog header", event: "event", wrapper: "wrapper", filter: "added by the filter" };

function wherefrom(key, origin, text) {
  const part = PARTS[origin?.part ?? "filter"];
  const name = origin?.name && text.slice(origin.name.start, origin.name.end).replace(/^"|"$/g, "");
  if (!name || key === name || key === `${ADDITIONAL}.${name}`) return part;
  return [`${part}, as `, element("code", {}, visible(name))];
}

/** @param {HTMLElement} place @param {any} record */
export function showJson(place, record) {
  const lines = [];
  const entries = Object.entries(record);
  entries.forEach(([key, value], at) => {
    const comma = at < entries.length - 1 ? "," : "";
    const isMap = key === ADDITIONAL && value && typeof value === "object";
    if (isMap) lines.push(...additionalLines(value, comma));
    else lines.push(jsonLine(key, `  ${string(key)}: ${toJson(value, "  ")}${comma}`));
  });
  const first = lines.find((line) => line.dataset.stop !== undefined);
  if (first) first.tabIndex = 0;
  place.replaceChildren(element("pre", { class: "json scrolls" }, "{\n", ...lines, "}"));
}

function additionalLines(value, comma) {
  const inner = Object.entries(value);
  return [
    element("span", {}, `  ${string(ADDITIONAL)}: {\n`),
    ...inner.map(([name, item], at) => jsonLine(`${ADDITIONAL}.${name}`,
      `    ${string(name)}: ${toJson(item, "    ")}${at < inner.length - 1 ? "," : ""}`)),
    element("span", {}, `  }${comma}\n`),
  ];
}

function jsonLine(key, text) {
  const shown = text.length > LONGEST_MEMBER ? `${text.slice(0, LONGEST_MEMBER)}… (${number(text.length)} characters; Copy as JSON copies all)` : text;
  return element("span", { "data-key": key, "data-stop": true, tabindex: -1 }, `${shown}\n`);
}
