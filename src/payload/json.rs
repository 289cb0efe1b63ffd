//! JSON: the objects in a payload, one after the other.

use super::wrapper::{self, Wrapper};
use crate::fields::{Allowance, Collected, Place, Sent};
use crate::json::{self, Break, KnownKeys, Nested, Outcome, Span, Value, Visitor};
use crate::limits::MAX_NAMES;
use crate::schema::EVENT_TYPE;
use crate::status::Status;
use crate::syslog::{self, Envelope};

/// Reads the objects of a payload, one after the other, in one pass over the text.
///
/// An object is an event if at least one of its members is complete and has a key of the schema. What stands inside the
/// braces of an object that broke is part of that object, unless it is an object with an `event_type`. All other text is
/// skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Objects {
    start: usize,
    at: usize,
    end: usize,
    /// Set while that is in the unescaped text.
    region: Option<Region>,
    /// How many braces of an object that broke are still to close.
    inside: u32,
    /// Whether no brace has been looked at yet.
    is_first: bool,
    /// Whether there was no object yet, and the first one may wrap the message.
    may_wrap: bool,
    /// What a message without an event is, as long as there is none.
    without_event: Option<Status>,
    /// The brace of the event that was read last, or else the first one.
    brace: usize,
    /// Whether that event stands in the unescaped text.
    is_unescaped: bool,
    /// The text from there on, up to the next event, has not been looked at for what is left out.
    beside: usize,
    /// Whether text beside events may be a piece of one.
    leaves_out: bool,
    /// What of further events may be flattened.
    allowance: Allowance,
    /// Whether the object that was read last took more than that.
    exceeded: bool,
    /// How many bytes of names each event has from a wrapper.
    outer_names: usize,
}

/// What the objects of a message stand in, and what they are read into.
pub(crate) struct Texts<'t> {
    pub(crate) message: &'t str,
    /// The parts of the message that were escaped once too often, without those escapes.
    pub(crate) unescaped: &'t mut String,
    pub(crate) wrapper: &'t mut Wrapper,
    pub(crate) scratch: &'t mut Vec<u8>,
}

/// A part of the message that is escaped once too often, from an opening brace to a quote that is not escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    /// Its offset in the message, and in the unescaped text.
    start: (usize, usize),
    /// Where the message goes on, and where it ends.
    resume: usize,
    end: usize,
    /// Whether it is from the string of a cut wrapper.
    is_wrapped: bool,
    /// Whether an object that it ends in is cut.
    is_last: bool,
}

/// What [`Objects::next`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An event, which has been collected.
    Event(Status),
    /// Nothing in all of the message.
    Nothing(Status),
    /// An object that wraps a message, which [`Texts::scratch`] holds. The object's other members are in [`Texts::wrapper`].
    Wrapper,
}

impl Objects {
    /// `start` is the offset of the payload, `brace` that of the first brace in it.
    pub(super) fn new(start: usize, brace: usize, end: usize, length: usize) -> Self {
        Self {
            start,
            at: brace,
            end,
            region: None,
            inside: 0,
            is_first: true,
            may_wrap: true,
            without_event: Some(Status::Text),
            brace,
            is_unescaped: false,
            beside: start,
            leaves_out: false,
            allowance: Allowance::of_names(MAX_NAMES.saturating_mul(length)),
            exceeded: false,
            outer_names: 0,
        }
    }

    /// The same inside of a wrapper with so many bytes of names.
    pub(crate) fn wrapped(self, outer_names: usize) -> Self {
        let names = self.allowance.names.saturating_sub(outer_names);
        Self { may_wrap: false, allowance: Allowance { names, ..self.allowance }, outer_names, ..self }
    }

    /// The text that the next object stands in.
    #[inline]
    fn text<'t>(&self, message: &'t str, unescaped: &'t str) -> &'t str {
        let text = if self.region.is_some() { unescaped } else { message };
        text.get(..self.end).unwrap_or_default()
    }

