//! UUIDs as ESET writes them, told by words.

/// Whether the text is hexadecimal digits in groups of 8, 4, 4, 4 and 12, with `-` between them.
#[inline]
pub(super) fn is_guid(text: &[u8]) -> bool {
    const DIGITS: Form = Form::new(b"00000000");
    const BEFORE: Form = Form::new(b"-0000-00");
    const BEHIND: Form = Form::new(b"00-0000-");
    let Ok(text) = <&[u8; 36]>::try_from(text) else { return false };
    let (words, _) = text.as_chunks();
    let last = text.last_chunk().unwrap_or(&[0; 8]);
    let no_digits = DIGITS.no_digits(&words[0])
        | BEFORE.no_digits(&words[1])
        | BEHIND.no_digits(&words[2])
        | DIGITS.no_digits(&words[3])
        | DIGITS.no_digits(last);
    no_digits & each(0x80) == 0 && BEFORE.has_hyphens(&words[1]) && BEHIND.has_hyphens(&words[2])
}

/// Eight bytes of a UUID: its `-`, and zeros for the digits.
struct Form {
    word: u64,
    /// All bits of each `-`.
    hyphens: u64,
}

/// A byte in each of a word's places.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Form {
    const fn new(form: &[u8; 8]) -> Self {
        let (mut hyphens, mut at) = (0, 0);
        while at < form.len() {
            if form[at] == b'-' {
                hyphens |= 0xFF << (8 * at);
            }
            at += 1;
        }
        Self { word: u64::from_le_bytes(*form), hyphens }
    }

    /// The bytes that are no digits, by their high bits; a `-` in its place is one.
    #[inline(always)]
    fn no_digits(&self, bytes: &[u8; 8]) -> u64 {
        let word = u64::from_le_bytes(*bytes);
        // These bring the high bit up in bytes of more than `9`, from `a` on, and behind `f`, letters being small ones. Bytes
        // beyond ASCII have it before.
        let values = word ^ self.word;
        let small = word | each(0x20);
        let no_decimals = values.wrapping_add(each(0x80 - 10));
        let letters = small.wrapping_add(each(0x80 - b'a')) & !small.wrapping_add(each(0x80 - b'g'));
        no_decimals & !letters | word
    }

    #[inline(always)]
    fn has_hyphens(&self, bytes: &[u8; 8]) -> bool {
        (u64::from_le_bytes(*bytes) ^ self.word) & self.hyphens == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts() {
        let mut text = *b"0fE1d2c3-B4a5-6978-8796-a5b4c3d2e1F0";
        assert!(is_guid(&text));
        assert!(!is_guid(&text[1..]) && !is_guid(&[&text[..], b"0"].concat()) && !is_guid(b""));
        for at in 0..text.len() {
            let given = text[at];
            for byte in 0..=u8::MAX {
                for neighbour in [None, Some(0x00), Some(0x7F), Some(0x80), Some(0xFF)] {
                    let mut text = text;
                    text[at] = byte;
                    if let Some(neighbour) = neighbour {
                        text[(at + 1) % 36] = neighbour;
                    }
                    let fits = if given == b'-' { byte == b'-' } else { byte.is_ascii_hexdigit() };
                    assert_eq!(is_guid(&text), fits && neighbour.is_none(), "{at} {byte} {neighbour:?}");
                }
            }
        }
        text.make_ascii_uppercase();
        assert!(is_guid(&text));
    }
}
