//! ESET's fields, in the order of a record.

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A timestamp in UTC.
    DateTime,
    /// A GUID, unchanged.
    Guid,
}

impl Kind {
    /// Returns the name of the type in the documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::DateTime => "datetime",
            Self::Guid => "guid",
        }
    }
}

use Kind::{Bool, DateTime, Guid, Int, Text};

/// A field: its name, its type, and its aliases.
pub(super) type Field = (&'static str, Kind, &'static [&'static str]);

/// Every field.
#[rustfmt::skip]
pub const FIELDS: [Field; 63] = [
    ("event_type", Text, &[]), ("ipv4", Text, &[]), ("ipv6", Text, &[]), ("hostname", Text, &[]),
    ("source_uuid", Guid, &[]), ("occurred", DateTime, &["occured"]), ("severity", Text, &[]), ("group_name", Text, &[]),
    ("group_description", Text, &["group_desription"]), ("os_name", Text, &[]), ("threat_type", Text, &[]), ("threat_name", Text, &[]),
    ("threat_flags", Text, &[]), ("scanner_id", Text, &[]), ("scan_id", Text, &[]), ("engine_version", Text, &[]),
    ("object_type", Text, &[]), ("object_uri", Text, &[]), ("action_taken", Text, &[]), ("action_error", Text, &[]),
    ("threat_handled", Bool, &[]), ("need_restart", Bool, &[]), ("username", Text, &[]), ("processname", Text, &[]),
    ("circumstances", Text, &[]), ("firstseen", DateTime, &[]), ("hash", Text, &[]), ("detection_uuid", Guid, &[]),
    ("event", Text, &[]), ("source_address", Text, &[]), ("source_address_type", Text, &[]), ("source_port", Int, &[]),
    ("target_address", Text, &[]), ("target_address_type", Text, &[]), ("target_port", Int, &[]), ("protocol", Text, &[]),
    ("account", Text, &[]), ("process_name", Text, &[]), ("rule_name", Text, &[]), ("rule_id", Text, &[]),
    ("inbound", Bool, &[]), ("aggregate_count", Int, &[]), ("action", Text, &[]), ("handled", Bool, &[]),
    ("application", Text, &[]), ("operation", Text, &[]), ("target", Text, &[]), ("domain", Text, &[]),
    ("detail", Text, &[]), ("user", Text, &[]), ("result", Text, &[]), ("rulename", Text, &[]), ("count", Int, &[]),
    ("eiconsolelink", Text, &[]), ("eialarmid", Text, &[]), ("computer_severity_score", Int, &[]),
    ("severity_score", Int, &[]), ("trigger_event", Text, &[]), ("command_line", Text, &[]), ("resolved", Bool, &[]),
    ("cause", Text, &[]), ("description", Text, &[]), ("flagged", Bool, &[]),
];

/// Returns the position of the field with this name or alias.
pub(super) fn find(key: &str) -> Option<usize> {
    FIELDS.iter().position(|(name, _, aliases)| *name == key || aliases.contains(&key))
}
