//! The names that CEF and LEEF have for fields, and the look-up of them.

use super::EventTypes;
use super::lookup::KNOWN;
use super::table::{EVERY, TABLE};

/// Which names are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// Keys of CEF, as they are.
    CefKey,
    /// What labels in CEF and keys of LEEF say, in snake case.
    Words,
}

/// The position in [`super::SPELLINGS`] of the field that a name stands for in an event of one of `types`.
#[inline(never)]
pub(crate) fn find_name(kind: NameKind, name: &[u8], types: EventTypes) -> Option<usize> {
    let (mut found, mut rest) = (None, ENTRIES.as_slice());
    let flag = if kind == NameKind::CefKey { CEF_KEY } else { 0 };
    while let [head, entry_types, spelling, entries @ ..] = rest {
        let (entry, behind) = entries.split_at_checked(usize::from(head & !CEF_KEY)).unwrap_or_default();
        rest = behind;
        let belongs = || *entry_types == EVERY || entry_types & types.0 != 0;
        if usize::from(head ^ flag) == name.len() && entry == name && belongs() {
            found = Some(usize::from(*spelling));
        }
    }
    found.or_else(|| if kind == NameKind::Words { KNOWN.find(name) } else { None })
}

/// Appends a name in snake case: of ASCII only letters and digits stay.
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

/// The last two bytes of a name so far.
#[derive(Clone, Copy, Default)]
struct Before(u8, u8);

impl Before {
    /// What the next byte becomes, and whether a `_` stands before it, if anything does.
    const fn step(&mut self, byte: u8, next: Option<u8>) -> (bool, Option<u8>) {
        let Self(before, last) = *self;
        *self = Self(last, byte);
        let is_last_capital = last.is_ascii_uppercase() && before.is_ascii_uppercase() && matches!(next, Some(b'a'..=b'z'));
        let is_hump = byte.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit() || is_last_capital);
        let is_kept = !byte.is_ascii() || byte.is_ascii_alphanumeric();
        let is_behind_other = is_kept && last.is_ascii() && !last.is_ascii_alphanumeric();
        (is_hump || is_behind_other, if is_kept { Some(byte.to_ascii_lowercase()) } else { None })
    }
}

/// The bit of an entry's length that tells keys of CEF.
const CEF_KEY: u8 = 0x80;

/// An entry for each name: its length, the event types of the field, the position of its spelling, and the name.
static ENTRIES: [u8; fill().1] = {
    let (entries, mut used) = (fill().0, [0; fill().1]);
    let length = used.len();
    used.copy_from_slice(entries.split_at(length).0);
    used
};

const fn fill() -> ([u8; 1024], usize) {
    let (mut entries, mut end, mut field, mut spelling) = ([0; 1024], 0, 0, 0);
    while field < TABLE.len() {
        let (lists, mut list) = ([TABLE[field].cef, TABLE[field].labels, TABLE[field].leef], 0);
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                let (name, start, mut from) = (lists[list][at].as_bytes(), end, 0);
                let mut before = Before(0, 0);
                end += 3;
                while from < name.len() {
                    let next = if from + 1 < name.len() { Some(name[from + 1]) } else { None };
                    let (separates, byte) =
                        if list == 0 { (false, Some(name[from])) } else { before.step(name[from], next) };
                    if separates && end > start + 3 {
                        entries[end] = b'_';
                        end += 1;
                    }
                    if let Some(byte) = byte {
                        entries[end] = byte;
                        end += 1;
                    }
                    from += 1;
                }
                let flag = if list == 0 { CEF_KEY } else { 0 };
                entries[start] = flag | (end - start - 3) as u8;
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
                for name in known.cef.iter().filter(|name| (**name, known.name.text, bit) != ("act", "action_taken", 2)) {
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
