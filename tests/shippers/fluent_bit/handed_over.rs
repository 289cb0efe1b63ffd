//! Fluent Bit passes a record to a module as the same text as the command and the tests do.

use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::module;
use fastrand::Rng;
use libtest_mimic::Failed;
use serde::Deserialize;

use super::filter::Filter;
use super::{is_line, made};

/// Bytes of every kind that UTF-8 and JSON distinguish, including the first and last of each range.
#[rustfmt::skip]
const EDGES: [u8; 34] = [
    0x00, 0x08, 0x1F, b' ', b'"', b'A', b'\\', b'~', 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
    0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFB, 0xFF,
];

/// A few bytes of these kinds, for sequences of four.
const FEW: [u8; 14] = [b'A', b'"', 0x7F, 0x80, 0x90, 0xA0, 0xBF, 0xC0, 0xC3, 0xE0, 0xED, 0xF0, 0xF4, 0xFD];

/// Returns every sequence of one or two bytes, of three [`EDGES`] and of four [`FEW`] bytes, and longer random
/// messages.
fn messages() -> Vec<Vec<u8>> {
    let bytes = || 0..=255_u8;
    let mut messages: Vec<Vec<u8>> = bytes().map(|byte| vec![byte]).collect();
    messages.extend(bytes().flat_map(|first| bytes().map(move |second| vec![first, second])));
    messages.extend(sequences(&EDGES, 3));
    messages.extend(sequences(&FEW, 4));
    let mut rng = Rng::with_seed(1);
    messages.extend((0..20_000).map(|_| long(&mut rng)));
    messages.retain(|message| is_line(message) && !message.is_empty());
    messages
}

fn sequences(of: &[u8], length: u32) -> impl Iterator<Item = Vec<u8>> {
    let count = of.len();
    (0..count.pow(length)).map(move |number| (0..length).map(|at| of[number / count.pow(at) % count]).collect())
}

/// Returns a message that is mostly plain text, which the host processes in blocks.
fn long(rng: &mut Rng) -> Vec<u8> {
    let characters = ["é", "€", "🎉", "\u{7F}", "\u{E0FF}", "\u{FFFF}"];
    let mut message = Vec::new();
    for _ in 0..rng.usize(1..12) {
        match rng.u8(..4) {
            0 => message.push(EDGES[rng.usize(..EDGES.len())]),
            1 => message.extend(characters[rng.usize(..characters.len())].bytes()),
            _ => message.extend((0..rng.usize(..20)).map(|_| rng.u8(b'a'..0x80))),
        }
    }
    message
}

/// An answer from the module.
#[derive(Deserialize)]
struct Answer {
    hex: String,
}

pub(crate) fn is_the_commands(host: &FluentBit) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let filter = Filter::Made(made::hex(directory.path()));
    let messages = messages();
    assert!(messages.len() > 150_000, "{}", messages.len());
    let given = filter.run_in(host, directory.path(), messages.iter().map(Vec::as_slice))?;
    let given: Vec<Answer> = serde_json::Deserializer::from_slice(&given).into_iter().collect::<Result<_, _>>()?;
    for (message, given) in messages.iter().zip(&given) {
        let (given, expected) = (text(&given.hex), module::record(message));
        if given != expected {
            let [message, expected, given] = [message, &expected, &given].map(|bytes| bytes.escape_ascii().to_string());
            return Err(format!("b\"{message}\"\nexpected:\n{expected}\ngiven:\n{given}").into());
        }
    }
    if given.len() == messages.len() {
        Ok(())
    } else {
        Err(format!("{} of {} records have arrived", given.len(), messages.len()).into())
    }
}

fn text(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