    /// Collects the members of the next event. `None` behind the last one.
    pub(crate) fn next(&mut self, texts: &mut Texts<'_>, collected: &mut Collected) -> Option<Found> {
        loop {
            let text = self.text(texts.message, texts.unescaped);
            let Some(brace) = self.next_brace(text) else {
                if self.leave_region(texts) {
                    continue;
                }
                collected.clear();
                return self.without_event.take().map(Found::Nothing);
            };
            let was_inside = self.inside > 0;
            let outcome = self.read(text, brace, collected);
            let is_esets = collected.has(EVENT_TYPE);
            if !is_esets && self.may_wrap && outcome.stopped.is_none() && self.wraps(texts, brace, collected) {
                return Some(Found::Wrapper);
            }
            let text = self.text(texts.message, texts.unescaped);
            let is_event = is_esets || (!was_inside && collected.is_event());
            let status = self.status(&outcome, collected);
            if is_event {
                self.take(text, brace, was_inside, collected.names());
            } else {
                self.skip(text, brace, was_inside, &outcome);
            }
            if !is_esets && outcome.stopped.is_some() {
                self.look_for_region(texts, brace, &outcome, is_event);
            }
            self.may_wrap &= outcome.stopped == Some(Break::Broken) && outcome.open == 0;
            if is_event {
                return Some(Found::Event(status));
            }
        }
    }

    /// How much there is of an event.
    #[inline]
    fn status(&self, outcome: &Outcome, collected: &Collected) -> Status {
        match outcome.stopped {
            None if !collected.has_wrong_escapes() => Status::Ok,
            None | Some(Break::Broken) => Status::Malformed,
            Some(Break::Early) if self.region.is_some_and(|region| !region.is_last) => Status::Malformed,
            Some(Break::Early | Break::Glued) => Status::Truncated,
        }
    }

    /// Takes the object that was read for an event.
    #[inline]
    fn take(&mut self, text: &str, brace: usize, was_inside: bool, names: usize) {
        if was_inside {
            self.beside = self.at;
        } else {
            self.leave_out_before(text, brace);
        }
        self.brace = self.in_message(brace);
        self.is_unescaped = self.region.is_some();
        self.without_event = None;
        self.allowance.names = self.allowance.names.saturating_sub(names + self.outer_names);
        if self.exceeded {
            self.allowance.objects = 0;
        }
    }

    /// Skips the object that was read, which is no event.
    #[inline(never)]
    fn skip(&mut self, text: &str, brace: usize, was_inside: bool, outcome: &Outcome) {
        if !was_inside {
            if outcome.stopped.is_none() {
                self.leave_out_before(text, brace);
                self.leaves_out |= text.get(brace..self.at).is_some_and(has_quote);
            }
            // What broke with braces to close has a key, and so a quote.
            self.leaves_out |= self.inside > 0;
        }
        if self.region.is_none_or(|region| !region.is_wrapped) {
            let is_cut = outcome.stopped == Some(Break::Early) && self.region.is_none_or(|region| region.is_last);
            let status = if is_cut { Status::Truncated } else { Status::Text };
            self.without_event = self.without_event.map(|_| status);
        }
    }

    /// The offset in the message of a brace; that of the payload where the message has none in that place.
    #[inline]
    fn in_message(&self, brace: usize) -> usize {
        match self.region {
            None => brace,
            Some(region) if brace == region.start.1 => region.start.0,
            Some(_) => self.start,
        }
    }

    /// Whether the complete object that was read is the only one, and wraps a message. If so, it is read again.
    #[inline(never)]
    fn wraps(&mut self, texts: &mut Texts<'_>, brace: usize, collected: &Collected) -> bool {
        let text = self.text(texts.message, texts.unescaped);
        let behind = self.region.and_then(|region| texts.message.get(region.resume..region.end)).unwrap_or_default();
        if text.get(self.at..).is_some_and(holds_object) || holds_object(behind) {
            return false;
        }
        let Some(key) = wrapper::message_key(text, collected, texts.scratch) else { return false };
        texts.wrapper.read(text.get(brace..self.at).unwrap_or_default(), key, self.allowance);
        self.leave_out_before(text, brace);
        self.brace = self.in_message(brace);
        while self.leave_region(texts) {}
        true
    }

