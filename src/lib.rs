//! Turns raw ESET PROTECT syslog into flat, typed records.
//!
//! A message goes through the modules in this order: [`syslog`] takes the envelope off, `payload` tells what kind of
//! text is left, [`json`] reads its objects member by member, [`schema`] says what each member is, and [`encode`] writes
//! the [`Event`] as JSON or MessagePack. A [`Filter`] does all of it; [`record`] is the rule for the host's record around
//! a message. DESIGN.md has the contract: what comes out for what comes in.
//!
//! ```
//! use eset_filter::{Filter, Options, encode};
//!
//! let mut filter = Filter::new(Options::default());
//! let mut out = Vec::new();
//! let mut events = filter.read(br#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"event_type":"Audit_Event"}"#);
//! while let Some(event) = events.next() {
//!     encode::json::write(&event, &mut out);
//! }
//! assert_eq!(out, br#"{"event_type":"Audit_Event","parse_status":"ok","syslog_hostname":"srv"}"#);
//! ```
#![forbid(unsafe_code)]

mod bounds;
mod collect;
mod datetime;
pub mod encode;
mod event;
mod events;
mod filter;
pub mod json;
mod keys;
pub mod limits;
mod number;
mod options;
mod payload;
mod quoted;
pub mod record;
mod scan;
pub mod schema;
pub mod syslog;
mod text;
mod typed;

pub use datetime::DateTime;
pub use event::{Event, Status, Value};
pub use events::Events;
pub use filter::Filter;
pub use number::Number;
pub use options::{Choice, Heartbeats, OptionError, Options, Raw, SyslogFields, parse_size};
pub use text::JsonText;
