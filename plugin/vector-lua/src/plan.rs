//! A plan: the steps with which a stack machine such as Lua creates the tables of a message's events.
//!
//! A plan owns everything that it needs, so following it depends on nothing else. Its memory is reused from message to
//! message.

use eset_filter::schema::{self, ADDITIONAL_FIELDS};
use eset_filter::{Container, DateTime, Event, Number, Value, encode};

use crate::settings::Timestamps;

/// A step. Its result is then on top of the stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// Pushes a table with room for this many items and members.
    Table { items: usize, members: usize },
    /// Pushes one of the [`names`].
    Name(Name),
    /// Pushes the text in this range of [`Plan::bytes`].
    Text { start: usize, end: usize },
    /// Pushes an integer.
    Int(i64),
    /// Pushes a double.
    Double(f64),
    /// Pushes a bool.
    Bool(bool),
    /// Moves a value and the key below it into the table below the key.
    Member,
    /// Moves a value into the table below it, at this position, counted from 1.
    Item(usize),
    /// Copies members of Vector's record into the table on top. Their positions are in this range of [`Plan::kept`].
    Kept { start: usize, end: usize },
}

/// A name, identified by the address of its own static.
pub(crate) type Name = &'static &'static str;

/// The steps for the events of a message.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    steps: Vec<Step>,
    bytes: Vec<u8>,
    kept: Vec<usize>,
    /// The end of each event's steps.
    ends: Vec<usize>,
}

/// The maximum memory kept from message to message, in bytes. Few messages need more. After a message that does, the
/// rest is freed.
const KEPT: usize = 1 << 20;

/// The members of a table that Vector treats as a timestamp if the first six are present.
///
/// Source: Vector, `src/value/value/lua.rs` of its crate `vrl`.
static TIME: [&str; 7] = ["year", "month", "day", "hour", "min", "sec", "nanosec"];

/// The member of an event that contains Vector's record.
pub(crate) static LOG: &str = "log";

/// Returns all names.
pub(crate) fn names() -> impl Iterator<Item = Name> {
    schema::names().map(|name| &name.text).chain(&TIME).chain(std::iter::once(&LOG))
}

impl Plan {
    /// Removes all steps.
    pub(crate) fn clear(&mut self) {
        let Self { steps, bytes, kept, ends } = self;
        steps.clear();
        steps.shrink_to(KEPT / size_of::<Step>());
        bytes.clear();
        bytes.shrink_to(KEPT);
        kept.clear();
        kept.shrink_to(KEPT / size_of::<usize>());
        ends.clear();
        ends.shrink_to(KEPT / size_of::<usize>());
    }

    /// Appends the table of an event, with the members of Vector's record that are kept. `kept` has their positions in
    /// ascending order.
    pub(crate) fn push_event(&mut self, event: &Event<'_>, timestamps: Timestamps, kept: impl Iterator<Item = usize>) {
        let start = self.kept.len();
        self.kept.extend(kept);
        let end = self.kept.len();
        self.steps.push(Step::Table { items: 0, members: event.name_count() + end - start });
        if end > start {
            self.steps.push(Step::Kept { start, end });
        }
        event.for_each(|name, value| {
            self.steps.push(Step::Name(&name.text));
            match value {
                Value::DateTime(time) if timestamps == Timestamps::Vector => self.push_time(time),
                value => self.push_value(value),
            }
            self.steps.push(Step::Member);
        });
        self.push_additional_fields(event);
        self.ends.push(self.steps.len());
    }

    /// Returns the number of events.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the steps for an event below [`Plan::len`].
    pub(crate) fn steps(&self, event: usize) -> &[Step] {
        let start = if event == 0 { Some(&0) } else { self.ends.get(event - 1) };
        start.zip(self.ends.get(event)).and_then(|(start, end)| self.steps.get(*start..*end)).unwrap_or_default()
    }

    /// Returns the bytes in a range.
    pub(crate) fn bytes(&self, start: usize, end: usize) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Returns the positions in a range.
    pub(crate) fn kept(&self, start: usize, end: usize) -> &[usize] {
        self.kept.get(start..end).unwrap_or_default()
    }

