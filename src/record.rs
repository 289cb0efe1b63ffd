//! The host's record around a message: which of its keys holds the message, and what becomes of the others.
//!
//! This is the one place of the rule; a host says only how its records are read.

pub mod json;

use crate::{Event, Options};

/// The keys that are looked at for the message, in this order, where [`Options::message_key`] names no other.
pub const MESSAGE_KEYS: [&str; 4] = ["message", "log", "msg", "MESSAGE"];

/// A record of a host: keys with values.
pub trait Record {
    /// How many keys there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key at a position below [`Record::len`].
    fn key(&self, at: usize) -> &[u8];

    /// Whether the value at that position is a string.
    fn is_string(&self, at: usize) -> bool;
}

/// How well a key fits for the message: the lower, the better. `None` for a key that is not looked at.
#[must_use]
pub fn rank(key: &[u8], options: &Options) -> Option<usize> {
    match &options.message_key {
        Some(name) => (key == name.as_bytes()).then_some(0),
        None => MESSAGE_KEYS.iter().position(|name| key == name.as_bytes()),
    }
}

/// The position of the message in a record. `None` where there is none: such a record passes through untouched.
pub fn find_message(record: &impl Record, options: &Options) -> Option<usize> {
    let strings = (0..record.len()).filter(|at| record.is_string(*at));
    let ranked = strings.filter_map(|at| rank(record.key(at), options).map(|rank| (rank, at)));
    ranked.min().map(|(_, at)| at)
}

/// The positions of what is kept of a record beside an event: all but the message, and but what the event emits itself.
pub fn kept<R: Record>(record: &R, message: usize, event: &Event<'_>) -> impl Iterator<Item = usize> {
    (0..record.len()).filter(move |at| *at != message && !event.emits(record.key(*at)))
}
