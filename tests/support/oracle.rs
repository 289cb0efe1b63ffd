//! The contract's rules about fields, written a second time and as plainly as can be: over a tree of values, with a copy
//! of everything, looking at everything as often as it takes. What the core makes of a JSON object has to be the same.

use eset_filter::DateTime;
use eset_filter::schema::{FIELD_COUNT, FIELDS, Kind};

use super::json::Json;

/// The record of a message that is one JSON object and nothing else.
pub(crate) fn record(object: &Json) -> Json {
    let mut fields = vec![None; FIELD_COUNT];
    let mut additional = Vec::new();
    for (key, value) in object.members() {
        let field = FIELDS.iter().position(|field| field.name.text == key || field.aliases.contains(&key.as_str()));
        let typed = field.map(|field| typed(FIELDS[field].kind, value));
        if let Some(field) = field {
            fields[field] = None;
            additional.retain(|entry: &Additional| entry.field != Some(field));
        }
        match (field, typed) {
            (Some(field), Some(Typed::Fits(value))) => fields[field] = Some(value),
            (_, Some(Typed::Empty)) => {}
            _ => flatten(key.clone(), value, field, &mut additional),
        }
    }

    let names = FIELDS.iter().map(|field| field.name.text.to_owned());
    let mut members: Vec<_> = names.zip(fields).filter_map(|(name, value)| Some((name, value?))).collect();
    members.push(("parse_status".to_owned(), Json::Text("ok".to_owned())));
    let additional = last_of_each_key(additional);
    if !additional.is_empty() {
        members.push(("additional_fields".to_owned(), Json::Object(additional)));
    }
    Json::Object(members)
}

enum Typed {
    Fits(Json),
    Empty,
    Misfit,
}

fn typed(kind: Kind, value: &Json) -> Typed {
    let fitting = match (kind, value) {
        (_, Json::Null) => return Typed::Empty,
        (_, Json::Text(text)) if text.is_empty() => return Typed::Empty,
        (Kind::String, Json::Text(text)) => Some(Json::Text(text.clone())),
        (Kind::String, Json::Number(_) | Json::Bool(_)) => Some(Json::Text(value.to_string())),
        (Kind::Bool, Json::Bool(value)) => Some(Json::Bool(*value)),
        (Kind::Bool, Json::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Json::Bool(true)),
            "false" | "no" | "0" => Some(Json::Bool(false)),
            _ => None,
        },
        (Kind::Bool, Json::Number(number)) => match number.as_str() {
            "1" => Some(Json::Bool(true)),
            "0" => Some(Json::Bool(false)),
            _ => None,
        },
        (Kind::Int, Json::Number(text) | Json::Text(text)) => {
            integer(text).map(|value| Json::Number(value.to_string()))
        }
        (Kind::DateTime, Json::Text(text)) => {
            DateTime::parse(text.as_bytes()).map(|value| Json::Text(value.to_string()))
        }
        _ => None,
    };
    fitting.map_or(Typed::Misfit, Typed::Fits)
}

/// JSON's integers: no plus sign, no zeros in front.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_json = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_json { text.parse().ok() } else { None }
}

struct Additional {
    key: String,
    value: Json,
    /// The field that the value should have been for.
    field: Option<usize>,
}

fn flatten(key: String, value: &Json, field: Option<usize>, additional: &mut Vec<Additional>) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (inner, value) in members {
                flatten(format!("{key}_{inner}"), value, field, additional);
            }
        }
        Json::Array(_) | Json::Number(_) if value.levels() > 8 || has_huge_number(value) => {
            additional.push(Additional { key, value: Json::Text(value.to_string()), field });
        }
        _ => additional.push(Additional { key, value: value.clone(), field }),
    }
}

/// Whether it is or holds a number of 10^308 or more.
fn has_huge_number(value: &Json) -> bool {
    match value {
        Json::Number(number) => number.parse::<f64>().is_ok_and(|number| number.abs() >= 1e308),
        Json::Array(items) => items.iter().any(has_huge_number),
        Json::Object(members) => members.iter().any(|(_, value)| has_huge_number(value)),
        _ => false,
    }
}

fn last_of_each_key(additional: Vec<Additional>) -> Vec<(String, Json)> {
    let mut members: Vec<(String, Json)> = Vec::new();
    for Additional { key, value, .. } in additional {
        members.retain(|(known, _)| *known != key);
        members.push((key, value));
    }
    members
}
