// A record as indented JSON. Integers beyond 2^53 are bigint, which JSON.stringify refuses.

const STEP = "  ";

/** @param {any} value @param {string} [indent] @returns {string} */
export function toJson(value, indent = "") {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = indent + STEP;
  const parts = Array.isArray(value)
    ? value.map((item) => toJson(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${toJson(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return parts.length ? `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}` : open + close;
}

/** A record's members, those of `additional_fields` one by one. @param {any} record */
export function members(record) {
  return Object.entries(record).flatMap(([key, value]) => (key === "additional_fields" && value && typeof value === "object"
    ? Object.entries(value).map(([name, item]) => ({ key: `${key}.${name}`, value: item }))
    : [{ key, value }]));
}
