//! LEEF: the delimiter, and the keys with a meaning that differs from their name.

use super::pairs::{Collector, Pair};
use crate::json::find_byte;
use crate::schema::{EventTypes, FIREWALL_POSITION};

/// A delimiter: a buffer of four bytes, and the number of bytes used.
type Delimiter = ([u8; 4], usize);

const TAB: Delimiter = (*b"\t   ", 1);
const SPACE: Delimiter = (*b"    ", 1);
/// A tab as rsyslog escapes it.
const ESCAPED_TAB: Delimiter = (*b"#011", 4);

/// Returns the delimiter that a header part names. The part is a character, or its code point in hexadecimal after `x`
/// or `0x`. An empty part means a tab. Returns `None` for anything else, because some senders omit the part.
fn named(name: &[u8]) -> Option<Delimiter> {
    let (mut bytes, mut length) = TAB;
    match name {
        [] | b"#011" => {}
        [b'0', b'x', digits @ ..] | [b'x', digits @ ..] if !digits.is_empty() => {
            let mut number = 0;
            for digit in digits {
                number = number << 4 | char::from(*digit).to_digit(16)?;
            }
            length = char::from_u32(number)?.encode_utf8(&mut bytes).len();
        }
        _ => {
            bytes.get_mut(..name.len())?.copy_from_slice(name);
            length = name.len();
            // The delimiter is a single character.
            str::from_utf8(name).ok()?.chars().nth(1).is_none().then_some(())?;
        }
    }
    Some((bytes, length))
}

/// Returns the delimiter of the attributes from `start` on, and the offset at which they begin.
#[cold]
pub(super) fn delimiter(text: &[u8], start: usize, may_be_named: bool) -> (Delimiter, usize) {
    let attributes = text.get(start..).unwrap_or_default();
    let end = find_byte(attributes.get(..LONGEST_NAME).unwrap_or(attributes), b'|').filter(|_| may_be_named);
    let found = end.and_then(|end| Some((named(attributes.get(..end)?)?, end + 1)));
    let (delimiter, length) = found.unwrap_or((TAB, 0));
    let first = delimiter.0[0];
    if !(first.is_ascii_whitespace() || first.is_ascii_alphanumeric() || matches!(first, b'=' | b'_')) {
        return (delimiter, start + length);
    }
    // Relays may replace tabs.
    let delimiter = match find_byte(attributes, b'\t') {
        Some(_) => TAB,
        None if attributes.windows(4).any(|four| four == ESCAPED_TAB.0) => ESCAPED_TAB,
        None => SPACE,
    };
    (delimiter, start + length)
}

/// The maximum length of the part that names the delimiter: `0x0009` and the `|`.
const LONGEST_NAME: usize = 7;

/// The maximum length of a timestamp format, which is limited because each timestamp parses it again.
const LONGEST_TIME_FORM: usize = 64;

/// Puts the attributes of an event into a collector.
#[cold]
pub(super) fn put(pairs: &[Pair], collector: &mut Collector<'_>) {
    let (mut addresses, mut has_time) = (0, false);
    let is_form = |pair: &Pair| pair.value.1 - pair.value.0 <= LONGEST_TIME_FORM;
    for pair in pairs {
        match collector.bytes(pair.key) {
            b"src" if !pair.is_empty() => addresses += 1,
            b"devTimeFormat" if is_form(pair) => collector.time_form = collector.bytes(pair.value),
            b"devTime" => has_time = true,
            _ => {}
        }
    }
    let is_firewall = collector.types == EventTypes::only(FIREWALL_POSITION);
    let (mut seen, mut follows_empty) = (0, false);
    for pair in pairs {
        let field = match collector.bytes(pair.key) {
            b"src" if pair.is_empty() => {
                follows_empty = true;
                continue;
            }
            b"src" => {
                seen += 1;
                if is_firewall && (seen == 2 || (addresses == 1 && follows_empty)) {
                    collector.field_named("source_address")
                } else if seen == 1 {
                    collector.field_named("ipv4")
                } else {
                    None
                }
            }
            b"devTimeFormat" if has_time && is_form(pair) => continue,
            _ => collector.field_of(pair.key).0,
        };
        collector.collected.origins.set_next(pair.key, pair.value);
        collector.put(field, Collector::plain(pair.key), pair.value);
    }
}
