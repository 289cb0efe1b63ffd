// The words and advice that the page shows.

/** The statuses, one bit each in this order. `dropped` exists only in the page: the message produces no record. */
export const STATUSES = ["ok", "truncated", "malformed", "multiple", "text", "notification", "heartbeat", "dropped"];

export const STATUS_WORDS = {
  ok: "Complete",
  truncated: "Cut off",
  malformed: "Damaged",
  multiple: "Too many events",
  text: "No event",
  notification: "Notification",
  heartbeat: "Heartbeat",
  dropped: "Dropped",
};

const ADVICE = {
  ok: "Nothing to do. Every field matches the schema.",
  truncated: "A relay or shipper cut the message: raise its message size limit. Fields after the cut are lost; raw_message contains "
    + "what arrived.",
  malformed: "The message was changed on the way: check the relay's template. raw_message contains the message as it arrived.",
  multiple: "The message contains more events than the filter can return. raw_message contains all of them.",
  text: "Another program may be sending to the same port, or the message was split on the way. Nothing is lost: raw_message contains "
    + "the text.",
  notification: "Notifications are written for people and may duplicate an event. Configure ESET PROTECT to export events to syslog as well.",
  heartbeat: "An ESET PROTECT heartbeat, kept because of the heartbeats option.",
  dropped: "Heartbeats and empty messages produce no record. To notice a silent server in Azure, keep heartbeats.",
};

const ADDITIONAL = "Nothing to do. Values that do not match the schema are in additional_fields.";
const CUT_BY_ESET = "ESET PROTECT cuts messages at this length and has no setting for it. Fields after the cut are lost; raw_message contains what arrived.";

/** Returns the advice for a status. @param {string} status @param {any} [record] @param {string} [reason] */
export function advice(status, record, reason = "") {
  if (status === "ok" && record.additional_fields) return ADDITIONAL;
  if (status === "truncated" && reason.includes("8000 characters")) return CUT_BY_ESET;
  return ADVICE[status] ?? "";
}

export const FORMATS = ["json", "cef", "leef", "notification", "text"];

export const FORMAT_WORDS = { json: "JSON", cef: "CEF", leef: "LEEF", notification: "Notification", text: "Text" };

const WITHOUT_EVENT = new Set(["text", "heartbeat"]);

/** Returns the format of the event in a record. */
export function formatOf(record) {
  if (record.payload_format) return record.payload_format;
  if (record.parse_status === "notification") return "notification";
  const hasEvent = !WITHOUT_EVENT.has(record.parse_status) && Object.keys(record).some(isOfEvent);
  return hasEvent ? "json" : "text";
}

/** Returns whether ESET sends a field. */
const isOfEvent = (key) => !key.startsWith("syslog_") && key !== "parse_status" && key !== "raw_message";

/** Returns a short summary of an event. */
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

/** Makes invisible and bidirectional control characters visible. Each UTF-16 code unit keeps its offset. */
export function visible(text) {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(C0_PICTURES + code);
    return code === 0xfeff ? "\u2423" : "\ufffd";
  });
}
