//! Turns raw ESET PROTECT syslog into flat, typed records.
//!
//! A message goes through the modules in this order: [`syslog`] takes the envelope off, `payload` tells what kind of
//! text is left, `json` reads its objects member by member, [`schema`] says what each member is, `fields` collects them,
//! and [`encode`] writes the [`Event`] as JSON or MessagePack. A [`Filter`] does all of it; [`record`] is the rule for the shipper's record around
//! a message. docs/contract.md has the contract: what comes out for what comes in.
//!
//! ```
//! use eset_filter::{Filter, Options, encode};
//!
//! let mut filter = Filter::new(Options::default());
//! let mut out = Vec::new();
//! let mut events = filter.parse(br#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"event_type":"Audit_Event"}"#);
//! while let Some(event) = events.next() {
//!     encode::json::write(&event, &mut out);
//! }
//! assert_eq!(out, br#"{"event_type":"Audit_Event","parse_status":"ok","syslog_hostname":"srv"}"#);
//! ```
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod bounds;
pub mod encode;
mod event;
mod events;
mod fields;
mod filter;
mod json;
pub mod limits;
mod options;
mod payload;
pub mod record;
pub mod schema;
mod status;
pub mod syslog;
mod value;

pub use event::Event;
pub use events::Events;
pub use fields::{DateTime, Number};
pub use filter::Filter;
pub use json::JsonText;
pub use options::{Choice, Error, Heartbeats, Options, Raw, SyslogFields, parse_size};
pub use status::Status;
pub use value::{Container, Value};
