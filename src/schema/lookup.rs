//! The look-up of a field by the key that ESET sends.

use super::table::{ADDED, TABLE};
use super::{Kind, Name};
use crate::json::KnownKeys;

/// The position of `event_type`, the field that identifies an object as an ESET event.
pub(crate) const EVENT_TYPE: usize = 0;

/// The length of an array with a slot for each field. It is the number of bits in whole words, so that a bit's position
/// needs no bounds check.
pub(crate) const FIELD_SLOTS: usize = TABLE.len().next_multiple_of(64);

/// The names of [`super::FIELDS`] alone, for code that needs nothing else of a field.
pub(crate) static NAMES: [Name; FIELD_SLOTS] = {
    let mut names = [TABLE[0].name; FIELD_SLOTS];
    let mut field = 0;
    while field < TABLE.len() {
        names[field] = TABLE[field].name;
        field += 1;
    }
    names
};

/// Returns the names of [`super::FIELDS`] and [`super::ADDED`]. Each is at the address that events use, so a shipper
/// can cache its own keys for them.
pub fn names() -> impl Iterator<Item = &'static Name> {
    NAMES[..TABLE.len()].iter().chain(ADDED.iter().map(|field| &field.name))
}

/// Returns the position in [`super::FIELDS`] of the field with this key in ESET's JSON, which is its name or an alias.
///
/// ```
/// use eset_filter::schema::{FIELDS, find};
///
/// let field = find("occured").unwrap();
/// assert_eq!(FIELDS[field].name.text, "occurred");
/// ```
#[must_use]
pub fn find(key: &str) -> Option<usize> {
    find_bytes(key.as_bytes())
}

/// Behaves like [`find`], for a key that may not be UTF-8.
pub(crate) fn find_bytes(key: &[u8]) -> Option<usize> {
    KNOWN.find(key).map(|spelling| usize::from(SPELLINGS[spelling].field))
}

/// A spelling of a field's key.
#[derive(Clone, Copy)]
pub(crate) struct Spelling {
    pub(crate) key: &'static str,
    /// The field's position in [`super::FIELDS`].
    pub(crate) field: u8,
    /// The type of the field.
    pub(crate) kind: Kind,
    /// Whether the field's values are text.
    pub(crate) is_text: bool,
}

impl Spelling {
    const fn new(key: &'static str, field: usize, kind: Kind) -> Self {
        Self { key, field: field as u8, kind, is_text: matches!(kind, Kind::String | Kind::Guid) }
    }
}

/// The number of spellings.
pub(crate) const SPELLING_COUNT: usize = {
    let (mut count, mut field) = (0, 0);
    while field < TABLE.len() {
        count += 1 + TABLE[field].aliases.len();
        field += 1;
    }
    count
};

/// The positions in [`SPELLINGS`] of fields with values that CEF and LEEF write differently.
pub(crate) const EVENT_TYPE_SPELLING: usize = spelling_of("event_type");
pub(crate) const SEVERITY_SPELLING: usize = spelling_of("severity");

pub(crate) const INBOUND_SPELLING: usize = spelling_of("inbound");

const fn spelling_of(name: &str) -> usize {
    let mut at = 0;
    while !same(SPELLING_TABLE[at].key.as_bytes(), name.as_bytes()) {
        at += 1;
    }
    at
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Every spelling of the keys in ESET's JSON.
pub(crate) static SPELLINGS: [Spelling; SPELLING_COUNT] = SPELLING_TABLE;

const SPELLING_TABLE: [Spelling; SPELLING_COUNT] = {
    let mut spellings = [Spelling::new("", 0, Kind::String); SPELLING_COUNT];
    let (mut next, mut field) = (0, 0);
    while field < TABLE.len() {
        let kind = TABLE[field].kind;
        spellings[next] = Spelling::new(TABLE[field].name.text, field, kind);
        next += 1;
        let mut alias = 0;
        while alias < TABLE[field].aliases.len() {
            spellings[next] = Spelling::new(TABLE[field].aliases[alias], field, kind);
            next += 1;
            alias += 1;
        }
        field += 1;
    }
    spellings
};

/// The keys of [`SPELLINGS`].
const KEYS: [&str; SPELLING_COUNT] = {
    let mut keys = [""; SPELLING_COUNT];
    let mut at = 0;
    while at < SPELLING_COUNT {
        keys[at] = SPELLING_TABLE[at].key;
        at += 1;
    }
    keys
};

/// Finds a known key and returns its position in [`SPELLINGS`].
pub(crate) static KNOWN: KnownKeys = KnownKeys::new(&KEYS);
