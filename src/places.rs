//! The positions of an event's parts in the message, for programs that show where a field comes from.
//!
//! Reading an event records the position of each member in the text that is read (`fields::origins`). This module maps
//! these positions back to the message. A message may be wrapped in a string of another object, and an object may be
//! escaped once too often, so a position may have to be mapped back through up to three texts.

mod header;
mod resolved;

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::event::Frame;
use crate::events::Events;
use crate::fields::{Allowance, Collected, Origin};
use crate::json;
use crate::schema::{NAMES, PAYLOAD_FORMAT, RAW_MESSAGE};
use header::Headers;
use resolved::Resolved;

/// The positions of an event's parts in the message that was passed to the filter, as ranges of bytes.
///
/// If the message was not UTF-8, the ranges refer to the message in which U+FFFD replaces the invalid bytes.
///
/// ```
/// use eset_filter::{Filter, Options, Part};
///
/// let message = r#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"user":"ann","count":"7"}"#;
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse_str(message);
/// events.next().unwrap();
/// let places = events.places();
/// assert_eq!(&message[places.header.clone().unwrap()], "<14>Oct 30 05:31:10 srv ERAServer[75]:");
/// assert_eq!(&message[places.event.clone().unwrap()], r#"{"user":"ann","count":"7"}"#);
///
/// let count = places.member("count").unwrap();
/// assert_eq!((count.part, &message[count.key.clone().unwrap()]), (Part::Event, "count"));
/// assert_eq!(&message[count.value.clone().unwrap()], "7");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Places {
    /// The headers before the payload. If the message is wrapped, these are the headers inside the wrapper's string.
    pub header: Option<Range<usize>>,
    /// The headers before the object that the message is wrapped in.
    pub outer_header: Option<Range<usize>>,
    /// The payload: the text from the end of the header to the end of the message, without trailing padding.
    pub payload: Option<Range<usize>>,
    /// The event: in JSON, its object as far as it was read; in other formats, the whole payload.
    pub event: Option<Range<usize>>,
    /// Whether the event is a complete JSON object.
    pub is_whole: bool,
    /// The members of the record: the fields that ESET sent, then the fields that the filter adds, then the additional
    /// fields. Members that the options leave out are included. `parse_status` is not, because it has no position.
    pub members: Vec<MemberPlace>,
}

/// The position in the message of one member of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberPlace {
    /// The name in the record.
    pub name: String,
    /// Whether the member belongs to `additional_fields`.
    pub is_additional: bool,
    /// The part of the message that the member comes from.
    pub part: Part,
    /// The name in the message: the key of a pair, or the label in a notification. For a member of a flattened object,
    /// this is the member's own key. `None` in a header, and wherever a value is identified by its position alone.
    pub key: Option<Range<usize>>,
    /// The value. For a string, this is the text between the quotes, with its escapes. `None` if the filter infers the
    /// value.
    pub value: Option<Range<usize>>,
}

/// The part of a message that a member of a record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// A syslog header.
    Header,
    /// The event.
    Event,
    /// The object that the message is wrapped in.
    Wrapper,
    /// The message as a whole, or a value that the filter infers from it.
    Message,
}

impl Part {
    /// Returns the name of the part, such as `header`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Event => "event",
            Self::Wrapper => "wrapper",
            Self::Message => "message",
        }
    }
}

impl Places {
    /// Returns the position of the field with this name. Additional fields are not searched.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&MemberPlace> {
        self.members.iter().find(|member| !member.is_additional && member.name == name)
    }

    /// Returns an iterator over the positions of the additional fields, in their order.
    pub fn additional(&self) -> impl Iterator<Item = &MemberPlace> {
        self.members.iter().filter(|member| member.is_additional)
    }
}

