//! Sets of fields.

use crate::schema::{FIELD_SLOTS, Kind, SPELLINGS, Spelling};

/// A set of the schema's fields, with a bit for each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FieldSet([u64; WORDS]);

const WORDS: usize = FIELD_SLOTS / 64;

/// Returns the index of the word with a field's bit.
#[inline(always)]
const fn word(field: usize) -> usize {
    if WORDS == 1 { 0 } else { field / 64 }
}

impl FieldSet {
    /// The fields whose values are text.
    pub(super) const TEXTS: Self = Self::of(false);
    /// The text fields whose values are UUIDs.
    pub(super) const GUIDS: Self = Self::of(true);

    const fn of(are_guids: bool) -> Self {
        let (mut fields, mut at) = ([0; WORDS], 0);
        while at < SPELLINGS.len() {
            let Spelling { field, kind, is_text, .. } = SPELLINGS[at];
            let belongs = is_text && (!are_guids || matches!(kind, Kind::Guid));
            fields[word(field as usize)] |= (belongs as u64) << (field % 64);
            at += 1;
        }
        Self(fields)
    }

    pub(super) fn and(self, others: Self) -> Self {
        Self(core::array::from_fn(|at| self.0[at] & others.0[at]))
    }

    #[inline(always)]
    pub(super) fn insert(&mut self, field: usize) {
        self.0[word(field)] |= 1 << (field % 64);
    }

    pub(super) fn remove(&mut self, field: usize) {
        self.0[word(field)] &= !(1 << (field % 64));
    }

    pub(super) fn contains(self, field: usize) -> bool {
        self.0[word(field)] >> (field % 64) & 1 == 1
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == [0; WORDS]
    }

    pub(super) fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn without(self, others: Self) -> Self {
        Self(core::array::from_fn(|at| self.0[at] & !others.0[at]))
    }

    /// Iterates over the fields in ascending order.
    #[inline(always)]
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        let (mut left, mut at) = (self.0, 0);
        core::iter::from_fn(move || {
            while left[at] == 0 {
                at += 1;
                if at == WORDS {
                    at = 0;
                    return None;
                }
            }
            let field = at * 64 + left[at].trailing_zeros() as usize;
            left[at] &= left[at] - 1;
            Some(field)
        })
    }
}
