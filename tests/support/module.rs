//! The module for Fluent Bit's `wasm` filter, and what Fluent Bit hands it.

use std::path::PathBuf;
use std::{env, fs};

/// The module's bytes.
pub(crate) fn read() -> Vec<u8> {
    let path = path();
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `make wasm` first", path.display()))
}

/// `dist/eset_filter.wasm`, or what `ESET_FILTER_WASM` names.
pub(crate) fn path() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("dist/eset_filter.wasm");
    env::var_os("ESET_FILTER_WASM").map_or_else(built, PathBuf::from)
}

/// The record that Fluent Bit makes of a message, as the JSON text that it hands to the module. Everything but ASCII is
/// escaped, and each byte that is not UTF-8 stands as a character from U+E000 on.
///
/// Source: Fluent Bit, `flb_utils_write_str_escaped` in `src/flb_utils.c`.
pub(crate) fn record(message: &[u8]) -> Vec<u8> {
    let mut record = String::from("{\"log\":\"");
    for chunk in message.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' => record.push_str("\\\""),
                '\\' => record.push_str("\\\\"),
                ' '..='~' => record.push(char),
                _ => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| record.push_str(&format!("\\u{unit:04x}"))),
            }
        }
        record.extend(chunk.invalid().iter().filter_map(|byte| char::from_u32(0xE000 + u32::from(*byte))));
    }
    record.push_str("\"}");
    record.into_bytes()
}
