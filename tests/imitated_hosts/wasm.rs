//! The module for Fluent Bit's `wasm` filter: its exports, and that no call from a host crashes it.

use std::collections::BTreeSet;

use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::answer::{self, samples};
use eset_filter_tests::module;
use eset_filter_wasm_host::WasmHost;
use serde_json::Value;
use wasmi::{Engine, ExternType, Instance, Linker, Module, Store, TypedFunc};

pub(crate) const TESTS: &[super::Test] = tests![
    the_module_is_small,
    the_module_imports_nothing_and_exports_its_functions,
    each_function_does_what_its_name_says,
    invalid_records_are_malformed,
    large_and_deep_records_are_answered,
    the_check_of_answers_distinguishes_good_from_bad,
    invalid_numbers_are_never_written,
    a_million_records_take_no_more_memory_than_ten_thousand,
    a_fifth_of_its_stack_is_enough,
    null_and_empty_records_are_malformed,
    memory_is_allocated_and_freed,
];

/// The maximum size of the module. Operators ship it in configuration volumes, and an interpreter reads all of it at
/// each start.
const MOST_BYTES: usize = 112 * 1024;

const FUNCTIONS: [&str; 12] = [
    "eset_filter",
    "eset_filter_syslog_all",
    "eset_filter_keep_heartbeats",
    "eset_filter_keep_heartbeats_syslog_all",
    "eset_filter_raw_always",
    "eset_filter_raw_always_syslog_all",
    "eset_filter_raw_always_keep_heartbeats",
    "eset_filter_raw_always_keep_heartbeats_syslog_all",
    "eset_filter_raw_never",
    "eset_filter_raw_never_syslog_all",
    "eset_filter_raw_never_keep_heartbeats",
    "eset_filter_raw_never_keep_heartbeats_syslog_all",
];

fn host(function: &str) -> WasmHost {
    WasmHost::new(&module::read(), function).unwrap()
}

/// Returns the module's answer to a record: nothing, or a JSON object. Checks that Fluent Bit accepts it.
fn answer(host: &mut WasmHost, record: &[u8]) -> Option<Value> {
    let mut answer = Vec::new();
    host.call(record, &mut answer).unwrap();
    answer::check_answer_to(record, &answer);
    let object = (!answer.is_empty()).then(|| serde_json::from_slice::<Value>(&answer).unwrap());
    object.inspect(|object| assert!(object.is_object(), "{object}"))
}

fn answer_to_message(host: &mut WasmHost, message: &[u8]) -> Option<Value> {
    answer(host, &module::record(message))
}

fn text<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object.get(key)?.as_str()
}

