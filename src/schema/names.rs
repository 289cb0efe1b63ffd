//! The names of fields in CEF and LEEF, and their look-up.

use alloc::vec::Vec;

use super::EventTypes;
use super::lookup::KNOWN;
use super::table::{EVERY, TABLE};

/// The kind of names to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// CEF keys, verbatim.
    CefKey,
    /// CEF labels and LEEF keys, in snake case.
    Words,
}

/// Returns the position in [`super::SPELLINGS`] of the field with this name in an event of one of `types`.
#[inline(never)]
pub(crate) fn find_name(kind: NameKind, name: &[u8], types: EventTypes) -> Option<usize> {
    let (mut found, mut rest) = match kind {
        NameKind::CefKey => (None, CEF_KEYS.as_slice()),
        NameKind::Words => (None, WORDS.as_slice()),
    };
    while let [length, entry_types, spelling, entries @ ..] = rest {
        let (entry, after) = entries.split_at_checked(usize::from(*length)).unwrap_or_default();
        rest = after;
        let belongs = || *entry_types == EVERY || entry_types & types.0 != 0;
        if entry.len() == name.len() && entry == name && belongs() {
            found = Some(usize::from(*spelling));
        }
    }
    found.or_else(|| if kind == NameKind::Words { KNOWN.find(name) } else { None })
}

/// Appends a name in snake case. Of its ASCII characters, only letters and digits are kept.
#[inline(never)]
pub(crate) fn push_snake(name: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut before = Before::default();
    for (at, byte) in name.iter().enumerate() {
        let (separates, byte) = before.step(*byte, name.get(at + 1).copied());
        if separates && out.len() > start {
            out.push(b'_');
        }
        out.extend(byte);
    }
}

/// The last two bytes read of a name.
#[derive(Clone, Copy, Default)]
struct Before(u8, u8);

impl Before {
    /// Returns what the next byte becomes, if it is kept, and whether a `_` separates it from any output before it.
    const fn step(&mut self, byte: u8, next: Option<u8>) -> (bool, Option<u8>) {
        let Self(before, last) = *self;
        *self = Self(last, byte);
        let is_last_capital =
            last.is_ascii_uppercase() && before.is_ascii_uppercase() && matches!(next, Some(b'a'..=b'z'));
        let is_hump =
            byte.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit() || is_last_capital);
        let is_kept = !byte.is_ascii() || byte.is_ascii_alphanumeric();
        let follows_other = is_kept && last.is_ascii() && !last.is_ascii_alphanumeric();
        (is_hump || follows_other, if is_kept { Some(byte.to_ascii_lowercase()) } else { None })
    }
}

/// Entries of names. Each consists of the name's length, the field's event types, its position in [`super::SPELLINGS`],
/// and the name.
static CEF_KEYS: [u8; entries(NameKind::CefKey).1] = first(&entries(NameKind::CefKey).0);
static WORDS: [u8; entries(NameKind::Words).1] = first(&entries(NameKind::Words).0);

const fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    match bytes.first_chunk() {
        Some(first) => *first,
        None => unreachable!(),
    }
}

/// Returns the entries and their length in bytes.
const fn entries(kind: NameKind) -> ([u8; 1024], usize) {
    let (mut entries, mut end, mut field, mut spelling) = ([0; 1024], 0, 0, 0);
    while field < TABLE.len() {
        let lists = match kind {
            NameKind::CefKey => [TABLE[field].cef, &[]],
            NameKind::Words => [TABLE[field].labels, TABLE[field].leef],
        };
        let mut list = 0;
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                let start = end;
                end = put(&mut entries, end + 3, lists[list][at].as_bytes(), matches!(kind, NameKind::Words));
                entries[start] = (end - start - 3) as u8;
                entries[start + 1] = TABLE[field].event_types.0;
                entries[start + 2] = spelling;
                at += 1;
            }
            list += 1;
        }
        spelling += 1 + TABLE[field].aliases.len() as u8;
        field += 1;
    }
    (entries, end)
}

/// Writes a name, in snake case if `is_snake`. Returns the offset of its end.
const fn put(entries: &mut [u8], start: usize, name: &[u8], is_snake: bool) -> usize {
    let (mut end, mut at, mut before) = (start, 0, Before(0, 0));
    while at < name.len() {
        let next = if at + 1 < name.len() { Some(name[at + 1]) } else { None };
        let (separates, byte) = if is_snake { before.step(name[at], next) } else { (false, Some(name[at])) };
        if separates && end > start {
            entries[end] = b'_';
            end += 1;
        }
        if let Some(byte) = byte {
            entries[end] = byte;
            end += 1;
        }
        at += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{EVENT_TYPES, FIELDS, SPELLINGS};

    fn snake_case(name: &str) -> String {
        let mut snaked = Vec::new();
        push_snake(name.as_bytes(), &mut snaked);
        String::from_utf8(snaked).unwrap()
    }

    #[test]
    fn names_in_snake_case() {
        let cases = [
            ("Threat Name", "threat_name"),
            ("FirstSeen", "first_seen"),
            ("Device IPv6 Address", "device_ipv6_address"),
            ("deviceOSName", "device_os_name"),
            ("DeviceOsName", "device_os_name"),
            ("scannerID", "scanner_id"),
            ("EI Alarm ID", "ei_alarm_id"),
            ("EIConsoleLink", "ei_console_link"),
            ("ComputerSeverityScore", "computer_severity_score"),
            (" - New.label (x) ", "new_label_x"),
            ("Größe", "größe"),
            ("--", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(snake_case(name), expected);
        }
    }

    #[test]
    fn every_name_of_the_table_is_found() {
        let field = |kind, name: &str, types| {
            find_name(kind, name.as_bytes(), types).map(|spelling| usize::from(SPELLINGS[spelling].field))
        };
        for (at, known) in FIELDS.iter().enumerate() {
            for bit in (0..EVENT_TYPES.len()).filter(|bit| known.event_types.0 & 1 << bit != 0) {
                let types = EventTypes::only(bit);
                for name in known.cef.iter().filter(|name| (**name, known.name.text, bit) != ("act", "action_taken", 2))
                {
                    assert_eq!(field(NameKind::CefKey, name, types), Some(at), "{name}");
                    assert_eq!(field(NameKind::CefKey, &name.to_uppercase(), types), None, "{name}");
                }
                for name in known.labels.iter().chain(known.leef) {
                    assert_eq!(field(NameKind::Words, &snake_case(name), types), Some(at), "{name}");
                }
            }
        }
        assert_eq!(field(NameKind::CefKey, "act", EventTypes::NONE), None);
        assert_eq!(field(NameKind::CefKey, "hash", EventTypes::NONE), None);
        assert_eq!(field(NameKind::Words, "hash", EventTypes::NONE), crate::schema::find("hash"));
        assert_eq!(field(NameKind::CefKey, "dvc", EventTypes::NONE), crate::schema::find("ipv4"));
    }
}
