// What the module's explanations become: records with ranges and reasons.

import { fields } from "./schema.js";

/** The most characters of ESET's messages. */
const MAX_CHARACTERS = 8000;

/** How many offsets the module gives for a member: of its key and of its value. */
const OFFSETS = 4;

/** What the module gives for a record of a text, as users see it. */
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

/** A message's text, and how many characters stand before an offset in it. */
export class Text {
  #known = { offset: 0, characters: 0 };
  #length;

  constructor(whole) {
    this.whole = whole;
  }

  /** How many characters follow the begin of its header, line ends and NULs at its end aside. */
  lengthFrom(start) {
    let end = this.whole.length;
    while ("\r\n\0".includes(this.whole.charAt(end - 1)) && end > start) end -= 1;
    this.#length ??= charactersIn(this.whole.slice(start, end));
    return this.#length;
  }

  /** To be asked for offsets in their order: it counts on from the last one. */
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

/** Begins and ends as ranges. One that is absent is `undefined`. */
function ranges(offsets) {
  return Array.from({ length: offsets.length / 2 }, (_, at) => {
    const [start, end] = [offsets[2 * at], offsets[2 * at + 1]];
    return start < 0 ? undefined : { start, end };
  });
}

function present(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Why a record has its status, for a person. */
function reason({ record, text, header, payload, event, isWhole, options }) {
  const count = recovered(record);
  switch (record.parse_status) {
    case "ok": {
      const isLeftOut = record.raw_message !== undefined && options.raw !== "always";
      return `read whole: ${count}${isLeftOut ? "; raw_message is there for text beside the event that may be a piece of another" : ""}`;
    }
    case "truncated":
      if (isLimited(record, text.whole, isWhole, options)) return `cut to the limit of ${options.recordLimit} bytes: ${count}`;
      if (!event) return "the message ends inside an object, before any field of ESET's is complete";
      if (text.lengthFrom(header?.start ?? 0) >= MAX_CHARACTERS) {
        return `cut by ESET at ${MAX_CHARACTERS} characters: ${count}`;
      }
      return `the event is cut at character ${text.before(event.end)}: ${count}`;
    case "malformed":
      return isWhole
        ? `complete, but with a backslash that makes no escape, so that others may be wrong too: ${count}`
        : `the JSON breaks behind character ${text.before(event.end)}: ${count}`;
    case "multiple":
      return "the message holds more events than there is room for in 16 times its size: this is the last, and raw_message has all";
    case "notification":
      return `a notification, whose text can be customised: ${count}`;
    case "heartbeat":
      return "ESET's sign of life, which is no event";
    default:
      return `no event: ${whyNoEvent(text.whole.slice(payload?.start, payload?.end))}`;
  }
}

/** How many of its fields an event has. */
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

/** Whether it is the option that has cut a record: an event that is complete, or raw_message as well. */
function isLimited(record, text, isWhole, { recordLimit }) {
  const isRawCut = record.raw_message !== undefined && record.raw_message.length < text.length;
  return recordLimit !== undefined && (isWhole || isRawCut);
}

function whyNoEvent(payload) {
  if (/^(?:CEF|LEEF):[\d.O]{1,4}\|/u.test(payload)) return `${payload.slice(0, payload.indexOf(":"))} of another vendor than ESET`;
  if (payload.includes("{")) return "no object in it has a field of ESET's";
  return "it is neither JSON, CEF or LEEF nor a notification of a detection in English";
}
