//! Every message of generated traffic is accounted for.

use eset_filter::Options;
use eset_filter::record::json::JsonRecordFilter;
use eset_filter_generator::{Generator, GeneratorOptions, Header, Kind};
use eset_filter_tests::checks;
use eset_filter_tests::json::Json;

const MESSAGES: usize = 5000;

#[test]
fn no_event_is_lost() {
    for header in [Header::Rfc3164, Header::Rfc5424, Header::None] {
        let mut events = 0;
        let mut generator = Generator::new(GeneratorOptions { seed: 3, header, mark: true, ..Default::default() });
        for _ in 0..MESSAGES {
            let mut message = Vec::new();
            let kind = generator.next_into(&mut message);
            let records = checks::message(&message, &Options::default());
            let text = |key: &str| records[0].get(key).and_then(Json::text);
            let status = match kind {
                Kind::Event => "ok",
                Kind::Cut => "truncated",
                Kind::Notification => "notification",
                Kind::Heartbeat => {
                    assert!(records.is_empty(), "{records:?}");
                    continue;
                }
            };
            assert_eq!(records.len(), 1, "{records:?}");
            assert_eq!(text("parse_status"), Some(status));
            if kind != Kind::Notification {
                events += 1;
                assert_eq!(text("group_description"), Some(format!("id-3-{events}").as_str()));
            }
        }
        assert!(events > MESSAGES * 9 / 10);
    }
}

/// The same holds in a host's record, where quotes and line endings are escaped.
#[test]
fn a_message_in_a_record_becomes_the_same_records() {
    let mut filter = JsonRecordFilter::new(Options::default().into());
    let mut given = Vec::new();
    for message in Generator::new(GeneratorOptions::default()).take(MESSAGES) {
        let text = String::from_utf8(message).unwrap();
        let record = Json::Object(vec![("message".to_owned(), Json::Text(text.clone()))]);
        given.clear();
        filter.read(record.to_string().as_bytes(), b"\n", &mut given);
        let records = checks::message(text.as_bytes(), &Options::default());
        let expected: String = records.iter().map(|record| format!("{record}\n")).collect();
        assert_eq!(str::from_utf8(&given), Ok(expected.as_str()));
    }
}
