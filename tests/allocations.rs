//! In the steady state the filter allocates nothing: input that it has read once, it reads again without an allocation.

use allocation_counter::measure;
use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Event, Filter, Options, Value, encode};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::cases::{self, Case, Input};

/// Returns the number of allocations in the second of two passes over the same inputs.
fn allocations(inputs: &[Vec<u8>], mut route: impl FnMut(&[u8], &mut Vec<u8>)) -> u64 {
    let mut out = Vec::new();
    let mut pass = || {
        for input in inputs {
            out.clear();
            route(input, &mut out);
        }
    };
    pass();
    measure(pass).count_total
}

fn allocations_to(inputs: &[Vec<u8>], write: fn(&Event<'_>, &mut Vec<u8>)) -> u64 {
    let mut filter = Filter::new(Options::default());
    allocations(inputs, |message, out| {
        let mut events = filter.parse(message);
        while let Some(event) = events.next() {
            write(&event, out);
        }
    })
}

fn allocations_of_records(inputs: &[Vec<u8>]) -> u64 {
    let mut filter = JsonRecordFilter::new(Options::default().into());
    allocations(inputs, |record, out| {
        filter.read(record, b"\n", out);
    })
}

fn traffic() -> Vec<Vec<u8>> {
    Generator::new(GeneratorOptions::default()).take(20_000).collect()
}

fn record(message: &[u8]) -> Vec<u8> {
    let message = String::from_utf8_lossy(message);
    serde_json::to_vec(&serde_json::json!({ "host": "192.0.2.1", "message": message })).unwrap()
}

#[test]
fn messages_become_json() {
    assert_eq!(allocations_to(&traffic(), encode::json::write), 0);
}

#[test]
fn messages_become_messagepack() {
    assert_eq!(allocations_to(&traffic(), encode::msgpack::write), 0);
}

#[test]
fn records_become_json() {
    let records: Vec<_> = traffic().iter().map(|message| record(message)).collect();
    assert_eq!(allocations_of_records(&records), 0);
}

/// Hostile messages do not allocate either, except for arrays and objects that are returned as JSON text.
#[test]
fn the_cases_of_the_contract() {
    let allocations = |case: &Case| match &case.input {
        Input::Message(message) if returns_json_as_text(message) => 0,
        Input::Message(message) => {
            let message = std::slice::from_ref(message);
            allocations_to(message, encode::json::write) + allocations_to(message, encode::msgpack::write)
        }
        Input::Record(record) => allocations_of_records(std::slice::from_ref(record)),
    };
    let cases = cases::load();
    let allocating: Vec<_> = cases.iter().filter(|case| allocations(case) > 0).map(|case| &case.name).collect();
    assert!(allocating.is_empty(), "{allocating:?}");
}

fn returns_json_as_text(message: &[u8]) -> bool {
    let mut filter = Filter::new(Options::default());
    let mut events = filter.parse(message);
    let mut any = false;
    while let Some(event) = events.next() {
        any |= event.additional_fields().any(|(_, value)| matches!(value, Value::AsJsonText(_)));
    }
    any
}
