//! Hostile lines between good events: the host survives, and every good event arrives.

use std::collections::BTreeMap;

use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::cases::{self, Input};
use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::mutation::Mutation;
use fastrand::Rng;
use libtest_mimic::Failed;
use regex_lite::Regex;
use serde_json::Value;

use super::filter::Filter;
use super::is_line;

/// The number of hostile lines for each good one.
const GOOD_EVERY: usize = 3;

/// Returns the cases of the contract, invalid numbers, traffic with increasing damage, and random bytes.
fn hostile_lines() -> Vec<Vec<u8>> {
    let cases = cases::load().into_iter().filter_map(|case| match case.input {
        Input::Message(message) => Some(message),
        Input::Record(_) => None,
    });
    let mut lines: Vec<Vec<u8>> = cases.collect();
    lines.extend(numbers().map(|number| format!("{{\"event_type\":\"Audit_Event\",\"x\":{number}}}").into_bytes()));
    let traffic: Vec<_> = Generator::new(GeneratorOptions { seed: 2, ..Default::default() }).take(1000).collect();
    let mut rng = Rng::with_seed(1);
    lines.extend((0..4000).map(|at| {
        let mut message = traffic[at % traffic.len()].clone();
        for _ in 0..1 + at / 500 {
            Mutation::random(&mut rng).apply(&mut message, &traffic);
        }
        message
    }));
    lines.extend((0..500).map(|_| (0..rng.usize(..300)).map(|_| rng.u8(..)).collect()));
    lines.retain(|line| is_line(line));
    lines
}

/// Returns every text of up to five of the characters that occur in numbers.
fn numbers() -> impl Iterator<Item = String> {
    const CHARACTERS: [char; 6] = ['0', '1', '-', '+', '.', 'e'];
    let text = |length: u32, number: usize| (0..length).map(|at| CHARACTERS[number / 6_usize.pow(at) % 6]).collect();
    (1..=5).flat_map(move |length| (0..6_usize.pow(length)).map(move |number| text(length, number)))
}

/// Checks that every good event arrives once and in order, and that all output is JSON. Other tests check the records
/// of the hostile lines.
pub(crate) fn every_good_event_arrives(host: &FluentBit, filter: &Filter) -> Result<(), Failed> {
    let mark = Regex::new(r#""group_description":"(id-1-\d+)""#)?;
    let mark_of = |text: &[u8]| mark.captures(&String::from_utf8_lossy(text)).map(|found| found[1].to_owned());
    let mut good = Generator::new(GeneratorOptions { mark: true, ..Default::default() });
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for (at, line) in hostile_lines().into_iter().enumerate() {
        lines.push(line);
        if at % GOOD_EVERY == 0 {
            let marked = good.by_ref().find_map(|message| Some((mark_of(&message)?, message)));
            let (mark, message) = marked.ok_or("there are no more events")?;
            expected.push(mark);
            lines.push(message);
        }
    }
    let directory = tempfile::tempdir()?;
    let records = filter.run_in(host, directory.path(), lines.iter().map(Vec::as_slice))?;
    let records: Vec<Value> = serde_json::Deserializer::from_slice(&records).into_iter().collect::<Result<_, _>>()?;
    let marks = records.iter().filter_map(|record| record["group_description"].as_str());
    let given: Vec<_> = marks.filter(|text| text.starts_with("id-1-")).collect();
    if given == expected {
        return Ok(());
    }
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    expected.iter().for_each(|mark| *counts.entry(mark).or_default() -= 1);
    given.iter().for_each(|mark| *counts.entry(mark).or_default() += 1);
    counts.retain(|_, count| *count != 0);
    Err(format!("missing (negative) or surplus events: {counts:?}").into())
}
