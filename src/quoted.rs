//! A message read where it stands in a host's JSON record: inside a string, whose escapes are left as they are.
//!
//! That spares the decoding of the string, and the search for each quote anew. It is for the message that nearly all are:
//! one event, complete or cut inside a string, in ASCII and the escapes that hosts write. Any other message is decoded and
//! then read by [`Filter::read`], from which this differs in nothing.

use crate::Filter;
use crate::event::{Event, Status, Value};
use crate::json::{self, Escapes, Span};
use crate::options::SyslogFields;
use crate::scan::find_special_or_non_ascii;
use crate::syslog::{self, Envelope};
use crate::text::{JsonText, resolve};

/// Messages read where they stand, one after the other.
#[derive(Debug, Default)]
pub(crate) struct QuotedReader {
    /// What stands before the event of the message read last, and the event's brace.
    header: String,
}

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
        let brace = self.read_header(text, start)?;
        filter.collected.clear();
        let (event_end, is_complete) = json::collect_quoted_object(text, brace, &mut filter.collected)?;
        filter.collected.settle(event_end - brace);
        let status = if is_complete { Status::Ok } else { Status::Truncated };
        let end = if text.as_bytes().get(event_end) == Some(&b'"') { event_end } else { skip_rest(text, event_end)? };
        Some(Quoted { span: Span { start, end, escapes: Escapes::Any }, status })
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

/// The end of a message from the end of its event on, if nothing in between can be another event.
#[cold]
fn skip_rest(text: &str, event_end: usize) -> Option<usize> {
    let (Span { end, escapes, .. }, _) = json::plain_string(text.as_bytes(), event_end).ok()?;
    let is_ignored = |byte: &u8| byte.is_ascii() && *byte != b'{';
    (escapes != Escapes::Any && text.as_bytes()[event_end..end].iter().all(is_ignored)).then_some(end)
}

