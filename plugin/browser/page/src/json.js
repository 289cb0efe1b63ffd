// Writes records as indented JSON. Integers beyond 2^53 are bigint, which JSON.stringify rejects. Invisible and
// bidirectional control characters are escaped, which is equivalent JSON.

const STEP = "  ";

/** @param {any} value @param {string} [indent] @returns {string} */
export function toJson(value, indent = "") {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return string(value);
  const inner = indent + STEP;
  const parts = Array.isArray(value)
    ? value.map((item) => toJson(item, inner))
    : Object.entries(value).map(([key, item]) => `${string(key)}: ${toJson(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return parts.length ? `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}` : open + close;
}

const HIDDEN = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** @param {any} value any value except an object */
export const string = (value) => JSON.stringify(value).replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Returns the members of a record, with those of `additional_fields` listed one by one. @param {any} record */
export function members(record) {
  return Object.entries(record).flatMap(([key, value]) => (key === "additional_fields" && value && typeof value === "object"
    ? Object.entries(value).map(([name, item]) => ({ key: `${key}.${name}`, value: item }))
    : [{ key, value }]));
}
