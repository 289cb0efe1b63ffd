//! The filters in the real Fluent Bit. Generated traffic and the cases of the contract must become the same records as
//! in the core. The module runs with the default stack and heap of the host, also on JSON with 64 levels.

mod filter;
mod handed_over;
mod hostile;
mod judged;
mod made;
mod written;

use eset_filter::Options;
use eset_filter::record::ShipperOptions;
use eset_filter_tests::cases::{self, Input};
use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::json::Json;
use eset_filter_tests::samples::{self, Sample};
use eset_filter_tests::{expected, module};
use eset_filter_wasm_host::function_name;
use libtest_mimic::{Failed, Trial};

use filter::Filter;

/// Returns the test that needs no Fluent Bit: the expected form of numbers, on which the other tests rely.
pub(crate) fn digits() -> Trial {
    Trial::test("fluent_bit::doubles_are_written_as_by_c", written::check_digits)
}

/// Returns a test for each set of lines and each kind of filter.
pub(crate) fn trials(host: &FluentBit) -> Vec<Trial> {
    let mut sets = vec![
        Set { name: "traffic".to_owned(), settings: Vec::new(), lines: samples::traffic() },
        Set { name: "damaged_traffic".to_owned(), settings: Vec::new(), lines: samples::damaged_traffic() },
        Set { name: "broken_json".to_owned(), settings: Vec::new(), lines: samples::broken_json() },
    ];
    for case in cases::load() {
        let Input::Message(message) = case.input else { continue };
        let (settings, line) = (case.settings, Sample { name: case.name, message });
        match sets[3..].iter_mut().find(|set| set.settings == settings) {
            Some(set) => set.lines.push(line),
            None => {
                sets.push(Set { name: format!("cases::{}", samples::set_name(&settings)), settings, lines: vec![line] })
            }
        }
    }
    let mut trials = Vec::new();
    for (name, filter, property, value, error) in REFUSED {
        let (host, filter) = (host.clone(), filter(vec![(property.to_owned(), value.to_owned())]));
        trials.push(Trial::test(format!("fluent_bit::refused::{name}"), move || is_refused(&host, &filter, error)));
    }
    trials.extend(of_the_parser(host));
    for (name, filter) in [("wasm", Filter::Wasm("eset_filter".to_owned())), ("native", Filter::Native(Vec::new()))] {
        let host = host.clone();
        let check = move || hostile::every_good_event_arrives(&host, &filter);
        trials.push(Trial::test(format!("fluent_bit::{name}::hostile_lines"), check));
    }
    for set in sets {
        trials.extend(wasm_trial(host, &set));
        for (name, filter) in [("native", Filter::Native as fn(_) -> _), ("processor", Filter::Processor)] {
            let (host, options, filter) = (host.clone(), set.options(false), filter(set.settings.clone()));
            let lines: Vec<_> = set.lines.iter().filter(|line| is_line(&line.message)).cloned().collect();
            let check = move || check(&host, &filter, &options, <[u8]>::to_vec, &lines);
            trials.push(Trial::test(format!("fluent_bit::{name}::{}", set.name), check));
        }
    }
    trials
}

/// Returns the tests of the JSON that the host writes for a module and reads from it. Older versions do both
/// differently.
fn of_the_parser(host: &FluentBit) -> Vec<Trial> {
    if host.version() < Version(5, 1) {
        println!("This Fluent Bit is older than 5.1, so the JSON that it writes and reads was not tested.");
        return Vec::new();
    }
    let trial = |name: &str, check: fn(&FluentBit) -> Result<(), Failed>| {
        let host = host.clone();
        Trial::test(format!("fluent_bit::json::{name}"), move || check(&host))
    };
    vec![
        trial("handed_over", handed_over::is_the_commands),
        trial("answers", judged::answers_are),
        trial("broken_chunk", judged::some_break_the_chunk),
    ]
}

/// Returns the test of a set with the module, unless the module lacks one of the options.
fn wasm_trial(host: &FluentBit, set: &Set) -> Option<Trial> {
    let options = set.options(true);
    if options.message_key.is_some() {
        return None;
    }
    let (host, filter) = (host.clone(), Filter::Wasm(function_name(&options.filter)));
    let lines: Vec<_> = set.lines.iter().filter(|line| is_line(&line.message)).cloned().collect();
    let check = move || check(&host, &filter, &options, module::handed_over, &lines);
    Some(Trial::test(format!("fluent_bit::wasm::{}", set.name), check))
}

/// Lines that are filtered with the same options.
struct Set {
    name: String,
    settings: Vec<(String, String)>,
    lines: Vec<Sample>,
}

impl Set {
    fn options(&self, single: bool) -> ShipperOptions {
        expected::options(Options::for_shipper().single(single), &self.settings)
    }
}

/// Returns whether the host reads the message unchanged. Its `tail` input treats CR LF as a line ending and skips
/// leading NULs.
fn is_line(message: &[u8]) -> bool {
    !message.contains(&b'\n') && !message.ends_with(b"\r") && !message.starts_with(b"\0")
}

/// Returns the message as the host passes it to the filter.
type AsRead = fn(&[u8]) -> Vec<u8>;

fn check(
    host: &FluentBit,
    filter: &Filter,
    options: &ShipperOptions,
    as_read: AsRead,
    lines: &[Sample],
) -> Result<(), Failed> {
    let of_line = |line| records(line, options, as_read);
    let mut expected = lines.iter().flat_map(of_line);
    let messages = lines.iter().map(|line| line.message.as_slice());
    for given in filter.run(host, messages)? {
        let (name, expected) = expected.next().ok_or_else(|| format!("one record too many: {given}"))?;
        let expected = filter.written(&expected);
        if given.sorted() != expected {
            return Err(format!("{name}\nexpected:\n{expected}\ngiven:\n{given}").into());
        }
    }
    expected.next().map_or(Ok(()), |(name, expected)| Err(format!("{name} is lost: {expected}").into()))
}

/// A setup that must prevent the start: its name, the filter, a property and its value, and the message in the log.
type Refused = (&'static str, fn(Vec<(String, String)>) -> Filter, &'static str, &'static str, &'static str);

const REFUSED: [Refused; 3] = [
    ("value", Filter::Native, "raw", "sometimes", "raw = \"sometimes\": expected one of on_error, always, never"),
    ("name", Filter::Native, "heartbeat", "keep", "unknown property \"heartbeat\": use heartbeats"),
    ("processor", Filter::Processor, "request_limit", "700k", "request_limit is for `filters`, not for `processors`"),
];

fn is_refused(host: &FluentBit, filter: &Filter, expected: &str) -> Result<(), Failed> {
    let error = filter
        .run(host, [b"{}".as_slice()].into_iter())
        .err()
        .ok_or("the host has started in spite of a wrong property")?;
    let says = error.contains(&format!("[filter:eset:eset.0] {expected}"));
    if says { Ok(()) } else { Err(error.into()) }
}

/// Returns the expected records of a line, each with the name of the line. A record without a message is returned
/// unchanged.
fn records<'l>(line: &'l Sample, options: &ShipperOptions, as_read: AsRead) -> impl Iterator<Item = (&'l str, Json)> {
    let record = serde_json::json!({ "log": String::from_utf8_lossy(&as_read(&line.message)) }).to_string();
    expected::of_record(record.as_bytes(), options.clone()).into_iter().map(|record| (line.name.as_str(), record))
}
