//! Writes an event in LEEF, following the examples on ESET's page "Events exported to LEEF format".

use std::fmt::Display;

use crate::events::{Event, EventType, Field, Value};
use crate::json::append;
use crate::payload::Quirks;

/// The fields with their keys. LEEF messages contain no other fields.
const KEYS: [(&str, &str); 59] = [
    ("ipv6", "ipv6"),
    ("hostname", "deviceName"),
    ("source_uuid", "deviceUuid"),
    ("group_name", "deviceGroupName"),
    ("os_name", "deviceOSName"),
    ("group_description", "deviceGroupDescription"),
    ("threat_type", "threatType"),
    ("threat_name", "threatName"),
    ("threat_flags", "threatFlags"),
    ("scanner_id", "scannerID"),
    ("scan_id", "scanID"),
    ("engine_version", "engineVersion"),
    ("object_type", "objectType"),
    ("object_uri", "objectUri"),
    ("action_taken", "actionTaken"),
    ("action_error", "actionError"),
    ("threat_handled", "threatHandled"),
    ("need_restart", "needRestart"),
    ("username", "accountName"),
    ("processname", "processName"),
    ("circumstances", "circumstances"),
    ("firstseen", "firstseen"),
    ("hash", "hash"),
    ("detection_uuid", "detectionUuid"),
    ("event", "eventDesc"),
    ("source_address", "src"),
    ("source_address_type", "sourceAddressType"),
    ("source_port", "srcPort"),
    ("target_address", "dst"),
    ("target_address_type", "targetAddressType"),
    ("target_port", "dstPort"),
    ("protocol", "proto"),
    ("account", "accountName"),
    ("process_name", "processName"),
    ("rule_name", "ruleName"),
    ("rule_id", "ruleID"),
    ("inbound", "inbound"),
    ("aggregate_count", "aggregateCount"),
    ("action", "action"),
    ("handled", "handled"),
    ("application", "application"),
    ("operation", "operation"),
    ("target", "target"),
    ("domain", "domain"),
    ("detail", "detail"),
    ("user", "user"),
    ("result", "result"),
    ("rulename", "ruleName"),
    ("count", "count"),
    ("eiconsolelink", "eiConsoleLink"),
    ("eialarmid", "eiAlarmId"),
    ("computer_severity_score", "computerSeverityScore"),
    ("severity_score", "severityScore"),
    ("trigger_event", "triggerEvent"),
    ("command_line", "commandLine"),
    ("resolved", "resolved"),
    ("cause", "cause"),
    ("description", "description"),
    ("flagged", "flagged"),
];

/// The keys that some versions write with a space before the `=`.
const SPACED: [&str; 4] = ["deviceName", "threatName", "accountName", "processName"];

/// A delimiter: its form in the LEEF 2.0 header, and the character between pairs.
type Delimiter = (&'static str, char);

const TAB: Delimiter = ("x09", '\t');
const DELIMITERS: [Delimiter; 5] = [TAB, ("^", '^'), ("~", '~'), ("x5E", '^'), ("x1F", '\u{1f}')];

/// Returns the event IDs of an event type.
const fn ids(event_type: EventType) -> &'static [&'static str] {
    match event_type {
        EventType::Threat => &["Threat Event"],
        EventType::Firewall => &["Firewall Event"],
        EventType::Hips => &["HIPS Event"],
        EventType::Audit => {
            &["Native user login", "Native user logout", "Domain user login", "Failed domain user login"]
        }
        EventType::Website => &["Filtered Website Event"],
        EventType::EnterpriseInspector | EventType::Inspect => &["ESET Inspect Event"],
        EventType::BlockedFile => &["Blocked File Event"],
    }
}

