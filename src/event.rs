//! One ESET event as the filter emits it, for encoders and shippers to walk.

use crate::fields::{Collected, Entry, Sent, Typed};
use crate::limits::MAX_ARRAY_LEVELS;
use crate::schema::{self, NAMES, Name};
use crate::status::Status;
use crate::syslog::{self, Envelope};
use crate::value::{Levels, Value, json_value};

/// The data that all events of a message share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'m> {
    /// The message as it was received.
    pub(crate) message: &'m str,
    /// The text that contains the events: the message, or the message wrapped in it.
    pub(crate) text: &'m str,
    pub(crate) envelope: Envelope<'m>,
    pub(crate) with_syslog: bool,
    /// The value of `payload_format`.
    pub(crate) format: Option<&'static str>,
}

/// The texts that an event's members refer to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'e> {
    pub(crate) text: &'e str,
    /// The text of the wrapper, the object around the message.
    pub(crate) outer: &'e str,
}

impl<'m> Frame<'m> {
    /// Reads the header right before an opening brace as the innermost header, if it begins with a PRI.
    #[cold]
    pub(crate) fn take_header_before(&mut self, brace: usize) {
        let (text, body) = (self.text, self.envelope.body);
        let start = syslog::offset_of(body, text);
        let before = text.get(start..=brace).unwrap_or_default();
        if let Some((_, envelope)) = syslog::parse_before_brace(before, self.envelope) {
            let (body_start, end) = (syslog::offset_of(envelope.body, text), start + body.len());
            self.envelope = envelope;
            self.envelope.body = text.get(body_start..end).unwrap_or_default();
        }
    }

    /// Returns the texts that the members of an event and those of the wrapper refer to.
    #[inline(never)]
    pub(crate) fn sources<'e>(
        &'e self,
        unescaped: &'e str,
        is_unescaped: bool,
        is_outer_unescaped: bool,
    ) -> Sources<'e> {
        Sources {
            text: if is_unescaped { unescaped } else { self.text },
            outer: if is_outer_unescaped { unescaped } else { self.message },
        }
    }

    /// Returns the event with these members, and with `raw` as its `raw_message`.
    #[inline]
    pub(crate) fn event<'e>(
        &'e self,
        sources: Sources<'e>,
        collected: &'e Collected,
        status: Status,
        raw: Option<&'m str>,
    ) -> Event<'e> {
        let Self { envelope, with_syslog, format, .. } = self;
        let (with_syslog, format) = (*with_syslog, *format);
        Event { sources, collected, envelope, status, raw: raw.map(Value::Text), with_syslog, format }
    }
}

/// One event. It borrows from the message and from the filter that parsed it.
///
/// ```
/// use eset_filter::{Filter, Options, Status, Value};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"<14>Oct 30 05:31:10 srv ERAServer[75]: {"source_port":"443","inbound":true}"#);
/// let event = events.next().unwrap();
/// assert_eq!(event.status(), Status::Ok);
/// assert_eq!(event.get("source_port"), Some(Value::Int(443)));
/// assert_eq!(event.get("syslog_hostname"), Some(Value::Text("srv")));
/// assert!(event.emits("inbound") && !event.emits("target_port"));
///
/// let mut names = Vec::new();
/// event.for_each(|name, _| names.push(name.text));
/// assert_eq!(names, ["source_port", "inbound", "parse_status", "syslog_hostname"]);
/// assert_eq!(names.len(), event.name_count());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Event<'e> {
    pub(crate) sources: Sources<'e>,
    pub(crate) collected: &'e Collected,
    pub(crate) envelope: &'e Envelope<'e>,
    pub(crate) status: Status,
    /// The value of `raw_message`.
    pub(crate) raw: Option<Value<'e>>,
    pub(crate) with_syslog: bool,
    /// The value of `payload_format`.
    pub(crate) format: Option<&'static str>,
}

impl<'e> Event<'e> {
    /// Returns how much of the message was understood.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Visits the fields that ESET sent and then those that the filter adds, in the contract's order.
    /// `additional_fields` is not visited: see [`Event::additional_fields`].
    #[inline]
    pub fn for_each(&self, mut visit: impl FnMut(&'static Name, Value<'e>)) {
        for (field, typed) in self.collected.fields() {
            visit(&NAMES[field], self.value(*typed));
        }
        if let Some(format) = self.format {
            visit(&schema::PAYLOAD_FORMAT.name, Value::Text(format));
        }
        visit(&schema::PARSE_STATUS.name, Value::Text(self.status.name()));
        self.for_each_further(&mut visit);
    }

