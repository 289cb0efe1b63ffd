//! The filter: a raw message in, its events out.

use crate::collect::Collected;
use crate::event::{Event, Status, Value};
use crate::options::{Heartbeats, Options, SyslogFields};
use crate::payload::{Objects, Payload};
use crate::syslog::{self, Envelope};

/// Turns raw messages into events. It owns the memory that this takes and reuses it from message to message, so that in
/// the steady state nothing is allocated.
#[derive(Debug)]
pub struct Filter {
    pub(crate) options: Options,
    pub(crate) collected: Collected,
    /// The message, where its bytes were not UTF-8.
    repaired: String,
}

impl Filter {
    /// A filter that treats every message by these options.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, collected: Collected::new(), repaired: String::new() }
    }

    /// The options it was made with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Reads a message: any bytes, of any length. What is not UTF-8 is replaced by U+FFFD.
    ///
    /// ```
    /// use eset_filter::{Filter, Options, Value};
    ///
    /// let mut filter = Filter::new(Options::default());
    /// let message = br#"<14>1 2026-02-27T16:25:37Z srv ERAServer 3432 - - {"source_port":"443"}"#;
    /// let mut events = filter.read(message);
    /// while let Some(event) = events.next() {
    ///     assert_eq!(event.get("source_port"), Some(Value::Int(443)));
    /// }
    /// ```
    pub fn read<'f>(&'f mut self, message: &'f [u8]) -> Events<'f> {
        let Self { options, collected, repaired } = self;
        let text = match simdutf8::basic::from_utf8(message) {
            Ok(text) => text,
            Err(_) => repair(message, repaired),
        };
        Events::new(options, collected, text)
    }

    /// Reads a message that is known to be UTF-8.
    pub fn read_str<'f>(&'f mut self, message: &'f str) -> Events<'f> {
        Events::new(&self.options, &mut self.collected, message)
    }
}

/// As [`String::from_utf8_lossy`], into memory that is reused.
pub(crate) fn repair<'s>(bytes: &[u8], repaired: &'s mut String) -> &'s str {
    repaired.clear();
    for chunk in bytes.utf8_chunks() {
        repaired.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            repaired.push(char::REPLACEMENT_CHARACTER);
        }
    }
    repaired
}

/// The events of one message. An event must be let go before the next is asked for, which is why this is no `Iterator`.
#[derive(Debug)]
pub struct Events<'f> {
    options: &'f Options,
    collected: &'f mut Collected,
    text: &'f str,
    envelope: Envelope<'f>,
    left: Left,
    raw_left: u8,
}

/// How many events of one message carry it as `raw_message`: without a limit the output could grow with the square of
/// the message.
pub(crate) const MAX_RAW: u8 = 16;

/// What is left of a message.
#[derive(Clone, Copy, Debug)]
enum Left {
    Nothing,
    One(Status),
    Objects(Objects),
}

impl<'f> Events<'f> {
    fn new(options: &'f Options, collected: &'f mut Collected, text: &'f str) -> Self {
        let envelope = syslog::parse(text);
        let body = envelope.body;
        let left = match Payload::of(body, body.as_ptr() as usize - text.as_ptr() as usize) {
            Payload::Json(objects) => Left::Objects(objects),
            Payload::Heartbeat if options.heartbeats == Heartbeats::Keep => Left::One(Status::Heartbeat),
            Payload::Text if envelope.present || !body.is_empty() => Left::One(Status::Text),
            Payload::Heartbeat | Payload::Text => Left::Nothing,
        };
        Self { options, collected, text, envelope, left, raw_left: MAX_RAW }
    }

    /// The next event; `None` when there are no more.
    #[expect(clippy::should_implement_trait, reason = "the event borrows from the events")]
    #[inline]
    pub fn next(&mut self) -> Option<Event<'_>> {
        let status = match std::mem::replace(&mut self.left, Left::Nothing) {
            Left::Nothing => return None,
            Left::One(status) => {
                self.collected.clear();
                status
            }
            Left::Objects(objects) if self.options.single => self.only(objects)?,
            Left::Objects(mut objects) => {
                let status = objects.next(self.text, self.collected)?;
                self.left = Left::Objects(objects);
                status
            }
        };
        let with_raw = self.options.raw.is_for(status) && self.raw_left > 0;
        self.raw_left -= u8::from(with_raw);
        Some(Event {
            text: self.text,
            collected: self.collected,
            envelope: &self.envelope,
            status,
            raw: with_raw.then_some(Value::Text(self.text)),
            with_syslog: self.options.syslog_fields == SyslogFields::All,
        })
    }

    /// Collects the first event for a host that takes no more, and says so where there are more.
    fn only(&mut self, mut objects: Objects) -> Option<Status> {
        let mut first = objects;
        let status = objects.next(self.text, self.collected)?;
        if !objects.may_go_on(self.text) {
            return Some(status);
        }
        let more = objects.next(self.text, self.collected).is_some();
        first.next(self.text, self.collected);
        Some(if more { Status::Multiple } else { status })
    }
}