impl Quoted {
    /// The event that was collected.
    pub(crate) fn event<'e>(&self, text: &'e str, envelope: &'e Envelope<'e>, filter: &'e Filter) -> Event<'e> {
        let with_raw = filter.options.raw.is_for(self.status);
        Event {
            text,
            collected: &filter.collected,
            envelope,
            status: self.status,
            raw: with_raw.then(|| Value::JsonText(JsonText::new(text, self.span))),
            with_syslog: filter.options.syslog_fields == SyslogFields::All,
        }
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::cli::generate::{Generator, GeneratorOptions};
    use crate::record::json::JsonRecordFilter;
    use crate::{Choice, Heartbeats, Options, Raw, SyslogFields, encode};
    use fastrand::Rng;

    /// What a parser looks out for.
    const TOKENS: [&str; 19] = [
        "{", "}", "[", "]", "\"", "\\", ":", ",", "\":\"", "\",\"", "\\u0041", "\\/", "\u{FEFF}", "{\"a\":", "é", "😀",
        "\n", "- ", "<14>1 ",
    ];

    /// Messages of which the first brace is not at the end of an envelope, or that go on behind the event.
    const MESSAGES: [&str; 12] = [
        r#"x {"severity":"Error"}"#,
        r#"<14>1 - - - - - [{"severity":"Error"}]"#,
        r#"<14>1 - - - - - [x {"severity":"Error"} y] {"severity":"Notice"}"#,
        r#"<14>1 - - - - - [x y="{"] {"severity":"Notice"}"#,
        r#"<14>1 - - - - - [x] [{"severity":"Notice"}"#,
        r#"<14>Oct 30 05:31:10 host name[{"severity":"Notice"}]: "#,
        r#"<14>Oct 30 05:31:10 host{"severity":"Notice"}"#,
        r#"{x}{"severity":"Notice"}"#,
        r#"{"severity":"Notice"} {"severity":"Error"}"#,
        r#"{"severity":"Notice"}, {"#,
        r#"{"severity":"Notice"} {"#,
        r#"HEARTBEAT {"severity":"Notice"#,
    ];

    fn traffic(count: usize) -> impl Iterator<Item = String> {
        Generator::new(GeneratorOptions::default()).take(count).map(|message| String::from_utf8(message).unwrap())
    }

    /// Every set of options but the message key.
    fn every_options() -> Vec<Options> {
        let mut every = Vec::new();
        for (_, raw) in Raw::VALUES {
            for (_, heartbeats) in Heartbeats::VALUES {
                for (_, syslog_fields) in SyslogFields::VALUES {
                    for single in [false, true] {
                        let (raw, heartbeats, syslog_fields) = (*raw, *heartbeats, *syslog_fields);
                        every.push(Options { raw, heartbeats, syslog_fields, single, message_key: None });
                    }
                }
            }
        }
        every
    }

    /// The message as the contents of a JSON string. Of a thousand characters `odd` are written in a way that hosts do not
    /// choose.
    fn quote(message: &str, odd: usize, random: &mut Rng) -> String {
        let mut quoted = String::new();
        for character in message.chars() {
            let is_odd = random.usize(..1000) < odd;
            let escaped = |quoted: &mut String| {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    *quoted += &if is_odd { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                }
            };
            match character {
                '"' | '\\' if !is_odd => quoted.extend(['\\', character]),
                '/' if is_odd => quoted += "\\/",
                '\n' if !is_odd => quoted += "\\n",
                '\u{80}'.. if is_odd && random.bool() => quoted.push(character),
                ' '..='~' if !is_odd => quoted.push(character),
                _ => escaped(&mut quoted),
            }
        }
        quoted
    }

    fn damage(message: &mut String, random: &mut Rng) {
        let places: Vec<_> = message.char_indices().map(|(at, _)| at).chain([message.len()]).collect();
        let place = places[random.usize(..places.len())];
        match random.u8(..4) {
            0 => message.truncate(place),
            1 => message.insert_str(place, TOKENS[random.usize(..TOKENS.len())]),
            2 => message.replace_range(place..place + message[place..].chars().next().map_or(0, char::len_utf8), ""),
            _ => message.extend_from_within(place..),
        }
    }

    /// What a record with the message and a key beside it becomes the plain way.
    fn expected(message: &str, filter: &mut Filter) -> String {
        let mut expected = Vec::new();
        let mut events = filter.read_str(message);
        while let Some(event) = events.next() {
            encode::json::write_open(&event, &mut expected);
            expected.extend_from_slice(b",\"host\":\"relay\"}\n");
        }
        String::from_utf8(expected).unwrap()
    }

    #[test]
    fn gives_what_the_plain_way_gives() {
        let mut random = Rng::with_seed(1);
        let mut filters: Vec<_> = every_options()
            .into_iter()
            .map(|options| (Filter::new(options.clone()), JsonRecordFilter::new(options).restoring_bytes()))
            .collect();
        let long_keys = (250..260).map(|length| format!(r#"{{"{}\/":{{"a":1}}}}"#, "k".repeat(length)));
        for mut message in traffic(1000).chain(MESSAGES.map(str::to_owned)).chain(long_keys) {
            for odd in [0, 0, 1, 5, 1] {
                let quoted = quote(&message, odd, &mut random);
                let record = format!("{{\"log\":\"{quoted}\",\"host\":\"relay\"}}");
                for (plain, records) in &mut filters {
                    let mut given = Vec::new();
                    records.read(record.as_bytes(), b"\n", &mut given, |_| {});
                    assert_eq!(str::from_utf8(&given), Ok(expected(&message, plain).as_str()), "{record}");
                }
                damage(&mut message, &mut random);
            }
        }
    }

    #[test]
    fn nearly_all_traffic_is_read_where_it_stands() {
        const MESSAGES: usize = 2000;
        let mut filter = Filter::new(Options::default());
        let mut reader = QuotedReader::default();
        let is_read = |message: &String| {
            let text = format!("\"{}\"", quote(message, 0, &mut Rng::with_seed(0)));
            reader.read(&text, 1, &mut filter).is_some()
        };
        let read = traffic(MESSAGES).filter(is_read).count();
        assert!(read > MESSAGES * 9 / 10, "{read}");
    }
}
