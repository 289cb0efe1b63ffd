//! Maps offsets in unescaped text back to the original text.

use alloc::vec::Vec;
use core::ops::Range;

use crate::json::{escape_lengths, find_byte};

/// A map of the offsets of an unescaped text to those of the original text.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The offsets after each escape, in the unescaped and in the original text. The first entry has the offsets of the
    /// beginning.
    known: Vec<(usize, usize)>,
}

impl Resolved {
    /// Creates the map for `range` of `text`, which was unescaped to the range `resolved` of another text. That range
    /// may be only the beginning of the result.
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

    /// Returns the offset in the original text.
    pub(super) fn back(&self, offset: usize) -> usize {
        let after = self.known.partition_point(|(made, _)| *made <= offset);
        let (made, at) = self.known[after.saturating_sub(1)];
        at + offset.saturating_sub(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_mapped_back_after_each_escape() {
        let text = r#"x{\"a\":\"\u00e9\\n\q\"} "#;
        let resolved = Resolved::new(text.as_bytes(), 1..text.len(), 10..100);
        let made = "{\"a\":\"é\\n\\q\"} ";
        let back = |part: &str| resolved.back(10 + made.find(part).unwrap());
        assert_eq!([back("a"), back("é"), back("\\n"), back("\\q"), back("}"), back(" ")], [4, 10, 16, 19, 23, 24]);
    }
}
