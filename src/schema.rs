//! The table of ESET's fields, the single source of their names, types and descriptions.
//!
//! Everything that names a field is generated from [`FIELDS`] and [`ADDED`] (in `table`): the parser's lookup
//! ([`find`]), the encoders' keys, the documentation (`eset-filter schema`) and the Azure columns. To add a field, add
//! a line to the table.
//!
//! Source: ESET PROTECT online help, "Events exported to JSON format".
//!
//! ```
//! use eset_filter::schema::{ADDED, EVENT_TYPES, FIELDS, Kind, find, names};
//!
//! let field = &FIELDS[find("occured").unwrap()];
//! assert_eq!((field.name.text, field.kind.name(), field.column().as_str()), ("occurred", "datetime", "occurred_t"));
//! assert!(field.event_types.is_every() && field.event_types.names().eq(EVENT_TYPES.iter().copied()));
//!
//! let status = ADDED.iter().find(|added| added.name.text == "parse_status").unwrap();
//! assert_eq!((status.kind, status.column().as_str()), (Kind::String, "parse_status_s"));
//! assert_eq!(names().count(), FIELDS.len() + ADDED.len());
//! ```

mod lookup;
mod names;
mod table;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

pub(crate) use lookup::{
    EVENT_TYPE, EVENT_TYPE_SPELLING, FIELD_SLOTS, INBOUND_SPELLING, KNOWN, NAMES, SEVERITY_SPELLING, SPELLINGS,
    Spelling, find_bytes,
};
pub use lookup::{find, names};
pub(crate) use names::{NameKind, find_name, push_snake};
pub(crate) use table::FIREWALL_POSITION;
pub use table::{
    ADDED, ADDITIONAL_FIELDS, EVENT_TYPES, FIELDS, PARSE_STATUS, PAYLOAD_FORMAT, RAW_MESSAGE, SYSLOG_APPNAME,
    SYSLOG_FACILITY, SYSLOG_HOSTNAME, SYSLOG_PROCID, SYSLOG_RELAY, SYSLOG_SEVERITY, SYSLOG_TIMESTAMP,
};

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text, unchanged.
    String,
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// A timestamp, written as RFC 3339 in UTC.
    DateTime,
    /// A UUID: hexadecimal digits in groups of 8, 4, 4, 4 and 12, unchanged.
    Guid,
    /// A JSON object (only [`ADDITIONAL_FIELDS`]).
    Dynamic,
}

impl Kind {
    /// Returns the name of the type in the documentation, such as `datetime`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::DateTime => "datetime",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
        }
    }

    /// Returns the suffix that Azure's retired Data Collector API appended to the names of columns of this type, such
    /// as `_s`. Existing queries expect it.
    #[must_use]
    pub const fn column_suffix(self) -> &'static str {
        match self {
            Self::String => "_s",
            Self::Bool => "_b",
            Self::Int => "_d",
            Self::DateTime => "_t",
            Self::Guid => "_g",
            Self::Dynamic => "",
        }
    }
}

/// A set of ESET event types, with one bit for each entry of [`EVENT_TYPES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTypes(u8);

impl EventTypes {
    /// The empty set.
    pub(crate) const NONE: Self = Self(0);

    /// Returns the set that contains only the event type at this position in [`EVENT_TYPES`].
    pub(crate) const fn only(position: usize) -> Self {
        Self(1 << position)
    }

    /// Returns whether the set contains every event type.
    #[must_use]
    pub const fn is_every(self) -> bool {
        self.0 == table::EVERY
    }

    /// Returns the names of the event types in the set, in the order of [`EVENT_TYPES`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (EVENT_TYPES.iter().enumerate()).filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name)
    }
}

/// A field name in the forms that the encoders write, so that nothing is assembled for each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as plain text.
    pub text: &'static str,
    /// The name as a JSON key whose value is a string, from the comma before the key to the string's opening quote.
    pub(crate) json_text_key: &'static str,
    /// The name as a MessagePack string of at most 31 bytes, with padding.
    #[cfg(feature = "msgpack")]
    pub(crate) packed: [u8; 32],
}

impl Name {
    const fn new(text: &'static str, json_text_key: &'static str) -> Self {
        Self {
            text,
            json_text_key,
            #[cfg(feature = "msgpack")]
            packed: packed(text),
        }
    }

    /// Returns the name as a JSON key, from the comma before the key to the colon after it.
    #[inline]
    pub(crate) fn json_key(&self) -> &'static str {
        self.json_text_key.strip_suffix('"').unwrap_or_default()
    }
}

#[cfg(feature = "msgpack")]
const fn packed(text: &str) -> [u8; 32] {
    /// The marker of a string of at most 31 bytes. The length of the string is added to it.
    const FIXSTR: u8 = 0xA0;
    let mut packed = [0; 32];
    packed[0] = FIXSTR | text.len() as u8;
    let (_, room) = packed.split_at_mut(1);
    room.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
    packed
}

/// A field that ESET sends: one line of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The canonical name, as it is written to records.
    pub name: Name,
    /// The type.
    pub kind: Kind,
    /// Other spellings of the key that ESET sends.
    pub aliases: &'static [&'static str],
    /// The CEF keys of the field in its event types.
    pub cef: &'static [&'static str],
    /// The CEF labels of the field in its event types. Its name in words is also a label.
    pub labels: &'static [&'static str],
    /// The LEEF keys of the field in its event types. Its name in camel case is also a key.
    pub leef: &'static [&'static str],
    /// The event types that contain the field.
    pub event_types: EventTypes,
    /// A description of the field.
    pub description: &'static str,
}

impl Field {
    /// Returns the name of the field's column in the Azure table `eset_CL`.
    #[must_use]
    pub fn column(&self) -> String {
        column(self.name.text, self.kind)
    }
}

/// A field that the filter adds to those that ESET sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddedField {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: Kind,
    /// A description of the field.
    pub description: &'static str,
    column: Option<&'static str>,
}

impl AddedField {
    /// Returns the name of the field's column in the Azure table `eset_CL`.
    #[must_use]
    pub fn column(&self) -> String {
        self.column.map_or_else(|| column(self.name.text, self.kind), str::to_owned)
    }
}

fn column(name: &str, kind: Kind) -> String {
    format!("{name}{}", kind.column_suffix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_found_and_nothing_else() {
        for (at, field) in FIELDS.iter().enumerate() {
            for key in field.aliases.iter().chain([&field.name.text]) {
                assert_eq!(find(key), Some(at), "{key}");
                assert_eq!(find(&key.to_uppercase()), None, "{key}");
                assert_eq!(find(&key[1..]), None, "{key}");
            }
        }
        for key in ["", "a", "ab", "TimeGenerated", "additional_fields", "parse_status", "occurredd"] {
            assert_eq!(find(key), None, "{key}");
        }
        assert_eq!(find("event_type"), Some(EVENT_TYPE));
    }

    #[test]
    fn columns_follow_the_retired_api() {
        let column = |name: &str| FIELDS[find(name).unwrap()].column();
        assert_eq!(column("hostname"), "hostname_s");
        assert_eq!(column("threat_handled"), "threat_handled_b");
        assert_eq!(column("source_port"), "source_port_d");
        assert_eq!(column("occured"), "occurred_t");
        assert_eq!(column("source_uuid"), "source_uuid_g");
        assert_eq!(column("detection_uuid"), "detection_uuid_g");
        assert_eq!(RAW_MESSAGE.column(), "RawData");
        assert_eq!(PARSE_STATUS.column(), "parse_status_s");
    }
}
