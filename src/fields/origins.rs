//! Records where members are in the text that they were read from, for [`crate::Places`].

use alloc::vec::Vec;

use super::place::Place;
use crate::schema::{FIELD_SLOTS, SPELLINGS};

/// A byte range in a text.
pub(crate) type Range = (usize, usize);

/// The ranges of a member's key and value. A range is empty if the text does not contain that part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) key: Range,
    pub(crate) value: Range,
}

/// The origins of an event's members.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// The origin of the member being read.
    next: Origin,
    fields: Vec<Origin>,
    entries: Vec<Origin>,
    /// The offset of the event's opening brace.
    pub(crate) brace: Option<usize>,
    pub(crate) is_whole: bool,
    /// The offset of the opening brace in the unescaped text, if the event was read from that.
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

    /// Records the origin of the next member.
    #[inline]
    pub(crate) fn set_next(&mut self, key: Range, value: Range) {
        self.next = Origin { key, value };
    }

    /// Behaves like [`Origins::set_next`], for a member with a known key. `spelling` is the key's position in
    /// [`SPELLINGS`], and `between` is the text between key and value.
    #[inline]
    pub(crate) fn set_known(&mut self, spelling: usize, between: &str, value: Place) {
        let key_length = SPELLINGS[spelling].key.len();
        let key_end = value.start.saturating_sub(between.len());
        self.set_next((key_end.saturating_sub(key_length), key_end), (value.start, value.end));
    }

    /// Records that the member has become a field.
    #[inline]
    pub(crate) fn put_field(&mut self, field: usize) {
        self.fields.resize(FIELD_SLOTS, Origin::default());
        self.fields[field] = self.next;
    }

    /// Records that the member has become an entry, a member without a slot.
    #[inline]
    pub(crate) fn put_entry(&mut self) {
        self.entries.push(self.next);
    }

    /// Records that an entry has moved to an earlier position.
    pub(crate) fn move_entry(&mut self, from: usize, to: usize) {
        self.entries[to] = self.entries[from];
    }

    /// Records that the first `count` entries of another object have been inserted before this object's entries.
    pub(crate) fn put_before(&mut self, outer: &Self, count: usize) {
        self.entries.splice(0..0, outer.entries.iter().take(count).copied());
    }

    /// Records where the event begins, and whether it is complete.
    #[inline]
    pub(crate) fn set_object(&mut self, brace: usize, is_whole: bool) {
        (self.brace, self.is_whole) = (Some(brace), is_whole);
    }

    /// Records where the object begins in the unescaped text.
    pub(crate) fn set_resolved(&mut self, start: usize) {
        self.resolved = Some(start);
    }
}
