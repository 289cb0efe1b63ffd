//! Pairs of keys and values, which CEF and LEEF have: how they are told apart, and what becomes of one.

use alloc::vec::Vec;

use crate::fields::{Collected, DateTime, Place};
use crate::json::{Escapes, Span, find_byte, find_special};
use crate::schema::{
    EVENT_TYPE_SPELLING, EVENT_TYPES, EventTypes, INBOUND_SPELLING, Kind, NameKind, SEVERITY_SPELLING, SPELLINGS,
    find_name, push_snake,
};

/// A range of a text, in bytes.
pub(super) type Range = (usize, usize);

/// A pair: where its key and its value stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(super) key: Range,
    pub(super) value: Range,
}

impl Pair {
    pub(super) fn is_empty(&self) -> bool {
        self.value.0 == self.value.1
    }
}

/// How pairs are written.
#[derive(Clone, Copy)]
pub(super) struct Syntax<'s> {
    /// What stands before each key but the first.
    pub(super) separator: &'s [u8],
    /// Whether a backslash before a `=` makes that a part of the value, and other escapes are resolved.
    pub(super) has_escapes: bool,
}

/// Finds the pairs of `text` from `start` on. A value runs to the separator before the next key. Gives where the first pair begins.
#[cold]
pub(super) fn split(text: &[u8], start: usize, syntax: Syntax<'_>, pairs: &mut Vec<Pair>) -> usize {
    let Syntax { separator, has_escapes } = syntax;
    let (mut behind, mut first) = (start, text.len());
    while let Some(offset) = text.get(behind..).and_then(|rest| find_byte(rest, b'=')) {
        let from = behind;
        behind += offset + 1;
        let Some(mut before) = text.get(from..behind - 1) else { break };
        if !has_escapes {
            before = before.trim_ascii_end();
        }
        let head_length = match before.windows(separator.len()).rposition(|bytes| bytes == separator) {
            Some(at) => at + separator.len(),
            None if from == start => 0,
            None => continue,
        };
        let Some((head, key)) = before.split_at_checked(head_length) else { break };
        if !key.first().is_some_and(u8::is_ascii_alphabetic) || !key.iter().all(is_key) {
            continue;
        }
        let mut head = head.strip_suffix(separator).unwrap_or_default();
        // Tabs that a relay has turned into spaces may be several.
        if !has_escapes && separator == b" " {
            head = head.trim_ascii_end();
        }
        let value_end = from + head.len();
        match pairs.last_mut() {
            Some(last) => last.value.1 = value_end,
            None => first = value_end,
        }
        let key_start = from + head_length;
        pairs.push(Pair { key: (key_start, key_start + key.len()), value: (behind, text.len()) });
    }
    first
}

fn is_key(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// Puts pairs into a collector.
pub(super) struct Collector<'c> {
    pub(super) text: &'c str,
    pub(super) collected: &'c mut Collected,
    pub(super) scratch: &'c mut Vec<u8>,
    /// The type of the event.
    pub(super) types: EventTypes,
    pub(super) has_escapes: bool,
    /// The form of times.
    pub(super) time_form: &'c [u8],
}

/// The escapes in a value, and those in one that has a backslash before anything else: a path with backslashes of its own.
const ESCAPES: &[u8] = br"=\nr";
const ESCAPES_IN_PATHS: &[u8] = b"=";
/// The escapes in a header.
pub(super) const HEADER_ESCAPES: &[u8] = br"|\";

/// Appends a text without its escapes. Whether each backslash belongs to one.
#[inline(never)]
fn unescape(text: &[u8], escapes: &[u8], out: &mut Vec<u8>) -> bool {
    let (mut is_whole, mut is_escaped) = (true, false);
    for byte in text.iter().copied() {
        if !is_escaped && byte == b'\\' {
            is_escaped = true;
            continue;
        }
        let mut meant = byte;
        if core::mem::take(&mut is_escaped) {
            if !escapes.contains(&byte) {
                is_whole = false;
                out.push(b'\\');
                if byte == b'\\' {
                    is_escaped = true;
                    continue;
                }
            }
            meant = match byte {
                b'n' if is_whole => b'\n',
                b'r' if is_whole => b'\r',
                _ => byte,
            };
        }
        out.push(meant);
    }
    if is_escaped {
        out.push(b'\\');
    }
    is_whole && !is_escaped
}

