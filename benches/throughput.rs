//! How fast a raw message becomes JSON or MessagePack on one core, against the routes that one would take otherwise.
//!
//! The routes take turns within one run, and each one's median counts, so that the ratios hold on any machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use eset_filter::{Filter, Options, encode};
use eset_filter_generator::{Generator, GeneratorOptions};
use once_cell::sync::Lazy;
use regex_lite::Regex;
use serde_json::Value;

const MESSAGES: usize = 5_000;
const ROUNDS: usize = 31;

/// A way from a message to the bytes of a record, and how many those are.
type Route<'r> = (&'static str, &'r mut dyn FnMut(&str) -> usize);

/// The first of the two steps of the retired agent's set-up: what stands between the outermost braces.
static BRACES: Lazy<Regex> = Lazy::new(|| Regex::new(r"(?s)\{.*\}").expect("the pattern is valid"));

fn main() {
    let mut generator = Generator::new(GeneratorOptions::default());
    let messages: Vec<String> = std::iter::from_fn(|| generator.next())
        .filter_map(|message| String::from_utf8(message).ok())
        .filter(|message| eset_filter_baseline::event(message).is_some())
        .take(MESSAGES)
        .collect();
    let bytes: usize = messages.iter().map(String::len).sum();

    let mut filter = Filter::new(Options::default());
    let mut out = Vec::new();
    let mut json = |message: &str| {
        out.clear();
        let mut events = filter.parse(message.as_bytes());
        while let Some(event) = events.next() {
            encode::json::write(&event, &mut out);
        }
        out.len()
    };
    let mut filter = Filter::new(Options::default());
    let mut out = Vec::new();
    let mut msgpack = |message: &str| {
        out.clear();
        let mut events = filter.parse(message.as_bytes());
        while let Some(event) = events.next() {
            encode::msgpack::write(&event, &mut out);
        }
        out.len()
    };
    let mut routes: [Route<'_>; 7] = [
        ("eset-filter: message to MessagePack", &mut msgpack),
        ("eset-filter: message to JSON", &mut json),
        ("serde_json::Value: parse, type, flatten, to MessagePack", &mut |message| {
            rmp_serde::to_vec(&eset_filter_baseline::event(message)).map_or(0, |out| out.len())
        }),
        ("serde_json::Value: parse, type, flatten, to JSON", &mut |message| {
            serde_json::to_vec(&eset_filter_baseline::event(message)).map_or(0, |out| out.len())
        }),
        ("regex-lite for the braces, then serde_json::Value and back", &mut |message| {
            BRACES.find(message).map_or(0, |object| round_trip(object.as_str()))
        }),
        ("serde_json::Value and back, the object alone", &mut |message| {
            let object = message.find('{').zip(message.rfind('}'));
            object.map_or(0, |(start, end)| round_trip(&message[start..=end]))
        }),
        ("memchr of a byte that is not there: the floor", &mut |message| {
            memchr::memchr(0x01, message.as_bytes()).unwrap_or_default()
        }),
    ];

    let mut times = vec![Vec::with_capacity(ROUNDS); routes.len()];
    for _ in 0..ROUNDS {
        for ((_, route), times) in routes.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for message in &messages {
                black_box(route(black_box(message)));
            }
            times.push(start.elapsed());
        }
    }

    eset_filter_benches::machine();
    println!(
        "{} messages, {} bytes on average, one core, median of {ROUNDS} rounds\n",
        messages.len(),
        bytes / messages.len()
    );
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times).as_secs_f64()).collect();
    println!("{:58} {:>8} {:>10} {:>12}", "", "MB/s", "ns/message", "times as fast");
    for ((name, _), median) in routes.iter().zip(&medians) {
        let rate = bytes as f64 / median / 1e6;
        let each = median / messages.len() as f64 * 1e9;
        println!("{name:58} {rate:8.0} {each:10.0} {:12.2}", medians[2] / median);
    }
}

fn round_trip(object: &str) -> usize {
    let value: Option<Value> = serde_json::from_str(object).ok();
    serde_json::to_vec(&value).map_or(0, |out| out.len())
}

/// The middle one.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
