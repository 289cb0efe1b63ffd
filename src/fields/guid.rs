//! Recognises UUIDs as ESET writes them, eight bytes at a time.

/// Returns whether the text is hexadecimal digits in groups of 8, 4, 4, 4 and 12, separated by `-`.
#[inline(never)]
pub(super) fn is_guid(text: &[u8]) -> bool {
    const DIGITS: Form = Form::new(b"00000000");
    const BEFORE: Form = Form::new(b"-0000-00");
    const AFTER: Form = Form::new(b"00-0000-");
    let Ok(text) = <&[u8; 36]>::try_from(text) else { return false };
    let (words, _) = text.as_chunks();
    let last = text.last_chunk().unwrap_or(&[0; 8]);
    let misfits = DIGITS.misfits(&words[0])
        | BEFORE.misfits(&words[1])
        | AFTER.misfits(&words[2])
        | DIGITS.misfits(&words[3])
        | DIGITS.misfits(last);
    misfits & each(0x80) == 0
}

/// The form of eight bytes of a UUID: `-` where one is due, and a zero for each digit.
struct Form {
    word: u64,
    /// Adding this sets the high bit of each byte that is not a decimal digit, or not the `-` that is due.
    not_decimal: u64,
    /// Subtracting from this sets the high bit of each byte that is below `a`, or where a `-` is due.
    not_letter: u64,
}

/// Repeats a byte in all eight bytes of a word.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Form {
    const fn new(form: &[u8; 8]) -> Self {
        let (mut not_decimal, mut not_letter) = ([0x80 - 10; 8], [0x80 | (b'a' - 1); 8]);
        let mut at = 0;
        while at < form.len() {
            if form[at] == b'-' {
                (not_decimal[at], not_letter[at]) = (0x80 - 1, 0xFF);
            }
            at += 1;
        }
        Self {
            word: u64::from_le_bytes(*form),
            not_decimal: u64::from_le_bytes(not_decimal),
            not_letter: u64::from_le_bytes(not_letter),
        }
    }

    /// Returns a word in which the high bit of a byte is set if the byte does not fit. Bytes beyond ASCII have it set
    /// from the start. Only they cause carries, so a carry cannot change whether the text is a UUID.
    #[inline(always)]
    fn misfits(&self, bytes: &[u8; 8]) -> u64 {
        let word = u64::from_le_bytes(*bytes);
        let small = word | each(0x20);
        let not_decimals = (word ^ self.word).wrapping_add(self.not_decimal);
        let not_letters = self.not_letter.wrapping_sub(small) | small.wrapping_add(each(0x80 - b'g'));
        not_decimals & not_letters | word
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
