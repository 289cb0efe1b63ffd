//! The baseline of the benchmarks: the filter in its usual form with `serde_json::Value`, natively and as a module for
//! Fluent Bit's `wasm` filter.
//!
//! It does only the basic work, and only on complete messages: it finds the braces, types the fields and flattens
//! unknown fields. It reads no envelope, recovers nothing and has no limits.

#[cfg(target_arch = "wasm32")]
mod module;

use std::collections::HashMap;

use eset_filter::DateTime;
use eset_filter::schema::{FIELDS, Field, Kind};
use once_cell::sync::Lazy;
use serde_json::{Map, Value};

/// The fields by name and alias.
static FIELDS_BY_KEY: Lazy<HashMap<&str, &Field>> = Lazy::new(|| {
    let spellings = |field: &'static Field| field.aliases.iter().copied().chain([field.name.text]);
    FIELDS.iter().flat_map(|field| spellings(field).map(move |key| (key, field))).collect()
});

/// Returns the event in a message as a map of typed fields, or `None` if there is no JSON object.
#[must_use]
pub fn event(message: &str) -> Option<Map<String, Value>> {
    let object = &message[message.find('{')?..=message.rfind('}')?];
    let members: Map<String, Value> = serde_json::from_str(object).ok()?;
    let (mut event, mut additional) = (Map::new(), Map::new());
    for (key, value) in members {
        match FIELDS_BY_KEY.get(key.as_str()) {
            Some(field) => match typed(field.kind, &value) {
                Some(Value::Null) => {}
                Some(value) => drop(event.insert(field.name.text.to_owned(), value)),
                None => flatten(key, value, &mut additional),
            },
            None => flatten(key, value, &mut additional),
        }
    }
    event.insert("parse_status".to_owned(), "ok".into());
    if !additional.is_empty() {
        event.insert("additional_fields".to_owned(), additional.into());
    }
    Some(event)
}

/// Converts a value to the declared type. Returns `Null` for an empty value, and `None` for a value that does not fit.
fn typed(kind: Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (_, Value::Null) => Some(Value::Null),
        (_, Value::String(text)) if text.is_empty() => Some(Value::Null),
        (Kind::String, Value::String(_)) | (Kind::Bool, Value::Bool(_)) => Some(value.clone()),
        (Kind::String, Value::Number(_) | Value::Bool(_)) => Some(value.to_string().into()),
        (Kind::Int, Value::Number(number)) => number.as_i64().map(Value::from),
        (Kind::Int, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        (Kind::Bool, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true.into()),
            "false" | "0" | "no" => Some(false.into()),
            _ => None,
        },
        (Kind::DateTime, Value::String(text)) => DateTime::parse(text.as_bytes()).map(|time| time.to_string().into()),
        _ => None,
    }
}

fn flatten(name: String, value: Value, flat: &mut Map<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                flatten(format!("{name}_{key}"), value, flat);
            }
        }
        value => drop(flat.insert(name, value)),
    }
}
