//! The bytes choose a set of options and form JSON with broken grammar. That message goes through the whole filter, in
//! both encodings, and through the filter for a shipper's JSON records.

#![no_main]

use std::slice;

use eset_filter_checks::{checks, grammar, quoted};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((options, bytes)) = checks::chosen(bytes) else { return };
    let message = grammar::message(bytes);
    checks::promises(&message, slice::from_ref(options));
    quoted::is_read_as_by_itself(&String::from_utf8_lossy(&message), options);
});
