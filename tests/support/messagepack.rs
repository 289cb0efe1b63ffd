//! MessagePack beside JSON: what a record looks like in either.

use rmpv::Value;

use super::json::Json;

/// The value that a host makes of JSON. A number that no double holds becomes text.
#[allow(dead_code, reason = "for tests that hand records over")]
pub(crate) fn of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => {
            let signed = number.parse::<i64>().map(Value::from);
            let integer = signed.or_else(|_| number.parse::<u64>().map(Value::from));
            integer.unwrap_or_else(|_| Value::from(number.parse::<f64>().unwrap()))
        }
        Json::Text(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(of).collect()),
        Json::Object(members) => {
            Value::Map(members.iter().map(|(key, value)| (Value::from(key.as_str()), of(value))).collect())
        }
    }
}

/// The value as JSON.
#[allow(dead_code, reason = "for tests that show records")]
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Integer(value) => Json::Number(value.to_string()),
        Value::F64(value) => Json::Number(format!("{value:?}")),
        Value::String(text) => Json::Text(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(members) => {
            let member = |(key, value): &(Value, Value)| (key.as_str().unwrap().to_owned(), to_json(value));
            Json::Object(members.iter().map(member).collect())
        }
        other => panic!("JSON has no {other}"),
    }
}

/// Whether a value is what the contract makes of JSON in MessagePack: all the same, but a number that MessagePack has not
/// is its text.
pub(crate) fn is_same(value: &Value, json: &Json) -> bool {
    match (value, json) {
        (Value::Nil, Json::Null) => true,
        (Value::Boolean(value), Json::Bool(json)) => value == json,
        (Value::String(value), Json::Text(json)) => value.as_str() == Some(json),
        (Value::Integer(value), Json::Number(json)) => {
            value.to_string() == *json || (json == "-0" && *value == 0.into())
        }
        (Value::F64(value), Json::Number(json)) => json.parse() == Ok(*value),
        (Value::String(value), Json::Number(json)) => value.as_str() == Some(json),
        (Value::Array(value), Json::Array(json)) => {
            value.len() == json.len() && value.iter().zip(json).all(|(value, json)| is_same(value, json))
        }
        (Value::Map(value), Json::Object(json)) => {
            let is_same_member = |((name, value), (key, json)): (&(Value, Value), &(String, Json))| {
                name.as_str() == Some(key) && is_same(value, json)
            };
            value.len() == json.len() && value.iter().zip(json).all(is_same_member)
        }
        _ => false,
    }
}
