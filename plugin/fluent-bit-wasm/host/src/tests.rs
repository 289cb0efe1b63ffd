use super::*;

/// Returns a module in which `answer` has the given body. `$record` and `$length` are its arguments. `malloc` hands out
/// memory from address 1024 on and never reuses it. `free` counts its calls at address 0.
fn module(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (memory (export "memory") 2)
            (global $next (mut i32) (i32.const 1024))
            (func (export "malloc") (param $size i32) (result i32)
                (if (i32.gt_u (local.get $size) (i32.const 60000)) (then (return (i32.const 0))))
                (global.get $next)
                (global.set $next (i32.add (global.get $next) (local.get $size))))
            (func (export "free") (param i32)
                (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
            (func (export "answer") (param $tag i32) (param $tag_length i32) (param $sec i32) (param $nsec i32)
                (param $record i32) (param $length i32) (result i32)
                {body})
            (data (i32.const 16) "{{\"a\":1}}\00"))"#
    );
    wat::parse_str(text).unwrap()
}

fn host(body: &str) -> WasmHost {
    WasmHost::new(&module(body), "answer").unwrap()
}

fn answer(body: &str, record: &str) -> Result<String, WasmHostError> {
    let mut answer = b"left over".to_vec();
    host(body).call(record.as_bytes(), &mut answer).map(|()| String::from_utf8(answer).unwrap())
}

/// Returns the number of calls to the module's `free`.
fn frees(host: &WasmHost) -> u8 {
    host.memory.data(&host.store)[0]
}

#[test]
fn the_record_goes_in_and_the_answer_comes_out() {
    assert_eq!(answer("(local.get $record)", "{\"log\":\"x\"}").unwrap(), "{\"log\":\"x\"}");
    assert_eq!(answer("(i32.const 16)", "{}").unwrap(), "{\"a\":1}");
}

#[test]
fn tag_and_lengths_are_as_in_fluent_bit() {
    assert_eq!(answer("(local.get $tag)", "{}").unwrap(), "eset");
    let checks = "(if (i32.ne (local.get $tag_length) (i32.const 4)) (then unreachable))
        (if (i32.ne (local.get $length) (i32.const 5)) (then unreachable))
        (if (i32.lt_u (local.get $sec) (i32.const 1700000000)) (then unreachable))
        (local.get $record)";
    assert_eq!(answer(checks, "12345").unwrap(), "12345");
}

#[test]
fn null_and_empty_answers_drop_the_record() {
    assert_eq!(answer("(i32.const 0)", "{}").unwrap(), "");
    assert_eq!(answer("(i32.const 23)", "{}").unwrap(), "");
}

#[test]
fn a_trap_loses_only_one_record() {
    let trap_on_empty = "(if (i32.eqz (local.get $length)) (then unreachable)) (local.get $record)";
    let mut host = host(trap_on_empty);
    let mut answer = Vec::new();
    let error = host.call(b"", &mut answer).unwrap_err();
    assert!(matches!(error, WasmHostError::Trap(_)));
    assert!(error.to_string().starts_with("the module trapped: "), "{error}");
    assert_eq!(frees(&host), 2);
    host.call(b"{}", &mut answer).unwrap();
    assert_eq!(answer, b"{}");
    assert_eq!(frees(&host), 4);
}

#[test]
fn answers_outside_the_memory_are_refused() {
    let fill = "(memory.fill (i32.const 131070) (i32.const 65) (i32.const 2)) (i32.const 131070)";
    for body in [fill, "(i32.const 131072)", "(i32.const -1)"] {
        assert!(matches!(answer(body, "{}"), Err(WasmHostError::Unterminated)), "{body}");
    }
    assert_eq!(answer("(i32.const 131071)", "{}").unwrap(), "");
}

#[test]
fn a_record_that_does_not_fit_is_refused() {
    let mut host = host("(local.get $record)");
    let mut answer = Vec::new();
    let error = host.call(&[b' '; 70_000], &mut answer).unwrap_err();
    assert_eq!(error.to_string(), "the module has no memory for 70000 bytes");
    assert_eq!(frees(&host), 1);
    for _ in 0..2 {
        host.call(&[b' '; 59_000], &mut answer).unwrap();
    }
    // The next address of this module's `malloc` is outside its memory.
    assert!(matches!(host.call(&[b' '; 59_000], &mut answer), Err(WasmHostError::NoRoom(59_000))));
}

