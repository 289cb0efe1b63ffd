// Draws a part's rows as a bar or line chart over time or as a pie chart, like Azure.

import { numberText } from "./dom.js";

const COLOURS = {
  light: ["#2f6fdb", "#e0762b", "#1f9a83", "#c23b7a", "#8458c9", "#b48a12", "#3b9ac9", "#cf4848", "#5e8f3c", "#77808c", "#8a2f2f",
    "#4f5fb3"],
  dark: ["#6aa5ff", "#f49a5c", "#4cc7ae", "#ec78ac", "#b194f0", "#dfbb4b", "#72c5ec", "#f27f7f", "#94c472", "#8993a0", "#c25555",
    "#98a6f2"],
};
// The names with a fixed colour.
const NAMED = {
  Fatal: 10, Critical: 7, Error: 1, Warning: 5, Notice: 6, Information: 0,
  ok: 2, truncated: 1, malformed: 7, text: 9, notification: 4, Others: 9,
};
const MOST_STEPS = 400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function chart(body, show, rows) {
  const theme = document.documentElement.dataset.theme;
  const style = getComputedStyle(document.documentElement);
  const look = Object.fromEntries(["text", "line", "card", "soft"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
  const made = echarts.init(body, null, { renderer: "canvas" });
  const options = show === "piechart" ? pie(rows, theme, look) : overTime(show, rows, theme, look);
  made.setOption({ animation: false, color: COLOURS[theme], textStyle: { color: look.text, fontFamily: "inherit" }, ...options });
  return made;
}

const colour = (name, theme) => (name in NAMED ? { color: COLOURS[theme][NAMED[name]] } : {});

function tooltip(look) {
  return { backgroundColor: look.card, borderColor: look.line, textStyle: { color: look.text }, confine: true };
}

function legend(look, place) {
  return { type: "scroll", itemWidth: 14, itemHeight: 10, textStyle: { color: look.text, width: 160, overflow: "truncate" },
    pageTextStyle: { color: look.text }, pageIconColor: look.soft, tooltip: { show: true }, ...place };
}

function pie(rows, theme, look) {
  const [name, count] = Object.keys(rows[0]);
  const data = rows.map((row) => ({ name: row[name], value: row[count], itemStyle: colour(row[name], theme) }));
  return {
    tooltip: { ...tooltip(look), trigger: "item", valueFormatter: (value) => numberText(value) },
    legend: legend(look, { orient: "vertical", left: "52%", top: "middle",
      formatter: (label) => `${numberText(rows.find((row) => row[name] === label)[count])}  ${label}` }),
    series: [{ type: "pie", radius: ["42%", "70%"], center: ["25%", "50%"], label: { show: false },
      itemStyle: { borderColor: look.card, borderWidth: 1 }, data }],
  };
}

function overTime(show, rows, theme, look) {
  const columns = Object.keys(rows[0]);
  const time = columns.find((column) => column === "TimeGenerated");
  const label = columns.find((column) => typeof rows[0][column] === "string" && column !== time);
  const counts = columns.filter((column) => column !== time && column !== label);
  const times = steps(rows.map((row) => Date.parse(row[time])));
  const at = new Map(times.map((value, index) => [value, index]));
  const series = new Map();
  for (const row of rows) {
    for (const count of counts) {
      const name = label ? row[label] : count;
      if (!series.has(name)) series.set(name, times.map(() => null));
      series.get(name)[at.get(Date.parse(row[time]))] = row[count];
    }
  }
  const bars = show === "barchart";
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  const last = ([name]) => (name === "Others" ? 1 : 0);
  const named = [...series].sort((one, other) => (bars ? last(one) - last(other) || total(other[1]) - total(one[1]) : 0));
  return {
    tooltip: { ...tooltip(look), trigger: bars ? "item" : "axis", valueFormatter: (value) => (value ? numberText(value) : "0") },
    legend: legend(look, { bottom: 0 }),
    grid: { left: 8, right: 34, top: 14, bottom: 34, containLabel: true },
    xAxis: { type: "category", data: times.map((value) => stamp(value, times)), axisLabel: { color: look.soft, hideOverlap: true },
      axisLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "value", axisLabel: { color: look.soft }, splitLine: { lineStyle: { color: look.line } } },
    series: named.map(([name, data]) => ({
      name, data, type: bars ? "bar" : "line", stack: bars ? "all" : undefined, showSymbol: true, symbolSize: 4, connectNulls: true,
      barMaxWidth: 40, itemStyle: colour(name, theme),
    })),
  };
}

// The distinct times of the rows, with the steps between them that have no row.
function steps(given) {
  const times = [...new Set(given)].sort((one, other) => one - other);
  const apart = times.slice(1).map((value, index) => value - times[index]);
  const step = Math.min(...apart);
  const span = times[times.length - 1] - times[0];
  if (!apart.length || span / step > MOST_STEPS || apart.some((distance) => distance % step)) return times;
  return Array.from({ length: span / step + 1 }, (_, index) => times[0] + index * step);
}

function stamp(value, times) {
  const text = new Date(value).toISOString();
  const [day, clock] = [`${text.slice(8, 10)} ${MONTHS[Number(text.slice(5, 7)) - 1]}`, text.slice(11, 16)];
  const step = times.length > 1 ? times[1] - times[0] : 0;
  if (step % 86_400_000 === 0 && step) return day;
  return times[times.length - 1] - times[0] < 86_400_000 ? clock : `${day} ${clock}`;
}
