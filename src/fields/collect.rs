//! Collecting: puts the members of an event into typed slots, and all others into entries.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::guid::is_guid;
use super::merge_sort::{IsLess, merge_sort};
#[cfg(feature = "places")]
use super::origins::Origin;
use super::origins::Origins;
use super::place::{Place, Sent, Source};
use super::set::FieldSet;
use super::typed::{Typed, Verdict, typed_text, typed_value};
use crate::json::{Escapes, JsonText, KnownKeys, Nested, Span, Value, escape_into, escaped_length, unescape_outer};
use crate::limits::MAX_PREFIX;
use crate::schema::{FIELD_SLOTS, KNOWN, Kind, SPELLINGS, Spelling};

/// The limits of flattening. An object that exceeds them, and each object after it, is kept as its JSON text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// The maximum number of object members of the event that are flattened.
    pub(crate) objects: usize,
    /// The maximum total length of all names as JSON, in bytes.
    pub(crate) names: usize,
}

impl Allowance {
    /// Limits only the total length of the names, in bytes.
    pub(crate) const fn of_names(names: usize) -> Self {
        Self { objects: usize::MAX, names }
    }
}

/// The collected members of an object. The memory is reused from object to object.
#[derive(Debug)]
pub(crate) struct Collected {
    /// The values of the fields, on the heap because the stack of a module in Fluent Bit is too small for them.
    slots: Box<[Typed; FIELD_SLOTS]>,
    /// The slots that contain a value.
    filled: FieldSet,
    /// The fields for which a value did not fit. Their [`Entry`]s must be discarded if a later value fits.
    misfits: FieldSet,
    /// For each field in `misfits`, the number of entries when its value was last replaced. Its entries before that are
    /// void.
    void_before: Box<[usize; FIELD_SLOTS]>,
    entries: Vec<Entry>,
    /// The keys of the entries, concatenated.
    keys: Vec<u8>,
    /// Texts that differ from their form in the message, such as unescaped text, concatenated.
    resolved: Vec<u8>,
    /// The keys of the objects entered, each followed by `_`, and the offset of each.
    prefix: Vec<u8>,
    prefixes: Vec<usize>,
    /// The field with the key of the outermost object entered, if there is one, and the number of entries before the
    /// object.
    nested_field: Option<(usize, usize)>,
    allowance: Allowance,
    /// The number of members of the event that were entered, and the total length of the names as JSON, in bytes.
    objects: usize,
    names: usize,
    /// Whether the object entered last exceeds the allowance.
    exceeds: bool,
    by_key: Vec<usize>,
    merged: Vec<usize>,
    length: usize,
    /// An upper bound on the length of the wrapper's members as JSON, without their keys.
    outer_length: usize,
    scratch: Vec<u8>,
    /// Whether known keys can be looked up directly: no object is entered, and no text can replace a value that did not
    /// fit its field. A value that does not fit a text field is never a string.
    is_plain: bool,
    /// Whether no key is treated as a field.
    is_without_fields: bool,
    /// Whether each UUID is checked before it is stored.
    is_strict: bool,
    /// Whether a value for a UUID field was not a UUID.
    has_misfit_guid: bool,
    /// Whether any member with a key of the schema was complete, apart from text that went directly into its slot.
    is_known: bool,
    /// Whether there is a backslash that does not begin an escape.
    has_wrong_escapes: bool,
    /// An upper bound on the number of bytes that the texts gain when they are written as JSON.
    growth: usize,
    pub(crate) origins: Origins,
}

/// A member without a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    key: (usize, usize),
    pub(crate) value: Sent,
    field: Option<usize>,
    /// Whether the member is from the wrapper.
    pub(crate) is_outer: bool,
    replaced: bool,
}

impl Collected {
    #[inline(never)]
    pub(crate) fn new() -> Self {
        Self {
            slots: on_heap(Typed::Bool(false)),
            filled: FieldSet::default(),
            misfits: FieldSet::default(),
            void_before: on_heap(0),
            entries: Vec::new(),
            keys: Vec::new(),
            resolved: Vec::new(),
            prefix: Vec::new(),
            prefixes: Vec::new(),
            nested_field: None,
            allowance: Allowance::of_names(usize::MAX),
            objects: 0,
            names: 0,
            exceeds: false,
            by_key: Vec::new(),
            merged: Vec::new(),
            length: 0,
            outer_length: 0,
            scratch: Vec::new(),
            is_plain: true,
            is_without_fields: false,
            is_strict: false,
            has_misfit_guid: false,
            is_known: false,
            has_wrong_escapes: false,
            growth: 0,
            origins: Origins::default(),
        }
    }

