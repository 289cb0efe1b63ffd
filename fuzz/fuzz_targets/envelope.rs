//! Reads a syslog header from arbitrary text.

#![no_main]

use eset_filter_checks::checks;

libfuzzer_sys::fuzz_target!(|message: &str| checks::envelope(message));
