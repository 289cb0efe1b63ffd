// The alerts that the rules raise for the capture, grouped by rule, as Microsoft Sentinel lists them.

import * as api from "./api.js";
import { element, timeText } from "./dom.js";

const AGAIN = 1500;
const MOST = 500;

export function alerts(body) {
  let answer = null;
  let rule = null;
  let waiting = null;
  const rules = element("div");
  const list = element("div");
  const note = element("p");
  body.replaceChildren(
    element("section", { className: "part rules", "data-part": "alert-rules", "data-state": "loading" }, element("h3", {}, "Rules"), note, rules),
    element("section", { className: "part alerts", "data-part": "alerts", "data-state": "loading" }, element("h3", {}, "Alerts"), list),
  );
  load();

  async function load() {
    try {
      answer = await api.alerts();
    } catch (problem) {
      note.textContent = problem.message;
      return;
    }
    if (!rules.isConnected) return;
    draw();
    if (answer.pending) waiting = setTimeout(load, AGAIN);
  }

  function draw() {
    note.textContent = answer.pending ? `${answer.pending} of ${answer.rules.length} rules are still running` : "";
    const count = (name) => answer.alerts.filter((alert) => alert.rule === name).length;
    const sorted = answer.rules.map((one) => ({ ...one, count: count(one.name) })).sort((one, other) => other.count - one.count);
    const line = (name, title, number, hint) => element("tr", { className: "choosable", tabIndex: 0, title: hint, "data-rule": name ?? "",
      "aria-selected": String(rule === name), onclick: () => choose(name), onkeydown: (event) => event.key === "Enter" && choose(name) },
      element("td", {}, title), element("td", { className: "number" }, String(number)));
    const rows = sorted.map((one) => line(one.name, one.title.replace(/^ESET PROTECT - /, ""), one.count, one.description));
    rules.replaceChildren(element("div", { className: "grid" }, element("table", {},
      element("tbody", {}, line(null, "All rules", answer.alerts.length, "Alerts of all rules"), ...rows))));
    const seen = answer.alerts.filter((alert) => rule === null || alert.rule === rule);
    list.replaceChildren(seen.length ? listed(seen) : element("p", { className: "note" }, "No alerts"));
    const state = answer.pending ? "loading" : "drawn";
    for (const part of body.querySelectorAll("[data-part]")) part.dataset.state = state;
  }

  function choose(name) {
    clearTimeout(waiting);
    rule = name;
    draw();
    if (answer.pending) waiting = setTimeout(load, AGAIN);
  }
}

function listed(alerts) {
  const rows = alerts.slice(0, MOST).flatMap((alert) => {
    const details = element("tr", { hidden: true }, element("td", { colSpan: 4 }, element("dl", {}, ...described(alert))));
    const open = () => { details.hidden = !details.hidden; };
    const entities = alert.Entities.map(({ Type, ...values }) => Object.values(values).join(" ")).slice(0, 3).join(", ");
    return [element("tr", { className: "opens", tabIndex: 0, onclick: open, onkeydown: (event) => event.key === "Enter" && open() },
      element("td", {}, element("span", { className: `severity ${alert.AlertSeverity.toLowerCase()}` }, alert.AlertSeverity)),
      element("td", {}, timeText(alert.TimeGenerated)), element("td", {}, alert.DisplayName), element("td", {}, entities)),
    details];
  });
  const head = ["Severity", "Time", "Alert", "Entities"].map((title) => element("th", { scope: "col" }, title));
  const more = alerts.length > MOST ? element("p", {}, `The latest ${MOST} of ${alerts.length} alerts`) : "";
  return element("div", {}, more, element("div", { className: "grid" },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows))));
}

function described(alert) {
  const entities = alert.Entities.map(({ Type, ...values }) => [Type, Object.entries(values).map(([key, value]) => `${key}: ${value}`).join(", ")]);
  const link = alert.AlertLink ? [["Link", alert.AlertLink]] : [];
  const details = Object.entries(alert.CustomDetails).filter(([, value]) => value !== "");
  return [["Rule", alert.AlertName], ["Description", alert.Description], ...entities, ...details, ...link].flatMap(([name, value]) => [
    element("dt", {}, name),
    element("dd", {}, name === "Link" && /^https?:\/\//.test(value)
      ? element("a", { href: value, target: "_blank", rel: "noopener noreferrer" }, value) : value),
  ]);
}
