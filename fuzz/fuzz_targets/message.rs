//! Any bytes go through the whole filter, with every set of options and in both encodings.

#![no_main]

#[path = "../../tests/support/checks.rs"]
mod checks;
#[path = "../../tests/support/json.rs"]
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
mod json;
#[path = "../../tests/support/messagepack.rs"]
mod messagepack;
#[path = "../../tests/support/oracle/mod.rs"]
#[allow(dead_code, reason = "it can answer for its reader alone")]
mod oracle;

libfuzzer_sys::fuzz_target!(|message: &[u8]| checks::every_promise(message));
