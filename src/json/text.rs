//! The text of a JSON string, whose escapes are resolved only when the text is written.

use alloc::string::String;
use alloc::vec::Vec;

use super::scan::{chunk_at, find, find_special, plain_length};
use super::{Escapes, Span};

/// The contents of a JSON string between its quotes, with the escapes as the sender wrote them.
///
/// ```
/// use eset_filter::{Filter, Options, Value};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"{"user":"ann","target":"C:\\Data"}"#);
/// let event = events.next().unwrap();
/// let Some(Value::JsonText(user)) = event.get("user") else { panic!() };
/// assert_eq!(user.plain(), Some(b"ann".as_slice()));
///
/// let Some(Value::JsonText(target)) = event.get("target") else { panic!() };
/// assert_eq!(target.plain(), None);
/// let mut path = Vec::new();
/// target.decode(&mut path);
/// assert_eq!(path, br"C:\Data");
/// assert_eq!(target.to_string(), r"C:\Data");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonText<'e> {
    raw: &'e [u8],
    escapes: Escapes,
}

impl core::fmt::Display for JsonText<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = Vec::new();
        self.decode(&mut text);
        formatter.write_str(&String::from_utf8_lossy(&text))
    }
}

/// A destination that text is written to.
pub(crate) trait Sink {
    /// Appends bytes.
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<'e> JsonText<'e> {
    /// Returns the string at a span of a text. The span comes from the reader in [`crate::json`].
    #[inline]
    #[must_use]
    pub(crate) fn new(text: &'e str, span: Span) -> Self {
        Self::of(text.as_bytes(), span)
    }

    /// Behaves like [`JsonText::new`], for a text given as bytes.
    #[inline]
    pub(crate) fn of(text: &'e [u8], span: Span) -> Self {
        Self { raw: text.get(span.start..span.end).unwrap_or_default(), escapes: span.escapes }
    }

    /// Returns the text as UTF-8, or `None` if it contains escapes to resolve.
    #[must_use]
    pub fn plain(&self) -> Option<&'e [u8]> {
        (self.escapes == Escapes::None).then_some(self.raw)
    }

    /// Appends the text as UTF-8 with its escapes resolved. An unpaired surrogate becomes U+FFFD.
    pub fn decode(&self, out: &mut Vec<u8>) {
        if self.escapes == Escapes::None {
            out.extend_from_slice(self.raw);
        } else {
            unescape(self.raw, 0, out);
        }
    }

    /// Appends the text as the contents of a JSON string, escaped in the same way for all shippers.
    #[inline(never)]
    pub(crate) fn write_escaped(&self, out: &mut dyn Sink) {
        match self.escapes {
            Escapes::None | Escapes::Usual => out.put(self.raw),
            Escapes::Any => self.rewrite_escapes(out),
            Escapes::Control | Escapes::Wrong => self.rewrite_damage(out),
        }
    }

    /// Returns the length, as it was sent, of the longest prefix of the text that takes at most `most` bytes when
    /// written, and the number of bytes written for it.
    pub(crate) fn fitting(&self, most: usize) -> (usize, usize) {
        fitting(self.raw, true, most)
    }

    /// Writes text with [`Escapes::Any`]. The usual escapes already have the right form and are copied with the text
    /// around them.
    #[inline(never)]
    fn rewrite_escapes(&self, out: &mut dyn Sink) {
        let raw = self.raw;
        let (mut copied, mut at) = (0, 0);
        loop {
            let backslash = find::<false>(raw, at);
            let Some(escape) = raw.get(backslash + 1..) else { break };
            at = backslash + 2;
            if let [b'u' | b'/', ..] = escape {
                out.put(&raw[copied..backslash]);
                let Some((escape, after)) = resolve(escape) else { break };
                let mut utf8 = [0; 4];
                match escape.encode_utf8(&mut utf8).as_bytes() {
                    ascii @ [_] => escape_into(ascii, out),
                    others => out.put(others),
                }
                at = raw.len() - after.len();
                copied = at;
            }
        }
        out.put(&raw[copied..]);
    }

