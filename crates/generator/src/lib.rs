//! ESET traffic without ESET, for trials, tests and benchmarks.
//!
//! A message's way: `vocabulary` (what the made-up network consists of) -> `events` (the fields of one event and their
//! values) -> `json`, `cef` or `leef` (how the sending server writes them; `payload` says which) -> `envelope` (the syslog
//! header) -> `generator` (what comes next).
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
//! # What it does not do
//!
//! Incidents, whose fields ESET does not publish. In CEF, fields for which no key is known. In LEEF, which has no escapes,
//! line breaks and tabs: they become spaces. Bytes that are not UTF-8, and damage on the way other than a mis-decoded
//! byte-order mark, such as tabs that a relay turns into spaces: those are for the tests of the filter. Real malware names and hashes of real files: names are typical, hashes mean nothing.
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
