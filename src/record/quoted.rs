//! Reads a message in place in a shipper's JSON record, inside a string, without resolving the string's escapes.
//!
//! This avoids decoding the string and searching it for each quote again. It supports the form of nearly all messages:
//! one event with an `event_type`, complete or cut inside a string, written in ASCII with the escapes that shippers
//! use. Any other message is decoded and then read by [`Filter::parse`], with which this reader agrees in every
//! respect.

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

/// Reads messages in place, one after another.
#[derive(Debug, Default)]
pub(crate) struct QuotedReader {
    /// The text before the event of the message read last, and the event's brace.
    header: String,
}

/// The length of the longest escape of one byte in the message: `\u0001`.
const LONGEST_ESCAPE: usize = 6;

/// A message whose event has been collected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted {
    /// The range between the string's quotes.
    pub(crate) span: Span,
    status: Status,
}

impl QuotedReader {
    /// Collects the event of the message that begins at `start`, after the string's opening quote. Returns `None` if
    /// this reader does not support the message. The collected members are then void.
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

    /// Returns the offset of the message's first brace. Escapes directly before it are resolved, such as those of a
    /// byte-order mark.
    fn read_header(&mut self, text: &str, start: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let special = find_special_or_non_ascii(bytes, start);
        let ends_with_brace = bytes[start..special].ends_with(b"{");
        let mut brace = special - usize::from(ends_with_brace);
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

    /// Parses the envelope of the message read last. It is valid only if its body is [`BODY`], the first brace alone.
    /// Otherwise, not all text before the brace belongs to the envelope, or whether it does depends on the text after
    /// the brace.
    pub(crate) fn envelope(&self) -> Envelope<'_> {
        syslog::parse(&self.header)
    }
}

/// The body of the text up to and including a message's first brace, if everything before the brace is envelope.
pub(crate) const BODY: &str = "{";

/// Returns the end of a message, given the end of its event, if the text in between cannot contain another event or a
/// fragment of one.
#[cold]
fn skip_rest(text: &str, event_end: usize) -> Option<usize> {
    let (Span { end, escapes, .. }, _) = json::plain_string(text.as_bytes(), event_end).ok()?;
    let is_ignored = |byte: &u8| byte.is_ascii() && !matches!(*byte, b'{' | b'"');
    (escapes < Escapes::Any && text.as_bytes()[event_end..end].iter().all(is_ignored)).then_some(end)
}

impl Quoted {
    /// Returns the collected event.
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

    /// Quotes a message as the contents of a JSON string, with everything outside ASCII escaped, as in most records of
    /// shippers.
    fn quote(message: &str) -> String {
        let quoted = |character: char| match character {
            '"' | '\\' => format!("\\{character}"),
            ' '..='~' => character.to_string(),
            _ => character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        };
        message.chars().map(quoted).collect()
    }

    #[test]
    fn usual_messages_are_read_in_place() {
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
