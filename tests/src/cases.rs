//! The cases of the contract, as described in `tests/contract/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use eset_filter::Options;
use eset_filter::record::ShipperOptions;

use crate::expected;

/// A case of the contract.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name: `rule/case-name`.
    pub name: String,
    /// The input of the filter.
    pub input: Input,
    /// The names and values of the options, as written in the file `options`.
    pub settings: Vec<(String, String)>,
    /// The expected records, one per line.
    pub records: Vec<u8>,
    /// The expected records on a host that returns at most one record for each record.
    pub single: Vec<u8>,
}

/// The input of the filter.
#[derive(Clone, Debug)]
pub enum Input {
    /// A raw message.
    Message(Vec<u8>),
    /// A record of a host, as JSON.
    Record(Vec<u8>),
}

impl Case {
    /// Returns the options of the case. `single` is for a host that returns at most one record for each record.
    pub fn options(&self, single: bool) -> ShipperOptions {
        expected::options(Options::default().single(single), &self.settings)
    }
}

/// Loads every case, sorted by name.
pub fn load() -> Vec<Case> {
    let root = crate::root().join("tests/contract");
    let mut cases: Vec<_> = directories(&root)
        .iter()
        .flat_map(|rule| directories(rule))
        .map(|directory| load_case(&root, &directory))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!cases.is_empty(), "no cases below {}", root.display());
    cases
}

fn directories(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

fn load_case(root: &Path, directory: &Path) -> Case {
    let name = directory.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    let file = |file: &str| fs::read(directory.join(file)).ok();
    let input = match (file("message"), file("record.json")) {
        (Some(message), None) => Input::Message(message),
        (None, Some(record)) => Input::Record(record),
        _ => panic!("{name}: exactly one of `message` and `record.json` must exist"),
    };
    let records = file("records.ndjson").unwrap_or_else(|| panic!("{name}: `records.ndjson` is missing"));
    let single = file("single.ndjson").unwrap_or_else(|| records.clone());
    let settings = file("options").unwrap_or_default();
    let settings = String::from_utf8(settings).unwrap().lines().map(|line| setting(&name, line)).collect();
    Case { name, input, settings, records, single }
}

fn setting(case: &str, line: &str) -> (String, String) {
    let (name, value) = line
        .split_once(" = ")
        .unwrap_or_else(|| panic!("{case}: {line:?} is not an option of the form `name = value`"));
    (name.to_owned(), value.to_owned())
}
