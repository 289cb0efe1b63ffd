//! Encoders, which append an event to a buffer as JSON or MessagePack.
//!
//! ```
//! use eset_filter::{Filter, Options, encode};
//!
//! let mut filter = Filter::new(Options::default());
//! let mut json = Vec::new();
//! encode::json::write(&filter.parse(br#"{"count":"7"}"#).next().unwrap(), &mut json);
//! assert_eq!(json, br#"{"count":7,"parse_status":"ok"}"#);
//! ```

pub mod json;
#[cfg(feature = "msgpack")]
pub mod msgpack;
