// Finds the messages of a capture that match a filter, and counts them by time and type.

import { FORMATS, STATUSES } from "../words.js";
import { Cancelled } from "./capture.js";

const MOST_BARS = 60;
/** The fraction of messages at either end that may be far from the rest. */
const FEW = 0.05;
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [
  SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3650 * DAY,
];
const BYTES_AT_ONCE = 4 * 1024 * 1024;

/** @typedef {{ text: string, statuses: string[], formats: string[], types: string[] }} Wanted the selection; an empty list matches anything */

/**
 * Returns the positions of the matching messages.
 * @param {import("./capture.js").Capture} capture @param {Wanted} wanted @param {() => boolean} isCancelled
 */
export async function find(capture, wanted, isCancelled) {
  const { summary } = capture;
  const status = bits(wanted.statuses, STATUSES), format = bits(wanted.formats, FORMATS), type = bits(wanted.types, summary.types);
  const { columns } = summary;
  const found = new Uint32Array(summary.size);
  let count = 0;
  for (let at = 0; at < summary.size; at += 1) {
    if ((columns.status[at] & status) && (columns.format[at] & format) && (!type.isSet || columns.type[at] & type.mask)) {
      found[count] = at;
      count += 1;
    }
  }
  const fitting = found.subarray(0, count);
  return wanted.text ? withText(capture, fitting, wanted.text.toLowerCase(), isCancelled) : fitting;
}

function bits(names, all) {
  const mask = names.reduce((set, name) => set | (1 << all.indexOf(name)), 0);
  return all === STATUSES || all === FORMATS ? (names.length ? mask : ~0) : { isSet: names.length > 0, mask };
}

async function withText(capture, indexes, text, isCancelled) {
  const { start, length } = capture.summary.columns;
  const found = [];
  for (let at = 0; at < indexes.length;) {
    let end = at;
    while (end < indexes.length && start[indexes[end]] + length[indexes[end]] - start[indexes[at]] < BYTES_AT_ONCE) end += 1;
    end = Math.max(end, at + 1);
    const batch = indexes.subarray(at, end);
    (await capture.texts(batch)).forEach((message, offset) => {
      if (message.toLowerCase().includes(text)) found.push(batch[offset]);
    });
    if (isCancelled()) throw new Cancelled("Cancelled.");
    at = end;
  }
  return Uint32Array.from(found);
}

/** Counts the messages by status, format and type. */
export function counts({ columns, types }, indexes) {
  const tally = { status: new Uint32Array(32), format: new Uint32Array(32), type: new Uint32Array(32) };
  for (const at of indexes) {
    for (const name of ["status", "format", "type"]) {
      for (let set = columns[name][at]; set; set &= set - 1) tally[name][31 - Math.clz32(set & -set)] += 1;
    }
  }
  const named = (names, counted) => names.map((name, bit) => ({ name, count: counted[bit] })).filter(({ count }) => count);
  const other = { name: "(other types)", count: tally.type[31] };
  return {
    statuses: named(STATUSES, tally.status),
    formats: named(FORMATS, tally.format),
    types: [...named(types, tally.type), ...(other.count ? [other] : [])].sort((one, two) => two.count - one.count),
  };
}

/** Returns the range of sorted times without the few outliers that would stretch it: wrong clocks and late reports. */
function usualRange(times) {
  const first = times[0], last = times[times.length - 1];
  const few = Math.floor(times.length * FEW);
  const from = times[few], to = times[times.length - 1 - few];
  if (to - from > (last - first) / 4) return { first, last };
  const margin = (to - from) / 4;
  return { first: Math.max(first, from - margin), last: Math.min(last, to + margin) };
}

/** Counts the messages over time by event type, in at most sixty steps of equal length. */
export function overTime({ columns, types }, indexes) {
  const times = Float64Array.from(indexes, (at) => columns.time[at]).filter((time) => !Number.isNaN(time)).sort();
  const timed = times.length;
  if (!timed) return { step: 0, first: 0, bars: [], timed, outside: 0 };
  const { first, last } = usualRange(times);
  const step = STEPS.find((length) => Math.floor(last / length) - Math.floor(first / length) < MOST_BARS) ?? STEPS[STEPS.length - 1];
  const start = Math.floor(first / step) * step;
  const bars = Array.from({ length: Math.floor((last - start) / step) + 1 }, () => ({}));
  for (const at of indexes) {
    const time = columns.time[at];
    const bar = bars[Math.floor((time - start) / step)];
    if (!bar) continue;
    const bit = 31 - Math.clz32(columns.type[at] & -columns.type[at]);
    const name = types[bit] ?? "(other types)";
    bar[name] = (bar[name] ?? 0) + 1;
  }
  const outside = times.filter((time) => time < start || time >= start + bars.length * step).length;
  return { step, first: start, bars, timed, outside };
}