    /// Writes text with [`Escapes::Control`] or [`Escapes::Wrong`]. Control characters, and backslashes that do not
    /// begin an escape, stand for themselves.
    #[cold]
    fn rewrite_damage(&self, out: &mut dyn Sink) {
        let (mut rest, mut at) = (self.raw, 0);
        loop {
            at = find_special(rest, at);
            let (plain, special) = rest.split_at(at);
            let Some(first) = special.first() else { break };
            if *first != b'\\' {
                out.put(plain);
                let (controls, after) = special.split_at(control_characters(special));
                escape_into(controls, out);
                (rest, at) = (after, 0);
            } else if let Some((_, after)) = resolve(&special[1..]) {
                out.put(plain);
                let (escape, _) = special.split_at(special.len() - after.len());
                Self { raw: escape, escapes: Escapes::Any }.rewrite_escapes(out);
                (rest, at) = (after, 0);
            } else {
                out.put(plain);
                out.put(b"\\");
                // This writes the escaping backslash. The original backslash is copied with the text after it.
                (rest, at) = (special, 1);
            }
        }
        out.put(rest);
    }
}

/// Returns the number of control characters at the start of the text.
pub(super) fn control_characters(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte < b' ').count()
}

/// Appends the contents of a JSON string, from `from` to its closing quote or the end of `bytes`, with the escapes
/// resolved. Returns the offset of that end.
///
/// It is optimised for text with an escape every few bytes: each step copies eight bytes and keeps those before the
/// next escape.
pub(crate) fn unescape(bytes: &[u8], mut from: usize, out: &mut Vec<u8>) -> usize {
    const STEP: usize = 8;
    let (start, mut to) = (out.len(), 0);
    // No escape is shorter than the character that it stands for.
    out.resize(start + (bytes.len() - from) + STEP, 0);
    let decoded = &mut out[start..];
    loop {
        while let Some(chunk) = bytes.get(from..).and_then(<[u8]>::first_chunk::<STEP>)
            && let Some(room) = decoded.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<STEP>)
        {
            *room = *chunk;
            let plain = plain_length(chunk);
            (from, to) = (from + plain, to + plain);
            if plain < STEP {
                break;
            }
        }
        match bytes.get(from..).unwrap_or_default() {
            [] | [b'"', ..] => break,
            [b'\\', escaped @ (b'"' | b'\\' | b'/'), ..] => {
                decoded[to] = *escaped;
                (from, to) = (from + 2, to + 1);
            }
            [b'\\', escape @ ..] if let Some((character, rest)) = resolve(escape) => {
                to += character.encode_utf8(&mut decoded[to..]).len();
                from = bytes.len() - rest.len();
            }
            [byte, ..] => {
                decoded[to] = *byte;
                (from, to) = (from + 1, to + 1);
            }
        }
    }
    out.truncate(start + to);
    from
}

/// Appends the contents of a JSON string, in ASCII, that is inside a string of other JSON: from `from` to its own
/// closing quote or to that of the outer string.
///
/// The outer string's escapes are resolved, and the inner string's escapes are written in the form that is the same for
/// all shippers. Returns the offset of the end, or `None` if there is an escape that JSON writers do not usually use.
pub(crate) fn unescape_outer(bytes: &[u8], from: usize, out: &mut Vec<u8>) -> Option<usize> {
    // The text and the ends of escapes from `kept` on are still to be copied unchanged.
    let (mut kept, mut at) = (from, from);
    loop {
        if bytes.get(at) != Some(&b'\\') {
            at = find::<true>(bytes, at);
        }
        if kept < at {
            out.extend_from_slice(&bytes[kept..at]);
        }
        (kept, at) = match chunk_at::<6>(bytes, at) {
            Some([b'\\', b'u', digits @ ..]) => {
                let (character, length) = resolve_digits(digits, &bytes[at + 6..])?;
                if character.is_ascii() {
                    return None;
                }
                push(character, out);
                (at + 2 + length, at + 2 + length)
            }
            // The outer string writes each of the inner string's backslashes as two, and its quotes after a backslash.
            Some([b'\\', b'\\', b'\\', b'"' | b'\\', ..]) => (at + 2, at + 4),
            Some([b'\\', b'\\', b'b' | b'f' | b'n' | b'r' | b't', ..]) => (at + 1, at + 3),
            Some([b'\\', b'\\', b'/', ..]) => (at + 2, at + 3),
            _ => {
                let is_end = matches!(bytes.get(at..), Some([b'"', ..] | [b'\\', b'"', ..]));
                return is_end.then_some(at);
            }
        };
    }
}

