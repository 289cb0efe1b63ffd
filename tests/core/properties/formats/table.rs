//! The table of fields in CEF and LEEF in the contract.

use std::fs;

use eset_filter::schema::FIELDS;

/// The path of the contract.
const CONTRACT: &str = "docs/contract.md";

const HEADER: [&str; 3] = ["field", "CEF", "LEEF"];

/// Whether a format carries a field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Carried,
    /// Carried by all types of events except those whose names begin with this text.
    CarriedNotBy(String),
    Missing,
}

/// The table, with one row for each field.
#[derive(Debug)]
pub(super) struct Table(Vec<(String, [Cell; 2])>);

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Cef,
    Leef,
}

impl Table {
    /// Reads the table from the contract.
    pub(super) fn read() -> Self {
        let path = eset_filter_tests::root().join(CONTRACT);
        let contract = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&contract).unwrap_or_else(|error| panic!("{CONTRACT}: {error}"))
    }

    fn parse(contract: &str) -> Result<Self, String> {
        let mut lines = contract.lines().map(str::trim);
        if !lines.any(|line| cells(line).as_deref() == Some(&HEADER)) {
            return Err(format!("there is no table with the columns {}", HEADER.join(", ")));
        }
        // Skip the line of dashes below the header.
        let rows: Vec<_> = lines.skip(1).map_while(cells).map(|row| Self::row(&row)).collect::<Result<_, _>>()?;
        let names: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
        let fields: Vec<_> = FIELDS.iter().map(|field| field.name.text).collect();
        if names != fields {
            return Err(format!("the fields of the table must be those of the schema, in the same order: {names:?}"));
        }
        Ok(Self(rows))
    }

    fn row(row: &[&str]) -> Result<(String, [Cell; 2]), String> {
        let [field, cef, leef] = row else { return Err(format!("{row:?} does not have three cells")) };
        Ok((field.trim_matches('`').to_owned(), [Cell::parse(cef), Cell::parse(leef)]))
    }

    /// Returns whether an event of this type has the field in this format.
    pub(super) fn carries(&self, column: Column, field: &str, event_type: &str) -> bool {
        let (_, cells) =
            self.0.iter().find(|(name, _)| name == field).unwrap_or_else(|| panic!("{field} is not a field"));
        match &cells[column as usize] {
            Cell::Carried => true,
            Cell::CarriedNotBy(types) => !event_type.starts_with(types),
            Cell::Missing => false,
        }
    }
}

impl Cell {
    /// Parses a cell: a dash, nothing, or keys and labels, optionally followed by a text such as `(not HIPS)`.
    fn parse(cell: &str) -> Self {
        match cell.split_once("(not ") {
            _ if matches!(cell, "" | "–") => Self::Missing,
            Some((_, types)) => Self::CarriedNotBy(capitalised(types.trim_end_matches(')'))),
            None => Self::Carried,
        }
    }
}

/// Returns `Hips` for `HIPS`, as in the names of event types.
fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + &rest.to_lowercase()
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

#[test]
fn a_table_that_is_missing_or_wrong_is_refused() {
    let path = eset_filter_tests::root().join(CONTRACT);
    let contract = fs::read_to_string(path).unwrap();
    let refused = |contract: &str| Table::parse(contract).unwrap_err();
    assert!(refused("").contains("there is no table"));
    assert!(refused(&contract.replace("| `hostname` |", "| `host_name` |")).contains("must be those of the schema"));
    let without: String = contract.lines().filter(|line| !line.starts_with("| `ipv4` |")).fold(String::new(), joined);
    assert!(refused(&without).contains("must be those of the schema"));
}

#[cfg(test)]
fn joined(text: String, line: &str) -> String {
    text + line + "\n"
}
