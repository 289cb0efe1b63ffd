//! The rule's `transformKql`, which maps stream fields to table columns.
//!
//! The query uses only features that Azure Monitor allows in transformations ("Supported KQL features in Azure Monitor
//! transformations"). Each expression has exactly the type of its column, because Azure refuses any other type with
//! `InvalidTransformOutput`.

use std::fmt::Write as _;

use crate::columns::{Column, StreamType, TableType};

/// The maximum length of a transformation in Azure, in characters.
pub const LONGEST: usize = 15_360;

/// Returns the query, with one column per line.
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

/// Returns the function that converts the type of the field to that of the column, if they differ.
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

/// Returns a field name, quoted if it is also the name of an operator.
fn quoted(name: &str) -> String {
    if name == "count" { "['count']".to_owned() } else { name.to_owned() }
}
