//! The module in Fluent Bit itself, with the host's default stack and heap: generated traffic and the contract's cases,
//! those with JSON 64 levels deep among them, have to come out as the core has them.
//!
//! Fluent Bit is what `FLUENT_BIT` names, or else `fluent-bit` in `PATH`.

#[path = "support/cases.rs"]
#[allow(dead_code, reason = "what a case expects is for another test; here the core says it")]
mod cases;
#[path = "fluent_bit/host.rs"]
mod host;
#[path = "support/json.rs"]
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
mod json;
#[path = "support/module.rs"]
#[allow(dead_code, reason = "the host reads the module and writes the records itself")]
mod module;
#[path = "support/mutation.rs"]
mod mutation;

use eset_filter::cli::generate::{Generator, GeneratorOptions};
use eset_filter::cli::wasm_host::function_name;
use eset_filter::{Filter, Options, encode};
use fastrand::Rng;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

use cases::Input;
use host::FluentBit;
use json::Json;
use mutation::Mutation;

/// A message on a line of its own, and where it is from.
struct Line {
    name: String,
    message: Vec<u8>,
}

fn main() {
    let arguments = Arguments::from_args();
    let trials = match FluentBit::find() {
        Some(host) => trials(&host),
        None => {
            println!(
                "Fluent Bit is neither in PATH nor named by FLUENT_BIT, so nothing was tested with the real host."
            );
            Vec::new()
        }
    };
    libtest_mimic::run(&arguments, trials).exit();
}

/// Traffic, damaged traffic, and a trial for each function of the module that the contract's cases need.
fn trials(host: &FluentBit) -> Vec<Trial> {
    let options = Options { single: true, ..Options::default() };
    let mut runs = vec![
        ("traffic".to_owned(), options.clone(), traffic()),
        ("damaged_traffic".to_owned(), options, damaged_traffic()),
    ];
    for case in cases::load() {
        let options = case.options(true);
        let Input::Message(message) = case.input else { continue };
        if options.message_key.is_some() || !is_handed_over(&message) {
            continue;
        }
        let name = format!("cases::{}", function_name(&options));
        let line = Line { name: case.name, message };
        match runs.iter_mut().find(|(known, ..)| *known == name) {
            Some((.., lines)) => lines.push(line),
            None => runs.push((name, options, vec![line])),
        }
    }
    let trial = |(name, options, lines): (String, Options, Vec<Line>)| {
        let host = host.clone();
        Trial::test(name, move || check(&host, &options, &lines))
    };
    runs.into_iter().map(trial).collect()
}

fn traffic() -> Vec<Line> {
    let messages = Generator::new(GeneratorOptions { mark: true, ..Default::default() }).take(2000);
    messages.enumerate().map(|(at, message)| Line { name: format!("message {at}"), message }).collect()
}

fn damaged_traffic() -> Vec<Line> {
    let messages: Vec<_> = Generator::new(GeneratorOptions::default()).take(1000).collect();
    let mut rng = Rng::with_seed(1);
    let damage = |mut message: Vec<u8>| {
        for _ in 0..3 {
            Mutation::new(rng.u8(..), rng.u16(..), rng.u16(..), rng.u8(..)).apply(&mut message, &messages);
        }
        Line { name: format!("b\"{}\"", message.escape_ascii()), message }
    };
    messages.iter().cloned().map(damage).filter(|line| is_handed_over(&line.message)).collect()
}

/// Whether the host hands the message over as it is. Its `tail` input takes CR LF for a line's end and skips NULs in
/// front. When it writes JSON, it takes overlong UTF-8 for what is meant, and loses a byte that begins more than there is.
fn is_handed_over(message: &[u8]) -> bool {
    let is_line = !message.contains(&b'\n') && !message.ends_with(b"\r") && !message.starts_with(b"\0");
    let is_overlong = |pair: &[u8]| matches!(pair, [0xC0 | 0xC1, _] | [0xE0, 0x80..0xA0] | [0xF0, 0x80..0x90]);
    let is_cut = str::from_utf8(message).is_err() && message.iter().rev().take(5).any(|byte| *byte >= 0xC0);
    is_line && !message.windows(2).any(is_overlong) && !is_cut
}

fn check(host: &FluentBit, options: &Options, lines: &[Line]) -> Result<(), Failed> {
    let mut expected = lines.iter().filter_map(|line| Some((&line.name, record(&line.message, options)?)));
    let messages = lines.iter().map(|line| line.message.as_slice());
    for given in host.filter(&function_name(options), messages)? {
        let (name, expected) = expected.next().ok_or_else(|| format!("one record too many: {given}"))?;
        if !is_same(&given, &expected) {
            return Err(format!("{name}\nexpected:\n{expected}\ngiven:\n{given}").into());
        }
    }
    expected.next().map_or(Ok(()), |(name, expected)| Err(format!("{name} is lost: {expected}").into()))
}

/// What the core makes of a message.
fn record(message: &[u8], options: &Options) -> Option<Json> {
    let mut out = Vec::new();
    encode::json::write(&Filter::new(options.clone()).read(message).next()?, &mut out);
    Some(Json::parse(str::from_utf8(&out).unwrap()).unwrap())
}

/// Whether a value came through the host.
fn is_same(given: &Value, expected: &Json) -> bool {
    match (given, expected) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(given), Json::Bool(expected)) => given == expected,
        (Value::String(given), Json::Text(expected)) => given == expected,
        (Value::Number(given), Json::Number(expected)) => is_close(given.as_f64().unwrap(), expected.parse().unwrap()),
        (Value::Array(given), Json::Array(expected)) => {
            given.len() == expected.len()
                && given.iter().zip(expected).all(|(given, expected)| is_same(given, expected))
        }
        (Value::Object(given), Json::Object(expected)) => {
            let is_there =
                |(key, expected): &(String, Json)| given.get(key).is_some_and(|given| is_same(given, expected));
            given.len() == expected.len() && expected.iter().all(is_there)
        }
        _ => false,
    }
}

/// The host keeps a double's 16 digits.
fn is_close(given: f64, expected: f64) -> bool {
    (given - expected).abs() <= expected.abs() * 1e-15
}
