//! Filters the records of shippers that pass them as JSON text.

use alloc::string::String;
use alloc::vec::Vec;

use super::quoted::{self, Quoted, QuotedReader};
use crate::encode;
use crate::filter::repair;
use crate::json::{self, Escapes, JsonText, Shape, Span, Value, fitting_plain, unescape};
use crate::record::{self, Record, Search, ShipperOptions};
use crate::value::{Levels, json_value};
use crate::{Event, Filter, Options, Raw};

/// A filter for records that are JSON texts, each a single object.
#[derive(Debug)]
pub struct JsonRecordFilter {
    filter: Filter,
    message_key: Option<String>,
    members: Vec<Member>,
    /// The keys that contain escapes, unescaped and concatenated.
    keys: Vec<u8>,
    reader: QuotedReader,
    /// The unescaped message, unless it is read in place.
    message: Vec<u8>,
    restored: Vec<u8>,
    repaired: String,
    restores_bytes: bool,
}

/// The outcome of filtering a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The record contains no message and was passed on unchanged.
    Untouched,
    /// The message became this many records: none for a heartbeat or an empty message.
    Events(usize),
    /// The record is not a JSON object. Its text became the `raw_message` of a record with the `parse_status`
    /// `malformed`.
    NotARecord,
}

impl JsonRecordFilter {
    /// Creates a filter with these options.
    #[must_use]
    pub fn new(ShipperOptions { filter, message_key }: ShipperOptions) -> Self {
        Self {
            filter: Filter::new(filter),
            message_key,
            members: Vec::new(),
            keys: Vec::new(),
            reader: QuotedReader::default(),
            message: Vec::new(),
            restored: Vec::new(),
            repaired: String::new(),
            restores_bytes: false,
        }
    }

    /// Makes the filter restore bytes that are not UTF-8. In the records that Fluent Bit writes, such a byte of the
    /// message has become the private-use character U+E000 plus the byte (`flb_utils_write_str`). The filter turns the
    /// character back into the byte, which is then treated as in every other shipper. If the message itself contains
    /// such a character, Fluent Bit writes it as an escape, and the filter keeps it.
    #[must_use]
    pub fn restoring_bytes(mut self) -> Self {
        self.restores_bytes = true;
        self
    }

    /// Filters a record, which may be any bytes. Appends the resulting records to `out`, each followed by `end`.
    ///
    /// ```
    /// use eset_filter::record::json::{JsonRecordFilter, Outcome};
    ///
    /// let mut filter = JsonRecordFilter::new(eset_filter::record::ShipperOptions::default());
    /// let mut out = Vec::new();
    /// let outcome = filter.read(br#"{"log":"{\"severity\":\"Warning\"}","host":"10.0.0.7"}"#, b"\n", &mut out);
    /// assert_eq!(outcome, Outcome::Events(1));
    /// assert_eq!(out, b"{\"severity\":\"Warning\",\"parse_status\":\"ok\",\"host\":\"10.0.0.7\"}\n");
    /// ```
    pub fn read(&mut self, record: &[u8], end: &[u8], out: &mut Vec<u8>) -> Outcome {
        self.repaired(record, |filter, text| filter.convert::<false>(text, end, out))
    }

    /// Behaves like [`JsonRecordFilter::read`], but appends at most one record, as with [`Options::single`], for
    /// shippers that accept only one.
    pub fn read_single(&mut self, record: &[u8], end: &[u8], out: &mut Vec<u8>) -> Outcome {
        self.repaired(record, |filter, text| filter.read_single_str(text, end, out))
    }

    /// Behaves like [`JsonRecordFilter::read_single`], for a record that is known to be UTF-8.
    #[inline(never)]
    pub fn read_single_str(&mut self, record: &str, end: &[u8], out: &mut Vec<u8>) -> Outcome {
        self.convert::<true>(record, end, out)
    }

