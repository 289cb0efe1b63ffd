//! Collecting: one JSON object's members, sorted into typed slots and the rest.

use crate::json::{Escapes, Nested, Shape, Span, Value, Visitor};
use crate::schema::{self, FIELD_COUNT, Kind};
use crate::text::JsonText;
use crate::typed::{Typed, Verdict, typed};

/// The longest key, with those of the objects around it, that names inside an object are joined to, in bytes. Past it an
/// object is kept as its JSON text: a message must not grow with the product of its keys' lengths and number.
const MAX_PREFIX: usize = 256;

/// What an object's members became. The memory is kept from object to object.
#[derive(Debug)]
pub(crate) struct Collected {
    slots: [Typed; FIELD_COUNT],
    /// The slots that hold a value.
    filled: FieldSet,
    /// The fields of which a value did not fit, so that there are [`Entry`]s to take back if a later one fits.
    misfits: FieldSet,
    /// For each of these fields, how many entries there were when its value was last replaced: its earlier ones are void.
    void_before: [usize; FIELD_COUNT],
    entries: Vec<Entry>,
    /// The entries' keys, one behind the other.
    keys: Vec<u8>,
    /// The keys of the objects entered, each with its `_`, and where each begins.
    prefix: Vec<u8>,
    prefixes: Vec<usize>,
    /// The field that the outermost object entered should have been a value of.
    nested_field: Option<usize>,
    by_key: Vec<usize>,
    scratch: Vec<u8>,
    any: bool,
}

/// A member without a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    key: (usize, usize),
    pub(crate) value: Value,
    field: Option<usize>,
    replaced: bool,
}

impl Collected {
    pub(crate) fn new() -> Self {
        Self {
            slots: [Typed::Bool(false); FIELD_COUNT],
            filled: FieldSet::default(),
            misfits: FieldSet::default(),
            void_before: [0; FIELD_COUNT],
            entries: Vec::new(),
            keys: Vec::new(),
            prefix: Vec::new(),
            prefixes: Vec::new(),
            nested_field: None,
            by_key: Vec::new(),
            scratch: Vec::new(),
            any: false,
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.filled = FieldSet::default();
        self.misfits = FieldSet::default();
        self.entries.clear();
        self.keys.clear();
        self.prefix.clear();
        self.prefixes.clear();
        self.nested_field = None;
        self.any = false;
    }

    /// Whether any member was complete.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    pub(crate) fn has(&self, field: usize) -> bool {
        self.filled.contains(field)
    }

