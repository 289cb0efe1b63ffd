//! The contract's limits, for shippers, for other forms of the filter, and for tests.
//!
//! ```
//! use eset_filter::limits::{ALLOWANCE, FACTOR};
//! use eset_filter::{Filter, Options, encode};
//!
//! let message = br#"{"event_type":"Audit_Event"}"#.repeat(1000);
//! let mut filter = Filter::new(Options::default());
//! let mut records = Vec::new();
//! let mut events = filter.parse(&message);
//! while let Some(event) = events.next() {
//!     encode::json::write(&event, &mut records);
//! }
//! assert!(records.len() <= FACTOR * message.len() + ALLOWANCE);
//! ```

/// The most bytes of all records of a message, as JSON and as MessagePack, as a multiple of the message's.
pub const FACTOR: usize = 16;

/// And how many bytes more, because even the shortest message has a host and a status.
pub const ALLOWANCE: usize = 16 * 1024;

/// How much is left of a text that loses its end to [`crate::Options::record_limit`], in bytes of JSON.
pub const LEAST_TEXT: usize = 256;

/// The longest part of a header, in bytes: RFC 5424's limit for HOSTNAME, the largest of its limits. A message with many
/// events repeats the parts in each.
pub const MAX_PART: usize = 255;

/// The most levels of objects and arrays in each other, the outermost counted. What has more is malformed.
pub const MAX_DEPTH: u32 = 64;

/// The most levels of arrays and objects in an array that is given as an array: shippers have nesting limits of their own.
pub const MAX_ARRAY_LEVELS: u8 = 8;

/// The longest name of an object that is flattened, with those of the objects around it, in bytes. With a longer one an
/// object is kept as its JSON text: a message must not grow with the product of its keys' lengths and number.
pub const MAX_PREFIX: usize = 256;

/// The most bytes that the names in a message's `additional_fields` have in all, as a multiple of the message's.
pub const MAX_NAMES: usize = 4;

/// The most characters of ESET's messages, from the header on: it cuts longer ones there.
pub const MAX_CHARACTERS: usize = 8000;
