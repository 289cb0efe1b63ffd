//! Writes an event in CEF, following ESET's page "Events exported to CEF format" and public samples.
//!
//! These sources show the keys common to all types, and those of threat, firewall and HIPS events. They do not show the
//! keys of the other types, nor those of IPv6 addresses, detection UUIDs, `Resolved` and `Flagged`. Those keys are
//! modelled on the known ones.

use std::fmt::{Display, Write};

use crate::events::{Event, EventType, Field, Value};
use crate::json::append;
use crate::payload::Quirks;

/// The key of a field.
#[derive(Clone, Copy)]
enum Key {
    /// A key defined by CEF or by ESET.
    Named(&'static str),
    /// A custom key, with the label that says what it means.
    Custom(&'static str, &'static str),
    /// The key of an IPv4 address, and the custom key and label of an IPv6 address.
    Address(&'static str, &'static str, &'static str),
    /// The key of a bool that is written as the direction of a connection: 0 is inbound, 1 is outbound.
    Direction(&'static str),
}

use Key::{Address, Custom, Direction, Named};

/// The fields of an event type with their keys. CEF messages contain no other fields.
type Keys = &'static [(&'static str, Key)];

const COMMON: Keys = &[
    ("event_type", Named("cat")),
    ("ipv4", Named("dvc")),
    ("ipv6", Custom("c6a1", "Device IPv6 Address")),
    ("hostname", Named("dvchost")),
    ("source_uuid", Named("deviceExternalId")),
    ("occurred", Named("rt")),
    ("group_name", Named("ESETProtectDeviceGroupName")),
    ("os_name", Named("ESETProtectDeviceOsName")),
    ("group_description", Named("ESETProtectDeviceGroupDescription")),
];

/// The orders in which messages contain the common fields. The first one is that of ESET's page.
const ORDERS: [&[&str]; 3] = [
    &[
        "event_type",
        "ipv4",
        "ipv6",
        "hostname",
        "source_uuid",
        "occurred",
        "group_name",
        "os_name",
        "group_description",
    ],
    &[
        "ipv4",
        "ipv6",
        "hostname",
        "source_uuid",
        "group_name",
        "os_name",
        "group_description",
        "occurred",
        "event_type",
    ],
    &[
        "ipv4",
        "ipv6",
        "hostname",
        "source_uuid",
        "group_name",
        "os_name",
        "group_description",
        "event_type",
        "occurred",
    ],
];

const DETECTION: Key = Named("ESETProtectDetectionUuid");

const THREAT: Keys = &[
    ("threat_name", Custom("cs1", "Threat Name")),
    ("engine_version", Custom("cs2", "Engine Version")),
    ("threat_type", Custom("cs3", "Threat Type")),
    ("scanner_id", Custom("cs4", "Scanner ID")),
    ("scan_id", Custom("cs5", "Scan ID")),
    ("action_error", Custom("cs6", "Action Error")),
    ("action_taken", Named("act")),
    ("object_type", Named("fileType")),
    ("object_uri", Named("filePath")),
    ("threat_handled", Custom("cn1", "Handled")),
    ("need_restart", Custom("cn2", "Restart Needed")),
    ("username", Named("suser")),
    ("processname", Named("sprod")),
    ("circumstances", Custom("cs7", "Circumstances")),
    ("firstseen", Custom("deviceCustomDate1", "FirstSeen")),
    ("hash", Custom("cs8", "Hash")),
    ("detection_uuid", DETECTION),
];

const FIREWALL: Keys = &[
    ("event", Named("msg")),
    ("source_address", Address("src", "c6a2", "Source IPv6 Address")),
    ("source_port", Named("spt")),
    ("target_address", Address("dst", "c6a3", "Destination IPv6 Address")),
    ("target_port", Named("dpt")),
    ("protocol", Named("proto")),
    ("action", Named("act")),
    ("handled", Custom("cn1", "Handled")),
    ("account", Named("suser")),
    ("process_name", Named("deviceProcessName")),
    ("inbound", Direction("deviceDirection")),
    ("aggregate_count", Named("cnt")),
    ("rule_id", Custom("cs1", "Rule ID")),
    ("rule_name", Custom("cs2", "Rule Name")),
    ("threat_name", Custom("cs3", "Threat Name")),
    ("detection_uuid", DETECTION),
];

const HIPS: Keys = &[
    ("rule_id", Custom("cs1", "Rule ID")),
    ("rule_name", Custom("cs2", "Rule Name")),
    ("application", Custom("cs3", "Application")),
    ("operation", Custom("cs4", "Operation")),
    ("target", Custom("cs5", "Target")),
    ("action", Named("act")),
    ("handled", Custom("cn1", "Handled")),
    ("aggregate_count", Named("cnt")),
];

const AUDIT: Keys = &[
    ("action", Named("act")),
    ("user", Named("suser")),
    ("target", Named("duser")),
    ("detail", Named("msg")),
    ("domain", Custom("cs1", "Audit Domain")),
    ("result", Named("outcome")),
];

const WEBSITE: Keys = &[
    ("event", Named("msg")),
    ("action_taken", Named("act")),
    ("handled", Custom("cn1", "Handled")),
    ("username", Named("suser")),
    ("processname", Named("deviceProcessName")),
    ("rule_id", Custom("cs1", "Rule ID")),
    ("object_uri", Named("request")),
    ("target_address", Address("dst", "c6a3", "Destination IPv6 Address")),
    ("scanner_id", Custom("cs2", "Scanner ID")),
    ("hash", Custom("cs3", "Hash")),
];

const INSPECT: Keys = &[
    ("processname", Named("deviceProcessName")),
    ("username", Named("suser")),
    ("rulename", Custom("cs2", "Rule Name")),
    ("hash", Custom("cs3", "Hash")),
    ("eiconsolelink", Custom("cs4", "EI Console Link")),
    ("eialarmid", Custom("cs5", "EI Alarm ID")),
    ("computer_severity_score", Custom("cn1", "ComputerSeverityScore")),
    ("severity_score", Custom("cn2", "SeverityScore")),
    ("count", Named("cnt")),
    ("trigger_event", Custom("cs6", "Trigger Event")),
    ("detection_uuid", DETECTION),
    ("resolved", Custom("cn3", "Resolved")),
    ("command_line", Custom("cs7", "Command Line")),
];

const BLOCKED_FILE: Keys = &[
    ("action", Named("act")),
    ("handled", Custom("cn1", "Handled")),
    ("username", Named("suser")),
    ("processname", Named("deviceProcessName")),
    ("cause", Custom("cs1", "Cause")),
    ("hash", Custom("cs2", "Hash")),
    ("description", Named("msg")),
    ("object_uri", Named("filePath")),
    ("firstseen", Custom("deviceCustomDate1", "FirstSeen")),
    ("resolved", Custom("cn2", "Resolved")),
    ("flagged", Custom("cn3", "Flagged")),
];

/// The class IDs of an event type and their names. ESET's example of a firewall event has 109.
type Classes = &'static [(u32, &'static str)];

