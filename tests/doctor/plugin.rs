//! The plugin file.

use std::fs;
use std::path::Path;

use eset_filter_tests::doctor::{SetUp, native};

#[test]
fn its_function_is_misspelt() {
    let set_up = SetUp::new().replace("function_name: eset_filter", "function_name: eset_filtr");
    set_up.shows(&[("plugin", "error", "has no function eset_filtr: every record would be dropped")]);
}

#[test]
fn a_function_with_other_options_returns_the_expected_output() {
    let set_up = SetUp::new()
        .replace("function_name: eset_filter", "function_name: eset_filter_raw_always_keep_heartbeats_syslog_all");
    set_up.shows(&[]);
}

#[test]
fn it_is_missing_or_empty_or_something_else() {
    let set_up = SetUp::new().set("PLUGIN", "eset.wasm");
    set_up.shows(&[("plugin", "error", "eset.wasm: No such file or directory")]);
    for (content, what) in [
        (&b""[..], "eset.wasm is empty"),
        (b"\x7FELF and so on", "eset.wasm is not a WebAssembly module"),
        (b"\0asm\x01\0\0\0", "eset.wasm cannot be used: the module does not export memory as memory"),
        (b"\0asm\x01\0\0\0\xFF", "eset.wasm cannot be used: not a WebAssembly module that can be run"),
    ] {
        set_up.file("eset.wasm", content);
        set_up.shows(&[("plugin", "error", what)]);
    }
}

#[test]
fn it_returns_wrong_output() {
    let set_up = SetUp::new().set("PLUGIN", "eset.wasm");
    let always = |output: &str| {
        wat::parse_str(format!(
            r#"(module (memory (export "memory") 4) (data (i32.const 8) "{output}\00")
                  (func (export "malloc") (param i32) (result i32) i32.const 1024)
                  (func (export "free") (param i32))
                  (func (export "eset_filter") (param i32 i32 i32 i32 i32 i32) (result i32) i32.const 8))"#
        ))
        .unwrap()
    };
    set_up.file("eset.wasm", always(r#"{\22a\22:1}"#));
    set_up.shows(&[("plugin", "error", "returns wrong output: event_type is missing")]);
    set_up.file("eset.wasm", always("nonsense"));
    set_up.shows(&[("plugin", "error", "its output is not JSON")]);
    set_up.file("eset.wasm", always(""));
    set_up.shows(&[("plugin", "error", "it drops a message")]);
}

#[test]
fn it_imports_an_unknown_function() {
    let set_up = SetUp::new().set("PLUGIN", "eset.wasm");
    let module = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#;
    set_up.file("eset.wasm", wat::parse_str(module).unwrap());
    set_up.shows(&[("plugin", "error", "imports wasi_snapshot_preview1.fd_write")]);
}

#[test]
fn the_native_filter_is_not_loaded() {
    let set_up = SetUp::new().native(&native()).replace("flb-filter_eset.so", "libeset.so");
    set_up.shows(&[("plugin", "error", "`plugins:` does not load flb-filter_eset.so")]);
}

#[test]
fn its_path_contains_a_variable() {
    let set_up =
        SetUp::new().native(Path::new("${FOLDER}/flb-filter_eset.so")).fluent_bit(None).set("PATH", "/nowhere");
    let set_up = set_up.set("FOLDER", native().parent().unwrap().to_str().unwrap());
    set_up.shows(&[
        ("fluent-bit", "skipped", "neither running nor in PATH"),
        (
            "config",
            "error",
            "`plugins:` contains ${FOLDER}/flb-filter_eset.so, but Fluent Bit does not expand variables",
        ),
        ("plugin", "skipped", "was not tested in Fluent Bit"),
    ]);
}

#[test]
fn the_native_filter_is_for_another_machine_or_damaged_or_has_another_name() {
    let set_up = SetUp::new();
    let plugin = set_up.folder.join("flb-filter_eset.so");
    let set_up = set_up.native(&plugin);
    let good = fs::read(native()).unwrap();
    let mut other = good.clone();
    // e_machine, little-endian: SPARC.
    other[18..20].copy_from_slice(&[2, 0]);
    set_up.file("flb-filter_eset.so", other);
    set_up.shows(&[("plugin", "error", "is built for ELF machine number 2, not for ")]);
    set_up.file("flb-filter_eset.so", &good[..100]);
    set_up.shows(&[("plugin", "error", "is not a shared object")]);
    // A valid shared object without the symbol that Fluent Bit looks up.
    let mut stranger = good.clone();
    let at = find(&stranger, b"filter_eset_plugin\0");
    stranger[at] = b'F';
    set_up.file("flb-filter_eset.so", stranger);
    set_up.shows(&[("plugin", "error", "does not export filter_eset_plugin")]);
}

/// The output is faked. The tests in `tests/shippers` run the real Fluent Bit.
#[cfg(unix)]
#[test]
fn the_native_filter_returns_wrong_output() {
    let set_up = SetUp::new().native(&native()).set("FAKE_RECORD", r#"{"date":1.5,"a":1}"#);
    set_up.shows(&[("plugin", "error", "returns wrong output: event_type is missing")]);
    let log = "[2026/11/23 04:22:07.377] [error] [plugin] cannot load it";
    let set_up = SetUp::new().native(&native()).set("FAKE_LOG", log);
    set_up.shows(&[("dry-run", "error", "cannot load it"), ("plugin", "error", "got no record from")]);
}

fn find(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).position(|window| window == text).unwrap()
}
