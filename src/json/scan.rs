//! Byte searches. Most of the time is spent searching for the end of a run of plain text in a JSON string: a quote, a
//! backslash or a control character.
//!
//! Most strings in an event are 8 to 40 bytes long, too short for a search that needs setup.

/// Masks that set or test the same bit in each byte of a word.
const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Returns the offset of the first byte from `at` on that ends a run of plain text, or the length of the text if there
/// is none.
#[inline(never)]
pub(crate) fn find_special(bytes: &[u8], at: usize) -> usize {
    find::<false>(bytes, at)
}

/// Behaves like [`find_special`], but non-ASCII bytes also end the run.
#[inline(never)]
pub(crate) fn find_special_or_non_ascii(bytes: &[u8], at: usize) -> usize {
    find::<true>(bytes, at)
}

/// The inlined form of [`find_special_or_non_ascii`] if `ASCII` is true, otherwise of [`find_special`], for the loops
/// that read most bytes. Each copy takes a third of a kilobyte of a module.
///
/// It examines eight bytes per step. Sixteen, with vector instructions, gain nothing on strings this short.
#[inline(always)]
pub(super) fn find<const ASCII: bool>(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = chunk_at::<16>(bytes, at) {
        let (words, _) = chunk.as_chunks();
        let (low, high) = (specials::<ASCII>(&words[0]), specials::<ASCII>(&words[1]));
        if low != 0 {
            return at + first(low);
        }
        if high != 0 {
            return at + 8 + first(high);
        }
        at += chunk.len();
    }
    if let Some(word) = chunk_at(bytes, at) {
        let specials = specials::<ASCII>(word);
        if specials != 0 {
            return at + first(specials);
        }
        at += word.len();
    }
    let left = bytes.len().saturating_sub(at);
    if let Some(last) = bytes.last_chunk::<8>()
        && left > 0
    {
        // The bytes before `at` are shifted out. The zeros that are shifted in after the last byte count as special.
        let word = u64::from_le_bytes(*last) >> (64 - 8 * left);
        return at + first(specials::<ASCII>(&word.to_le_bytes()));
    }
    let is_end = |byte: &u8| is_special(*byte) || (ASCII && !byte.is_ascii());
    bytes.get(at..).and_then(|rest| rest.iter().position(is_end)).map_or(bytes.len(), |offset| at + offset)
}

/// Returns the offset of the first occurrence of `byte`. It is not inlined, because each copy is large.
#[inline(never)]
pub(crate) fn find_byte(bytes: &[u8], byte: u8) -> Option<usize> {
    memchr::memchr(byte, bytes)
}

/// Returns the offset of the first `A` or `B`, or the length of the text if there is neither.
#[inline(always)]
pub(crate) fn find_either<const A: u8, const B: u8>(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = chunk_at(bytes, at) {
        let word = u64::from_le_bytes(*chunk);
        // As in `specials`, a false hit can only follow a true one.
        let hits = (word ^ (ONES * A as u64)).wrapping_sub(ONES) | (word ^ (ONES * B as u64)).wrapping_sub(ONES);
        let hits = hits & !word & HIGHS;
        if hits != 0 {
            return at + first(hits);
        }
        at += chunk.len();
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| *byte == A || *byte == B).unwrap_or(rest.len())
}

/// Returns the `N` bytes from `at` on. Written this way, it needs fewer checks than the alternatives.
#[inline(always)]
pub(crate) fn chunk_at<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    let last = bytes.len().checked_sub(N)?;
    if at <= last { bytes[at..at + N].first_chunk() } else { None }
}

#[inline(always)]
fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Returns the number of plain text bytes at the start of the chunk.
#[inline(always)]
pub(crate) fn plain_length(chunk: &[u8; 8]) -> usize {
    first(specials::<false>(chunk))
}

/// Returns a word with the high bit set in each byte of the chunk that ends a run of plain text. Only the lowest set
/// bit is reliable.
#[inline(always)]
fn specials<const ASCII: bool>(chunk: &[u8; 8]) -> u64 {
    let word = u64::from_le_bytes(*chunk);
    // Flipping the second bit turns a quote into a space and leaves the control characters below a space.
    let (quote_or_control, backslash) = (word ^ (ONES * 0x02), word ^ (ONES * b'\\' as u64));
    if ASCII {
        // For a plain byte, both additions set the high bit. For a special ASCII byte, one of the two sums does not
        // reach it. For a non-ASCII byte, one of the two sums overflows and clears it. A carry can therefore only
        // falsify bytes after a special one.
        let plain = quote_or_control.wrapping_add(ONES * (0x80 - 0x21)) & backslash.wrapping_add(ONES * (0x80 - 0x01));
        (plain & HIGHS) ^ HIGHS
    } else {
        // A subtraction that borrows sets the byte's high bit. Bytes that had the bit before are masked out. A borrow
        // can only cause a false hit after a true one.
        (quote_or_control.wrapping_sub(ONES * 0x21) | backslash.wrapping_sub(ONES)) & !word & HIGHS
    }
}

/// Returns the index of the byte with the lowest set bit, or 8 if no bit is set.
#[inline(always)]
fn first(specials: u64) -> usize {
    (specials.trailing_zeros() / 8) as usize
}

/// Returns the offset of the first byte from `at` on that is not whitespace (RFC 8259, section 2).
#[inline(always)]
pub(crate) fn skip_whitespace(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_bytewise_search_finds() {
        let mut text = [b'a'; 40];
        for special in 0..=u8::MAX {
            for at in 0..text.len() {
                for neighbour in [b'a', b'!', b'#', b'[', b']', 0x1F, 0x20, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                    text[at] = special;
                    text[(at + 1) % text.len()] = neighbour;
                    let plain = text.iter().position(|byte| is_special(*byte)).unwrap_or(text.len());
                    assert_eq!(plain_length(text.first_chunk().unwrap()), plain.min(8), "{text:?}");
                    let ascii =
                        text.iter().position(|byte| is_special(*byte) || !byte.is_ascii()).unwrap_or(text.len());
                    for length in 0..=text.len() {
                        assert_eq!(find_special(&text[..length], 0), plain.min(length), "{text:?}");
                        assert_eq!(find_special_or_non_ascii(&text[..length], 0), ascii.min(length), "{text:?}");
                    }
                    text.fill(b'a');
                }
            }
        }
    }
}
