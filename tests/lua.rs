//! The Lua module: what it leaves alone, what it refuses, and that no event brings its host down.
//!
//! The host here imitates Vector. `tests/vector.rs` has the real one.

#[path = "support/json.rs"]
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
mod json;
#[path = "support/lua.rs"]
mod lua;
#[path = "support/mutation.rs"]
mod mutation;

use eset_filter::cli::generate::{Generator, GeneratorOptions};
use eset_filter::{Filter, Options, encode};
use fastrand::Rng;

use json::Json;
use lua::LuaHost;
use mutation::Mutation;

fn traffic(count: usize) -> Vec<Vec<u8>> {
    Generator::new(GeneratorOptions::default()).take(count).collect()
}

/// What the core makes of a message.
fn records(message: &[u8]) -> Vec<Json> {
    let mut records = Vec::new();
    let mut filter = Filter::new(Options::default());
    let mut events = filter.read(message);
    while let Some(event) = events.next() {
        let mut out = Vec::new();
        encode::json::write(&event, &mut out);
        records.push(Json::parse(str::from_utf8(&out).unwrap()).unwrap());
    }
    records
}

/// Checks that a message comes out as the core has it.
fn check(given: &[Json], message: &[u8]) {
    let expected = records(message);
    let is_same = |(given, expected)| lua::is_same(given, expected);
    assert_eq!(given.len(), expected.len(), "{}", message.escape_ascii());
    assert!(given.iter().zip(&expected).all(is_same), "{given:#?}\nis not\n{expected:#?}");
}

#[test]
fn traffic_comes_out_as_from_the_core() {
    let host = LuaHost::new(&[]).unwrap();
    for message in traffic(5000) {
        check(&host.process_message(&message).unwrap(), &message);
        check(&host.parse(&message).unwrap(), &message);
    }
}

#[test]
fn damaged_traffic_comes_out_as_from_the_core() {
    let host = LuaHost::new(&[]).unwrap();
    let messages = traffic(1000);
    let mut rng = Rng::with_seed(1);
    for mut message in messages.clone() {
        for _ in 0..3 {
            Mutation::new(rng.u8(..), rng.u16(..), rng.u16(..), rng.u8(..)).apply(&mut message, &messages);
        }
        check(&host.process_message(&message).unwrap(), &message);
    }
}
