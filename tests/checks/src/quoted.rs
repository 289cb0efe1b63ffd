//! A message in a JSON record, as Fluent Bit passes it to the module.

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, Options, encode};
use eset_filter_wasm_host::write_record;
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::checks;

/// Checks that a message becomes the same records in a JSON record as on its own.
pub fn is_read_as_by_itself(message: &str, options: &Options) {
    let mut record = Vec::new();
    write_record(message.as_bytes(), &mut record);
    let answer = answer(&record, options);
    assert_eq!(answer, expected(message, options), "{message:?}");
    answer.lines().for_each(|record| _ = checks::strict_json(record));
}

/// Returns the answer to a record of any bytes, and checks that it is JSON. The host's own keys are kept unchanged.
pub fn answer(record: &[u8], options: &Options) -> String {
    let mut out = Vec::new();
    JsonRecordFilter::new(options.clone().into()).restoring_bytes().read(record, b"\n", &mut out);
    let out = String::from_utf8(out).unwrap();
    for record in Deserializer::from_str(&out).into_iter::<&RawValue>() {
        assert!(record.is_ok(), "{record:?}: {out:?}");
    }
    out
}

/// Returns the records of the message on its own.
fn expected(message: &str, options: &Options) -> String {
    let mut filter = Filter::new(options.clone());
    let mut out = Vec::new();
    let mut events = filter.parse_str(message);
    while let Some(event) = events.next() {
        encode::json::write(&event, &mut out);
        out.push(b'\n');
    }
    String::from_utf8(out).unwrap()
}