/// Appends a character as UTF-8.
#[inline(always)]
fn push(character: char, out: &mut Vec<u8>) {
    let mut bytes = [0; 4];
    // The lengths are constants, because copying a few bytes of variable length costs a call.
    match character.encode_utf8(&mut bytes).len() {
        1 => out.extend_from_slice(&bytes[..1]),
        2 => out.extend_from_slice(&bytes[..2]),
        3 => out.extend_from_slice(&bytes[..3]),
        _ => out.extend_from_slice(&bytes),
    }
}

/// Returns the length of the escape or the byte at the start of a JSON string, and the number of bytes that it stands
/// for.
pub(crate) fn escape_lengths(text: &[u8]) -> (usize, usize) {
    resolve_at(text).map_or((1, 1), |(character, rest)| (text.len() - rest.len(), character.len_utf8()))
}

/// Behaves like [`resolve`], for text that may begin with an escape, including its backslash.
fn resolve_at(text: &[u8]) -> Option<(char, &[u8])> {
    resolve(text.strip_prefix(b"\\")?)
}

/// Returns the character that an escape stands for, and the text after the escape. `text` begins after the backslash of
/// the escape. Returns `None` if it is not a JSON escape.
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

fn resolve_unicode(text: &[u8]) -> Option<(char, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<4>()?;
    let (character, length) = resolve_digits(digits, rest)?;
    Some((character, &text[length..]))
}

/// Returns the character for the four digits after `\u`, combined with the second half of a surrogate pair if `rest`
/// begins with it, and the number of bytes read after `\u`.
#[inline(always)]
fn resolve_digits(digits: &[u8; 4], rest: &[u8]) -> Option<(char, usize)> {
    let first = hex(digits)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 4));
    }
    if first < 0xDC00
        && let Some([b'\\', b'u', digits @ ..]) = rest.first_chunk::<6>()
        && let Some(second @ 0xDC00..0xE000) = hex(digits)
    {
        let pair = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(pair)?, 10));
    }
    Some((char::REPLACEMENT_CHARACTER, 4))
}

/// Returns the value of four hexadecimal digits.
#[inline(always)]
fn hex(digits: &[u8; 4]) -> Option<u32> {
    let value = |at: usize| i32::from(HEX_VALUES[usize::from(digits[at])]);
    // The value of a byte that is not a digit is negative, which makes the result negative.
    u32::try_from(value(0) << 12 | value(1) << 8 | value(2) << 4 | value(3)).ok()
}

static HEX_VALUES: [i8; 256] = {
    let mut values = [-1; 256];
    let mut digit = 0;
    while digit < 16 {
        values[HEX_DIGITS[digit] as usize] = digit as i8;
        values[HEX_DIGITS[digit].to_ascii_uppercase() as usize] = digit as i8;
        digit += 1;
    }
    values
};

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends plain text as the contents of a JSON string. Quotes, backslashes and control characters are escaped, in the
/// short form if there is one. Everything else is copied unchanged.
pub(crate) fn escape_into(bytes: &[u8], out: &mut dyn Sink) {
    let mut copied = 0;
    loop {
        let special = find::<false>(bytes, copied);
        if special > copied {
            out.put(&bytes[copied..special]);
        }
        copied = special + 1;
        match bytes.get(special) {
            Some(byte @ (b'"' | b'\\')) => out.put(&[b'\\', *byte]),
            Some(_) => copied = special + escape_controls(&bytes[special..], out),
            None => return,
        }
    }
}