    #[inline(never)]
    pub(crate) fn clear(&mut self) {
        self.filled = FieldSet::default();
        self.misfits = FieldSet::default();
        self.entries.clear();
        self.keys.clear();
        self.resolved.clear();
        self.prefix.clear();
        self.prefixes.clear();
        self.nested_field = None;
        self.objects = 0;
        self.names = 0;
        self.exceeds = false;
        self.is_plain = true;
        self.outer_length = 0;
        self.is_without_fields = false;
        self.is_strict = false;
        self.has_misfit_guid = false;
        self.is_known = false;
        self.has_wrong_escapes = false;
        self.growth = 0;
        self.origins.clear();
    }

    /// Prepares for an object that is flattened within this allowance.
    #[inline]
    pub(crate) fn start(&mut self, allowance: Allowance) {
        self.clear();
        self.allowance = allowance;
    }

    /// Behaves like [`Collected::start`], but makes every member an entry without a slot.
    pub(crate) fn start_without_fields(&mut self, allowance: Allowance) {
        self.start(allowance);
        self.is_without_fields = true;
        self.is_plain = false;
    }

    /// Prepares for reading an object again after [`Collected::has_misfit_guid`] has returned true.
    pub(crate) fn start_strictly(&mut self) {
        self.clear();
        self.is_strict = true;
        self.is_plain = false;
    }

    /// Returns whether an invalid UUID was stored or has replaced another value. If so, the collected members are void.
    /// UUIDs are nearly always valid, so checking them all at once is faster.
    #[inline(never)]
    pub(crate) fn has_misfit_guid(&self, message: &str) -> bool {
        let is_misfit = |field: usize| match self.slots[field] {
            Typed::Text(Place { start, end, escapes: Escapes::None, source }) => {
                !self.source(message, source).get(start..end).is_some_and(is_guid)
            }
            _ => true,
        };
        !self.is_strict && (self.has_misfit_guid || self.filled.and(FieldSet::GUIDS).iter().any(is_misfit))
    }

    /// Returns whether the collected members are void because of [`Collected::exceeded`] or
    /// [`Collected::has_misfit_guid`].
    #[inline]
    pub(crate) fn is_void(&self, message: &str) -> bool {
        self.exceeds || self.has_misfit_guid(message)
    }

    /// Returns the allowance to use instead if an object exceeded it. The collected members are then void.
    pub(crate) fn exceeded(&self) -> Option<Allowance> {
        self.exceeds.then(|| Allowance { objects: self.objects - 1, names: usize::MAX })
    }

    /// Returns the total length of the names of the entries as JSON, in bytes.
    pub(crate) fn names(&self) -> usize {
        self.names
    }

    /// Returns whether any member with a key of the schema was complete.
    pub(crate) fn is_event(&self) -> bool {
        self.is_known || !self.filled.is_empty()
    }

    /// Returns whether there was a backslash that does not begin an escape. Other escapes may then be wrong as well.
    pub(crate) fn has_wrong_escapes(&self) -> bool {
        self.has_wrong_escapes
    }

    /// Returns an upper bound on the number of bytes that the texts gain when they are written as JSON.
    #[inline]
    pub(crate) fn growth(&self) -> usize {
        self.growth
    }

    pub(crate) fn has(&self, field: usize) -> bool {
        self.filled.contains(field)
    }

    /// Returns the value of a field.
    pub(crate) fn get(&self, field: usize) -> Option<Typed> {
        self.filled.contains(field).then(|| self.slots[field])
    }

