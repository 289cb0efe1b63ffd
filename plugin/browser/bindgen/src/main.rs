//! Generates the JavaScript around the module, and from the core the schema and the TypeScript types of records.
//!
//! usage: `eset-filter-browser-bindgen MODULE.wasm DIRECTORY`

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use eset_filter::schema::{ADDED, EVENT_TYPES, FIELDS, Kind, PARSE_STATUS};
use eset_filter::{Choice, Heartbeats, Options, Raw, Status, SyslogFields};
use serde_json::json;
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [module, directory] = arguments.as_slice() else {
        return Err("usage: eset-filter-browser-bindgen MODULE.wasm DIRECTORY".into());
    };
    Bindgen::new()
        .input_path(module)
        .out_name("module")
        .web(true)?
        .omit_default_module_path(true)
        .typescript(false)
        .encode_into(EncodeInto::Always)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(directory)?;
    fs::write(Path::new(directory).join("record.d.ts"), types()?)?;
    fs::write(Path::new(directory).join("schema.js"), schema())?;
    Ok(())
}

/// Returns the JavaScript with the fields and the option values.
fn schema() -> String {
    let sent = FIELDS.iter().map(|field| {
        json!({
            "key": field.name.text,
            "aliases": field.aliases,
            "type": field.kind.name(),
            "column": field.column(),
            "description": field.description,
            "eventTypes": field.event_types.names().collect::<Vec<_>>(),
        })
    });
    let added = ADDED.iter().map(|field| {
        json!({
            "key": field.name.text,
            "aliases": [],
            "type": field.kind.name(),
            "column": field.column(),
            "description": field.description,
            "eventTypes": EVENT_TYPES,
            "added": true,
        })
    });
    let fields: Vec<_> = sent.chain(added).collect();
    let choices = json!({
        "raw": names::<Raw>(),
        "heartbeats": names::<Heartbeats>(),
        "syslogFields": names::<SyslogFields>(),
    });
    let least = Options::LEAST_RECORD_LIMIT;
    let fields = serde_json::Value::from(fields);
    format!(
        "export const fields = {fields};\nexport const choices = {choices};\nexport const leastRecordLimit = {least};\n"
    )
}

/// Returns the values of an option, its default first.
fn names<C: Choice>() -> Vec<&'static str> {
    C::VALUES.iter().map(|(name, _)| *name).collect()
}

/// Returns the TypeScript types of the package's records.
fn types() -> Result<String, std::fmt::Error> {
    let union = |names: &mut dyn Iterator<Item = &'static str>| {
        names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" | ")
    };
    let mut text = String::new();
    writeln!(text, "/** How much of a message was understood. */")?;
    writeln!(text, "export type Status = {};\n", union(&mut Status::ALL.iter().map(|status| status.name())))?;
    writeln!(text, "/** The event types that ESET documents. Others may occur. */")?;
    writeln!(text, "export type EventType = {};\n", union(&mut EVENT_TYPES.iter().copied()))?;
    text.push_str(ADDITIONAL_VALUE);
    writeln!(text, "/** A record. An integer beyond 2^53 - 1 is a `bigint`, any other number a `number`. */")?;
    writeln!(text, "export interface EsetRecord {{")?;
    for field in FIELDS {
        let of_types = if field.event_types.is_every() {
            String::new()
        } else {
            format!(" ({})", field.event_types.names().collect::<Vec<_>>().join(", "))
        };
        member(&mut text, field.name.text, field.kind, &format!("{}{of_types}", field.description))?;
    }
    for field in ADDED {
        member(&mut text, field.name.text, field.kind, field.description)?;
    }
    text.push_str("}\n");
    Ok(text)
}

const ADDITIONAL_VALUE: &str = "\
/** The value of an additional field, as it was sent. Objects occur only inside arrays. */
export type AdditionalValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | AdditionalValue[]
  | { [key: string]: AdditionalValue };

";

fn member(text: &mut String, name: &str, kind: Kind, description: &str) -> std::fmt::Result {
    let of_kind = match kind {
        Kind::Bool => "boolean",
        Kind::Int => "number | bigint",
        Kind::Dynamic => "Record<string, AdditionalValue>",
        _ if name == PARSE_STATUS.name.text => "Status",
        _ if name == "event_type" => "EventType | (string & {})",
        _ => "string",
    };
    let form = match kind {
        Kind::DateTime => ", in UTC, such as 2026-10-30T05:31:10Z",
        _ => "",
    };
    let optional = if name == PARSE_STATUS.name.text { "" } else { "?" };
    writeln!(text, "  /** {description}{form}. */\n  {name}{optional}: {of_kind};")
}