fn the_module_is_small() {
    let bytes = module::read().len();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

fn the_module_imports_nothing_and_exports_its_functions() {
    let module = Module::new(&Engine::default(), module::read()).unwrap();
    assert_eq!(module.imports().count(), 0);
    let is_offered = |ty: &ExternType| matches!(ty, ExternType::Func(_) | ExternType::Memory(_));
    let exports: BTreeSet<_> =
        module.exports().filter(|export| is_offered(export.ty())).map(|export| export.name()).collect();
    assert_eq!(exports, FUNCTIONS.into_iter().chain(["malloc", "free", "memory"]).collect());
}

fn each_function_does_what_its_name_says() {
    let event = b"<14>Oct 30 05:31:10 protect01 ERAServer[75]: {\"event_type\":\"Audit_Event\"}";
    let heartbeat = b"<190>Aug 12 09:58:13 - ERAServer[16238]: HEARTBEAT";
    for function in FUNCTIONS {
        let says = |word: &str| function.contains(word);
        let mut host = host(function);
        let ok = answer_to_message(&mut host, event).unwrap();
        assert_eq!(text(&ok, "event_type"), Some("Audit_Event"));
        assert_eq!(text(&ok, "syslog_hostname"), Some("protect01"));
        assert_eq!(text(&ok, "raw_message"), str::from_utf8(event).ok().filter(|_| says("raw_always")), "{function}");
        assert_eq!(text(&ok, "syslog_appname"), Some("ERAServer").filter(|_| says("syslog_all")), "{function}");

        let broken = answer_to_message(&mut host, b"{\"event_type\":").unwrap();
        assert_eq!(text(&broken, "parse_status"), Some("truncated"));
        assert_eq!(text(&broken, "raw_message").is_none(), says("raw_never"), "{function}");

        let kept = answer_to_message(&mut host, heartbeat);
        assert_eq!(kept.is_some(), says("keep_heartbeats"), "{function}");
        assert!(kept.is_none_or(|kept| text(&kept, "parse_status") == Some("heartbeat")));
        assert_eq!(answer_to_message(&mut host, b" \r\n"), None);
    }
}

fn invalid_records_are_malformed() {
    let mut host = host("eset_filter");
    let records: [&[u8]; 14] = [
        b"",
        b" ",
        b"\0",
        b"{",
        b"}",
        b"[]",
        b"null",
        b"\"log\"",
        b"{\"log\"}",
        b"{\"log\":\"{}\"",
        b"{\"log\":\"x\"}}",
        b"{\"log\":\"\xFF\xFE\"",
        b"{'log':'x'}",
        b"{\"log\":\"\\ud800\\u\"}",
    ];
    for record in records {
        let answer = answer(&mut host, record).unwrap();
        assert_eq!(text(&answer, "parse_status"), Some("malformed"));
        let raw = text(&answer, "raw_message").unwrap_or_default();
        assert_eq!(raw, String::from_utf8_lossy(record).trim_ascii());
    }
}

fn large_and_deep_records_are_answered() {
    let mut host = host("eset_filter");
    let long = "x".repeat(500_000);
    let event = format!("{{\"event_type\":\"Audit_Event\",\"detail\":\"{long}\"}}");
    let given = answer_to_message(&mut host, event.as_bytes()).unwrap();
    assert_eq!(text(&given, "detail"), Some(long.as_str()));
    assert_eq!(text(&given, "parse_status"), Some("ok"));

    let event = event.replace(&long, &long.repeat(10));
    let given = answer_to_message(&mut host, event.as_bytes()).unwrap();
    assert_eq!(given.to_string().len(), Options::SHIPPER_RECORD_LIMIT);
    assert_eq!(text(&given, "event_type"), Some("Audit_Event"));
    assert_eq!(text(&given, "parse_status"), Some("truncated"));
    assert!(event.starts_with(text(&given, "raw_message").unwrap()));

    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        for levels in [8, 64, 1000, 100_000] {
            let nested = |end: &str| format!("{}1{}", open.repeat(levels), end.repeat(levels));
            for message in [nested(close), nested(""), format!("{{\"severity\":\"Error\",\"b\":{}}}", nested(close))] {
                assert!(answer_to_message(&mut host, message.as_bytes()).is_some());
                assert!(answer(&mut host, message.as_bytes()).is_some());
            }
        }
    }
    // The next record is read as if it were the first.
    let given = answer_to_message(&mut host, b"{\"event_type\":\"Audit_Event\"}").unwrap();
    assert_eq!(given.to_string(), r#"{"event_type":"Audit_Event","parse_status":"ok"}"#);
}

fn the_check_of_answers_distinguishes_good_from_bad() {
    for answer in samples::taken() {
        assert_eq!(answer::check(&answer), Ok(()), "{}", String::from_utf8_lossy(&answer));
    }
    let texts = samples::REFUSED.iter().chain(&samples::NO_OBJECTS).map(|text| text.as_bytes().to_vec());
    let breaking = samples::breaking().map(String::into_bytes);
    for answer in texts.chain(samples::MISREAD.map(<[u8]>::to_vec)).chain(breaking) {
        assert!(answer::check(&answer).is_err(), "{}", String::from_utf8_lossy(&answer));
    }
}

/// Tests every text of up to six of the characters that occur in numbers.
fn invalid_numbers_are_never_written() {
    const CHARACTERS: [u8; 7] = *b"01-+.eE";
    let mut host = host("eset_filter");
    for length in 1..=6 {
        for number in 0..CHARACTERS.len().pow(length) {
            let digit = |at: u32| char::from(CHARACTERS[number / CHARACTERS.len().pow(at) % CHARACTERS.len()]);
            let number: String = (0..length).map(digit).collect();
            let message = format!("{{\"event_type\":\"Audit_Event\",\"x\":{number},\"y\":[{number}]}}");
            assert!(answer_to_message(&mut host, message.as_bytes()).is_some());
        }
    }
}

/// A long run with records of every kind takes no more memory than its beginning.
fn a_million_records_take_no_more_memory_than_ten_thousand() {
    let messages = Generator::new(GeneratorOptions::default()).take(10_000);
    let records: Vec<_> =
        (0..).zip(messages).map(|(at, message)| module::record(&message[..cut(at, message.len())])).collect();
    let mut host = host("eset_filter");
    let mut answer = Vec::new();
    let mut pass = || {
        records.iter().for_each(|record| host.call(record, &mut answer).unwrap());
        host.memory_bytes()
    };
    let first = pass();
    for _ in 1..100 {
        assert_eq!(pass(), first);
    }
}

/// Returns the length to which a message is cut, so that a million of them take little time. Every twentieth stays
/// whole.
fn cut(at: usize, length: usize) -> usize {
    if at.is_multiple_of(20) { length } else { length.min(60 + at % 150) }
}

/// Direct calls to the module, also with arguments that no host should pass.
struct Raw {
    store: Store<()>,
    function: TypedFunc<(u32, u32, u32, u32, u32, u32), u32>,
    malloc: TypedFunc<u32, u32>,
    free: TypedFunc<u32, ()>,
    instance: Instance,
}

impl Raw {
    fn new() -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, module::read()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        Self {
            function: instance.get_typed_func(&store, "eset_filter").unwrap(),
            malloc: instance.get_typed_func(&store, "malloc").unwrap(),
            free: instance.get_typed_func(&store, "free").unwrap(),
            instance,
            store,
        }
    }

    fn call(&mut self, record: u32, length: u32) -> String {
        let address = self.function.call(&mut self.store, (0, 0, 0, 0, record, length)).unwrap();
        let memory = self.instance.get_memory(&self.store, "memory").unwrap().data(&self.store);
        let answer = memory[address as usize..].split(|byte| *byte == 0).next().unwrap();
        String::from_utf8(answer.to_vec()).unwrap()
    }
}

