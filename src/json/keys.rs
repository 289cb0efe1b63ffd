//! Known keys as they appear in a message before a string: `severity":"`, or `severity\":\"` inside other JSON.
//!
//! Nearly every member of nearly every event begins with one of these. A key is found without searching for its end: a
//! perfect hash of its first eight bytes, computed at compile time, selects an entry, which is then compared word by
//! word.

use super::scan::chunk_at;

/// Known keys, with quotes written in both forms. The number of a key is its position in the list passed to
/// [`KnownKeys::new`].
pub(crate) struct KnownKeys {
    /// The keys in plain JSON.
    pub(super) plain: Keys,
    /// The keys in JSON inside a string of other JSON.
    pub(super) quoted: Keys,
}

/// The keys in one form.
pub(crate) struct Keys {
    entries: [Entry; PLACES],
    /// Maps the slot of a first word to a position in `entries`.
    lookup: [u8; LOOKUP_SIZE],
    multiplier: u64,
    /// Whether a quote is a single byte.
    is_plain: bool,
}

/// The bytes of a key from after its opening quote to past the opening quote of its value.
#[derive(Clone, Copy)]
struct Entry {
    first: u64,
    middle: [u64; 2],
    /// The last eight bytes. They include the quote before the key if the key is short.
    last: u64,
    length: u8,
    /// The position of another key with the same first word, or `NONE`.
    next: u8,
}

/// The minimum and maximum length of a key that an entry can store, in bytes.
const MIN_KEY: usize = 4;
const MAX_KEY: usize = 27;

/// The maximum number of keys. It is little more than the schema has, because each key takes 80 bytes of a module.
const PLACES: usize = 72;

const LOOKUP_SIZE: usize = 512;

const NONE: u8 = u8::MAX;

impl KnownKeys {
    /// Creates the table for keys of [`MIN_KEY`] to [`MAX_KEY`] bytes.
    pub(crate) const fn new(keys: &[&str]) -> Self {
        Self { plain: Keys::new(keys, "\""), quoted: Keys::new(keys, "\\\"") }
    }

    /// Returns the number of a key that is given without quotes.
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
    /// Finds the key at `at`, the offset after its opening quote, if its value is a string. Returns the number of the
    /// key and the offset after the opening quote of the value.
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

    /// Behaves like [`Keys::find_before_text`], among the entry at position `next` and the entries linked to it.
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

    /// Returns the first word, without its last byte if it contains the shortest key, whose entry is only seven bytes
    /// long.
    #[inline(always)]
    const fn first(&self, word: u64) -> u64 {
        let is_shortest = self.is_plain && word.to_le_bytes()[MIN_KEY] == b'"';
        if is_shortest { word & u64::MAX >> 8 } else { word }
    }

    const fn new(list: &[&str], quote: &str) -> Self {
        assert!(list.len() <= PLACES, "there are more keys than PLACES");
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

    /// Fills the lookup table for the current multiplier. Returns `false` if two different first words share a slot.
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
        assert!(MIN_KEY <= key.len() && key.len() <= MAX_KEY, "a key must have MIN_KEY to MAX_KEY bytes");
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

    /// Returns whether the bytes after the first word match as well.
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
    fn every_key_is_found_without_quotes_and_nothing_else() {
        for (number, key) in LIST.iter().enumerate() {
            let mut key = key.as_bytes().to_vec();
            assert_eq!(KNOWN.find(&key), Some(number));
            for at in 0..key.len() {
                assert_ne!(KNOWN.find(&key[..at]), Some(number));
                key[at] ^= 1;
                assert_eq!(KNOWN.find(&key), None);
                key[at] ^= 1;
            }
            for suffix in ["s", "\0", "\":\"", "\":\"x", " and much more than any key has"] {
                assert_eq!(KNOWN.find(&[&key, suffix.as_bytes()].concat()), None);
            }
        }
    }
}
