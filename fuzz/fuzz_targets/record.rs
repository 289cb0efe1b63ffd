//! Any bytes are a host's record, and any text is a message in one.

#![no_main]

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, Options, encode};
use serde_json::value::RawValue;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    answer(bytes);
    if let Ok(message) = str::from_utf8(bytes) {
        assert_eq!(answer(quote(message).as_bytes()), expected(message), "{message:?}");
    }
});

/// What becomes of a record, which is JSON in any case.
fn answer(record: &[u8]) -> String {
    let mut out = Vec::new();
    JsonRecordFilter::new(Options::default()).restoring_bytes().read(record, b"\n", &mut out, |_| {});
    let out = String::from_utf8(out).unwrap();
    for record in serde_json::Deserializer::from_str(&out).into_iter::<&RawValue>() {
        assert!(record.is_ok(), "{record:?}: {out:?}");
    }
    out
}

/// A record with the message, as Fluent Bit writes it.
fn quote(message: &str) -> String {
    let mut record = "{\"log\":".to_owned();
    for character in serde_json::to_string(message).unwrap().chars() {
        match character {
            '\u{80}'.. => {
                record.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            character => record.push(character),
        }
    }
    record + "}"
}

/// What the message gives by itself.
fn expected(message: &str) -> String {
    let mut filter = Filter::new(Options::default());
    let mut out = Vec::new();
    let mut events = filter.read_str(message);
    while let Some(event) = events.next() {
        encode::json::write(&event, &mut out);
        out.push(b'\n');
    }
    String::from_utf8(out).unwrap()
}
