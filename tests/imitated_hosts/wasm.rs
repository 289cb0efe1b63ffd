//! The module for Fluent Bit's `wasm` filter: what it offers its host, and that nothing a host may do brings it down.

use std::collections::BTreeSet;

use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::answer::{self, samples};
use eset_filter_tests::module;
use eset_filter_wasm_host::WasmHost;
use serde_json::Value;
use wasmi::{Engine, ExternType, Instance, Linker, Module, Store, TypedFunc};

pub(crate) const TESTS: &[super::Test] = tests![
    it_is_small,
    it_imports_nothing_and_exports_its_functions,
    each_function_does_what_its_name_says,
    records_that_are_none_come_through_as_text,
    large_and_deep_records_come_through,
    the_check_of_answers_tells_good_from_bad,
    numbers_that_are_none_are_not_answered,
    a_million_records_take_no_more_memory_than_ten_thousand,
    a_fifth_of_its_stack_is_enough,
    null_and_nothing_are_no_records,
    memory_is_given_and_taken_back,
];

/// Operators carry the module in configuration volumes, and an interpreter reads all of it at each start.
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

/// What the module answers to a record: nothing, or a JSON object that Fluent Bit takes.
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

fn it_is_small() {
    let bytes = module::read().len();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

fn it_imports_nothing_and_exports_its_functions() {
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

fn records_that_are_none_come_through_as_text() {
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

fn large_and_deep_records_come_through() {
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
    // Whatever that left behind, the next record is read like the first.
    let given = answer_to_message(&mut host, b"{\"event_type\":\"Audit_Event\"}").unwrap();
    assert_eq!(given.to_string(), r#"{"event_type":"Audit_Event","parse_status":"ok"}"#);
}

fn the_check_of_answers_tells_good_from_bad() {
    for answer in samples::taken() {
        assert_eq!(answer::check(&answer), Ok(()), "{}", String::from_utf8_lossy(&answer));
    }
    let texts = samples::REFUSED.iter().chain(&samples::NO_OBJECTS).map(|text| text.as_bytes().to_vec());
    let breaking = samples::breaking().map(String::into_bytes);
    for answer in texts.chain(samples::MISREAD.map(<[u8]>::to_vec)).chain(breaking) {
        assert!(answer::check(&answer).is_err(), "{}", String::from_utf8_lossy(&answer));
    }
}

/// Every text of up to six characters that a number could consist of.
fn numbers_that_are_none_are_not_answered() {
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

/// A long life with records of every kind takes no more memory than its first minutes.
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

/// How much is left of a message, so that a million of them are soon done: all of every twentieth, little of the others.
fn cut(at: usize, length: usize) -> usize {
    if at.is_multiple_of(20) { length } else { length.min(60 + at % 150) }
}

/// The calls themselves, with what no host should hand over.
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

/// Fluent Bit's runtime can start threads, and keeps four fifths of the module's own stack for them. Where a call needs
/// more than is left, the record is lost ("wasm auxiliary stack overflow"). This interpreter does not look at that.
fn a_fifth_of_its_stack_is_enough() {
    /// As in the module's build.rs. The stack is the first memory there is, and grows downwards.
    const STACK: usize = 65_536;
    const UNUSED: u8 = 0xA5;
    let mut raw = Raw::new();
    let memory = raw.instance.get_memory(&raw.store, "memory").unwrap();
    assert!(memory.data(&raw.store)[..STACK].iter().all(|byte| *byte == 0), "something else is there");
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

fn null_and_nothing_are_no_records() {
    let mut raw = Raw::new();
    let malformed = r#"{"parse_status":"malformed","raw_message":""}"#;
    let address = raw.malloc.call(&mut raw.store, 16).unwrap();
    for (record, length) in [(0, 0), (0, 16), (0, u32::MAX), (address, 0)] {
        assert_eq!(raw.call(record, length), malformed);
    }
}

fn memory_is_given_and_taken_back() {
    let Raw { mut store, malloc, free, .. } = Raw::new();
    for size in [0, 1, 15, 16, 4096, 1 << 20] {
        let address = malloc.call(&mut store, size).unwrap();
        assert!(address != 0 && address.is_multiple_of(16), "{size} bytes at {address}");
        free.call(&mut store, address).unwrap();
    }
    assert_eq!(malloc.call(&mut store, u32::MAX).unwrap(), 0);
    free.call(&mut store, 0).unwrap();
}