    fn push_additional_fields(&mut self, event: &Event<'_>) {
        let count = event.additional_fields().count();
        if count == 0 {
            return;
        }
        let alias = Alias::of(event.additional_fields().map(|(key, _)| key.as_bytes()));
        self.steps.push(Step::Name(&ADDITIONAL_FIELDS.name.text));
        self.steps.push(Step::Table { items: 0, members: count });
        for (key, value) in event.additional_fields() {
            self.push_text(|bytes| bytes.extend_from_slice(key.as_bytes()), alias);
            self.push_value(value);
            self.steps.push(Step::Member);
        }
        self.steps.push(Step::Member);
    }

    fn push_value(&mut self, value: Value<'_>) {
        match value {
            Value::JsonText(text) => self.push_text(|bytes| text.decode(bytes), None),
            Value::Text(text) => self.push_text(|bytes| bytes.extend_from_slice(text.as_bytes()), None),
            Value::Int(value) => self.steps.push(Step::Int(value)),
            Value::Bool(value) => self.steps.push(Step::Bool(value)),
            Value::DateTime(time) => self.push_text(|bytes| time.write(bytes), None),
            Value::Number(number) => self.push_number(number),
            // A table cannot contain `nil`. Vector itself passes `null` as an empty string.
            Value::Null => self.push_text(|_| {}, None),
            Value::Container(container) => self.push_container(container),
            Value::EmptyObject => self.steps.push(Step::Table { items: 0, members: 0 }),
            Value::AsJsonText(json) => self.push_text(|bytes| encode::json::write_compact(json, bytes), None),
        }
    }

    /// Pushes a text. Renames the key `sec` if there is an alias.
    #[inline]
    fn push_text(&mut self, write: impl FnOnce(&mut Vec<u8>), alias: Option<Alias>) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        if let Some(Alias { underscores }) = alias
            && self.bytes(start, self.bytes.len()) == SECOND
        {
            self.bytes.resize(self.bytes.len() + underscores, b'_');
        }
        self.steps.push(Step::Text { start, end: self.bytes.len() });
    }

    /// Pushes a number as an integer or a double if that keeps all its digits, otherwise as text.
    fn push_number(&mut self, number: &str) {
        match Number::exact(number) {
            Some(Number::Int(value)) => self.steps.push(Step::Int(value)),
            Some(Number::Double(value)) => self.steps.push(Step::Double(value)),
            Some(Number::Unsigned(_)) | None => {
                self.push_text(|bytes| bytes.extend_from_slice(number.as_bytes()), None)
            }
        }
    }

    fn push_time(&mut self, time: DateTime) {
        let ((year, month, day), (hour, minute, second)) = (time.date(), time.time());
        let parts = [year.into(), month.into(), day.into(), hour.into(), minute.into(), second.into()];
        self.steps.push(Step::Table { items: 0, members: TIME.len() });
        for (name, part) in TIME.iter().zip(parts.into_iter().chain([time.subsec_nanos().into()])) {
            self.steps.extend([Step::Name(name), Step::Int(part), Step::Member]);
        }
    }

    /// Pushes an array or object. It has at most [`eset_filter::limits::MAX_ARRAY_LEVELS`] levels, which limits the
    /// recursion.
    fn push_container(&mut self, container: Container<'_>) {
        let count = container.items().count();
        let is_object = container.is_object();
        let (items, members) = if is_object { (0, count) } else { (count, 0) };
        let alias = if is_object { Alias::of_object(container) } else { None };
        self.steps.push(Step::Table { items, members });
        for (at, (key, value)) in container.items().enumerate() {
            if let Some(key) = key {
                self.push_text(|bytes| key.decode(bytes), alias);
            }
            self.push_value(value);
            self.steps.push(if is_object { Step::Member } else { Step::Item(at + 1) });
        }
    }
}

/// Another name for the key `sec` of an object with the members of [`TIME`], which Vector would treat as a timestamp.
/// If the timestamp is not valid, Vector discards the whole event. The name is `sec` with underscores, one more than
/// any such key in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Alias {
    underscores: usize,
}

/// The key that is renamed.
const SECOND: &[u8] = b"sec";