    /// Iterates over the fields that have a value, in schema order.
    #[inline(always)]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (usize, &Typed)> {
        self.filled.iter().map(|field| (field, &self.slots[field]))
    }

    /// Returns an upper bound on the length of all values, including the wrapper's, in bytes. It allows for JSON that
    /// is written as a string.
    pub(crate) fn values(&self) -> usize {
        2 * (self.length + self.outer_length) + self.growth
    }

    /// Returns the length of the text that the members were read from, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn field_count(&self) -> usize {
        self.filled.len()
    }

    /// Returns the number of fields with a value that is not text.
    pub(crate) fn short_count(&self) -> usize {
        self.filled.without(FieldSet::TEXTS).len()
    }

    /// Iterates over the entries, the members without a slot, with their keys, in their original order.
    #[inline]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().filter(|entry| !entry.replaced).map(|entry| (self.key_text(entry), entry))
    }

    /// Behaves like [`Collected::entries`], but includes replaced entries, so that each is at its position.
    pub(crate) fn all_entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|entry| (self.key_text(entry), entry))
    }

    /// Iterates over the entries, with their keys and origins, and whether they are from the wrapper.
    #[cfg(feature = "places")]
    pub(crate) fn entry_origins(&self) -> impl Iterator<Item = (&str, Origin, bool)> {
        let all = self.entries.iter().enumerate().filter(|(_, entry)| !entry.replaced);
        all.map(|(at, entry)| (self.key_text(entry), self.origins.entry(at), entry.is_outer))
    }

    /// Drops entries, the largest first, as long as `drops` returns true for their positions.
    pub(crate) fn drop_entries(&mut self, is_less: IsLess<'_>, drops: &mut dyn FnMut(usize) -> bool) {
        self.by_key.clear();
        self.by_key.extend((0..self.entries.len()).filter(|at| !self.entries[*at].replaced));
        merge_sort(&mut self.by_key, &mut self.merged, is_less);
        while let Some(largest) = self.by_key.pop().filter(|largest| drops(*largest)) {
            self.entries[largest].replaced = true;
        }
    }

    /// Visits the fields that contain text, in schema order.
    pub(crate) fn for_each_text(&self, message: &str, mut visit: impl FnMut(usize, JsonText<'_>)) {
        for (field, typed) in self.fields() {
            if let Typed::Text(place) = typed {
                visit(field, self.text(message, *place));
            }
        }
    }

    /// Truncates the text of a field to at most `most` bytes as JSON. Returns its resulting length.
    pub(crate) fn shorten(&mut self, message: &str, field: usize, most: usize) -> usize {
        let Typed::Text(place) = self.slots[field] else { return 0 };
        let (end, length) = self.text(message, place).fitting(most);
        self.slots[field] = Typed::Text(Place { end: place.start + end, ..place });
        length
    }

    /// Returns the key of an entry as text. Keys are always UTF-8, so the default is never used.
    fn key_text(&self, entry: &Entry) -> &str {
        str::from_utf8(self.key(entry)).unwrap_or_default()
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        self.keys.get(entry.key.0..entry.key.1).unwrap_or_default()
    }

    /// Keeps only the last of several entries with the same key. Must be called after all members have been collected,
    /// with the length of the text that they were read from, in bytes.
    #[inline(never)]
    pub(crate) fn settle(&mut self, length: usize) {
        self.length = length;
        if !self.misfits.is_empty() || self.entries.len() > 1 {
            self.settle_entries();
        }
    }

    #[inline(never)]
    fn settle_entries(&mut self) {
        if !self.misfits.is_empty() {
            for (at, entry) in self.entries.iter_mut().enumerate() {
                entry.replaced = entry.field.is_some_and(|field| at < self.void_before[field]);
            }
        }
        if self.entries.len() > 1 {
            self.settle_names();
        }
    }

    fn settle_names(&mut self) {
        let mut by_key = core::mem::take(&mut self.by_key);
        by_key.clear();
        by_key.extend((0..self.entries.len()).filter(|at| !self.entries[*at].replaced));
        let mut merged = core::mem::take(&mut self.merged);
        merge_sort(&mut by_key, &mut merged, &mut |a, b| self.key(&self.entries[a]) < self.key(&self.entries[b]));
        self.merged = merged;
        for pair in by_key.windows(2) {
            if self.key(&self.entries[pair[0]]) == self.key(&self.entries[pair[1]]) {
                self.entries[pair[0]].replaced = true;
            }
        }
        self.by_key = by_key;
    }

    /// Returns the text at the place of a member.
    #[inline]
    pub(crate) fn text<'t>(&'t self, message: &'t str, place: Place) -> JsonText<'t> {
        text_at(message, &self.resolved, place)
    }

    /// Returns the buffer that places with this source refer to.
    #[inline(always)]
    pub(crate) fn source<'t>(&'t self, message: &'t str, source: Source) -> &'t [u8] {
        source_of(message, &self.resolved, source)
    }

    /// Returns the position of a key in [`SPELLINGS`].
    #[inline(never)]
    fn find(&mut self, message: &str, key: Place) -> Option<usize> {
        let key = text_at(message, &self.resolved, key);
        if let Some(key) = key.plain() {
            return KNOWN.find(key);
        }
        self.scratch.clear();
        key.decode(&mut self.scratch);
        KNOWN.find(&self.scratch)
    }

    /// Collects a member.
    #[inline(never)]
    pub(crate) fn member(&mut self, message: &str, key: Place, value: Sent) {
        self.origins.set_next((key.start, key.end), value.range());
        if let Sent::Value(Value { span, .. }) = value
            && span.escapes >= Escapes::Control
        {
            self.note_damage(span);
        }
        if !self.prefixes.is_empty() || self.is_without_fields {
            return self.push(message, Key::Sent(key), value, self.nested_field.map(|(field, _)| field));
        }
        match self.find(message, key) {
            Some(spelling) => self.set(message, spelling, Key::Sent(key), value),
            None => self.push(message, Key::Sent(key), value, None),
        }
    }

    /// Sets a field to a value of any kind.
    #[inline(never)]
    fn set(&mut self, message: &str, spelling: usize, key: Key, value: Sent) {
        self.is_known = true;
        let Spelling { field, kind, .. } = SPELLINGS[spelling];
        let field = usize::from(field);
        self.unset(field);
        let verdict = match value {
            Sent::Text(place) => typed_text(kind, place, text_at(message, &self.resolved, place), &mut self.scratch),
            Sent::Value(value) => typed_value(kind, value, message),
        };
        match verdict {
            Verdict::Fits(typed) => {
                self.slots[field] = typed;
                self.filled.insert(field);
                self.origins.put_field(field);
            }
            Verdict::Empty => {}
            Verdict::Misfit => {
                self.has_misfit_guid |= kind == Kind::Guid;
                self.add_misfit(field);
                self.push(message, key, value, Some(field));
            }
        }
    }

    /// Returns the keys that the reader can look up directly, until it next calls [`Collected::member`] or
    /// [`Collected::enter`].
    #[inline(always)]
    pub(crate) fn known_keys(&self) -> Option<&'static KnownKeys> {
        self.is_plain.then_some(&KNOWN)
    }

    /// Collects a member with a known key, given by its position in [`SPELLINGS`], and a string value. In nearly every
    /// event, nearly every member is text for a text field, or empty.
    #[inline(always)]
    pub(crate) fn known_text(&mut self, message: &str, key: usize, value: Place) {
        let Spelling { field, is_text, .. } = SPELLINGS[key];
        let field = usize::from(field);
        self.origins.set_known(key, "\":\"", value);
        if value.is_empty() {
            self.is_known = true;
            self.unset(field);
        } else if is_text {
            self.slots[field] = Typed::Text(value);
            self.filled.insert(field);
            self.origins.put_field(field);
        } else {
            self.set(message, key, Key::Known(key), Sent::Text(value));
        }
    }

    /// Collects a member with a known key and a value that is not a string.
    #[inline(always)]
    pub(crate) fn known_value(&mut self, message: &str, key: usize, value: Value) {
        self.origins.set_known(key, "\":", value.span.into());
        self.set(message, key, Key::Known(key), Sent::Value(value));
    }

    /// Collects a text for the field of a spelling, from a format that has no types. A text that does not fit becomes
    /// an entry with the key `key`.
    pub(crate) fn set_text(&mut self, message: &str, spelling: usize, key: Place, text: Place) {
        self.set(message, spelling, Key::Sent(key), Sent::Text(text));
    }

    /// Collects a text that does not belong to a field.
    pub(crate) fn add_text(&mut self, message: &str, key: Place, text: Place) {
        self.push(message, Key::Sent(key), Sent::Text(text), None);
    }

    /// Stores a text that is not in the message and returns its place.
    #[inline(never)]
    pub(crate) fn resolved(&mut self, text: &[u8]) -> Place {
        let start = self.resolved.len();
        escape_into(text, &mut self.resolved);
        let end = self.resolved.len();
        let escapes = if end - start == text.len() { Escapes::None } else { Escapes::Usual };
        Place { start, end, escapes, source: Source::Resolved }
    }

    /// Returns the total length of the texts that are not in the message, in bytes.
    pub(crate) fn resolved_length(&self) -> usize {
        self.resolved.len()
    }

    /// Enters an object that is the value of a member, if it may be flattened.
    #[inline(never)]
    pub(crate) fn enter(&mut self, message: &str, key: Place) -> Nested {
        let start = self.prefix.len();
        let is_outermost = self.prefixes.is_empty();
        if self.exceeds || (is_outermost && self.objects == self.allowance.objects) {
            return Nested::Whole;
        }
        text_at(message, &self.resolved, key).decode(&mut self.prefix);
        if self.prefix.len() > MAX_PREFIX {
            self.prefix.truncate(start);
            return Nested::Whole;
        }
        if is_outermost {
            self.objects += 1;
            let field = self.find(message, key).filter(|_| !self.is_without_fields);
            let field = field.map(|spelling| usize::from(SPELLINGS[spelling].field));
            self.nested_field = field.map(|field| (field, self.entries.len()));
            if let Some(field) = field {
                self.add_misfit(field);
            }
        }
        self.is_plain = false;
        self.prefixes.push(start);
        self.prefix.push(b'_');
        Nested::Enter
    }

    /// Leaves the object entered last. Only a complete object replaces an earlier value.
    #[inline(never)]
    pub(crate) fn leave(&mut self) {
        self.prefix.truncate(self.prefixes.pop().unwrap_or_default());
        if self.prefixes.is_empty() {
            if let Some((field, before)) = self.nested_field.take() {
                self.is_known = true;
                self.filled.remove(field);
                self.void_before[field] = before;
            }
            self.is_plain = self.misfits.is_empty() && !self.is_without_fields && !self.is_strict;
        }
    }

    /// Returns the place of the text of an entry with this key.
    pub(crate) fn text_under(&self, key: &str) -> Option<Place> {
        let entry = self.entries.iter().find(|entry| !entry.replaced && self.key(entry) == key.as_bytes())?;
        match entry.value {
            Sent::Text(place) => Some(place),
            Sent::Value(_) => None,
        }
    }

    /// Drops the replaced entries and the entry with the key `dropped`. Every event carries the remaining entries.
    pub(crate) fn keep_all_except(&mut self, dropped: &str) {
        let Self { entries, keys, names, origins, .. } = self;
        let (mut kept, mut end) = (0, 0);
        *names = 0;
        for at in 0..entries.len() {
            let Entry { key: (start, past), replaced, .. } = entries[at];
            if replaced || &keys[start..past] == dropped.as_bytes() {
                continue;
            }
            *names += escaped_length(&keys[start..past]);
            keys.copy_within(start..past, end);
            entries[kept] = Entry { key: (end, end + past - start), ..entries[at] };
            origins.move_entry(at, kept);
            (kept, end) = (kept + 1, end + past - start);
        }
        entries.truncate(kept);
        keys.truncate(end);
    }

    /// Inserts the members of the wrapper before this object's own, as entries. If both have the same key, this
    /// object's own member is kept.
    #[cold]
    pub(crate) fn put_before(&mut self, outer: &Self) {
        let (keys, count, own) = (self.keys.len(), outer.entries.len(), self.entries.len());
        self.keys.extend_from_slice(&outer.keys);
        self.entries.extend_from_slice(&outer.entries);
        self.entries.copy_within(..own, count);
        for (entry, outer) in self.entries.iter_mut().zip(&outer.entries) {
            *entry = Entry { key: (keys + outer.key.0, keys + outer.key.1), is_outer: true, ..*outer };
        }
        self.origins.put_before(&outer.origins, count);
        self.outer_length = outer.length + outer.growth;
        self.names += outer.names;
        self.settle_names();
    }

    /// Removes the outer level of escapes from a text inside a string of other JSON. `start` is the offset after its
    /// opening quote. Returns its place and the offset of its end in `text`, or `None` if that is not possible.
    #[inline(never)]
    pub(crate) fn resolve(&mut self, text: &[u8], start: usize) -> Option<(Place, usize)> {
        let from = self.resolved.len();
        let end = unescape_outer(text, start, &mut self.resolved)?;
        let to = self.resolved.len();
        Some((Place { start: from, end: to, escapes: Escapes::Usual, source: Source::Resolved }, end))
    }

    /// Records damaged JSON.
    #[cold]
    pub(crate) fn note_damage(&mut self, place: Span) {
        self.has_wrong_escapes |= place.escapes == Escapes::Wrong;
        self.growth += (place.end - place.start) * (MAX_GROWTH - 1);
    }

    /// Discards the value of an earlier occurrence of the field.
    #[inline(never)]
    fn unset(&mut self, field: usize) {
        self.filled.remove(field);
        if self.misfits.contains(field) {
            self.void_before[field] = self.entries.len();
        }
    }

    /// Records that entries for the field follow.
    fn add_misfit(&mut self, field: usize) {
        self.is_plain = false;
        if !self.misfits.contains(field) {
            self.misfits.insert(field);
            self.void_before[field] = 0;
        }
    }

    fn push(&mut self, message: &str, key: Key, value: Sent, field: Option<usize>) {
        if self.exceeds {
            return;
        }
        let start = self.keys.len();
        self.keys.extend_from_slice(&self.prefix);
        match key {
            Key::Sent(place) => text_at(message, &self.resolved, place).decode(&mut self.keys),
            Key::Known(spelling) => self.keys.extend_from_slice(SPELLINGS[spelling].key.as_bytes()),
        }
        self.names += escaped_length(&self.keys[start..]);
        self.exceeds = !self.prefixes.is_empty() && self.names > self.allowance.names;
        self.entries.push(Entry { key: (start, self.keys.len()), value, field, is_outer: false, replaced: false });
        self.origins.put_entry();
    }
}