    /// Goes on in unescaped text where the object at `brace` was escaped once too often, or holds a cut message that was.
    #[inline(never)]
    fn look_for_region(&mut self, texts: &mut Texts<'_>, brace: usize, outcome: &Outcome, is_event: bool) {
        if self.region.is_some() {
            return;
        }
        let Some(message) = texts.message.get(..self.end) else { return };
        let is_wrapped = outcome.stopped == Some(Break::Early);
        let start = if !is_wrapped {
            begins_escaped(message, brace).then_some(brace)
        } else if self.may_wrap {
            wrapper::cut_message(message, brace).and_then(|(start, end)| find_escaped(message, start, end))
        } else {
            None
        };
        let Some(start) = start else { return };
        let from = texts.unescaped.len();
        texts.scratch.clear();
        let resume = json::unescape(message.as_bytes(), start, texts.scratch);
        texts.unescaped.push_str(str::from_utf8(texts.scratch).unwrap_or_default());
        let mut region = Region {
            start: (start, from),
            resume,
            end: self.end,
            is_wrapped,
            is_last: is_wrapped || resume == self.end,
        };
        if is_wrapped {
            self.inside = 1;
            self.leaves_out |= !is_event;
        } else if self.inside == 0 && self.leave_out(message, self.beside, start, resume) {
            region.resume += 1;
            region.is_last = true;
        }
        (self.at, self.end, self.beside) = (from, texts.unescaped.len(), from);
        self.region = Some(region);
    }

    /// Goes on behind the unescaped text. Whether that was where reading has got to.
    fn leave_region(&mut self, texts: &Texts<'_>) -> bool {
        self.leave_out_rest(self.text(texts.message, texts.unescaped));
        let Some(Region { resume, end, .. }) = self.region.take() else { return false };
        (self.at, self.end, self.beside) = (resume, end, resume);
        true
    }

    /// Whether there may be another event. If not, all of the message has been looked at for what is left out.
    #[inline]
    pub(crate) fn may_go_on(&mut self, texts: &Texts<'_>) -> bool {
        (self.at < self.end || self.region.is_some()) && self.may_go_on_from(texts)
    }

    #[inline(never)]
    fn may_go_on_from(&mut self, texts: &Texts<'_>) -> bool {
        let text = self.text(texts.message, texts.unescaped);
        let has_brace = |text: &str| memchr::memchr(b'{', text.as_bytes()).is_some();
        let is_behind = |region: Region| texts.message.get(region.resume..region.end).is_some_and(has_brace);
        if text.get(self.at..).is_some_and(has_brace) || self.region.is_some_and(is_behind) {
            return true;
        }
        while self.leave_region(texts) {}
        false
    }

    /// The brace of the event that was read last, or else of the first object, if text stands between it and the envelope.
    #[inline]
    pub(crate) fn brace_behind_text(&self) -> Option<usize> {
        (self.brace > self.start).then_some(self.brace)
    }

    /// Whether the event that was read last stands in the unescaped text.
    #[inline]
    pub(crate) fn is_unescaped(&self) -> bool {
        self.is_unescaped
    }

    /// Whether text beside the events, as far as it has been looked at, may be a piece of one.
    pub(crate) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    /// Looks at the text before the object that was read last, which opens at `brace`.
    #[inline]
    fn leave_out_before(&mut self, text: &str, brace: usize) {
        let beside = self.beside;
        self.beside = self.at;
        if beside < brace && self.leave_out(text, beside, brace, self.at) {
            self.beside += 1;
        }
    }

