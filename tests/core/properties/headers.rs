//! Nested headers are read as they were composed.

use eset_filter::{Options, SyslogFields};
use eset_filter_tests::checks;
use eset_filter_tests::json::Json;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::config;

/// The maximum number of headers that are read.
const MOST: usize = 4;

/// A header with `HOST` as its host, and the fields of its other parts.
type Form = (&'static str, &'static [(&'static str, &'static str)]);

const FORMS: [Form; 9] = [
    ("<13>Oct 30 05:31:11 HOST ", &[("facility", "user"), ("severity", "notice"), ("timestamp", "Oct 30 05:31:11")]),
    (
        "<14>Oct  3 2026 05:31:11.123 HOST ERAServer[75]: ",
        &[
            ("facility", "user"),
            ("severity", "info"),
            ("timestamp", "Oct  3 2026 05:31:11.123"),
            ("appname", "ERAServer"),
            ("procid", "75"),
        ],
    ),
    ("<190>févr. 14 05:31:10 CEST HOST app: ", &[("facility", "local7"), ("severity", "info"), ("appname", "app")]),
    (
        "<14>2026-10-30 05:31:10 HOST app[9]: ",
        &[
            ("facility", "user"),
            ("severity", "info"),
            ("timestamp", "2026-10-30 05:31:10"),
            ("appname", "app"),
            ("procid", "9"),
        ],
    ),
    (
        "<14>1 2026-02-27T16:25:37.704Z HOST ERAServer 3432 - [a@1 b=\"{\\\"c\\\":1}\"] ",
        &[
            ("facility", "user"),
            ("severity", "info"),
            ("timestamp", "2026-02-27T16:25:37.704Z"),
            ("appname", "ERAServer"),
            ("procid", "3432"),
        ],
    ),
    ("<13>1 - HOST - - - - ", &[("facility", "user"), ("severity", "notice")]),
    (
        "Oct 30 05:31:10 HOST ERAServer[75]: ",
        &[("timestamp", "Oct 30 05:31:10"), ("appname", "ERAServer"), ("procid", "75")],
    ),
    ("2026-10-30T05:31:10+01:00 HOST app: ", &[("timestamp", "2026-10-30T05:31:10+01:00"), ("appname", "app")]),
    ("<300>Oct 30 05:31:10 HOST ERAServer: ", &[("timestamp", "Oct 30 05:31:10"), ("appname", "ERAServer")]),
];

const HOSTS: [&str; 7] = ["srv1", "relay-2.example", "192.0.2.5", "2001:db8::7", "b\u{fc}ro", "-", "-"];

const FIELDS: [&str; 5] = ["facility", "severity", "timestamp", "appname", "procid"];

const PAYLOAD: &str = r#"{"event_type":"Audit_Event"}"#;

/// Returns the expected members for these headers, the outermost first.
fn expected(headers: &[(Form, &str)]) -> Vec<(String, Json)> {
    let headers = &headers[..headers.len().min(MOST)];
    let hosts: Vec<_> = headers.iter().map(|(_, host)| *host).filter(|host| *host != "-").collect();
    let parts = headers.last().map(|((_, parts), _)| *parts).unwrap_or_default();
    let part = |name: &'static str| parts.iter().find(|(known, _)| *known == name).copied();
    let hostname = hosts.last().map(|host| ("hostname", *host));
    let relay = hosts.first().filter(|host| hosts.last() != Some(host)).map(|host| ("relay", *host));
    let members = [hostname].into_iter().chain(FIELDS.map(part)).chain([relay]).flatten();
    members.map(|(name, value)| (format!("syslog_{name}"), Json::Text(value.to_owned()))).collect()
}

/// Returns whether the innermost header, whose parts become fields, has a time zone. The contract does not say whether
/// the zone is part of the timestamp.
fn has_zone(headers: &[(Form, &str)]) -> bool {
    headers.iter().take(MOST).next_back().is_some_and(|((form, _), _)| form.contains(" CEST "))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_innermost_header_counts(headers in vec((select(&FORMS[..]), select(&HOSTS[..])), 0..7)) {
        let header: String = headers.iter().map(|((form, _), host)| form.replace("HOST", host)).collect();
        let message = format!("{header}{PAYLOAD}");
        let options = Options::default().syslog_fields(SyslogFields::All);
        let [record] = checks::message(message.as_bytes(), &options).try_into().unwrap();
        let is_specified = |name: &str| name.starts_with("syslog_") && !(name == "syslog_timestamp" && has_zone(&headers));
        let given = record.members().iter().filter(|(name, _)| is_specified(name));
        prop_assert_eq!(given.cloned().collect::<Vec<_>>(), expected(&headers), "{}", message);
    }
}
