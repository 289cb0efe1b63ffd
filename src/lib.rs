//! Turns raw ESET PROTECT syslog into flat, typed records.
//!
//! # From a message to records
//!
//! A [`Filter`] reads a message and gives its events, one after the other. An encoder in [`encode`] writes an [`Event`] as JSON or
//! MessagePack:
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
//!
//! Any bytes are a message, and reading one never fails. [`Event::status`] says how much of it was understood: a message without an
//! event is an event with [`Status::Text`] and the message itself as `raw_message`.
//!
//! ```
//! use eset_filter::{Filter, Options, Status};
//!
//! let mut filter = Filter::new(Options::default());
//! let mut events = filter.parse(b"\xFF not an event");
//! assert_eq!(events.next().unwrap().status(), Status::Text);
//! assert!(events.next().is_none());
//! ```
//!
//! Make one filter and keep it: it reuses its memory, so that reading allocates nothing once that is large enough.
//!
//! # What an event holds
//!
//! [`Event::get`] gives the [`Value`] of one field, [`Event::for_each`] walks all of them in the contract's order, and
//! [`Event::additional_fields`] walks what the [`schema`] does not know, or what does not fit its type:
//!
//! ```
//! use eset_filter::{Filter, Options, Value};
//!
//! let mut filter = Filter::new(Options::default());
//! let mut events = filter.parse(br#"{"source_port":"443","inbound":"maybe","new":{"key":7}}"#);
//! let event = events.next().unwrap();
//! assert_eq!(event.get("source_port"), Some(Value::Int(443)));
//! assert_eq!(event.get("inbound"), None);
//! let names: Vec<_> = event.additional_fields().map(|(name, _)| name).collect();
//! assert_eq!(names, ["inbound", "new_key"]);
//! ```
//!
//! Text borrows from the message. JSON's escapes are resolved only when text is read: see [`JsonText`].
//!
//! # Options
//!
//! [`Options`] choose what records carry. They can be set by the names that all shippers use, so a host needs no code for each:
//!
//! ```
//! use eset_filter::{Options, Raw, SyslogFields};
//!
//! let options = Options::default().raw(Raw::Always).syslog_fields(SyslogFields::All);
//! let mut by_name = Options::default();
//! by_name.set("raw", "always")?;
//! by_name.set("syslog_fields", "all")?;
//! assert_eq!(options, by_name);
//! # Ok::<(), eset_filter::Error>(())
//! ```
//!
//! # Inside a shipper
//!
//! A shipper has records with a message in them. [`record`] says which key holds the message, and which other keys stay.
//! [`record::json`] does all of it for records that are JSON. `examples/custom_host.rs` is a host of your own.
//!
//! # The way of a message
//!
//! A message passes through the modules in this order: [`syslog`] removes the envelope, `payload` recognises what kind
//! of text is left, `json` reads its objects member by member, [`schema`] says what each member is, `fields` collects
//! them, and [`encode`] writes the event. [`limits`] has the bounds that hold for every message.
//!
//! The contract (`docs/contract.md`) says what comes out for what goes in.
//!
//! # Features
//!
//! - `msgpack`: `encode::msgpack`, for shippers that use MessagePack. Off by default.
//!
//! The library needs `alloc`, but not the standard library.
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
#[cfg(feature = "places")]
mod places;
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
#[cfg(feature = "places")]
pub use places::{MemberPlace, Part, Places};
pub use status::Status;
pub use value::{Container, Value};
