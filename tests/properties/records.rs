//! A message is read in a host's JSON record as it is by itself, however the host writes its characters.

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, Options, encode};
use fastrand::Rng;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{checks, config, damaged_message};

/// Messages of which the first brace is not at the end of an envelope, or that go on behind the event.
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

/// The message as the contents of a JSON string. Of a thousand characters `odd` are written in a way that hosts do not
/// choose.
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

/// What a record with the message and a key beside it is to become.
fn expected(message: &str, options: &Options) -> String {
    let mut filter = Filter::new(options.clone());
    let mut expected = Vec::new();
    let mut events = filter.read_str(message);
    while let Some(event) = events.next() {
        encode::json::write(&event, &mut expected);
        expected.pop();
        expected.extend_from_slice(b",\"host\":\"relay\"}\n");
    }
    String::from_utf8(expected).unwrap()
}

fn is_read_as_by_itself(message: &str, odd: usize, random: &mut Rng) {
    let record = format!("{{\"log\":\"{}\",\"host\":\"relay\"}}", quote(message, odd, random));
    for options in checks::every_options() {
        let mut given = Vec::new();
        JsonRecordFilter::new(options.clone()).restoring_bytes().read(record.as_bytes(), b"\n", &mut given, |_| {});
        assert_eq!(str::from_utf8(&given), Ok(expected(message, &options).as_str()), "{record}");
    }
}

#[test]
fn braces_in_odd_places() {
    for message in MESSAGES {
        for odd in [0, 1, 5, 50] {
            is_read_as_by_itself(message, odd, &mut Rng::with_seed(1));
        }
    }
}

/// How long a key may be for its object to be flattened counts as it was sent.
#[test]
fn long_keys_with_escapes() {
    for length in 250..260 {
        let message = format!(r#"{{"{}\/":{{"a":1}}}}"#, "k".repeat(length));
        is_read_as_by_itself(&message, 0, &mut Rng::with_seed(1));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_traffic(message in damaged_message(), odd in select(&[0, 0, 1, 5][..]), seed in any::<u64>()) {
        is_read_as_by_itself(&String::from_utf8_lossy(&message.0), odd, &mut Rng::with_seed(seed));
    }
}
