//! JSON: the objects in a payload, one after the other.

use crate::fields::{Allowance, Collected, Place, Sent};
use crate::json::{self, Break, KnownKeys, Nested, Outcome, Span, Value, Visitor};
use crate::limits::MAX_NAMES;
use crate::schema::EVENT_TYPE;
use crate::status::Status;

/// Reads the objects of a payload, one after the other, in one pass over the text.
///
/// A brace begins an event if the object it opens is complete or at least one of its members is; text between objects
/// is skipped. What stands inside the braces of an object that broke is part of that object, unless it is an ESET event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Objects {
    at: usize,
    end: usize,
    /// How many braces of an object that broke are still to close.
    inside: u32,
    /// Whether no brace has been looked at yet.
    is_first: bool,
    /// How the last brace failed, as long as none has begun an event.
    failed: Option<Status>,
    /// What of further events may be flattened.
    allowance: Allowance,
    /// Whether the object that was read last took more than that.
    exceeded: bool,
}

impl Objects {
    pub(super) fn new(at: usize, end: usize, length: usize) -> Self {
        let allowance = Allowance::of_names(MAX_NAMES.saturating_mul(length));
        Self { at, end, inside: 0, is_first: true, failed: Some(Status::Malformed), allowance, exceeded: false }
    }

    /// Collects the members of the next event in `text` and tells how much of it there is. Where no brace begins one,
    /// there is one event without members.
    pub(crate) fn next(&mut self, text: &str, collected: &mut Collected) -> Option<Status> {
        let text = text.get(..self.end)?;
        while let Some(brace) = self.next_brace(text) {
            let was_inside = self.inside > 0;
            let status = self.read(text, brace, collected);
            let is_event = status == Status::Ok || collected.any();
            if is_event && (!was_inside || collected.has(EVENT_TYPE)) {
                self.failed = None;
                self.allowance.names = self.allowance.names.saturating_sub(collected.names());
                if self.exceeded {
                    self.allowance.objects = 0;
                }
                return Some(status);
            }
            if status != Status::Ok {
                self.failed = self.failed.and(Some(status));
            }
        }
        collected.clear();
        self.failed.take()
    }

    /// Whether there may be another event in `text`.
    pub(crate) fn may_go_on(&self, text: &str) -> bool {
        text.get(self.at..self.end).is_some_and(|rest| memchr::memchr(b'{', rest.as_bytes()).is_some())
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
            self.inside = self.inside.saturating_sub(1);
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
            None => Status::Ok,
            Some(Break::Broken) => {
                // What is no object at all still has a brace to close, if it stands in one that broke.
                self.inside += if self.inside > 0 { outcome.open.max(1) } else { outcome.open };
                Status::Malformed
            }
            Some(Break::Early | Break::Glued) => {
                self.inside = 0;
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
        use Status::{Malformed, Ok, Truncated};
        let cases: &[(&str, &[(Status, usize)])] = &[
            (r#"{"user":"a"}"#, &[(Ok, 1)]),
            (r#"{"user":"a"} and {"hash":"b","user":"c"}"#, &[(Ok, 1), (Ok, 2)]),
            (r#"{eth0} {"user":"a"}"#, &[(Ok, 1)]),
            ("{}", &[(Ok, 0)]),
            ("{", &[(Truncated, 0)]),
            ("{eth0}", &[(Malformed, 0)]),
            (r#"{"user":"a","hash":"b"#, &[(Truncated, 1)]),
            (r#"{"user":"a","hash":}"#, &[(Malformed, 1)]),
            (r#"{"user":"a","hash":"{"event_type":"B"}"#, &[(Truncated, 1), (Ok, 1)]),
            (r#"{"user":"a" {"hash":"b"} {"hash":"c"}}"#, &[(Malformed, 1)]),
            (r#"{"user":"a" {"event_type":"B"} {"hash":"c"}}"#, &[(Malformed, 1), (Ok, 1)]),
        ];
        for (payload, expected) in cases {
            let mut objects = Objects::new(0, payload.len(), payload.len());
            let mut collected = Collected::new();
            let mut given = Vec::new();
            while let Some(status) = objects.next(payload, &mut collected) {
                given.push((status, collected.field_count()));
            }
            assert_eq!(given, *expected, "{payload}");
        }
    }
}
