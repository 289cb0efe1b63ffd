//! Checks that must hold for every message, whatever its bytes. The property tests and the fuzz targets share them.

mod due;

use std::sync::LazyLock;

use eset_filter::schema::{ADDED, ADDITIONAL_FIELDS, FIELDS};
use eset_filter::syslog::{self, Envelope};
use eset_filter::{Choice, Event, Filter, Heartbeats, Options, Raw, Status, SyslogFields, encode};

use crate::json::Json;
use crate::{messagepack, oracle};
use due::{Due, Size};

/// Returns the set of options that the first byte selects, and the remaining bytes.
pub fn chosen(bytes: &[u8]) -> Option<(&'static Options, &[u8])> {
    static OPTIONS: LazyLock<Vec<Options>> = LazyLock::new(every_options);
    let (choice, rest) = bytes.split_first()?;
    Some((&OPTIONS[usize::from(*choice) % OPTIONS.len()], rest))
}

/// Returns every set of options. The message key is left out because it only applies to records.
pub fn every_options() -> Vec<Options> {
    let mut every = Vec::new();
    for (_, raw) in Raw::VALUES {
        for (_, heartbeats) in Heartbeats::VALUES {
            for (_, syslog_fields) in SyslogFields::VALUES {
                for single in [false, true] {
                    let (raw, heartbeats, syslog_fields) = (*raw, *heartbeats, *syslog_fields);
                    every.push(
                        Options::default().raw(raw).heartbeats(heartbeats).syslog_fields(syslog_fields).single(single),
                    );
                }
            }
        }
    }
    every
}

/// Runs all checks in this module with every set of options.
pub fn every_promise(message: &[u8]) {
    promises(message, &every_options());
}

/// Runs all checks in this module with these sets of options.
pub fn promises(message: &[u8], options: &[Options]) {
    let text = String::from_utf8_lossy(message);
    let due = Due::new(&text, message.len());
    for options in options {
        due.check(&self::message(message, options), options);
    }
    envelope(&text);
}

/// Checks that these are the expected records of a message, apart from the fields that come from a header.
pub fn are_due(records: &[Json], message: &[u8], options: &Options) {
    Due::new(&String::from_utf8_lossy(message), message.len()).check(records, options);
}

/// Checks the records of a message in both encodings and returns them as JSON.
pub fn message(message: &[u8], options: &Options) -> Vec<Json> {
    let text = String::from_utf8_lossy(message);
    let mut filter = Filter::new(options.clone());
    let mut records = Vec::new();
    let mut size = Size::default();
    let mut events = filter.parse(message);
    while let Some(event) = events.next() {
        records.push(record(&event, options, &mut size));
    }
    assert!(size.is_within_bounds(message.len()), "{size:?} of {text:?}");
    raw_messages_are_due(&records, &text, options);
    assert!(!records.is_empty() || may_be_left_out(&text, message.len(), options), "{text:?} is lost");
    assert!(records.len() <= 1 || !options.single, "{text:?} becomes {records:?}");
    records
}

/// Runs all checks on an event in CEF or LEEF with one set of options. The event consists of `header`, the start of its
/// header, and `rest`.
pub fn formatted(header: &[u8], rest: &[u8], options: &Options) {
    promises(&[header, rest].concat(), std::slice::from_ref(options));
}

/// Returns whether a message may be dropped. Only heartbeats and messages without text may be.
fn may_be_left_out(text: &str, length: usize, options: &Options) -> bool {
    let is_blank = || {
        let marks = ["\u{FEFF}", "ï»¿", "ÿþ", "#015", "#012", "#000", "\0"];
        marks.iter().fold(text.to_owned(), |text, mark| text.replace(mark, "")).trim().is_empty()
    };
    is_blank() || (options.heartbeats == Heartbeats::Drop && Due::new(text, length).is_heartbeat())
}

fn record(event: &Event<'_>, options: &Options, size: &mut Size) -> Json {
    let mut out = b"before".to_vec();
    encode::json::write(event, &mut out);
    let json = str::from_utf8(&out).unwrap().strip_prefix("before").unwrap();
    let record = strict_json(json);
    size.json += json.len();
    assert_eq!(record.to_string(), json, "JSON must be compact, with the usual form of strings");

    members_match_the_schema(&record);
    status_and_envelope_fit(&record, event.status(), options);
    event_matches_the_record(&record, event);
    size.messagepack += messagepack_is_the_same(&record, event);
    record
}

