//! An upper bound on the size of the JSON that Fluent Bit writes for a value.
//!
//! Source: Fluent Bit, `msgpack2json` in `src/flb_pack.c` and `flb_utils_write_str` in `src/flb_utils.c`, which by
//! default escapes everything except ASCII.

use crate::msgpack::{self, Kind};

/// Returns the maximum size in bytes of the JSON for the value at `at`, or `None` if the value is incomplete.
pub(crate) fn json_size(bytes: &[u8], at: usize) -> Option<usize> {
    /// The digits, sign, point and exponent of a number, or a literal.
    const SCALAR: usize = 24;
    /// The comma or colon after a value.
    const MARK: usize = 1;
    const QUOTES: usize = 2;
    const BRACKETS: usize = 2;

    let end = msgpack::end(bytes, at)?;
    let mut size = 0;
    let mut at = at;
    while at < end {
        let head = msgpack::head(bytes, at)?;
        let content = &bytes[head.start..head.end];
        size += MARK
            + match head.kind {
                Kind::Text => QUOTES + text_size(content),
                Kind::Array(_) | Kind::Map(_) => BRACKETS,
                Kind::Extension(_) => QUOTES + content.iter().map(extension_byte_size).sum::<usize>(),
                Kind::Other => SCALAR,
            };
        at = head.end;
    }
    Some(size)
}

/// Returns the maximum size of a text in JSON. A control character takes six bytes (`\u00ff`), and so does a character
/// that is not ASCII, which has at least two bytes. A character of four bytes becomes a surrogate pair, and an
/// ill-formed byte becomes a character of three bytes.
fn text_size(text: &[u8]) -> usize {
    let size = |byte: &u8| match byte {
        b'"' | b'\\' => 2,
        ..0x20 | 0x7F => 6,
        0x20..0x7F => 1,
        0x80.. => 3,
    };
    text.iter().map(size).sum()
}

/// Returns the size of a byte of an extension in JSON. An ASCII byte takes four bytes (`\x7f`). Fluent Bit treats a
/// higher byte as a negative number and writes `\xffffff80`.
fn extension_byte_size(byte: &u8) -> usize {
    if byte.is_ascii() { 4 } else { 10 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmpv::Value;

    #[test]
    fn the_bound_is_close_to_the_json_size() {
        let map = |members: &[(&str, Value)]| {
            Value::Map(members.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect())
        };
        for (json, value) in [
            (r#"{"a":"b"}"#, map(&[("a", Value::from("b"))])),
            (
                r#"{"a":[1,true,null],"b":{}}"#,
                map(&[("a", Value::Array(vec![1.into(), true.into(), Value::Nil])), ("b", map(&[]))]),
            ),
            (r#""\u00e9\u65e5\ud83d\ude00\u0001\u007f\"\\\n""#, Value::from("é日😀\u{1}\u{7F}\"\\\n")),
            ("-1.2345678901234567e-300", Value::from(-1.234_567_890_123_456_7e-300)),
            ("-9223372036854775808", Value::from(i64::MIN)),
            (r#""\x00\xffffffff""#, Value::Ext(1, vec![0, 255])),
        ] {
            let mut bytes = b"\xC0".to_vec();
            rmpv::encode::write_value(&mut bytes, &value).unwrap();
            let size = json_size(&bytes, 1).unwrap();
            assert!((json.len()..=json.len() + 100).contains(&size), "{size} for the {} bytes of {json}", json.len());
        }
        for (value, size) in [
            (Value::from("x".repeat(10_000)), 10_003),
            (Value::from("\u{7F}".repeat(10_000)), 60_003),
            (Value::Ext(1, vec![0x80; 10_000]), 100_003),
        ] {
            let mut bytes = Vec::new();
            rmpv::encode::write_value(&mut bytes, &value).unwrap();
            assert_eq!(json_size(&bytes, 0), Some(size));
        }
    }

    #[test]
    fn a_truncated_value_has_no_size() {
        assert_eq!(json_size(b"\x92\xC0", 0), None);
    }
}
