//! The module for Fluent Bit's `wasm` filter, and the records that Fluent Bit passes to it.

use std::path::PathBuf;
use std::{env, fs};

use eset_filter_wasm_host::write_record;

/// The cases whose message the host changes before the module sees it, each with the reason. docs/contract.md lists the
/// same differences.
pub const DIFFERENCES: [(&str, &str); 3] = [
    ("hostile/raw-message-replaces-each-maximal-part", "an overlong form becomes the character that it encodes"),
    ("leftout/one-invalid-byte-is-text", "a byte that announces more bytes than are left is omitted"),
    ("status/truncated-in-a-character", "a byte that announces more bytes than are left is omitted"),
];

/// Returns the bytes of the module.
pub fn read() -> Vec<u8> {
    let path = path();
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `make wasm` first", path.display()))
}

/// Returns the path of the module: `dist/eset_filter.wasm`, or the file that `ESET_FILTER_WASM` names.
pub fn path() -> PathBuf {
    let built = || crate::root().join("dist/eset_filter.wasm");
    env::var_os("ESET_FILTER_WASM").map_or_else(built, PathBuf::from)
}

/// Returns the record that Fluent Bit creates for a message, as the JSON text that it passes to the module.
/// `tests/shippers` compares this text with the output of the real Fluent Bit.
pub fn record(message: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    write_record(message, &mut record);
    record
}

/// Returns the message as the module must read it. It differs from the original only if that is not UTF-8: see "Where a
/// host differs" in docs/contract.md.
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
