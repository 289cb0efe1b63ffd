//! Known keys as they stand in a message before text: `severity":"`, or `severity\":\"` inside of other JSON.
//!
//! Nearly every member of nearly every event begins with one of these. It is found without looking for the key's end: by
//! a perfect hash, made by the compiler, of its first eight bytes, and then compared by words.

use super::scan::chunk_at;

/// Known keys in both ways to write quotes. A key's number is its position in the list that they were made of.
pub(crate) struct KnownKeys {
    /// In JSON.
    pub(super) plain: Keys,
    /// In JSON inside a string of other JSON.
    pub(super) quoted: Keys,
}

/// The keys in one of the ways.
pub(crate) struct Keys {
    entries: [Entry; PLACES],
    /// Slot of a first word to its position in `entries`.
    lookup: [u8; LOOKUP_SIZE],
    multiplier: u64,
    /// Whether a quote is one byte.
    is_plain: bool,
}

/// A key from behind its opening quote to past the opening quote of its value.
#[derive(Clone, Copy)]
struct Entry {
    first: u64,
    middle: [u64; 2],
    /// The last eight bytes, the quote before the key counted in.
    last: u64,
    length: u8,
    /// The position of another key with the same first word, or `NONE`.
    next: u8,
}

/// The shortest key that a entry can be made of, and the longest.
const MIN_KEY: usize = 4;
const MAX_KEY: usize = 27;

/// The most keys. Each takes 80 bytes of a module, so there are not many more than the schema has.
const PLACES: usize = 72;

const LOOKUP_SIZE: usize = 512;

const NONE: u8 = u8::MAX;

impl KnownKeys {
    /// Keys of [`MIN_KEY`] to [`MAX_KEY`] bytes.
    pub(crate) const fn new(keys: &[&str]) -> Self {
        Self { plain: Keys::new(keys, "\""), quoted: Keys::new(keys, "\\\"") }
    }

    /// A key by itself.
    #[inline(never)]
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        let mut text = [0; 1 + MAX_KEY + 3];
        let (quote, rest) = text.split_first_mut()?;
        let (middle, rest) = rest.split_at_mut_checked(key.len())?;
        *quote = b'"';
        middle.copy_from_slice(key);
        *rest.first_chunk_mut()? = *b"\":\"";
        let (found, value) = self.plain.find_before_text(&text, 1)?;
        (value == 1 + key.len() + 3).then_some(found)
    }
}

impl Keys {
    /// The key at `at`, behind its opening quote, if text is its value, and the offset of the text.
    #[inline(always)]
    pub(crate) fn find_before_text(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let first = self.first(u64::from_le_bytes(*chunk_at(text, at)?));
        let known = usize::from(self.lookup[slot(first, self.multiplier)]);
        let entry = self.entries.get(known)?;
        if entry.first == first && entry.rest_is_at(text, at) {
            return Some((known, at + usize::from(entry.length)));
        }
        self.find_next(entry.next, first, text, at)
    }

    /// The same among the entry at a position and those that follow it.
    #[inline(never)]
    fn find_next(&self, mut next: u8, first: u64, text: &[u8], at: usize) -> Option<(usize, usize)> {
        while let Some(entry) = self.entries.get(usize::from(next)) {
            if entry.first == first && entry.rest_is_at(text, at) {
                return Some((usize::from(next), at + usize::from(entry.length)));
            }
            next = entry.next;
        }
        None
    }

    /// The first word without the byte that does not belong to the shortest entry.
    #[inline(always)]
    const fn first(&self, word: u64) -> u64 {
        let is_shortest = self.is_plain && word.to_le_bytes()[MIN_KEY] == b'"';
        if is_shortest { word & u64::MAX >> 8 } else { word }
    }

    const fn new(list: &[&str], quote: &str) -> Self {
        assert!(list.len() <= PLACES, "there is a place for each key");
        let empty = Entry { first: 0, middle: [0; 2], last: 0, length: 0, next: NONE };
        let mut keys = Self {
            entries: [empty; PLACES],
            lookup: [0; LOOKUP_SIZE],
            multiplier: 0x9E37_79B9_7F4A_7C15,
            is_plain: quote.len() == 1,
        };
        let mut at = 0;
        while at < list.len() {
            keys.entries[at] = Entry::new(list[at], quote);
            keys.entries[at].first = keys.first(keys.entries[at].first);
            at += 1;
        }
        while !keys.fill(list.len()) {
            keys.multiplier =
                keys.multiplier.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F) | 1;
        }
        keys
    }

    /// Fills the table for the multiplier, or tells that two first words share a slot.
    const fn fill(&mut self, count: usize) -> bool {
        let mut taken = [false; LOOKUP_SIZE];
        self.lookup = [0; LOOKUP_SIZE];
        let mut at = count;
        while at > 0 {
            at -= 1;
            let slot = slot(self.entries[at].first, self.multiplier);
            let next = self.lookup[slot];
            if taken[slot] && self.entries[next as usize].first != self.entries[at].first {
                return false;
            }
            self.entries[at].next = if taken[slot] { next } else { NONE };
            self.lookup[slot] = at as u8;
            taken[slot] = true;
        }
        true
    }
}

impl Entry {
    const fn new(key: &str, quote: &str) -> Self {
        assert!(MIN_KEY <= key.len() && key.len() <= MAX_KEY, "an entry has room for keys of these lengths");
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

    const LIST: &[&str] =
        &["user", "event_type", "event", "event_typo", "severity_score", "severity", "computer_severity_score"];
    static KNOWN: KnownKeys = KnownKeys::new(LIST);

    #[test]
    fn every_key_is_found_before_text_and_nothing_else() {
        for (quote, keys) in [("\"", &KNOWN.plain), ("\\\"", &KNOWN.quoted)] {
            for (number, key) in LIST.iter().enumerate() {
                let entry = format!("{}{quote}:{quote}", key);
                let mut text = format!("{quote}{entry}").into_bytes();
                let end = text.len();
                let padded = |text: &[u8]| keys.find_before_text(&[text, b"value and more"].concat(), quote.len());
                assert_eq!(padded(&text), Some((number, end)), "{entry}");
                assert_eq!(keys.find_before_text(&text, quote.len()), Some((number, end)).filter(|_| entry.len() > 7));
                for at in quote.len()..end {
                    assert_eq!(keys.find_before_text(&text[..at], quote.len()), None, "{entry}");
                    text[at] ^= 1;
                    assert_eq!(padded(&text), None, "{entry}");
                    text[at] ^= 1;
                }
            }
        }
    }

    #[test]
    fn every_key_is_found_by_itself_and_nothing_else() {
        for (number, key) in LIST.iter().enumerate() {
            let mut key = key.as_bytes().to_vec();
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
