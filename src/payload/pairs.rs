//! The key-value pairs of CEF and LEEF: splits a text into pairs, and collects them.

use alloc::vec::Vec;

use crate::fields::{Collected, DateTime, Place};
use crate::json::{Escapes, Span, find_byte, find_special};
use crate::schema::{
    EVENT_TYPE_SPELLING, EVENT_TYPES, EventTypes, INBOUND_SPELLING, Kind, NameKind, SEVERITY_SPELLING, SPELLINGS,
    find_name, push_snake,
};

/// A byte range in a text.
pub(super) type Range = (usize, usize);

/// A pair: the ranges of its key and value.
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

/// The syntax of pairs.
#[derive(Clone, Copy)]
pub(super) struct Syntax<'s> {
    /// The bytes before each key except the first.
    pub(super) separator: &'s [u8],
    /// Whether a backslash before a `=` makes it part of the value, and other escapes are resolved.
    pub(super) has_escapes: bool,
}

/// Finds the pairs of `text` from `start` on. A value extends to the separator before the next key. Returns the offset
/// at which the first pair begins.
#[cold]
pub(super) fn split(text: &[u8], start: usize, syntax: Syntax<'_>, pairs: &mut Vec<Pair>) -> usize {
    let Syntax { separator, has_escapes } = syntax;
    let (mut after, mut first) = (start, text.len());
    while let Some(offset) = text.get(after..).and_then(|rest| find_byte(rest, b'=')) {
        let from = after;
        after += offset + 1;
        let Some(mut before) = text.get(from..after - 1) else { break };
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
        // A relay may have replaced a tab with several spaces.
        if !has_escapes && separator == b" " {
            head = head.trim_ascii_end();
        }
        let value_end = from + head.len();
        match pairs.last_mut() {
            Some(last) => last.value.1 = value_end,
            None => first = value_end,
        }
        let key_start = from + head_length;
        pairs.push(Pair { key: (key_start, key_start + key.len()), value: (after, text.len()) });
    }
    first
}

fn is_key(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// Collects pairs as the members of an event.
pub(super) struct Collector<'c> {
    pub(super) text: &'c str,
    pub(super) collected: &'c mut Collected,
    pub(super) scratch: &'c mut Vec<u8>,
    /// The type of the event.
    pub(super) types: EventTypes,
    pub(super) has_escapes: bool,
    /// The timestamp format that is tried first.
    pub(super) time_form: &'c [u8],
}

/// The characters that a backslash escapes in a value.
const ESCAPES: &[u8] = br"=\nr";
/// The characters that a backslash escapes in a value that also has a backslash before another character, such as a
/// path with unescaped backslashes.
const ESCAPES_IN_PATHS: &[u8] = b"=";
/// The characters that a backslash escapes in a header.
pub(super) const HEADER_ESCAPES: &[u8] = br"|\";

/// Appends a text with its escapes resolved. Returns whether each backslash belongs to an escape.
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

    /// Returns the place of a text in the message that contains no escapes or control characters.
    pub(super) fn plain(range: Range) -> Place {
        Span { start: range.0, end: range.1, escapes: Escapes::None }.into()
    }

    /// Returns the place of a text, with these escapes resolved.
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

    /// Returns the field that these words name, and the place of the words in snake case.
    #[inline(never)]
    pub(super) fn field_of(&mut self, words: Range) -> (Option<usize>, Place) {
        let words = self.bytes(words);
        self.scratch.clear();
        push_snake(words, self.scratch);
        (find_name(NameKind::Words, self.scratch, self.types), self.collected.resolved(self.scratch))
    }

    /// Returns the field with this name in the schema.
    pub(super) fn field_named(&self, name: &str) -> Option<usize> {
        find_name(NameKind::Words, name.as_bytes(), self.types)
    }

    /// Sets the event type by the last known category, or else by the class ID.
    pub(super) fn put_event_type(&mut self, pairs: &[Pair], class_id: Range) {
        // CEF keys are compared exactly.
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

    /// Sets the event type to the one at a position in [`EVENT_TYPES`], or to an incident if the position is after the
    /// last one.
    #[inline(never)]
    pub(super) fn put_event_type_at(&mut self, position: u8) {
        self.types = EventTypes::only(position.into());
        let name = EVENT_TYPES.get(usize::from(position)).unwrap_or(&INCIDENT);
        let name = self.collected.resolved(name.as_bytes());
        self.collected.set_text(self.text, EVENT_TYPE_SPELLING, name, name);
    }

    /// Collects the value of a field. A value that does not fit, or does not belong to a field, is collected under
    /// `name`. An empty value of a field is ignored.
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
            // Only this CEF key encodes the direction as a number.
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

/// The CEF key for the direction of a connection: `0` is inbound, `1` is outbound.
const DIRECTION: &[u8] = b"deviceDirection";

/// The severities in ESET's JSON, and their numbers in CEF and LEEF.
static SEVERITIES: [&str; 6] = ["Information", "Notice", "Warning", "Error", "Critical", "Fatal"];
static SEVERITY_NUMBERS: [&str; 6] = ["2", "3", "5", "7", "8", "10"];

/// The names of the categories between `ESET` and `Event`, in the order of the first digit of their class IDs, and the
/// position of each category in [`EVENT_TYPES`].
static CATEGORIES: [&str; 7] =
    ["Threat", "Firewall", "HIPS", "RA Audit", "Inspect", "Blocked File", "Filtered Website"];
static CATEGORY_TYPES: [u8; 7] = [0, 1, 2, 3, 5, 6, 4];

/// The event type of incidents, which have the highest class IDs. ESET publishes neither their category nor their
/// fields.
const INCIDENT: &str = "Incident_Event";
const INCIDENTS: u8 = 7;

/// The default timestamp format.
const TIME: &[u8] = b"MMM dd yyyy HH:mm:ss";

fn type_of(category: usize) -> u8 {
    *CATEGORY_TYPES.get(category).unwrap_or(&INCIDENTS)
}

fn category_of(name: &[u8]) -> Option<usize> {
    position(&CATEGORIES, name.strip_prefix(b"ESET ")?.strip_suffix(b" Event")?)
}

/// Returns the position of a text in a list.
#[inline(never)]
pub(super) fn position(list: &[&str], text: &[u8]) -> Option<usize> {
    list.iter().position(|item| item.as_bytes() == text)
}