    /// The fields that have a value, in schema order.
    #[inline]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (usize, Typed)> {
        self.filled.iter().map(|field| (field, self.slots[field]))
    }

    pub(crate) fn field_count(&self) -> usize {
        self.filled.len()
    }

    /// The members without a slot, with their keys, in the order in which they came.
    #[inline]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.entries.iter().filter(|entry| !entry.replaced).map(|entry| (self.key(entry), entry))
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        self.keys.get(entry.key.0..entry.key.1).unwrap_or_default()
    }

    /// Lets the last of several entries with the same key stand alone. To be called when all members are there.
    pub(crate) fn settle(&mut self) {
        if !self.misfits.is_empty() {
            for (at, entry) in self.entries.iter_mut().enumerate() {
                entry.replaced = entry.field.is_some_and(|field| at < self.void_before[field]);
            }
        }
        if self.entries.len() < 2 {
            return;
        }
        let mut by_key = std::mem::take(&mut self.by_key);
        by_key.clear();
        by_key.extend((0..self.entries.len()).filter(|at| !self.entries[*at].replaced));
        by_key.sort_unstable_by(|a, b| {
            self.key(&self.entries[*a]).cmp(self.key(&self.entries[*b])).then_with(|| a.cmp(b))
        });
        for pair in by_key.windows(2) {
            if self.key(&self.entries[pair[0]]) == self.key(&self.entries[pair[1]]) {
                self.entries[pair[0]].replaced = true;
            }
        }
        self.by_key = by_key;
    }

    fn find(&mut self, text: &str, key: Span) -> Option<(usize, Kind)> {
        if key.escapes == Escapes::None {
            return schema::find_typed(key.bytes(text));
        }
        self.scratch.clear();
        JsonText::new(text, key).decode(&mut self.scratch);
        schema::find_typed(&self.scratch)
    }

    /// Whether a member is the object's own, and no value of its kind has to be taken back for it.
    #[inline]
    fn is_plain(&self) -> bool {
        self.prefixes.is_empty() && self.misfits.is_empty()
    }

    /// A member in all its variety.
    #[inline(never)]
    fn sort(&mut self, text: &str, key: Span, value: Value) {
        if !self.prefixes.is_empty() {
            return self.push(text, key, value, self.nested_field);
        }
        let Some((field, kind)) = self.find(text, key) else {
            return self.push(text, key, value, None);
        };
        self.unset(field);
        match typed(kind, value, text, &mut self.scratch) {
            Verdict::Fits(typed) => {
                self.slots[field] = typed;
                self.filled.insert(field);
            }
            Verdict::Empty => {}
            Verdict::Misfit => {
                self.add_misfit(field);
                self.push(text, key, value, Some(field));
            }
        }
    }

    /// Takes back what an earlier occurrence of the field gave.
    fn unset(&mut self, field: usize) {
        self.filled.remove(field);
        if self.misfits.contains(field) {
            self.void_before[field] = self.entries.len();
        }
    }

    /// Notes that entries for the field follow.
    fn add_misfit(&mut self, field: usize) {
        if !self.misfits.contains(field) {
            self.misfits.insert(field);
            self.void_before[field] = 0;
        }
    }

    fn push(&mut self, text: &str, key: Span, value: Value, field: Option<usize>) {
        let start = self.keys.len();
        self.keys.extend_from_slice(&self.prefix);
        JsonText::new(text, key).decode(&mut self.keys);
        self.entries.push(Entry { key: (start, self.keys.len()), value, field, replaced: false });
    }
}

impl Visitor for Collected {
    /// Nearly every member of nearly every event is text for a field of text, or empty. So that comes first and goes
    /// straight.
    #[inline(always)]
    fn member(&mut self, text: &str, key: Span, value: Value) {
        self.any = true;
        if value.shape == Shape::String
            && self.is_plain()
            && key.escapes == Escapes::None
            && let Some((field, kind)) = schema::find_typed(key.bytes(text))
        {
            if value.span.start == value.span.end {
                self.filled.remove(field);
                return;
            }
            if kind == Kind::String {
                self.slots[field] = Typed::Text(value.span);
                self.filled.insert(field);
                return;
            }
        }
        self.sort(text, key, value);
    }

    #[inline(never)]
    fn nested(&mut self, text: &str, key: Span) -> Nested {
        let start = self.prefix.len();
        if start + (key.end - key.start) >= MAX_PREFIX {
            return Nested::Whole;
        }
        if self.prefixes.is_empty() {
            self.nested_field = self.find(text, key).map(|(field, _)| field);
            if let Some(field) = self.nested_field {
                self.unset(field);
                self.add_misfit(field);
            }
        }
        self.prefixes.push(start);
        JsonText::new(text, key).decode(&mut self.prefix);
        self.prefix.push(b'_');
        Nested::Enter
    }

    #[inline(never)]
    fn leave(&mut self) {
        self.prefix.truncate(self.prefixes.pop().unwrap_or_default());
        if self.prefixes.is_empty() {
            self.nested_field = None;
        }
    }
}

/// A set of the schema's fields, a bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct FieldSet(u64);

const _: () = assert!(FIELD_COUNT <= u64::BITS as usize);

impl FieldSet {
    fn insert(&mut self, field: usize) {
        self.0 |= 1 << field;
    }

    fn remove(&mut self, field: usize) {
        self.0 &= !(1 << field);
    }

    fn contains(self, field: usize) -> bool {
        self.0 >> field & 1 == 1
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let field = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(field)
        })
    }
}
