//! `eset-filter schema`: the table of all fields, for documents and programs.

use eset_filter::schema::{ADDED, EVENT_TYPES, FIELDS};
use serde_json::json;

use crate::args::SchemaFormat;

/// Returns the table in the given format: the fields of ESET's export, then those that the filter adds, in record
/// order.
pub(crate) fn render(format: SchemaFormat) -> String {
    let rows: Vec<_> = rows().collect();
    match format {
        SchemaFormat::Markdown => markdown(&rows),
        SchemaFormat::Json => json(&rows),
        SchemaFormat::Csv => csv(&rows),
    }
}

struct Row {
    name: &'static str,
    kind: &'static str,
    aliases: &'static [&'static str],
    /// `None` for every event type.
    event_types: Option<Vec<&'static str>>,
    column: String,
    description: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    let sent = FIELDS.iter().map(|field| Row {
        name: field.name.text,
        kind: field.kind.name(),
        aliases: field.aliases,
        event_types: (!field.event_types.is_every()).then(|| field.event_types.names().collect()),
        column: field.column(),
        description: field.description,
    });
    let added = ADDED.iter().map(|field| Row {
        name: field.name.text,
        kind: field.kind.name(),
        aliases: &[],
        event_types: None,
        column: field.column(),
        description: field.description,
    });
    sent.chain(added)
}

impl Row {
    fn event_types(&self, joined: impl Fn(&[&str]) -> String) -> String {
        self.event_types.as_ref().map_or_else(|| "every".to_owned(), |names| joined(names))
    }
}

fn markdown(rows: &[Row]) -> String {
    let head = ["Field", "Type", "Also sent as", "Event types", "Azure column", "Meaning"];
    let code = |text: &str| format!("`{text}`");
    let codes = |texts: &[&str]| texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(" ");
    let line = |cells: &[&str; 6]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(&head) + &line(&["---"; 6]);
    for row in rows {
        let (name, column, aliases) = (code(row.name), code(&row.column), codes(row.aliases));
        let meaning = row.description.replace('|', "\\|");
        table.push_str(&line(&[&name, row.kind, &aliases, &row.event_types(codes), &column, &meaning]));
    }
    table
}

fn json(rows: &[Row]) -> String {
    let fields: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "type": row.kind,
                "aliases": row.aliases,
                "event_types": row.event_types.as_deref().unwrap_or(EVENT_TYPES),
                "azure_column": row.column,
                "description": row.description,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(fields))
}

fn csv(rows: &[Row]) -> String {
    let mut text = "name,type,aliases,event_types,azure_column,description\r\n".to_owned();
    for row in rows {
        let (aliases, event_types) = (row.aliases.join(" "), row.event_types(|names| names.join(" ")));
        let cells = [row.name, row.kind, &aliases, &event_types, &row.column, row.description];
        text.push_str(&cells.map(csv_cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// Returns a CSV cell, quoted if necessary (RFC 4180, section 2).
fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_quoted_only_if_necessary() {
        assert_eq!(csv_cell("plain text"), "plain text");
        assert_eq!(csv_cell("a, \"b\""), "\"a, \"\"b\"\"\"");
    }

    #[test]
    fn every_format_has_every_field() {
        let count = FIELDS.len() + ADDED.len();
        assert_eq!(render(SchemaFormat::Markdown).lines().count(), 2 + count);
        assert_eq!(render(SchemaFormat::Csv).lines().count(), 1 + count);
        let fields: Vec<serde_json::Value> = serde_json::from_str(&render(SchemaFormat::Json)).unwrap();
        assert_eq!(fields.len(), count);
    }
}
