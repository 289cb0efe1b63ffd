//! Compares malformed JSON, broken at every position, with the oracle.

use eset_filter_tests::checks::every_promise;
use eset_filter_tests::grammar::{WHITE_SPACE, WRONG};
use eset_filter_tests::oracle;
use proptest::prelude::*;
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::{broken_message, config};

/// An event with every kind of JSON value, a key that occurs again as an object and inside one, and a string that ends
/// with a brace.
const EVENT: &str = concat!(
    r#"{"event_type":"A" , "hostname":"x","a":{"b":[1,{"c":null}],"hostname":2},"hostname":{"d":{"e":true}},"#,
    r#""count":-1.5e3,"\u0061":"\\{"}"#
);

#[test]
fn an_event_broken_at_each_position() {
    for at in (0..=EVENT.len()).filter(|at| EVENT.is_char_boundary(*at)) {
        let (before, after) = EVENT.split_at(at);
        every_promise(before.as_bytes());
        every_promise(after.as_bytes());
        // Another message directly follows a truncated one.
        every_promise([before, EVENT].concat().as_bytes());
        for wrong in WRONG.into_iter().chain(WHITE_SPACE.map(str::as_bytes)) {
            every_promise(&[before.as_bytes(), wrong, after.as_bytes()].concat());
            every_promise(&[before.as_bytes(), wrong, after.get(1..).unwrap_or_default().as_bytes()].concat());
        }
    }
}

/// Tests every combination of up to four characters that numbers consist of, with each possible token after it.
#[test]
fn only_json_numbers_are_read() {
    const CHARACTERS: [&str; 7] = ["", "0", "1", "-", "+", ".", "e"];
    for number in 0..CHARACTERS.len().pow(4) {
        let character = |place: u32| CHARACTERS[number / CHARACTERS.len().pow(place) % CHARACTERS.len()];
        let number: String = (0..4).map(character).collect();
        for after in ["", ",", "}", " ", "]", "\"", "x", "{", ":"] {
            every_promise(format!(r#"{{"count":{number}{after}"#).as_bytes());
        }
    }
}

/// An object with too many names is not flattened, and neither are those after it.
#[test]
fn names_at_their_limit() {
    let many = |count: usize| {
        let members: Vec<_> = (0..count).map(|at| format!(r#""{at}":1"#)).collect();
        format!(r#""{}":{{{}}}"#, "k".repeat(200), members.join(","))
    };
    for count in [1, 2, 3, 4, 5, 6, 7, 8, 20, 21, 22, 23, 100] {
        let many = many(count);
        for message in [
            format!(r#"{{"event_type":"A","s":{{"a":1}},{many},"t":{{"a":1}}}} {{"user":"","o":{{"x":1}}}}"#),
            format!(r#"{{"event_type":"A","s":{{"a":1}},{many},"x":"{{"event_type":"B","o":{{"x":1}}}}"#),
            format!(r#"{{"user":tru {{{many}}} }} {{"event_type":"B","o":{{"x":1}}}}"#),
            format!(r#"{{"user":tru {{{many},"b":tru}} }} {{"event_type":"B","o":{{"x":1}}}}"#),
            format!(r#"{{"user":"","s":{{"a":1}},{{{many},"t":{{"b":1,"#),
        ] {
            every_promise(message.as_bytes());
        }
    }
}

/// A message becomes as many records as the limit allows.
#[test]
fn records_at_their_limit() {
    for (host, event) in [
        (255, r#"{"user":""}"#),
        (255, r#"{"user":"x"}"#),
        (100, r#"{"user":"","a":{"b":1.5}} "#),
        (20, r#"{"user":"x" "#),
        (0, r#"{"user":""}"#),
    ] {
        for count in [40, 60, 61, 62, 63, 64, 65, 70, 100, 400] {
            let message = format!("<14>1 - {} a - - - {}", "h".repeat(host), event.repeat(count));
            every_promise(message.as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..config() })]

    #[test]
    fn every_record_matches_the_oracle(message in broken_message()) {
        every_promise(&message.0);
    }

    /// The oracle accepts an object as complete if `serde_json` does.
    #[test]
    fn the_oracle_reads_json(message in broken_message()) {
        let text = String::from_utf8_lossy(&message.0);
        for (brace, _) in text.match_indices('{') {
            let text = &text[brace..];
            let mut values = Deserializer::from_str(text).into_iter::<&RawValue>();
            let is_complete = values.next().is_some_and(|value| value.is_ok());
            let end = is_complete.then(|| values.byte_offset());
            // A text that is nested too deeply for the contract has more opening marks than the contract allows levels.
            if text[..values.byte_offset()].matches(['{', '[']).count() <= 64 {
                prop_assert_eq!(oracle::object_end(text), end, "{}", text);
            }
        }
    }
}
