// Called by the module to turn its JSON into values.

/** Parses a JSON array of records. With `hasMarks`, its strings are records with large integers: see `unmark`. */
export function records(json, hasMarks) {
  const found = JSON.parse(json);
  return hasMarks ? found.map((record) => (typeof record === "string" ? JSON.parse(record, unmark) : record)) : found;
}

/** Removes the mark of a string: `s` precedes text, `n` the digits of a large integer. */
function unmark(_key, value) {
  if (typeof value !== "string") return value;
  return value[0] === "n" ? BigInt(value.slice(1)) : value.slice(1);
}
