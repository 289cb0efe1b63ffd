//! A second, deliberately plain implementation of the contract (docs/contract.md). It copies everything and reads the
//! input as often as necessary. The core must return the same records.
//!
//! Nothing here is taken from the crate, neither its reader nor its dates nor its table of fields. A fault in the core
//! must not be hidden by the same fault in the code that it is compared with.
//!
//! It covers every payload. For JSON it returns the records. For other formats it checks whether a record consists of
//! values from the message. It does not read syslog headers: see [`Body`].

mod datetime;
mod fields;
mod flat;
mod pairs;
mod payload;
mod reader;
mod typed;

pub use datetime::normalize as datetime;
pub use fields::{FIELDS, Kind};

use crate::json::Json;
use payload::Found;

/// The part of a message after its header.
#[derive(Clone, Copy, Debug)]
pub struct Body<'m> {
    /// The text without byte-order marks, line endings and padding around it.
    pub text: &'m str,
    /// Whether the message has a header.
    pub has_header: bool,
}

/// The options, apart from those about headers.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Which records carry the message.
    pub raw: Raw,
    /// Whether a heartbeat becomes a record.
    pub keeps_heartbeats: bool,
    /// Whether only the first event becomes a record, with the status `multiple` if there are more.
    pub single: bool,
}

/// Which records carry the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw {
    /// The first that is not `ok`. If text beside the events may be part of an event, the very first.
    OnError,
    /// The first.
    Always,
    /// None.
    Never,
}

/// The contents of a message, from which [`records`](Self::records) builds its records.
#[derive(Debug)]
pub struct Message<'m> {
    text: &'m str,
    found: Found,
}

impl<'m> Body<'m> {
    /// Returns the body of a message that certainly has no header. A header needs a digit, a `<`, a `:` or a `[` before
    /// the first brace of the payload.
    pub fn without_header(message: &'m str) -> Option<Self> {
        let text = payload::trim(message);
        let before = text.split('{').next().unwrap_or_default();
        let may_be_header = |character: char| character.is_ascii_digit() || "<:[".contains(character);
        (!before.contains(may_be_header)).then_some(Self { text, has_header: false })
    }
}

impl<'m> Message<'m> {
    /// Reads a message that had `length` bytes on arrival. `body_of` returns the body of a message, including one that
    /// a relay has wrapped.
    pub fn read(text: &'m str, length: usize, body_of: &dyn Fn(&str) -> Body<'_>) -> Self {
        Self { text, found: payload::read(body_of(text), length, body_of) }
    }

    /// Returns whether the message is a heartbeat.
    pub fn is_heartbeat(&self) -> bool {
        matches!(self.found, Found::Alone(Status::Heartbeat))
    }

    /// Checks a record, without the members `syslog_…`, if the message is in a format other than JSON. Returns whether
    /// it is.
    pub fn is_said(&self, record: &Json) -> bool {
        let Found::Said(said) = &self.found else { return false };
        said.check(record, self.text.chars().count());
        true
    }

    /// Returns the expected records of JSON, without the members `syslog_…` and without a limit on their total size.
    pub fn records(&self, rules: Rules) -> Vec<Json> {
        let mut events = match &self.found {
            Found::Nothing | Found::Said(_) => Vec::new(),
            Found::Alone(Status::Heartbeat) if !rules.keeps_heartbeats => Vec::new(),
            Found::Alone(status) => vec![(*status, Vec::new(), Vec::new())],
            Found::Events { events, .. } => {
                events.iter().map(|event| (event.status, event.fields.clone(), event.additional.clone())).collect()
            }
        };
        if rules.single && events.len() > 1 {
            events.truncate(1);
            events[0].0 = Status::Multiple;
        }
        let is_text_left_out = matches!(self.found, Found::Events { is_text_left_out: true, .. });
        let mut needs_raw = true;
        let mut records = Vec::new();
        for (status, mut members, additional) in events {
            members.push(("parse_status".to_owned(), Json::Text(status.name().to_owned())));
            let wants_raw = match rules.raw {
                Raw::OnError => status != Status::Ok || is_text_left_out,
                Raw::Always => true,
                Raw::Never => false,
            };
            if wants_raw && needs_raw {
                needs_raw = false;
                members.push(("raw_message".to_owned(), Json::Text(self.text.to_owned())));
            }
            if !additional.is_empty() {
                members.push(("additional_fields".to_owned(), Json::Object(additional)));
            }
            records.push(Json::Object(members));
        }
        records
    }
}

/// Returns the end of the object at the start of a text, if the object is complete and undamaged.
pub fn object_end(text: &str) -> Option<usize> {
    let reading = reader::read(text, 0);
    (reading.fault.is_none() && !reading.is_damaged).then_some(reading.end)
}

/// Returns whether a text is a GUID.
pub fn is_guid(text: &str) -> bool {
    typed::is_guid(text)
}

/// The values of `parse_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Truncated,
    Malformed,
    Text,
    Heartbeat,
    Multiple,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Text => "text",
            Self::Heartbeat => "heartbeat",
            Self::Multiple => "multiple",
        }
    }
}