    /// Passes a record on as UTF-8, repaired if necessary.
    #[inline(never)]
    fn repaired(&mut self, record: &[u8], read: impl FnOnce(&mut Self, &str) -> Outcome) -> Outcome {
        if let Ok(text) = simdutf8::basic::from_utf8(record) {
            return read(self, text);
        }
        let mut repaired = core::mem::take(&mut self.repaired);
        let outcome = read(self, repair(record, &mut repaired));
        self.repaired = repaired;
        outcome
    }

    /// Filters a record that is UTF-8. With `SINGLE`, the code for several events, a tenth of a module, is not compiled
    /// in.
    #[inline]
    fn convert<const SINGLE: bool>(&mut self, record: &str, end: &[u8], out: &mut Vec<u8>) -> Outcome {
        let Self { filter, message_key, members, keys, reader, message, restored, restores_bytes, .. } = self;
        let text = record.trim_ascii();
        let search = Search::new(message_key.as_deref());
        let Some(found) = read_members(text, search, filter, reader, members, keys) else {
            write_unreadable(text, filter.options(), out);
            out.extend_from_slice(end);
            return Outcome::NotARecord;
        };
        let Some(Message { at, quoted }) = found else {
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(end);
            return Outcome::Untouched;
        };
        let record = JsonRecord { text, members, keys };
        let mut write = |event: &Event<'_>| {
            encode::json::write_open(event, out);
            for kept in record::kept(&record, at, event) {
                record.write_member(kept, out);
            }
            out.push(b'}');
            out.extend_from_slice(end);
        };
        if let Some(quoted) = quoted {
            let envelope = reader.envelope();
            if envelope.body == quoted::BODY {
                write(&quoted.event(text, &envelope, filter));
                return Outcome::Events(1);
            }
        }
        let raw = members[at].value.span.bytes(text);
        let raw = if *restores_bytes { restore_bytes(raw, restored) } else { raw };
        message.clear();
        unescape(raw, 0, message);
        let mut count = 0;
        let mut events = filter.parse(message);
        while let Some(event) = if SINGLE { events.only() } else { events.next() } {
            write(&event);
            count += 1;
        }
        Outcome::Events(count)
    }
}

/// The message of a record.
struct Message {
    /// The position of the message in the record.
    at: usize,
    /// The event, if it has already been collected.
    quoted: Option<Quoted>,
}

/// Reads the members of a record and finds its message, if there is one. Returns `None` if the text is not a single
/// JSON object.
fn read_members(
    text: &str,
    mut search: Search<'_>,
    filter: &mut Filter,
    reader: &mut QuotedReader,
    members: &mut Vec<Member>,
    keys: &mut Vec<u8>,
) -> Option<Option<Message>> {
    members.clear();
    keys.clear();
    let bytes = text.as_bytes();
    let mut at = json::skip_whitespace(bytes, 1);
    if bytes.first() != Some(&b'{') {
        return None;
    }
    if &bytes[at..] == b"}" {
        return Some(None);
    }
    let mut collected = None;
    loop {
        let (key, start) = json::plain_key(bytes, at).ok()?;
        let key = Key::new(text, key, keys);
        let rank = search.rank(key.text(text, keys)).filter(|_| bytes.get(start) == Some(&b'"'));
        let quoted = rank.and_then(|_| reader.read(text, start + 1, filter));
        let (value, after) = match quoted {
            Some(Quoted { span, .. }) => (Value::string(span), span.end + 1),
            None => json::plain_value(bytes, start, 1).ok()?,
        };
        if let Some(rank) = rank {
            search.take(rank, members.len());
            collected = quoted;
        }
        if key.span.escapes.max(value.span.escapes) >= Escapes::Control {
            return None;
        }
        members.push(Member { key, value });
        at = json::skip_whitespace(bytes, after);
        if &bytes[at..] == b"}" {
            return Some(search.message().map(|at| Message { at, quoted: collected }));
        }
        at = json::past(bytes, at, b',').ok()?;
    }
}

