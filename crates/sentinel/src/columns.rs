//! The columns of the table `eset_CL`, and the stream fields that fill them.
//!
//! The column names are those that Azure's retired Data Collector API produced: the field name with a suffix for its
//! type. Existing queries over years of data therefore keep working.
//!
//! Source: Azure Monitor, "Structure of a data collection rule" (stream types), "Tables - Create or update" (table
//! types).

use eset_filter::schema::{ADDED, FIELDS, Kind};

/// The name of the table.
pub const TABLE: &str = "eset_CL";
/// The name of the data collection rule's stream, which is also its output stream.
pub const STREAM: &str = "Custom-eset_CL";

/// The type of a table column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableType {
    /// Text.
    String,
    /// A 32-bit integer.
    Int,
    /// A 64-bit integer.
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

    /// Returns the name of the type in a table schema.
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

    /// Returns the type with this name, regardless of case, because the API also writes `datetime`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// The type of a stream field. There is no stream type for UUIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamType {
    /// Text.
    String,
    /// A 64-bit integer.
    Long,
    /// `true` or `false`.
    Boolean,
    /// A point in time.
    DateTime,
    /// Any JSON.
    Dynamic,
}

impl StreamType {
    /// Returns the name of the type in a stream declaration.
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
    /// The name of the field in the stream.
    pub field: &'static str,
    /// The type of the field.
    pub stream_type: StreamType,
    /// The name of the column.
    pub name: String,
    /// The type of the column.
    pub table_type: TableType,
    /// The meaning of the column.
    pub description: &'static str,
}

/// Text fields outside the schema. Their columns exist from the start, because it takes Azure minutes to create a
/// column later.
const OTHERS: [(&str, &str); 1] = [("sender_address", "Source address of the message, as seen by the shipper")];

/// Returns every column that the rule fills: `TimeGenerated`, then the others in record order.
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
        // The only number type of the retired API was double.
        Kind::Int => (StreamType::Long, TableType::Real),
        Kind::DateTime => (StreamType::DateTime, TableType::DateTime),
        Kind::Dynamic => (StreamType::Dynamic, TableType::Dynamic),
        _ if column.ends_with("_g") => (StreamType::String, TableType::Guid),
        _ => (StreamType::String, TableType::String),
    }
}
