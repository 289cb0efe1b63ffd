//! Messages for the real shippers, the same in every run.

use eset_filter_generator::{Generator, GeneratorOptions};
use fastrand::Rng;

use crate::grammar;
use crate::mutation::Mutation;

/// A message and its name.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The name that a failure reports.
    pub name: String,
    /// The bytes of the message.
    pub message: Vec<u8>,
}

impl Sample {
    /// Creates a sample named after its bytes.
    fn unnamed(message: Vec<u8>) -> Self {
        Self { name: format!("b\"{}\"", message.escape_ascii()), message }
    }
}

/// Returns generated traffic. Each event is marked with the position of its message.
pub fn traffic() -> Vec<Sample> {
    let messages = Generator::new(GeneratorOptions { mark: true, ..Default::default() }).take(2000);
    messages.enumerate().map(|(at, message)| Sample { name: format!("message {at}"), message }).collect()
}

/// Returns generated traffic with three random changes to each message.
pub fn damaged_traffic() -> Vec<Sample> {
    let messages: Vec<_> = Generator::new(GeneratorOptions::default()).take(1000).collect();
    let mut rng = Rng::with_seed(1);
    let damage = |mut message: Vec<u8>| {
        for _ in 0..3 {
            Mutation::random(&mut rng).apply(&mut message, &messages);
        }
        Sample::unnamed(message)
    };
    messages.iter().cloned().map(damage).collect()
}

/// Returns messages whose JSON is malformed.
pub fn broken_json() -> Vec<Sample> {
    let mut rng = Rng::with_seed(1);
    (0..2000).map(|_| Sample::unnamed(broken_message(&mut rng, 400))).collect()
}

/// Returns a message whose JSON is malformed, derived from fewer than `bytes` random bytes.
pub fn broken_message(rng: &mut Rng, bytes: usize) -> Vec<u8> {
    let bytes: Vec<u8> = (0..rng.usize(..bytes)).map(|_| rng.u8(..)).collect();
    grammar::message(&bytes)
}

/// Returns the name of the set of cases that have these options.
pub fn set_name(settings: &[(String, String)]) -> String {
    let settings: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if settings.is_empty() { "defaults".to_owned() } else { settings.join(",") }
}
