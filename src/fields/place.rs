//! Places: where the text of a key or value is, in any format.

use crate::json::{Escapes, Span, Value};

/// A text's place, in bytes, and which escapes of JSON it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) escapes: Escapes,
    pub(crate) source: Source,
}

/// What a text stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The message.
    Message,
    /// What the collector has made of the message, as it does not stand there as it is meant.
    Resolved,
}

impl Place {
    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl From<Span> for Place {
    #[inline(always)]
    fn from(Span { start, end, escapes }: Span) -> Self {
        Self { start, end, escapes, source: Source::Message }
    }
}

/// A member's value as it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent {
    /// Text.
    Text(Place),
    /// JSON in the message that is not a string.
    Value(Value),
}

impl Sent {
    /// Where it stands, in bytes.
    #[inline(always)]
    pub(super) fn range(self) -> (usize, usize) {
        match self {
            Self::Text(Place { start, end, .. }) => (start, end),
            Self::Value(Value { span, .. }) => (span.start, span.end),
        }
    }
}
