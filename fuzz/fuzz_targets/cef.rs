//! The bytes choose a set of options and follow the beginning of a CEF header.

#![no_main]

use eset_filter_checks::checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((options, bytes)) = checks::chosen(bytes) else { return };
    checks::formatted(b"<14>Oct 30 05:31:10 srv ERAServer[75]: CEF:0|ESET|", bytes, options);
});