    /// Looks at the text from `beside` on before the object from `brace` to `behind`. Whether a pair of quotes stands around that:
    /// those are none of the text, and neither is a header right before an object.
    #[inline(never)]
    fn leave_out(&mut self, text: &str, beside: usize, brace: usize, behind: usize) -> bool {
        let before = text.get(beside..=brace).unwrap_or_default();
        let is_quoted = before.ends_with("\"{") && text.as_bytes().get(behind) == Some(&b'"');
        let mut end = brace - usize::from(is_quoted);
        if has_quote(before)
            && let Some((header, _)) = syslog::parse_before_brace(before, Envelope::default())
        {
            end = beside + header;
        }
        self.leaves_out |= text.get(beside..end).is_some_and(has_quote);
        is_quoted
    }

    /// Looks at the text behind the last event.
    #[inline(never)]
    fn leave_out_rest(&mut self, text: &str) {
        self.leaves_out |= self.inside == 0 && text.get(self.beside..).is_some_and(has_quote);
    }

    fn next_brace(&mut self, text: &str) -> Option<usize> {
        let rest = text.as_bytes().get(self.at..)?;
        if self.inside == 0 {
            return memchr::memchr(b'{', rest).map(|offset| self.at + offset);
        }
        for offset in memchr::memchr2_iter(b'{', b'}', rest) {
            if rest[offset] == b'{' {
                return Some(self.at + offset);
            }
            if self.inside > 0 {
                self.inside -= 1;
                self.beside = self.at + offset + 1;
            }
        }
        None
    }

    /// Reads the object that opens at `brace` and moves past it.
    fn read(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        // Nearly every message's first brace opens an event. The others may be any number of braces in any text.
        let is_first = std::mem::replace(&mut self.is_first, false);
        let outcome = match (!is_first).then(|| json::break_before_members(text, brace)).flatten() {
            Some(outcome) => {
                collected.clear();
                outcome
            }
            None => self.collect(text, brace, collected),
        };
        self.at = outcome.end.max(brace + 1);
        collected.settle(self.at - brace);
        match outcome.stopped {
            None => {}
            // What is no object at all still has a brace to close, if it stands in one that broke.
            Some(Break::Broken) => self.inside += if self.inside > 0 { outcome.open.max(1) } else { outcome.open },
            Some(Break::Early | Break::Glued) => {
                if self.inside > 0 {
                    self.inside = 0;
                    self.beside = self.at;
                }
            }
        }
        outcome
    }

    /// Collects the object that opens at `brace`, up to the next one where that is glued to it.
    fn collect(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        let outcome = self.collect_within_allowance(text, brace, collected);
        if outcome.stopped != Some(Break::Glued) {
            return outcome;
        }
        let cut = text.get(..outcome.end).unwrap_or_default();
        let cut = self.collect_within_allowance(cut, brace, collected);
        Outcome { stopped: Some(Break::Glued), ..cut }
    }

    fn collect_within_allowance(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Outcome {
        collected.start(self.allowance);
        let outcome = json::read_object(text, brace, collected);
        let exceeded = collected.exceeded();
        self.exceeded = exceeded.is_some();
        let Some(allowance) = exceeded else { return outcome };
        collected.start(allowance);
        json::read_object(text, brace, collected)
    }
}

/// Whether there is any object in the text, or what was one before it was escaped.
fn holds_object(text: &str) -> bool {
    let opens = |brace| json::break_before_members(text, brace).is_none() || begins_escaped(text, brace);
    memchr::memchr_iter(b'{', text.as_bytes()).any(opens)
}

/// Whether the object that opens at `brace` is escaped once too often.
fn begins_escaped(text: &str, brace: usize) -> bool {
    let bytes = text.as_bytes();
    let key = json::skip_whitespace(bytes, brace + 1);
    bytes.get(key..).is_some_and(|key| key.starts_with(b"\\\""))
}

/// The brace of the first such object in a part of the text.
fn find_escaped(text: &str, start: usize, end: usize) -> Option<usize> {
    let braces = memchr::memchr_iter(b'{', text.as_bytes().get(start..end)?);
    braces.map(|offset| start + offset).find(|brace| begins_escaped(text, *brace))
}

/// Whether there is a quote in the text, which may then be a piece of JSON.
#[inline(never)]
fn has_quote(text: &str) -> bool {
    memchr::memchr(b'"', text.as_bytes()).is_some()
}

impl Visitor for Collected {
    type Place = Place;

