//! The shipper's record around a message: which key contains the message, and which other keys are kept.
//!
//! Only this module implements these rules. A shipper implements [`Record`] so that its records can be read.
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
//! // The event has a severity of its own, so the one in the record is not kept.
//! assert!(record::kept(&record, message, &event).eq([0]));
//! ```

pub mod json;
mod quoted;

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::Event;
use crate::options::{Error, Options};
use crate::payload;

/// The keys that may contain the message, in order of precedence, unless [`ShipperOptions::message_key`] names another
/// key.
pub const MESSAGE_KEYS: &[&str] = payload::MESSAGE_KEYS;

/// The options of a filter inside a shipper: the options of its [`crate::Filter`], and the key of the message in a
/// record.
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
    /// The options of the [`crate::Filter`]. The default is [`Options::for_shipper`].
    pub filter: Options,
    /// The key that contains the message. It replaces [`MESSAGE_KEYS`].
    pub message_key: Option<String>,
}

impl ShipperOptions {
    /// The option names that [`ShipperOptions::set`] accepts.
    pub const NAMES: &'static [&'static str] = &{
        let mut names = ["message_key"; 1 + Options::NAMES.len()];
        let (_, others) = names.split_at_mut(1);
        others.copy_from_slice(Options::NAMES);
        names
    };

    /// Sets [`ShipperOptions::message_key`](#structfield.message_key).
    #[must_use]
    pub fn message_key(self, message_key: impl Into<String>) -> Self {
        Self { message_key: Some(message_key.into()), ..self }
    }

    /// Sets an option by name, for shippers whose configuration is text.
    ///
    /// # Errors
    ///
    /// Returns [`Error::UnknownOption`] if there is no option with this name, [`Error::Empty`] if `message_key` is
    /// empty, and [`Error::InvalidValue`] if the option does not accept the value. The error lists what is accepted.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "message_key" if value.is_empty() => {
                let expected = "the key that contains the message".to_owned();
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

/// A shipper's record: keys with values.
pub trait Record {
    /// Returns the number of keys.
    fn key_count(&self) -> usize;

    /// Returns the key at a position below [`Record::key_count`]. It need not be UTF-8.
    fn key(&self, at: usize) -> &[u8];

    /// Returns whether the value at a position below [`Record::key_count`] is a string.
    fn is_string(&self, at: usize) -> bool;
}

/// The search for the message in a record, key by key.
#[derive(Debug)]
pub(crate) struct Search<'o> {
    message_key: Option<&'o str>,
    /// The rank of the best key so far and its position. A lower rank is better.
    best: Option<(usize, usize)>,
}

impl<'o> Search<'o> {
    pub(crate) fn new(message_key: Option<&'o str>) -> Self {
        Self { message_key, best: None }
    }

    /// Returns the rank of a key if it is better than all keys so far.
    pub(crate) fn rank(&self, key: &[u8]) -> Option<usize> {
        let rank = match self.message_key {
            Some(name) => (key == name.as_bytes()).then_some(0),
            None => payload::message_rank(key),
        };
        rank.filter(|rank| self.best.is_none_or(|(best, _)| *rank < best))
    }

    /// Makes the key at this position the best one so far.
    pub(crate) fn take(&mut self, rank: usize, at: usize) {
        self.best = Some((rank, at));
    }

    /// Returns the position of the message.
    pub(crate) fn message(&self) -> Option<usize> {
        self.best.map(|(_, at)| at)
    }
}

/// Returns the position of the message in a record: the string under `message_key` if that is given, otherwise under
/// the first of [`MESSAGE_KEYS`] whose value is a string. Returns `None` if there is no message. The record then passes
/// unchanged.
pub fn find_message(record: &impl Record, message_key: Option<&str>) -> Option<usize> {
    let mut search = Search::new(message_key);
    for at in (0..record.key_count()).filter(|at| record.is_string(*at)) {
        if let Some(rank) = search.rank(record.key(at)) {
            search.take(rank, at);
        }
    }
    search.message()
}

/// Returns the positions of the keys of a record that are kept next to an event: all except the key of the message and
/// the keys that the event has itself.
pub fn kept<R: Record>(record: &R, message: usize, event: &Event<'_>) -> impl Iterator<Item = usize> {
    (0..record.key_count()).filter(move |at| *at != message && !event.emits_key(record.key(*at)))
}
