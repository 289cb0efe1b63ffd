// Which part of a message is what: pieces of the text, each with the field that it belongs to.

/** @typedef {{ start: number, end: number }} Range */
/** @typedef {{ key: string, value?: Range, name?: Range, part: string }} Origin */
/** @typedef {{ start: number, end: number, kind: "header" | "payload" | "outside", key?: string, role?: "value" | "name", also: string[] }} Piece `also` names fields
 * that have the very same place */

/**
 * Divides a text into pieces. Where places lie within one another, as in a string that holds a message, the innermost counts.
 * @param {string} text
 * @param {any[]} explained what the filter says of each of the message's records
 * @param {Origin[]} origins of the fields that are looked for
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

/** The places of fields, but for those of a value that is the message itself. */
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

/** The places around pieces that are asked for in order. */
class Sweep {
  #places;
  #next = 0;
  #open = [];

  constructor(places) {
    this.#places = places;
  }

  /** The shortest around a piece, and others that are as short. */
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
