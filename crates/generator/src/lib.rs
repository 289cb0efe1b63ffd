//! Generates ESET PROTECT syslog traffic for trials, tests and benchmarks.
//!
//! `vocabulary` describes an invented network. `events` chooses the fields of one event and their values. `json`, `cef`
//! or `leef` writes the event the way the sending server does; `payload` selects the format. `envelope` writes the
//! syslog header, and `generator` decides which message comes next.
//!
//! ```
//! use eset_filter_generator::{Generator, GeneratorOptions, Header};
//!
//! let options = GeneratorOptions { header: Header::Rfc3164, clean: true, ..Default::default() };
//! for message in Generator::new(options).take(3) {
//!     assert!(message.starts_with(b"<") && message.ends_with(b"}"));
//! }
//! ```
//!
//! # Limitations
//!
//! - Incidents are not generated, because ESET does not publish their fields.
//! - CEF messages omit fields for which no key is known.
//! - In LEEF messages, line breaks and tabs become spaces, because LEEF has no escapes.
//! - Messages are valid UTF-8. The only damage in transit is a mis-decoded byte-order mark. The tests of the filter
//!   cover other bytes and other damage, such as tabs that a relay turns into spaces.
//! - Malware names are typical but not real, and hashes are not those of real files.
#![forbid(unsafe_code)]

mod cef;
mod envelope;
mod events;
mod generator;
mod ids;
mod json;
mod leef;
mod payload;
mod time;
mod vocabulary;

pub use envelope::Header;
pub use generator::{Generator, GeneratorOptions, Kind};
pub use payload::Payload;
