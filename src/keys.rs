//! The schema's keys as they stand in a message before text: `severity":"`, or `severity\":\"` inside of other JSON.
//!
//! Nearly every member of nearly every event begins with one of these. It is found without looking for the key's end: by
//! a perfect hash, made by the compiler, of its first eight bytes, and then compared by words.

use crate::scan::chunk_at;
use crate::schema::{SPELLING_COUNT, SPELLINGS};

/// The keys in both ways to write quotes. A key's number is its position in [`SPELLINGS`].
pub(crate) struct KnownKeys {
    /// In JSON.
    pub(crate) plain: Keys,
    /// In JSON inside a string of other JSON.
    pub(crate) quoted: Keys,
}

/// The schema's.
pub(crate) static KNOWN: KnownKeys = KnownKeys { plain: Keys::new("\""), quoted: Keys::new("\\\"") };

/// The keys in one of the ways.
pub(crate) struct Keys {
    literals: [Literal; PLACES],
    /// Slot of a first word to its position in `literals`.
    lookup: [u8; LOOKUP_SIZE],
    multiplier: u64,
    /// Whether a quote is one byte.
    is_plain: bool,
}

/// A key from behind its opening quote to past the opening quote of its value.
#[derive(Clone, Copy)]
struct Literal {
    first: u64,
    middle: [u64; 2],
    /// The last eight bytes, the quote before the key counted in.
    last: u64,
    length: u8,
    /// The position of another key with the same first word, or `NONE`.
    next: u8,
}

/// The shortest key that a literal can be made of, and the longest.
const MIN_KEY: usize = 4;
const MAX_KEY: usize = 27;

/// A power of two, so that a remainder is a place at no cost.
const PLACES: usize = SPELLING_COUNT.next_power_of_two();

const LOOKUP_SIZE: usize = 512;

const NONE: u8 = u8::MAX;

impl KnownKeys {
    /// A key by itself.
    #[inline(never)]
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        let mut text = [0; 1 + MAX_KEY + 3];
        let (quote, rest) = text.split_first_mut()?;
        let (middle, rest) = rest.split_at_mut_checked(key.len())?;
        *quote = b'"';
        middle.copy_from_slice(key);
        *rest.first_chunk_mut()? = *b"\":\"";
        let (found, _) = self.plain.find_before_text(&text, 1)?;
        (SPELLINGS[found].key.len() == key.len()).then_some(found)
    }
}

impl Keys {
    /// The key at `at`, behind its opening quote, if text is its value, and the offset of the text.
    #[inline(always)]
    pub(crate) fn find_before_text(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let first = self.first(u64::from_le_bytes(*chunk_at(text, at)?));
        let known = usize::from(self.lookup[slot(first, self.multiplier)]) % PLACES;
        let literal = &self.literals[known];
        if literal.first == first && literal.rest_is_at(text, at) {
            return Some((known, at + usize::from(literal.length)));
        }
        self.find_next(literal.next, first, text, at)
    }

    /// The same among the literal at a position and those that follow it.
    #[inline(never)]
    fn find_next(&self, mut next: u8, first: u64, text: &[u8], at: usize) -> Option<(usize, usize)> {
        while let Some(literal) = self.literals.get(usize::from(next)) {
            if literal.first == first && literal.rest_is_at(text, at) {
                return Some((usize::from(next), at + usize::from(literal.length)));
            }
            next = literal.next;
        }
        None
    }

    /// The first word without the byte that does not belong to the shortest literal.
    #[inline(always)]
    const fn first(&self, word: u64) -> u64 {
        let is_shortest = self.is_plain && word.to_le_bytes()[MIN_KEY] == b'"';
        if is_shortest { word & u64::MAX >> 8 } else { word }
    }

