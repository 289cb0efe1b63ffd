//! The table of ESET's fields: the single place that knows a field's name, type and meaning.
//!
//! Everything that names a field is made from [`FIELDS`] and [`ADDED`]: the parser's look-up ([`find`]), the encoders'
//! keys, the documentation (`eset-filter schema`) and the Azure columns. To teach the filter a new field, add a line.
//!
//! Source: ESET PROTECT online help, "Events exported to JSON format".

use crate::keys::KNOWN;

/// What type a field's value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, verbatim.
    String,
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// A point in time, written as RFC 3339 in UTC.
    DateTime,
    /// A JSON object (only [`ADDITIONAL_FIELDS`]).
    Dynamic,
}

impl Kind {
    /// The word the documentation uses for the type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::DateTime => "datetime",
            Self::Dynamic => "dynamic",
        }
    }

    /// The suffix that Azure's retired Data Collector API gave to columns of the type, and that existing queries expect.
    #[must_use]
    pub const fn column_suffix(self) -> &'static str {
        match self {
            Self::String => "_s",
            Self::Bool => "_b",
            Self::Int => "_d",
            Self::DateTime => "_t",
            Self::Dynamic => "",
        }
    }
}

/// A set of ESET event types, as a bit for each entry of [`EVENT_TYPES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTypes(u8);

/// The values of `event_type`. ESET Inspect's alerts are also sent as `ESET Inspect Alert`.
pub const EVENT_TYPES: [&str; 7] = [
    "Threat_Event",
    "FirewallAggregated_Event",
    "HipsAggregated_Event",
    "Audit_Event",
    "FilteredWebsites_Event",
    "EnterpriseInspectorAlert_Event",
    "BlockedFiles_Event",
];

const THREAT: u8 = 1;
const FIREWALL: u8 = 1 << 1;
const HIPS: u8 = 1 << 2;
const AUDIT: u8 = 1 << 3;
const WEBSITE: u8 = 1 << 4;
const INSPECT: u8 = 1 << 5;
const BLOCKED: u8 = 1 << 6;
const EVERY: u8 = (1 << EVENT_TYPES.len()) - 1;

impl EventTypes {
    /// Whether every event type is in the set.
    #[must_use]
    pub const fn is_every(self) -> bool {
        self.0 == EVERY
    }

    /// The names in the set, in the order of [`EVENT_TYPES`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (EVENT_TYPES.iter().enumerate()).filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name)
    }
}

/// A name in the forms the encoders need, so that nothing is assembled per event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name itself.
    pub text: &'static str,
    /// The name as a key of a JSON object whose value is a string: after a comma, and up to the string's opening quote.
    pub(crate) json_text_key: &'static str,
    /// The name as a MessagePack string.
    #[cfg(feature = "msgpack")]
    pub(crate) msgpack_key: crate::encode::msgpack::Key,
}

impl Name {
    /// The name as a key of a JSON object: after a comma, and with its colon.
    #[inline]
    pub(crate) fn json_key(&self) -> &'static str {
        self.json_text_key.strip_suffix('"').unwrap_or_default()
    }
}

/// A line of the schema: a field that ESET sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The canonical name, which is also what the record carries.
    pub name: Name,
    /// The declared type.
    pub kind: Kind,
    /// Other spellings of the key in what ESET sends.
    pub aliases: &'static [&'static str],
    /// The event types that carry the field.
    pub event_types: EventTypes,
    /// What the field means.
    pub description: &'static str,
    column: Option<&'static str>,
}

impl Field {
    /// The field's column in the Azure table `eset_CL`.
    #[must_use]
    pub fn column(&self) -> String {
        column(self.name.text, self.kind, self.column)
    }
}

/// A field that the filter adds to what ESET sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddedField {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: Kind,
    /// What the field means.
    pub description: &'static str,
    column: Option<&'static str>,
}

impl AddedField {
    /// The field's column in the Azure table `eset_CL`.
    #[must_use]
    pub fn column(&self) -> String {
        column(self.name.text, self.kind, self.column)
    }
}

fn column(name: &str, kind: Kind, given: Option<&'static str>) -> String {
    given.map_or_else(|| format!("{name}{}", kind.column_suffix()), str::to_owned)
}