    fn string(&mut self, text: &str, key: Place, value: Place) {
        self.member(text, key, Sent::Text(value));
    }

    fn value(&mut self, text: &str, key: Place, value: Value) {
        self.member(text, key, Sent::Value(value));
    }

    fn nested(&mut self, text: &str, key: Place) -> Nested {
        self.enter(text, key)
    }

    fn leave(&mut self) {
        self.leave();
    }

    #[inline(always)]
    fn known_keys(&self) -> Option<&'static KnownKeys> {
        self.known_keys()
    }

    #[inline(always)]
    fn known_plain_string(&mut self, text: &str, key: usize, value: Span) {
        self.known_text(text, key, value.into());
    }

    #[inline(always)]
    fn known_string(&mut self, text: &str, key: usize, value: Place) {
        self.note_escapes(value);
        self.known_text(text, key, value);
    }

    #[inline(always)]
    fn known_scalar(&mut self, text: &str, key: usize, value: Value) {
        self.known_value(text, key, value);
    }

    fn resolve(&mut self, text: &[u8], start: usize) -> Option<(Place, usize)> {
        self.resolve(text, start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a payload, with the number of fields, and whether text is left out.
    fn read(payload: &str) -> (Vec<(Status, usize)>, bool) {
        let (mut unescaped, mut wrapper, mut scratch) = (String::new(), Wrapper::new(), Vec::new());
        let (unescaped, wrapper, scratch) = (&mut unescaped, &mut wrapper, &mut scratch);
        let mut texts = Texts { message: payload, unescaped, wrapper, scratch };
        let brace = payload.find('{').unwrap_or_default();
        let mut objects = Objects::new(0, brace, payload.len(), payload.len());
        let (mut collected, mut given) = (Collected::new(), Vec::new());
        while let Some(found) = objects.next(&mut texts, &mut collected) {
            match found {
                Found::Event(status) | Found::Nothing(status) => given.push((status, collected.field_count())),
                Found::Wrapper => return (given, objects.leaves_out()),
            }
        }
        (given, objects.leaves_out())
    }

    #[test]
    fn objects_of_a_payload() {
        use Status::{Malformed, Ok, Text, Truncated};
        let cases: &[(&str, &[(Status, usize)])] = &[
            (r#"{"user":"a"}"#, &[(Ok, 1)]),
            (r#"{"user":"a"} and {"hash":"b","user":"c"}"#, &[(Ok, 1), (Ok, 2)]),
            (r#"{eth0} {"user":"a"}"#, &[(Ok, 1)]),
            (r#"{"user":""}"#, &[(Ok, 0)]),
            (r#"{"user":{"a":1}}"#, &[(Ok, 0)]),
            (r#"{"user":{"a":1"#, &[(Truncated, 0)]),
            ("{}", &[(Text, 0)]),
            ("{", &[(Truncated, 0)]),
            ("{eth0}", &[(Text, 0)]),
            (r#"{"a":{"user":"b"}}"#, &[(Text, 0)]),
            (r#"{"a":"b","user":"c"#, &[(Truncated, 0)]),
            (r#"{"a":"x{"b":1}"#, &[(Text, 0)]),
            (r#"{"a":1 x {"user":"b"}} {"user":"c"}"#, &[(Ok, 1)]),
            (r#"{"a":1 x {"event_type":"A"}}"#, &[(Ok, 1)]),
            (r#"{"user":"a","hash":"b"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":}"#, &[(Malformed, 1)]),
            ("{\"user\":\"a\tb\\n\n\"}", &[(Ok, 1)]),
            (r#"{"user":"C:\Data","hash":"\u12"}"#, &[(Malformed, 2)]),
            (r#"{"user":"a","a":["\x"]}"#, &[(Malformed, 1)]),
            (r#"{"user":"a","a\x":1}"#, &[(Malformed, 1)]),
            (r#"{"user":"\x","a":{"b":1"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":"\u12"#, &[(Truncated, 1)]),
            (r#"{\"user\":\"a\",\"hash\":\"C:\\\\x\"}"#, &[(Ok, 2)]),
            (r#"["{ \"user\":\"a\"}","{\"user\":\"b\"} {\"user\":\"c\"}"]"#, &[(Ok, 1), (Ok, 1), (Ok, 1)]),
            (r#"{\"user\":\"a\"}{"user":"b"}"#, &[(Ok, 1)]),
            (r#"{\"user\":\"C:\Data\"}"#, &[(Malformed, 1)]),
            (r#"{\"user\":\"a\",\"hash\":\"b"#, &[(Truncated, 1)]),
            (r#""{\"user\":\"a\",\"hash\":\"b""#, &[(Truncated, 1)]),
            (r#"{\"user\":\"a\",\"hash\":"b\"}"#, &[(Malformed, 1)]),
            (r#"{\\\"user\\\":\\\"a\\\"}"#, &[(Text, 0)]),
            (r#"{"host":"a","message":"{\"event_type\":\"A\"}"#, &[(Ok, 1)]),
            (r#"{"host":"a","message":"{\"user\":\"A\"}"#, &[(Truncated, 0)]),
            (r#"{"host":"a","message":"{\"event_type\":\"A\",\"user\":\"b\",\"x"#, &[(Truncated, 2)]),
            (r#"{"hostname":"a","message":"{\"event_type\":\"A\"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"host":"a","other":"{\"event_type\":\"A\"}"#, &[(Truncated, 0)]),
            (r#"{"event_type":"A","message":"{\"event_type\":\"A\"}"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":"{"event_type":"B"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"user":"a" {"hash":"b"} {"hash":"c"}}"#, &[(Malformed, 1)]),
            (r#"{"user":"a" {"event_type":"B"} {"hash":"c"}}"#, &[(Malformed, 1), (Ok, 1)]),
        ];
        for (payload, expected) in cases {
            assert_eq!(read(payload).0, *expected, "{payload}");
        }
    }

    #[test]
    fn text_that_is_left_out() {
        let cases = [
            (r#"{"user":"a"}"#, false),
            (r#"@cee: [{"user":"a"}, {"user":"b"}]"#, false),
            (r#""{"user":"a"}""#, false),
            (r#""{}" and "{"user":"a"}""#, false),
            (r#""{"user":"a"}"#, true),
            (r#"{"user":"a"}""#, true),
            (r#"{"user":"a"} "" {"user":"b"}"#, true),
            (r#"ser":"a"}{"user":"b"}"#, true),
            (r#"{"user":"a"}{"new":1}"#, true),
            (r#"{"new":1}{"user":"a"}"#, true),
            (r#"{"user":"a"}{"new":1 x}{"user":"b"}"#, true),
            (r#"{"user":"a"}{"user":"b" "c"}"#, false),
            (r#"{"user":"a"}{"user":"b" "c"} "d""#, true),
            (r#"{"user":"a" "b" {"event_type":"c"} "d""#, false),
            (r#"{"user":"a" "b" {"event_type":"c"} "d"} "e""#, true),
            (r#"{"user":"a" "b" {"event_type":"c","d":"#, false),
            (r#"{\"user\":\"a\"}"#, false),
            (r#""{\"user\":\"a\"}""#, false),
            (r#"{\"user\":\"a\"}""#, true),
            (r#"{\"user\":\"a\"} \"b\""#, true),
            (r#"{"host":"a","message":"{\"event_type\":\"A\"}"#, true),
            (r#"{"message":"b"}"#, false),
            (r#""b" {"message":"b"}"#, true),
        ];
        for (payload, expected) in cases {
            assert_eq!(read(payload).1, expected, "{payload}");
        }
    }
}
