//! Arbitrary bytes go through the whole filter, with every set of options and in both encodings.

#![no_main]

use eset_filter_checks::checks;

libfuzzer_sys::fuzz_target!(|message: &[u8]| checks::every_promise(message));
