//! The event: what the filter makes of one ESET event, for an encoder or a host to walk.

use crate::DateTime;
use crate::collect::{Collected, Entry};
use crate::json::{self, Shape};
use crate::limits::MAX_ARRAY_LEVELS;
use crate::schema::{self, NAMES, Name};
use crate::syslog::Envelope;
use crate::text::JsonText;
use crate::typed::Typed;

/// How much of a message was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// All of it.
    Ok,
    /// The JSON ends early: ESET cuts messages at 8000 characters.
    Truncated,
    /// The JSON breaks off in another way.
    Malformed,
    /// There is no JSON.
    Text,
    /// It is ESET's sign of life.
    Heartbeat,
    /// The message held several events, and the host takes only this one.
    Multiple,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Truncated, Self::Malformed, Self::Text, Self::Heartbeat, Self::Multiple];

    /// The status as `parse_status` gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Text => "text",
            Self::Heartbeat => "heartbeat",
            Self::Multiple => "multiple",
        }
    }
}

/// A value that an event carries. Text borrows from the message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'e> {
    /// Text.
    Text(&'e str),
    /// Text in which JSON's escapes may still have to be resolved.
    JsonText(JsonText<'e>),
    /// An integer.
    Int(i64),
    /// A bool.
    Bool(bool),
    /// A point in time.
    DateTime(DateTime),
    /// A number below 10³⁰⁸ of any precision, as JSON.
    Number(&'e str),
    /// JSON's `null`.
    Null,
    /// An array, as JSON, with at most [`MAX_ARRAY_LEVELS`] levels and no number of 10³⁰⁸ or more.
    Array(&'e str),
    /// An object without members.
    EmptyObject,
    /// An array or object, as JSON, that is given as text.
    AsJsonText(&'e str),
}

/// What all events of a message have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'m> {
    pub(crate) text: &'m str,
    pub(crate) envelope: Envelope<'m>,
    pub(crate) with_syslog: bool,
}

impl<'m> Frame<'m> {
    /// The event with those members, and with `raw` for its `raw_message`.
    #[inline]
    pub(crate) fn event<'e>(&'e self, collected: &'e Collected, status: Status, raw: Option<&'m str>) -> Event<'e> {
        let Self { text, envelope, with_syslog } = self;
        Event { text, collected, envelope, status, raw: raw.map(Value::Text), with_syslog: *with_syslog }
    }
}

/// One event. It borrows from the message and from the filter that made it.
#[derive(Clone, Copy, Debug)]
pub struct Event<'e> {
    pub(crate) text: &'e str,
    pub(crate) collected: &'e Collected,
    pub(crate) envelope: &'e Envelope<'e>,
    pub(crate) status: Status,
    /// What `raw_message` gives.
    pub(crate) raw: Option<Value<'e>>,
    pub(crate) with_syslog: bool,
}

impl<'e> Event<'e> {
    /// How much of the message was understood.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Walks the fields and then the added fields in the contract's order, without `additional_fields`.
    #[inline]
    pub fn for_each(&self, mut visit: impl FnMut(&'static Name, Value<'e>)) {
        for (field, typed) in self.collected.fields() {
            visit(&NAMES[field], self.value(*typed));
        }
        visit(&schema::PARSE_STATUS.name, Value::Text(self.status.name()));
        self.for_each_further(visit);
    }

    /// Walks what comes after `parse_status` in the contract's order, without `additional_fields`.
    pub(crate) fn for_each_further(&self, mut visit: impl FnMut(&'static Name, Value<'e>)) {
        if let Some(raw) = self.raw {
            visit(&schema::RAW_MESSAGE.name, raw);
        }
        if let Some(hostname) = self.envelope.hostname {
            visit(&schema::SYSLOG_HOSTNAME.name, Value::Text(hostname));
        }
        if self.with_syslog {
            for (name, text) in self.further_syslog_fields() {
                if let Some(text) = text {
                    visit(name, Value::Text(text));
                }
            }
        }
    }