/// The maximum number of bytes for a damaged byte in JSON that is written as a string: `\\u0001`, with its backslash
/// escaped.
const MAX_GROWTH: usize = 7;

/// The key of a member: its place, or its position in [`SPELLINGS`] if it is written as in the schema.
#[derive(Clone, Copy)]
enum Key {
    Sent(Place),
    Known(usize),
}

/// Allocates a value for each field slot.
fn on_heap<T: Clone>(value: T) -> Box<[T; FIELD_SLOTS]> {
    vec![value; FIELD_SLOTS].try_into().unwrap_or_else(|_| unreachable!())
}

#[inline]
fn text_at<'t>(message: &'t str, resolved: &'t [u8], Place { start, end, escapes, source }: Place) -> JsonText<'t> {
    JsonText::of(source_of(message, resolved, source), Span { start, end, escapes })
}

/// Returns the buffer that places with this source refer to.
#[inline(always)]
fn source_of<'t>(message: &'t str, resolved: &'t [u8], source: Source) -> &'t [u8] {
    match source {
        Source::Message => message.as_bytes(),
        Source::Resolved => resolved,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Filter, Options, encode};

    fn record(message: &str) -> String {
        let mut filter = Filter::new(Options::default());
        let mut out = Vec::new();
        encode::json::write(&filter.parse_str(message).next().unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_replaces_a_value_that_did_not_fit_its_field() {
        for misfit in [r#"["x"]"#, r#"{"x":"y"}"#, r#"{"x":{"y":"z"}}"#] {
            for between in ["", r#""hostname":"a","#, r#""source_port":"x","#, r#""unknown":"","#] {
                let message = |severity: &str| format!(r#"{{"severity":{misfit},{between}"severity":{severity}}}"#);
                let other = format!(r#"{{{between}"severity":"Error"}}"#);
                assert_eq!(record(&message(r#""Error""#)), record(&other));
                let nothing = format!(r#"{{{between}"severity":""}}"#);
                assert_eq!(record(&message(r#""""#)), record(&nothing));
            }
        }
    }

    #[test]
    fn names_inside_an_object_are_not_fields() {
        assert_eq!(
            record(r#"{"severity":{"severity":"a","x":{"hash":"b"},"hash":"c"},"hash":"d"}"#),
            r#"{"hash":"d","parse_status":"ok","additional_fields":{"severity_severity":"a","severity_x_hash":"b","severity_hash":"c"}}"#
        );
    }
}
