//! Any text is looked through for a syslog header.

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

libfuzzer_sys::fuzz_target!(|message: &str| checks::envelope(message));