/// Reads JSON and checks that every number is a finite double, so that every host accepts it.
pub fn strict_json(json: &str) -> Json {
    fn has_finite_numbers(value: &Json) -> bool {
        match value {
            Json::Number(number) => number.parse::<f64>().is_ok_and(f64::is_finite),
            Json::Array(items) => items.iter().all(has_finite_numbers),
            Json::Object(members) => members.iter().all(|(_, value)| has_finite_numbers(value)),
            _ => true,
        }
    }
    let value = Json::parse(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert!(has_finite_numbers(&value), "{json}");
    value
}

/// Checks that every name is in the schema and in its order, which means that it occurs once, and that every value has
/// the type of its field.
fn members_match_the_schema(record: &Json) {
    let fields = FIELDS.iter().map(|field| (field.name.text, field.kind));
    let added = ADDED.iter().map(|field| (field.name.text, field.kind));
    let mut known = fields.chain(added);
    for (key, value) in record.members() {
        let kind = known.find(|(name, _)| name == key).map(|(_, kind)| kind);
        let kind = kind.unwrap_or_else(|| panic!("{key} is unknown or out of order in {record}"));
        assert!(fits(kind.name(), value), "{key} does not have its type in {record}");
    }
}

fn fits(kind: &str, value: &Json) -> bool {
    match (kind, value) {
        ("string", Json::Text(text)) => !text.is_empty(),
        ("bool", Json::Bool(_)) => true,
        ("int", Json::Number(number)) => number.parse::<i64>().is_ok_and(|value| value.to_string() == *number),
        ("datetime", Json::Text(text)) => oracle::datetime(text).is_some_and(|time| time == *text),
        ("guid", Json::Text(text)) => oracle::is_guid(text),
        ("dynamic", Json::Object(members)) => !members.is_empty() && is_flat(members),
        _ => false,
    }
}

fn is_flat(members: &[(String, Json)]) -> bool {
    members.iter().enumerate().all(|(at, (key, value))| {
        let is_new = members[..at].iter().all(|(earlier, _)| earlier != key);
        let is_value = match value {
            Json::Object(members) => members.is_empty(),
            value => value.levels() <= 8,
        };
        is_new && is_value
    })
}

fn status_and_envelope_fit(record: &Json, status: Status, options: &Options) {
    assert_eq!(record.get("parse_status").and_then(Json::text), Some(status.name()));
    assert!(status != Status::Heartbeat || options.heartbeats == Heartbeats::Keep);
    if options.syslog_fields == SyslogFields::Hostname {
        let is_other = |key: &str| key.starts_with("syslog_") && key != "syslog_hostname";
        assert!(!record.members().iter().any(|(key, _)| is_other(key)), "{record}");
    }
}

/// Checks which records have the message: the first that should have it, and one with the status `multiple`. If text
/// beside the events is dropped, the very first record may have the message even if its status is `ok`.
fn raw_messages_are_due(records: &[Json], text: &str, options: &Options) {
    let mut has_raw = false;
    for (at, record) in records.iter().enumerate() {
        let status = record.get("parse_status").and_then(Json::text);
        let raw = record.get("raw_message").and_then(Json::text);
        let wanted = match options.raw {
            Raw::OnError => status != Some("ok") || (at == 0 && raw.is_some()),
            Raw::Always => true,
            Raw::Never => false,
        };
        let given = wanted && (!has_raw || status == Some("multiple"));
        has_raw |= given;
        assert_eq!(raw, given.then_some(text));
    }
}

/// Checks that the methods of an event agree with the encoded record.
fn event_matches_the_record(record: &Json, event: &Event<'_>) {
    assert_eq!(event.name_count(), record.members().len());
    for field in FIELDS {
        let is_there = record.get(field.name.text).is_some();
        assert_eq!(event.emits(field.name.text), is_there);
        assert_eq!(event.get(field.name.text).is_some(), is_there);
    }
    for field in ADDED {
        let is_there = record.get(field.name.text).is_some();
        assert_eq!(event.emits(field.name.text), is_there);
        let is_value = is_there && field.name != ADDITIONAL_FIELDS.name;
        assert_eq!(event.get(field.name.text).is_some(), is_value);
    }
    let additional = record.get(ADDITIONAL_FIELDS.name.text).map(Json::members).unwrap_or_default();
    assert!(event.additional_fields().map(|(key, _)| key).eq(additional.iter().map(|(key, _)| key.as_str())));
}

/// Checks the MessagePack of an event and returns its size in bytes.
fn messagepack_is_the_same(record: &Json, event: &Event<'_>) -> usize {
    let mut out = b"before".to_vec();
    encode::msgpack::write(event, &mut out);
    let bytes = out.strip_prefix(b"before").unwrap();
    let mut rest = bytes;
    let value = rmpv::decode::read_value(&mut rest).unwrap();
    assert!(rest.is_empty(), "{} bytes after the map", rest.len());
    let mut again = Vec::new();
    rmpv::encode::write_value(&mut again, &value).unwrap();
    assert_eq!(again, bytes, "each value must have its shortest form");
    assert_eq!(messagepack::to_json(&value), messagepack::held(record));
    bytes.len()
}

/// Checks the envelope that is found in a message.
pub fn envelope(message: &str) {
    let envelope = syslog::parse(message);
    parts_are_in_order(message, &envelope);
    let words = [envelope.hostname, envelope.appname, envelope.procid];
    assert!(words.into_iter().flatten().all(|word| !word.is_empty() && word != "-" && !word.contains([' ', '{'])));
    assert_eq!(envelope.facility.is_some(), envelope.severity.is_some());
    assert!(!envelope.body.starts_with(['\u{FEFF}', ' ', '\0']) && !envelope.body.ends_with(['\r', '\n', '\0']));

    let header = "<165>1 2003-10-11T22:14:15.003Z host app 7 ID47 - ";
    let framed = format!("{header}{{{message}");
    let body = syslog::parse(&framed).body;
    assert_eq!(offset(&framed, body), header.len(), "{body:?} is not all of {framed:?}");
}

fn parts_are_in_order(message: &str, envelope: &Envelope<'_>) {
    // The host may come from another header before the one with the other parts.
    for host in [None, envelope.hostname] {
        let others =
            [envelope.timestamp, envelope.appname, envelope.procid].map(|part| part.filter(|_| host.is_none()));
        let mut end = 0;
        for part in [host].into_iter().chain(others).chain([Some(envelope.body)]).flatten() {
            let start = offset(message, part);
            assert!(start >= end, "{envelope:?}");
            end = start + part.len();
            assert_eq!(message.get(start..end), Some(part));
        }
    }
}

/// Returns the offset of a part in its text.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}
