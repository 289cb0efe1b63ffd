// Measures the time to turn a capture into records, with the package and with a handwritten parser on `JSON.parse`.
// For complete JSON events after one header, the handwritten parser returns the same records, except that it rounds
// integers beyond 2^53.
//
// usage: node plugin/browser/bench.mjs CAPTURE

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { EsetFilter, schema } from "../../dist/npm/index.js";

const ROUNDS = 9;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const kinds = new Map();
const keys = new Map();
const order = schema().filter(({ key }) => key !== "parse_status").map(({ key }) => key);
for (const { key, aliases, type } of schema()) {
  for (const name of [key, ...aliases]) [kinds, keys].forEach((map, at) => map.set(name, [type, key][at]));
}

/** Returns a value in the type of its field, or `undefined` if it does not fit. */
function typed(kind, value) {
  switch (kind) {
    case "int":
      if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
      return typeof value === "string" && /^-?(?:0|[1-9]\d{0,14})$/u.test(value) ? Number(value) : undefined;
    case "bool":
      if (typeof value === "boolean") return value;
      if (value === "true" || value === "1" || value === 1) return true;
      return value === "false" || value === "0" || value === 0 ? false : undefined;
    case "datetime":
      return typeof value === "string" ? time(value) : undefined;
    case "guid":
      return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu.test(value) ? value : undefined;
    default:
      return typeof value === "object" ? undefined : String(value);
  }
}

function time(text) {
  const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/u.exec(text);
  if (compact) return `${compact.slice(1, 4).join("-")}T${compact.slice(4).join(":")}Z`;
  const parts = /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d:\d\d)$/u.exec(text);
  const month = parts ? MONTHS.indexOf(parts[2]) + 1 : 0;
  return month > 0 ? `${parts[3]}-${String(month).padStart(2, "0")}-${parts[1]}T${parts[4]}Z` : undefined;
}

function flatten(prefix, object, into) {
  for (const [key, value] of Object.entries(object)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) flatten(`${prefix}${key}_`, value, into);
    else into[prefix + key] = value;
  }
}

const HEADER = /^<\d+>(?:1 \S+ (\S+) \S+ \S+ - - |\w{3} [ \d]\d [\d:]+ (\S+) [^:]*: )\uFEFF?/u;

const BEGIN = new RegExp(`${HEADER.source}\\{`, "u");

/** Returns the record of a message, parsed by hand. */
function byHand(line) {
  const [header, newer, older] = HEADER.exec(line);
  const found = {};
  const additional = {};
  for (const [name, value] of Object.entries(JSON.parse(line.slice(header.length)))) {
    const key = keys.get(name);
    const isNothing = value === "" || value === null;
    if (key === undefined) {
      if (typeof value === "object" && value !== null && !Array.isArray(value)) flatten(`${name}_`, value, additional);
      else additional[name] = value;
    } else if (!isNothing) {
      const fits = typed(kinds.get(name), value);
      if (fits === undefined) additional[name] = value;
      else found[key] = fits;
    }
  }
  const record = {};
  for (const key of order) if (found[key] !== undefined) record[key] = found[key];
  record.parse_status = "ok";
  const host = newer ?? older;
  if (host !== "-") record.syslog_hostname = host;
  if (Object.keys(additional).length > 0) record.additional_fields = additional;
  return record;
}

/** Returns the messages that both can read: complete JSON events. */
function common(capture) {
  const filter = new EsetFilter();
  return capture.split("\n").filter((line) => {
    const records = filter.parse(line);
    return records.length === 1 && records[0].parse_status === "ok" && BEGIN.test(line) && line.endsWith("}");
  });
}

/** Parses a capture by hand. Lines are decoded one by one, because one non-ASCII line would slow down all others. */
function captureByHand(bytes) {
  const buffer = Buffer.from(bytes.buffer);
  let count = 0;
  for (let start = 0; start < buffer.length; count += 1) {
    const newline = buffer.indexOf(10, start);
    const end = newline < 0 ? buffer.length : newline;
    byHand(buffer.toString("utf8", start, end));
    start = end + 1;
  }
  return count;
}

const lines = common(readFileSync(process.argv[2], "utf8"));
const capture = new TextEncoder().encode(lines.join("\n"));
const filter = new EsetFilter();
const rounded = (record) => JSON.parse(JSON.stringify(record, (_key, value) => (typeof value === "bigint" ? Number(value) : value)));
for (const line of lines) assert.deepEqual(filter.parse(line).map(rounded), [byHand(line)]);

function each(run) {
  for (const line of lines) run(line);
  return lines.length;
}

const ways = {
  "handwritten, capture": () => captureByHand(capture),
  "parseCapture": async () => {
    let count = 0;
    for await (const _ of filter.parseCapture(capture)) count += 1;
    return count;
  },
  "handwritten, messages": () => each((line) => byHand(line)),
  "parse, messages": () => each((line) => filter.parse(line)),
  "toNdjson, messages": () => each((line) => filter.toNdjson(line)),
};
const results = {};
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(ways)) {
    const start = performance.now();
    assert.equal(await run(), lines.length);
    results[name] = Math.min(results[name] ?? Infinity, performance.now() - start);
  }
}
for (const [name, time] of Object.entries(results)) {
  const [each, speed] = [(time / lines.length) * 1000, capture.length / time / 1000];
  console.log(`${name.padEnd(21)} ${each.toFixed(2).padStart(6)} µs per message, ${speed.toFixed(0).padStart(4)} MB/s`);
}
const ratio = (slow, fast) => (results[slow] / results[fast]).toFixed(2);
console.log(`faster than handwritten: parseCapture ${ratio("handwritten, capture", "parseCapture")} times, parse ${ratio("handwritten, messages", "parse, messages")} times`);
