//! The VRL twin in the real Vector. The cases of the contract and traffic must become the same records as in the core.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::slice;

use eset_filter::Options;
use eset_filter::record::ShipperOptions;
use eset_filter_tests::cases::{self, Input};
use eset_filter_tests::json::Json;
use eset_filter_tests::samples::{self, Sample};
use eset_filter_tests::vector::Vector;
use eset_filter_tests::{expected, twin};
use eset_filter_vector_vrl as vrl;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

const SHIPPED: &str = "vector-config/eset_filter.vrl";

pub(crate) fn trials(host: &Vector) -> impl Iterator<Item = Trial> {
    sets().into_iter().map(|set| set.trial(host.clone()))
}

/// Records that are filtered by the same program.
struct Set {
    name: String,
    /// The names and values of the options. Without any, the shipped program is used.
    settings: Vec<(String, String)>,
    /// The name of each record, and the record as JSON.
    records: Vec<(String, Json)>,
}

fn sets() -> Vec<Set> {
    let of_message = |message: &[u8]| {
        Json::Object(vec![("message".to_owned(), Json::Text(String::from_utf8_lossy(message).into_owned()))])
    };
    let of_samples = |name: &str, samples: Vec<Sample>| {
        let records = samples.into_iter().map(|sample| (sample.name, of_message(&sample.message))).collect();
        Set { name: name.to_owned(), settings: Vec::new(), records }
    };
    let mut sets = vec![of_samples("traffic", samples::traffic()), of_samples("broken_json", samples::broken_json())];

    let mut cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for case in cases::load() {
        let record = match case.input {
            Input::Message(message) => of_message(&message),
            Input::Record(record) => match str::from_utf8(&record).map(Json::parse) {
                Ok(Ok(record @ Json::Object(_))) => record,
                _ => continue,
            },
        };
        cases.entry(case.settings).or_default().push((case.name, record));
    }
    for (settings, records) in cases {
        sets.push(Set { name: format!("cases::{}", samples::set_name(&settings)), settings, records });
    }
    sets
}

impl Set {
    fn trial(self, host: Vector) -> Trial {
        Trial::test(format!("vector::{}::vrl::{}", host.version(), self.name), move || self.check(&host))
    }

    fn check(&self, host: &Vector) -> Result<(), Failed> {
        let mut given = self.run(host)?.into_iter();
        for (name, record) in &self.records {
            for expected in expected::of_record(record.to_string().as_bytes(), self.options()) {
                let given = given.next().ok_or_else(|| format!("{name} is lost: {expected}"))?;
                let difference = twin::DIFFERENCES.iter().find(|(known, _)| known == name);
                match (twin::are_same(slice::from_ref(&given), slice::from_ref(&expected)), difference) {
                    (true, None) | (false, Some(_)) => {}
                    (false, None) => return Err(format!("{name}\nexpected:\n{expected}\ngiven:\n{given}").into()),
                    (true, Some((_, reason))) => {
                        return Err(format!("{name}: it is no longer true that {reason}").into());
                    }
                }
            }
        }
        given.next().map_or(Ok(()), |given| Err(format!("one record too many: {given}").into()))
    }

    fn options(&self) -> ShipperOptions {
        expected::options(Options::default(), &self.settings)
    }

    /// Runs the host and returns its records.
    fn run(&self, host: &Vector) -> Result<Vec<Json>, Failed> {
        let directory = tempfile::tempdir()?;
        let program = match self.settings.as_slice() {
            [] => eset_filter_tests::root().join(SHIPPED),
            _ => {
                let program = directory.path().join("eset_filter.vrl");
                fs::write(&program, vrl::program(&self.options()))?;
                program
            }
        };
        let input = directory.path().join("input");
        fs::write(&input, self.records.iter().map(|(_, record)| format!("{record}\n")).collect::<String>())?;
        let output = host.records(config(&program), "eset", &input, directory.path())?;
        let lines = str::from_utf8(&output)?.lines();
        Ok(lines.map(Json::parse).collect::<Result<_, _>>()?)
    }
}

/// Returns a configuration that reads and writes lines of JSON. It removes the fields that the source adds.
fn config(program: &Path) -> Value {
    json!({
        "sources": { "in": { "type": "stdin", "max_length": 100 << 20 } },
        "transforms": {
            "record": { "type": "remap", "inputs": ["in"], "source": ". = object!(parse_json!(.message))" },
            "eset": { "type": "remap", "inputs": ["record"], "file": program },
        },
    })
}
