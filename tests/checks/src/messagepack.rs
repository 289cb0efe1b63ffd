//! Conversion and comparison of records in MessagePack and JSON.

use rmpv::Value;

use crate::json::Json;

/// Converts JSON to the value that a host passes to the filter. Numbers are 64-bit integers or doubles.
pub fn of(json: &Json) -> Value {
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

/// Converts a value to JSON without loss: an integer is written as an integer, and a double with a point or an
/// exponent.
///
/// # Panics
///
/// Panics if JSON cannot represent the value.
pub fn to_json(value: &Value) -> Json {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value} is not UTF-8")).to_owned();
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Integer(value) => Json::Number(value.to_string()),
        Value::F64(value) if value.is_finite() => Json::Number(format!("{value:?}")),
        Value::String(_) => Json::Text(text(value)),
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(members) => Json::Object(members.iter().map(|(key, value)| (text(key), to_json(value))).collect()),
        other => panic!("JSON cannot represent {other}"),
    }
}

/// Returns the contents of a JSON record in MessagePack according to the contract, in the form of [`to_json`]. Only
/// numbers differ: a number is a 64-bit integer, or a double if that keeps all digits, or else its text.
pub fn held(json: &Json) -> Json {
    match json {
        Json::Number(number) => held_number(number),
        Json::Array(items) => Json::Array(items.iter().map(held).collect()),
        Json::Object(members) => Json::Object(members.iter().map(|(key, value)| (key.clone(), held(value))).collect()),
        other => other.clone(),
    }
}

/// Returns whether a value is the one that the contract expects for this JSON in MessagePack.
pub fn is_same(value: &Value, json: &Json) -> bool {
    to_json(value) == held(json)
}

fn held_number(number: &str) -> Json {
    let is_integer = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    if is_integer {
        return Json::Number(if number == "-0" { "0" } else { number }.to_owned());
    }
    let double: f64 = number.parse().unwrap();
    if keeps_digits(double, number) { Json::Number(format!("{double:?}")) } else { Json::Text(number.to_owned()) }
}

/// Returns whether a number has at most 15 digits and its double is in the range where doubles have 15 digits.
pub fn keeps_digits(double: f64, number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.replace(['-', '.'], "");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return true;
    }
    if digits.len() > 15 || !double.is_normal() {
        return false;
    }
    let written = format!("{:.*e}", digits.len() - 1, double);
    let (mantissa, _) = written.split_once('e').unwrap();
    assert_eq!(mantissa.replace(['-', '.'], ""), digits, "a normal double must keep 15 digits");
    true
}

/// Returns a record with every double written in the form of [`to_json`].
pub fn normal(json: &Json) -> Json {
    match json {
        Json::Number(number) if number.contains(['.', 'e', 'E']) => {
            Json::Number(format!("{:?}", number.parse::<f64>().unwrap()))
        }
        Json::Array(items) => Json::Array(items.iter().map(normal).collect()),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(key, value)| (key.clone(), normal(value))).collect())
        }
        other => other.clone(),
    }
}
