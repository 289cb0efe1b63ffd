//! Modules created for a test. They show what the host passes to a module, and how it treats any answer.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The function that the host calls.
pub(crate) const FUNCTION: &str = "answer";

/// The exports that the host needs from each module: memory, and an allocator for the tag and the record, which are
/// freed together.
const MEMORY: &str = r#"
    (memory (export "memory") 64)
    (global $room (mut i32) (i32.const 65536))
    (func (export "malloc") (param $size i32) (result i32)
        (local $address i32)
        (local.set $address (global.get $room))
        (global.set $room (i32.and (i32.add (i32.add (local.get $address) (local.get $size)) (i32.const 15)) (i32.const -16)))
        (local.get $address))
    (func (export "free") (param i32) (global.set $room (i32.const 65536)))"#;

/// Creates a module that answers with the bytes of the record, as hexadecimal digits under `hex`.
pub(crate) fn hex(directory: &Path) -> PathBuf {
    let body = r#"
        (local $out i32)
        (local.set $out (i32.const 1048584))
        (block $end
            (loop $next
                (br_if $end (i32.eqz (local.get $length)))
                (i32.store16 (local.get $out) (i32.load16_u
                    (i32.add (i32.const 1024) (i32.shl (i32.load8_u (local.get $record)) (i32.const 1)))))
                (local.set $out (i32.add (local.get $out) (i32.const 2)))
                (local.set $record (i32.add (local.get $record) (i32.const 1)))
                (local.set $length (i32.sub (local.get $length) (i32.const 1)))
                (br $next)))
        (i32.store (local.get $out) (i32.const 0x7d22)) ;; quote, brace, NUL
        (i32.const 1048576)"#;
    let mut digits = String::new();
    (0..=255_u8).for_each(|byte| write!(digits, "{byte:02x}").unwrap());
    make(directory, body, &[(1024, digits.as_bytes()), (1_048_576, b"{\"hex\":\"")])
}

/// Creates a module that answers the first record with the first answer, and so on.
pub(crate) fn answers(directory: &Path, answers: &[&[u8]]) -> PathBuf {
    let body = r#"
        (local $answer i32)
        (local.set $answer (global.get $next))
        (loop $more
            (global.set $next (i32.add (global.get $next) (i32.const 1)))
            (br_if $more (i32.load8_u (i32.sub (global.get $next) (i32.const 1)))))
        (local.get $answer)"#;
    let data: Vec<u8> = answers.iter().flat_map(|answer| [answer, &b"\0"[..]]).flatten().copied().collect();
    make(directory, body, &[(1_048_576, &data)])
}

fn make(directory: &Path, body: &str, data: &[(usize, &[u8])]) -> PathBuf {
    let mut text = format!(
        "(module {MEMORY} (global $next (mut i32) (i32.const 1048576))
        (func (export \"{FUNCTION}\") (param i32 i32 i32 i32) (param $record i32) (param $length i32) (result i32) {body})"
    );
    for (address, bytes) in data {
        let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        write!(text, "(data (i32.const {address}) \"{escaped}\")").unwrap();
    }
    text.push(')');
    let path = directory.join("module.wasm");
    fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
    path
}
