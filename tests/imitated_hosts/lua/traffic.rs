//! The module returns the same records as the core.

use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::expected;
use eset_filter_tests::json::Json;
use eset_filter_tests::lua::{self, LuaHost};
use eset_filter_tests::mutation::Mutation;
use fastrand::Rng;

use crate::Test;

pub(crate) const TESTS: &[Test] = tests![
    traffic_matches_the_core,
    damaged_traffic_matches_the_core,
    traffic_with_a_busy_collector_matches_the_core,
    a_message_may_be_huge,
];

pub(crate) fn messages(count: usize) -> Vec<Vec<u8>> {
    Generator::new(GeneratorOptions::default()).take(count).collect()
}

/// Checks that the records of a message are those of the core.
fn check(given: &[Json], message: &[u8]) {
    let expected = expected::records(message, &Options::for_shipper());
    let are_same = given.iter().zip(&expected).all(|(given, expected)| lua::is_same(given, expected));
    let message = &message[..message.len().min(10_000)];
    assert!(
        given.len() == expected.len() && are_same,
        "{}\nbecomes {given:#?}\ninstead of {expected:#?}",
        message.escape_ascii()
    );
}

fn traffic_matches_the_core() {
    let host = LuaHost::new(&[]).unwrap();
    for message in messages(5000) {
        check(&host.process_message(&message).unwrap(), &message);
        check(&host.parse(&message).unwrap(), &message);
    }
}

fn damaged_traffic_matches_the_core() {
    let host = LuaHost::new(&[]).unwrap();
    let others = messages(1000);
    let mut rng = Rng::with_seed(1);
    for mut message in others.clone() {
        for _ in 0..3 {
            Mutation::random(&mut rng).apply(&mut message, &others);
        }
        check(&host.process_message(&message).unwrap(), &message);
    }
}

fn traffic_with_a_busy_collector_matches_the_core() {
    for mode in ["'incremental', 1, 1000, 1", "'generational', 1, 1"] {
        let host = LuaHost::new(&[]).unwrap();
        host.lua.load(format!("collectgarbage({mode})")).exec().unwrap();
        for message in messages(500) {
            check(&host.process_message(&message).unwrap(), &message);
        }
    }
}

fn a_message_may_be_huge() {
    let host = LuaHost::new(&[]).unwrap();
    let deep = format!(r#"{{"event_type":"Audit_Event","more":{}}}"#, "[".repeat(1 << 20));
    let long = format!(r#"{{"event_type":"Audit_Event","detail":"{}\n"}}"#, "x".repeat(20 << 20));
    let many = "{\"user\":\"\",\"a\":[{}]}".repeat(50_000);
    let wide: String = (0..50_000).map(|at| format!(r#""key {at}":[{at}],"#)).collect();
    let wide = format!(r#"{{{wide}"severity":"Warning"}}"#);
    for message in [deep, long, many, wide] {
        check(&host.parse(message.as_bytes()).unwrap(), message.as_bytes());
    }
    let small = br#"{"severity":"Warning"}"#;
    check(&host.process_message(small).unwrap(), small);
}
