//! Places: where the text of a key or value is, in any format.

use crate::json::{Escapes, Span, Value};

/// The byte range of a text, with the kind of JSON escapes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) escapes: Escapes,
    pub(crate) source: Source,
}

/// The text that a place refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The message.
    Message,
    /// The collector's buffer, for text that differs from its form in the message, such as unescaped text.
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
    /// A string.
    Text(Place),
    /// Any other JSON value, in the message.
    Value(Value),
}

impl Sent {
    /// Returns the byte range of the value.
    #[inline(always)]
    pub(super) fn range(self) -> (usize, usize) {
        match self {
            Self::Text(Place { start, end, .. }) => (start, end),
            Self::Value(Value { span, .. }) => (span.start, span.end),
        }
    }
}
