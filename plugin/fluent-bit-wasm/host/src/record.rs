//! The JSON text in which Fluent Bit passes a record to a module, byte for byte.
//!
//! It is the text of Fluent Bit 5.1.1 on x86-64, or any other platform with a signed `char`, with the default
//! `json.escape_unicode on`. If `char` is unsigned, as in builds for ARM without `FLB_LINUX_ON_AARCH64`, Fluent Bit
//! writes U+FFFD for an invalid byte, and five digits after `\u` for a character beyond U+FFFF.
//!
//! Source: Fluent Bit, `flb_utils_write_str_escaped` in `src/flb_utils.c` and `flb_utf8_decode` in `src/flb_utf8.c`.

/// The number of bytes that Fluent Bit processes at once, on processors with SSE2 or NEON.
const BLOCK: usize = 16;

/// Replaces `record` with the JSON text that Fluent Bit passes to a module for a message under the key `log`.
///
/// Everything except ASCII is escaped. Bytes that are not UTF-8 are handled as Fluent Bit does:
///
/// - A byte that neither begins nor continues a character becomes a character from U+E000 on. So does each byte at the
///   beginning of a sequence that is cut short or encodes a surrogate or no character.
/// - A byte that announces a sequence longer than the rest of the message is dropped.
/// - An overlong sequence becomes the character that it encodes.
///
/// ```
/// use eset_filter_wasm_host::write_record;
///
/// let mut record = Vec::new();
/// write_record(b"\xC3\xA9 \xFF \xC1\x81 \xE2\x82", &mut record);
/// assert_eq!(String::from_utf8(record).unwrap(), "{\"log\":\"\\u00e9 \u{E0FF} \\u0041 \u{E082}\"}");
/// ```
pub fn write_record(message: &[u8], record: &mut Vec<u8>) {
    record.clear();
    record.extend_from_slice(b"{\"log\":\"");
    write_string(message, record);
    record.extend_from_slice(b"\"}");
}

/// Copies blocks of plain bytes. From the first other block on, up to sixteen characters are processed one by one, then
/// blocks again. The only visible effect is on DEL, which is copied in a block but escaped as a single character.
fn write_string(text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < text.len() {
        while let Some(block) = text[at..].first_chunk::<BLOCK>().filter(|block| block.iter().all(is_plain)) {
            out.extend_from_slice(block);
            at += BLOCK;
        }
        let mut seen = 0;
        while seen < BLOCK && at < text.len() {
            let step = write_character(&text[at..], out);
            at += step.length;
            seen = step.seen.unwrap_or(seen) + 1;
        }
    }
}

fn is_plain(byte: &u8) -> bool {
    matches!(byte, 0x20..0x80) && !matches!(byte, b'"' | b'\\')
}

/// The result of processing one character.
struct Step {
    /// The number of bytes processed.
    length: usize,
    /// The number of characters that now count as seen before this one, if it differs from the real number. Fluent Bit
    /// counts the bytes of an invalid sequence with the same variable.
    seen: Option<usize>,
}

impl Step {
    fn of(length: usize) -> Self {
        Self { length, seen: None }
    }
}

/// Writes the first character of the text, which must not be empty.
fn write_character(text: &[u8], out: &mut Vec<u8>) -> Step {
    let first = text[0];
    if first.is_ascii() {
        write_ascii(first, out);
        return Step::of(1);
    }
    let announced = announced_length(first);
    if announced > text.len() {
        return Step::of(1);
    }
    match decode(&text[..announced]) {
        Ok(character) => {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write_unit(*unit, out));
            Step::of(announced)
        }
        Err(invalid) => {
            text[..invalid].iter().for_each(|byte| write_invalid(*byte, out));
            Step { length: invalid, seen: Some(invalid) }
        }
    }
}

fn write_ascii(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0C => out.extend_from_slice(b"\\f"),
        0..0x20 | 0x7F => write_unit(byte.into(), out),
        _ => out.push(byte),
    }
}

/// Writes `\u` and four digits.
fn write_unit(unit: u16, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| HEX[usize::from(unit >> shift & 0xF)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Writes the character U+E000 plus the byte, unescaped.
fn write_invalid(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0xEE, 0x80 | byte >> 6, 0x80 | byte & 0x3F]);
}

/// Returns the length of a sequence that begins with this byte, according to its bits: up to six bytes, as in the
/// original UTF-8.
fn announced_length(first: u8) -> usize {
    match first {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF8 => 4,
        0xF8..0xFC => 5,
        0xFC.. => 6,
    }
}

/// Decodes a complete sequence of bytes, which may be overlong.
///
/// # Errors
///
/// The sequence does not encode a character. The error is the number of bytes to process as invalid: those before the
/// byte that is wrong, but at least one.
fn decode(sequence: &[u8]) -> Result<char, usize> {
    let bits = match sequence[0] {
        first @ 0xC0..0xE0 => first & 0x1F,
        first @ 0xE0..0xF0 => first & 0x0F,
        first @ 0xF0..0xF8 => first & 0x07,
        _ => return Err(1),
    };
    let mut code = u32::from(bits);
    for (at, byte) in sequence.iter().enumerate().skip(1) {
        if byte & 0xC0 != 0x80 {
            return Err(at);
        }
        code = code << 6 | u32::from(byte & 0x3F);
    }
    char::from_u32(code).ok_or(sequence.len() - 1)
}
