//! The payload: recognises the format of a message's body. Each format has its own file.

mod cef;
mod formatted;
mod json;
mod leef;
mod notification;
mod pairs;
mod unescaped;
mod wrapper;

pub(crate) use formatted::Formatted;
pub(crate) use json::{Found, Objects, Texts};
pub(crate) use notification::{is_notification, read as read_notification};
pub(crate) use pairs::Pair;
pub(crate) use unescaped::Unescaped;
pub(crate) use wrapper::{MESSAGE_KEYS, Wrapper, message_rank};

use crate::json::find_byte;
use crate::syslog::{self, Envelope};

/// The kind of payload in the body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Heartbeat,
    Text,
    Notification,
    /// An event in CEF or LEEF.
    Formatted(Formatted),
    /// JSON, or text that should be JSON: the offsets of the payload's start, its first brace and its end.
    Json {
        start: usize,
        brace: usize,
        end: usize,
    },
}

impl Payload {
    /// Recognises the payload after the envelope of `text`.
    pub(crate) fn of(envelope: &Envelope<'_>, text: &str) -> Self {
        let body = envelope.body;
        if syslog::begins_format(body) {
            return Self::formatted(envelope, text);
        }
        let start = syslog::offset_of(body, text);
        match find_byte(body.as_bytes(), b'{') {
            Some(brace) => Self::Json { start, brace: start + brace, end: start + body.len() },
            None if is_notification(body) => Self::Notification,
            None if syslog::is_heartbeat(envelope) => Self::Heartbeat,
            None => Self::Text,
        }
    }

    /// Recognises a payload that begins with a CEF or LEEF header, of any vendor.
    #[cold]
    fn formatted(envelope: &Envelope<'_>, text: &str) -> Self {
        Formatted::of(envelope, text).map_or(Self::Text, Self::Formatted)
    }
}
