//! The columns of the table `eset_CL`, and the fields of the stream that they come from.
//!
//! Names are those that Azure's retired Data Collector API gave: the field's name with a suffix for its type. Queries
//! over years of data keep working.
//!
//! Source: Azure Monitor, "Structure of a data collection rule" (types of a stream), "Tables - Create or update" (types of
//! a table).

use eset_filter::schema::{ADDED, FIELDS, Kind};

/// The table.
pub const TABLE: &str = "eset_CL";
/// The stream of the data collection rule, which is also its output.
pub const STREAM: &str = "Custom-eset_CL";

/// The type of a table's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableType {
    /// Text.
    String,
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits.
    Long,
    /// A double.
    Real,
    /// `true` or `false`.
    Boolean,
    /// A point in time.
    DateTime,
    /// A UUID.
    Guid,
    /// Any JSON.
    Dynamic,
}

impl TableType {
    const ALL: [Self; 8] =
        [Self::String, Self::Int, Self::Long, Self::Real, Self::Boolean, Self::DateTime, Self::Guid, Self::Dynamic];

    /// The word that a table's schema uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
        }
    }

    /// The type of that name, in any case: the API writes `datetime`, too.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// The type of a stream's field. A stream has no UUIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamType {
    /// Text.
    String,
    /// An integer of 64 bits.
    Long,
    /// `true` or `false`.
    Boolean,
    /// A point in time.
    DateTime,
    /// Any JSON.
    Dynamic,
}

impl StreamType {
    /// The word that a stream's declaration uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Long => "long",
            Self::Boolean => "boolean",
            Self::DateTime => "datetime",
            Self::Dynamic => "dynamic",
        }
    }
}

/// A column, and the field that fills it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The field's name in the stream.
    pub field: &'static str,
    /// The field's type.
    pub stream_type: StreamType,
    /// The column's name.
    pub name: String,
    /// The column's type.
    pub table_type: TableType,
    /// What it means.
    pub description: &'static str,
}

/// Texts that the schema does not have: the table has their columns from the start, as a column comes into being slowly.
const OTHERS: [(&str, &str); 1] = [("sender_address", "Address that the message came from, as the shipper saw it")];

/// Every column that the rule fills, in the order of a record, after `TimeGenerated`.
#[must_use]
pub fn all() -> Vec<Column> {
    let time = Column {
        field: "TimeGenerated",
        stream_type: StreamType::DateTime,
        name: "TimeGenerated".to_owned(),
        table_type: TableType::DateTime,
        description: "When the shipper received the message",
    };
    let sent = FIELDS.iter().map(|field| (field.name.text, field.kind, field.column(), field.description));
    let added = ADDED.iter().map(|field| (field.name.text, field.kind, field.column(), field.description));
    let others = OTHERS.iter().map(|&(field, description)| (field, Kind::String, format!("{field}_s"), description));
    let columns = sent.chain(added).chain(others).map(|(field, kind, name, description)| {
        let (stream_type, table_type) = types(kind, &name);
        Column { field, stream_type, name, table_type, description }
    });
    [time].into_iter().chain(columns).collect()
}

fn types(kind: Kind, column: &str) -> (StreamType, TableType) {
    match kind {
        Kind::Bool => (StreamType::Boolean, TableType::Boolean),
        // The retired API had doubles only.
        Kind::Int => (StreamType::Long, TableType::Real),
        Kind::DateTime => (StreamType::DateTime, TableType::DateTime),
        Kind::Dynamic => (StreamType::Dynamic, TableType::Dynamic),
        _ if column.ends_with("_g") => (StreamType::String, TableType::Guid),
        _ => (StreamType::String, TableType::String),
    }
}
