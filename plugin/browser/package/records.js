// What the module calls to make values of its JSON.

/** The records of an array in JSON. If `hasMarks`, texts in it are records whose integers a number does not hold: see unmark. */
export function records(json, hasMarks) {
  const found = JSON.parse(json);
  return hasMarks ? found.map((record) => (typeof record === "string" ? JSON.parse(record, unmark) : record)) : found;
}

/** A text stands behind an `s`, and the digits of such an integer behind an `n`. */
function unmark(_key, value) {
  if (typeof value !== "string") return value;
  return value[0] === "n" ? BigInt(value.slice(1)) : value.slice(1);
}
