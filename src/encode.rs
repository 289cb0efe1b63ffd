//! Encoders: an event as JSON or MessagePack, appended to a caller's buffer.

pub mod json;
#[cfg(feature = "msgpack")]
pub mod msgpack;
