import type { EsetRecord } from "./record.js";

export type { AdditionalValue, EsetRecord, EventType, Status } from "./record.js";

/** The filter options, as in the command: `raw`, `heartbeats`, `syslog-fields` and `record-limit`. */
export interface Options {
  /**
   * When a record contains `raw_message`: if its status is not `ok` or the record omits text of the message (the
   * default), always, or never.
   */
  raw?: "on_error" | "always" | "never";
  /** Whether heartbeats are dropped (the default) or kept as records with the status `heartbeat`. */
  heartbeats?: "drop" | "keep";
  /** The syslog header parts in a record: only `syslog_hostname` (the default), or all. */
  syslogFields?: "hostname" | "all";
  /** The maximum size of a record as JSON in bytes, at least 65536. The default is no limit. */
  recordLimit?: number;
}

/** A filter. It reuses its memory from message to message, and releases it when the filter is garbage-collected. */
export class EsetFilter {
  /** @throws {Error} If an option or its value is unknown. The message says what is expected. */
  constructor(options?: Options);

  /**
   * Returns the records of one message: none for a heartbeat, several for several events. Invalid UTF-8 becomes U+FFFD.
   *
   * @throws {Error} If the message is longer than 16 MiB.
   */
  parse(message: string | Uint8Array): EsetRecord[];

  /**
   * Returns the records of a capture: one message per line, or octet-counted frames (RFC 6587), plain or gzip.
   * Memory is bounded regardless of the size of the capture. A line longer than 16 MiB is cut at that length.
   *
   * @throws {Error} During iteration, after the records read so far, if the capture cannot be decompressed or read.
   */
  parseCapture(capture: Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<EsetRecord, void, void>;

  /**
   * Returns the records of one message as JSON, one per line, with all digits of numbers.
   *
   * @throws {Error} If the message is longer than 16 MiB.
   */
  toNdjson(message: string | Uint8Array): string;

  /**
   * Returns the records of one message, with the origin of each member. If the message is bytes, ranges refer to
   * `new TextDecoder("utf-8", { ignoreBOM: true }).decode(message)`.
   *
   * @throws {Error} If the message is longer than 16 MiB.
   */
  explain(message: string | Uint8Array): Explained[];
}

/** A part of a message, as offsets into its text: `text.slice(start, end)` is the part. */
export interface Range {
  start: number;
  end: number;
}

/** The origin of a member of a record. */
export interface Origin {
  /** The key in the record, such as `threat_name`, or `additional_fields.x` for a member of `additional_fields`. */
  key: string;
  /**
   * The value in the message. For a string, this is the text between the quotes, including escapes. Absent if the
   * filter derives the value, as for `parse_status`.
   */
  value?: Range;
  /** The key or label in the message. Absent if the position identifies the value, as in headers. */
  name?: Range;
  /** The source: a syslog header, the event, the object that wraps the message, or the filter. */
  part: "header" | "event" | "wrapper" | "filter";
}

/** A record and its origin. */
export interface Explained {
  record: EsetRecord;
  /** Why the record has its status, such as `cut by ESET at 8000 characters: 23 of 25 fields recovered`. */
  reason: string;
  /** The syslog headers before the payload. */
  header?: Range;
  /** The headers before the object that wraps the message, if there is one. */
  outerHeader?: Range;
  /** The text after the headers. */
  payload?: Range;
  /** The event. In JSON, this is its object, as far as it can be read. */
  event?: Range;
  /** The origins of the members, in the order of the record. */
  origins: Origin[];
}

/** A field of a record. */
export interface Field {
  /** The key in a record. */
  key: keyof EsetRecord;
  /** Other spellings that ESET sends. */
  aliases: string[];
  type: "string" | "bool" | "int" | "datetime" | "guid" | "dynamic";
  /** The column in the Azure table `eset_CL`. */
  column: string;
  description: string;
  /** The event types with this field. */
  eventTypes: string[];
}

/** Returns all fields, in the order of a record. */
export function schema(): Field[];

/** The version of the package. */
export const version: string;
