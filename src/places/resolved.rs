//! The way back from text whose escapes were resolved.

use alloc::vec::Vec;
use core::ops::Range;

use crate::json::{escape_lengths, find_byte};

/// Text whose escapes were resolved, by the places where its length differs from that with them.
#[derive(Debug)]
pub(super) struct Resolved {
    /// Offsets behind escapes, in the resolved text and in that with them. The first are those of the beginning.
    known: Vec<(usize, usize)>,
}

impl Resolved {
    /// The range `resolved` of a text that `range` of another one was resolved to, or the beginning of that.
    pub(super) fn new(text: &[u8], range: Range<usize>, resolved: Range<usize>) -> Self {
        let mut known = Vec::new();
        let (mut at, mut made) = (range.start, resolved.start);
        known.push((made, at));
        let text = text.get(..range.end).unwrap_or_default();
        while made < resolved.end
            && let Some(backslash) = find_byte(text.get(at..).unwrap_or_default(), b'\\')
        {
            let (length, written) = escape_lengths(&text[at + backslash..]);
            (at, made) = (at + backslash + length, made + backslash + written);
            known.push((made, at));
        }
        Self { known }
    }

    /// The offset in the text with escapes.
    pub(super) fn back(&self, offset: usize) -> usize {
        let behind = self.known.partition_point(|(made, _)| *made <= offset);
        let (made, at) = self.known[behind.saturating_sub(1)];
        at + offset.saturating_sub(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_go_back_behind_each_escape() {
        let text = r#"x{\"a\":\"\u00e9\\n\q\"} "#;
        let resolved = Resolved::new(text.as_bytes(), 1..text.len(), 10..100);
        let made = "{\"a\":\"é\\n\\q\"} ";
        let back = |part: &str| resolved.back(10 + made.find(part).unwrap());
        assert_eq!([back("a"), back("é"), back("\\n"), back("\\q"), back("}"), back(" ")], [4, 10, 16, 19, 23, 24]);
    }
}
