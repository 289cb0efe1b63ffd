//! The largest size that the host's JSON of a value can have.
//!
//! Source: Fluent Bit, `msgpack2json` in `src/flb_pack.c` and `flb_utils_write_str` in `src/flb_utils.c`, with its default
//! of escaping all but ASCII.

use crate::msgpack::{self, Kind};

/// The most bytes that the JSON of the value at `at` has. `None` where the bytes end before the value does.
pub(crate) fn json_size(bytes: &[u8], at: usize) -> Option<usize> {
    /// A number's digits, sign, point and exponent, or one of the words.
    const SCALAR: usize = 24;
    /// The comma or colon behind a value.
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

/// `\u00ff` for a control character and for a character that is not ASCII, which has two bytes at least; one of four bytes
/// becomes a pair of them, and an ill-formed byte a character of three.
fn text_size(text: &[u8]) -> usize {
    let size = |byte: &u8| match byte {
        b'"' | b'\\' => 2,
        ..0x20 | 0x7F => 6,
        0x20..0x7F => 1,
        0x80.. => 3,
    };
    text.iter().map(size).sum()
}

/// `\x7f`; a byte above that is a negative number to the host, and `\xffffff80`.
fn extension_byte_size(byte: &u8) -> usize {
    if byte.is_ascii() { 4 } else { 10 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmpv::Value;

    #[test]
    fn it_is_the_jsons_and_little_more() {
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
            assert!((json.len()..=json.len() + 100).contains(&size), "{size} for the {} of {json}", json.len());
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
    fn what_is_cut_has_none() {
        assert_eq!(json_size(b"\x92\xC0", 0), None);
    }
}
