//! The fuzz targets' checks on damaged traffic, for the stable toolchain and for a bounded time.
//!
//! `ESET_FILTER_FUZZ_RUNS` in the environment says how many messages, `ESET_FILTER_FUZZ_SEED` which ones.

#[path = "support/checks.rs"]
mod checks;
#[path = "support/json.rs"]
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
mod json;
#[path = "support/messagepack.rs"]
mod messagepack;
#[path = "support/mutation.rs"]
mod mutation;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use eset_filter::cli::generate::{Generator, GeneratorOptions};
use fastrand::Rng;

use mutation::Mutation;

const RUNS: u64 = 5000;

fn setting(name: &str, default: u64) -> u64 {
    env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} = {value}: expected a number")))
}

#[test]
fn damaged_traffic() {
    let mut rng = Rng::with_seed(setting("ESET_FILTER_FUZZ_SEED", 1));
    let traffic: Vec<_> = Generator::new(GeneratorOptions::default()).take(1000).collect();
    let mut corpus = traffic.clone();
    for _ in 0..setting("ESET_FILTER_FUZZ_RUNS", RUNS) {
        // Damage adds up, as in a fuzzer's corpus.
        let at = rng.usize(..corpus.len());
        for _ in 0..rng.u8(1..4) {
            Mutation::new(rng.u8(..), rng.u16(..), rng.u16(..), rng.u8(..)).apply(&mut corpus[at], &traffic);
        }
        let message = &corpus[at];
        let checked = catch_unwind(AssertUnwindSafe(|| checks::every_promise(message)));
        checked.unwrap_or_else(|panic| {
            eprintln!("the message: b\"{}\"", message.escape_ascii());
            resume_unwind(panic)
        });
        if message.len() < 100 || message.len() > 20_000 {
            corpus[at].clone_from(&traffic[at]);
        }
    }
}
