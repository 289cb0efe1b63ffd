//! The table of fields: a line for each field that ESET sends, and one for each that the filter adds.

use super::{AddedField, EventTypes, Field, Kind, Name};

/// The values of `event_type`. ESET Inspect alerts are also sent as `ESET Inspect Alert`.
pub static EVENT_TYPES: &[&str] = &[
    "Threat_Event",
    "FirewallAggregated_Event",
    "HipsAggregated_Event",
    "Audit_Event",
    "FilteredWebsites_Event",
    "EnterpriseInspectorAlert_Event",
    "BlockedFiles_Event",
];

/// The position of firewall events in [`EVENT_TYPES`].
pub(crate) const FIREWALL_POSITION: usize = FIREWALL.trailing_zeros() as usize;

const THREAT: u8 = 1;
const FIREWALL: u8 = 1 << 1;
const HIPS: u8 = 1 << 2;
const AUDIT: u8 = 1 << 3;
const WEBSITE: u8 = 1 << 4;
const INSPECT: u8 = 1 << 5;
const BLOCKED: u8 = 1 << 6;
pub(super) const EVERY: u8 = THREAT | FIREWALL | HIPS | AUDIT | WEBSITE | INSPECT | BLOCKED;

macro_rules! name {
    ($text:literal) => {
        Name::new($text, concat!(",\"", $text, "\":\""))
    };
}

macro_rules! field {
    (
        $name:literal, $kind:ident, $types:expr, $description:literal
        $(, alias $alias:literal)* $(, cef $cef:literal)* $(, label $label:literal)* $(, leef $leef:literal)*
    ) => {
        Field {
            name: name!($name),
            kind: Kind::$kind,
            aliases: &[$($alias),*],
            cef: &[$($cef),*],
            labels: &[$($label),*],
            leef: &[$($leef),*],
            event_types: EventTypes($types),
            description: $description,
        }
    };
}

macro_rules! added {
    ($name:literal, $kind:ident, $description:literal $(, column $column:literal)?) => {
        AddedField {
            name: name!($name),
            kind: Kind::$kind,
            description: $description,
            column: first(&[$($column)?]),
        }
    };
}

