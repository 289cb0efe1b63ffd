//! Text of a JSON string whose escapes are resolved only when it is written.

use crate::json::{Escapes, Span};
use crate::scan::{find_special, plain_length};

/// The contents of a JSON string, between its quotes, with the escapes that the sender wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonText<'e> {
    raw: &'e [u8],
    escapes: Escapes,
}

impl<'e> JsonText<'e> {
    #[inline]
    pub(crate) fn new(text: &'e str, span: Span) -> Self {
        Self { raw: span.bytes(text), escapes: span.escapes }
    }

    /// The text as UTF-8, where there are no escapes to resolve.
    #[must_use]
    pub fn plain(&self) -> Option<&'e [u8]> {
        (self.escapes == Escapes::None).then_some(self.raw)
    }

    /// Appends the text as UTF-8, with its escapes resolved. Half a surrogate pair becomes U+FFFD.
    pub fn decode(&self, out: &mut Vec<u8>) {
        if self.escapes == Escapes::None {
            out.extend_from_slice(self.raw);
        } else {
            let _end = unescape(self.raw, 0, out);
        }
    }

    /// Appends the text as the contents of a JSON string, in the one form in which all hosts write it.
    #[inline]
    pub(crate) fn write_escaped(&self, out: &mut Vec<u8>) {
        if self.escapes == Escapes::Any { self.rewrite_escapes(out) } else { out.extend_from_slice(self.raw) }
    }

    /// The usual escapes are in that form already and are copied with the text around them.
    fn rewrite_escapes(&self, out: &mut Vec<u8>) {
        let raw = self.raw;
        let (mut copied, mut at) = (0, 0);
        while let Some(backslash) = memchr::memchr(b'\\', &raw[at..]).map(|offset| at + offset) {
            at = backslash + 2;
            if let Some(b'u' | b'/') = raw.get(backslash + 1) {
                out.extend_from_slice(&raw[copied..backslash]);
                let Some((escape, after)) = resolve(&raw[backslash + 1..]) else { break };
                escape_into(escape.encode_utf8(&mut [0; 4]).as_bytes(), out);
                at = raw.len() - after.len();
                copied = at;
            }
        }
        out.extend_from_slice(&raw[copied..]);
    }
}

/// Appends the contents of a JSON string, from `from` to its closing quote or the end of `bytes`, with the escapes
/// resolved. Hands on the offset of that end; `None` where the string is broken.
///
/// Made for text with an escape every few bytes: a step copies eight bytes and keeps those before the next escape.
pub(crate) fn unescape(bytes: &[u8], mut from: usize, out: &mut Vec<u8>) -> Option<usize> {
    const STEP: usize = 8;
    let (start, mut to) = (out.len(), 0);
    // No escape is shorter than what it stands for.
    out.resize(start + (bytes.len() - from) + STEP, 0);
    let decoded = &mut out[start..];
    loop {
        while let Some(chunk) = bytes.get(from..).and_then(<[u8]>::first_chunk::<STEP>) {
            *decoded.get_mut(to..)?.first_chunk_mut::<STEP>()? = *chunk;
            let plain = plain_length(chunk);
            (from, to) = (from + plain, to + plain);
            if plain < STEP {
                break;
            }
        }
        match bytes.get(from..)? {
            [] | [b'"', ..] => break,
            [b'\\', escaped @ (b'"' | b'\\' | b'/'), ..] => {
                decoded[to] = *escaped;
                (from, to) = (from + 2, to + 1);
            }
            [b'\\', escape @ ..] => {
                let (character, rest) = resolve(escape)?;
                to += character.encode_utf8(&mut decoded[to..]).len();
                from = bytes.len() - rest.len();
            }
            [0..0x20, ..] => return None,
            [byte, ..] => {
                decoded[to] = *byte;
                (from, to) = (from + 1, to + 1);
            }
        }
    }
    out.truncate(start + to);
    Some(from)
}

/// The character that an escape stands for, and the text after it. `text` begins behind the escape's backslash. `None`
/// where that is no escape of JSON's.
pub(crate) fn resolve(text: &[u8]) -> Option<(char, &[u8])> {
    let (kind, rest) = text.split_first()?;
    let escape = match kind {
        b'"' | b'\\' | b'/' => char::from(*kind),
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return resolve_unicode(rest),
        _ => return None,
    };
    Some((escape, rest))
}

/// The character for the four digits that follow `\u`, and for the second half of its pair where there is one.
fn resolve_unicode(text: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = hex(text)?;
    if let 0xD800..0xDC00 = first
        && let Some((second @ 0xDC00..0xE000, after)) = rest.strip_prefix(b"\\u").and_then(hex)
    {
        let pair = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(pair)?, after));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), rest))
}

fn hex(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<4>()?;
    let mut number = 0;
    for digit in digits {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' | b'A'..=b'F' => (digit | 0x20) - b'a' + 10,
            _ => return None,
        };
        number = number << 4 | u32::from(value);
    }
    Some((number, rest))
}

/// Appends plain text as the contents of a JSON string: quotes, backslashes and control characters are escaped, in the
/// short form where there is one; everything else stands as it is.
pub(crate) fn escape_into(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut copied = 0;
    loop {
        let special = find_special(bytes, copied);
        out.extend_from_slice(&bytes[copied..special]);
        let Some(byte) = bytes.get(special).copied() else { return };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0C => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => {
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xF)]];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&digits);
            }
        }
        copied = special + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> JsonText<'_> {
        JsonText { raw: raw.as_bytes(), escapes: Escapes::Any }
    }

    #[test]
    fn decodes_as_serde_json_does() {
        for raw in [r"", r"plain", r#"a\"b\\c\/d\b\f\n\r\t"#, r"\u00e9\ud83d\ude00\u0000x", r"\\u0041", r"C:\\Users\\é"]
        {
            let expected: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
            let mut decoded = Vec::new();
            text(raw).decode(&mut decoded);
            assert_eq!(decoded, expected.as_bytes());

            let mut written = Vec::new();
            text(raw).write_escaped(&mut written);
            let quoted = format!("\"{}\"", String::from_utf8(written).unwrap());
            assert_eq!(quoted, serde_json::to_string(&expected).unwrap());
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced() {
        for (raw, expected) in [
            (r"\ud800", "\u{FFFD}"),
            (r"\udc00x", "\u{FFFD}x"),
            (r"\ud800\ud83d\ude00", "\u{FFFD}😀"),
            (r"\ud800\n", "\u{FFFD}\n"),
            (r"\ud800\u0041", "\u{FFFD}A"),
        ] {
            let mut decoded = Vec::new();
            text(raw).decode(&mut decoded);
            assert_eq!(decoded, expected.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn escapes_as_serde_json_does() {
        let every_ascii: String = (0..=0x7F_u8).map(char::from).chain("žé😀".chars()).collect();
        let mut escaped = Vec::new();
        escape_into(every_ascii.as_bytes(), &mut escaped);
        let quoted = format!("\"{}\"", String::from_utf8(escaped).unwrap());
        assert_eq!(quoted, serde_json::to_string(&every_ascii).unwrap());
    }
}
