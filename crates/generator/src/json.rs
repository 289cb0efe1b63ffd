//! Writes an event as one flat JSON object in the dialect of its [`Sender`].
//!
//! `serde_json` is not suitable: it cannot write `\/`, and it has no single point at which to choose between `true` and
//! `"true"`.

use std::fmt::{self, Display, Write};

use crate::events::{Event, EventType, Field, Value};
use crate::vocabulary::Sender;

/// The common fields before and after the fields of the type.
type Order = (&'static [&'static str], &'static [&'static str]);

const ON_PREM: Order = (
    &[
        "event_type",
        "ipv4",
        "ipv6",
        "hostname",
        "group_name",
        "group_description",
        "os_name",
        "source_uuid",
        "occurred",
        "severity",
    ],
    &[],
);

const CLOUD: Order = (
    &[
        "event_type",
        "ipv4",
        "ipv6",
        "hostname",
        "source_uuid",
        "os_name",
        "occurred",
        "group_name",
        "group_description",
        "severity",
    ],
    &[],
);

const REVERSED: Order = (
    &["source_uuid", "occurred"],
    &["ipv4", "ipv6", "hostname", "os_name", "group_name", "group_description", "event_type", "severity"],
);

/// Appends the event. `own` are the fields of its type.
pub(crate) fn write(event: &Event, own: &[Field], out: &mut Vec<u8>) {
    let common = event.common();
    let common = |name: &&str| common.iter().find(|field| field.name == *name);
    let (before, after) = order(event);
    let mut json = ObjectWriter::begin(out, event);
    before.iter().filter_map(common).for_each(|field| json.field(field));
    own.iter().for_each(|field| json.field(field));
    after.iter().filter_map(common).for_each(|field| json.field(field));
    if let Some(unknown) = event.unknown {
        json.members(unknown.json);
    }
    json.end();
}

fn order(event: &Event) -> Order {
    let is_alert = event.event_type == EventType::Inspect;
    // In another order, the cut could remove the mark of a long event.
    if event.sender.inspect_alert_reversed && is_alert && !event.long {
        REVERSED
    } else if event.sender.cloud {
        CLOUD
    } else {
        ON_PREM
    }
}

/// Writes an object: `{` at the beginning, then members in the order of the calls, and `}` in [`end`](Self::end).
struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    sender: &'static Sender,
    event_type: EventType,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    fn begin(out: &'a mut Vec<u8>, event: &Event) -> Self {
        out.push(b'{');
        Self { out, sender: event.sender, event_type: event.event_type, empty: true }
    }

    fn field(&mut self, field: &Field) {
        let name = if field.name == "occurred" { self.sender.occurred } else { field.name };
        match &field.value {
            Value::Text(text) => self.text(name, text),
            Value::Bool(value) => self.plain(name, value),
            Value::Int(value) => self.plain(name, value),
            Value::Time(time) if self.sender.cloud && self.event_type == EventType::BlockedFile => match name {
                "firstseen" => self.text(name, time.compact()),
                _ => self.text(name, time.eset()),
            },
            Value::Time(time) => self.text(name, time.eset()),
            Value::Absent if self.sender.cloud => self.text(name, ""),
            Value::Absent => {}
        }
    }

    fn text(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.string(value);
    }

    /// Appends members that are already JSON.
    fn members(&mut self, json: &str) {
        self.separator();
        self.out.extend_from_slice(json.as_bytes());
    }

    fn end(self) {
        self.out.push(b'}');
    }

    fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        if self.sender.cloud {
            self.string(value);
        } else {
            append(self.out, format_args!("{value}"));
        }
    }

    fn key(&mut self, key: &str) {
        self.separator();
        self.string(key);
        self.out.push(b':');
    }

    fn separator(&mut self) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
    }

    fn string(&mut self, value: impl Display) {
        self.out.push(b'"');
        // Neither the escaper nor the Display implementations of the values fail.
        let _ = write!(Escaper { out: self.out, slash: self.sender.escapes_slash }, "{value}");
        self.out.push(b'"');
    }
}

/// Appends formatted text to a message.
pub(crate) fn append(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = std::io::Write::write_fmt(out, text);
}

/// Escapes the characters that RFC 8259, section 7 requires to be escaped, and `/` if `slash` is set.
struct Escaper<'a> {
    out: &'a mut Vec<u8>,
    slash: bool,
}

impl Write for Escaper<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\') || (*byte == b'/' && self.slash);
        while let Some(at) = rest.iter().position(special) {
            self.out.extend_from_slice(&rest[..at]);
            match rest[at] {
                b'\n' => self.out.extend_from_slice(br"\n"),
                b'\r' => self.out.extend_from_slice(br"\r"),
                b'\t' => self.out.extend_from_slice(br"\t"),
                control @ ..b' ' => append(self.out, format_args!("\\u{control:04x}")),
                other => self.out.extend_from_slice(&[b'\\', other]),
            }
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::SENDERS;

    const AWKWARD: &str = "C:\\x\\\"{y}\"\r\n\t\u{1}/č🎉";

    fn object(sender: &'static Sender) -> String {
        let mut out = vec![b'{'];
        let mut json = ObjectWriter { out: &mut out, sender, event_type: EventType::Threat, empty: true };
        let values = [AWKWARD.into(), true.into(), 158_u64.into(), Value::Absent];
        for (name, value) in ["s", "b", "i", "a"].into_iter().zip(values) {
            json.field(&Field { name, value });
        }
        json.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn on_premises_events_have_types_and_omit_empty_fields() {
        let json = object(&SENDERS[0]);
        assert_eq!(json, r#"{"s":"C:\\x\\\"{y}\"\r\n\t\u0001/č🎉","b":true,"i":158}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["s"], AWKWARD);
    }

    #[test]
    fn cloud_events_have_strings_and_empty_fields() {
        let json = object(SENDERS.iter().find(|sender| sender.escapes_slash).unwrap());
        assert_eq!(json, r#"{"s":"C:\\x\\\"{y}\"\r\n\t\u0001\/č🎉","b":"true","i":"158","a":""}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["s"], AWKWARD);
    }
}