macro_rules! name {
    ($text:literal) => {
        Name {
            text: $text,
            json_text_key: concat!(",\"", $text, "\":\""),
            #[cfg(feature = "msgpack")]
            msgpack_key: crate::encode::msgpack::Key::new($text),
        }
    };
}

macro_rules! field {
    ($name:literal, $kind:ident, $types:expr, $description:literal $(, alias $alias:literal)* $(, column $column:literal)?) => {
        Field {
            name: name!($name),
            kind: Kind::$kind,
            aliases: &[$($alias),*],
            event_types: EventTypes($types),
            description: $description,
            column: first(&[$($column)?]),
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

/// Every field of ESET's export, in the order in which records carry them.
pub static FIELDS: [Field; FIELD_COUNT] = FIELD_TABLE;

/// The names of [`FIELDS`] by themselves, with some more places than there are fields: for what needs no more of a field,
/// and is called so often that a check of the position counts.
pub(crate) static NAMES: [Name; MAX_FIELDS] = {
    let mut names = [FIELD_TABLE[0].name; MAX_FIELDS];
    let mut field = 0;
    while field < FIELD_COUNT {
        names[field] = FIELD_TABLE[field].name;
        field += 1;
    }
    names
};

/// The most fields that there can be.
pub(crate) const MAX_FIELDS: usize = u64::BITS as usize;

/// The position of `event_type`, by which an object is known to be an ESET event.
pub const EVENT_TYPE: usize = 0;

/// How many fields [`FIELDS`] has.
pub const FIELD_COUNT: usize = 63;

#[rustfmt::skip]
const FIELD_TABLE: [Field; FIELD_COUNT] = [
    field!("event_type", String, EVERY, "Type of the event"),
    field!("ipv4", String, EVERY, "IPv4 address of the computer that reports the event"),
    field!("ipv6", String, EVERY, "IPv6 address of the computer that reports the event"),
    field!("hostname", String, EVERY, "Host name of the computer that reports the event"),
    field!("source_uuid", String, EVERY, "UUID of the computer that reports the event", column "source_uuid_g"),
    field!("occurred", DateTime, EVERY, "When the event happened on the computer", alias "occured"),
    field!("severity", String, EVERY, "Information, Notice, Warning, Error, Critical or Fatal"),
    field!("group_name", String, EVERY, "Static group of the computer, with its path"),
    field!("group_description", String, EVERY, "Description of the static group"),
    field!("os_name", String, EVERY, "Operating system of the computer"),
    field!("threat_type", String, THREAT, "Kind of threat, such as Trojan"),
    field!("threat_name", String, THREAT | FIREWALL, "Name of the threat"),
    field!("threat_flags", String, THREAT, "Flags of the detection, such as Variant"),
    field!("scanner_id", String, THREAT | WEBSITE, "Scanner that found it"),
    field!("scan_id", String, THREAT, "Scan that found it"),
    field!("engine_version", String, THREAT, "Version of the detection engine"),
    field!("object_type", String, THREAT, "Kind of the object, such as File"),
    field!("object_uri", String, THREAT | WEBSITE | BLOCKED, "Address of the object: a file or web URI"),
    field!("action_taken", String, THREAT | HIPS | WEBSITE, "What the product did"),
    field!("action_error", String, THREAT, "Why the action failed"),
    field!("threat_handled", Bool, THREAT, "Whether the threat was dealt with"),
    field!("need_restart", Bool, THREAT, "Whether the computer has to restart"),
    field!("username", String, THREAT | WEBSITE | INSPECT | BLOCKED, "User under whose account it happened"),
    field!("processname", String, THREAT | WEBSITE | INSPECT | BLOCKED, "Process that touched the object"),
    field!("circumstances", String, THREAT, "What led to the detection"),
    field!("firstseen", DateTime, THREAT | BLOCKED, "When the object was first seen on the computer"),
    field!("hash", String, THREAT | WEBSITE | INSPECT | BLOCKED, "SHA-1 of the object"),
    field!("detection_uuid", String, THREAT | FIREWALL | INSPECT, "UUID of the detection"),
    field!("event", String, FIREWALL | WEBSITE, "What was detected on the network"),
    field!("source_address", String, FIREWALL, "Address that the traffic came from"),
    field!("source_address_type", String, FIREWALL, "Kind of the source address, such as IPv4"),
    field!("source_port", Int, FIREWALL, "Port that the traffic came from"),
    field!("target_address", String, FIREWALL | WEBSITE, "Address that the traffic went to"),
    field!("target_address_type", String, FIREWALL | WEBSITE, "Kind of the target address, such as IPv4"),
    field!("target_port", Int, FIREWALL, "Port that the traffic went to"),
    field!("protocol", String, FIREWALL, "Network protocol"),
    field!("account", String, FIREWALL, "User under whose account it happened"),
    field!("process_name", String, FIREWALL, "Process that communicated"),
    field!("rule_name", String, FIREWALL | HIPS, "Name of the rule that applied"),
    field!("rule_id", String, FIREWALL | HIPS | WEBSITE, "Identifier of the rule that applied"),
    field!("inbound", Bool, FIREWALL, "Whether the connection came in"),
    field!("aggregate_count", Int, FIREWALL | HIPS, "How many equal messages the event stands for"),
    field!("action", String, FIREWALL | HIPS | AUDIT | BLOCKED, "Action of the rule, or that the user performed"),
    field!("handled", Bool, FIREWALL | HIPS | WEBSITE | BLOCKED, "Whether the detection was dealt with"),
    field!("application", String, HIPS, "Application that triggered the rule"),
    field!("operation", String, HIPS, "Operation that the application attempted"),
    field!("target", String, HIPS | AUDIT, "What the operation or action was directed at"),
    field!("domain", String, AUDIT, "Domain of the audited action, such as Native user"),
    field!("detail", String, AUDIT, "Description of the action"),
    field!("user", String, AUDIT, "User who performed the action"),
    field!("result", String, AUDIT, "Result of the action, such as Success"),
    field!("rulename", String, INSPECT, "Name of the ESET Inspect rule"),
    field!("count", Int, INSPECT, "How many alerts of this type were raised"),
    field!("eiconsolelink", String, INSPECT, "Link to the alert in the ESET Inspect console"),
    field!("eialarmid", String, INSPECT, "Identifier in the alert's link"),
    field!("computer_severity_score", Int, INSPECT, "Severity score of the computer"),
    field!("severity_score", Int, INSPECT, "Severity score of the rule"),
    field!("trigger_event", String, INSPECT, "Event that triggered the alert"),
    field!("command_line", String, INSPECT, "Command line of the process"),
    field!("resolved", Bool, INSPECT | BLOCKED, "Whether the detection is resolved"),
    field!("cause", String, BLOCKED, "Why the file was blocked"),
    field!("description", String, BLOCKED, "Description of the blocked file"),
    field!("flagged", Bool, BLOCKED, "Whether the file is flagged"),
];

/// `parse_status`: how much of the message was understood.
pub static PARSE_STATUS: AddedField =
    added!("parse_status", String, "ok, truncated, malformed, text, heartbeat or multiple");
/// `raw_message`: the message as it came in.
pub static RAW_MESSAGE: AddedField = added!("raw_message", String, "The message as it came in", column "RawData");
/// `syslog_hostname`: the host in the envelope.
pub static SYSLOG_HOSTNAME: AddedField = added!("syslog_hostname", String, "Host in the syslog header: the ESET server that sent the event", column "Computer");
/// `syslog_facility`: the facility's name.
pub static SYSLOG_FACILITY: AddedField = added!("syslog_facility", String, "Facility's name, such as user");
/// `syslog_severity`: the severity's name.
pub static SYSLOG_SEVERITY: AddedField = added!("syslog_severity", String, "Severity's name, such as warning");
/// `syslog_timestamp`: the header's time stamp.
pub static SYSLOG_TIMESTAMP: AddedField = added!("syslog_timestamp", String, "Time stamp of the header, verbatim");
/// `syslog_appname`: APP-NAME or tag.
pub static SYSLOG_APPNAME: AddedField = added!("syslog_appname", String, "APP-NAME or tag of the header");
/// `syslog_procid`: PROCID.
pub static SYSLOG_PROCID: AddedField = added!("syslog_procid", String, "PROCID or process id of the header");
/// `additional_fields`: what the schema has no place for.
pub static ADDITIONAL_FIELDS: AddedField = added!(
    "additional_fields",
    Dynamic,
    "Unknown fields, and values that do not fit their type, as a flat map",
    column "AdditionalFields"
);

/// The fields that the filter adds, in the order in which records carry them, after [`FIELDS`].
pub static ADDED: [&AddedField; 9] = [
    &PARSE_STATUS,
    &RAW_MESSAGE,
    &SYSLOG_HOSTNAME,
    &SYSLOG_FACILITY,
    &SYSLOG_SEVERITY,
    &SYSLOG_TIMESTAMP,
    &SYSLOG_APPNAME,
    &SYSLOG_PROCID,
    &ADDITIONAL_FIELDS,
];

/// The names of [`FIELDS`] and [`ADDED`], each at the address at which an event gives it: for a host that keeps keys of its
/// own for them.
pub fn names() -> impl Iterator<Item = &'static Name> {
    NAMES[..FIELD_COUNT].iter().chain(ADDED.iter().map(|field| &field.name))
}

/// The position in [`FIELDS`] of the field that a key of ESET's JSON stands for, by its name or one of its aliases.
#[must_use]
#[inline]
pub fn find(key: &[u8]) -> Option<usize> {
    KNOWN.find(key).map(|spelling| usize::from(SPELLINGS[spelling].field))
}

/// A way to write a field's key.
#[derive(Clone, Copy)]
pub(crate) struct Spelling {
    pub(crate) key: &'static str,
    /// The field's position in [`FIELDS`].
    pub(crate) field: u8,
    /// The field's type.
    pub(crate) kind: Kind,
    /// Whether that is text.
    pub(crate) is_text: bool,
}

impl Spelling {
    const fn new(key: &'static str, field: usize, kind: Kind) -> Self {
        Self { key, field: field as u8, kind, is_text: matches!(kind, Kind::String) }
    }
}

/// How many ways to write a key there are.
pub(crate) const SPELLING_COUNT: usize = {
    let (mut count, mut field) = (0, 0);
    while field < FIELD_COUNT {
        count += 1 + FIELD_TABLE[field].aliases.len();
        field += 1;
    }
    count
};

/// Every way to write a key of ESET's JSON.
pub(crate) static SPELLINGS: [Spelling; SPELLING_COUNT] = SPELLING_TABLE;

const SPELLING_TABLE: [Spelling; SPELLING_COUNT] = {
    let mut spellings = [Spelling::new("", 0, Kind::String); SPELLING_COUNT];
    let (mut next, mut field) = (0, 0);
    while field < FIELD_COUNT {
        let kind = FIELD_TABLE[field].kind;
        spellings[next] = Spelling::new(FIELD_TABLE[field].name.text, field, kind);
        next += 1;
        let mut alias = 0;
        while alias < FIELD_TABLE[field].aliases.len() {
            spellings[next] = Spelling::new(FIELD_TABLE[field].aliases[alias], field, kind);
            next += 1;
            alias += 1;
        }
        field += 1;
    }
    spellings
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_found_and_nothing_else() {
        for (at, field) in FIELDS.iter().enumerate() {
            for key in field.aliases.iter().chain([&field.name.text]) {
                assert_eq!(find(key.as_bytes()), Some(at), "{key}");
                assert_eq!(find(key.to_uppercase().as_bytes()), None, "{key}");
                assert_eq!(find(&key.as_bytes()[1..]), None, "{key}");
            }
        }
        for key in ["", "a", "ab", "TimeGenerated", "additional_fields", "parse_status", "occurredd"] {
            assert_eq!(find(key.as_bytes()), None, "{key}");
        }
        assert_eq!(find(b"event_type"), Some(EVENT_TYPE));
    }

    #[test]
    fn columns_follow_the_retired_api() {
        let column = |name: &str| FIELDS[find(name.as_bytes()).unwrap()].column();
        assert_eq!(column("hostname"), "hostname_s");
        assert_eq!(column("threat_handled"), "threat_handled_b");
        assert_eq!(column("source_port"), "source_port_d");
        assert_eq!(column("occured"), "occurred_t");
        assert_eq!(column("source_uuid"), "source_uuid_g");
        assert_eq!(RAW_MESSAGE.column(), "RawData");
        assert_eq!(PARSE_STATUS.column(), "parse_status_s");
    }
}
