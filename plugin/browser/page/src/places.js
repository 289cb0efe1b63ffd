// Divides a message into pieces of text, each with the field it belongs to.

/** @typedef {{ start: number, end: number }} Range */
/** @typedef {{ key: string, value?: Range, name?: Range, part: string }} Origin */
/** @typedef {{ start: number, end: number, kind: "header" | "payload" | "outside", key?: string, role?: "value" | "name", also: string[] }} Piece `also` names other fields
 * with the same range */

/**
 * Divides a text into pieces. Where ranges are nested, as in a string that contains a message, the innermost applies.
 * @param {string} text
 * @param {any[]} explained the explanation of each record of the message
 * @param {Origin[]} origins the origins of the fields to mark
 * @returns {Piece[]}
 */
export function pieces(text, explained, origins) {
  const places = fieldPlaces(origins);
  const headers = explained.flatMap(({ header, outerHeader }) => [header, outerHeader]).filter(Boolean);
  const payloads = explained.map(({ event, payload }) => event ?? payload).filter(Boolean);
  const bounds = new Set([0, text.length]);
  for (const { start, end } of [...places, ...headers, ...payloads]) bounds.add(start).add(end);
  const sorted = [...bounds].filter((bound) => bound >= 0 && bound <= text.length).sort((one, two) => one - two);
  const open = new Sweep(places);
  return sorted.slice(0, -1).map((start, at) => {
    const end = sorted[at + 1];
    const [place, ...others] = open.innermost(start, end);
    const kind = covers(payloads, start, end) ? "payload" : covers(headers, start, end) ? "header" : "outside";
    return { start, end, kind, key: place?.key, role: place?.role, also: others.map((other) => other.key) };
  });
}

/** Returns the ranges of fields, except `raw_message`, whose value is the message itself. */
function fieldPlaces(origins) {
  const places = [];
  for (const { key, name, value } of origins) {
    if (key === "raw_message") continue;
    if (value && value.end > value.start) places.push({ ...value, key, role: "value" });
    if (name && name.end > name.start) places.push({ ...name, key, role: "name" });
  }
  return places.sort((one, two) => one.start - two.start || two.end - one.end);
}

const covers = (ranges, start, end) => ranges.some((range) => range.start <= start && range.end >= end);

/** Finds the field ranges around pieces. Pieces must be requested in ascending order. */
class Sweep {
  #places;
  #next = 0;
  #open = [];

  constructor(places) {
    this.#places = places;
  }

  /** Returns the shortest range around a piece, and any others of the same length. */
  innermost(start, end) {
    while (this.#next < this.#places.length && this.#places[this.#next].start <= start) {
      this.#open.push(this.#places[this.#next]);
      this.#next += 1;
    }
    this.#open = this.#open.filter((place) => place.end > start);
    const around = this.#open.filter((place) => place.end >= end);
    const least = Math.min(...around.map(length));
    return around.filter((place) => length(place) === least);
  }
}

const length = ({ start, end }) => end - start;
