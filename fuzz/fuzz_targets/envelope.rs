//! Any text is looked through for a syslog header.

#![no_main]

use eset_filter_checks::checks;

libfuzzer_sys::fuzz_target!(|message: &str| checks::envelope(message));