impl Events<'_> {
    /// Returns the positions of the parts of the event that was returned last.
    ///
    /// This takes longer than reading the event, and it allocates memory. It requires the feature `places`.
    #[must_use]
    pub fn places(&mut self) -> Places {
        let around = self.around.take().unwrap_or_else(|| Around::new(self));
        let places = self.places_in(&around);
        self.around = Some(around);
        places
    }

    fn places_in(&self, around: &Around) -> Places {
        let Around { texts, headers, payload } = around;
        let collected = &self.memory.collected[self.current];
        let reader = Reader { texts, event: texts.event(&self.frame, collected) };
        let body = payload.clone().map(|body| texts.in_message(body));
        let is_object = collected.origins.brace.is_some();
        let is_other = || self.frame.format.is_some() || has_members(collected);
        let event = if is_object { reader.object(collected) } else { body.clone().filter(|_| is_other()) };
        let mut places = Places {
            header: headers.header.clone(),
            outer_header: headers.outer.clone(),
            payload: body,
            event,
            is_whole: is_object && collected.origins.is_whole,
            members: Vec::new(),
        };
        for (field, _) in collected.fields() {
            let (key, value) = reader.member(collected.origins.field(field));
            let part = if value.is_some() { Part::Event } else { Part::Message };
            places.members.push(MemberPlace::new(NAMES[field].text, part, key, value));
        }
        if let (Some(format), Some(body)) = (self.frame.format, payload) {
            let value = texts.in_message(body.start..body.start + format.len());
            places.members.push(MemberPlace::new(PAYLOAD_FORMAT.name.text, Part::Event, None, Some(value)));
        }
        let message = 0..self.frame.message.len();
        places.members.push(MemberPlace::new(RAW_MESSAGE.name.text, Part::Message, None, Some(message)));
        places.members.extend_from_slice(&headers.members);
        for (name, origin, is_outer) in collected.entry_origins() {
            let (key, value) = if is_outer { texts.outer_member(origin) } else { reader.member(origin) };
            let part = if is_outer { Part::Wrapper } else { Part::Event };
            places.members.push(MemberPlace { is_additional: true, ..MemberPlace::new(name, part, key, value) });
        }
        places
    }
}

impl MemberPlace {
    fn new(name: &str, part: Part, key: Option<Range<usize>>, value: Option<Range<usize>>) -> Self {
        Self { name: name.into(), is_additional: false, part, key, value }
    }
}

/// The data that the places of all events of a message share.
#[derive(Debug)]
pub(crate) struct Around {
    texts: Texts,
    headers: Headers,
    /// The range of the payload in the text that contains the events.
    payload: Option<Range<usize>>,
}

impl Around {
    #[cold]
    fn new(events: &Events<'_>) -> Self {
        let texts = Texts::new(events);
        let headers = Headers::new(&events.frame, &texts);
        Self { texts, headers, payload: offset(events.frame.text, events.frame.envelope.body) }
    }
}

/// Returns whether any member has been read.
fn has_members(collected: &Collected) -> bool {
    collected.field_count() > 0 || collected.all_entries().next().is_some()
}

/// Returns the range of `part` in `text`, or `None` if `part` is empty or not part of `text`.
fn offset(text: &str, part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let end = start + part.len();
    (!part.is_empty() && end <= text.len()).then_some(start..end)
}

/// The texts through which a message was read, each with the mapping back to the previous one: the message; the text of
/// the wrapper, if it was escaped once too often; and the text of the wrapped message.
#[derive(Debug)]
struct Texts {
    /// The offset of the wrapper's opening brace in the message.
    wrapper: Option<usize>,
    outer: Option<Resolved>,
    wrapped: Option<Resolved>,
}

impl Texts {
    fn new(events: &Events<'_>) -> Self {
        let Events { frame, memory, wrapper, is_wrapper_unescaped, .. } = events;
        let Some(wrapper) = wrapper else { return Self { wrapper: None, outer: None, wrapped: None } };
        let text = if *is_wrapper_unescaped { memory.unescaped.text() } else { frame.message };
        let mut members = Collected::new();
        members.start_without_fields(Allowance::of_names(usize::MAX));
        let end = json::read_object(text, wrapper.brace, &mut members).end;
        members.settle(end - wrapper.brace);
        let string = members.text_under(wrapper.key);
        Self {
            wrapper: Some(wrapper.in_message),
            outer: is_wrapper_unescaped.then(|| {
                let start = wrapper.in_message;
                Resolved::new(frame.message.as_bytes(), start..frame.message.len(), wrapper.brace..end)
            }),
            wrapped: string.map(|string| Resolved::new(text.as_bytes(), string.start..string.end, 0..usize::MAX)),
        }
    }

    /// Returns the mapping back from the text that an event was read from, if the event was escaped once too often.
    fn event(&self, frame: &Frame<'_>, collected: &Collected) -> Option<Resolved> {
        let (start, brace) = (collected.origins.resolved?, collected.origins.brace?);
        let resolved = start..start + collected.length();
        Some(Resolved::new(frame.text.as_bytes(), brace..frame.text.len(), resolved))
    }

    /// Maps a range of the text that contains the events to the message.
    fn in_message(&self, range: Range<usize>) -> Range<usize> {
        self.in_outer(back(self.wrapped.as_ref(), range))
    }

    /// Maps a range of the text that the wrapper's members refer to, to the message.
    fn in_outer(&self, range: Range<usize>) -> Range<usize> {
        back(self.outer.as_ref(), range)
    }

    fn outer_member(&self, origin: Origin) -> Member {
        member(origin, |range| self.in_outer(range))
    }
}