    /// Visits the fields after `parse_status` in the contract's order, without `additional_fields`.
    #[inline]
    pub(crate) fn for_each_further(&self, visit: &mut impl FnMut(&'static Name, Value<'e>)) {
        if let Some(raw) = self.raw {
            visit(&schema::RAW_MESSAGE.name, raw);
        }
        let mut visit_text = |name, text: Option<&'e str>| {
            if let Some(text) = text {
                visit(name, Value::Text(text));
            }
        };
        let Envelope { hostname, relay, facility, severity, timestamp, appname, procid, .. } = *self.envelope;
        visit_text(&schema::SYSLOG_HOSTNAME.name, hostname);
        if self.with_syslog {
            visit_text(&schema::SYSLOG_FACILITY.name, facility);
            visit_text(&schema::SYSLOG_SEVERITY.name, severity);
            visit_text(&schema::SYSLOG_TIMESTAMP.name, timestamp);
            visit_text(&schema::SYSLOG_APPNAME.name, appname);
            visit_text(&schema::SYSLOG_PROCID.name, procid);
            visit_text(&schema::SYSLOG_RELAY.name, relay);
        }
    }

    /// Returns the value of the field with this name, or `None` if the event does not have it. It is always `None` for
    /// `additional_fields`: use [`Event::additional_fields`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'e>> {
        self.get_by_key(name.as_bytes())
    }

    /// Returns whether the event has a field with this name, `additional_fields` included.
    #[must_use]
    pub fn emits(&self, name: &str) -> bool {
        self.emits_key(name.as_bytes())
    }

    /// Behaves like [`Event::emits`], for a key that need not be UTF-8.
    pub(crate) fn emits_key(&self, key: &[u8]) -> bool {
        match key == schema::ADDITIONAL_FIELDS.name.text.as_bytes() {
            true => self.additional_fields().next().is_some(),
            false => self.get_by_key(key).is_some(),
        }
    }

    fn get_by_key(&self, key: &[u8]) -> Option<Value<'e>> {
        if let Some(field) = schema::find_bytes(key).filter(|field| NAMES[*field].text.as_bytes() == key) {
            return self.collected.get(field).map(|typed| self.value(typed));
        }
        if key == schema::PARSE_STATUS.name.text.as_bytes() {
            return Some(Value::Text(self.status.name()));
        }
        if key == schema::PAYLOAD_FORMAT.name.text.as_bytes() {
            return self.format.map(Value::Text);
        }
        let mut found = None;
        self.for_each_further(&mut |name, value| {
            if name.text.as_bytes() == key {
                found = Some(value);
            }
        });
        found
    }

    /// Returns an iterator over the members of `additional_fields`, in the order in which they were sent.
    ///
    /// ```
    /// use eset_filter::{Filter, Options, Value};
    ///
    /// let mut filter = Filter::new(Options::default());
    /// let mut events = filter.parse(br#"{"user":"ann","new":{"key":7}}"#);
    /// let event = events.next().unwrap();
    /// let fields: Vec<_> = event.additional_fields().collect();
    /// assert_eq!(fields, [("new_key", Value::Number("7"))]);
    /// ```
    #[inline]
    pub fn additional_fields(&self) -> impl Iterator<Item = (&'e str, Value<'e>)> + use<'e> {
        let (sources, collected) = (self.sources, self.collected);
        collected.entries().map(move |(key, entry)| (key, entry_value(sources, collected, entry)))
    }

    /// Behaves like [`Event::additional_fields`], and includes members that later ones have replaced.
    pub(crate) fn all_additional_fields(&self) -> impl Iterator<Item = (&'e str, Value<'e>)> + use<'e> {
        let (sources, collected) = (self.sources, self.collected);
        collected.all_entries().map(move |(key, entry)| (key, entry_value(sources, collected, entry)))
    }

    /// Returns the number of fields in the event. `additional_fields` counts as one field unless it is empty.
    #[must_use]
    pub fn name_count(&self) -> usize {
        let mut count = self.collected.field_count() + 1 + usize::from(self.format.is_some());
        count += usize::from(self.additional_fields().next().is_some());
        self.for_each_further(&mut |_, _| count += 1);
        count
    }

    #[inline]
    pub(crate) fn value(&self, typed: Typed) -> Value<'e> {
        match typed {
            Typed::Text(place) => Value::JsonText(self.collected.text(self.sources.text, place)),
            Typed::Bool(value) => Value::Bool(value),
            Typed::Int(value) => Value::Int(value),
            Typed::DateTime(value) => Value::DateTime(value),
        }
    }
}

fn entry_value<'e>(sources: Sources<'e>, collected: &'e Collected, entry: &Entry) -> Value<'e> {
    let text = if entry.is_outer { sources.outer } else { sources.text };
    match entry.value {
        Sent::Text(place) => Value::JsonText(collected.text(text, place)),
        Sent::Value(value) => json_value(text, value, Levels { arrays: MAX_ARRAY_LEVELS, objects: 0 }),
    }
}