const fn first(given: &[&'static str]) -> Option<&'static str> {
    if given.is_empty() { None } else { Some(given[0]) }
}

/// The fields of ESET's export, in the order in which they appear in records.
pub static FIELDS: &[Field] = TABLE;

/// [`FIELDS`] as a constant, for tables that are computed at compile time.
#[rustfmt::skip]
pub(super) const TABLE: &[Field] = &[
    field!("event_type", String, EVERY, "Type of the event", cef "cat", leef "cat"),
    field!("ipv4", String, EVERY, "IPv4 address of the computer that reports the event", cef "dvc"),
    field!("ipv6", String, EVERY, "IPv6 address of the computer that reports the event", label "Device IPv6 Address"),
    field!("hostname", String, EVERY, "Host name of the computer that reports the event", cef "dvchost", leef "deviceName"),
    field!("source_uuid", Guid, EVERY, "UUID of the computer that reports the event", cef "deviceExternalId", leef "deviceUuid"),
    field!("occurred", DateTime, EVERY, "When the event occurred on the computer", alias "occured", cef "rt", leef "devTime"),
    field!("severity", String, EVERY, "Information, Notice, Warning, Error, Critical or Fatal", leef "sev"),
    field!("group_name", String, EVERY, "Static group of the computer, with its path", label "Device Group Name", leef "deviceGroupName"),
    field!("group_description", String, EVERY, "Description of the static group", alias "group_desription", label "Device Group Description", leef "deviceGroupDescription"),
    field!("os_name", String, EVERY, "Operating system of the computer", label "Device OS Name", leef "deviceOSName"),
    field!("threat_type", String, THREAT, "Type of threat, such as Trojan"),
    field!("threat_name", String, THREAT | FIREWALL, "Name of the threat"),
    field!("threat_flags", String, THREAT, "Flags of the detection, such as Variant"),
    field!("scanner_id", String, THREAT | WEBSITE, "Scanner that made the detection"),
    field!("scan_id", String, THREAT, "Scan that made the detection"),
    field!("engine_version", String, THREAT, "Version of the detection engine"),
    field!("object_type", String, THREAT, "Type of object, such as File", cef "fileType"),
    field!("object_uri", String, THREAT | WEBSITE | BLOCKED, "File or web URI of the object", cef "filePath", cef "request"),
    field!("action_taken", String, THREAT | HIPS | WEBSITE, "Action that the product took", cef "act"),
    field!("action_error", String, THREAT, "Why the action failed"),
    field!("threat_handled", Bool, THREAT, "Whether the threat was handled", label "Handled"),
    field!("need_restart", Bool, THREAT, "Whether the computer needs to restart", label "Restart Needed"),
    field!("username", String, THREAT | WEBSITE | INSPECT | BLOCKED, "User account under which the event occurred", cef "suser", leef "accountName"),
    field!("processname", String, THREAT | WEBSITE | INSPECT | BLOCKED, "Process that accessed the object", cef "deviceProcessName", cef "sprod", leef "processName"),
    field!("circumstances", String, THREAT, "What led to the detection"),
    field!("firstseen", DateTime, THREAT | BLOCKED, "When the object was first seen on the computer", label "FirstSeen"),
    field!("hash", String, THREAT | WEBSITE | INSPECT | BLOCKED, "SHA-1 of the object"),
    field!("detection_uuid", Guid, THREAT | FIREWALL | INSPECT, "UUID of the detection"),
    field!("event", String, FIREWALL | WEBSITE, "What was detected on the network", cef "msg", leef "eventDesc"),
    field!("source_address", String, FIREWALL, "Source address of the traffic", cef "src", label "Source IPv6 Address"),
    field!("source_address_type", String, FIREWALL, "Type of the source address, such as IPv4"),
    field!("source_port", Int, FIREWALL, "Source port of the traffic", cef "spt", leef "srcPort"),
    field!("target_address", String, FIREWALL | WEBSITE, "Destination address of the traffic", cef "dst", label "Destination IPv6 Address", leef "dst"),
    field!("target_address_type", String, FIREWALL | WEBSITE, "Type of the destination address, such as IPv4"),
    field!("target_port", Int, FIREWALL, "Destination port of the traffic", cef "dpt", leef "dstPort"),
    field!("protocol", String, FIREWALL, "Network protocol", cef "proto", leef "proto"),
    field!("account", String, FIREWALL, "User account under which the event occurred", cef "suser", leef "accountName"),
    field!("process_name", String, FIREWALL, "Process that communicated", cef "deviceProcessName", cef "sprod"),
    field!("rule_name", String, FIREWALL | HIPS, "Name of the rule that applied"),
    field!("rule_id", String, FIREWALL | HIPS | WEBSITE, "Identifier of the rule that applied"),
    field!("inbound", Bool, FIREWALL, "Whether the connection was inbound", cef "deviceDirection"),
    field!("aggregate_count", Int, FIREWALL | HIPS, "Number of identical messages that the event aggregates", cef "cnt"),
    field!("action", String, FIREWALL | HIPS | AUDIT | BLOCKED, "Action that the rule took or the user performed", cef "act"),
    field!("handled", Bool, FIREWALL | HIPS | WEBSITE | BLOCKED, "Whether the detection was handled"),
    field!("application", String, HIPS, "Application that triggered the rule"),
    field!("operation", String, HIPS, "Operation that the application attempted"),
    field!("target", String, HIPS | AUDIT, "Target of the operation or action", cef "duser"),
    field!("domain", String, AUDIT, "Domain of the audited action, such as Native user", label "Audit Domain"),
    field!("detail", String, AUDIT, "Description of the action", cef "msg"),
    field!("user", String, AUDIT, "User who performed the action", cef "suser"),
    field!("result", String, AUDIT, "Result of the action, such as Success", cef "outcome"),
    field!("rulename", String, INSPECT, "Name of the ESET Inspect rule", label "Rule Name"),
    field!("count", Int, INSPECT, "Number of alerts of this type", cef "cnt"),
    field!("eiconsolelink", String, INSPECT, "Link to the alert in the ESET Inspect console", label "EI Console Link"),
    field!("eialarmid", String, INSPECT, "Alert identifier in the console link", label "EI Alarm ID"),
    field!("computer_severity_score", Int, INSPECT, "Severity score of the computer"),
    field!("severity_score", Int, INSPECT, "Severity score of the rule"),
    field!("trigger_event", String, INSPECT, "Event that triggered the alert"),
    field!("command_line", String, INSPECT, "Command line of the process"),
    field!("resolved", Bool, INSPECT | BLOCKED, "Whether the detection is resolved"),
    field!("cause", String, BLOCKED, "Why the file was blocked"),
    field!("description", String, BLOCKED, "Description of the blocked file", cef "msg"),
    field!("flagged", Bool, BLOCKED, "Whether the file is flagged"),
];

/// `payload_format`: the format of an event that is not sent as JSON.
pub static PAYLOAD_FORMAT: AddedField =
    added!("payload_format", String, "cef or leef, for an event that is not sent as JSON");
/// `parse_status`: how much of the message was understood.
pub static PARSE_STATUS: AddedField =
    added!("parse_status", String, "ok, truncated, malformed, text, heartbeat, multiple or notification");
/// `raw_message`: the message as it arrived.
pub static RAW_MESSAGE: AddedField = added!("raw_message", String, "The message as it arrived", column "RawData");
/// `syslog_hostname`: the host in the innermost syslog header.
pub static SYSLOG_HOSTNAME: AddedField = added!("syslog_hostname", String, "Host in the innermost syslog header: the ESET server that sent the event", column "Computer");
/// `syslog_facility`: the facility name.
pub static SYSLOG_FACILITY: AddedField = added!("syslog_facility", String, "Facility name, such as user");
/// `syslog_severity`: the severity name.
pub static SYSLOG_SEVERITY: AddedField = added!("syslog_severity", String, "Severity name, such as warning");
/// `syslog_timestamp`: the timestamp of the header.
pub static SYSLOG_TIMESTAMP: AddedField = added!("syslog_timestamp", String, "Timestamp of the header, verbatim");
/// `syslog_appname`: the APP-NAME or tag of the header.
pub static SYSLOG_APPNAME: AddedField = added!("syslog_appname", String, "APP-NAME or tag of the header");
/// `syslog_procid`: the PROCID or process ID of the header.
pub static SYSLOG_PROCID: AddedField = added!("syslog_procid", String, "PROCID or process ID of the header");
/// `syslog_relay`: the host in the outermost header.
pub static SYSLOG_RELAY: AddedField =
    added!("syslog_relay", String, "Host in the outermost of several syslog headers, if it differs: the relay");
/// `additional_fields`: unknown fields, and values that do not fit their type.
pub static ADDITIONAL_FIELDS: AddedField = added!(
    "additional_fields",
    Dynamic,
    "Unknown fields and values that do not fit their type, as a flat map",
    column "AdditionalFields"
);

/// The fields that the filter adds, in the order in which they appear in records, after [`FIELDS`].
pub static ADDED: &[&AddedField] = &[
    &PAYLOAD_FORMAT,
    &PARSE_STATUS,
    &RAW_MESSAGE,
    &SYSLOG_HOSTNAME,
    &SYSLOG_FACILITY,
    &SYSLOG_SEVERITY,
    &SYSLOG_TIMESTAMP,
    &SYSLOG_APPNAME,
    &SYSLOG_PROCID,
    &SYSLOG_RELAY,
    &ADDITIONAL_FIELDS,
];
