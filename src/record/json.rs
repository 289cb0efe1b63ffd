//! Records of hosts that hand them over as JSON text.

use crate::encode;
use crate::filter::repair;
use crate::json::{self, Nested, Shape, Span, Value, Visitor};
use crate::record::{self, Record};
use crate::text::JsonText;
use crate::{Filter, Options, Status};

/// A filter for records that are JSON objects, one text each.
#[derive(Debug)]
pub struct JsonRecordFilter {
    filter: Filter,
    members: Members,
    message: String,
    repaired: String,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds no message, and was given as it is.
    Untouched,
    /// Its message was turned into so many records; none for heartbeats and empty messages.
    Events(usize),
    /// It is no JSON object. It was given as the raw message of a record with `parse_status` `malformed`.
    NotARecord,
}

impl JsonRecordFilter {
    /// A filter that treats every message by these options.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (members, message, repaired) = (Members::default(), String::new(), String::new());
        Self { filter: Filter::new(options), members, message, repaired }
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
        let Self { filter, members, message, repaired } = self;
        let text = match std::str::from_utf8(record) {
            Ok(text) => text,
            Err(_) => repair(record, repaired),
        };
        if !members.read(text) {
            write_unreadable(text, out);
            out.extend_from_slice(end);
            return Outcome::NotARecord;
        }
        let record = JsonRecord { text, members: &members.members };
        let Some(at) = record::find_message(&record, filter.options()) else {
            out.extend_from_slice(text.trim_ascii().as_bytes());
            out.extend_from_slice(end);
            return Outcome::Untouched;
        };
        message.clear();
        JsonText::new(text, record.members[at].value.span).decode(message);
        let mut count = 0;
        let mut events = filter.read_str(message);
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

fn write_unreadable(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"parse_status\":\"malformed\",\"raw_message\":");
    encode::json::write_quoted(text, out);
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
        out.extend_from_slice(key.of(self.text).as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(self.text[value].as_bytes());
    }
}

impl Record for JsonRecord<'_> {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn key(&self, at: usize) -> &str {
        self.members[at].key.of(self.text)
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

/// Where a record's members stand. The memory is kept from record to record.
#[derive(Debug, Default)]
struct Members {
    members: Vec<Member>,
}

impl Members {
    /// Whether the text is one JSON object.
    fn read(&mut self, text: &str) -> bool {
        self.members.clear();
        let start = text.len() - text.trim_ascii_start().len();
        if text.as_bytes().get(start) != Some(&b'{') {
            return false;
        }
        let outcome = json::read_object(text, start, self);
        outcome.stopped.is_none() && text.as_bytes()[outcome.end..].trim_ascii().is_empty()
    }
}

impl Visitor for Members {
    fn member(&mut self, _text: &str, key: Span, value: Value) {
        self.members.push(Member { key, value });
    }

    fn nested(&mut self, _text: &str, _key: Span) -> Nested {
        Nested::Whole
    }

    fn leave(&mut self) {}
}