const fn layout(event_type: EventType) -> (Keys, Classes) {
    match event_type {
        EventType::Threat => (
            THREAT,
            &[(183, "File scanner cleaned a virus"), (101, "Threat found"), (119, "HTTP filter: threat found")],
        ),
        EventType::Firewall => (
            FIREWALL,
            &[(209, "Detected port scanning attack"), (109, "Detected port scanning attack"), (201, "Botnet detected")],
        ),
        EventType::Hips => (HIPS, &[(303, "Attempt to run a suspicious object Blocked"), (300, "HIPS event")]),
        EventType::Audit => (AUDIT, &[(401, "Native user login"), (449, r"Policy changed: CORP\Servers | Baseline")]),
        EventType::Website => (WEBSITE, &[(700, "Filtered websites event"), (716, "An attempt to connect to URL")]),
        EventType::EnterpriseInspector | EventType::Inspect => (INSPECT, &[(500, "ESET Inspect alert")]),
        EventType::BlockedFile => (BLOCKED_FILE, &[(600, "Blocked files event"), (601, "File blocked")]),
    }
}

/// Appends the event. `own` are the fields of its type.
pub(crate) fn write(event: &Event, own: &[Field], quirks: &mut Quirks, out: &mut Vec<u8>) {
    let (keys, classes) = layout(event.event_type);
    write_header(event, quirks.pick(classes), out);
    // In another order, the cut could remove the mark of a long event.
    let (order, turn) = if event.long {
        (ORDERS[0], 0)
    } else {
        (*quirks.pick(&ORDERS), if quirks.one_in(4) { quirks.below(keys.len() as u32) as usize } else { 0 })
    };
    let mut writer = Writer {
        event,
        is_first: true,
        label_first: quirks.one_in(4),
        short_times: quirks.one_in(20),
        zone: if quirks.one_in(20) { " GMT" } else { "" },
        out,
    };
    let common = event.common();
    order.iter().for_each(|name| writer.field(name, &common, COMMON));
    keys[turn..].iter().chain(&keys[..turn]).for_each(|(name, _)| writer.field(name, own, keys));
    writer.unknown();
}

