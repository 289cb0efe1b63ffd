// Removes details of people and machines from a message: words, numbers and IDs are replaced by placeholders of the
// same shape, so that the filter treats the result as it treated the message.

import { pieces } from "./places.js";

/** Fields whose values are the product's own terms, the same everywhere. All other values are replaced. */
const KEPT_FIELDS = new Set([
  "event_type", "severity", "occurred", "firstseen", "os_name", "threat_type", "threat_flags", "scanner_id", "engine_version", "object_type",
  "action_taken", "threat_handled", "need_restart", "source_address_type", "target_address_type", "protocol", "inbound", "aggregate_count",
  "action", "handled", "domain", "result", "count", "computer_severity_score", "severity_score", "resolved", "flagged",
  "syslog_facility", "syslog_severity", "syslog_timestamp", "syslog_appname", "syslog_procid",
  "additional_fields.product_version", "additional_fields.event_class_id", "additional_fields.event_name",
]);
/** Words that the filter recognises. */
const KEPT_WORDS = new Set((
  "CEF LEEF ESET Protect ProtectCloud RemoteAdministrator ERAServer HEARTBEAT cee true false yes no null stdout stderr F P GMT UTC Z T "
  + "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun Detection type name Computer Logged user Time of occurrence "
  + "Scanner Object Action performed message log msg MESSAGE Message cat sev devTime devTimeFormat Label"
).split(" "));

const TOKEN = new RegExp([
  String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`,
  String.raw`\d{1,2}-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d`,
  String.raw`[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d`,
  String.raw`\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]`,
  String.raw`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`,
  String.raw`\d{1,3}(?:\.\d{1,3}){3}(?![\d.])`,
  String.raw`[\p{L}\p{M}\p{N}]+`,
].join("|"), "gu");
const TIMESTAMP = /^(?:\d{4}-\d\d-\d\d[T ]|\d{1,2}-[A-Z][a-z]{2}-|[A-Z][a-z]{2} [ \d]\d )/;
const UUID = /^[0-9a-fA-F]{8}-/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const HEX = /^(?=.*\d)[0-9a-fA-F]+$/;
/** Numbers near the 64-bit limit. They are not IDs, and changing a digit can change how the filter reads them. */
const LIMIT = /^92233720368547758\d\d$/;
const PRI = /^(?:\d{1,7} )?<\d{1,3}>1?/;

/**
 * @param {string} text @param {any[]} explained the explanations of its records, with all syslog header fields
 * @param {Map<string, any>} fields the schema, by key
 * @param {(below: number) => number} [random]
 */
export function withStandIns(text, explained, fields, random = secureRandom) {
  const isKept = keptPlaces(text, explained);
  const names = new Set([...fields.values()].flatMap(({ key, aliases }) => [key, ...aliases]));
  const standIns = new Map();
  return text.replace(TOKEN, (token, at) => {
    const stays = token.startsWith("\\") || KEPT_WORDS.has(token) || TIMESTAMP.test(token) || LIMIT.test(token)
      || isKept(at, token) || names.has(word(text, at, token));
    if (stays) return token;
    if (!standIns.has(token)) standIns.set(token, otherThan(token, random));
    return standIns.get(token);
  });
}

/** Returns the word around a token: the pattern splits `threat_name` into `threat` and `name`. */
function word(text, at, token) {
  let start = at, end = at + token.length;
  while (start > 0 && /\w/.test(text[start - 1])) start -= 1;
  while (end < text.length && /\w/.test(text[end])) end += 1;
  return text.slice(start, end);
}

/** JSON keys (escaped or not), CEF and LEEF keys, and label values. Outside field values, these are field names. */
const NAMES = [/\\*"((?:[^"\\]|\\.)*?)\\*"\s*:/dg, /([A-Za-z0-9_]+)=/dg, /\wLabel=((?:(?! \w+=|\t).)*)/dg];

/** Returns a test for tokens that identify nobody: field names, values of kept fields, and header numbers. */
function keptPlaces(text, explained) {
  const named = new Uint8Array(text.length);
  for (const pattern of NAMES) for (const match of text.matchAll(pattern)) named.fill(1, ...match.indices?.[1]);
  const divided = pieces(text, explained, explained.flatMap(({ origins }) => origins));
  const priEnd = PRI.exec(text)?.[0].length ?? 0;
  let next = 0;
  return (at, token) => {
    if (at < priEnd) return true;
    while (next + 1 < divided.length && divided[next].end <= at) next += 1;
    const { kind, key, role } = divided[next];
    if (role === "name") return true;
    if (role === "value") return KEPT_FIELDS.has(key ?? "");
    return named[at] === 1 || (kind === "header" && /^\d+$/.test(token));
  };
}

const MOST_TRIES = 10;

function otherThan(token, random) {
  let made = token;
  for (let tries = 0; made === token && tries < MOST_TRIES; tries += 1) made = standIn(token, random);
  return made;
}

/** @param {string} token @param {(below: number) => number} random */
function standIn(token, random) {
  if (IPV4.test(token)) return token.split(".").map((part) => octet(part, random)).join(".");
  const isHexadecimal = UUID.test(token) || (token.length >= 4 && HEX.test(token) && /[a-fA-F]/.test(token));
  return Array.from(token, (character) => likeIt(character, isHexadecimal, random)).join("");
}

/** Returns a random number below 256 with the same number of digits. */
function octet(part, random) {
  const [least, most] = { 1: [1, 9], 2: [10, 99] }[part.length] ?? [100, 254];
  return String(least + random(most - least + 1));
}

/** Replacement letters with the same number of bytes in UTF-8. */
/** @type {[RegExp, string][]} */
const ALPHABETS = [
  [/[a-z]/, "abcdefghijklmnopqrstuvwxyz"], [/[A-Z]/, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"], [/[1-9]/, "123456789"], [/0/, "0"],
  [/[\u0400-\u04ff]/, "абвгдежзиклмнопр"], [/[\u00c0-\u024f]/, "áčďéěíňóřšťúůýž"], [/[\u0800-\uffff]/, "田山川木林森石"],
];

function likeIt(character, isHexadecimal, random) {
  if (isHexadecimal && /[a-f]/.test(character)) return pick("abcdef", random);
  if (isHexadecimal && /[A-F]/.test(character)) return pick("ABCDEF", random);
  const [, alphabet] = ALPHABETS.find(([letters]) => letters.test(character)) ?? [];
  return alphabet ? pick(alphabet, random) : character;
}

const pick = (alphabet, random) => alphabet[random(alphabet.length)];

function secureRandom(below) {
  return crypto.getRandomValues(new Uint32Array(1))[0] % below;
}
