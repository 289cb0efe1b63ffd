//! An existing table, as Azure describes it.
//!
//! Deploying a table deletes every column that the template does not name, with its data. A template for an existing
//! table therefore names all of its columns.

use std::fmt;

use serde_json::Value as Json;

use crate::columns::{Column, StreamType, TABLE, TableType};

/// The columns and the retention of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    columns: Vec<(String, String)>,
    /// The interactive retention in days; -1 means the workspace default.
    pub retention_in_days: i64,
    /// The total retention in days; -1 means the same as `retention_in_days`.
    pub total_retention_in_days: i64,
}

/// Why a table description cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unusable {
    /// The description is not JSON.
    Json(serde_json::Error),
    /// The description lacks the schema.
    NoSchema,
    /// The description is of another table.
    OtherTable(String),
    /// Analytics rules cannot query tables with this plan.
    Plan(String),
    /// The table still belongs to the retired API.
    Classic,
    /// A column has a type that cannot store the values of its field.
    Type {
        /// The name of the column.
        column: String,
        /// The type of the column.
        has: String,
        /// The type of the field.
        needs: &'static str,
    },
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(
                formatter,
                "it is not JSON ({error}). Use the output of: az monitor log-analytics workspace table show \
                 --resource-group GROUP --workspace-name WORKSPACE --name eset_CL --output json"
            ),
            Self::NoSchema => formatter.write_str(
                "it has no schema with columns. Use the output of: az monitor log-analytics workspace table show \
                 --resource-group GROUP --workspace-name WORKSPACE --name eset_CL",
            ),
            Self::OtherTable(name) => write!(formatter, "it describes the table {name}, not {TABLE}"),
            Self::Plan(plan) => write!(
                formatter,
                "the table has the plan {plan}, which analytics rules cannot query. Change the plan to Analytics first"
            ),
            Self::Classic => formatter.write_str(
                "the table still belongs to the retired Data Collector API. Migrate it first: az monitor log-analytics \
                 workspace table migrate --resource-group GROUP --workspace-name WORKSPACE --name eset_CL",
            ),
            Self::Type { column, has, needs } => write!(
                formatter,
                "the column {column} has the type {has}, which cannot store {needs} values. The type of a column cannot \
                 be changed: delete the column, or use another table"
            ),
        }
    }
}

impl std::error::Error for Unusable {}

impl Existing {
    /// Parses a description: the response to `GET …/tables/eset_CL`, or the output of `az monitor log-analytics
    /// workspace table show`.
    ///
    /// # Errors
    ///
    /// The description cannot be used: see [`Unusable`].
    ///
    /// ```
    /// use eset_filter_sentinel::{columns, existing::Existing};
    ///
    /// let shown = r#"{"schema": {"name": "eset_CL", "columns": [{"name": "occured_s", "type": "string"}]}}"#;
    /// let (table, columns) = (Existing::read(shown)?, columns::all());
    /// let union = table.union(&columns);
    /// assert_eq!(union[0], ("occured_s", "string"));
    /// assert!(union.contains(&("occurred_t", "dateTime")));
    /// # Ok::<(), eset_filter_sentinel::existing::Unusable>(())
    /// ```
    pub fn read(description: &str) -> Result<Self, Unusable> {
        let json: Json = serde_json::from_str(description).map_err(Unusable::Json)?;
        // The API nests these members in `properties`; the command line shows them flat.
        let table = json.get("properties").unwrap_or(&json);
        let schema = table.get("schema").ok_or(Unusable::NoSchema)?;
        let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        if let Some(name) = text(schema, "name").filter(|name| name != TABLE) {
            return Err(Unusable::OtherTable(name));
        }
        if text(schema, "tableSubType").as_deref() == Some("Classic") {
            return Err(Unusable::Classic);
        }
        if let Some(plan) = text(table, "plan").filter(|plan| plan != "Analytics") {
            return Err(Unusable::Plan(plan));
        }
        let columns = schema.get("columns").and_then(Json::as_array).ok_or(Unusable::NoSchema)?;
        let columns = columns.iter().map(|column| Some((text(column, "name")?, text(column, "type")?)));
        let columns: Vec<_> = columns.collect::<Option<_>>().ok_or(Unusable::NoSchema)?;
        for column in crate::columns::all() {
            let Some((_, has)) = columns.iter().find(|(name, _)| *name == column.name) else { continue };
            if TableType::from_name(has).is_none_or(|has| !fits(&column, has)) {
                let needs = column.stream_type.name();
                return Err(Unusable::Type { column: column.name, has: has.clone(), needs });
            }
        }
        let days = |key: &str, default_key: &str| match table.get(default_key).and_then(Json::as_bool) {
            Some(true) => -1,
            _ => table.get(key).and_then(Json::as_i64).unwrap_or(-1),
        };
        Ok(Self {
            retention_in_days: days("retentionInDays", "retentionInDaysAsDefault"),
            total_retention_in_days: days("totalRetentionInDays", "totalRetentionInDaysAsDefault"),
            columns,
        })
    }

    /// Returns the table's columns with their types, then the missing ones of `columns`.
    #[must_use]
    pub fn union<'a>(&'a self, columns: &'a [Column]) -> Vec<(&'a str, &'a str)> {
        let there = self.columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str()));
        let lacking = columns.iter().filter(|column| self.kind(&column.name).is_none());
        there.chain(lacking.map(|column| (column.name.as_str(), column.table_type.name()))).collect()
    }

    /// Returns `columns` with the types that they have in the table.
    #[must_use]
    pub fn filled(&self, columns: &[Column]) -> Vec<Column> {
        let typed = |column: &Column| Column {
            table_type: self.kind(&column.name).unwrap_or(column.table_type),
            ..column.clone()
        };
        columns.iter().map(typed).collect()
    }

    fn kind(&self, column: &str) -> Option<TableType> {
        self.columns.iter().find(|(name, _)| name == column).and_then(|(_, kind)| TableType::from_name(kind))
    }
}

/// Returns whether a column of the type `has` can store every value of the field.
fn fits(column: &Column, has: TableType) -> bool {
    has == column.table_type
        || has == TableType::String
        || (column.stream_type == StreamType::Long && matches!(has, TableType::Long | TableType::Real))
}
