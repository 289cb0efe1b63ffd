// Draws a part's rows as a grid or as tiles, with the workbook's column settings.

import { element, isTime, numberText, timeText } from "./dom.js";

const BAR = 4;
const HIDDEN = 5;
const LINK = 7;
const USUAL_LIMIT = 250;

// `choose(row)`, if given, is called when the user selects a row. `chosen(row)` returns whether that row is selected.
export function grid(body, rows, settings = {}, { choose, chosen } = {}) {
  const formatters = new Map((settings.formatters ?? []).map((one) => [one.columnMatch, one]));
  const columns = Object.keys(rows[0]).filter((column) => formatters.get(column)?.formatter !== HIDDEN);
  const most = new Map(columns.map((column) => [column, Math.max(...rows.map((row) => Number(row[column]) || 0))]));
  let order = rows;
  let sorted = { column: null, down: false };
  const table = element("table");
  const filter = settings.filter
    ? element("input", { className: "filter", type: "search", placeholder: "Filter", "aria-label": "Filter rows", oninput: draw })
    : null;

  function draw() {
    const wanted = filter?.value.toLowerCase() ?? "";
    const seen = order
      .filter((row) => columns.some((column) => String(row[column] ?? "").toLowerCase().includes(wanted)))
      .slice(0, settings.rowLimit ?? USUAL_LIMIT);
    const head = element("tr", {}, ...columns.map((column) =>
      element("th", { className: isNumber(rows, column) ? "number" : "", scope: "col",
        "aria-sort": sorted.column === column ? (sorted.down ? "descending" : "ascending") : null },
        element("button", { type: "button", onclick: () => sortBy(column) }, label(column)))));
    table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...seen.map(line)));
  }

  function label(column) {
    return settings.labelSettings?.find((one) => one.columnId === column)?.label ?? column;
  }

  function sortBy(column) {
    sorted = { column, down: sorted.column === column ? !sorted.down : isNumber(rows, column) };
    const sign = sorted.down ? -1 : 1;
    order = [...rows].sort((one, other) => sign * compared(one[column], other[column]));
    draw();
  }

  function line(row) {
    const cells = columns.map((column) => cell(row[column], formatters.get(column), most.get(column)));
    if (!choose) return element("tr", {}, ...cells);
    return element("tr", {
      className: "choosable", tabIndex: 0, "aria-selected": String(chosen(row)),
      onclick: () => choose(row),
      onkeydown: (event) => event.key === "Enter" && choose(row),
    }, ...cells);
  }

  draw();
  body.replaceChildren(...[filter, element("div", { className: "grid" }, table)].filter(Boolean));
}

const isNumber = (rows, column) => rows.some((row) => typeof row[column] === "number");

function compared(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one ?? "").localeCompare(String(other ?? ""));
}

function cell(value, formatter, most) {
  if (formatter?.formatter === LINK && /^https?:\/\//.test(value)) {
    return element("td", {}, element("a", { href: value, target: "_blank", rel: "noopener noreferrer" }, value));
  }
  if (typeof value === "number") {
    if (formatter?.formatter !== BAR) return element("td", { className: "number" }, numberText(value, formatter?.numberFormat));
    const red = formatter.formatOptions.palette.startsWith("red");
    const share = (100 * value) / (formatter.formatOptions.max || most || 1);
    return element("td", { className: "number bar", style: { "--bar": red ? "var(--red)" : "var(--blue)", "--share": `${share}%` } },
      numberText(value, formatter.numberFormat));
  }
  if (isTime(value)) return element("td", {}, timeText(value));
  const text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return element("td", { title: text }, text);
}

export function tiles(body, rows, settings) {
  const text = (value) => (typeof value === "number" ? numberText(value) : String(value));
  const of = (row, content) => (content ? text(row[content.columnMatch]) : "");
  body.replaceChildren(element("div", { className: "tiles" }, ...rows.map((row) =>
    element("div", { className: "tile" }, of(row, settings.titleContent), element("b", {}, of(row, settings.leftContent)),
      element("span", {}, of(row, settings.secondaryContent))))));
}
