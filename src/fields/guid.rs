//! UUIDs as ESET writes them, recognised word by word.

/// Whether the text is hexadecimal digits in groups of 8, 4, 4, 4 and 12, with `-` between them.
#[inline(never)]
pub(super) fn is_guid(text: &[u8]) -> bool {
    const DIGITS: Form = Form::new(b"00000000");
    const BEFORE: Form = Form::new(b"-0000-00");
    const BEHIND: Form = Form::new(b"00-0000-");
    let Ok(text) = <&[u8; 36]>::try_from(text) else { return false };
    let (words, _) = text.as_chunks();
    let last = text.last_chunk().unwrap_or(&[0; 8]);
    let misfits = DIGITS.misfits(&words[0])
        | BEFORE.misfits(&words[1])
        | BEHIND.misfits(&words[2])
        | DIGITS.misfits(&words[3])
        | DIGITS.misfits(last);
    misfits & each(0x80) == 0
}

/// Eight bytes of a UUID: its `-`, and zeros for the digits.
struct Form {
    word: u64,
    /// These bring a byte's high bit up: this one, added, if the byte is no decimal digit, or not the `-` that is due.
    no_decimal: u64,
    /// From this one taken, if it is below `a`, or is to be `-`.
    no_letter: u64,
}

/// A byte in each of a word's places.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Form {
    const fn new(form: &[u8; 8]) -> Self {
        let (mut no_decimal, mut no_letter) = ([0x80 - 10; 8], [0x80 | (b'a' - 1); 8]);
        let mut at = 0;
        while at < form.len() {
            if form[at] == b'-' {
                (no_decimal[at], no_letter[at]) = (0x80 - 1, 0xFF);
            }
            at += 1;
        }
        Self {
            word: u64::from_le_bytes(*form),
            no_decimal: u64::from_le_bytes(no_decimal),
            no_letter: u64::from_le_bytes(no_letter),
        }
    }

    /// The bytes that do not fit, by their high bits. Bytes beyond ASCII have it before; only behind one of these can there be
    /// a carry.
    #[inline(always)]
    fn misfits(&self, bytes: &[u8; 8]) -> u64 {
        let word = u64::from_le_bytes(*bytes);
        let small = word | each(0x20);
        let no_decimals = (word ^ self.word).wrapping_add(self.no_decimal);
        let no_letters = self.no_letter.wrapping_sub(small) | small.wrapping_add(each(0x80 - b'g'));
        no_decimals & no_letters | word
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
