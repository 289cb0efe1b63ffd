//! A message read in place in a shipper's JSON record: inside a string, whose escapes are left unresolved.
//!
//! That spares the decoding of the string, and the search for each quote anew. It is for the message that nearly all are:
//! one event with an `event_type`, complete or cut inside a string, in ASCII and the escapes that shippers write. Any other
//! message is decoded and then read by [`Filter::parse`], from which this differs in nothing.

use alloc::string::String;

use crate::Filter;
use crate::event::{Event, Sources};
use crate::fields::Allowance;
use crate::json::{self, Escapes, JsonText, Span, find_special_or_non_ascii, resolve};
use crate::limits::MAX_NAMES;
use crate::options::SyslogFields;
use crate::schema::EVENT_TYPE;
use crate::status::Status;
use crate::syslog::{self, Envelope};
use crate::value::Value;

/// Messages read where they stand, one after the other.
#[derive(Debug, Default)]
pub(crate) struct QuotedReader {
    /// What stands before the event of the message read last, and the event's brace.
    header: String,
}

/// The most bytes that stand for one of the message: `\u0001`.
const LONGEST_ESCAPE: usize = 6;

/// A message whose event has been collected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted {
    /// Where it stands, between the string's quotes.
    pub(crate) span: Span,
    status: Status,
}

impl QuotedReader {
    /// Collects the event of the message that begins at `start`, behind the string's opening quote. `None` where it is no
    /// message for this; what was collected is then void.
    pub(crate) fn read(&mut self, text: &str, start: usize, filter: &mut Filter) -> Option<Quoted> {
        if text.len() - start > filter.small() {
            return None;
        }
        let brace = self.read_header(text, start)?;
        let collected = &mut filter.memory.collected[0];
        collected.start(Allowance::of_names(text.len()));
        let (event_end, is_complete) = json::read_quoted_object(text, brace, collected)?;
        collected.settle(event_end - brace);
        let status = if is_complete { Status::Ok } else { Status::Truncated };
        let end = if text.as_bytes().get(event_end) == Some(&b'"') { event_end } else { skip_rest(text, event_end)? };
        let has_few_names = collected.names() <= (end - start) / LONGEST_ESCAPE * MAX_NAMES;
        let is_within_bounds = has_few_names && collected.exceeded().is_none();
        let is_usual = collected.has(EVENT_TYPE) && !collected.has_misfit_guid(text);
        let span = Span { start, end, escapes: Escapes::Any };
        (is_within_bounds && is_usual).then_some(Quoted { span, status })
    }

    /// The offset of the message's first brace. Before it, escapes are resolved if they stand right there, as those of a
    /// byte-order mark do.
    fn read_header(&mut self, text: &str, start: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let special = find_special_or_non_ascii(bytes, start);
        let is_behind_brace = bytes[start..special].ends_with(b"{");
        let mut brace = special - usize::from(is_behind_brace);
        self.header.clear();
        self.header.push_str(text.get(start..brace)?);
        while let Some(b'\\') = bytes.get(brace) {
            let (character, rest) = resolve(&bytes[brace + 1..])?;
            self.header.push(character);
            brace = bytes.len() - rest.len();
        }
        self.header.push('{');
        (bytes.get(brace) == Some(&b'{')).then_some(brace)
    }

    /// The envelope of the message read last. Only if that leaves [`BODY`], its first brace alone, does it hold: else not
    /// all text before the brace is envelope, or it could be with what follows.
    pub(crate) fn envelope(&self) -> Envelope<'_> {
        syslog::parse(&self.header)
    }
}

/// What is left of the text up to a message's first brace where the text before it is all envelope.
pub(crate) const BODY: &str = "{";

/// The end of a message from the end of its event on, if nothing in between can be another event or a piece of one.
#[cold]
fn skip_rest(text: &str, event_end: usize) -> Option<usize> {
    let (Span { end, escapes, .. }, _) = json::plain_string(text.as_bytes(), event_end).ok()?;
    let is_ignored = |byte: &u8| byte.is_ascii() && !matches!(*byte, b'{' | b'"');
    (escapes < Escapes::Any && text.as_bytes()[event_end..end].iter().all(is_ignored)).then_some(end)
}

impl Quoted {
    /// The event that was collected.
    pub(crate) fn event<'e>(&self, text: &'e str, envelope: &'e Envelope<'e>, filter: &'e Filter) -> Event<'e> {
        let with_raw = filter.options.raw.is_for(self.status);
        Event {
            sources: Sources { text, outer: "" },
            collected: &filter.memory.collected[0],
            envelope,
            status: self.status,
            raw: with_raw.then(|| Value::JsonText(JsonText::new(text, self.span))),
            with_syslog: filter.options.syslog_fields == SyslogFields::All,
            format: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    /// The message as the contents of a JSON string, all but ASCII escaped, as in most records of shippers.
    fn quote(message: &str) -> String {
        let quoted = |character: char| match character {
            '"' | '\\' => format!("\\{character}"),
            ' '..='~' => character.to_string(),
            _ => character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        };
        message.chars().map(quoted).collect()
    }

    #[test]
    fn usual_messages_are_read_where_they_stand() {
        const HEADERS: [&str; 6] = [
            "",
            "<14>",
            "<14>Oct 30 05:31:10 srv ERAServer[75]: ",
            "<12>1 2026-02-27T16:25:37.704Z srv ERAServer 3432 - - ",
            "<12>1 2026-02-27T16:25:37.704Z srv ERAServer 3432 - - \u{FEFF}",
            "<12>1 2026-02-27T16:25:37.704Z srv ERAServer 3432 - - \u{EF}\u{BB}\u{BF}",
        ];
        const PAYLOADS: [&str; 4] = [
            r#"{"event_type":"Audit_Event","ipv4":"10.0.0.7","occured":"21-Jun-2021 09:46:15","user":""}"#,
            r#"{"event_type":"Threat_Event","object_uri":"file:///C:\/Data","threat_handled":true,"hash":null}"#,
            r#"{"event_type":"FirewallAggregated_Event","event":"Détection \"走査\"","source_port":49152,"new":"x"}"#,
            r#"{"event_type":"Threat_Event","username":"CORP\\ann","circumstances":"Event occurr"#,
        ];
        let mut filter = Filter::new(Options::default());
        let mut reader = QuotedReader::default();
        for header in HEADERS {
            for payload in PAYLOADS {
                let text = format!("\"{}\"", quote(&format!("{header}{payload}")));
                let read = reader.read(&text, 1, &mut filter);
                let status = if payload.ends_with('}') { Status::Ok } else { Status::Truncated };
                assert_eq!(read.map(|read| read.status), Some(status), "{text}");
            }
        }
    }
}
