//! Bytes choose a set of options and make JSON that breaks JSON's grammar, which goes through the whole filter, in both
//! encodings, and through the filter for a host's JSON records.

#![no_main]

#[path = "../../tests/support/checks.rs"]
#[allow(dead_code, reason = "every set of options is for messages that cannot choose one")]
mod checks;
#[path = "../../tests/support/grammar.rs"]
mod grammar;
#[path = "../../tests/support/json.rs"]
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
mod json;
#[path = "../../tests/support/messagepack.rs"]
mod messagepack;
#[path = "../../tests/support/oracle/mod.rs"]
#[allow(dead_code, reason = "it can answer for its reader alone")]
mod oracle;
#[path = "../../tests/support/quoted.rs"]
mod quoted;

use std::slice;
use std::sync::LazyLock;

use eset_filter::Options;

static OPTIONS: LazyLock<Vec<Options>> = LazyLock::new(checks::every_options);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let options = &OPTIONS[usize::from(*choice) % OPTIONS.len()];
    let message = grammar::message(bytes);
    checks::promises(&message, slice::from_ref(options));
    quoted::is_read_as_by_itself(&String::from_utf8_lossy(&message), options);
});