    const fn new(quote: &str) -> Self {
        let empty = Literal { first: 0, middle: [0; 2], last: 0, length: 0, next: NONE };
        let mut keys = Self {
            literals: [empty; PLACES],
            lookup: [0; LOOKUP_SIZE],
            multiplier: 0x9E37_79B9_7F4A_7C15,
            is_plain: quote.len() == 1,
        };
        let mut at = 0;
        while at < SPELLING_COUNT {
            keys.literals[at] = Literal::new(SPELLINGS[at].key, quote);
            keys.literals[at].first = keys.first(keys.literals[at].first);
            at += 1;
        }
        while !keys.fill() {
            keys.multiplier =
                keys.multiplier.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F) | 1;
        }
        keys
    }

    /// Fills the table for the multiplier, or tells that two first words share a slot.
    const fn fill(&mut self) -> bool {
        let mut taken = [false; LOOKUP_SIZE];
        self.lookup = [0; LOOKUP_SIZE];
        let mut at = SPELLING_COUNT;
        while at > 0 {
            at -= 1;
            let slot = slot(self.literals[at].first, self.multiplier);
            let next = self.lookup[slot];
            if taken[slot] && self.literals[next as usize].first != self.literals[at].first {
                return false;
            }
            self.literals[at].next = if taken[slot] { next } else { NONE };
            self.lookup[slot] = at as u8;
            taken[slot] = true;
        }
        true
    }
}

impl Literal {
    const fn new(key: &str, quote: &str) -> Self {
        assert!(MIN_KEY <= key.len() && key.len() <= MAX_KEY, "a literal has room for keys of these lengths");
        let mut bytes = [[0; 8]; 5];
        let parts = [quote, key, quote, ":", quote];
        let (mut part, mut length) = (0, 0);
        while part < parts.len() {
            let mut at = 0;
            while at < parts[part].len() {
                bytes[length / 8][length % 8] = parts[part].as_bytes()[at];
                length += 1;
                at += 1;
            }
            part += 1;
        }
        let bytes = bytes.as_flattened();
        let first = quote.len();
        Self {
            first: word(bytes, first),
            middle: [word(bytes, first + 8), word(bytes, first + 16)],
            last: word(bytes, length - 8),
            length: (length - first) as u8,
            next: NONE,
        }
    }

    /// Whether what follows the first word is there too.
    #[inline(always)]
    fn rest_is_at(&self, text: &[u8], at: usize) -> bool {
        let is_at = |word: u64, at: usize| chunk_at(text, at).is_some_and(|text| u64::from_le_bytes(*text) == word);
        is_at(self.last, at + usize::from(self.length) - 8)
            && match self.length {
                0..=16 => true,
                17..=24 => is_at(self.middle[0], at + 8),
                _ => is_at(self.middle[0], at + 8) && is_at(self.middle[1], at + 16),
            }
    }
}

const fn word(bytes: &[u8], at: usize) -> u64 {
    match bytes.split_at(at).1.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => unreachable!(),
    }
}

#[inline(always)]
const fn slot(first: u64, multiplier: u64) -> usize {
    (first.wrapping_mul(multiplier) >> (u64::BITS - LOOKUP_SIZE.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_before_text_and_nothing_else() {
        for (quote, keys) in [("\"", &KNOWN.plain), ("\\\"", &KNOWN.quoted)] {
            for (number, spelling) in SPELLINGS.iter().enumerate() {
                let literal = format!("{}{quote}:{quote}", spelling.key);
                let mut text = format!("{quote}{literal}").into_bytes();
                let end = text.len();
                let padded = |text: &[u8]| keys.find_before_text(&[text, b"value and more"].concat(), quote.len());
                assert_eq!(padded(&text), Some((number, end)), "{literal}");
                assert_eq!(
                    keys.find_before_text(&text, quote.len()),
                    Some((number, end)).filter(|_| literal.len() > 7)
                );
                for at in quote.len()..end {
                    assert_eq!(keys.find_before_text(&text[..at], quote.len()), None, "{literal}");
                    text[at] ^= 1;
                    assert_eq!(padded(&text), None, "{literal}");
                    text[at] ^= 1;
                }
            }
        }
    }

    #[test]
    fn every_key_is_found_by_itself_and_nothing_else() {
        for (number, spelling) in SPELLINGS.iter().enumerate() {
            let mut key = spelling.key.as_bytes().to_vec();
            assert_eq!(KNOWN.find(&key), Some(number));
            for at in 0..key.len() {
                assert_ne!(KNOWN.find(&key[..at]), Some(number));
                key[at] ^= 1;
                assert_eq!(KNOWN.find(&key), None);
                key[at] ^= 1;
            }
            for behind in ["s", "\0", "\":\"", "\":\"x", " and much more than any key has"] {
                assert_eq!(KNOWN.find(&[&key, behind.as_bytes()].concat()), None);
            }
        }
    }
}
