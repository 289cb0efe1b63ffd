//! The filters in Fluent Bit itself: generated traffic and the contract's cases have to come out as the core has them. The
//! module runs with the host's default stack and heap, also on JSON 64 levels deep.

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

/// What is tested without Fluent Bit: how it writes numbers, by which the others are judged.
pub(crate) fn digits() -> Trial {
    Trial::test("fluent_bit::doubles_are_written_as_by_c", written::check_digits)
}

/// Each set of lines through each way to filter.
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

/// What the host writes for a module and reads from it. Older versions do both in other ways.
fn of_the_parser(host: &FluentBit) -> Vec<Trial> {
    if host.version() < Version(5, 1) {
        println!("This Fluent Bit is older than 5.1, so how it writes and reads JSON was not compared.");
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

/// The set through the module, unless that lacks one of its options.
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

/// Lines that are filtered by the same options.
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

/// Whether the host reads the message as it is. Its `tail` input takes CR LF for a line's end and skips NULs in front.
fn is_line(message: &[u8]) -> bool {
    !message.contains(&b'\n') && !message.ends_with(b"\r") && !message.starts_with(b"\0")
}

/// What the filter reads of a message.
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

/// A set-up that has to stop the start: its name, the way to filter, a property with its value, and what the log says.
type Refused = (&'static str, fn(Vec<(String, String)>) -> Filter, &'static str, &'static str, &'static str);

const REFUSED: [Refused; 3] = [
    ("value", Filter::Native, "raw", "sometimes", "raw = \"sometimes\": expected one of on_error, always, never"),
    ("name", Filter::Native, "heartbeat", "keep", "unknown property \"heartbeat\": use heartbeats"),
    ("processor", Filter::Processor, "request_limit", "700k", "request_limit is for `filters`, not for `processors`"),
];

fn is_refused(host: &FluentBit, filter: &Filter, expected: &str) -> Result<(), Failed> {
    let error = filter.run(host, [b"{}".as_slice()].into_iter()).err().ok_or("the host has started")?;
    let says = error.contains(&format!("[filter:eset:eset.0] {expected}"));
    if says { Ok(()) } else { Err(error.into()) }
}

/// What the core makes of a line, each with the line's name. Without a message there is only the record as it came.
fn records<'l>(line: &'l Sample, options: &ShipperOptions, as_read: AsRead) -> impl Iterator<Item = (&'l str, Json)> {
    let record = serde_json::json!({ "log": String::from_utf8_lossy(&as_read(&line.message)) }).to_string();
    expected::of_record(record.as_bytes(), options.clone()).into_iter().map(|record| (line.name.as_str(), record))
}