/// Appends the event. `own` are the fields of its type.
pub(crate) fn write(event: &Event, own: &[Field], quirks: &mut Quirks, out: &mut Vec<u8>) {
    let common = event.common();
    let delimiter = quirks.one_in(8).then(|| delimiter(event, common.iter().chain(own), quirks));
    let id = *quirks.pick(ids(event.event_type));
    write_header(event, id, delimiter, out);
    let mut writer = Writer {
        event,
        delimiter: delimiter.map_or('\t', |(_, character)| character),
        is_first: true,
        is_spaced: quirks.one_in(10),
        quirks,
        out,
    };
    writer.begin(&common);
    // In another order, the cut could remove the mark of a long event.
    let may_turn = !event.long && writer.quirks.one_in(4);
    let turn = if may_turn { writer.quirks.below(own.len() as u32) as usize } else { 0 };
    own[turn..].iter().chain(&own[..turn]).for_each(|field| writer.field(field));
    writer.unknown();
}

fn write_header(event: &Event, id: &str, delimiter: Option<Delimiter>, out: &mut Vec<u8>) {
    let version = if delimiter.is_some() { "2.0" } else { "1.0" };
    append(out, format_args!("LEEF:{version}|ESET|RemoteAdministrator|{}|{id}|", event.sender.version));
    if let Some((name, _)) = delimiter {
        append(out, format_args!("{name}|"));
    }
}

/// Returns a delimiter that no value contains, because LEEF has no escapes.
fn delimiter<'f>(event: &Event, mut fields: impl Iterator<Item = &'f Field>, quirks: &mut Quirks) -> Delimiter {
    let (name, character) = *quirks.pick(&DELIMITERS);
    let has_it = |text: &str| text.contains(character);
    let is_taken = fields.any(|field| matches!(&field.value, Value::Text(text) if has_it(text)))
        || event.unknown.is_some_and(|unknown| unknown.flat.iter().any(|(_, _, value)| has_it(value)));
    if is_taken { TAB } else { (name, character) }
}

struct Writer<'a> {
    event: &'a Event,
    quirks: &'a mut Quirks,
    out: &'a mut Vec<u8>,
    delimiter: char,
    is_first: bool,
    is_spaced: bool,
}

impl Writer<'_> {
    /// Appends the pairs at the beginning of every event. The computer's address is often empty. In firewall events,
    /// its key occurs a second time with the source of the connection.
    fn begin(&mut self, common: &[Field]) {
        self.pair("cat", self.event.event_type.category());
        self.pair("sev", self.event.severity.exported());
        let zone = if self.quirks.one_in(20) { "" } else { " GMT" };
        self.pair("devTime", format_args!("{}{zone}", self.event.occurred.export()));
        self.pair("devTimeFormat", if zone.is_empty() { "MMM dd yyyy HH:mm:ss" } else { "MMM dd yyyy HH:mm:ss z" });
        if self.quirks.one_in(4) {
            self.pair("src", "");
        } else {
            self.pair("src", self.event.device.ipv4());
        }
        common.iter().for_each(|field| self.field(field));
    }

    fn field(&mut self, field: &Field) {
        let Some(key) = key(field.name) else { return };
        match &field.value {
            Value::Text(text) => self.pair(key, on_one_line(text)),
            Value::Bool(value) if self.quirks.one_in(2) => self.pair(key, u8::from(*value)),
            Value::Bool(value) => self.pair(key, value),
            Value::Int(value) => self.pair(key, value),
            Value::Time(time) => self.pair(key, time.compact()),
            Value::Absent if self.event.sender.cloud => self.pair(key, ""),
            Value::Absent => {}
        }
    }

    fn unknown(&mut self) {
        let Some(unknown) = self.event.unknown else { return };
        unknown.flat.iter().for_each(|(key, _, value)| self.pair(key, value));
    }

    fn pair(&mut self, key: &str, value: impl Display) {
        if !self.is_first {
            append(self.out, format_args!("{}", self.delimiter));
        }
        self.is_first = false;
        let space = if self.is_spaced && SPACED.contains(&key) { " " } else { "" };
        append(self.out, format_args!("{key}{space}={value}"));
    }
}

fn key(name: &str) -> Option<&'static str> {
    KEYS.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
}

/// Replaces line breaks and tabs with spaces. LEEF has no escapes, and a tab would end the value.
fn on_one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}
