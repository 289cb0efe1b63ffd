//! Typing: converts a JSON value to the type that the schema declares.

use alloc::vec::Vec;

use super::datetime::DateTime;
use super::guid::is_guid;
use super::place::Place;
use crate::json::{JsonText, Shape, Value};
use crate::schema::Kind;

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Typed {
    Text(Place),
    Bool(bool),
    Int(i64),
    DateTime(DateTime),
}

/// The result of typing a value.
pub(crate) enum Verdict {
    Fits(Typed),
    /// The value is `null` or an empty string.
    Empty,
    /// The value does not have the declared type.
    Misfit,
}

/// Types a string, `text`, which is at `place`. `scratch` is a buffer for strings that must be unescaped first.
pub(crate) fn typed_text(kind: Kind, place: Place, text: JsonText<'_>, scratch: &mut Vec<u8>) -> Verdict {
    if place.is_empty() {
        return Verdict::Empty;
    }
    if kind == Kind::String {
        return Verdict::Fits(Typed::Text(place));
    }
    let plain = text.plain().unwrap_or_else(|| {
        scratch.clear();
        text.decode(scratch);
        scratch
    });
    from_text(kind, place, plain).map_or(Verdict::Misfit, Verdict::Fits)
}

/// Types a value in `message` that is not a string.
pub(crate) fn typed_value(kind: Kind, Value { shape, span, .. }: Value, message: &str) -> Verdict {
    let typed = match shape {
        Shape::Null => return Verdict::Empty,
        Shape::True | Shape::False | Shape::Number | Shape::HugeNumber if kind == Kind::String => {
            Some(Typed::Text(span.into()))
        }
        Shape::True | Shape::False if kind == Kind::Bool => Some(Typed::Bool(shape == Shape::True)),
        Shape::Number => from_number(kind, span.bytes(message)),
        _ => None,
    };
    typed.map_or(Verdict::Misfit, Verdict::Fits)
}

/// Converts a string, `text` at `place`, to a type. ESET PROTECT cloud sends every value as a string.
fn from_text(kind: Kind, place: Place, text: &[u8]) -> Option<Typed> {
    match kind {
        Kind::Bool => bool(text).map(Typed::Bool),
        Kind::Int => int(text).map(Typed::Int),
        Kind::DateTime => DateTime::parse(text).map(Typed::DateTime),
        Kind::Guid => is_guid(text).then_some(Typed::Text(place)),
        Kind::String | Kind::Dynamic => None,
    }
}

fn from_number(kind: Kind, number: &[u8]) -> Option<Typed> {
    match (kind, number) {
        (Kind::Int, _) => int(number).map(Typed::Int),
        (Kind::Bool, b"1") => Some(Typed::Bool(true)),
        (Kind::Bool, b"0") => Some(Typed::Bool(false)),
        _ => None,
    }
}

fn bool(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"1" => Some(true),
        b"false" | b"0" => Some(false),
        _ if text.eq_ignore_ascii_case(b"true") || text.eq_ignore_ascii_case(b"yes") => Some(true),
        _ if text.eq_ignore_ascii_case(b"false") || text.eq_ignore_ascii_case(b"no") => Some(false),
        _ => None,
    }
}

/// Parses a JSON integer of at most 64 bits (RFC 8259, section 6, without fraction and exponent).
fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || digits.len() > MAX_DIGITS || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let mut number: u64 = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    if negative { 0_i64.checked_sub_unsigned(number) } else { i64::try_from(number).ok() }
}

/// The maximum number of digits of a 64-bit signed integer. A number with this many digits always fits an unsigned one.
const MAX_DIGITS: usize = 19;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_value;

    #[test]
    fn values_and_types() {
        let cases: &[(Kind, &str, Option<Option<&str>>)] = &[
            (Kind::String, r#""x""#, Some(Some("x"))),
            (Kind::String, r#""""#, Some(None)),
            (Kind::String, "null ", Some(None)),
            (Kind::String, "1.50 ", Some(Some("1.50"))),
            (Kind::String, "true ", Some(Some("true"))),
            (Kind::String, "[1]", None),
            (Kind::Bool, "true ", Some(Some("true"))),
            (Kind::Bool, r#""No""#, Some(Some("false"))),
            (Kind::Bool, "0 ", Some(Some("false"))),
            (Kind::Bool, r#""on""#, None),
            (Kind::Bool, "2 ", None),
            (Kind::Int, r#""443""#, Some(Some("443"))),
            (Kind::Int, "-1 ", Some(Some("-1"))),
            (Kind::Int, "1.0 ", None),
            (Kind::Int, r#""007""#, None),
            (Kind::Int, r#""9223372036854775808""#, None),
            (Kind::DateTime, r#""21-Jun-2021 09:46:15""#, Some(Some("2021-06-21T09:46:15Z"))),
            (Kind::DateTime, r#""yesterday""#, None),
            (Kind::DateTime, "1624268775 ", None),
            (
                Kind::Guid,
                r#""0fE1d2c3-B4a5-6978-8796-a5b4c3d2e1F0""#,
                Some(Some("0fE1d2c3-B4a5-6978-8796-a5b4c3d2e1F0")),
            ),
            (Kind::Guid, r#""{0fe1d2c3-b4a5-6978-8796-a5b4c3d2e1f0}""#, None),
            (Kind::Guid, r#""""#, Some(None)),
            (Kind::Guid, "12345678 ", None),
            (Kind::Guid, "true ", None),
        ];
        for (kind, json, expected) in cases {
            let value = read_value(json).unwrap();
            let verdict = match value.shape {
                Shape::String => {
                    let text = JsonText::new(json, value.span);
                    typed_text(*kind, value.span.into(), text, &mut Vec::new())
                }
                _ => typed_value(*kind, value, json),
            };
            let given = match verdict {
                Verdict::Misfit => None,
                Verdict::Empty => Some(None),
                Verdict::Fits(Typed::Text(place)) => Some(Some(json[place.start..place.end].to_owned())),
                Verdict::Fits(Typed::Bool(value)) => Some(Some(value.to_string())),
                Verdict::Fits(Typed::Int(value)) => Some(Some(value.to_string())),
                Verdict::Fits(Typed::DateTime(value)) => Some(Some(value.to_string())),
            };
            assert_eq!(given.as_ref().map(Option::as_deref), *expected, "{kind:?} {json}");
        }
    }
}
