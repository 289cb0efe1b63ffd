//! The payload: what kind of text a message's body is. Each format has a file of its own.

mod json;

pub(crate) use json::Objects;

use crate::syslog::HEARTBEAT;

/// What the body of a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Heartbeat,
    Text,
    /// JSON, or what should be JSON.
    Json(Objects),
}

impl Payload {
    /// `body` is what is left of a message without its envelope, and begins at `start` of its text. The objects in it are
    /// looked for from there on. The message has `length` bytes.
    pub(crate) fn of(body: &str, start: usize, length: usize) -> Self {
        match memchr::memchr(b'{', body.as_bytes()) {
            Some(brace) => Self::Json(Objects::new(start, start + brace, start + body.len(), length)),
            None if body == HEARTBEAT => Self::Heartbeat,
            None => Self::Text,
        }
    }
}
