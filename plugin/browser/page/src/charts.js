// SVG charts of messages over time and by type.

import { element, svg } from "./dom.js";
import { number, plural, typeWord } from "./words.js";

const WIDTH = 600, HEIGHT = 150, BASE = 128, TOP = 8, LEFT = 44;
const MOST_NAMED = 7;

/** @param {{ name: string, count: number }[]} types the most frequent first */
export function colours(types) {
  return new Map(types.map(({ name }, at) => [name, at < MOST_NAMED ? `type-${at}` : "type-rest"]));
}

/**
 * @param {{ step: number, first: number, bars: Record<string, number>[], timed: number, outside: number }} time @param {Map<string, string>} classes
 */
export function timeChart({ step, first, bars, timed, outside }, classes) {
  if (!timed) return element("p", { class: "soft" }, "None of these messages contains an event time.");
  const totals = bars.map((bar) => Object.values(bar).reduce((sum, count) => sum + count, 0));
  const most = roundUp(Math.max(...totals));
  const width = (WIDTH - LEFT) / bars.length;
  const height = (count) => (count / most) * (BASE - TOP);
  const columns = bars.flatMap((bar, at) => {
    let top = BASE;
    const title = svg("title", {}, `${stamp(first + at * step, step)}: ${plural(totals[at], "message")}`);
    const parts = Object.entries(bar).sort(([one], [two]) => order(classes, one) - order(classes, two)).map(([name, count]) => {
      top -= height(count);
      return svg("rect", { x: LEFT + at * width, y: top, width: Math.max(width - 1, 0.5), height: height(count), class: classes.get(name) ?? "type-rest" });
    });
    return parts.length ? [svg("g", {}, title, ...parts)] : [];
  });
  const busiest = totals.indexOf(Math.max(...totals));
  const words = `Messages over time: ${number(timed)} from ${stamp(first, step)} to ${stamp(first + (bars.length - 1) * step, step)}, `
    + `peak of ${number(totals[busiest])} at ${stamp(first + busiest * step, step)}.`;
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words, class: "chart" },
    ...[0, most / 2, most].map((value) => line(value, BASE - height(value))), ...columns, ...timeLabels(first, step, bars.length, width));
  return element("div", {}, chart, outside ? element("p", { class: "soft small" }, `${plural(outside, "message")} far outside this period`) : "");
}

const order = (classes, name) => [...classes.keys()].indexOf(name);

function line(value, y) {
  const label = Number.isInteger(value) ? svg("text", { x: LEFT - 6, y: y + 4, class: "axis end" }, number(value)) : "";
  return svg("g", {}, svg("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "grid" }), label);
}

function timeLabels(first, step, length, width) {
  /** @type {[number, string][]} */
  const places = length > 1 ? [[0, "start"], [length - 1, "end"]] : [[0, "start"]];
  return places.map(([at, anchor]) => svg("text", {
    x: anchor === "start" ? LEFT : LEFT + (at + 1) * width, y: HEIGHT - 6, class: `axis ${anchor}`,
  }, stamp(first + at * step, step)));
}

function roundUp(value) {
  const scale = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * scale).find((bound) => bound >= value) ?? value;
}

const DAY = 86_400_000;

function stamp(time, step) {
  const text = new Date(time).toISOString();
  return step >= DAY ? text.slice(0, 10) : text.slice(0, step < 60_000 ? 19 : 16).replace("T", " ");
}

/**
 * Returns the bars of the type chart. Pressing a bar selects its type.
 * @param {{ name: string, count: number }[]} types @param {Map<string, string>} classes
 * @param {string[]} chosen @param {(name: string) => void} choose
 */
export function typeChart(types, classes, chosen, choose) {
  const most = Math.max(1, ...types.map(({ count }) => count));
  return element("ul", { class: "bars", "aria-label": "Messages by event type" }, ...types.map(({ name, count }) => {
    const button = element("button", { type: "button", "aria-pressed": String(chosen.includes(name)), title: name || "Messages without an event type" },
      element("span", { class: "bar-name" }, typeWord(name)),
      svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { x: 0, y: 0, width: (100 * count) / most, height: 10, rx: 1, class: classes.get(name) ?? "type-rest" })),
      element("span", { class: "bar-count" }, number(count)));
    button.addEventListener("click", () => choose(name));
    return element("li", {}, button);
  }));
}
