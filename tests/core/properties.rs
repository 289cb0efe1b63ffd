//! Properties that hold for every message, tested with generated traffic, damaged traffic, and arbitrary text.
//!
//! Every run tests the same cases. `make fuzz` tests new cases without end.

mod any_message;
mod broken;
mod cases;
mod datetimes;
mod fields;
mod formats;
mod headers;
mod limit;
mod records;
mod traffic;
mod wasm;
mod wrapping;

use std::fmt;
use std::sync::LazyLock;

use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::grammar;
use eset_filter_tests::mutation::Mutation;
use proptest::prelude::{ProptestConfig, Strategy, any};
use proptest::test_runner::RngSeed;

/// Selects the same cases in every run and keeps no files of failures. A failure worth keeping becomes a case of the
/// contract.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() }
}

/// A message that a failing case shows as text.
#[derive(Clone)]
struct Message(Vec<u8>);

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Generated traffic with all its irregularities.
static TRAFFIC: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| Generator::new(GeneratorOptions::default()).take(1000).collect());

fn mutation() -> impl Strategy<Value = Mutation> {
    any::<(u8, u16, u16, u8)>().prop_map(|(kind, place, other, byte)| Mutation::new(kind, place, other, byte))
}

/// Messages with malformed JSON.
fn broken_message() -> impl Strategy<Value = Message> {
    proptest::collection::vec(any::<u8>(), 0..400).prop_map(|bytes| Message(grammar::message(&bytes)))
}

/// Generated messages with a few random changes.
fn damaged_message() -> impl Strategy<Value = Message> {
    (0..TRAFFIC.len(), proptest::collection::vec(mutation(), 1..6)).prop_map(|(at, mutations)| {
        let mut message = TRAFFIC[at].clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut message, &TRAFFIC));
        Message(message)
    })
}
