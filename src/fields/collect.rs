//! Collecting: an event's members, put into typed slots and the rest.

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

/// What flattening may take. An object that takes more, and each one after it, is kept as its JSON text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// How many members of the event that are objects are flattened.
    pub(crate) objects: usize,
    /// The most bytes that all names together have as JSON.
    pub(crate) names: usize,
}

impl Allowance {
    /// All objects are flattened as long as the names have no more bytes than that.
    pub(crate) const fn of_names(names: usize) -> Self {
        Self { objects: usize::MAX, names }
    }
}

/// What an object's members became. The memory is kept from object to object.
#[derive(Debug)]
pub(crate) struct Collected {
    /// On the heap, as it would not fit the stack that a module has in Fluent Bit.
    slots: Box<[Typed; FIELD_SLOTS]>,
    /// The slots that hold a value.
    filled: FieldSet,
    /// The fields of which a value did not fit, so that there are [`Entry`]s to take back if a later one fits.
    misfits: FieldSet,
    /// For each of these fields, how many entries there were when its value was last replaced: its earlier ones are void.
    void_before: Box<[usize; FIELD_SLOTS]>,
    entries: Vec<Entry>,
    /// The entries' keys, one behind the other.
    keys: Vec<u8>,
    /// Texts that do not stand in the message as they are meant, one behind the other.
    resolved: Vec<u8>,
    /// The keys of the objects entered, each with its `_`, and where each begins.
    prefix: Vec<u8>,
    prefixes: Vec<usize>,
    /// The field that the outermost object entered should have been a value of, and how many entries there were before it.
    nested_field: Option<(usize, usize)>,
    allowance: Allowance,
    /// How many members of the event were entered, and how many bytes of names there are, as JSON.
    objects: usize,
    names: usize,
    /// Whether the object entered last takes more than is allowed.
    exceeds: bool,
    by_key: Vec<usize>,
    merged: Vec<usize>,
    length: usize,
    /// No less than what the members of the object around take as JSON, without their keys.
    outer_length: usize,
    scratch: Vec<u8>,
    /// Whether no object is entered, and no misfit may have to be taken back for text: one of a field of text, which is
    /// never a string.
    is_plain: bool,
    /// Whether no key is a field's.
    is_without_fields: bool,
    /// Whether each UUID is looked at before it is taken, and whether one should have been.
    is_strict: bool,
    has_misfit_guid: bool,
    /// Whether any member with a key of the schema was complete, text in its field aside.
    is_known: bool,
    /// Whether there is a backslash that makes no escape.
    has_wrong_escapes: bool,
    /// No less than the bytes that texts have more as JSON than where they stand.
    growth: usize,
    pub(crate) origins: Origins,
}

