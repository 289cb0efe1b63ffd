//! The checks of the fuzz targets on damaged traffic and broken JSON, with the stable toolchain and for a limited time.
//!
//! The environment variable `ESET_FILTER_FUZZ_RUNS` sets the number of messages, and `ESET_FILTER_FUZZ_SEED` the random
//! seed.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use eset_filter_generator::{Generator, GeneratorOptions, Payload};
use eset_filter_tests::mutation::Mutation;
use eset_filter_tests::{checks, samples};
use fastrand::Rng;

const RUNS: u64 = 5000;

/// The number of random bytes for a message of broken JSON is below this.
const LONGEST: usize = 1000;

fn setting(name: &str, default: u64) -> u64 {
    env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} = {value}: expected a number")))
}

#[test]
fn damaged_traffic() {
    damaged(Payload::Json);
}

#[test]
fn damaged_traffic_in_cef() {
    damaged(Payload::Cef);
}

#[test]
fn damaged_traffic_in_leef() {
    damaged(Payload::Leef);
}

fn damaged(payload: Payload) {
    let mut rng = Rng::with_seed(setting("ESET_FILTER_FUZZ_SEED", 1));
    let traffic: Vec<_> = Generator::new(GeneratorOptions { payload, ..Default::default() }).take(1000).collect();
    let mut corpus = traffic.clone();
    for _ in 0..setting("ESET_FILTER_FUZZ_RUNS", RUNS) {
        // Damage accumulates, as in the corpus of a fuzzer.
        let at = rng.usize(..corpus.len());
        for _ in 0..rng.u8(1..4) {
            Mutation::random(&mut rng).apply(&mut corpus[at], &traffic);
        }
        check(&corpus[at]);
        let length = corpus[at].len();
        if !(100..=20_000).contains(&length) {
            corpus[at].clone_from(&traffic[at]);
        }
    }
}

/// Messages on which the core and the oracle differed in a run of the fuzz targets.
#[test]
fn messages_that_differed() {
    let nested = |outer: usize, inner: usize| {
        let event = format!("{{\"event_type\":\"x\",\"o\":{}1{}}}", "{\"b\":".repeat(inner), "}".repeat(inner));
        format!("{}{event}{}", "{\"b\":".repeat(outer), "}".repeat(outer))
    };
    for inner in 55..70 {
        (0..5).for_each(|outer| check(nested(outer, inner).as_bytes()));
    }
    for message in [
        r#"{\"event\":\"\"{""#,
        r#"{"a":1,"b":{\"event_type\":\"A\"}} {"event_type":"B"}"#,
        r#"{"message":"{\"user\":\"ann\"}"} {"a key {\"user\":\"bob\"#,
        r#"<14>srv: {\"event_type\":\"A\",\"severity\":\"x\"{"event_type":"B"}"#,
        "<1>A ]:HEARTBEAT",
        "<190>Aug 12 09:58:13 - word tag[1]:HEARTBEAT",
        "<190>Aug 12 09:58:13 - word \0tag[1]: HEARTBEAT",
    ] {
        check(message.as_bytes());
    }
}

#[test]
fn broken_json() {
    let mut rng = Rng::with_seed(setting("ESET_FILTER_FUZZ_SEED", 1));
    for _ in 0..setting("ESET_FILTER_FUZZ_RUNS", RUNS) {
        check(&samples::broken_message(&mut rng, LONGEST));
    }
}

#[test]
fn random_cef_and_leef() {
    const PIECES: &[&str] = &[
        "cat=",
        "ESET Threat Event",
        "ESET Firewall Event",
        "cs1=",
        "cs1Label=",
        "Threat Name",
        "src=",
        "devTime=",
        "devTimeFormat=",
        "MMM dd yyyy HH:mm:ss z",
        "Dec 19 2019 08:24:15 GMT",
        "rt=",
        "cn1=",
        "1",
        "Label=",
        "New",
        "sev=",
        "deviceDirection=",
        "=",
        " ",
        "\t",
        "#011",
        "|",
        "^",
        "\\",
        "\\=",
        "\\n",
        "\u{0}",
        "é",
        "\"",
        "{",
        "}",
        "ESETProtect",
        "x5E",
        "183",
        "5",
        "a",
        "B",
        "\n",
    ];
    let mut rng = Rng::with_seed(setting("ESET_FILTER_FUZZ_SEED", 1));
    let every = checks::every_options();
    for _ in 0..setting("ESET_FILTER_FUZZ_RUNS", RUNS) {
        let rest: String = (0..rng.usize(..60)).map(|_| PIECES[rng.usize(..PIECES.len())]).collect();
        let header = if rng.bool() { "1|183|a|5|" } else { "" };
        for format in ["CEF:0|ESET|P|", "LEEF:1.0|ESET|P|", "LEEF:2.0|ESET|P|"] {
            let header = format!("<14>Oct 30 05:31:10 srv app[1]: {format}{header}");
            let options = &every[rng.usize(..every.len())];
            shown(&format!("{header}{rest}").escape_debug().to_string(), || {
                checks::formatted(header.as_bytes(), rest.as_bytes(), options)
            });
        }
    }
}

/// Runs all checks on a message.
fn check(message: &[u8]) {
    shown(&message.escape_ascii().to_string(), || checks::every_promise(message));
}

/// Prints the message if a check fails.
fn shown(message: &str, check: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        eprintln!("the message: {message}");
        resume_unwind(panic)
    });
}
