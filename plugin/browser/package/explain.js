// Turns the module's explanations into records with ranges and reasons.

import { fields } from "./schema.js";

/** The length at which ESET cuts messages, in characters. */
const MAX_CHARACTERS = 8000;

/** The number of offsets per member: start and end of its key and of its value. */
const OFFSETS = 4;

/** Returns the public form of the module's explanation of a record. */
export function explained(found, text, options) {
  const [record] = found.record();
  const [header, outerHeader, payload, event] = ranges(found.places());
  const names = found.names();
  const parts = found.parts();
  const offsets = found.members();
  const additionalFrom = names.indexOf("");
  names.splice(additionalFrom, 1);
  const origins = new Map();
  names.forEach((name, at) => {
    const key = at < additionalFrom ? name : `additional_fields.${name}`;
    const [ofName, ofValue] = ranges(offsets.subarray(at * OFFSETS, (at + 1) * OFFSETS));
    origins.set(key, origin(key, parts[at] === "message" ? "filter" : parts[at], ofName, ofValue));
  });
  const { additional_fields: additional = {}, ...others } = record;
  const keys = [...Object.keys(others), ...Object.keys(additional).map((name) => `additional_fields.${name}`)];
  return {
    record,
    reason: reason({ record, text, header, payload, event, isWhole: found.isWhole(), options }),
    ...present({ header, outerHeader, payload, event }),
    origins: keys.map((key) => origins.get(key) ?? origin(key, "filter")),
  };
}

/** The text of a message, with character counts up to an offset. */
export class Text {
  #known = { offset: 0, characters: 0 };
  #length;

  constructor(whole) {
    this.whole = whole;
  }

  /** Returns the number of characters from an offset, without newlines and NULs at the end. */
  lengthFrom(start) {
    let end = this.whole.length;
    while ("\r\n\0".includes(this.whole.charAt(end - 1)) && end > start) end -= 1;
    this.#length ??= charactersIn(this.whole.slice(start, end));
    return this.#length;
  }

  /** Returns the number of characters before an offset. It counts from the last offset unless the new one is lower. */
  before(offset) {
    const { offset: start, characters } = offset < this.#known.offset ? { offset: 0, characters: 0 } : this.#known;
    this.#known = { offset, characters: characters + charactersIn(this.whole.slice(start, offset)) };
    return this.#known.characters;
  }
}

function charactersIn(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function origin(key, part, name, value) {
  return { key, part, ...present({ name, value }) };
}

/** Turns pairs of start and end into ranges. An absent range is `undefined`. */
function ranges(offsets) {
  return Array.from({ length: offsets.length / 2 }, (_, at) => {
    const [start, end] = [offsets[2 * at], offsets[2 * at + 1]];
    return start < 0 ? undefined : { start, end };
  });
}

function present(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Returns why a record has its status, in plain words. */
function reason({ record, text, header, payload, event, isWhole, options }) {
  const count = recovered(record);
  switch (record.parse_status) {
    case "ok": {
      const isLeftOut = record.raw_message !== undefined && options.raw !== "always";
      return `read in full: ${count}${isLeftOut ? "; raw_message is kept for text outside the event, which may be part of another event" : ""}`;
    }
    case "truncated":
      if (isLimited(record, text.whole, isWhole, options)) return `cut to the limit of ${options.recordLimit} bytes: ${count}`;
      if (!event) return "the message ends inside an object, before the first ESET field is complete";
      if (text.lengthFrom(header?.start ?? 0) >= MAX_CHARACTERS) {
        return `cut by ESET at ${MAX_CHARACTERS} characters: ${count}`;
      }
      return `the event is cut at character ${text.before(event.end)}: ${count}`;
    case "malformed":
      return isWhole
        ? `complete, but with an invalid backslash escape, so other escapes may also be wrong: ${count}`
        : `the JSON is invalid after character ${text.before(event.end)}: ${count}`;
    case "multiple":
      return "the message contains more events than fit in 16 times its size: this is the last record, and raw_message has all of them";
    case "notification":
      return `a notification, whose text can be customised: ${count}`;
    case "heartbeat":
      return "a heartbeat from ESET PROTECT, not an event";
    default:
      return `no event: ${whyNoEvent(text.whole.slice(payload?.start, payload?.end))}`;
  }
}

/** Returns how many fields of an event were recovered. */
function recovered(record) {
  const type = record.event_type;
  const documented = fields.filter(({ eventTypes, added }) => !added && eventTypes.includes(type));
  const known = fields.filter(({ key, added }) => !added && key in record).length;
  const others = Object.keys(record.additional_fields ?? {}).length;
  const ofDocumented = documented.filter(({ key }) => key in record).length;
  const counted = documented.length > 0 && ofDocumented === known ? `${known} of ${documented.length} fields` : plural(known, "field");
  return `${counted} recovered${others > 0 ? `, and ${plural(others, "additional field")}` : ""}`;
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns whether the record limit cut the record: the event is complete in the message, or raw_message is cut too. */
function isLimited(record, text, isWhole, { recordLimit }) {
  const isRawCut = record.raw_message !== undefined && record.raw_message.length < text.length;
  return recordLimit !== undefined && (isWhole || isRawCut);
}

function whyNoEvent(payload) {
  if (/^(?:CEF|LEEF):[\d.O]{1,4}\|/u.test(payload)) return `${payload.slice(0, payload.indexOf(":"))} from a vendor other than ESET`;
  if (payload.includes("{")) return "none of its objects has an ESET field";
  return "it is not JSON, CEF, LEEF or a detection notification in English";
}