/// Appends the escapes of the control characters at the start of plain text, and returns their number. Control
/// characters tend to occur in runs.
#[inline(never)]
fn escape_controls(text: &[u8], out: &mut dyn Sink) -> usize {
    const LONG: u64 = u64::from_le_bytes(*b"\\u00\0\0\0\0");
    const SHORT: u64 = u64::from_le_bytes(*b"\\\0\0\0\0\0\0\0");
    let (mut written, mut length) = ([0; 64], 0);
    let count = control_characters(text);
    for byte in &text[..count] {
        let (escape, size) = match byte {
            0x08 => (SHORT | u64::from(b'b') << 8, 2),
            b'\t' => (SHORT | u64::from(b't') << 8, 2),
            b'\n' => (SHORT | u64::from(b'n') << 8, 2),
            0x0C => (SHORT | u64::from(b'f') << 8, 2),
            b'\r' => (SHORT | u64::from(b'r') << 8, 2),
            _ => {
                let [high, low] = [byte >> 4, byte & 0xF].map(|digit| u64::from(HEX_DIGITS[usize::from(digit)]));
                (LONG | high << 32 | low << 40, 6)
            }
        };
        if let Some(room) = written.get_mut(length..).and_then(<[u8]>::first_chunk_mut) {
            *room = escape.to_le_bytes();
        }
        length += size;
        if length > written.len() - 8 {
            out.put(&written[..length]);
            length = 0;
        }
    }
    out.put(&written[..length]);
    count
}

/// Returns the number of bytes that [`escape_into`] writes for plain text.
pub(crate) fn escaped_length(bytes: &[u8]) -> usize {
    fitting(bytes, false, usize::MAX).1
}

/// Returns the length of the longest prefix of plain text that takes at most `most` bytes when written, and the number
/// of bytes written for it.
pub(crate) fn fitting_plain(text: &str, most: usize) -> (usize, usize) {
    fitting(text.as_bytes(), false, most)
}

/// Returns the length of the longest prefix of `bytes` that consists of whole characters and takes at most `most` bytes
/// when written, and the number of bytes written for it. `has_escapes` is `true` for the contents of a JSON string and
/// `false` for plain text.
#[inline(never)]
fn fitting(bytes: &[u8], has_escapes: bool, most: usize) -> (usize, usize) {
    let (mut at, mut left) = (0, most);
    loop {
        // Control characters tend to occur in runs.
        let is_control = bytes.get(at).is_some_and(|byte| *byte < b' ');
        let end = if is_control { at } else { find_special(bytes, at) };
        if end - at > left {
            let mut cut = at + left;
            while bytes.get(cut).is_some_and(|byte| byte & 0xC0 == 0x80) {
                cut -= 1;
            }
            return (cut, most - left + (cut - at));
        }
        left -= end - at;
        at = end;
        let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { break };
        let (length, written) = if has_escapes { written_escape(rest) } else { (1, escape_length(rest[0])) };
        if written > left {
            break;
        }
        at += length;
        left -= written;
    }
    (at, most - left)
}

/// Returns the length of the escape or special byte at the start of the text, and the number of bytes written for it.
fn written_escape(text: &[u8]) -> (usize, usize) {
    let Some((character, after)) = resolve_at(text) else { return (1, escape_length(text[0])) };
    let written = match u8::try_from(character) {
        Ok(byte) if byte < b' ' || matches!(byte, b'"' | b'\\') => escape_length(byte),
        _ => character.len_utf8(),
    };
    (text.len() - after.len(), written)
}

/// Returns the number of bytes written for a quote, a backslash or a control character.
fn escape_length(byte: u8) -> usize {
    if matches!(byte, b'"' | b'\\' | 0x08 | b'\t' | b'\n' | 0x0C | b'\r') { 2 } else { 6 }
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
    fn invalid_escapes_stand_for_themselves() {
        for (raw, expected) in [
            ("a\tb\n\u{1}", "a\tb\n\u{1}"),
            (r"C:\Data\\x", r"C:\Data\x"),
            (r"\u12", r"\u12"),
            (r"\u12G4\u0041", r"\u12G4A"),
            (r"\é\", r"\é\"),
        ] {
            let (mut decoded, mut written) = (Vec::new(), Vec::new());
            let text = JsonText { escapes: Escapes::Wrong, ..text(raw) };
            text.decode(&mut decoded);
            assert_eq!(decoded, expected.as_bytes(), "{raw}");
            text.write_escaped(&mut written);
            let quoted = format!("\"{}\"", String::from_utf8(written).unwrap());
            assert_eq!(quoted, serde_json::to_string(expected).unwrap());
            assert_eq!(text.fitting(usize::MAX), (raw.len(), quoted.len() - 2));
        }
    }

    #[test]
    fn unpaired_surrogates_are_replaced() {
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