/// The mapping from the text that an event was read from to the message.
struct Reader<'t> {
    texts: &'t Texts,
    event: Option<Resolved>,
}

impl Reader<'_> {
    fn object(&self, collected: &Collected) -> Option<Range<usize>> {
        let start = collected.origins.resolved.or(collected.origins.brace)?;
        Some(self.in_message(start..start + collected.length()))
    }

    fn in_message(&self, range: Range<usize>) -> Range<usize> {
        self.texts.in_message(back(self.event.as_ref(), range))
    }

    fn member(&self, origin: Origin) -> Member {
        member(origin, |range| self.in_message(range))
    }
}

/// The ranges of a member's key and value.
type Member = (Option<Range<usize>>, Option<Range<usize>>);

fn member(Origin { key, value }: Origin, place: impl Fn(Range<usize>) -> Range<usize>) -> Member {
    let of = |(start, end): (usize, usize)| (end > 0).then(|| place(start..end));
    (of(key), of(value))
}

fn back(resolved: Option<&Resolved>, range: Range<usize>) -> Range<usize> {
    resolved.map_or(range.clone(), |resolved| resolved.back(range.start)..resolved.back(range.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Filter, Heartbeats, Options, SyslogFields};

    /// Returns, for each event of a message, its header, outer header, payload and event, and a line with the name,
    /// part, key and value of each member.
    fn parts(message: &str) -> Vec<([String; 4], Vec<String>)> {
        let options = Options::default().syslog_fields(SyslogFields::All).heartbeats(Heartbeats::Keep);
        let mut filter = Filter::new(options);
        let mut events = filter.parse_str(message);
        let mut found = Vec::new();
        let part =
            |range: &Option<Range<usize>>| range.clone().map_or(String::new(), |range| message[range].to_owned());
        while events.next().is_some() {
            let Places { header, outer_header, payload, event, members, .. } = events.places();
            let ranges = [&header, &outer_header, &payload, &event].map(part);
            let member = |member: &MemberPlace| {
                let MemberPlace { name, part: of, key, value, .. } = member;
                format!("{name} {}: {} = {}", of.name(), part(key), part(value))
            };
            found.push((ranges, members.iter().filter(|member| member.name != "raw_message").map(member).collect()));
        }
        found
    }

    #[track_caller]
    fn check(message: &str, expected: &[([&str; 4], &[&str])]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(ranges, members)| {
                (ranges.map(str::to_owned), members.iter().map(|member| (*member).to_owned()).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(parts(message), expected, "{message}");
    }

    #[test]
    fn members_of_json() {
        let first = r#"{ "new":{"x":[1,"n"],"é\n":"€"}, "occured" : "30-Oct-2026 05:31:10","count":7,"user":"a😀","severity":["b"]}"#;
        let payload = format!("{first} {}", r#"{"event_type":"B","user":"c""#);
        let header = "<14>Oct 30 05:31:10 srv app[7]:";
        let of_header = [
            "syslog_hostname header:  = srv",
            "syslog_facility header:  = <14>",
            "syslog_severity header:  = <14>",
            "syslog_timestamp header:  = Oct 30 05:31:10",
            "syslog_appname header:  = app",
            "syslog_procid header:  = 7",
        ];
        let fields =
            ["occurred event: occured = 30-Oct-2026 05:31:10", "user event: user = a😀", "count event: count = 7"];
        let additional =
            [r#"new_x event: x = [1,"n"]"#, "new_é\n event: é\\n = €", r#"severity event: severity = ["b"]"#];
        check(
            &format!("{header} {payload}"),
            &[
                ([header, "", &payload, first], &[&fields[..], &of_header, &additional].concat()),
                (
                    [header, "", &payload, r#"{"event_type":"B","user":"c""#],
                    &[&["event_type event: event_type = B", "user event: user = c"], &of_header[..]].concat(),
                ),
            ],
        );
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let message = r#"{"user":"a","count":"x","new":1,"user":"b","count":5,"new":{"y":2},"new":3,"count":"z"}"#;
        let expected = ["user event: user = b", "new_y event: y = 2", "new event: new = 3", "count event: count = z"];
        check(message, &[(["", "", message, message], &expected)]);
    }

    #[test]
    fn wrapped_and_escaped_messages() {
        let inner = r#"{\"user\":\"C:\\\\D\\u00e9\",\"new\":1}"#;
        check(
            &format!(r#"<13>Oct 30 05:31:11 r {{"a\u0062":7,"log":"<14>Oct 30 05:31:10 srv app: {inner}"}}"#),
            &[(
                ["<14>Oct 30 05:31:10 srv app:", "<13>Oct 30 05:31:11 r", inner, inner],
                &[
                    r#"user event: user = C:\\\\D\\u00e9"#,
                    "syslog_hostname header:  = srv",
                    "syslog_facility header:  = <14>",
                    "syslog_severity header:  = <14>",
                    "syslog_timestamp header:  = Oct 30 05:31:10",
                    "syslog_appname header:  = app",
                    "syslog_relay header:  = r",
                    r#"ab wrapper: a\u0062 = 7"#,
                    "new event: new = 1",
                ],
            )],
        );
        // A header after other text.
        let (ranges, members) = parts(r#"1 2 <14>srv[1]: {"log":"{\"user\":\"a\"}"}"#).remove(0);
        assert_eq!(ranges, ["", "<14>srv[1]:", r#"{\"user\":\"a\"}"#, r#"{\"user\":\"a\"}"#]);
        assert!(members.contains(&"syslog_facility header:  = <14>".to_owned()));
        // Only a relay's header.
        check(
            r#"<13>Oct 30 05:31:11 r {"log":"{\"user\":\"a\"}"}"#,
            &[(
                ["", "<13>Oct 30 05:31:11 r", r#"{\"user\":\"a\"}"#, r#"{\"user\":\"a\"}"#],
                &[
                    "user event: user = a",
                    "syslog_hostname header:  = r",
                    "syslog_facility header:  = <13>",
                    "syslog_severity header:  = <13>",
                    "syslog_timestamp header:  = Oct 30 05:31:11",
                ],
            )],
        );
        // Escaped once too often, outside and inside the wrapper's string.
        let message = r#"["{\"user\":\"é\",\"count\":7}","{\"user\":\"\\\\b\"}"]"#;
        check(
            message,
            &[
                (
                    ["", "", message, r#"{\"user\":\"é\",\"count\":7}"#],
                    &["user event: user = é", "count event: count = 7"],
                ),
                (["", "", message, r#"{\"user\":\"\\\\b\"}"#], &[r#"user event: user = \\\\b"#]),
            ],
        );
        let event = r#"{\\\"user\\\":\\\"a\\\"}"#;
        check(
            &format!(r#""{{\"a\":1,\"message\":\"{event}\"}}""#),
            &[(["", "", event, event], &["user event: user = a", "a wrapper: a = 1"])],
        );
    }

    #[test]
    fn other_formats() {
        let cef =
            r#"CEF:0|ESET|P|10|100|T|5|cat=ESET Threat Event dvchost=pc cs1=x\=y cs1Label=Threat Name cn1=7 act="#;
        check(
            cef,
            &[(
                ["", "", cef, cef],
                &[
                    "event_type event: cat = ESET Threat Event",
                    "hostname event: dvchost = pc",
                    "severity event:  = 5",
                    r#"threat_name event: cs1 = x\=y"#,
                    "payload_format event:  = CEF",
                    "product_version event:  = 10",
                    "event_class_id event:  = 100",
                    "event_name event:  = T",
                    "cn1 event: cn1 = 7",
                ],
            )],
        );
        let leef = "LEEF:1.0|ESET|P|10|T|cat=ESET Threat Event\tsev=5\tsrc=1.2.3.4";
        check(
            leef,
            &[(
                ["", "", leef, leef],
                &[
                    "event_type event: cat = ESET Threat Event",
                    "ipv4 event: src = 1.2.3.4",
                    "severity event: sev = 5",
                    "payload_format event:  = LEEF",
                    "product_version event:  = 10",
                    "event_class_id event:  = T",
                ],
            )],
        );
        let notification = "Detection type: Virus\nScanner: x";
        check(
            notification,
            &[(
                ["", "", notification, notification],
                &[
                    "event_type message:  = ",
                    "threat_type event: Detection type = Virus",
                    "scanner_id event: Scanner = x",
                ],
            )],
        );
    }

    #[test]
    fn messages_without_an_event() {
        check("hello\r\n", &[(["", "", "hello", ""], &[])]);
        check(r#"{"a":1}"#, &[(["", "", r#"{"a":1}"#, ""], &[])]);
        check(
            "<14>HEARTBEAT",
            &[(["<14>", "", "HEARTBEAT", ""], &["syslog_facility header:  = <14>", "syslog_severity header:  = <14>"])],
        );
    }

    #[test]
    fn a_header_after_other_text() {
        let message = r#"rest of one" } <14>Oct 30 05:31:10 srv app: {"user":"a"}"#;
        let (ranges, members) = parts(message).remove(0);
        assert_eq!(ranges, ["<14>Oct 30 05:31:10 srv app:", "", r#"{"user":"a"}"#, r#"{"user":"a"}"#]);
        assert!(members.contains(&"syslog_hostname header:  = srv".to_owned()));
    }
}
