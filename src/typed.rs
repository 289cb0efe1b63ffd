//! Typing: what a JSON value becomes as a value of the type that the schema declares.

use crate::DateTime;
use crate::json::{Escapes, Shape, Span, Value};
use crate::schema::Kind;
use crate::text::JsonText;

/// A field's value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Typed {
    Text(Span),
    Bool(bool),
    Int(i64),
    DateTime(DateTime),
}

/// What the schema makes of a value.
pub(crate) enum Verdict {
    Fits(Typed),
    /// Nothing was sent: `null` or the empty string.
    Empty,
    /// The value is of another type.
    Misfit,
}

/// Types a value. `scratch` is for texts whose escapes have to be resolved first.
pub(crate) fn typed(kind: Kind, Value { shape, span, .. }: Value, text: &str, scratch: &mut Vec<u8>) -> Verdict {
    let typed = match shape {
        Shape::Null => return Verdict::Empty,
        Shape::String if span.start == span.end => return Verdict::Empty,
        Shape::String if kind == Kind::String => Some(Typed::Text(span)),
        Shape::String if span.escapes != Escapes::None => {
            scratch.clear();
            JsonText::new(text, span).decode(scratch);
            from_text(kind, scratch)
        }
        Shape::String => from_text(kind, span.bytes(text)),
        Shape::True | Shape::False | Shape::Number | Shape::HugeNumber if kind == Kind::String => {
            Some(Typed::Text(span))
        }
        Shape::True | Shape::False if kind == Kind::Bool => Some(Typed::Bool(shape == Shape::True)),
        Shape::Number => from_number(kind, span.bytes(text)),
        _ => None,
    };
    typed.map_or(Verdict::Misfit, Verdict::Fits)
}

/// ESET PROTECT cloud sends every value as a string.
fn from_text(kind: Kind, text: &[u8]) -> Option<Typed> {
    match kind {
        Kind::Bool => bool(text).map(Typed::Bool),
        Kind::Int => int(text).map(Typed::Int),
        Kind::DateTime => DateTime::parse(text).map(Typed::DateTime),
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

/// A JSON integer (RFC 8259, section 6, without fraction and exponent) within 64 bits.
fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, byte| {
        let digit = i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        let number = number.checked_mul(10)?;
        if negative { number.checked_sub(digit) } else { number.checked_add(digit) }
    })
}
