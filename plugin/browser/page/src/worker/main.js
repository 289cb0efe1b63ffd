// The worker: runs the filter outside the page's main thread. Each call is `{ id, method, given }`, answered by
// `{ id, result }` or `{ id, problem }`, optionally after `{ id, progress }`. `{ cancel: id }` cancels a call.

import { EsetFilter, schema, version } from "eset-filter";

import { formatOf, headline } from "../words.js";
import { Cancelled, Capture, Reader } from "./capture.js";
import { counts, find, overTime } from "./find.js";

/** @type {Capture | undefined} */
let capture;
let found = new Uint32Array(0);
let reader = new Reader({});
let explaining = new EsetFilter({});
let options = {};
const cancelled = new Set();

const methods = {
  start: () => ({ version, fields: schema() }),

  setOptions({ options: chosen }) {
    options = chosen;
    reader = new Reader(options);
    explaining = new EsetFilter(options);
  },

  async open({ file, mayBeWhole }, call) {
    capture = undefined;
    const opened = await Capture.read(file, { options, mayBeWhole, ...call });
    capture = opened;
    found = Uint32Array.from({ length: opened.summary.size }, (_, at) => at);
    const { size, records, types } = opened.summary;
    return { messages: size, records, types: types.slice(1), notes: opened.notes };
  },

  async find({ wanted }, call) {
    const { summary } = opened();
    found = await find(opened(), wanted, call.isCancelled);
    return { count: found.length, ...counts(summary, found), time: overTime(summary, found), all: counts(summary, everything(summary)) };
  },

  /** Returns lines of the list. */
  async rows({ from, to }) {
    const indexes = found.slice(from, to);
    const texts = await opened().texts(indexes);
    return texts.map((text, at) => row(indexes[at], text));
  },

  /** Returns a message from the list with its explained records. */
  async message({ at }) {
    const index = found[at];
    return { ...explain(await opened().text(index)), index };
  },

  explain: ({ text, options: other }) => explain(text, other && new EsetFilter(other)),
};

function opened() {
  if (!capture) throw new Error("No capture is open.");
  return capture;
}

const everything = ({ size }) => Uint32Array.from({ length: size }, (_, at) => at);

function row(index, text) {
  const { records, isDropped } = reader.read(text);
  const record = records[0] ?? {};
  return {
    index,
    status: isDropped ? "dropped" : record.parse_status,
    format: formatOf(record),
    type: record.event_type ?? "",
    time: record.occurred ?? "",
    host: record.hostname ?? record.syslog_hostname ?? "",
    what: headline(record) || text.slice(0, 200),
    records: isDropped ? 0 : records.length,
  };
}

function explain(text, filter = explaining) {
  const explained = filter.explain(text);
  const isHeartbeat = !explained.length && reader.read(text).records.length > 0;
  return { text, explained, isHeartbeat };
}

self.onmessage = async ({ data: { id, method, given, cancel } }) => {
  if (cancel !== undefined) {
    cancelled.add(cancel);
    return;
  }
  const call = {
    isCancelled: () => cancelled.has(id),
    onProgress: (progress) => self.postMessage({ id, progress }),
  };
  try {
    self.postMessage({ id, result: await methods[method](given ?? {}, call) });
  } catch (error) {
    self.postMessage({ id, problem: { message: error.message, isCancelled: error instanceof Cancelled } });
  }
  cancelled.delete(id);
};
