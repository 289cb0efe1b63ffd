//! Arbitrary bytes are read as a shipper's record, and arbitrary text as the message in a record.

#![no_main]

use eset_filter::Options;
use eset_filter_checks::quoted;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let options = Options::default();
    quoted::answer(bytes, &options);
    if let Ok(message) = str::from_utf8(bytes) {
        quoted::is_read_as_by_itself(message, &options);
    }
});
