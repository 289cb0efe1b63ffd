//! A stable sort of positions.

use alloc::vec::Vec;

/// Returns whether the item at the first position is less than the item at the second.
pub(crate) type IsLess<'l> = &'l mut dyn FnMut(usize, usize) -> bool;

/// Sorts by merging the existing runs. The standard library's sort is faster, but makes up a tenth of a module that
/// contains it.
#[inline(never)]
pub(super) fn merge_sort(items: &mut Vec<usize>, merged: &mut Vec<usize>, is_less: IsLess<'_>) {
    loop {
        merged.clear();
        let (mut start, mut runs) = (0, 0);
        while start < items.len() {
            let middle = run_end(items, start, is_less);
            let end = if middle < items.len() { run_end(items, middle, is_less) } else { middle };
            let (mut left, mut right) = (start, middle);
            while left < middle || right < end {
                let takes_left = right == end || (left < middle && !is_less(items[right], items[left]));
                let from = if takes_left { &mut left } else { &mut right };
                merged.push(items[*from]);
                *from += 1;
            }
            start = end;
            runs += 1;
        }
        core::mem::swap(items, merged);
        if runs < 2 {
            return;
        }
    }
}

/// Returns the end of the run that begins at `start`.
fn run_end(items: &[usize], start: usize, is_less: IsLess<'_>) -> usize {
    let mut end = start + 1;
    while end < items.len() && !is_less(items[end], items[end - 1]) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_like_the_standard_library() {
        let mut random = 1_u64;
        for length in 0..200 {
            let mut items: Vec<usize> = (0..length)
                .map(|_| {
                    random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
                    (random >> 58) as usize
                })
                .collect();
            let mut sorted = items.clone();
            sorted.sort_unstable();
            merge_sort(&mut items, &mut Vec::new(), &mut |a, b| a < b);
            assert_eq!(items, sorted);
        }
    }
}
