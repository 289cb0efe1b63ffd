//! Measures the cost of the VRL twin, compared with a program of two lines that does the same as the retired agent with
//! a regular expression and `parse_json`. They take turns within one run, and the median CPU time of each is reported.
//!
//! The first measurement is in the VRL engine alone. The second is inside Vector, minus the time of a run without a
//! transform. The newest Vector that `VECTOR` names is run, or else `vector` in `PATH`.

use std::fs;
use std::hint::black_box;

use eset_filter::Options;
use eset_filter_benches::cpu::{median, used};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::twin::{self, Twin};
use eset_filter_tests::vector::Vector;
use nix::sys::resource::UsageWho;
use serde_json::{Value, json};

const TWO_LINES: &str = r". |= parse_regex!(.message, r'(?s)(?P<json>\{.*\})')
. |= object!(parse_json!(.json))";

/// The number of messages and of rounds in the engine.
const MESSAGES: usize = 2000;
const ROUNDS: usize = 31;

/// The number of messages and of rounds in Vector. There are more messages, because its start is measured as well.
const HOST_MESSAGES: usize = 100_000;
const HOST_ROUNDS: usize = 5;

fn main() {
    eset_filter_benches::machine();
    in_the_engine();
    match Vector::all().into_iter().next() {
        Some(host) => in_the_host(&host),
        None => println!("\nVector is neither in PATH nor named by VECTOR, so nothing was measured inside Vector."),
    }
}

fn in_the_engine() {
    let twin = Twin::new(&Options::default().into());
    let two_lines = Twin::compile(TWO_LINES).unwrap_or_else(|error| panic!("{error}"));
    // Only messages that the short program can read. Aborting on the others must not count as speed.
    let messages: Vec<_> = Generator::new(GeneratorOptions::default())
        .filter(|message| two_lines.resolve(twin::event(message)).is_ok())
        .take(MESSAGES)
        .collect();
    let programs = [("two lines", &two_lines), ("the twin", &twin)];
    let mut times = programs.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for ((_, program), times) in programs.iter().zip(&mut times) {
            let before = used(UsageWho::RUSAGE_SELF);
            for message in &messages {
                black_box(program.resolve(twin::event(black_box(message)))).expect("the program accepts the message");
            }
            times.push(used(UsageWho::RUSAGE_SELF) - before);
        }
    }
    println!("The engine: {MESSAGES} messages, {} bytes on average", average(&messages));
    print(&programs.map(|(name, _)| name), times.map(|mut times| median(&mut times, MESSAGES)));
}

fn in_the_host(host: &Vector) {
    let two_lines = Twin::compile(TWO_LINES).unwrap_or_else(|error| panic!("{error}"));
    let messages: Vec<_> = Generator::new(GeneratorOptions::default())
        .filter(|message| !message.contains(&b'\n') && two_lines.resolve(twin::event(message)).is_ok())
        .take(HOST_MESSAGES)
        .collect();
    let directory = tempfile::tempdir().expect("a temporary directory can be created");
    let input = directory.path().join("messages");
    fs::write(&input, messages.join(b"\n".as_slice())).expect("the directory is writable");
    let shipped = eset_filter_tests::root().join("vector-config/eset_filter.vrl");
    let transforms = [
        ("no transform", None),
        ("two lines", Some(json!({ "type": "remap", "inputs": ["in"], "source": TWO_LINES }))),
        ("the twin", Some(json!({ "type": "remap", "inputs": ["in"], "file": shipped }))),
    ];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..HOST_ROUNDS {
        for ((name, transform), times) in transforms.iter().zip(&mut times) {
            let before = used(UsageWho::RUSAGE_CHILDREN);
            let ran = host.run(config(transform.as_ref()), &input, directory.path());
            ran.unwrap_or_else(|error| panic!("{name}: {error}"));
            times.push(used(UsageWho::RUSAGE_CHILDREN) - before);
        }
    }
    let [none, two_lines, twin] = times.map(|mut times| median(&mut times, HOST_MESSAGES));
    println!("\nVector {}: {HOST_MESSAGES} messages, {none:.1} µs per message without a transform", host.version());
    print(&["two lines", "the twin"], [two_lines - none, twin - none]);
}

fn config(transform: Option<&Value>) -> Value {
    let mut config = json!({
        "sources": { "in": { "type": "stdin" } },
        "sinks": { "out": { "type": "blackhole", "inputs": ["in"], "print_interval_secs": 0 } },
    });
    if let Some(transform) = transform {
        config["transforms"] = json!({ "filter": transform });
        config["sinks"]["out"]["inputs"] = json!(["filter"]);
    }
    config
}

fn print(names: &[&str; 2], microseconds: [f64; 2]) {
    for (name, time) in names.iter().zip(microseconds) {
        println!("{name:12} {time:8.1} µs per message {:8.2}", time / microseconds[0]);
    }
}

fn average(messages: &[Vec<u8>]) -> usize {
    messages.iter().map(Vec::len).sum::<usize>() / messages.len()
}
