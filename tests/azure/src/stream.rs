//! The declaration of a stream, as in `streamDeclarations` of a data collection rule, and the check of a record against
//! it.
//!
//! Sources: Azure Monitor, "Structure of a data collection rule", "Service limits for the Logs Ingestion API".

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use eset_filter::schema::{ADDED, FIELDS, Kind};
use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The column that every table must have.
pub const TIME_GENERATED: &str = "TimeGenerated";

/// The maximum length of a value, in bytes. Azure truncates longer values.
const LONGEST_VALUE: usize = 64 * 1024;

/// The type of a stream column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    String,
    /// A 32-bit integer.
    Int,
    /// A 64-bit integer.
    Long,
    /// A number.
    Real,
    /// `true` or `false`.
    Boolean,
    /// A point in time in ISO 8601, with date, time and time zone.
    Datetime,
    /// Any JSON.
    Dynamic,
}

impl ColumnType {
    /// Returns the name of the type in a data collection rule.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Boolean => "boolean",
            Self::Datetime => "datetime",
            Self::Dynamic => "dynamic",
        }
    }

    /// Returns whether a JSON value has this type. `null` has every type.
    fn accepts(self, value: &str) -> bool {
        let text = || serde_json::from_str::<Cow<'_, str>>(value).ok();
        value == "null"
            || match self {
                Self::String => value.starts_with('"'),
                Self::Int => value.parse::<i32>().is_ok(),
                Self::Long => value.parse::<i64>().is_ok(),
                Self::Real => value.starts_with(|first: char| first == '-' || first.is_ascii_digit()),
                Self::Boolean => matches!(value, "true" | "false"),
                Self::Datetime => text().is_some_and(|text| is_datetime(&text)),
                Self::Dynamic => true,
            }
    }
}

/// A stream with its columns.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The name, such as `Custom-eset_CL`.
    pub name: String,
    columns: HashMap<String, ColumnType>,
}

impl Stream {
    /// Creates a stream with these columns.
    pub fn new<N: Into<String>>(name: &str, columns: impl IntoIterator<Item = (N, ColumnType)>) -> Self {
        let columns = columns.into_iter().map(|(name, column_type)| (name.into(), column_type)).collect();
        Self { name: name.to_owned(), columns }
    }

    /// Returns `Custom-eset_CL`, with every field that the filter emits, `TimeGenerated`, and `sender_address` from the
    /// shipper.
    #[must_use]
    pub fn eset() -> Self {
        let sent = FIELDS.iter().map(|field| (field.name.text, column_type(field.kind)));
        let added = ADDED.iter().map(|field| (field.name.text, column_type(field.kind)));
        let shipper = [(TIME_GENERATED, ColumnType::Datetime), ("sender_address", ColumnType::String)];
        Self::new("Custom-eset_CL", sent.chain(added).chain(shipper))
    }

    /// Checks a record, and passes each defect to `complain`. The text is the same for all records with the same
    /// defect.
    ///
    /// # Errors
    ///
    /// The record is not a JSON object.
    pub(crate) fn check(&self, record: &RawValue, mut complain: impl FnMut(String)) -> serde_json::Result<Mark> {
        let Members(members) = serde_json::from_str(record.get())?;
        let mut seen = HashSet::new();
        let mut mark = Mark::None;
        for (name, value) in &members {
            let value = value.get();
            if !seen.insert(name) {
                complain(format!("{name} occurs twice"));
            }
            match self.columns.get(name.as_ref()) {
                None => complain(format!("{name} is not a column of {}", self.name)),
                Some(column_type) if !column_type.accepts(value) => {
                    complain(format!("{name} is not of the type {}", column_type.name()));
                }
                Some(_) if is_too_long(value) => complain(format!("{name} is longer than 64 KB")),
                Some(_) if name == "group_description" => mark = Mark::of(value),
                Some(_) => {}
            }
        }
        if !seen.contains(&Cow::Borrowed(TIME_GENERATED)) {
            complain(format!("{TIME_GENERATED} is missing"));
        }
        Ok(mark)
    }
}

const fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::String | Kind::Guid => ColumnType::String,
        Kind::Bool => ColumnType::Boolean,
        Kind::Int => ColumnType::Long,
        Kind::DateTime => ColumnType::Datetime,
        Kind::Dynamic => ColumnType::Dynamic,
        _ => panic!("this kind of field has no column type here"),
    }
}

/// The mark that `eset-filter generate --mark` puts into `group_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    Event { seed: u64, number: u64 },
}

impl Mark {
    /// Parses `"id-<seed>-<number>"`.
    fn of(value: &str) -> Self {
        let mark = || {
            let (seed, number) = value.strip_prefix("\"id-")?.strip_suffix('"')?.split_once('-')?;
            Some(Self::Event { seed: seed.parse().ok()?, number: number.parse().ok()? })
        };
        mark().unwrap_or(Self::None)
    }
}

/// Returns whether Azure would truncate the value. The length that counts is that of the unescaped text.
fn is_too_long(value: &str) -> bool {
    let text = || serde_json::from_str::<Cow<'_, str>>(value).map_or(value.len(), |text| text.len());
    value.len() > LONGEST_VALUE && text() > LONGEST_VALUE
}

