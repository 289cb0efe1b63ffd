//! Bytes choose a set of options and follow the header of an event in CEF.

#![no_main]

use std::sync::LazyLock;

use eset_filter::Options;
use eset_filter_checks::checks;

static OPTIONS: LazyLock<Vec<Options>> = LazyLock::new(checks::every_options);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    checks::formatted(
        b"<14>Oct 30 05:31:10 srv ERAServer[75]: CEF:0|ESET|",
        bytes,
        &OPTIONS[usize::from(*choice) % OPTIONS.len()],
    );
});