impl<'c> Collector<'c> {
    #[inline(never)]
    pub(super) fn bytes(&self, range: Range) -> &'c [u8] {
        self.text.as_bytes().get(range.0..range.1).unwrap_or_default()
    }

    /// The place of a text in the message that is without escapes and control characters.
    pub(super) fn plain(range: Range) -> Place {
        Span { start: range.0, end: range.1, escapes: Escapes::None }.into()
    }

    /// The place of a text with these escapes.
    #[inline(never)]
    pub(super) fn place(&mut self, range: Range, escapes: &[u8]) -> Place {
        let text = self.bytes(range);
        if find_special(text, 0) == text.len() {
            return Self::plain(range);
        }
        if find_byte(text, b'\\').is_none() {
            return self.collected.resolved(text);
        }
        self.scratch.clear();
        if !unescape(text, escapes, self.scratch) && escapes == ESCAPES {
            self.scratch.clear();
            unescape(text, ESCAPES_IN_PATHS, self.scratch);
        }
        self.collected.resolved(self.scratch)
    }

    /// The field that words stand for, and their place in snake case.
    #[inline(never)]
    pub(super) fn field_of(&mut self, words: Range) -> (Option<usize>, Place) {
        let words = self.bytes(words);
        self.scratch.clear();
        push_snake(words, self.scratch);
        (find_name(NameKind::Words, self.scratch, self.types), self.collected.resolved(self.scratch))
    }

    /// The field with a name of the schema.
    pub(super) fn field_named(&self, name: &str) -> Option<usize> {
        find_name(NameKind::Words, name.as_bytes(), self.types)
    }

    /// Takes the event type from the last known category, or else from a class id.
    pub(super) fn put_event_type(&mut self, pairs: &[Pair], class_id: Range) {
        // Keys of CEF are compared exactly.
        let is_category = |key: &[u8]| key == b"cat" || !self.has_escapes && key.eq_ignore_ascii_case(b"cat");
        let known = |pair: &Pair| category_of(self.bytes(pair.value)).filter(|_| is_category(self.bytes(pair.key)));
        let of_class = || match self.bytes(class_id) {
            [hundreds @ b'1'..=b'8', b'0'..=b'9', b'0'..=b'9'] => Some(usize::from(hundreds - b'1')),
            _ => None,
        };
        let (key, value, found) = match pairs.iter().rev().find_map(|pair| Some((pair, known(pair)?))) {
            Some((pair, category)) => (pair.key, pair.value, Some(category)),
            None => (Range::default(), class_id, of_class()),
        };
        self.collected.origins.set_next(key, value);
        if let Some(category) = found {
            self.put_event_type_at(type_of(category));
        }
    }

    /// Takes the event type at a position in [`EVENT_TYPES`]; behind the last one stand incidents.
    #[inline(never)]
    pub(super) fn put_event_type_at(&mut self, position: u8) {
        self.types = EventTypes::only(position.into());
        let name = EVENT_TYPES.get(usize::from(position)).unwrap_or(&INCIDENT);
        let name = self.collected.resolved(name.as_bytes());
        self.collected.set_text(self.text, EVENT_TYPE_SPELLING, name, name);
    }

    /// A value of a field, if it is one's. Where it does not fit, or is no field's, it stands under `name`. If it is empty, it is
    /// nothing to a field.
    #[inline(never)]
    pub(super) fn put(&mut self, mut field: Option<usize>, mut name: Place, value: Range) {
        let text = self.bytes(value);
        let mut place = None;
        match field {
            Some(_) if text.is_empty() => return,
            Some(EVENT_TYPE_SPELLING) => {
                if category_of(text).is_some_and(|category| EventTypes::only(type_of(category).into()) == self.types) {
                    return;
                }
                field = None;
            }
            Some(SEVERITY_SPELLING) => {
                let word = position(&SEVERITY_NUMBERS, text).or_else(|| position(&SEVERITIES, text));
                match word.and_then(|word| SEVERITIES.get(word)) {
                    Some(word) => place = Some(self.collected.resolved(word.as_bytes())),
                    None => (field, name) = (None, self.collected.resolved(b"severity")),
                }
            }
            // Only a key of CEF's own tells the direction by a number.
            Some(INBOUND_SPELLING)
                if self.has_escapes && self.collected.text(self.text, name).plain() == Some(DIRECTION) =>
            {
                match position(&["0", "1"], text) {
                    Some(number) => place = Some(self.collected.resolved(if number == 0 { b"1" } else { b"0" })),
                    None => field = None,
                }
            }
            Some(known) if SPELLINGS.get(known).is_some_and(|spelling| spelling.kind == Kind::DateTime) => {
                let of_form = |form| DateTime::parse_by(form, text);
                if let Some(time) = of_form(self.time_form).or_else(|| of_form(TIME)) {
                    self.scratch.clear();
                    time.write(self.scratch);
                    place = Some(self.collected.resolved(self.scratch));
                }
            }
            _ => {}
        }
        let place = match place {
            Some(place) => place,
            None => self.place(value, if self.has_escapes { ESCAPES } else { b"" }),
        };
        match field {
            Some(field) => self.collected.set_text(self.text, field, name, place),
            None => self.collected.add_text(self.text, name, place),
        }
    }
}

/// The key that tells of a connection whether it came in, `0`, or went out.
const DIRECTION: &[u8] = b"deviceDirection";

/// The severities of ESET's JSON, and their numbers.
static SEVERITIES: [&str; 6] = ["Information", "Notice", "Warning", "Error", "Critical", "Fatal"];
static SEVERITY_NUMBERS: [&str; 6] = ["2", "3", "5", "7", "8", "10"];

/// What categories are called between `ESET` and `Event`, in the order of their class ids' hundreds, and the position of each in
/// [`EVENT_TYPES`].
static CATEGORIES: [&str; 7] =
    ["Threat", "Firewall", "HIPS", "RA Audit", "Inspect", "Blocked File", "Filtered Website"];
static CATEGORY_TYPES: [u8; 7] = [0, 1, 2, 3, 5, 6, 4];

/// The event type of incidents, which have the last of the class ids. ESET publishes neither their category nor their fields.
const INCIDENT: &str = "Incident_Event";
const INCIDENTS: u8 = 7;

/// The form of times where no other is given.
const TIME: &[u8] = b"MMM dd yyyy HH:mm:ss";

fn type_of(category: usize) -> u8 {
    *CATEGORY_TYPES.get(category).unwrap_or(&INCIDENTS)
}

fn category_of(name: &[u8]) -> Option<usize> {
    position(&CATEGORIES, name.strip_prefix(b"ESET ")?.strip_suffix(b" Event")?)
}

/// Which item of a list a text is.
#[inline(never)]
pub(super) fn position(list: &[&str], text: &[u8]) -> Option<usize> {
    list.iter().position(|item| item.as_bytes() == text)
}