    /// The value of a field that ESET sent, by its canonical name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'e>> {
        let field = schema::find(name.as_bytes()).filter(|field| self.collected.has(*field))?;
        self.collected.fields().find(|(at, _)| *at == field).map(|(_, typed)| self.value(*typed))
    }

    /// What `additional_fields` holds, in the order in which it came. The keys are UTF-8.
    #[inline]
    pub fn additional_fields(&self) -> impl Iterator<Item = (&'e [u8], Value<'e>)> + use<'e> {
        let (text, collected) = (self.text, self.collected);
        collected.entries().map(move |(key, entry)| (key, entry_value(text, collected, entry)))
    }

    /// The same with those that others have replaced.
    pub(crate) fn all_additional_fields(&self) -> impl Iterator<Item = (&'e [u8], Value<'e>)> + use<'e> {
        let (text, collected) = (self.text, self.collected);
        collected.all_entries().map(move |(key, entry)| (key, entry_value(text, collected, entry)))
    }

    /// How many names the event emits, `additional_fields` included where it holds anything.
    #[must_use]
    pub fn len(&self) -> usize {
        let hostname = usize::from(self.envelope.hostname.is_some());
        let further = self.further_syslog_fields().iter().filter(|(_, text)| text.is_some()).count();
        let additional = usize::from(self.additional_fields().next().is_some());
        let syslog = hostname + if self.with_syslog { further } else { 0 };
        self.collected.field_count() + 1 + usize::from(self.raw.is_some()) + syslog + additional
    }

    /// Never: an event has a `parse_status` at least.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Whether the event emits a field of that name.
    #[must_use]
    pub fn emits(&self, name: &[u8]) -> bool {
        let is = |known: &Name| known.text.as_bytes() == name;
        if let Some(field) = schema::find(name).filter(|field| is(&NAMES[*field])) {
            return self.collected.has(field);
        }
        is(&schema::PARSE_STATUS.name)
            || (is(&schema::RAW_MESSAGE.name) && self.raw.is_some())
            || (is(&schema::SYSLOG_HOSTNAME.name) && self.envelope.hostname.is_some())
            || (is(&schema::ADDITIONAL_FIELDS.name) && self.additional_fields().next().is_some())
            || (self.with_syslog
                && self.further_syslog_fields().iter().any(|(known, text)| is(known) && text.is_some()))
    }

    /// What [`crate::SyslogFields::All`] adds to the host.
    fn further_syslog_fields(&self) -> [(&'static Name, Option<&'e str>); 5] {
        let Envelope { facility, severity, timestamp, appname, procid, .. } = *self.envelope;
        [
            (&schema::SYSLOG_FACILITY.name, facility),
            (&schema::SYSLOG_SEVERITY.name, severity),
            (&schema::SYSLOG_TIMESTAMP.name, timestamp),
            (&schema::SYSLOG_APPNAME.name, appname),
            (&schema::SYSLOG_PROCID.name, procid),
        ]
    }

    #[inline]
    pub(crate) fn value(&self, typed: Typed) -> Value<'e> {
        match typed {
            Typed::Text(span) => Value::JsonText(self.collected.text(self.text, span)),
            Typed::Bool(value) => Value::Bool(value),
            Typed::Int(value) => Value::Int(value),
            Typed::DateTime(value) => Value::DateTime(value),
        }
    }
}

fn entry_value<'e>(text: &'e str, collected: &'e Collected, entry: &Entry) -> Value<'e> {
    match entry.value.shape {
        Shape::String => Value::JsonText(collected.text(text, entry.value.span)),
        _ => json_value(text, entry.value, Levels { arrays: MAX_ARRAY_LEVELS, objects: 0 }),
    }
}

/// The most levels that arrays and objects may have so as not to be given as text.
#[derive(Clone, Copy)]
pub(crate) struct Levels {
    pub(crate) arrays: u32,
    pub(crate) objects: u32,
}

/// A value as hosts take it: with more levels, or with a number that no double holds, it is given as text.
#[inline(never)]
pub(crate) fn json_value(text: &str, value: json::Value, most: Levels) -> Value<'_> {
    let is_within = |levels| value.levels <= levels && !value.huge;
    let json = value.span.of(text);
    match value.shape {
        Shape::String => Value::JsonText(JsonText::new(text, value.span)),
        Shape::Number => Value::Number(json),
        Shape::HugeNumber => Value::Text(json),
        Shape::True => Value::Bool(true),
        Shape::False => Value::Bool(false),
        Shape::Null => Value::Null,
        Shape::Object if value.is_empty_object(text) => Value::EmptyObject,
        Shape::Array if is_within(most.arrays) => Value::Array(json),
        Shape::Object if is_within(most.objects) => Value::Array(json),
        Shape::Array | Shape::Object => Value::AsJsonText(json),
    }
}
