//! Any bytes are a host's record, and any text is a message in one.

#![no_main]

#[path = "../../tests/support/checks.rs"]
#[allow(dead_code, reason = "the other checks are for the whole filter")]
mod checks;
#[path = "../../tests/support/json.rs"]
#[allow(dead_code, reason = "it is for the other checks")]
mod json;
#[path = "../../tests/support/messagepack.rs"]
#[allow(dead_code, reason = "it is for the other checks")]
mod messagepack;
#[path = "../../tests/support/oracle/mod.rs"]
#[allow(dead_code, reason = "it is for the other checks")]
mod oracle;
#[path = "../../tests/support/quoted.rs"]
mod quoted;

use eset_filter::Options;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let options = Options::default();
    quoted::answer(bytes, &options);
    if let Ok(message) = str::from_utf8(bytes) {
        quoted::is_read_as_by_itself(message, &options);
    }
});
