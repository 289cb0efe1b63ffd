//! Records of hosts that hand them over as JSON text.

use crate::encode;
use crate::filter::repair;
use crate::json::{self, Escapes, Shape, Span, Value};
use crate::record::{self, Record};
use crate::text::unescape;
use crate::{Filter, Options, Raw, Status};

/// A filter for records that are JSON objects, one text each.
#[derive(Debug)]
pub struct JsonRecordFilter {
    filter: Filter,
    members: Vec<Member>,
    message: Vec<u8>,
    repaired: String,
    restores_bytes: bool,
    scratch: Vec<u8>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds no message, and was given as it is.
    Untouched,
    /// Its message was turned into so many records; none for heartbeats and empty messages.
    Events(usize),
    /// It is no JSON object. It was given as the `raw_message` of a record with `parse_status` `malformed`.
    NotARecord,
}

impl JsonRecordFilter {
    /// A filter that treats every message by these options.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            filter: Filter::new(options),
            members: Vec::new(),
            message: Vec::new(),
            repaired: String::new(),
            restores_bytes: false,
            scratch: Vec::new(),
        }
    }

    /// The filter for records that Fluent Bit has written: there a byte of the message that is not UTF-8 has become the
    /// private-use character U+E000 plus the byte (`flb_utils_write_str`). It is made a byte again, to be treated as on
    /// every other host. Such a character that was in the message itself stands there as an escape, and stays.
    #[must_use]
    pub fn restoring_bytes(mut self) -> Self {
        self.restores_bytes = true;
        self
    }

    /// Appends the records that a record becomes to `out`, each followed by `end`, and hands each one's status to
    /// `seen`. Any bytes will do.
    ///
    /// ```
    /// use eset_filter::record::json::{JsonRecordFilter, Outcome};
    ///
    /// let mut filter = JsonRecordFilter::new(eset_filter::Options::default());
    /// let mut out = Vec::new();
    /// let outcome = filter.read(br#"{"log":"{\"severity\":\"Warning\"}","host":"10.0.0.7"}"#, b"\n", &mut out, |_| {});
    /// assert_eq!(outcome, Outcome::Events(1));
    /// assert_eq!(out, b"{\"severity\":\"Warning\",\"parse_status\":\"ok\",\"host\":\"10.0.0.7\"}\n");
    /// ```
    pub fn read(&mut self, record: &[u8], end: &[u8], out: &mut Vec<u8>, mut seen: impl FnMut(Status)) -> Outcome {
        let Self { filter, members, message, repaired, restores_bytes, scratch } = self;
        let text = match simdutf8::basic::from_utf8(record) {
            Ok(text) => text.trim_ascii(),
            Err(_) => repair(record, repaired).trim_ascii(),
        };
        message.clear();
        let Some(found) = read_members(text, filter.options(), members, message) else {
            write_unreadable(text, filter.options().raw, out);
            out.extend_from_slice(end);
            return Outcome::NotARecord;
        };
        let Some(at) = found else {
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(end);
            return Outcome::Untouched;
        };
        if *restores_bytes {
            restore_bytes(members[at].value.span.bytes(text), scratch, message);
        }
        let record = JsonRecord { text, members };
        let mut count = 0;
        let mut events = filter.read(message);
        while let Some(event) = events.next() {
            encode::json::write_open(&event, out);
            for kept in record::kept(&record, at, &event) {
                record.write_member(kept, out);
            }
            out.push(b'}');
            out.extend_from_slice(end);
            seen(event.status());
            count += 1;
        }
        Outcome::Events(count)
    }
}

/// Reads the members of a record and decodes its message on the way. Gives the message's position, if there is one;
/// `None` where the text is not one JSON object.
fn read_members(
    text: &str,
    options: &Options,
    members: &mut Vec<Member>,
    message: &mut Vec<u8>,
) -> Option<Option<usize>> {
    members.clear();
    let bytes = text.as_bytes();
    let mut at = json::skip_blanks(bytes, 1);
    if bytes.first() != Some(&b'{') {
        return None;
    }
    if &bytes[at..] == b"}" {
        return Some(None);
    }
    let mut best = None;
    loop {
        let (key, start) = json::key(bytes, at).ok()?;
        let rank = record::rank(key.bytes(text), options).filter(|_| bytes.get(start) == Some(&b'"'));
        let is_better = |rank: &usize| best.is_none_or(|(best, _)| *rank < best);
        let (value, after) = match rank.filter(is_better) {
            Some(rank) => {
                best = Some((rank, members.len()));
                message.clear();
                let end = unescape(bytes, start + 1, message).filter(|end| bytes.get(*end) == Some(&b'"'))?;
                // Only where it stands matters, for the case that a better one follows and it is kept.
                let span = Span { start: start + 1, end, escapes: Escapes::Any };
                (Value { shape: Shape::String, span, levels: 0, huge: false }, end + 1)
            }
            None => json::value(bytes, start, 1).ok()?,
        };
        members.push(Member { key, value });
        at = json::skip_blanks(bytes, after);
        if &bytes[at..] == b"}" {
            return Some(best.map(|(_, at)| at));
        }
        at = json::past(bytes, at, b',').ok()?;
    }
}

/// Decodes a message anew if bytes are to be restored in it: U+E080 to U+E0FF, in UTF-8 `EE 82 80` to `EE 83 BF`, become
/// the bytes 80 to FF.
fn restore_bytes(raw: &[u8], scratch: &mut Vec<u8>, message: &mut Vec<u8>) {
    if memchr::memchr(0xEE, raw).is_none() {
        return;
    }
    scratch.clear();
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        let (restored, after) = match rest {
            [0xEE, high @ (0x82 | 0x83), low, after @ ..] => (high << 6 | (low & 0x3F), after),
            _ => (*byte, after),
        };
        scratch.push(restored);
        rest = after;
    }
    message.clear();
    let _end = unescape(scratch, 0, message);
}

fn write_unreadable(text: &str, raw: Raw, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"parse_status\":\"malformed\"");
    if raw != Raw::Never {
        out.extend_from_slice(b",\"raw_message\":");
        encode::json::write_quoted(text.as_bytes(), out);
    }
    out.push(b'}');
}

struct JsonRecord<'r> {
    text: &'r str,
    members: &'r [Member],
}

impl JsonRecord<'_> {
    /// Appends a member as it stands in the record, with a comma before it.
    fn write_member(&self, at: usize, out: &mut Vec<u8>) {
        let Member { key, value } = self.members[at];
        let quotes = usize::from(value.shape == Shape::String);
        let value = value.span.start - quotes..value.span.end + quotes;
        out.extend_from_slice(b",\"");
        out.extend_from_slice(key.bytes(self.text));
        out.extend_from_slice(b"\":");
        out.extend_from_slice(self.text[value].as_bytes());
    }
}

impl Record for JsonRecord<'_> {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn key(&self, at: usize) -> &[u8] {
        self.members[at].key.bytes(self.text)
    }

    fn is_string(&self, at: usize) -> bool {
        self.members[at].value.shape == Shape::String
    }
}

#[derive(Clone, Copy, Debug)]
struct Member {
    key: Span,
    value: Value,
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
            let mut message = Vec::new();
            unescape(given.as_bytes(), 0, &mut message);
            restore_bytes(given.as_bytes(), &mut Vec::new(), &mut message);
            assert_eq!(message, expected, "{given}");
        }
    }
}
