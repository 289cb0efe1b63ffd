//! The table of ESET's fields: the single place that knows a field's name, type and meaning.
//!
//! Everything that names a field is made from [`FIELDS`] and [`ADDED`] (`table`): the parser's look-up ([`find`]), the
//! encoders' keys, the documentation (`eset-filter schema`) and the Azure columns. To add a field, add a line.
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

/// What type a field's value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text, verbatim.
    String,
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// A point in time, written as RFC 3339 in UTC.
    DateTime,
    /// A UUID: hexadecimal digits in groups of 8, 4, 4, 4 and 12, verbatim.
    Guid,
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
            Self::Guid => "guid",
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
            Self::Guid => "_g",
            Self::Dynamic => "",
        }
    }
}

/// A set of ESET event types, as a bit for each entry of [`EVENT_TYPES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTypes(u8);

impl EventTypes {
    /// None of them.
    pub(crate) const NONE: Self = Self(0);

    /// The one at a position in [`EVENT_TYPES`].
    pub(crate) const fn only(position: usize) -> Self {
        Self(1 << position)
    }

    /// Whether every event type is in the set.
    #[must_use]
    pub const fn is_every(self) -> bool {
        self.0 == table::EVERY
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
    /// The name as a MessagePack string of at most 31 bytes, and padding.
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

    /// The name as a key of a JSON object: after a comma, and with its colon.
    #[inline]
    pub(crate) fn json_key(&self) -> &'static str {
        self.json_text_key.strip_suffix('"').unwrap_or_default()
    }
}

#[cfg(feature = "msgpack")]
const fn packed(text: &str) -> [u8; 32] {
    /// The marker of such a string, to which its length is added.
    const FIXSTR: u8 = 0xA0;
    let mut packed = [0; 32];
    packed[0] = FIXSTR | text.len() as u8;
    let (_, room) = packed.split_at_mut(1);
    room.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
    packed
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
    /// Keys of CEF that mean the field in its event types.
    pub cef: &'static [&'static str],
    /// Labels of CEF that mean it in its event types; its own name in words is another.
    pub labels: &'static [&'static str],
    /// Keys of LEEF that mean it in its event types; its own name in camel case is another.
    pub leef: &'static [&'static str],
    /// The event types that carry the field.
    pub event_types: EventTypes,
    /// What the field means.
    pub description: &'static str,
}

impl Field {
    /// The field's column in the Azure table `eset_CL`.
    #[must_use]
    pub fn column(&self) -> String {
        column(self.name.text, self.kind)
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
