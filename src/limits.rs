//! The limits that the contract sets, for shippers, other implementations of the filter, and tests.
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

/// The maximum total size of a message's records, in JSON and in MessagePack, as a multiple of the message's size.
/// [`ALLOWANCE`] is added to it.
pub const FACTOR: usize = 16;

/// The number of bytes added to [`FACTOR`] times the message's size, because even the record of the shortest message
/// has a host and a status.
pub const ALLOWANCE: usize = 16 * 1024;

/// The length down to which [`crate::Options::record_limit`] may shorten the text of a field, in bytes of JSON.
pub const LEAST_TEXT: usize = 256;

/// The maximum length of a header part, in bytes. This is the limit for HOSTNAME in RFC 5424, the largest of its
/// limits. A limit is needed because a message with many events repeats the header parts in each record.
pub const MAX_PART: usize = 255;

/// The maximum nesting depth of objects and arrays, including the outermost. JSON that is nested more deeply is
/// malformed.
pub const MAX_DEPTH: u32 = 64;

/// The maximum nesting depth of an array that is emitted as an array, including the array itself. A deeper array is
/// emitted as text, because shippers have nesting limits of their own.
pub const MAX_ARRAY_LEVELS: u8 = 8;

/// The maximum length, in bytes, of the name of an object that is flattened, including the names of the enclosing
/// objects. An object with a longer name is kept as JSON text. Without this limit, a record could grow with the product
/// of the lengths and the number of a message's keys.
pub const MAX_PREFIX: usize = 256;

/// The maximum total size of the names in a message's `additional_fields`, as a multiple of the message's size.
pub const MAX_NAMES: usize = 4;

/// The maximum length of an ESET message in characters, counted from ESET's own header on. ESET truncates longer
/// messages.
pub const MAX_CHARACTERS: usize = 8000;
