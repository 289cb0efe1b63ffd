//! The scan that most of the time goes into: where a run of plain text in a JSON string ends, at a quote, a backslash or a
//! control character.
//!
//! Strings of an event are mostly 8 to 40 bytes long, too short for a scan that has to be set up to pay.

/// The offset, from `at` on, of the first byte that ends a run of plain text. The text's length where there is none.
///
/// Eight bytes a step: sixteen, by vector instructions, gain nothing on strings as short as these.
#[inline]
pub(crate) fn find_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let plain = plain_length(chunk);
        at += plain;
        if plain < 8 {
            return at;
        }
    }
    while bytes.get(at).is_some_and(|byte| !is_special(*byte)) {
        at += 1;
    }
    at
}

#[inline(always)]
fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// How many bytes of plain text the chunk begins with, found in a word.
#[inline(always)]
pub(crate) fn plain_length(chunk: &[u8; 8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let word = u64::from_le_bytes(*chunk);
    // A byte's high bit comes up where the subtraction borrows: the byte was zero (after `^`) or below a blank. Bytes
    // that had the bit before, not ASCII, do not count. A borrow can make a false hit only behind a true one, and the
    // first is what counts.
    let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    let control = word.wrapping_sub(ONES * 0x20);
    let special = (quote | backslash | control) & !word & HIGHS;
    (special.trailing_zeros() / 8) as usize
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
                    assert_eq!(find_special(&text, 0), plain, "{text:?}");
                    assert_eq!(plain_length(text.first_chunk().unwrap()), plain.min(8), "{text:?}");
                    text.fill(b'a');
                }
            }
        }
    }
}
