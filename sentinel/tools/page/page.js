// Shows the workbook like Azure: its items in order, and the parts of the selected tab for the parameters' values.

import { alerts } from "./alerts.js";
import * as api from "./api.js";
import { chart } from "./charts.js";
import { element, markdown } from "./dom.js";
import { grid, tiles } from "./grids.js";
import { control } from "./parameters.js";

const [TEXT, QUERY, PARAMETERS, LINKS, GROUP] = [1, 3, 9, 11, 12];
const ALERTS = "alerts";
const dark = matchMedia("(prefers-color-scheme: dark)");
const byId = (id) => document.getElementById(id);
const charts = new Map();
let values = {};
let shown = [];
let load = 0;

document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
const answer = await api.start().catch((problem) => {
  byId("parts").append(element("p", { className: "problem" }, problem.message));
});
if (answer) open(answer);

function open({ workbook, values: given, capture, records, now }) {
  values = given;
  byId("capture").textContent = `${capture}: ${records.toLocaleString("en")} records until ${now.slice(0, 16).replace("T", " ")} UTC`;
  for (const item of workbook.items) {
    if (item.type === TEXT) byId("title").append(...markdown(item.content.json));
    if (item.type === PARAMETERS) byId("parameters").append(...controls(item));
  }
  const links = workbook.items.find((item) => item.type === LINKS).content.links;
  const tabs = [...links.map((link) => [link.subTarget, link.linkLabel]), [ALERTS, "Alerts"]];
  byId("tabs").append(...tabs.map(([name, label]) => element("button", {
    type: "button", role: "tab", "data-tab": name, "aria-selected": "false", onclick: () => showTab(workbook, name),
  }, label)));
  const theme = (name) => {
    document.documentElement.dataset.theme = name;
    redraw();
  };
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  addEventListener("resize", () => charts.forEach((drawn) => drawn.resize()));
  addEventListener("hashchange", () => showTab(workbook, asked(tabs)));
  showTab(workbook, asked(tabs));
}

// The tab that the URL names, or the first.
function asked(tabs) {
  return tabs.find(([name]) => `#${name}` === location.hash)?.[0] ?? tabs[0][0];
}

function controls(item) {
  return item.content.parameters.map((parameter) => control(parameter, values, (value) => change(parameter.name, value)));
}

function showTab(workbook, name) {
  history.replaceState(null, "", `#${name}`);
  for (const tab of byId("tabs").children) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  byId("parameters").hidden = name === ALERTS;
  charts.forEach((drawn) => drawn.dispose());
  charts.clear();
  shown = [];
  if (name === ALERTS) {
    alerts(byId("parts"));
    return;
  }
  const group = workbook.items.find((item) => item.type === GROUP && item.conditionalVisibility.value === name);
  byId("parts").replaceChildren(...group.content.items.map(placed));
  refresh(shown);
}

// The element for an item. A part with a query is drawn as soon as its rows arrive.
function placed(item) {
  if (item.type === TEXT) return element("section", { className: "part text" }, ...markdown(item.content.json));
  if (item.type === PARAMETERS) return element("section", { className: "part text inline-parameters" }, ...controls(item));
  const body = element("div", { className: "body" });
  const place = element("section", { className: "part", "data-part": item.name, "data-state": "loading",
    style: { "--width": item.customWidth ?? "100" } }, element("h3", {}, item.content.title), body);
  shown.push({ item, place, body, rows: null });
  return place;
}

function change(name, value) {
  values[name] = value;
  refresh(shown.filter(({ item }) => item.content.query.includes(`{${name}`) || item.conditionalVisibility?.parameterName === name));
}

function refresh(parts) {
  for (const part of parts) {
    const hidden = part.item.conditionalVisibility && !values[part.item.conditionalVisibility.parameterName];
    part.place.hidden = hidden;
    if (hidden) part.place.dataset.state = "hidden";
    else ask(part);
  }
}

async function ask(part) {
  load += 1;
  part.load = load;
  const own = load;
  part.place.dataset.state = "loading";
  let answer;
  try {
    answer = await api.rows(part.item.name, values);
  } catch (problem) {
    answer = { problem: problem.message };
  }
  if (part.load !== own) return;
  Object.assign(part, { rows: null, unavailable: null, problem: null }, answer);
  draw(part);
}

function draw(part) {
  const { item, place, body, rows } = part;
  charts.get(item.name)?.dispose();
  charts.delete(item.name);
  body.className = "body";
  if (!rows?.length) {
    const text = part.problem ?? part.unavailable ?? "The query returned no results.";
    body.replaceChildren(element("p", { className: part.problem ? "note problem" : "note" }, text));
    place.dataset.state = part.problem ? "problem" : "empty";
    if (part.unavailable) place.dataset.state = "unavailable";
    return;
  }
  place.dataset.rows = rows.length;
  const { visualization, gridSettings, tileSettings, exportedParameters } = item.content;
  if (visualization === "table") grid(body, rows, gridSettings, choosing(part, exportedParameters?.[0]));
  else if (visualization === "tiles") tiles(body, rows, tileSettings);
  else {
    body.replaceChildren();
    body.classList.add("chart");
    charts.set(item.name, chart(body, visualization, rows));
  }
  place.dataset.state = "drawn";
}

// Sets the exported parameter when the user selects a row. Selecting the same row again clears it.
function choosing(part, exported) {
  if (!exported) return {};
  const { fieldName, parameterName } = exported;
  return {
    chosen: (row) => values[parameterName] === row[fieldName],
    choose: (row) => {
      change(parameterName, values[parameterName] === row[fieldName] ? "" : row[fieldName]);
      draw(part);
    },
  };
}

function redraw() {
  for (const part of shown) if (part.rows) draw(part);
}