/// Fluent Bit's runtime can start threads, and reserves four fifths of the module's own stack for them. If a call needs
/// more than the rest, the record is lost ("wasm auxiliary stack overflow"). This interpreter has no such check.
fn a_fifth_of_its_stack_is_enough() {
    /// The size of the stack, as in the build.rs of the module. The stack is at the start of the memory and grows
    /// downwards.
    const STACK: usize = 65_536;
    const UNUSED: u8 = 0xA5;
    let mut raw = Raw::new();
    let memory = raw.instance.get_memory(&raw.store, "memory").unwrap();
    assert!(
        memory.data(&raw.store)[..STACK].iter().all(|byte| *byte == 0),
        "the stack is not at the start of the memory"
    );
    memory.data_mut(&mut raw.store)[..STACK].fill(UNUSED);
    let traffic = Generator::new(GeneratorOptions::default()).take(2000);
    let deep = ["[", "{\"a\":", "[{\"a\":"].map(|open| format!("{{\"a\":{}", open.repeat(100)).into_bytes());
    let glued = b"{\"event_type\":\"A\",\"detail\":\"x{\"event_type\":\"B\"}".to_vec();
    for message in traffic.chain(deep).chain([glued, b"text".to_vec(), b"\xFF\xFE {}".to_vec()]) {
        let record = module::record(&message);
        let address = raw.malloc.call(&mut raw.store, record.len() as u32 + 1).unwrap();
        let start = address as usize;
        memory.data_mut(&mut raw.store)[start..start + record.len()].copy_from_slice(&record);
        raw.call(address, record.len() as u32);
        raw.free.call(&mut raw.store, address).unwrap();
    }
    let unused = memory.data(&raw.store).iter().take_while(|byte| **byte == UNUSED).count();
    assert!(STACK - unused <= STACK / 5, "{} of {STACK} bytes are used", STACK - unused);
}

fn null_and_empty_records_are_malformed() {
    let mut raw = Raw::new();
    let malformed = r#"{"parse_status":"malformed","raw_message":""}"#;
    let address = raw.malloc.call(&mut raw.store, 16).unwrap();
    for (record, length) in [(0, 0), (0, 16), (0, u32::MAX), (address, 0)] {
        assert_eq!(raw.call(record, length), malformed);
    }
}

fn memory_is_allocated_and_freed() {
    let Raw { mut store, malloc, free, .. } = Raw::new();
    for size in [0, 1, 15, 16, 4096, 1 << 20] {
        let address = malloc.call(&mut store, size).unwrap();
        assert!(address != 0 && address.is_multiple_of(16), "{size} bytes at {address}");
        free.call(&mut store, address).unwrap();
    }
    assert_eq!(malloc.call(&mut store, u32::MAX).unwrap(), 0);
    free.call(&mut store, 0).unwrap();
}
