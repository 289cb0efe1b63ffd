//! JSON: the objects in a payload, one after the other.

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
    /// The brace of the event that was read last, or else the first one.
    brace: usize,
    /// How many braces of an object that broke are still to close.
    inside: u32,
    /// Whether no brace has been looked at yet.
    is_first: bool,
    /// What a message without an event is, as long as there is none.
    without_event: Option<Status>,
    /// The text from there on, up to the next event, has not been looked at for what is left out.
    beside: usize,
    /// Whether text beside events may be a piece of one.
    leaves_out: bool,
    /// What of further events may be flattened.
    allowance: Allowance,
    /// Whether the object that was read last took more than that.
    exceeded: bool,
}

impl Objects {
    /// `start` is the offset of the payload, `brace` that of the first brace in it.
    pub(super) fn new(start: usize, brace: usize, end: usize, length: usize) -> Self {
        Self {
            start,
            at: brace,
            end,
            brace,
            inside: 0,
            is_first: true,
            without_event: Some(Status::Text),
            beside: start,
            leaves_out: false,
            allowance: Allowance::of_names(MAX_NAMES.saturating_mul(length)),
            exceeded: false,
        }
    }

    /// Collects the members of the next event in `text` and tells how much of it there is. Where there is none at all, that is
    /// one event without members.
    pub(crate) fn next(&mut self, text: &str, collected: &mut Collected) -> Option<Status> {
        let text = text.get(..self.end)?;
        while let Some(brace) = self.next_brace(text) {
            let was_inside = self.inside > 0;
            let status = self.read(text, brace, collected);
            if collected.is_event() && (!was_inside || collected.has(EVENT_TYPE)) {
                match was_inside {
                    true => self.beside = self.at,
                    false => self.leave_out_before(text, brace),
                }
                self.brace = brace;
                self.without_event = None;
                self.allowance.names = self.allowance.names.saturating_sub(collected.names());
                if self.exceeded {
                    self.allowance.objects = 0;
                }
                return Some(status);
            }
            if !was_inside {
                self.leave_out_object(text, brace, status);
            }
            let ends_here = status == Status::Truncated;
            self.without_event = self.without_event.map(|_| if ends_here { status } else { Status::Text });
        }
        self.leave_out_rest(text);
        collected.clear();
        self.without_event.take()
    }

    /// Whether there may be another event in `text`. If not, all of it has been looked at for what is left out.
    pub(crate) fn may_go_on(&mut self, text: &str) -> bool {
        if self.at == self.end {
            return false;
        }
        let Some(text) = text.get(..self.end) else { return false };
        let may_go_on = memchr::memchr(b'{', &text.as_bytes()[self.at..]).is_some();
        if !may_go_on {
            self.leave_out_rest(text);
        }
        may_go_on
    }

    /// The brace of the event that was read last, or else of the first object, if text stands between it and the envelope.
    #[inline]
    pub(crate) fn brace_behind_text(&self) -> Option<usize> {
        (self.brace > self.start).then_some(self.brace)
    }

    /// Whether text beside the events, as far as it has been looked at, may be a piece of one.
    pub(crate) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    /// Looks at the text before the event that was read last, which opens at `brace`.
    #[inline]
    fn leave_out_before(&mut self, text: &str, brace: usize) {
        let beside = self.beside;
        self.beside = self.at;
        if beside < brace {
            self.leave_out(text, beside, brace);
        }
    }

    /// Looks at an object that is no event.
    #[cold]
    fn leave_out_object(&mut self, text: &str, brace: usize, status: Status) {
        if status == Status::Ok {
            self.leave_out_before(text, brace);
            self.leaves_out |= text.get(brace..self.at).is_some_and(has_quote);
        }
        // What broke with braces to close has a key, and so a quote.
        self.leaves_out |= self.inside > 0;
    }

    /// A pair of quotes around an object is none of the text beside it, nor is a header right before it.
    #[inline(never)]
    fn leave_out(&mut self, text: &str, beside: usize, brace: usize) {
        let before = text.get(beside..=brace).unwrap_or_default();
        let mut end = brace;
        if has_quote(before)
            && let Some((header, _)) = syslog::parse_before_brace(before, Envelope::default())
        {
            end = beside + header;
        } else if before.ends_with("\"{") && text.as_bytes().get(self.at) == Some(&b'"') {
            end -= 1;
            self.beside += 1;
        }
        self.leaves_out |= text.get(beside..end).is_some_and(has_quote);
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
    fn read(&mut self, text: &str, brace: usize, collected: &mut Collected) -> Status {
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
            None if collected.has_wrong_escapes() => Status::Malformed,
            None => Status::Ok,
            Some(Break::Broken) => {
                // What is no object at all still has a brace to close, if it stands in one that broke.
                self.inside += if self.inside > 0 { outcome.open.max(1) } else { outcome.open };
                Status::Malformed
            }
            Some(Break::Early | Break::Glued) => {
                if self.inside > 0 {
                    self.inside = 0;
                    self.beside = self.at;
                }
                Status::Truncated
            }
        }
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

    /// Collects an object, again where it takes more than may be flattened.
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
            (r#"{"user":"a","hash":"{"event_type":"B"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"user":"a" {"hash":"b"} {"hash":"c"}}"#, &[(Malformed, 1)]),
            (r#"{"user":"a" {"event_type":"B"} {"hash":"c"}}"#, &[(Malformed, 1), (Ok, 1)]),
        ];
        for (payload, expected) in cases {
            let mut objects = Objects::new(0, 0, payload.len(), payload.len());
            let mut collected = Collected::new();
            let mut given = Vec::new();
            while let Some(status) = objects.next(payload, &mut collected) {
                given.push((status, collected.field_count()));
            }
            assert_eq!(given, *expected, "{payload}");
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
        ];
        for (payload, expected) in cases {
            let brace = payload.find('{').unwrap_or_default();
            let mut objects = Objects::new(0, brace, payload.len(), payload.len());
            let mut collected = Collected::new();
            while objects.next(payload, &mut collected).is_some() {}
            assert_eq!(objects.leaves_out(), expected, "{payload}");
        }
    }
}
