//! Bounds on the size of a message's records, which hold for every message.
//!
//! The records of a message together have at most [`FACTOR`] times the message's bytes plus [`ALLOWANCE`], both as JSON
//! and as MessagePack. A single record never exceeds this: the names in its `additional_fields` are bounded, and
//! everything else in it comes from the message. Several records together could exceed it, because each repeats the
//! header, so [`Room`] keeps count of their sizes. If [`crate::Options::record_limit`] is set, [`shrink`] cuts each
//! record to that many bytes of JSON.
//!
//! A message of usual size with a single event is within all bounds, so nothing is measured.

mod limit;
mod packed;

use alloc::vec::Vec;

pub(crate) use limit::shrink;

use crate::encode;
use crate::fields::Collected;
use crate::json::escaped_length;
use crate::limits::{ALLOWANCE, FACTOR};

/// Returns the maximum total size of a message's records, as JSON and as MessagePack, in bytes.
pub(crate) fn most(message_length: usize) -> usize {
    message_length.saturating_mul(FACTOR).saturating_add(ALLOWANCE)
}

/// Returns the length of the longest message whose records are certain to have at most `most` bytes.
pub(crate) fn longest_within(most: usize) -> usize {
    most.saturating_sub(ALLOWANCE) / FACTOR
}

/// Returns whether it is certain, without writing the record, that it has at most `most` bytes as JSON.
pub(crate) fn is_within(most: usize, collected: &Collected, raw: Option<&str>) -> bool {
    /// An upper bound for the names of all fields and the parts of a header.
    const FRAME: usize = 16 * 1024;
    const LONGEST_ESCAPE: usize = r"\u0001".len();
    let others = FRAME + collected.names() + collected.values();
    let raw = raw.unwrap_or_default();
    others + LONGEST_ESCAPE * raw.len() <= most || others + escaped_length(raw.as_bytes()) <= most
}

/// Returns the size of `raw_message` and its key, in bytes of JSON.
pub(crate) fn raw_member(raw: Option<&str>) -> usize {
    const KEY: usize = r#","raw_message":"""#.len();
    raw.map_or(0, |raw| KEY + escaped_length(raw.as_bytes()))
}

/// A size in bytes, as JSON and as MessagePack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) json: usize,
    pub(crate) packed: usize,
}

impl Size {
    /// Returns the growth of a record whose status becomes `multiple` and which gets `raw_message`.
    pub(crate) fn of_growth(raw: Option<&str>, scratch: &mut Vec<u8>) -> Self {
        const STATUS: usize = "multiple".len() - "ok".len();
        let Some(raw) = raw else { return Self { json: STATUS, packed: STATUS } };
        scratch.extend_from_slice(br#"{"raw_message":"#);
        encode::json::write_string(raw.as_bytes(), scratch);
        scratch.push(b'}');
        let Self { json, packed } = Self::taken(scratch);
        Self { json: json + STATUS, packed: packed + STATUS }
    }

    /// Returns the size of the record whose JSON is in `scratch`, and clears `scratch`.
    pub(crate) fn taken(scratch: &mut Vec<u8>) -> Self {
        let size = Self { json: scratch.len(), packed: packed::size(scratch) };
        scratch.clear();
        size
    }
}

/// The number of bytes left for a message's records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room(Size);

impl Room {
    /// Creates room for `most` bytes of JSON and of MessagePack.
    pub(crate) fn of(most: usize) -> Self {
        Self(Size { json: most, packed: most })
    }

    /// Returns the room left after subtracting `size`, or `None` if there is not enough.
    pub(crate) fn without(self, size: Size) -> Option<Self> {
        let json = self.0.json.checked_sub(size.json)?;
        let packed = self.0.packed.checked_sub(size.packed)?;
        Some(Self(Size { json, packed }))
    }
}
