//! The text of a message at the positions of a record's members matches the record.

use eset_filter::schema::{FIELDS, find};
use eset_filter::{Filter, Heartbeats, Options, Part, Places, SyslogFields, Value};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::cases::{self, Input};
use eset_filter_tests::mutation::Mutation;
use eset_filter_tests::samples;
use fastrand::Rng;

const TRAFFIC: usize = 5000;
const DAMAGED: usize = 10_000;
const BROKEN: usize = 5000;

/// How often a text may be escaped: in its object, in a wrapper around the object, and once too often in each of them.
const LEVELS: usize = 4;

/// Returns the possible meanings of a text in JSON, unescaped by one level after another.
fn meanings(text: &str) -> Vec<String> {
    let mut filter = Filter::new(Options::default());
    let mut meanings = vec![text.to_owned()];
    for _ in 0..LEVELS {
        let message = format!("{{\"user\":\"{}\",\"count\":1}}", meanings[meanings.len() - 1]);
        let mut events = filter.parse_str(&message);
        let Some(Value::JsonText(text)) = events.next().and_then(|event| event.get("user")) else { break };
        let text = text.to_string();
        meanings.push(text);
    }
    meanings
}

/// Returns a value as text if it has only one form.
fn text_of(value: Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) | Value::Number(text) | Value::AsJsonText(text) => Some(text.to_owned()),
        Value::JsonText(text) => Some(text.to_string()),
        // Zero is the only integer with two forms in JSON: `0` and `-0`.
        Value::Int(number) => Some(number.to_string()).filter(|_| number != 0),
        _ => None,
    }
}

/// Compares records with their messages, and counts the comparisons.
#[derive(Default)]
struct Compared {
    keys: usize,
    values: usize,
}

impl Compared {
    fn check(&mut self, filter: &mut Filter, message: &str) {
        let mut events = filter.parse_str(message);
        while let Some(event) = events.next() {
            let (mut fields, mut additional) = (Vec::new(), Vec::new());
            event.for_each(|name, value| fields.push((name.text, text_of(value))));
            additional.extend(event.additional_fields().map(|(name, value)| (name.to_owned(), text_of(value))));
            let is_json =
                event.get("payload_format").is_none() && event.get("parse_status") != Some(Value::Text("notification"));
            let places = events.places();
            check_ranges(&places, message);
            for (name, text) in fields {
                let Some(member) = places.member(name) else {
                    assert_eq!(name, "parse_status", "{message}");
                    continue;
                };
                if let (true, Part::Event, Some(key)) = (is_json, member.part, member.key.clone()) {
                    let is_key = |meaning: &String| find(meaning).is_some_and(|field| FIELDS[field].name.text == name);
                    assert!(meanings(&message[key]).iter().any(is_key), "{name} in {message}");
                    self.keys += 1;
                }
                let is_verbatim = match member.part {
                    Part::Header => !matches!(name, "syslog_facility" | "syslog_severity"),
                    _ => is_json,
                };
                if is_verbatim && let (Some(value), Some(text)) = (member.value.clone(), text) {
                    assert!(meanings(&message[value]).contains(&text), "{name} in {message}");
                    self.values += 1;
                }
            }
            let at: Vec<_> = places.additional().collect();
            assert_eq!(at.len(), additional.len(), "{message}");
            for (member, (name, text)) in at.into_iter().zip(additional) {
                assert_eq!(member.name, name);
                if is_json {
                    let key = &message[member.key.clone().unwrap()];
                    assert!(meanings(key).iter().any(|meaning| name.ends_with(meaning)), "{name} in {message}");
                    self.keys += 1;
                    if let Some(text) = text {
                        assert!(
                            meanings(&message[member.value.clone().unwrap()]).contains(&text),
                            "{name} in {message}"
                        );
                        self.values += 1;
                    }
                }
            }
        }
    }
}

/// Checks that each range is within the message, and that the members of the event are within the event.
fn check_ranges(places: &Places, message: &str) {
    let Places { header, outer_header, payload, event, members, .. } = places;
    for range in [header, outer_header, payload, event].into_iter().flatten() {
        assert!(message.get(range.clone()).is_some_and(|part| !part.is_empty()), "{range:?} in {message}");
    }
    for member in members {
        for range in [&member.key, &member.value].into_iter().flatten() {
            assert!(message.get(range.clone()).is_some(), "{range:?} in {message}");
            if member.part == Part::Event {
                let event = event.as_ref().unwrap_or_else(|| panic!("{member:?} in {message}"));
                assert!(event.start <= range.start && range.end <= event.end, "{range:?} in {event:?} in {message}");
            }
        }
    }
}

fn filter() -> Filter {
    Filter::new(Options::default().heartbeats(Heartbeats::Keep).syslog_fields(SyslogFields::All))
}

#[test]
fn of_traffic() {
    let (mut filter, mut compared) = (filter(), Compared::default());
    for message in Generator::new(GeneratorOptions::default()).take(TRAFFIC) {
        compared.check(&mut filter, &String::from_utf8_lossy(&message));
    }
    assert!(compared.keys > 10 * TRAFFIC && compared.values > 10 * TRAFFIC);
}

#[test]
fn of_damage_and_cases() {
    let cases = cases::load().into_iter().filter_map(|case| match case.input {
        Input::Message(message) if message.len() < 20_000 => Some(message),
        _ => None,
    });
    let whole: Vec<_> = cases.chain(Generator::new(GeneratorOptions::default()).take(500)).collect();
    let (mut filter, mut compared, mut rng) = (filter(), Compared::default(), Rng::with_seed(1));
    for message in &whole {
        compared.check(&mut filter, &String::from_utf8_lossy(message));
    }
    for _ in 0..DAMAGED {
        let mut message = whole[rng.usize(..whole.len())].clone();
        Mutation::random(&mut rng).apply(&mut message, &whole);
        compared.check(&mut filter, &String::from_utf8_lossy(&message));
    }
    assert!(compared.keys > DAMAGED && compared.values > DAMAGED);
}

#[test]
fn of_broken_json() {
    let (mut filter, mut compared, mut rng) = (filter(), Compared::default(), Rng::with_seed(1));
    for _ in 0..BROKEN {
        compared.check(&mut filter, &String::from_utf8_lossy(&samples::broken_message(&mut rng, 400)));
    }
    assert!(compared.keys > 0 && compared.values > 0);
}
