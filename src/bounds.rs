//! Bounds: what a message's records may take, however the message was made.
//!
//! All records of a message together have at most [`FACTOR`] times its bytes and [`ALLOWANCE`] more, as JSON and as
//! MessagePack. One record never has more: the names in its `additional_fields` are bounded, and everything else in it
//! is in the message. Several records may, because each repeats the header, so they are counted: [`Room`]. If
//! [`crate::Options::record_limit`] is set, no record has more JSON than that: [`shrink`].
//!
//! Messages of usual size and with one event are within all bounds, and nothing is measured.

mod limit;
mod packed;

use alloc::vec::Vec;

pub(crate) use limit::shrink;

use crate::encode;
use crate::fields::Collected;
use crate::json::escaped_length;
use crate::limits::{ALLOWANCE, FACTOR};

/// The most bytes that the records of a message have together, as JSON and as MessagePack.
pub(crate) fn most(message_length: usize) -> usize {
    message_length.saturating_mul(FACTOR).saturating_add(ALLOWANCE)
}

/// The length of the longest message whose records have no more than that.
pub(crate) fn longest_within(most: usize) -> usize {
    most.saturating_sub(ALLOWANCE) / FACTOR
}

/// Whether it is certain without writing it that a record has no more bytes as JSON than that.
pub(crate) fn is_within(most: usize, collected: &Collected, raw: Option<&str>) -> bool {
    /// The names of all fields, and the parts of a header.
    const FRAME: usize = 16 * 1024;
    const LONGEST_ESCAPE: usize = r"\u0001".len();
    let others = FRAME + collected.names() + collected.values();
    let raw = raw.unwrap_or_default();
    others + LONGEST_ESCAPE * raw.len() <= most || others + escaped_length(raw.as_bytes()) <= most
}

/// How many bytes of JSON `raw_message` takes, with its key.
pub(crate) fn raw_member(raw: Option<&str>) -> usize {
    const KEY: usize = r#","raw_message":"""#.len();
    raw.map_or(0, |raw| KEY + escaped_length(raw.as_bytes()))
}

/// How many bytes something has as JSON and as MessagePack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) json: usize,
    pub(crate) packed: usize,
}

impl Size {
    /// What a record grows by when its status becomes `multiple` and it gets `raw_message`.
    pub(crate) fn of_growth(raw: Option<&str>, scratch: &mut Vec<u8>) -> Self {
        const STATUS: usize = "multiple".len() - "ok".len();
        let Some(raw) = raw else { return Self { json: STATUS, packed: STATUS } };
        scratch.extend_from_slice(br#"{"raw_message":"#);
        encode::json::write_string(raw.as_bytes(), scratch);
        scratch.push(b'}');
        let Self { json, packed } = Self::taken(scratch);
        Self { json: json + STATUS, packed: packed + STATUS }
    }

    /// The size of a record whose JSON is in `scratch`, which is cleared.
    pub(crate) fn taken(scratch: &mut Vec<u8>) -> Self {
        let size = Self { json: scratch.len(), packed: packed::size(scratch) };
        scratch.clear();
        size
    }
}

/// The bytes that a message's records may still have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room(Size);

impl Room {
    /// So many bytes of each.
    pub(crate) fn of(most: usize) -> Self {
        Self(Size { json: most, packed: most })
    }

    /// What is left where something of that size is taken out. `None` where there is no room for it.
    pub(crate) fn without(self, size: Size) -> Option<Self> {
        let json = self.0.json.checked_sub(size.json)?;
        let packed = self.0.packed.checked_sub(size.packed)?;
        Some(Self(Size { json, packed }))
    }
}
