//! The shipper's record around a message: which of its keys holds the message, and which others are kept.
//!
//! The rule is here alone; a shipper only says how to read its records.
//!
//! ```
//! use eset_filter::record::{self, ShipperOptions, Record};
//! use eset_filter::Filter;
//!
//! /// A record whose values are all strings.
//! struct Pairs<'r>(&'r [(&'r str, &'r str)]);
//!
//! impl Record for Pairs<'_> {
//!     fn key_count(&self) -> usize {
//!         self.0.len()
//!     }
//!
//!     fn key(&self, at: usize) -> &[u8] {
//!         self.0[at].0.as_bytes()
//!     }
//!
//!     fn is_string(&self, _at: usize) -> bool {
//!         true
//!     }
//! }
//!
//! let options = ShipperOptions::default();
//! let mut filter = Filter::new(options.filter);
//! let record = Pairs(&[("host", "10.0.0.7"), ("log", r#"{"severity":"Warning"}"#), ("severity", "6")]);
//! let message = record::find_message(&record, options.message_key.as_deref()).unwrap();
//! assert_eq!(record.0[message].0, "log");
//!
//! let mut events = filter.parse(record.0[message].1.as_bytes());
//! let event = events.next().unwrap();
//! // The event's own severity wins, so that the record's is not kept.
//! assert!(record::kept(&record, message, &event).eq([0]));
//! ```

pub mod json;
mod quoted;

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::Event;
use crate::options::{Error, Options};
use crate::payload;

/// The keys that may hold the message, in this order, unless [`ShipperOptions::message_key`] names another.
pub const MESSAGE_KEYS: &[&str] = payload::MESSAGE_KEYS;

/// The options of a filter inside a shipper: those of a [`crate::Filter`], and where a record's message is.
///
/// ```
/// use eset_filter::record::ShipperOptions;
///
/// let mut options = ShipperOptions::default();
/// options.set("message_key", "payload").unwrap();
/// options.set("heartbeats", "keep").unwrap();
/// assert_eq!(options.message_key.as_deref(), Some("payload"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShipperOptions {
    /// How messages are treated. The default is [`Options::for_shipper`].
    pub filter: Options,
    /// The key that holds the message, instead of [`MESSAGE_KEYS`].
    pub message_key: Option<String>,
}

impl ShipperOptions {
    /// The names that [`ShipperOptions::set`] takes.
    pub const NAMES: &'static [&'static str] = &{
        let mut names = ["message_key"; 1 + Options::NAMES.len()];
        let (_, others) = names.split_at_mut(1);
        others.copy_from_slice(Options::NAMES);
        names
    };

    /// The same with that key for the message's.
    #[must_use]
    pub fn message_key(self, message_key: impl Into<String>) -> Self {
        Self { message_key: Some(message_key.into()), ..self }
    }

    /// Sets an option by its name, as shippers that are configured with text do.
    ///
    /// # Errors
    ///
    /// If the name or value is not allowed: says which ones are.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "message_key" if value.is_empty() => {
                let expected = "the key that holds the message".to_owned();
                Err(Error::Empty { option: name.to_owned(), expected })
            }
            "message_key" => {
                self.message_key = Some(value.to_owned());
                Ok(())
            }
            _ if !Self::NAMES.contains(&name) => Err(Error::unknown(name, Self::NAMES)),
            _ => self.filter.set(name, value),
        }
    }
}

impl Default for ShipperOptions {
    fn default() -> Self {
        Options::for_shipper().into()
    }
}

impl From<Options> for ShipperOptions {
    fn from(filter: Options) -> Self {
        Self { filter, message_key: None }
    }
}

/// A record of a shipper: keys with values.
pub trait Record {
    /// How many keys there are.
    fn key_count(&self) -> usize;

    /// The key at a position below [`Record::key_count`]. Any bytes will do.
    fn key(&self, at: usize) -> &[u8];

    /// Whether the value at that position is a string.
    fn is_string(&self, at: usize) -> bool;
}

/// The search for a record's message, key by key.
#[derive(Debug)]
pub(crate) struct Search<'o> {
    message_key: Option<&'o str>,
    /// How well the best key so far fits, the lower, the better, and its position.
    best: Option<(usize, usize)>,
}

impl<'o> Search<'o> {
    pub(crate) fn new(message_key: Option<&'o str>) -> Self {
        Self { message_key, best: None }
    }

    /// How well a key fits, if it does better than those so far.
    pub(crate) fn rank(&self, key: &[u8]) -> Option<usize> {
        let rank = match self.message_key {
            Some(name) => (key == name.as_bytes()).then_some(0),
            None => payload::message_rank(key),
        };
        rank.filter(|rank| self.best.is_none_or(|(best, _)| *rank < best))
    }

    /// Takes the key at a position for the best one.
    pub(crate) fn take(&mut self, rank: usize, at: usize) {
        self.best = Some((rank, at));
    }

    /// The position of the message.
    pub(crate) fn message(&self) -> Option<usize> {
        self.best.map(|(_, at)| at)
    }
}

/// The position of the message in a record, under `message_key` or otherwise one of [`MESSAGE_KEYS`]. `None` if there
/// is no message: such a record passes unchanged.
pub fn find_message(record: &impl Record, message_key: Option<&str>) -> Option<usize> {
    let mut search = Search::new(message_key);
    for at in (0..record.key_count()).filter(|at| record.is_string(*at)) {
        if let Some(rank) = search.rank(record.key(at)) {
            search.take(rank, at);
        }
    }
    search.message()
}

/// The positions of the keys of a record that are kept beside an event: all but the message's, and those that the event
/// emits itself.
pub fn kept<R: Record>(record: &R, message: usize, event: &Event<'_>) -> impl Iterator<Item = usize> {
    (0..record.key_count()).filter(move |at| *at != message && !event.emits_key(record.key(*at)))
}
