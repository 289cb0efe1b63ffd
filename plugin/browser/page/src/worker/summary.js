// The data that the list and the charts need for each message of a capture, about thirty bytes per message.

import { FORMATS, STATUSES, formatOf } from "../words.js";

/** The maximum number of messages that are read. */
export const MAX_MESSAGES = 2_000_000;

const NO_TYPE = 0;
const OTHER_TYPES = 31;
const LONGEST_TYPE = 60;

/** The columns, one element per message. Status, format and type are bit sets: a message may have several events. */
const COLUMNS = /** @type {const} */ ({
  start: Float64Array, length: Uint32Array, time: Float64Array, status: Uint8Array, format: Uint8Array, type: Uint32Array,
  records: Uint16Array,
});

export class Summary {
  size = 0;
  records = 0;
  /** The event type names, by bit position. */
  types = [""];
  #capacity = 1024;
  /** @type {any} */
  columns = Object.fromEntries(Object.entries(COLUMNS).map(([name, Kind]) => [name, new Kind(1024)]));

  /**
   * @param {number} start @param {number} length
   * @param {any[]} records the records of the message; of a dropped one, those it would have if kept
   * @param {boolean} isDropped
   */
  add(start, length, records, isDropped) {
    if (this.size === this.#capacity) this.#grow();
    const { columns, size: at } = this;
    columns.start[at] = start;
    columns.length[at] = length;
    columns.records[at] = isDropped ? 0 : Math.min(records.length, 65_535);
    columns.time[at] = timeOf(records);
    columns.status[at] = isDropped ? 1 << STATUSES.indexOf("dropped") : 0;
    columns.format[at] = records.length ? 0 : 1 << FORMATS.indexOf("text");
    columns.type[at] = 0;
    for (const record of records) {
      if (!isDropped) columns.status[at] |= 1 << STATUSES.indexOf(record.parse_status);
      columns.format[at] |= 1 << FORMATS.indexOf(formatOf(record));
      columns.type[at] |= 1 << this.#typeBit(record.event_type);
    }
    this.size += 1;
    if (!isDropped) this.records += records.length;
  }

  #typeBit(name) {
    if (!name) return NO_TYPE;
    const known = this.types.indexOf(name);
    if (known > 0) return known;
    if (this.types.length === OTHER_TYPES || name.length > LONGEST_TYPE) return OTHER_TYPES;
    return this.types.push(name) - 1;
  }

  #grow() {
    this.#capacity *= 2;
    for (const [name, Kind] of Object.entries(COLUMNS)) {
      const larger = new Kind(this.#capacity);
      larger.set(this.columns[name]);
      this.columns[name] = larger;
    }
  }
}

/** Returns the time of the first event that has one, in milliseconds since the epoch, or NaN. */
function timeOf(records) {
  for (const { occurred } of records) if (occurred) return Date.parse(occurred);
  return NaN;
}