impl Alias {
    /// Returns the other name for an object with these keys, or `None` if Vector does not treat it as a timestamp.
    fn of<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Option<Self> {
        let mut seen = [false; 6];
        let mut longest = 0;
        for key in keys {
            if let Some(at) = TIME[..seen.len()].iter().position(|name| name.as_bytes() == key) {
                seen[at] = true;
            } else if let Some(underscores) = key.strip_prefix(SECOND)
                && underscores.iter().all(|byte| *byte == b'_')
            {
                longest = longest.max(underscores.len());
            }
        }
        seen.iter().all(|seen| *seen).then_some(Self { underscores: longest + 1 })
    }

    fn of_object(object: Container<'_>) -> Option<Self> {
        let keys = || object.items().filter_map(|(key, _)| key);
        if keys().count() < TIME.len() - 1 {
            return None;
        }
        let mut decoded = Vec::new();
        let mut ends = vec![0];
        for key in keys() {
            key.decode(&mut decoded);
            ends.push(decoded.len());
        }
        Self::of(ends.windows(2).map(|ends| &decoded[ends[0]..ends[1]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eset_filter::{Filter, Options};

    /// Returns a plan for all events of a message. Each event keeps members 1 and 3 of a record.
    fn plan_of(message: &str) -> Plan {
        let mut plan = Plan::default();
        let mut filter = Filter::new(Options::default());
        let mut events = filter.parse_str(message);
        while let Some(event) = events.next() {
            plan.push_event(&event, Timestamps::Rfc3339, [1, 3].into_iter());
        }
        plan
    }

    #[test]
    fn a_plan_has_the_steps_of_each_event() {
        let plan = plan_of(r#"{"user":"ann"}{"inbound":"yes","new":[1]}"#);
        assert_eq!(plan.len(), 2);
        let [table, kept, Step::Name(user), Step::Text { start, end }, Step::Member, ..] = *plan.steps(0) else {
            panic!("{:?}", plan.steps(0))
        };
        assert_eq!((table, kept), (Step::Table { items: 0, members: 4 }, Step::Kept { start: 0, end: 2 }));
        assert_eq!((*user, plan.bytes(start, end)), ("user", b"ann".as_slice()));
        assert_eq!(plan.kept(0, 2), [1, 3]);

        let [
            Step::Table { members: 5, .. },
            Step::Kept { start, end },
            ..,
            Step::Table { .. },
            key,
            list,
            one,
            item,
            member,
            last,
        ] = *plan.steps(1)
        else {
            panic!("{:?}", plan.steps(1))
        };
        assert_eq!(plan.kept(start, end), [1, 3]);
        assert!(matches!(key, Step::Text { .. }));
        assert_eq!([list, one, item], [Step::Table { items: 1, members: 0 }, Step::Int(1), Step::Item(1)]);
        assert_eq!([member, last], [Step::Member, Step::Member]);
        assert!(plan.steps(2).is_empty());
    }

    #[test]
    fn names_lists_every_name_in_a_step() {
        let mut names: Vec<*const &str> = names().map(std::ptr::from_ref).collect();
        let plan = plan_of(r#"<14>1 2026-02-27T16:25:37Z srv app 7 - - {"occured":"21-Jun-2021 09:46:15","new":1"#);
        let is_listed = |step: &Step| match step {
            Step::Name(name) => names.contains(&std::ptr::from_ref(*name)),
            _ => true,
        };
        assert!(plan.steps(0).iter().all(is_listed));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn memory_is_freed() {
        let mut plan = plan_of(&format!("{{\"user\":\"\",\"new\":[{}1]}}", "1,".repeat(100_000)));
        assert!(plan.steps.capacity() * size_of::<Step>() > KEPT);
        plan.clear();
        assert!(plan.steps.capacity() * size_of::<Step>() <= KEPT && plan.len() == 0);
    }

    #[test]
    fn the_second_of_an_apparent_timestamp_is_renamed() {
        let alias = |keys: &[&str]| Alias::of(keys.iter().map(|key| key.as_bytes())).map(|alias| alias.underscores);
        let time = ["year", "month", "day", "hour", "min", "sec"];
        assert_eq!(alias(&time), Some(1));
        assert_eq!(alias(&[&time[..], &["sec_", "sec___", "secs"]].concat()), Some(4));
        assert_eq!(alias(&time[1..]), None);
        assert_eq!(alias(&["sec"; 6]), None);
        assert_eq!(alias(&[]), None);
    }
}
