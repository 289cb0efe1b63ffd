//! The look-up: which field one of ESET's keys means.

use super::table::{ADDED, TABLE};
use super::{Kind, Name};
use crate::json::KnownKeys;

/// The position of `event_type`, by which an object is known to be an ESET event.
pub(crate) const EVENT_TYPE: usize = 0;

/// How many places there are for what belongs to each field: those of the bits of whole words, so that the position of a
/// bit needs no check.
pub(crate) const FIELD_SLOTS: usize = TABLE.len().next_multiple_of(64);

/// The names of [`super::FIELDS`] by themselves, for what needs no more of a field.
pub(crate) static NAMES: [Name; FIELD_SLOTS] = {
    let mut names = [TABLE[0].name; FIELD_SLOTS];
    let mut field = 0;
    while field < TABLE.len() {
        names[field] = TABLE[field].name;
        field += 1;
    }
    names
};

/// The names of [`super::FIELDS`] and [`super::ADDED`], each at the address that events use, for a shipper that keeps
/// keys of its own for them.
pub fn names() -> impl Iterator<Item = &'static Name> {
    NAMES[..TABLE.len()].iter().chain(ADDED.iter().map(|field| &field.name))
}

/// The position in [`super::FIELDS`] of the field that a key of ESET's JSON means, by its name or one of its aliases.
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

/// [`find`], for a key that need not be UTF-8.
pub(crate) fn find_bytes(key: &[u8]) -> Option<usize> {
    KNOWN.find(key).map(|spelling| usize::from(SPELLINGS[spelling].field))
}

/// A way to write a field's key.
#[derive(Clone, Copy)]
pub(crate) struct Spelling {
    pub(crate) key: &'static str,
    /// The field's position in [`super::FIELDS`].
    pub(crate) field: u8,
    /// The field's type.
    pub(crate) kind: Kind,
    /// Whether its values are texts.
    pub(crate) is_text: bool,
}

impl Spelling {
    const fn new(key: &'static str, field: usize, kind: Kind) -> Self {
        Self { key, field: field as u8, kind, is_text: matches!(kind, Kind::String | Kind::Guid) }
    }
}

/// How many ways to write a key there are.
pub(crate) const SPELLING_COUNT: usize = {
    let (mut count, mut field) = (0, 0);
    while field < TABLE.len() {
        count += 1 + TABLE[field].aliases.len();
        field += 1;
    }
    count
};

/// The positions in [`SPELLINGS`] of fields whose values CEF and LEEF write in other ways.
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

/// Every way to write a key of ESET's JSON.
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

/// Finds keys: a key's number is its position in [`SPELLINGS`].
pub(crate) static KNOWN: KnownKeys = KnownKeys::new(&KEYS);