#[test]
fn exports_and_imports_are_checked() {
    let error = |text: &str, function| WasmHost::new(&wat::parse_str(text).unwrap(), function).unwrap_err().to_string();
    let function = "(func (export \"answer\") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0))";
    let memory = "(memory (export \"memory\") 1)";
    assert_eq!(error("(module)", "answer"), "the module does not export memory as memory");
    assert_eq!(
        error(&format!("(module {memory} {function})"), "answer"),
        "the module does not export malloc as function (i32) -> i32",
    );
    let malloc = "(func (export \"malloc\") (param i32) (result i32) (i32.const 0))";
    assert_eq!(
        error(&format!("(module {memory} {malloc} {function})"), "answer"),
        "the module does not export free as function (i32)",
    );
    let free = "(func (export \"free\") (param i32))";
    assert_eq!(
        error(&format!("(module {memory} {malloc} {free} {function})"), "other"),
        "the module does not export other as function (i32, i32, i32, i32, i32, i32) -> i32",
    );
    assert_eq!(
        error("(module (import \"env\" \"puts\" (func)))", "answer"),
        "the module imports env.puts, but no imports are available",
    );
    for (bytes, expected) in [
        (&b""[..], "it is empty"),
        (b"{}", "it is not a WebAssembly module"),
        (b"\0as", "it is not a WebAssembly module"),
        (b"\0aot\x05\0\0\0", "it is compiled ahead of time, and only Fluent Bit can run it"),
    ] {
        assert_eq!(WasmHost::new(bytes, "answer").unwrap_err().to_string(), expected);
    }
    let error = WasmHost::new(b"\0asm\x01\0\0", "answer").unwrap_err().to_string();
    assert!(error.starts_with("not a WebAssembly module that can be run: "), "{error}");
}

#[test]
fn fuel_is_metered_only_on_request() {
    let mut plain = host("(local.get $record)");
    let mut metered = WasmHost::with_fuel(&module("(local.get $record)"), "answer").unwrap();
    let mut answer = Vec::new();
    plain.call(b"{}", &mut answer).unwrap();
    metered.call(b"{}", &mut answer).unwrap();
    assert_eq!(plain.fuel_consumed(), 0);
    let once = metered.fuel_consumed();
    assert!((1..1000).contains(&once), "{once}");
    metered.call(b"{}", &mut answer).unwrap();
    assert_eq!(metered.fuel_consumed(), once);
}

#[test]
fn a_metered_call_ends() {
    let mut host = WasmHost::with_fuel(&module("(loop (br 0)) (local.get $record)"), "answer").unwrap();
    assert!(matches!(host.call(b"{}", &mut Vec::new()), Err(WasmHostError::Trap(_))));
}

/// See the features of wasmi in Cargo.toml.
#[test]
fn a_long_loop_does_not_use_up_the_stack() {
    let body = "(local $n i32)
        (loop $again
            (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
            (i64.store (i32.const 8) (i64.load (i32.const 8)))
            (memory.copy (i32.const 512) (i32.const 600) (i32.const 8))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 300000))))
        (local.get $record)";
    assert_eq!(answer(body, "{}").unwrap(), "{}");
}

#[test]
fn the_memory_size_is_that_of_the_module() {
    assert_eq!(host("(i32.const 0)").memory_bytes(), 2 * 65_536);
}

#[test]
fn records_are_escaped_as_in_fluent_bit() {
    let mut record = b"left over".to_vec();
    write_record("a\"\\/\n\r\t\u{8}\u{C}\0\u{1f}\u{7f}é€🎉".as_bytes(), &mut record);
    let expected = r#"{"log":"a\"\\/\n\r\t\b\f\u0000\u001f\u007f\u00e9\u20ac\ud83c\udf89"}"#;
    assert_eq!(String::from_utf8(record).unwrap(), expected);
}

/// Compares byte sequences with the output of Fluent Bit 5.1.1. `tests/shippers` compares with the real one.
#[test]
fn ill_formed_text_is_written_as_in_fluent_bit() {
    for (message, expected) in [
        (&b"x\x80y"[..], "x\u{E080}y"),
        (b"\xFF y", " y"),
        (b"\xFF y y y", "\u{E0FF} y y y"),
        // Overlong sequences.
        (b"\xC0\x80\xC1\x81\xE0\x80\xA2\xF0\x82\x82\xAC", r"\u0000\u0041\u0022\u20ac"),
        // Surrogates, and values beyond U+10FFFF.
        (b"\xED\xA0\x80.", "\u{E0ED}\u{E0A0}\u{E080}."),
        (b"\xF4\x90\x80\x80.", "\u{E0F4}\u{E090}\u{E080}\u{E080}."),
        // Sequences that are cut short, in the middle and at the end.
        (b"\xE2\x82 y", "\u{E0E2}\u{E082} y"),
        (b"\xC3(\xC3\xC3\xA9", "\u{E0C3}(\u{E0C3}\\u00e9"),
        (b"y\xE2\x82", "y\u{E082}"),
        (b"\xF0\x9F\x8E", "\u{E09F}\u{E08E}"),
        // Sequences of five and six bytes.
        (b"\xF8\x88\x80\x80\x80", "\u{E0F8}\u{E088}\u{E080}\u{E080}\u{E080}"),
        (b"\xFC", ""),
        // DEL is copied in a block of sixteen plain bytes.
        (b"0123456789abcde\x7F\x7F", "0123456789abcde\u{7F}\\u007f"),
        (b"\"0123456789abcd\x7F0123456789abcde\x7F", "\\\"0123456789abcd\\u007f0123456789abcde\u{7F}"),
    ] {
        let mut record = Vec::new();
        write_record(message, &mut record);
        let expected = format!("{{\"log\":\"{expected}\"}}");
        assert_eq!(String::from_utf8_lossy(&record), expected, "{}", message.escape_ascii());
    }
}
