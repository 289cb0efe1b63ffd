//! A message in a host's JSON record is read as on its own, however the host escapes its characters. The other keys of
//! the record are kept.

use std::borrow::Cow;

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, Options, encode};
use eset_filter_tests::checks;
use eset_filter_tests::grammar::{WHITE_SPACE, WRONG};
use eset_filter_tests::json::Json;
use fastrand::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;

use super::{broken_message, config, damaged_message};

/// Messages whose first brace is not directly after the envelope, or that continue after the event.
const MESSAGES: [&str; 12] = [
    r#"x {"severity":"Error"}"#,
    r#"<14>1 - - - - - [{"severity":"Error"}]"#,
    r#"<14>1 - - - - - [x {"severity":"Error"} y] {"severity":"Notice"}"#,
    r#"<14>1 - - - - - [x y="{"] {"severity":"Notice"}"#,
    r#"<14>1 - - - - - [x] [{"severity":"Notice"}"#,
    r#"<14>Oct 30 05:31:10 host name[{"severity":"Notice"}]: "#,
    r#"<14>Oct 30 05:31:10 host{"severity":"Notice"}"#,
    r#"{x}{"severity":"Notice"}"#,
    r#"{"severity":"Notice"} {"severity":"Error"}"#,
    r#"{"severity":"Notice"}, {"#,
    r#"{"severity":"Notice"} {"#,
    r#"HEARTBEAT {"severity":"Notice"#,
];

