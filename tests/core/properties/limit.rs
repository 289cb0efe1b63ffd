//! The size limit of a record: what is removed, in which order, and no more than necessary.

use eset_filter::{Choice, Filter, Options, Raw, encode};
use eset_filter_tests::json::Json;
use eset_filter_tests::{checks, messagepack};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::config;

const LIMIT: usize = Options::LEAST_RECORD_LIMIT;

/// The minimum length of a truncated text, in bytes of JSON. Without its escapes the text may be half as long.
const LEAST_TEXT: usize = 256;

/// The bytes of a record that may stay unused: those of an escaped character and of an empty `additional_fields`.
const SLACK: usize = 64;

/// Texts for fields of the schema and for others, some of them too long. Each is a repeated part.
fn texts() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    const KEYS: [&str; 9] = ["event_type", "user", "detail", "command_line", "a", "b", "c", "d", "e"];
    let part = select(&["x", "é", "😀", "\"", "\n", "ab\\"][..]);
    let length = select(&[1, 100, 300, 5_000, 20_000, 40_000, 90_000][..]);
    vec((select(&KEYS[..]), part, length), 1..8).prop_map(|texts| {
        texts.into_iter().map(|(key, part, length)| (key, part.repeat(length / part.len() + 1))).collect()
    })
}

/// Returns the record of a message, and checks that it is the same in both encodings.
fn record(message: &str, options: Options) -> Json {
    let mut filter = Filter::new(options);
    let mut events = filter.parse_str(message);
    let event = events.next().unwrap();
    let (mut json, mut packed) = (Vec::new(), Vec::new());
    encode::json::write(&event, &mut json);
    encode::msgpack::write(&event, &mut packed);
    let record = checks::strict_json(str::from_utf8(&json).unwrap());
    assert!(messagepack::is_same(&rmpv::decode::read_value(&mut packed.as_slice()).unwrap(), &record));
    assert!(events.next().is_none());
    record
}

fn size(value: &Json) -> usize {
    value.to_string().len()
}

type Members<'r> = Vec<&'r (String, Json)>;

/// A record within the limit, and the record of the same message without a limit.
struct Pair<'r> {
    given: &'r Json,
    whole: &'r Json,
    message: &'r str,
}

impl<'r> Pair<'r> {
    /// Checks that the right values are removed, in the right order, and no more than necessary.
    fn check(&self) {
        assert_eq!(self.given.get("parse_status").and_then(Json::text), Some("truncated"));
        let lost = self.lost_fields();
        let are_texts_cut = self.are_texts_cut();
        let is_raw_cut = self.is_raw_cut();
        let left = additional_fields(self.given);
        assert!(left.is_empty() || !(are_texts_cut || is_raw_cut), "additional fields must be removed first");
        let is_long = |(_, value): &&(String, Json)| size(value) > LEAST_TEXT + SLACK;
        assert!(!is_raw_cut || !fields(self.given).iter().any(is_long), "texts must be truncated before the message");

        let would_fit = |more| size(self.given) + more + SLACK < LIMIT;
        let smallest = lost.iter().map(|member| member_size(member)).min();
        let is_room_left = if are_texts_cut || is_raw_cut { would_fit(0) } else { smallest.is_none_or(would_fit) };
        assert!(!is_room_left, "more is removed than necessary");
    }

    /// Returns the additional fields that are removed, and checks that they are the largest.
    fn lost_fields(&self) -> Members<'r> {
        let (left, all) = (additional_fields(self.given), additional_fields(self.whole));
        assert!(left.iter().all(|member| all.contains(member)));
        let lost: Vec<_> = all.into_iter().filter(|member| !left.contains(member)).collect();
        for member in &lost {
            assert!(left.iter().all(|left| member_size(left) <= member_size(member)), "a larger field is left");
        }
        lost
    }

    /// Returns whether any field is truncated, and checks that the others are unchanged.
    fn are_texts_cut(&self) -> bool {
        let (given, whole) = (fields(self.given), fields(self.whole));
        assert!(given.iter().map(|(name, _)| name).eq(whole.iter().map(|(name, _)| name)));
        let mut are_cut = false;
        for ((_, given), (_, whole)) in given.into_iter().zip(whole).filter(|(given, whole)| given != whole) {
            are_cut = true;
            let (given, whole) = (given.text().unwrap(), whole.text().unwrap());
            assert!(whole.starts_with(given) && given.len() + SLACK >= LEAST_TEXT / 2);
        }
        are_cut
    }

    fn is_raw_cut(&self) -> bool {
        let raw = self.given.get("raw_message").and_then(Json::text);
        assert!(raw.is_none_or(|raw| self.message.starts_with(raw)));
        raw.is_some_and(|raw| raw.len() < self.message.len())
    }
}

fn fields(record: &Json) -> Members<'_> {
    let is_added = |name: &str| ["parse_status", "raw_message", "additional_fields"].contains(&name);
    record.members().iter().filter(|(name, _)| !is_added(name)).collect()
}

fn additional_fields(record: &Json) -> Members<'_> {
    record.get("additional_fields").map(Json::members).unwrap_or_default().iter().collect()
}

fn member_size((key, value): &(String, Json)) -> usize {
    key.len() + size(value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..config() })]

    #[test]
    fn the_largest_values_are_removed_first(texts in texts(), (_, raw) in select(Raw::VALUES)) {
        let members = texts.iter().map(|(key, text)| ((*key).to_owned(), Json::Text(text.clone()))).collect();
        let message = Json::Object(members).to_string();
        let options = Options::default().raw(raw);
        let [whole] = checks::message(message.as_bytes(), &options).try_into().unwrap();
        let given = record(&message, options.record_limit(Some(LIMIT)));
        prop_assert!(size(&given) <= LIMIT);
        if size(&whole) <= LIMIT {
            prop_assert_eq!(given, whole);
        } else {
            Pair { given: &given, whole: &whole, message: &message }.check();
        }
    }
}
