//! The filter: turns a raw message into events.

use alloc::string::String;

use crate::bounds;
use crate::events::{Events, Memory};
use crate::options::Options;

/// Turns raw messages into events. It reuses its buffers from message to message and allocates nothing in the steady
/// state.
///
/// ```
/// use eset_filter::{Filter, Options};
///
/// let mut filter = Filter::new(Options::default());
/// for message in [&b"{\"user\":\"ann\"}"[..], b"<14>HEARTBEAT", b"{\"user\":\"bob\"} {\"user\":\"eve\"}"] {
///     let mut events = filter.parse(message);
///     while let Some(event) = events.next() {
///         assert!(event.emits("user"));
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Filter {
    pub(crate) options: Options,
    pub(crate) memory: Memory,
    /// The message with U+FFFD in it, if its bytes were not UTF-8.
    repaired: String,
    /// The message that was wrapped in another message.
    wrapped: String,
    /// The length of the longest message whose records are certain to be within [`Options::record_limit`], in bytes.
    small: usize,
}

impl Filter {
    /// Creates a filter with these options.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            small: options.record_limit.map_or(usize::MAX, bounds::longest_within),
            options,
            memory: Memory::new(),
            repaired: String::new(),
            wrapped: String::new(),
        }
    }

    /// Returns the options that the filter was created with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the length up to which a message with a single event is certain to be within all bounds, in bytes.
    pub(crate) fn small(&self) -> usize {
        self.small
    }

    /// Parses a message: any bytes, of any length. Bytes that are not UTF-8 are replaced with U+FFFD.
    ///
    /// ```
    /// use eset_filter::{Filter, Options, Value};
    ///
    /// let mut filter = Filter::new(Options::default());
    /// let message = br#"<14>1 2026-02-27T16:25:37Z srv ERAServer 3432 - - {"source_port":"443"}"#;
    /// let mut events = filter.parse(message);
    /// while let Some(event) = events.next() {
    ///     assert_eq!(event.get("source_port"), Some(Value::Int(443)));
    /// }
    /// ```
    pub fn parse<'f>(&'f mut self, message: &'f [u8]) -> Events<'f> {
        let Self { options, memory, repaired, wrapped, small } = self;
        let text = match simdutf8::basic::from_utf8(message) {
            Ok(text) => text,
            Err(_) => repair(message, repaired),
        };
        Events::new(options, *small, memory, wrapped, text, message.len())
    }

    /// Parses a message that is known to be UTF-8.
    ///
    /// ```
    /// use eset_filter::{Filter, Heartbeats, Options, Status};
    ///
    /// let mut filter = Filter::new(Options::default().heartbeats(Heartbeats::Keep));
    /// assert_eq!(filter.parse_str("<14>HEARTBEAT").next().map(|event| event.status()), Some(Status::Heartbeat));
    /// ```
    pub fn parse_str<'f>(&'f mut self, message: &'f str) -> Events<'f> {
        let Self { options, memory, wrapped, small, .. } = self;
        Events::new(options, *small, memory, wrapped, message, message.len())
    }
}

/// Behaves like [`String::from_utf8_lossy`], into a buffer that is reused.
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
