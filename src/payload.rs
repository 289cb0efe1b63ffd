//! The payload: what kind of text a message's body is, and the objects that stand in it.

use crate::collect::Collected;
use crate::event::Status;
use crate::json::{self, Break};
use crate::schema::EVENT_TYPE;

/// ESET's sign of life on a connection that is kept open.
pub(crate) const HEARTBEAT: &str = "HEARTBEAT";

/// What the body of a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Heartbeat,
    Text,
    /// JSON, or what should be JSON.
    Json(Objects),
}

impl Payload {
    /// `body` is the part of `text` that is left of it without its envelope; the objects are looked for from there on.
    pub(crate) fn of(body: &str, start: usize) -> Self {
        match memchr::memchr(b'{', body.as_bytes()) {
            Some(brace) => Self::Json(Objects::new(start + brace, start + body.len())),
            None if body == HEARTBEAT => Self::Heartbeat,
            None => Self::Text,
        }
    }
}

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
    /// How the last brace failed, as long as none has begun an event.
    failed: Option<Status>,
}

impl Objects {
    fn new(at: usize, end: usize) -> Self {
        Self { at, end, inside: 0, failed: Some(Status::Malformed) }
    }

    /// Collects the members of the next event in `text` and tells how much of it there is. Where no brace begins one,
    /// there is one event without members.
    pub(crate) fn next(&mut self, text: &str, collected: &mut Collected) -> Option<Status> {
        let text = text.get(..self.end)?;
        while let Some(brace) = self.next_brace(text) {
            let (status, open) = self.read(text, brace, collected);
            let is_event = status == Status::Ok || collected.any();
            if is_event && (self.inside == 0 || collected.has(EVENT_TYPE)) {
                self.inside = open;
                self.failed = None;
                return Some(status);
            }
            self.inside += open;
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

    /// Reads the object that opens at `brace` and moves past it. Also tells how many braces it left open.
    fn read(&mut self, text: &str, brace: usize, collected: &mut Collected) -> (Status, u32) {
        collected.clear();
        let mut outcome = json::collect_object(text, brace, collected);
        self.at = outcome.end.max(brace + 1);
        if outcome.stopped == Some(Break::Glued) {
            collected.clear();
            outcome = json::collect_object(text.get(..self.at).unwrap_or_default(), brace, collected);
            outcome.open = 0;
        }
        collected.settle(self.at - brace);
        match outcome.stopped {
            None => (Status::Ok, 0),
            Some(Break::Broken) => (Status::Malformed, outcome.open),
            Some(Break::Early | Break::Glued) => (Status::Truncated, 0),
        }
    }
}
