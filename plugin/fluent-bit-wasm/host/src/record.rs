//! The JSON text that Fluent Bit makes of a record for a module, byte for byte.
//!
//! It is the text of Fluent Bit 5.1.1 on x86-64, or any other platform with a signed `char`, with its default
//! `json.escape_unicode on`. If `char` is unsigned, as in builds for ARM without `FLB_LINUX_ON_AARCH64`, Fluent Bit
//! writes U+FFFD for an invalid byte, and five digits after `\u` for a character beyond U+FFFF.
//!
//! Source: Fluent Bit, `flb_utils_write_str_escaped` in `src/flb_utils.c` and `flb_utf8_decode` in `src/flb_utf8.c`.

/// How many bytes Fluent Bit looks at together, on processors with SSE2 or NEON.
const BLOCK: usize = 16;

/// Replaces `record` by the JSON text that Fluent Bit makes of a message which an input gave it under `log`.
///
/// Everything but ASCII is escaped. What is not UTF-8 is told from the rest, as well as Fluent Bit does it:
///
/// - A byte that begins no character or continues none, and the beginning of a sequence that breaks off or that stands
///   for a surrogate or for nothing, become characters from U+E000 on, a byte each.
/// - A byte that announces a longer sequence than the message has bytes left is left out.
/// - An overlong sequence is the character that it means.
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

/// Blocks of plain bytes are copied. From the first other block on, up to sixteen characters are looked at one by one, and
/// then blocks again. That shows in DEL alone, which is plain in a block, and escaped by itself.
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

/// How far a character has led.
struct Step {
    /// How many bytes it has.
    length: usize,
    /// How many characters count as seen before it, where that is not as many as were: Fluent Bit counts the bytes of an
    /// invalid sequence with the same variable.
    seen: Option<usize>,
}

impl Step {
    fn of(length: usize) -> Self {
        Self { length, seen: None }
    }
}

/// Writes what the text begins with. It is not empty.
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

/// `\u` and four digits.
fn write_unit(unit: u16, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| HEX[usize::from(unit >> shift & 0xF)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// U+E000 plus the byte, not escaped.
fn write_invalid(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0xEE, 0x80 | byte >> 6, 0x80 | byte & 0x3F]);
}

/// How long a sequence is that begins with the byte, by the bits in it: up to six bytes, which UTF-8 had once.
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

/// The character that a whole sequence of bytes stands for. Overlong ones do, too.
///
/// # Errors
///
/// It stands for none: then how many bytes of it are taken away, all before the one at which that shows, but at least one.
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
