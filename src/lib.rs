//! Turns raw ESET PROTECT syslog messages into flat, typed records.
//!
//! # From a message to records
//!
//! A [`Filter`] parses a message and yields its events one at a time. An encoder in [`encode`] writes an [`Event`] as
//! JSON or MessagePack:
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
//! Any sequence of bytes is a message, and parsing never fails. [`Event::status`] says how much of the message was
//! understood. Text that contains no event yields one [`Event`] with [`Status::Text`] and the message as `raw_message`.
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
//! Create one filter and keep it. It reuses its buffers, so parsing allocates nothing once they are large enough.
//!
//! # The contents of an event
//!
//! [`Event::get`] returns the [`Value`] of one field. [`Event::for_each`] visits all fields in the contract's order.
//! [`Event::additional_fields`] iterates over the members that are not in the [`schema`] or whose values do not fit the
//! type of their field:
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
//! Text borrows from the message. JSON escapes are resolved only when the text is read; see [`JsonText`].
//!
//! # Options
//!
//! [`Options`] control what records contain. They can also be set by name, so a program that embeds the filter needs no
//! code for individual options. The names are the same in all shippers:
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
//! A shipper hands over records that contain a message. [`record`] determines which key contains the message and which
//! other keys are kept. [`record::json`] does the whole conversion for records in JSON. `examples/custom_host.rs` shows
//! how to embed the filter in a program of your own.
//!
//! # How a message is processed
//!
//! A message passes through the modules in this order: [`syslog`] removes the envelope, `payload` recognises the format
//! of the remaining text, `json` reads its objects member by member, [`schema`] identifies each member, `fields`
//! collects the members, and [`encode`] writes the event. [`limits`] defines the bounds that hold for every message.
//!
//! The contract (`docs/contract.md`) specifies the records for every message.
//!
//! # Features
//!
//! - `msgpack`: `encode::msgpack`, for shippers that use MessagePack. Off by default.
//! - `places`: `Events::places`, for programs that show where in the message a field comes from. Off by default.
//!
//! The library needs `alloc` but not `std`.
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
