//! Literals and numbers.

use super::stop::{Break, Step, cut_or_broken, stop};
use super::{Escapes, Shape, Span, Value};

/// Reads a literal or a number as a value.
pub(super) fn scalar_value(bytes: &[u8], at: usize) -> Step<(Value, usize)> {
    let (shape, end) = scalar(bytes, at)?;
    let span = Span { start: at, end, escapes: Escapes::None };
    Ok((Value { shape, span, levels: 0, huge: shape == Shape::HugeNumber }, end))
}

/// Reads a literal or a number.
#[inline(never)]
pub(super) fn scalar(bytes: &[u8], at: usize) -> Step<(Shape, usize)> {
    const WORDS: [&[u8]; 3] = [b"true", b"false", b"null"];
    let rest = bytes.get(at..).unwrap_or_default();
    let (shape, length) = match rest {
        [b't', b'r', b'u', b'e', ..] => (Shape::True, 4),
        [b'f', b'a', b'l', b's', b'e', ..] => (Shape::False, 5),
        [b'n', b'u', b'l', b'l', ..] => (Shape::Null, 4),
        [b'-' | b'0'..=b'9', ..] => return number(bytes, at),
        _ => return cut_or_broken(bytes, at, WORDS.iter().any(|word| word.starts_with(rest))),
    };
    let end = at + length;
    if bytes.get(end).is_none_or(|byte| !continues_scalar(*byte)) { Ok((shape, end)) } else { stop(at, Break::Broken) }
}

/// Reads a number (RFC 8259, section 6). A number at the end of the text is not complete, because digits may be
/// missing.
fn number(bytes: &[u8], start: usize) -> Step<(Shape, usize)> {
    let take = |at: usize, byte: u8| at + usize::from(bytes.get(at) == Some(&byte));
    let digits = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let first = take(start, b'-');
    let mut end = take(first, b'0');
    if end == first {
        end = digits(first);
    }
    let mut valid = end > first;
    if valid && bytes.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(fraction);
        valid = end > fraction;
    }
    if valid && matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = digits(exponent);
        valid = end > exponent;
    }
    match bytes.get(end) {
        Some(byte) if valid && !continues_scalar(*byte) => {
            let huge = is_huge(&bytes[first..end]);
            Ok((if huge { Shape::HugeNumber } else { Shape::Number }, end))
        }
        next => cut_or_broken(bytes, start, next.is_none()),
    }
}

/// Returns whether a number without its sign is 10³⁰⁸ or more, judged by the position of its first nonzero digit.
fn is_huge(number: &[u8]) -> bool {
    const MAX_PLACES: i64 = 308;
    let mut parts = number.split(|byte| matches!(byte, b'e' | b'E'));
    let mantissa = parts.next().unwrap_or_default();
    let (exponent, is_negative) = match parts.next() {
        Some([b'-', digits @ ..]) => (digits, true),
        Some([b'+', digits @ ..] | digits) => (digits, false),
        None if mantissa.len() as i64 <= MAX_PLACES => return false,
        None => (&b""[..], false),
    };
    let whole = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    let Some(first) = mantissa.iter().position(|byte| !matches!(byte, b'0' | b'.')) else { return false };
    let places = if first < whole { (whole - first) as i64 } else { -((first - whole - 1) as i64) };
    let add = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    let exponent = exponent.iter().fold(0, add);
    places.saturating_add(if is_negative { -exponent } else { exponent }) > MAX_PLACES
}

/// Returns whether a byte after a number or literal continues it, so that it is part of a longer token. Any other byte
/// ends it, even if it is not a JSON delimiter: the missing comma in `{"count":1"user":"x"}` does not make the number
/// doubtful.
fn continues_scalar(byte: u8) -> bool {
    byte != b',' && (byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, and the result of reading it: the shape and the offset past it.
    type Case = (&'static str, Result<(Shape, usize), Break>);

    #[test]
    fn numbers_and_literals() {
        let cases: &[Case] = &[
            ("0,", Ok((Shape::Number, 1))),
            ("-0.5e+10}", Ok((Shape::Number, 8))),
            ("12 ", Ok((Shape::Number, 2))),
            ("9e307]", Ok((Shape::Number, 5))),
            ("1e308]", Ok((Shape::HugeNumber, 5))),
            ("-0.01e310]", Ok((Shape::HugeNumber, 9))),
            ("0e999]", Ok((Shape::Number, 5))),
            ("1\"", Ok((Shape::Number, 1))),
            ("true,", Ok((Shape::True, 4))),
            ("false", Ok((Shape::False, 5))),
            ("null}", Ok((Shape::Null, 4))),
            // The end of the text may cut off a number or a literal.
            ("12", Err(Break::Early)),
            ("-", Err(Break::Early)),
            ("tru", Err(Break::Early)),
            ("", Err(Break::Early)),
            ("01,", Err(Break::Broken)),
            ("+1,", Err(Break::Broken)),
            (".5,", Err(Break::Broken)),
            ("1.,", Err(Break::Broken)),
            ("1e+-5,", Err(Break::Broken)),
            ("0x1F,", Err(Break::Broken)),
            ("truex", Err(Break::Broken)),
            ("True", Err(Break::Broken)),
        ];
        for (text, expected) in cases {
            assert_eq!(scalar(text.as_bytes(), 0).map_err(|stop| stop.why), *expected, "{text}");
        }
    }
}