/// Returns whether the text has the form `2025-07-17T02:39:35Z`. Azure stores 7 digits of a fraction but accepts more.
fn is_datetime(text: &str) -> bool {
    let (seconds, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let fraction = rest.strip_prefix('.').unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let zone = &fraction[digits..];
    match rest.is_empty() {
        true => seconds.parse::<Timestamp>().is_ok(),
        false => digits > 0 && format!("{seconds}.{}{zone}", &fraction[..digits.min(9)]).parse::<Timestamp>().is_ok(),
    }
}

/// All members of an object, including those with the same name, of which a map would keep only one.
struct Members<'r>(Vec<(Cow<'r, str>, &'r RawValue)>);

impl<'r> Deserialize<'r> for Members<'r> {
    fn deserialize<D: Deserializer<'r>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'r> Visitor<'r> for Each {
            type Value = Members<'r>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(stream: &Stream, record: &str) -> Vec<String> {
        let mut complaints = Vec::new();
        let record: Box<RawValue> = serde_json::from_str(record).unwrap();
        stream.check(&record, |complaint| complaints.push(complaint)).unwrap();
        complaints
    }

    #[test]
    fn types_accept_their_values_only() {
        let accepts = |column_type: ColumnType, good: &[&str], bad: &[&str]| {
            for value in good {
                assert!(column_type.accepts(value), "{} {value}", column_type.name());
            }
            for value in bad {
                assert!(!column_type.accepts(value), "{} {value}", column_type.name());
            }
        };
        accepts(ColumnType::String, &["\"\"", "\"a\"", "null"], &["1", "true", "{}", "[]"]);
        accepts(ColumnType::Int, &["0", "-2147483648", "null"], &["2147483648", "1.0", "1e2", "\"1\"", "true"]);
        accepts(ColumnType::Long, &["9223372036854775807"], &["9223372036854775808", "1.5", "\"1\""]);
        accepts(ColumnType::Real, &["1", "-1.5e3"], &["\"1\"", "true", "{}"]);
        accepts(ColumnType::Boolean, &["true", "false", "null"], &["\"true\"", "1", "0"]);
        accepts(ColumnType::Dynamic, &["{}", "[1]", "\"a\"", "1", "null"], &[]);
        accepts(
            ColumnType::Datetime,
            &[
                "\"2025-07-17T02:39:35Z\"",
                "\"2025-07-17T02:39:35.123Z\"",
                "\"2025-07-17T02:39:35.123456789012345678Z\"",
                "\"2025-07-17T02:39:35+02:00\"",
                "null",
            ],
            &[
                "\"27-Feb-2026 16:20:05\"",
                "\"2025-02-30T00:00:00Z\"",
                "\"2025-07-17T02:39:35\"",
                "\"2025-07-17\"",
                "\"2025-07-17T02:39:35.Z\"",
                "\"\"",
                "1752719975.5",
            ],
        );
    }

    #[test]
    fn every_field_of_the_filter_is_a_column() {
        let stream = Stream::eset();
        assert_eq!(stream.name, "Custom-eset_CL");
        assert_eq!(stream.columns.len(), FIELDS.len() + ADDED.len() + 2);
        for (name, column_type) in [
            ("event_type", ColumnType::String),
            ("occurred", ColumnType::Datetime),
            ("threat_handled", ColumnType::Boolean),
            ("source_port", ColumnType::Long),
            ("additional_fields", ColumnType::Dynamic),
            ("TimeGenerated", ColumnType::Datetime),
            ("sender_address", ColumnType::String),
        ] {
            assert_eq!(stream.columns.get(name), Some(&column_type), "{name}");
        }
    }

    #[test]
    fn defects_of_a_record_are_reported() {
        let stream = Stream::eset();
        let good = r#"{"TimeGenerated":"2025-07-17T02:39:35.123Z","source_port":1,"handled":true,"action":null}"#;
        assert_eq!(complaints(&stream, good), [""; 0]);
        let bad = r#"{"source_port":"1","handled":"true","handled":true,"@timestamp":1.5}"#;
        let expected = [
            "source_port is not of the type long",
            "handled is not of the type boolean",
            "handled occurs twice",
            "@timestamp is not a column of Custom-eset_CL",
            "TimeGenerated is missing",
        ];
        assert_eq!(complaints(&stream, bad), expected);
        let long = |text: &str, times| {
            format!(r#"{{"TimeGenerated":"2025-07-17T02:39:35Z","raw_message":"{}"}}"#, text.repeat(times))
        };
        assert_eq!(complaints(&stream, &long("x", 65_536)), [""; 0]);
        assert_eq!(complaints(&stream, &long("\\\"", 65_536)), [""; 0]);
        assert_eq!(complaints(&stream, &long("x", 65_537)), ["raw_message is longer than 64 KB"]);
        assert!(stream.check(serde_json::value::to_raw_value(&[1]).unwrap().as_ref(), |_| ()).is_err());
    }

    #[test]
    fn marks_are_parsed() {
        assert_eq!(Mark::of("\"id-7-12\""), Mark::Event { seed: 7, number: 12 });
        for other in ["\"id-7\"", "\"id-7-x\"", "\"Workstations\"", "null", "\"id-7-12 \""] {
            assert_eq!(Mark::of(other), Mark::None, "{other}");
        }
    }
}