/// Restores the bytes in the contents of a string: U+E080 to U+E0FF, in UTF-8 `EE 82 80` to `EE 83 BF`, become the
/// bytes 80 to FF.
fn restore_bytes<'r>(raw: &'r [u8], restored: &'r mut Vec<u8>) -> &'r [u8] {
    if json::find_byte(raw, 0xEE).is_none() {
        return raw;
    }
    restored.clear();
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        let (byte, after) = match rest {
            [0xEE, high @ (0x82 | 0x83), low, after @ ..] => (high << 6 | (low & 0x3F), after),
            _ => (*byte, after),
        };
        restored.push(byte);
        rest = after;
    }
    restored
}

/// Writes a record for a text that is not a record, with as much of the text as the record limit allows.
fn write_unreadable(text: &str, options: &Options, out: &mut Vec<u8>) {
    let most = options.record_limit.unwrap_or(usize::MAX);
    let start = out.len();
    out.extend_from_slice(br#"{"parse_status":"malformed""#);
    if options.raw != Raw::Never {
        out.extend_from_slice(br#","raw_message":"#);
        let written = out.len() - start + r#"""}"#.len();
        let (fitting, _) = fitting_plain(text, most.saturating_sub(written));
        encode::json::write_string(&text.as_bytes()[..fitting], out);
    }
    out.push(b'}');
}

struct JsonRecord<'r> {
    text: &'r str,
    members: &'r [Member],
    keys: &'r [u8],
}

impl JsonRecord<'_> {
    /// Appends a member, after a comma.
    fn write_member(&self, at: usize, out: &mut Vec<u8>) {
        let Member { key, value } = self.members[at];
        out.push(b',');
        encode::json::write_value(json_value(self.text, Value::string(key.span), MAX_KEPT), out);
        out.push(b':');
        encode::json::write_value(json_value(self.text, value, MAX_KEPT), out);
    }
}

/// The maximum number of levels of arrays and objects in a value that is kept. Fluent Bit reads MessagePack of up to 32
/// levels, and the record is the second of them.
const MAX_KEPT: Levels = Levels { arrays: 30, objects: 30 };

impl Record for JsonRecord<'_> {
    fn key_count(&self) -> usize {
        self.members.len()
    }

    fn key(&self, at: usize) -> &[u8] {
        self.members[at].key.text(self.text, self.keys)
    }

    fn is_string(&self, at: usize) -> bool {
        self.members[at].value.shape == Shape::String
    }
}

#[derive(Clone, Copy, Debug)]
struct Member {
    key: Key,
    value: Value,
}

/// A member's key.
#[derive(Clone, Copy, Debug)]
struct Key {
    span: Span,
    /// The range of the unescaped key in the buffer of keys, if it contains escapes.
    resolved: (usize, usize),
}

impl Key {
    fn new(text: &str, span: Span, keys: &mut Vec<u8>) -> Self {
        let start = keys.len();
        if span.escapes != Escapes::None {
            JsonText::new(text, span).decode(keys);
        }
        Self { span, resolved: (start, keys.len()) }
    }

    fn text<'t>(&self, text: &'t str, keys: &'t [u8]) -> &'t [u8] {
        let (start, end) = self.resolved;
        if self.span.escapes == Escapes::None { self.span.bytes(text) } else { &keys[start..end] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_restored() {
        for (given, expected) in [
            ("plain", b"plain".to_vec()),
            ("caf\u{E0E9}", b"caf\xE9".to_vec()),
            ("\u{E080}\u{E0BF}\u{E0C0}\u{E0FF}\\n", vec![0x80, 0xBF, 0xC0, 0xFF, b'\n']),
            ("\u{E07F}\u{E100}\u{EE}\u{F8FF}", "\u{E07F}\u{E100}\u{EE}\u{F8FF}".into()),
            ("\u{E0E9}\\ue0e9", b"\xE9\xEE\x83\xA9".to_vec()),
        ] {
            let (mut restored, mut message) = (Vec::new(), Vec::new());
            unescape(restore_bytes(given.as_bytes(), &mut restored), 0, &mut message);
            assert_eq!(message, expected, "{given}");
        }
    }
}
