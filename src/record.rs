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
    fn key(&self, at: usize) -> &str;

    /// Whether the value at that position is a string.
    fn is_string(&self, at: usize) -> bool;
}

/// The position of the message in a record. `None` where there is none: such a record passes through untouched.
pub fn find_message(record: &impl Record, options: &Options) -> Option<usize> {
    let find = |name: &str| (0..record.len()).find(|at| record.key(*at) == name && record.is_string(*at));
    match &options.message_key {
        Some(name) => find(name),
        None => MESSAGE_KEYS.iter().find_map(|name| find(name)),
    }
}

/// The positions of what is kept of a record beside an event: all but the message, and but what the event emits itself.
pub fn kept<R: Record>(record: &R, message: usize, event: &Event<'_>) -> impl Iterator<Item = usize> {
    (0..record.len()).filter(move |at| *at != message && !event.emits(record.key(*at)))
}
