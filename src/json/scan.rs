//! The scan that most of the time goes into: where a run of plain text in a JSON string ends, at a quote, a backslash or a
//! control character.
//!
//! Strings of an event are mostly 8 to 40 bytes long, too short for a scan that needs preparation.

/// A byte of a word, in all of them.
const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// The offset, from `at` on, of the first byte that ends a run of plain text. The text's length where there is none.
#[inline(never)]
pub(crate) fn find_special(bytes: &[u8], at: usize) -> usize {
    find::<false>(bytes, at)
}

/// The same, where everything that is not ASCII ends the run too.
#[inline(never)]
pub(crate) fn find_special_or_non_ascii(bytes: &[u8], at: usize) -> usize {
    find::<true>(bytes, at)
}

/// Either of the two, for the loops that most bytes go through: each copy is a third of a kilobyte of a module.
///
/// Eight bytes a step: sixteen, by vector instructions, gain nothing on strings as short as these.
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
        // The bytes before are shifted out, and what comes in behind the last one is special.
        let word = u64::from_le_bytes(*last) >> (64 - 8 * left);
        return at + first(specials::<ASCII>(&word.to_le_bytes()));
    }
    let is_end = |byte: &u8| is_special(*byte) || (ASCII && !byte.is_ascii());
    bytes.get(at..).and_then(|rest| rest.iter().position(is_end)).map_or(bytes.len(), |offset| at + offset)
}

/// The offset of the first such byte. One for all, as each copy is as large.
#[inline(never)]
pub(crate) fn find_byte(bytes: &[u8], byte: u8) -> Option<usize> {
    memchr::memchr(byte, bytes)
}

/// The offset of the first `A` or `B`. The text's length where there is neither.
#[inline(always)]
pub(crate) fn find_either<const A: u8, const B: u8>(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = chunk_at(bytes, at) {
        let word = u64::from_le_bytes(*chunk);
        // As below: a false hit is only behind a true one.
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

/// The `N` bytes from `at` on. Other ways to get them check more.
#[inline(always)]
pub(crate) fn chunk_at<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    let last = bytes.len().checked_sub(N)?;
    if at <= last { bytes[at..at + N].first_chunk() } else { None }
}

#[inline(always)]
fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// How many bytes of plain text the chunk begins with.
#[inline(always)]
pub(crate) fn plain_length(chunk: &[u8; 8]) -> usize {
    first(specials::<false>(chunk))
}

/// The bytes of the chunk that end a run of plain text, by their high bits. Only the first bit is to be trusted.
#[inline(always)]
fn specials<const ASCII: bool>(chunk: &[u8; 8]) -> u64 {
    let word = u64::from_le_bytes(*chunk);
    // To change the second bit makes a quote a space and leaves the control characters below it.
    let (quote_or_control, backslash) = (word ^ (ONES * 0x02), word ^ (ONES * b'\\' as u64));
    if ASCII {
        // A byte's high bit stays down where the sum does not reach it, and where it had the bit and the sum carries: one
        // of the two does. A carry can make a difference only behind such a byte.
        let plain = quote_or_control.wrapping_add(ONES * (0x80 - 0x21)) & backslash.wrapping_add(ONES * (0x80 - 0x01));
        (plain & HIGHS) ^ HIGHS
    } else {
        // A byte's high bit comes up where the subtraction borrows, and bytes that had it before do not count. A borrow can
        // make a false hit only behind a true one.
        (quote_or_control.wrapping_sub(ONES * 0x21) | backslash.wrapping_sub(ONES)) & !word & HIGHS
    }
}

/// The byte of the lowest bit: 8 if there is none.
#[inline(always)]
fn first(specials: u64) -> usize {
    (specials.trailing_zeros() / 8) as usize
}

/// The offset of what is not white space (RFC 8259, section 2).
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
    fn finds_what_a_byte_for_byte_search_finds() {
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
