// The controls of the workbook's parameters: a time range, a multi-value list, or a text.

import * as api from "./api.js";
import { element } from "./dom.js";

const DROP_DOWN = 2;
const TIME_RANGE = 4;
const ALL = "*";
const UNITS = [[86_400_000, "day"], [3_600_000, "hour"], [60_000, "minute"]];

// Returns the control of a parameter. It calls `changed(value)` when the user changes the value.
export function control(parameter, values, changed) {
  const of = { [TIME_RANGE]: timeRange, [DROP_DOWN]: several }[parameter.type] ?? text;
  return element("div", { className: "parameter", "data-parameter": parameter.name }, ...of(parameter, values, changed));
}

function durationText(milliseconds) {
  const [size, unit] = UNITS.find(([size]) => milliseconds % size === 0);
  const count = milliseconds / size;
  return `Last ${count === 1 ? unit : `${count} ${unit}s`}`;
}

function timeRange(parameter, values, changed) {
  const durations = parameter.typeSettings.selectableValues.map((value) => value.durationMs);
  const chosen = values[parameter.name];
  const id = `parameter-${parameter.name}`;
  const custom = element("span", { hidden: !chosen.startTime });
  const [from, until] = ["From", "Until"].map((name) => element("input", { type: "datetime-local", "aria-label": `${name} (UTC)` }));
  custom.append(from, " to ", until, " UTC");
  for (const input of [from, until]) {
    input.addEventListener("change", () => {
      if (from.value && until.value) changed({ startTime: `${from.value}:00Z`, endTime: `${until.value}:00Z` });
    });
  }
  const select = element("select", { id, onchange: () => {
    custom.hidden = select.value !== "custom";
    if (custom.hidden) changed({ durationMs: Number(select.value) });
  } },
  ...durations.map((value) => element("option", { value: String(value), selected: value === chosen.durationMs }, durationText(value))),
  element("option", { value: "custom", selected: Boolean(chosen.startTime) }, "Custom …"));
  return [element("label", { htmlFor: id }, parameter.label ?? parameter.name), select, custom];
}

function text(parameter, values, changed) {
  const rules = (parameter.typeSettings?.paramValidationRules ?? []).map((rule) => ({ ...rule, pattern: new RegExp(rule.regExp) }));
  const id = `parameter-${parameter.name}`;
  const input = element("input", { id, type: "text", value: values[parameter.name], size: 8, onchange: () => {
    const broken = rules.find((rule) => !rule.pattern.test(input.value));
    input.classList.toggle("invalid", Boolean(broken));
    input.title = broken?.message ?? "";
    if (!broken) changed(input.value);
  } });
  return [element("label", { htmlFor: id }, parameter.label ?? parameter.name), input];
}

function several(parameter, values, changed) {
  const name = parameter.name;
  const labels = new Map([[ALL, "All"]]);
  let chosen = new Set(values[name]);
  const open = element("button", { type: "button", "aria-haspopup": "listbox", "aria-expanded": "false", onclick: toggle }, "All");
  const panel = element("div", { className: "choices", hidden: true });
  const close = (event) => {
    if (event.key === "Escape" || (event.type === "pointerdown" && !panel.parentElement.contains(event.target))) toggle();
  };

  async function toggle() {
    panel.hidden = !panel.hidden;
    open.setAttribute("aria-expanded", String(!panel.hidden));
    for (const kind of ["pointerdown", "keydown"]) {
      if (panel.hidden) document.removeEventListener(kind, close);
      else document.addEventListener(kind, close);
    }
    if (panel.hidden) return;
    panel.textContent = "…";
    try {
      const { rows } = await api.choices(name, values);
      for (const { value, label } of rows) labels.set(value, label);
      show([{ value: ALL, label: "All" }, ...rows]);
    } catch (problem) {
      panel.textContent = problem.message;
    }
  }

  function show(choices) {
    const list = element("ul");
    const search = element("input", { type: "search", placeholder: "Search", "aria-label": `Search ${name}`, oninput: draw });
    function draw() {
      const wanted = search.value.toLowerCase();
      list.replaceChildren(...choices.filter(({ label }) => label.toLowerCase().includes(wanted)).map(({ value, label }) =>
        element("li", {}, element("label", {}, element("input", { type: "checkbox", checked: chosen.has(value), value,
          onchange: (event) => { put(value, event.target.checked); draw(); } }), label))));
    }
    draw();
    panel.replaceChildren(search, list);
    search.focus();
  }

  function put(value, on) {
    if (value === ALL || (!on && chosen.size === 1)) chosen = new Set([ALL]);
    else {
      chosen.delete(ALL);
      if (on) chosen.add(value);
      else chosen.delete(value);
    }
    open.textContent = [...chosen].map((one) => labels.get(one) ?? one).join(", ");
    changed([...chosen]);
  }

  return [element("span", { className: "label" }, parameter.label ?? name), open, panel];
}
