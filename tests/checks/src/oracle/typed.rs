//! Converts values to the types of fields.

use super::Json;
use super::datetime;
use super::fields::Kind;

/// The result of a conversion.
pub(super) enum Typed {
    Fits(Json),
    /// The value is `null` or an empty string.
    Empty,
    Misfit,
}

pub(super) fn typed(kind: Kind, value: &Json) -> Typed {
    let fitting = match (kind, value) {
        (_, Json::Null) => return Typed::Empty,
        (_, Json::Text(text)) if text.is_empty() => return Typed::Empty,
        (Kind::Text, Json::Text(text)) => Some(Json::Text(text.clone())),
        (Kind::Text, Json::Number(_) | Json::Bool(_)) => Some(Json::Text(value.to_string())),
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
        (Kind::Guid, Json::Text(text)) => is_guid(text).then(|| Json::Text(text.clone())),
        (Kind::DateTime, Json::Text(text)) => datetime::normalize(text).map(Json::Text),
        _ => None,
    };
    fitting.map_or(Typed::Misfit, Typed::Fits)
}

/// Returns whether a text is a GUID: 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Parses an integer as JSON defines it: without a plus sign and without leading zeros.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_json = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_json { text.parse().ok() } else { None }
}
