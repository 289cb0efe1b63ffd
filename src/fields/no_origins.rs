//! Replaces `origins` if the feature `places` is disabled. It stores nothing and does nothing.

use super::place::Place;

type Range = (usize, usize);

#[derive(Debug, Default)]
pub(crate) struct Origins {}

impl Origins {
    #[inline(always)]
    pub(crate) fn clear(&mut self) {}

    #[inline(always)]
    pub(crate) fn set_next(&mut self, _key: Range, _value: Range) {}

    #[inline(always)]
    pub(crate) fn set_known(&mut self, _spelling: usize, _between: &str, _value: Place) {}

    #[inline(always)]
    pub(crate) fn put_field(&mut self, _field: usize) {}

    #[inline(always)]
    pub(crate) fn put_entry(&mut self) {}

    #[inline(always)]
    pub(crate) fn move_entry(&mut self, _from: usize, _to: usize) {}

    #[inline(always)]
    pub(crate) fn put_before(&mut self, _outer: &Self, _count: usize) {}

    #[inline(always)]
    pub(crate) fn set_object(&mut self, _brace: usize, _is_whole: bool) {}

    #[inline(always)]
    pub(crate) fn set_resolved(&mut self, _start: usize) {}
}