/// A member without a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    key: (usize, usize),
    pub(crate) value: Sent,
    field: Option<usize>,
    /// Whether it is from the object around.
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

    /// Clears it for an object of which no more than that is to be flattened.
    #[inline]
    pub(crate) fn start(&mut self, allowance: Allowance) {
        self.clear();
        self.allowance = allowance;
    }

    /// The same, where all members are to have no slot.
    pub(crate) fn start_without_fields(&mut self, allowance: Allowance) {
        self.start(allowance);
        self.is_without_fields = true;
        self.is_plain = false;
    }

    /// The same again, where [`Collected::has_misfit_guid`] tells to.
    pub(crate) fn start_strictly(&mut self) {
        self.clear();
        self.is_strict = true;
        self.is_plain = false;
    }

    /// Whether a UUID was taken that is none, or replaced what it should not have: what was collected is void then. That they
    /// are nearly always right makes it worth while to look at them all at once.
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

    /// Whether what was collected is void, as [`Collected::exceeded`] or [`Collected::has_misfit_guid`] tells.
    #[inline]
    pub(crate) fn is_void(&self, message: &str) -> bool {
        self.exceeds || self.has_misfit_guid(message)
    }

    /// What has to be allowed instead, where an object took more than was: what was collected is void then.
    pub(crate) fn exceeded(&self) -> Option<Allowance> {
        self.exceeds.then(|| Allowance { objects: self.objects - 1, names: usize::MAX })
    }

    /// How many bytes the names of the members without a slot have, as JSON.
    pub(crate) fn names(&self) -> usize {
        self.names
    }

    /// Whether any member with a key of the schema was complete.
    pub(crate) fn is_event(&self) -> bool {
        self.is_known || !self.filled.is_empty()
    }

    /// Whether a backslash stood where it makes no escape, so that others may be wrong too.
    pub(crate) fn has_wrong_escapes(&self) -> bool {
        self.has_wrong_escapes
    }

    /// No less than the bytes that the texts have more as JSON than where they stand.
    #[inline]
    pub(crate) fn growth(&self) -> usize {
        self.growth
    }

    pub(crate) fn has(&self, field: usize) -> bool {
        self.filled.contains(field)
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: usize) -> Option<Typed> {
        self.filled.contains(field).then(|| self.slots[field])
    }

    /// The fields that have a value, in schema order.
    #[inline(always)]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (usize, &Typed)> {
        self.filled.iter().map(|field| (field, &self.slots[field]))
    }

    /// No less than what values take as JSON that is given as text, and what those of the object around do.
    pub(crate) fn values(&self) -> usize {
        2 * (self.length + self.outer_length) + self.growth
    }

    /// How long the text is that the members were read from, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn field_count(&self) -> usize {
        self.filled.len()
    }

    /// How many of the fields that have a value hold no text.
    pub(crate) fn short_count(&self) -> usize {
        self.filled.without(FieldSet::TEXTS).len()
    }

    /// The members without a slot, with their keys, in the order in which they came.
    #[inline]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().filter(|entry| !entry.replaced).map(|entry| (self.key_text(entry), entry))
    }

    /// The same with those that others have replaced, whose positions count.
    pub(crate) fn all_entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|entry| (self.key_text(entry), entry))
    }

    /// The members without a slot, with their keys and origins, and whether they are from the object around.
    #[cfg(feature = "places")]
    pub(crate) fn entry_origins(&self) -> impl Iterator<Item = (&str, Origin, bool)> {
        let all = self.entries.iter().enumerate().filter(|(_, entry)| !entry.replaced);
        all.map(|(at, entry)| (self.key_text(entry), self.origins.entry(at), entry.is_outer))
    }

    /// Drops the largest of the members without a slot, as long as `drops` says so of each one's position.
    pub(crate) fn drop_entries(&mut self, is_less: IsLess<'_>, drops: &mut dyn FnMut(usize) -> bool) {
        self.by_key.clear();
        self.by_key.extend((0..self.entries.len()).filter(|at| !self.entries[*at].replaced));
        merge_sort(&mut self.by_key, &mut self.merged, is_less);
        while let Some(largest) = self.by_key.pop().filter(|largest| drops(*largest)) {
            self.entries[largest].replaced = true;
        }
    }

    /// Walks the fields that hold text, in schema order.
    pub(crate) fn for_each_text(&self, message: &str, mut visit: impl FnMut(usize, JsonText<'_>)) {
        for (field, typed) in self.fields() {
            if let Typed::Text(place) = typed {
                visit(field, self.text(message, *place));
            }
        }
    }

    /// Cuts a field's text so that it has at most so many bytes as JSON, and hands on how many it has.
    pub(crate) fn shorten(&mut self, message: &str, field: usize, most: usize) -> usize {
        let Typed::Text(place) = self.slots[field] else { return 0 };
        let (end, length) = self.text(message, place).fitting(most);
        self.slots[field] = Typed::Text(Place { end: place.start + end, ..place });
        length
    }

    /// Keys are made of UTF-8 alone, so that nothing is left out.
    fn key_text(&self, entry: &Entry) -> &str {
        str::from_utf8(self.key(entry)).unwrap_or_default()
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        self.keys.get(entry.key.0..entry.key.1).unwrap_or_default()
    }

    /// Lets the last of several entries with the same key stand alone. To be called when all members are there, with the
    /// length of the text that they were read from, in bytes.
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

    /// The text at a place that a member has.
    #[inline]
    pub(crate) fn text<'t>(&'t self, message: &'t str, place: Place) -> JsonText<'t> {
        text_at(message, &self.resolved, place)
    }

    /// What texts of a source stand in.
    #[inline(always)]
    pub(crate) fn source<'t>(&'t self, message: &'t str, source: Source) -> &'t [u8] {
        source_of(message, &self.resolved, source)
    }

    /// The position in [`SPELLINGS`] of a key.
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

    /// A member.
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

    /// Gives a field a value of whatever kind.
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

    /// The keys that are known without being read, until the next member that comes by [`Collected::member`] or
    /// [`Collected::enter`].
    #[inline(always)]
    pub(crate) fn known_keys(&self) -> Option<&'static KnownKeys> {
        self.is_plain.then_some(&KNOWN)
    }

    /// A member with a known key, its position in [`SPELLINGS`], and text for a value. Nearly every member of nearly every
    /// event is text for a field of text, or empty.
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

    /// A member with a known key and a value that is no text.
    #[inline(always)]
    pub(crate) fn known_value(&mut self, message: &str, key: usize, value: Value) {
        self.origins.set_known(key, "\":", value.span.into());
        self.set(message, key, Key::Known(key), Sent::Value(value));
    }

    /// A text of a format that has no types, for the field of a spelling. Where it does not fit, it has no slot, and `key` for its
    /// key.
    pub(crate) fn set_text(&mut self, message: &str, spelling: usize, key: Place, text: Place) {
        self.set(message, spelling, Key::Sent(key), Sent::Text(text));
    }

    /// The same without a field.
    pub(crate) fn add_text(&mut self, message: &str, key: Place, text: Place) {
        self.push(message, Key::Sent(key), Sent::Text(text), None);
    }

    /// The place of a text that does not stand in the message.
    #[inline(never)]
    pub(crate) fn resolved(&mut self, text: &[u8]) -> Place {
        let start = self.resolved.len();
        escape_into(text, &mut self.resolved);
        let end = self.resolved.len();
        let escapes = if end - start == text.len() { Escapes::None } else { Escapes::Usual };
        Place { start, end, escapes, source: Source::Resolved }
    }

    /// How many bytes of text do not stand in the message.
    pub(crate) fn resolved_length(&self) -> usize {
        self.resolved.len()
    }

    /// Enters an object that is a member's value, if it may be flattened.
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

    /// Leaves the object entered last. Only an object that is complete takes the place of an earlier value.
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

    /// The text of a member without a slot.
    pub(crate) fn text_under(&self, key: &str) -> Option<Place> {
        let entry = self.entries.iter().find(|entry| !entry.replaced && self.key(entry) == key.as_bytes())?;
        match entry.value {
            Sent::Text(place) => Some(place),
            Sent::Value(_) => None,
        }
    }

    /// Drops the members without a slot that others have replaced, and one more: what is left stands in each event.
    pub(crate) fn keep_all_but(&mut self, dropped: &str) {
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

    /// Puts the members of the object around this one before its own, as members without a slot; of those with the same key
    /// its own stand.
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

    /// Resolves a text that stands in a string of other JSON; `start` is behind its opening quote. Gives its place, and the
    /// offset in `text` of its end. `None` where that is not possible.
    #[inline(never)]
    pub(crate) fn resolve(&mut self, text: &[u8], start: usize) -> Option<(Place, usize)> {
        let from = self.resolved.len();
        let end = unescape_outer(text, start, &mut self.resolved)?;
        let to = self.resolved.len();
        Some((Place { start: from, end: to, escapes: Escapes::Usual, source: Source::Resolved }, end))
    }

    /// Takes note of JSON that is damaged.
    #[cold]
    pub(crate) fn note_damage(&mut self, place: Span) {
        self.has_wrong_escapes |= place.escapes == Escapes::Wrong;
        self.growth += (place.end - place.start) * (MAX_GROWTH - 1);
    }

    /// Takes back what an earlier occurrence of the field gave.
    #[inline(never)]
    fn unset(&mut self, field: usize) {
        self.filled.remove(field);
        if self.misfits.contains(field) {
            self.void_before[field] = self.entries.len();
        }
    }

    /// Notes that entries for the field follow.
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

/// How many bytes of JSON text in JSON are one that is no JSON: `\\u0001`, with its backslash escaped.
const MAX_GROWTH: usize = 7;

/// A member's key: where it stands, or, as the schema writes it, its position in [`SPELLINGS`].
#[derive(Clone, Copy)]
enum Key {
    Sent(Place),
    Known(usize),
}

/// A value for each field that there can be.
fn on_heap<T: Clone>(value: T) -> Box<[T; FIELD_SLOTS]> {
    vec![value; FIELD_SLOTS].try_into().unwrap_or_else(|_| unreachable!())
}

#[inline]
fn text_at<'t>(message: &'t str, resolved: &'t [u8], Place { start, end, escapes, source }: Place) -> JsonText<'t> {
    JsonText::of(source_of(message, resolved, source), Span { start, end, escapes })
}

/// What texts of a source stand in.
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
    fn text_takes_back_what_did_not_fit_its_field() {
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
    fn names_inside_an_object_are_not_the_schemas() {
        assert_eq!(
            record(r#"{"severity":{"severity":"a","x":{"hash":"b"},"hash":"c"},"hash":"d"}"#),
            r#"{"hash":"d","parse_status":"ok","additional_fields":{"severity_severity":"a","severity_x_hash":"b","severity_hash":"c"}}"#
        );
    }
}
