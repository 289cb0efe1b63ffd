//! The Lua module in the real Vector. Generated traffic and the cases of the contract must become the same records as
//! in the core.

mod transform;

use std::collections::BTreeMap;

use eset_filter::Options;
use eset_filter::record::MESSAGE_KEYS;
use eset_filter_tests::cases::{self, Case, Input};
use eset_filter_tests::json::Json;
use eset_filter_tests::samples::{self, Sample};
use eset_filter_tests::vector::Vector;
use eset_filter_tests::{expected, lua};
use libtest_mimic::{Failed, Trial};
use serde_json::json;

use transform::{MESSAGE, RECORD, Transform};

type Test = fn(&Vector) -> Result<(), Failed>;

pub(crate) fn trials(host: &Vector) -> Vec<Trial> {
    let tests: [(&str, Test); 4] = [
        ("a_wrong_value_stops_the_start", a_wrong_value_stops_the_start),
        ("fields_from_the_source_are_kept", fields_from_the_source_are_kept),
        ("timestamps_may_be_vector_timestamps", timestamps_may_be_vector_timestamps),
        ("objects_that_look_like_timestamps_pass", objects_that_look_like_timestamps_pass),
    ];
    let mut trials = Vec::new();
    for (name, test) in tests {
        let (name, host) = (format!("vector::{}::lua::{name}", host.version()), host.clone());
        trials.push(Trial::test(name, move || test(&host)));
    }
    for set in sets() {
        let (name, host) = (format!("vector::{}::lua::{}", host.version(), set.name), host.clone());
        trials.push(Trial::test(name, move || set.check(&host)));
    }
    trials
}

type Settings = Vec<(String, String)>;

/// Samples that are filtered with the same options.
struct Set {
    name: String,
    settings: Settings,
    /// The VRL program that converts an input to an event.
    before: &'static str,
    samples: Vec<Sample>,
}

fn sets() -> Vec<Set> {
    let of_messages =
        |name: &str, samples| Set { name: name.to_owned(), settings: Settings::new(), before: MESSAGE, samples };
    let mut sets = vec![
        of_messages("traffic", samples::traffic()),
        of_messages("damaged_traffic", samples::damaged_traffic()),
        of_messages("broken_json", samples::broken_json()),
        of_messages("huge_messages", huge_messages()),
    ];
    let mut cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for case in cases::load().into_iter().filter(is_for_vector) {
        let (before, bytes) = match case.input {
            Input::Message(message) => (MESSAGE, message),
            Input::Record(record) => (RECORD, record),
        };
        cases.entry((case.settings, before)).or_default().push(Sample { name: case.name, message: bytes });
    }
    for ((settings, before), samples) in cases {
        let kind = if before == MESSAGE { "messages" } else { "records" };
        let name = format!("cases::{kind}::{}", samples::set_name(&settings));
        sets.push(Set { name, settings, before, samples });
    }
    sets
}

/// Returns whether Vector can have the record of a case. It must be an object, and no message may be `null`, which
/// Vector passes to Lua as the empty string.
fn is_for_vector(case: &Case) -> bool {
    let Input::Record(record) = &case.input else { return true };
    match str::from_utf8(record).map(Json::parse) {
        Ok(Ok(Json::Object(members))) => {
            !members.iter().any(|(key, value)| *value == Json::Null && MESSAGE_KEYS.contains(&key.as_str()))
        }
        _ => false,
    }
}

