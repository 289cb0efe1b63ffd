//! The text around an event does not change its record.

use eset_filter::{Heartbeats, Options, Raw};
use eset_filter_generator::{Generator, GeneratorOptions, Header};
use eset_filter_tests::checks;
use eset_filter_tests::json::Json;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::config;

const HEADERS: [&str; 19] = [
    "",
    "<14>",
    "<14>Oct 30 05:31:10 protect01 ERAServer[75]: ",
    "<14>Oct  3 2025 05:31:10.123 - ERAServer: ",
    "Oct 30 05:31:10 protect01 ERAServer[75]: ",
    "<14>2026-02-27T16:25:37+01:00 protect01 ERAServer[75]: ",
    "<14>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - - ",
    "<14>1 - - - - - - ",
    r#"<14>1 2026-02-27T16:25:37Z protect01 ERAServer 3432 ID1 [a@1 b="{\"c\":1}" d="\]"][e@1] "#,
    "<13>Oct 30 05:31:11 relay1 <14>Oct 30 05:31:10 protect01 ERAServer[75]: ",
    "<13>Oct 30 05:31:11 relay1 Oct 30 05:31:10 protect01 ERAServer[75]: ",
    "<13>Oct 30 05:31:13 r1 <13>Oct 30 05:31:12 r2 a: <13>1 - r3 a - - - <14>Oct 30 05:31:10 protect01 ERAServer[75]: ",
    r#"<13>1 2026-10-30T05:31:11Z relay1 - - - [a@1 b="{"] <14>1 2026-10-30T05:31:10Z - ERAServer 75 - - "#,
    "<14>Oct 30 05:31:11 relay1 - ERAServer[75]: ",
    "<14>févr. 14 05:31:10 protect01 ERAServer[75]: ",
    "<14>Oct 30 05:31:10 CEST protect01 ERAServer[75]: ",
    "<14>2026-10-30 05:31:10 protect01 ERAServer[75]: ",
    "2026-02-27T16:25:37.704159263Z stdout F ",
    "2026-02-27T16:25:37.704159263Z stderr P <14>Oct 30 05:31:10 protect01 ERAServer[75]: ",
];

const BYTE_ORDER_MARKS: [&str; 4] = ["", "\u{FEFF}", "ï»¿", "ÿþ"];

const LINE_ENDS: [&str; 9] = ["\r", "\n", "\r\n", "\0", " ", "\t", "#015", "#012", "#000"];

/// Generated payloads, including truncated ones and text, and one with two events.
fn payload() -> impl Strategy<Value = String> {
    let options = GeneratorOptions { header: Header::None, ..Default::default() };
    let mut payloads: Vec<_> = Generator::new(options).take(300).collect();
    payloads.push(br#"{"event_type":"Audit_Event"}, {"event_type":"Threat_Event"}"#.to_vec());
    select(payloads).prop_map(|payload| String::from_utf8(payload).unwrap())
}

/// Returns the records of a message without the fields that the envelope adds.
fn records(message: &str) -> Vec<Vec<(String, Json)>> {
    let options = Options::default().raw(Raw::Never).heartbeats(Heartbeats::Keep);
    let of_event = |record: &Json| {
        let members = record.members().iter();
        members.filter(|(key, _)| !key.starts_with("syslog_")).cloned().collect()
    };
    checks::message(message.as_bytes(), &options).iter().map(of_event).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_event_is_the_same_in_any_envelope(
        payload in payload(),
        header in select(&HEADERS[..]),
        mark in select(&BYTE_ORDER_MARKS[..]),
        end in vec(select(&LINE_ENDS[..]), 0..4),
        counted in any::<bool>(),
    ) {
        let end = end.concat();
        let mut message = format!("{header}{mark}{payload}{end}");
        if counted && header.starts_with('<') {
            message.insert_str(0, &format!("{} ", message.len()));
        }
        prop_assert_eq!(records(&message), records(&payload), "{}", message);
    }

    #[test]
    fn an_event_is_the_same_in_a_wrapper(
        payload in payload(),
        around in select(&HEADERS[..9]),
        header in select(&HEADERS[..]).prop_filter("only four headers are read", |header| !header.contains(" r3 ")),
        end in select(&LINE_ENDS[..]),
    ) {
        let inside = Json::Text(format!("{header}{payload}{end}"));
        let message = format!(r#"{around}{{"hostname":"relay1","log":{inside}}}"#);
        let mut expected = records(&payload);
        for record in expected.iter_mut().filter(|record| record.iter().any(|(key, _)| key == "event_type")) {
            let place = record.iter().position(|(key, _)| key == "additional_fields");
            let own = place.map(|place| record.remove(place).1.members().to_vec()).unwrap_or_default();
            let host = ("hostname".to_owned(), Json::Text("relay1".to_owned()));
            record.push(("additional_fields".to_owned(), Json::Object([vec![host], own].concat())));
        }
        prop_assert_eq!(records(&message), expected, "{}", message);
    }
}
