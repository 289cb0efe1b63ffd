// What the page calls things, and what it says of them.

/** A bit each, in this order; `dropped` is the page's own: a message that becomes no record. */
export const STATUSES = ["ok", "truncated", "malformed", "multiple", "text", "notification", "heartbeat", "dropped"];

export const STATUS_WORDS = {
  ok: "Understood",
  truncated: "Cut",
  malformed: "Damaged",
  multiple: "Several events",
  text: "No event",
  notification: "Notification",
  heartbeat: "Heartbeat",
  dropped: "Left out",
};

const ADVICE = {
  ok: "Nothing to do: every field has its name and type.",
  truncated: "A relay or a shipper has cut the message: raise its limit for a message. Fields behind the cut are lost; raw_message holds "
    + "what arrived.",
  malformed: "Something on the way has changed the message: look at the relay's template. raw_message holds the message as it arrived.",
  multiple: "The message holds more events than the record has room for. raw_message holds all of them.",
  text: "Another program may send to the same port, or the message was split on the way. raw_message holds it, so nothing is lost.",
  notification: "Notifications are written for people and may double an event. Have ESET PROTECT export events by syslog too.",
  heartbeat: "ESET PROTECT's sign of life, kept because the option says so.",
  dropped: "Heartbeats and empty messages become no record. To see a server's silence in Azure, keep heartbeats.",
};

const ADDITIONAL = "Nothing to do. What the schema has no place for is in additional_fields.";
const CUT_BY_ESET = "ESET PROTECT cuts its messages there, and has no setting for it. Fields behind the cut are lost; raw_message holds what arrived.";

/** What to do about a status. @param {string} status @param {any} [record] @param {string} [reason] */
export function advice(status, record, reason = "") {
  if (status === "ok" && record.additional_fields) return ADDITIONAL;
  if (status === "truncated" && reason.includes("8000 characters")) return CUT_BY_ESET;
  return ADVICE[status] ?? "";
}

export const FORMATS = ["json", "cef", "leef", "notification", "text"];

export const FORMAT_WORDS = { json: "JSON", cef: "CEF", leef: "LEEF", notification: "Notification", text: "Text" };

const WITHOUT_EVENT = new Set(["text", "heartbeat"]);

/** The format of the event that a record was made of. */
export function formatOf(record) {
  if (record.payload_format) return record.payload_format;
  if (record.parse_status === "notification") return "notification";
  const hasEvent = !WITHOUT_EVENT.has(record.parse_status) && Object.keys(record).some(isOfEvent);
  return hasEvent ? "json" : "text";
}

/** Whether a field is one that ESET sends. */
const isOfEvent = (key) => !key.startsWith("syslog_") && key !== "parse_status" && key !== "raw_message";

/** What an event is about, in a few words. */
export function headline(record) {
  const keys = ["threat_name", "rule_name", "rulename", "event", "detail", "cause", "object_uri", "description", "raw_message"];
  const key = keys.find((name) => record[name]);
  return key ? String(record[key]).slice(0, 200) : "";
}

const TYPE_WORDS = {
  FirewallAggregated_Event: "Firewall", HipsAggregated_Event: "HIPS", FilteredWebsites_Event: "Websites", BlockedFiles_Event: "Blocked files",
  EnterpriseInspectorAlert_Event: "Inspect alert",
};

/** @param {string} name */
export const typeWord = (name) => TYPE_WORDS[name] ?? (name ? visible(name.replace(/_?Event$/, "").replaceAll("_", " ")) : "No type");

export const number = (value) => value.toLocaleString("en");

const UNITS = ["bytes", "KiB", "MiB", "GiB"];

export function size(bytes) {
  const unit = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  return `${(bytes / 1024 ** unit).toLocaleString("en", { maximumFractionDigits: 1 })} ${UNITS[unit]}`;
}

export const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

const C0_PICTURES = 0x2400;

/** A text in which nothing is hidden or turned around, each UTF-16 unit in its place. */
export function visible(text) {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(C0_PICTURES + code);
    return code === 0xfeff ? "\u2423" : "\ufffd";
  });
}