fn huge_messages() -> Vec<Sample> {
    let sample = |name: &str, message: String| Sample { name: name.to_owned(), message: message.into_bytes() };
    vec![
        sample("long", format!(r#"{{"detail":"{}"}}"#, "x".repeat(20 << 20))),
        sample("deep", format!(r#"{{"severity":"Warning","more":{}}}"#, "[".repeat(1 << 20))),
        sample("many", "{\"user\":\"\",\"a\":[{}]}".repeat(10_000)),
        sample("small", r#"{"severity":"Warning"}"#.to_owned()),
    ]
}

impl Set {
    fn check(&self, host: &Vector) -> Result<(), Failed> {
        let transform = Transform { settings: self.settings.clone(), before: self.before, after: "" };
        let of_sample = |sample| self.records(sample);
        let mut expected = self.samples.iter().flat_map(of_sample);
        for given in transform.run(host, self.samples.iter().map(|sample| sample.message.as_slice()))? {
            let (name, expected) = expected.next().ok_or_else(|| format!("one record too many: {given}"))?;
            let difference = lua::DIFFERENCES.iter().find(|(known, _)| *known == name);
            match (lua::is_same(&given, &expected), difference) {
                (true, None) | (false, Some(_)) => {}
                (false, None) => return Err(format!("{name}\nexpected:\n{expected}\ngiven:\n{given}").into()),
                (true, Some((_, reason))) => {
                    return Err(format!("{name}: it is no longer true that {reason}").into());
                }
            }
        }
        expected.next().map_or(Ok(()), |(name, expected)| Err(format!("{name} is lost: {expected}").into()))
    }

    /// Returns the expected records of a sample, each with the name of the sample. A record without a message is
    /// returned unchanged.
    fn records<'s>(&self, sample: &'s Sample) -> impl Iterator<Item = (&'s str, Json)> {
        let record = match self.before {
            RECORD => sample.message.clone(),
            _ => json!({ "message": String::from_utf8_lossy(&sample.message) }).to_string().into_bytes(),
        };
        let records = expected::of_record(&record, expected::options(Options::for_shipper(), &self.settings));
        records.into_iter().map(|record| (sample.name.as_str(), record))
    }
}

/// Runs one input through the host.
fn run(host: &Vector, transform: &Transform, input: &[u8]) -> Result<Json, String> {
    let mut records = transform.run(host, [input].into_iter())?;
    let record = records.pop().filter(|_| records.is_empty());
    record.ok_or_else(|| "expected exactly one record".to_owned())
}

fn setting(name: &str, value: &str) -> Settings {
    vec![(name.to_owned(), value.to_owned())]
}

fn a_wrong_value_stops_the_start(host: &Vector) -> Result<(), Failed> {
    let transform = Transform { settings: setting("raw", "sometimes"), ..Transform::default() };
    let error = run(host, &transform, b"{}").err().ok_or("the host has started in spite of a wrong value")?;
    let says = error.contains("eset_filter: raw = \"sometimes\": expected one of on_error, always, never");
    if says { Ok(()) } else { Err(error.into()) }
}

fn fields_from_the_source_are_kept(host: &Vector) -> Result<(), Failed> {
    let transform = Transform {
        before: ".timestamp = t'2026-01-02T03:04:05.000000006Z'\n.host = \"relay\"\n.tags = [\"a\", {\"b\": 0.5}]",
        after: ".is_time = is_timestamp(.timestamp)",
        ..Transform::default()
    };
    let expected = r#"{"severity":"Warning","parse_status":"ok","timestamp":"2026-01-02T03:04:05.000000006Z","host":"relay",
        "tags":["a",{"b":0.5}],"source_type":"stdin","is_time":true}"#;
    expect(&run(host, &transform, br#"{"severity":"Warning"}"#)?, expected)
}

fn timestamps_may_be_vector_timestamps(host: &Vector) -> Result<(), Failed> {
    let transform = Transform {
        settings: setting("timestamps", "vector"),
        before: MESSAGE,
        after: ".are_times = is_timestamp(.occurred) && is_timestamp(.firstseen)",
    };
    let message = br#"{"occured":"21-Jun-2021 09:46:15","firstseen":"0001-01-01T00:00:00.123456789Z"}"#;
    let expected = r#"{"occurred":"2021-06-21T09:46:15Z","firstseen":"0001-01-01T00:00:00.123456789Z","parse_status":"ok",
        "are_times":true}"#;
    expect(&run(host, &transform, message)?, expected)
}

fn objects_that_look_like_timestamps_pass(host: &Vector) -> Result<(), Failed> {
    let message = br#"{"user":"","year":1,"month":2,"day":30,"hour":3,"min":4,"sec":5,"list":[{"year":"x","month":2,"day":3,"hour":4,"min":5,"sec":6}]}"#;
    let expected = r#"{"parse_status":"ok","additional_fields":{"year":1,"month":2,"day":30,"hour":3,"min":4,"sec_":5,
        "list":[{"year":"x","month":2,"day":3,"hour":4,"min":5,"sec_":6}]}}"#;
    expect(&run(host, &Transform { before: MESSAGE, ..Transform::default() }, message)?, expected)
}

fn expect(given: &Json, expected: &str) -> Result<(), Failed> {
    let is_same = lua::is_same(given, &Json::parse(expected)?);
    if is_same { Ok(()) } else { Err(format!("expected:\n{expected}\ngiven:\n{given}").into()) }
}