/// Returns the message as the contents of a JSON string. Of every thousand characters, `odd` are written in a way that
/// hosts do not use.
fn quote(message: &str, odd: usize, random: &mut Rng) -> String {
    let mut quoted = String::new();
    for character in message.chars() {
        let is_odd = random.usize(..1000) < odd;
        let escaped = |quoted: &mut String| {
            for unit in character.encode_utf16(&mut [0; 2]) {
                *quoted += &if is_odd { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            }
        };
        match character {
            '"' | '\\' if !is_odd => quoted.extend(['\\', character]),
            '/' if is_odd => quoted += "\\/",
            '\n' if !is_odd => quoted += "\\n",
            '\u{80}'.. if is_odd && random.bool() => quoted.push(character),
            ' '..='~' if !is_odd => quoted.push(character),
            _ => escaped(&mut quoted),
        }
    }
    quoted
}

/// Returns the expected answer to a record with the message and one other key.
fn expected(message: &str, options: &Options) -> String {
    let mut filter = Filter::new(options.clone());
    let mut expected = Vec::new();
    let mut events = filter.parse_str(message);
    while let Some(event) = events.next() {
        encode::json::write(&event, &mut expected);
        expected.pop();
        expected.extend_from_slice(b",\"host\":\"relay\"}\n");
    }
    String::from_utf8(expected).unwrap()
}

fn is_read_as_on_its_own(message: &str, odd: usize, random: &mut Rng) {
    let record = format!("{{\"log\":\"{}\",\"host\":\"relay\"}}", quote(message, odd, random));
    for options in checks::every_options() {
        let mut given = Vec::new();
        JsonRecordFilter::new(options.clone().into()).restoring_bytes().read(record.as_bytes(), b"\n", &mut given);
        assert_eq!(str::from_utf8(&given), Ok(expected(message, &options).as_str()), "{record}");
    }
}

#[test]
fn braces_in_unusual_positions() {
    for message in MESSAGES {
        for odd in [0, 1, 5, 50] {
            is_read_as_on_its_own(message, odd, &mut Rng::with_seed(1));
        }
    }
}

/// The maximum length of a key whose object is flattened applies to the key as sent in the message.
#[test]
fn long_keys_with_escapes() {
    for length in 250..260 {
        let message = format!(r#"{{"{}\/":{{"a":1}}}}"#, "k".repeat(length));
        is_read_as_on_its_own(&message, 0, &mut Rng::with_seed(1));
    }
}

/// Keys of a record: those that may contain the message, names that events emit, and others.
const KEYS: [&str; 15] = [
    "message",
    "log",
    "msg",
    "MESSAGE",
    "Message",
    "event_type",
    "hostname",
    "occurred",
    "occured",
    "parse_status",
    "raw_message",
    "syslog_hostname",
    "additional_fields",
    "host",
    "",
];

/// Values of a record, some of them messages.
const VALUES: [&str; 9] = [
    r#""{\"event_type\":\"A\",\"occured\":\"2021-06-21\",\"x\":1}""#,
    r#""<14>Oct 30 05:31:10 protect01 ERAServer[75]: {\"hostname\":\"x\",\"hostname\":{""#,
    r#""{\"event_type\":\"A\"} {\"hostname\":\"b\"}""#,
    r#""HEARTBEAT""#,
    r#""text""#,
    r#""""#,
    "1.50",
    "null",
    r#"{"a":[1]}"#,
];

/// Checks a record whose keys may be written with escapes. Keys are compared by their unescaped text.
fn keys_are_kept(members: &[(usize, usize)], odd: usize, random: &mut Rng) {
    let mut keys: Vec<&str> = Vec::new();
    let mut texts = Vec::new();
    for (key, value) in members {
        if !keys.contains(&KEYS[*key]) {
            keys.push(KEYS[*key]);
            texts.push(format!("\"{}\":{}", quote(KEYS[*key], odd, random), VALUES[*value]));
        }
    }
    check_answer(&format!("{{{}}}", texts.join(",")));
}

/// Checks the answer to a record, which may be any text.
fn check_answer(record: &str) {
    let mut given = Vec::new();
    JsonRecordFilter::new(Options::default().into()).read(record.as_bytes(), b"\n", &mut given);
    let given = str::from_utf8(&given).unwrap();
    if let Some(due) = due(record) {
        let due: String = due.iter().map(|record| format!("{record}\n")).collect();
        let normal: Result<String, _> =
            given.split_inclusive('\n').map(|line| Json::parse(line).map(|record| format!("{record}\n"))).collect();
        assert_eq!(normal.as_ref().ok(), Some(&due), "{record:?} becomes {given:?}");
    }
}

/// Returns the expected answer to a record, or `None` if the record contains half of a surrogate pair.
fn due(record: &str) -> Option<Vec<Json>> {
    let text = |text: &str| Json::Text(text.to_owned());
    let record = record.trim_ascii();
    let is_object = record.starts_with('{') && serde_json::from_str::<&RawValue>(record).is_ok();
    if !is_object {
        let members = [("parse_status", text("malformed")), ("raw_message", text(record))];
        return Some(vec![Json::Object(members.map(|(name, value)| (name.to_owned(), value)).to_vec())]);
    }
    let record = Json::parse(record).ok()?;
    let is_text = |at: &usize| record.members()[*at].1.text().is_some();
    let with_key = |key: &str| (0..record.members().len()).filter(is_text).find(|at| record.members()[*at].0 == key);
    let Some(at) = ["message", "log", "msg", "MESSAGE", "Message"].into_iter().find_map(with_key) else {
        return Some(vec![record]);
    };
    let mut events = checks::message(record.members()[at].1.text()?.as_bytes(), &Options::default());
    for event in &mut events {
        let is_kept = |(place, (name, _)): &(usize, &(String, Json))| *place != at && event.get(name).is_none();
        let kept: Vec<_> =
            record.members().iter().enumerate().filter(is_kept).map(|(_, member)| member.clone()).collect();
        *event = Json::Object([event.members(), &kept].concat());
    }
    Some(events)
}

/// A record as written by Fluent Bit, with an event in a syslog message.
const RECORD: &str = concat!(
    r#"{"host":"relay","log":"<14>Oct 30 05:31:10 protect01 ERAServer[75]: \ufeff{\"event_type\":\"A\",\"user\":\"a\\n\\\\\u00e9\","#,
    r#"\"count\":1,\"x\":\"y\"}\r\n","n":[1.5,{"a":null}]}"#
);

#[test]
fn a_record_broken_at_each_position() {
    for at in 0..=RECORD.len() {
        let (before, after) = RECORD.split_at(at);
        check_answer(before);
        for wrong in WRONG.map(String::from_utf8_lossy).into_iter().chain(WHITE_SPACE.map(Cow::from)) {
            check_answer(&[before, &wrong, after].concat());
            check_answer(&[before, &wrong, after.get(1..).unwrap_or_default()].concat());
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_traffic(message in damaged_message(), odd in select(&[0, 0, 1, 5][..]), seed in any::<u64>()) {
        is_read_as_on_its_own(&String::from_utf8_lossy(&message.0), odd, &mut Rng::with_seed(seed));
    }

    #[test]
    fn broken_json(message in broken_message(), odd in select(&[0, 0, 1, 5][..]), seed in any::<u64>()) {
        is_read_as_on_its_own(&String::from_utf8_lossy(&message.0), odd, &mut Rng::with_seed(seed));
    }

    #[test]
    fn keys(
        members in vec((0..KEYS.len(), 0..VALUES.len()), 0..6),
        odd in select(&[0, 100, 1000][..]),
        seed in any::<u64>(),
    ) {
        keys_are_kept(&members, odd, &mut Rng::with_seed(seed));
    }
}
