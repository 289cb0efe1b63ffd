//! The rule's `transformKql`: fields of the stream become columns of the table.
//!
//! It uses only what Azure Monitor allows in transformations ("Supported KQL features in Azure Monitor
//! transformations"), and each expression has exactly the type of its column: a rule with another is refused with
//! `InvalidTransformOutput`.

use std::fmt::Write as _;

use crate::columns::{Column, StreamType, TableType};

/// The longest that Azure takes, in characters.
pub const LONGEST: usize = 15_360;

/// The query, a column a line.
///
/// ```
/// use eset_filter_sentinel::{columns, transform};
///
/// let kql = transform::kql(&columns::all());
/// assert!(kql.starts_with("source\n| project\n    TimeGenerated,\n    event_type_s = event_type,\n"));
/// assert!(kql.len() < transform::LONGEST);
/// ```
#[must_use]
pub fn kql(columns: &[Column]) -> String {
    let mut kql = "source\n| project".to_owned();
    for (at, column) in columns.iter().enumerate() {
        kql.push_str(if at == 0 { "\n    " } else { ",\n    " });
        let field = quoted(column.field);
        let value = match conversion(column.stream_type, column.table_type) {
            Some(function) => format!("{function}({field})"),
            None => field,
        };
        // Writing to a string does not fail.
        let _ =
            if column.name == column.field { write!(kql, "{value}") } else { write!(kql, "{} = {value}", column.name) };
    }
    kql
}

/// The function that makes the column's type of the field's, where they differ.
fn conversion(from: StreamType, to: TableType) -> Option<&'static str> {
    match (from, to) {
        (StreamType::String, TableType::String)
        | (StreamType::Long, TableType::Long)
        | (StreamType::Boolean, TableType::Boolean)
        | (StreamType::DateTime, TableType::DateTime)
        | (StreamType::Dynamic, TableType::Dynamic) => None,
        (_, TableType::String) => Some("tostring"),
        (_, TableType::Int) => Some("toint"),
        (_, TableType::Long) => Some("tolong"),
        (_, TableType::Real) => Some("toreal"),
        (_, TableType::Boolean) => Some("tobool"),
        (_, TableType::DateTime) => Some("todatetime"),
        (_, TableType::Guid) => Some("toguid"),
        (_, TableType::Dynamic) => Some("parse_json"),
    }
}

/// A name of the stream, quoted where it is also an operator's.
fn quoted(name: &str) -> String {
    if name == "count" { "['count']".to_owned() } else { name.to_owned() }
}