fn write_header(event: &Event, (id, name): &(u32, &str), out: &mut Vec<u8>) {
    let name = name.replace('\\', r"\\").replace('|', r"\|");
    let (sender, severity) = (event.sender, event.severity.exported());
    append(out, format_args!("CEF:0|ESET|{}|{}|{id}|{name}|{severity}|", sender.product, sender.version));
}

struct Writer<'a> {
    event: &'a Event,
    out: &'a mut Vec<u8>,
    is_first: bool,
    /// Whether the label precedes the value that it explains.
    label_first: bool,
    /// Whether days, hours, minutes and seconds below 10 have one digit, as on ESET's page.
    short_times: bool,
    /// The time zone after a timestamp.
    zone: &'static str,
}

impl Writer<'_> {
    /// Appends the field with this name if the event has it.
    fn field(&mut self, name: &str, fields: &[Field], keys: Keys) {
        let key = keys.iter().find(|(known, _)| *known == name).map(|(_, key)| *key);
        let value = fields.iter().find(|field| field.name == name).map(|field| &field.value);
        let (Some(key), Some(value)) = (key, value) else { return };
        let text = match value {
            Value::Text(_) if name == "event_type" => self.event.event_type.category().to_owned(),
            Value::Text(text) => text.to_string(),
            Value::Bool(value) => u8::from(value ^ matches!(key, Direction(_))).to_string(),
            Value::Int(value) => value.to_string(),
            Value::Time(time) if self.short_times => format!("{}{}", time.export_short(), self.zone),
            Value::Time(time) => format!("{}{}", time.export(), self.zone),
            Value::Absent if self.event.sender.cloud => String::new(),
            Value::Absent => return,
        };
        self.value(key, &text);
    }

    fn value(&mut self, key: Key, text: &str) {
        match key {
            Named(key) | Direction(key) => self.pair(key, text),
            Address(key, ..) if !text.contains(':') => self.pair(key, text),
            Custom(key, label) | Address(_, key, label) => self.custom(key, label, text),
        }
    }

    fn custom(&mut self, key: &str, label: &str, text: &str) {
        let label_key = format!("{key}Label");
        if self.label_first {
            self.pair(&label_key, label);
        }
        self.pair(key, text);
        if !self.label_first {
            self.pair(&label_key, label);
        }
    }

    /// Appends the unknown fields: the first one under a custom key, the others under named keys.
    fn unknown(&mut self) {
        let Some(unknown) = self.event.unknown else { return };
        for (at, (key, label, value)) in unknown.flat.iter().enumerate() {
            match at {
                0 => self.custom("cs9", label, value),
                _ => self.pair(key, value),
            }
        }
    }

    fn pair(&mut self, key: impl Display, value: &str) {
        if !self.is_first {
            self.out.push(b' ');
        }
        self.is_first = false;
        append(self.out, format_args!("{key}={}", escaped(value)));
    }
}

/// Escapes a value of the extension. CEF defines no other escapes.
fn escaped(value: &str) -> impl Display {
    std::fmt::from_fn(move |f| {
        value.chars().try_for_each(|character| match character {
            '\\' => f.write_str(r"\\"),
            '=' => f.write_str(r"\="),
            '\n' => f.write_str(r"\n"),
            '\r' => f.write_str(r"\r"),
            other => f.write_char(other),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("C:\\a=b|c\r\nd\te").to_string(), "C:\\\\a\\=b|c\\r\\nd\te");
    }

    #[test]
    fn every_key_of_a_type_has_one_meaning() {
        for event_type in EventType::ALL {
            let keys = || layout(event_type).0.iter().chain(COMMON);
            let name = |key: &Key| match key {
                Named(key) | Custom(key, _) | Address(key, ..) | Direction(key) => *key,
            };
            for (field, key) in keys() {
                let same = keys().filter(|(_, other)| name(other) == name(key)).count();
                assert_eq!(same, 1, "{field} of {event_type:?} shares {}", name(key));
            }
        }
    }
}
