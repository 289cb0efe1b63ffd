//! The filter and its settings, and whether records reach it.

use eset_filter_tests::doctor::{SetUp, native};

#[test]
fn it_is_missing() {
    let set_up = SetUp::new()
        .replace("name: wasm", "name: stdout")
        .without("wasm_path")
        .without("function_name")
        .without("event_format");
    set_up.shows(&[("filter", "error", "the configuration does not use eset-filter")]);
}

#[test]
fn it_matches_nothing() {
    let set_up = SetUp::new().replace("match: eset\n", "match: esett\n");
    let raw = "are delivered without passing through the filter";
    set_up.shows(&[
        ("filter", "error", "no record reaches the filter wasm"),
        ("outputs", "error", raw),
        ("outputs", "error", raw),
    ]);
}

#[test]
fn another_filter_matches_nothing() {
    let set_up = SetUp::new().replace("  filters:\n", "  filters:\n    - name: grep\n      match: nothing\n");
    set_up.shows(&[("filter", "warning", "no record reaches the filter grep")]);
}

#[test]
fn an_input_bypasses_it() {
    let set_up = SetUp::new().replace("- name: tcp\n      tag: eset", "- name: tcp\n      tag: eset2");
    set_up.shows(&[("outputs", "error", "records from tcp are delivered without passing through the filter")]);
}

#[test]
fn its_output_is_cut() {
    let set_up = SetUp::new().replace("event_format: json", "event_format: msgpack");
    set_up.shows(&[("filter", "error", "event_format is msgpack")]);
}

#[test]
fn its_heap_size_is_set() {
    let set_up = SetUp::new().replace("event_format: json", "event_format: json\n      wasm_heap_size: 1M");
    set_up.shows(&[("filter", "warning", "wasm_heap_size is set")]);
}

#[test]
fn a_processor_loses_its_changes() {
    let processors = "tag: eset\n      mode: udp\n      processors:\n        logs:\n          - name: sql\n            query: x\n          - name: sampling\n";
    let set_up = SetUp::new().replace("tag: eset\n      mode: udp\n", processors);
    set_up.shows(&[("filter", "warning", "the processor sampling after one that changes records")]);
}

#[test]
fn its_options_are_invalid() {
    let native = || SetUp::new().native(&native()).argument("--offline");
    let offline = ("azure", "skipped", "were not contacted");
    let untested = ("plugin", "skipped", "was not tested in Fluent Bit");
    let set_up = native().replace("request_limit: 700k", "request_limit: 700k\n      raw: sometimes");
    set_up.shows(&[("filter", "error", "raw = \"sometimes\": expected one of"), untested, offline]);
    let set_up = native().replace("request_limit: 700k", "request_limit: 700k\n      rraw: always");
    set_up.shows(&[("filter", "error", "unknown option \"rraw\""), untested, offline]);
}
