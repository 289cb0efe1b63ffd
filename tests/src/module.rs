//! The module for Fluent Bit's `wasm` filter, and what Fluent Bit hands it.

use std::path::PathBuf;
use std::{env, fs};

use eset_filter_wasm_host::write_record;

/// The cases whose message the host hands over as another one, each with the reason. docs/contract.md says the same.
pub const DIFFERENCES: [(&str, &str); 3] = [
    ("hostile/raw-message-replaces-each-maximal-part", "an overlong form becomes the character meant"),
    ("leftout/one-invalid-byte-is-text", "a byte that announces more than are left is left out"),
    ("status/truncated-in-a-character", "a byte that announces more than are left is left out"),
];

/// The module's bytes.
pub fn read() -> Vec<u8> {
    let path = path();
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `make wasm` first", path.display()))
}

/// `dist/eset_filter.wasm`, or what `ESET_FILTER_WASM` names.
pub fn path() -> PathBuf {
    let built = || crate::root().join("dist/eset_filter.wasm");
    env::var_os("ESET_FILTER_WASM").map_or_else(built, PathBuf::from)
}

/// The record that Fluent Bit makes of a message, as the JSON text that it hands to the module. With Fluent Bit itself,
/// `tests/shippers` compares it with what that writes.
pub fn record(message: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    write_record(message, &mut record);
    record
}

/// The message as the module is to read it. It is another one only where it is not UTF-8: see "Where a host differs" in
/// docs/contract.md.
pub fn handed_over(message: &[u8]) -> Vec<u8> {
    let record = String::from_utf8(record(message)).unwrap();
    let text = record.strip_prefix("{\"log\":\"").and_then(|text| text.strip_suffix("\"}")).unwrap();
    let mut bytes = Vec::new();
    for part in text.split_inclusive(|char: char| !char.is_ascii()) {
        let (escaped, byte) = part.split_at(part.find(|char: char| !char.is_ascii()).unwrap_or(part.len()));
        bytes.extend(serde_json::from_str::<String>(&format!("\"{escaped}\"")).unwrap().into_bytes());
        bytes.extend(byte.chars().map(|char| u8::try_from(u32::from(char) - 0xE000).unwrap()));
    }
    bytes
}
