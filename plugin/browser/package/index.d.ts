import type { EsetRecord } from "./record.js";

export type { AdditionalValue, EsetRecord, EventType, Status } from "./record.js";

/** Options, as the command's: `raw`, `heartbeats`, `syslog-fields`, `record-limit`. */
export interface Options {
  /** When a record carries `raw_message`: if it is not `ok` or text is left out (the default), always, or never. */
  raw?: "on_error" | "always" | "never";
  /** Whether heartbeats are left out (the default) or are records with the status `heartbeat`. */
  heartbeats?: "drop" | "keep";
  /** `syslog_hostname` alone (the default), or all parts of the syslog header. */
  syslogFields?: "hostname" | "all";
  /** The most bytes of JSON that a record has, 65536 or more. The default is no limit. */
  recordLimit?: number;
}

/** A filter. It keeps memory from message to message, which is given back when it is no longer used. */
export class EsetFilter {
  /** @throws {Error} An option or its value is unknown; the message says what is expected. */
  constructor(options?: Options);

  /**
   * The records of one message: none for a heartbeat, several if it holds several events. Bytes that are not UTF-8 become U+FFFD.
   *
   * @throws {Error} The message has more than 16 MiB.
   */
  parse(message: string | Uint8Array): EsetRecord[];

  /**
   * The records of a capture: a message a line, or frames with octet counts (RFC 6587), compressed with gzip or not. Memory is bounded
   * whatever the capture's size. A line of more than 16 MiB is cut there.
   *
   * @throws {Error} While records are asked for: the capture cannot be decompressed or read. The records before that come first.
   */
  parseCapture(capture: Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<EsetRecord, void, void>;

  /**
   * The records of one message, a line of JSON each, with all digits of numbers.
   *
   * @throws {Error} The message has more than 16 MiB.
   */
  toNdjson(message: string | Uint8Array): string;

  /**
   * The records of one message, with where each member comes from. For bytes, places are those in
   * `new TextDecoder("utf-8", { ignoreBOM: true }).decode(message)`.
   *
   * @throws {Error} The message has more than 16 MiB.
   */
  explain(message: string | Uint8Array): Explained[];
}

/** A part of a message: offsets into its text, so that `text.slice(start, end)` is the part. */
export interface Range {
  start: number;
  end: number;
}

/** Where a member of a record comes from. */
export interface Origin {
  /** The record's key, such as `threat_name`, or of one in `additional_fields` `additional_fields.x`. */
  key: string;
  /**
   * Its value in the message: of a string what stands between its quotes, escapes included. Absent where the filter concludes it,
   * as `parse_status`.
   */
  value?: Range;
  /** Its key or label in the message. Absent where the value's position tells what it is, as in headers. */
  name?: Range;
  /** What it is from: a syslog header, the event, the object that the message is wrapped in, or the filter. */
  part: "header" | "event" | "wrapper" | "filter";
}

/** A record, and where it comes from. */
export interface Explained {
  record: EsetRecord;
  /** Why it has its status, in words, such as `cut by ESET at 8000 characters: 23 of 25 fields recovered`. */
  reason: string;
  /** The syslog headers before the payload. */
  header?: Range;
  /** Where the message is wrapped in an object: the headers before that. */
  outerHeader?: Range;
  /** What follows the headers. */
  payload?: Range;
  /** The event: in JSON its object, as far as it can be read. */
  event?: Range;
  /** The members, in the record's order. */
  origins: Origin[];
}

/** A field that records have. */
export interface Field {
  /** Its key in records. */
  key: keyof EsetRecord;
  /** Other spellings that ESET sends. */
  aliases: string[];
  type: "string" | "bool" | "int" | "datetime" | "guid" | "dynamic";
  /** Its column in the Azure table `eset_CL`. */
  column: string;
  description: string;
  /** The event types that have it. */
  eventTypes: string[];
}

/** All fields, in the order in which records have them. */
export function schema(): Field[];

/** The package's version. */
export const version: string;
