//! Where members stand in the text that they were read from, for [`crate::Places`].

use alloc::vec::Vec;

use super::place::Place;
use crate::schema::{FIELD_SLOTS, SPELLINGS};

/// A range of a text, in bytes.
pub(crate) type Range = (usize, usize);

/// Where a member's key and its value stand. A range is empty where there is no such place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) key: Range,
    pub(crate) value: Range,
}

/// The origins of an event's members.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// That of the member that is read.
    next: Origin,
    fields: Vec<Origin>,
    entries: Vec<Origin>,
    /// The event's opening brace.
    pub(crate) brace: Option<usize>,
    pub(crate) is_whole: bool,
    /// The brace in text whose escapes were resolved, if the event stands in such.
    pub(crate) resolved: Option<usize>,
}

impl Origins {
    pub(crate) fn field(&self, field: usize) -> Origin {
        self.fields.get(field).copied().unwrap_or_default()
    }

    pub(crate) fn entry(&self, entry: usize) -> Origin {
        self.entries.get(entry).copied().unwrap_or_default()
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        (self.next, self.brace, self.resolved) = (Origin::default(), None, None);
    }

    /// Notes where the next member stands.
    #[inline]
    pub(crate) fn set_next(&mut self, key: Range, value: Range) {
        self.next = Origin { key, value };
    }

    /// The same for a member with a known key, its position in [`SPELLINGS`], and `between` between that and its value.
    #[inline]
    pub(crate) fn set_known(&mut self, spelling: usize, between: &str, value: Place) {
        let key_length = SPELLINGS[spelling].key.len();
        let key_end = value.start.saturating_sub(between.len());
        self.set_next((key_end.saturating_sub(key_length), key_end), (value.start, value.end));
    }

    /// Notes that the member has become a field.
    #[inline]
    pub(crate) fn put_field(&mut self, field: usize) {
        self.fields.resize(FIELD_SLOTS, Origin::default());
        self.fields[field] = self.next;
    }

    /// Notes that it has become one without a slot.
    #[inline]
    pub(crate) fn put_entry(&mut self) {
        self.entries.push(self.next);
    }

    /// Notes that a member without a slot has moved to a position before its own.
    pub(crate) fn move_entry(&mut self, from: usize, to: usize) {
        self.entries[to] = self.entries[from];
    }

    /// Notes that the first members without a slot of another object stand before those of this one.
    pub(crate) fn put_before(&mut self, outer: &Self, count: usize) {
        self.entries.splice(0..0, outer.entries.iter().take(count).copied());
    }

    /// Notes where the event begins, and whether it is complete.
    #[inline]
    pub(crate) fn set_object(&mut self, brace: usize, is_whole: bool) {
        (self.brace, self.is_whole) = (Some(brace), is_whole);
    }

    /// Notes where the object begins in text whose escapes were resolved.
    pub(crate) fn set_resolved(&mut self, start: usize) {
        self.resolved = Some(start);
    }
}
