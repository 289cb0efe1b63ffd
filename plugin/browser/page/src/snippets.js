// Snippets to copy: Fluent Bit and Vector configuration with the chosen options, and a query that finds the record.

const USUAL_LIMIT = 524_288;

/** @param {any} options */
export function fluentBit(options) {
  const lines = [
    options.raw !== "on_error" && `      raw: ${options.raw}`,
    options.heartbeats !== "drop" && `      heartbeats: ${options.heartbeats}`,
    options.syslogFields !== "hostname" && `      syslog_fields: ${options.syslogFields}`,
    options.recordLimit !== undefined && options.recordLimit !== USUAL_LIMIT && `      record_limit: ${options.recordLimit}`,
  ].filter(Boolean);
  return [
    "# The native filter. See fluent-bit-config/ for complete configurations.",
    "plugins:",
    "  - /usr/local/lib/fluent-bit/flb-filter_eset.so",
    "",
    "pipeline:",
    "  filters:",
    "    - name: eset",
    "      match: eset.*",
    ...lines,
    "",
  ].join("\n");
}

/** Returns the WASM filter's function name for these options. @param {any} options */
export function wasmFunction({ raw, heartbeats, syslogFields }) {
  return ["eset_filter", raw !== "on_error" && `raw_${raw}`, heartbeats === "keep" && "keep_heartbeats", syslogFields === "all" && "syslog_all"]
    .filter(Boolean).join("_");
}

/** @param {any} options */
export function vector(options) {
  const given = [
    `raw = "${options.raw}"`,
    options.heartbeats !== "drop" && `heartbeats = "${options.heartbeats}"`,
    options.syslogFields !== "hostname" && `syslog_fields = "${options.syslogFields}"`,
    options.recordLimit !== undefined && options.recordLimit !== USUAL_LIMIT && `record_limit = "${options.recordLimit}"`,
  ].filter(Boolean).join(", ");
  return [
    "# The Lua module. See vector-config/ for complete configurations.",
    "transforms:",
    "  eset:",
    "    type: lua",
    '    version: "2"',
    '    inputs: ["receive_*"]',
    "    source: |",
    '      local load, why = package.loadlib("/usr/local/lib/vector/eset_filter.so", "luaopen_eset_filter")',
    "      if not load then error(why) end",
    `      filter = load().new { ${given} }`,
    "    hooks:",
    '      process: "function (event, emit) filter:process(event, emit) end"',
    "",
  ].join("\n");
}

/** The fields that identify a record, the most specific first. */
const TELLING = ["detection_uuid", "hostname", "occurred", "event_type", "threat_name", "rule_name", "rulename", "object_uri", "user", "source_address"];
const MOST_CONDITIONS = 5;
const LONGEST_PIECE = 120;
const LONGEST_VALUE = 500;

/** Returns a query that finds the record. @param {any} record @param {Map<string, any>} fields the schema, by key */
export function kql(record, fields) {
  const conditions = TELLING.filter((key) => record[key] !== undefined && String(record[key]).length <= LONGEST_VALUE).slice(0, MOST_CONDITIONS)
    .map((key) => `${fields.get(key)?.column ?? key} == ${literal(record[key], fields.get(key)?.type)}`);
  if (!conditions.length && record.raw_message) conditions.push(`RawData contains ${text(piece(record.raw_message))}`);
  if (!conditions.length) conditions.push(`parse_status_s == ${text(record.parse_status)}`);
  return ["eset_CL", "| where TimeGenerated > ago(30d)", ...conditions.map((condition) => `| where ${condition}`), "| take 10", ""].join("\n");
}

function literal(value, type) {
  if (type === "datetime") return `datetime(${value})`;
  return typeof value === "string" ? text(value) : String(value);
}

const text = (value) => `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")}"`;

/** Returns the end of the longest part of a message without characters that may be stored in another form. */
function piece(message) {
  const parts = message.split(/[\0-\x1f\ufffd\ufeff]+/);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), "").slice(-LONGEST_PIECE);
}
