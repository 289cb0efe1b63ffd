// An open capture. Its messages are read from the file when they are requested.

import { EsetFilter } from "eset-filter";

import { Source } from "./source.js";
import { Splitter } from "./splitter.js";
import { MAX_MESSAGES, Summary } from "./summary.js";

/** The largest input that may be a single message of several lines, in bytes. */
const MAX_WHOLE = 256 * 1024;
/** A separate read costs about as much as reading this many unneeded bytes. */
const MOST_SKIPPED = 64 * 1024;
const BREATH_MS = 40;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class Cancelled extends Error {}

export class Capture {
  summary = new Summary();
  /** @type {string[]} */
  notes = [];
  #content;

  /** @param {Blob} content */
  constructor(content) {
    this.#content = content;
  }

  /**
   * Reads a capture.
   * @param {Blob} file
   * @param {{ options: object, mayBeWhole: boolean, onProgress: (progress: object) => void, isCancelled: () => boolean }} how
   */
  static async read(file, { options, mayBeWhole, onProgress, isCancelled }) {
    const reader = new Reader(options);
    if (mayBeWhole && file.size <= MAX_WHOLE) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (isOneMessage(bytes, reader)) return Capture.#whole(file, bytes, reader);
    }
    const source = await Source.open(file);
    const capture = new Capture(file);
    const splitter = new Splitter();
    let breath = performance.now();
    for await (const part of source.parts()) {
      capture.#add(splitter.push(part), reader);
      if (capture.summary.size >= MAX_MESSAGES) break;
      if (performance.now() - breath > BREATH_MS) {
        onProgress({ read: source.read, total: file.size, messages: capture.summary.size });
        await new Promise((resume) => setTimeout(resume));
        breath = performance.now();
      }
      if (isCancelled()) throw new Cancelled("Cancelled.");
    }
    capture.#add(splitter.end(), reader);
    capture.notes = source.notes;
    if (capture.summary.size >= MAX_MESSAGES) {
      capture.notes.push("The page reads only the first 2,000,000 messages of a capture. The eset-filter command reads all of them.");
    }
    capture.#content = source.content;
    return capture;
  }

  static #whole(file, bytes, reader) {
    const capture = new Capture(file);
    capture.#add([{ start: 0, bytes }], reader);
    return capture;
  }

  #add(messages, reader) {
    for (const { start, bytes } of messages) {
      if (this.summary.size >= MAX_MESSAGES) return;
      const { records, isDropped } = reader.read(bytes);
      this.summary.add(start, bytes.length, records, isDropped);
    }
  }

  /** Returns the text of a message. Invalid UTF-8 becomes U+FFFD, as in `raw_message`. @param {number} index */
  async text(index) {
    const [text] = await this.texts([index]);
    return text;
  }

  /**
   * Returns the texts of messages. Messages close together are read at once.
   * @param {ArrayLike<number>} indexes the messages, in ascending order
   */
  async texts(indexes) {
    const { start, length } = this.summary.columns;
    const found = [];
    for (let at = 0; at < indexes.length;) {
      let last = at;
      while (last + 1 < indexes.length && start[indexes[last + 1]] - start[indexes[last]] - length[indexes[last]] <= MOST_SKIPPED) last += 1;
      const from = start[indexes[at]];
      const bytes = new Uint8Array(await this.#slice(from, start[indexes[last]] + length[indexes[last]]));
      for (; at <= last; at += 1) {
        const begin = start[indexes[at]] - from;
        found.push(decoder.decode(bytes.subarray(begin, begin + length[indexes[at]])));
      }
    }
    return found;
  }

  async #slice(start, end) {
    try {
      return await this.#content.slice(start, end).arrayBuffer();
    } catch {
      throw new Error("The file can no longer be read. It may have changed since it was opened: open it again.");
    }
  }
}

/** Reads messages with the chosen options. Dropped messages are read again with heartbeats kept. */
export class Reader {
  /** @param {object} options */
  constructor(options) {
    this.filter = new EsetFilter(options);
    this.keeping = new EsetFilter({ ...options, heartbeats: "keep" });
  }

  /** @param {string | Uint8Array} message */
  read(message) {
    const records = this.filter.parse(message);
    if (records.length) return { records, isDropped: false };
    return { records: this.keeping.parse(message), isDropped: true };
  }
}

const HEADER_LINE = /^(?:\d{1,7} )?<\d{1,3}>/gm;

/** Returns whether a text of several lines is a single message: pretty-printed JSON or a multi-line notification. */
function isOneMessage(bytes, reader) {
  const text = decoder.decode(bytes).replace(/\s+$/, "");
  if (!text.includes("\n")) return false;
  if ((text.match(HEADER_LINE)?.length ?? 0) > 1) return false;
  const { records } = reader.read(text);
  if (records.length !== 1 || records[0].parse_status === "text") return false;
  return text.split("\n").every((line) => reader.read(line).records.every(({ parse_status: status }) => status !== "ok"));
}
