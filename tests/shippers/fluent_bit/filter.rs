//! The kinds of filters in Fluent Bit, and runs with them.

use std::fs;
use std::path::{Path, PathBuf};

use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::json::Json;
use eset_filter_tests::{module, native};
use serde_json::{Value, json};

use super::{made, written};

/// A filter of the host.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// A function of the module, in a `wasm` filter.
    Wasm(String),
    /// A module created for a test.
    Made(PathBuf),
    /// The native filter with these properties.
    Native(Vec<(String, String)>),
    /// The native filter with these properties, as a processor of the input.
    Processor(Vec<(String, String)>),
}

impl Filter {
    /// Runs the host on a file with these messages and returns the records.
    ///
    /// # Errors
    ///
    /// Returns an error if the host fails or writes anything other than records.
    pub(crate) fn run<'m>(
        &self,
        host: &FluentBit,
        messages: impl Iterator<Item = &'m [u8]>,
    ) -> Result<Vec<Json>, String> {
        let directory = tempfile::tempdir().map_err(|error| format!("cannot create a directory: {error}"))?;
        let records = String::from_utf8(self.run_in(host, directory.path(), messages)?);
        let records = records.map_err(|error| format!("the records are not UTF-8: {error}"))?;
        let record = |line: &str| Json::parse(line).map_err(|error| format!("{error}: {line}"));
        records.lines().map(record).collect()
    }

    /// Runs the host in a directory, where it also writes its `log`, and returns the records as written, one per line.
    ///
    /// # Errors
    ///
    /// Returns an error if the host fails.
    pub(crate) fn run_in<'m>(
        &self,
        host: &FluentBit,
        directory: &Path,
        messages: impl Iterator<Item = &'m [u8]>,
    ) -> Result<Vec<u8>, String> {
        let lines: Vec<_> = messages.flat_map(|message| [message, b"\n"]).collect();
        fs::write(directory.join("messages"), lines.concat()).map_err(|error| format!("cannot write: {error}"))?;
        host.run(&native::plugin(), &self.config(directory), directory)?;
        // Without records there is no file.
        Ok(fs::read(directory.join("records")).unwrap_or_default())
    }

    /// Returns the JSON that the host writes for a record of the core.
    pub(crate) fn written(&self, record: &Json) -> Json {
        match self {
            Self::Wasm(_) | Self::Made(_) => written::of_json(record),
            Self::Native(_) | Self::Processor(_) => written::of_messagepack(record),
        }
    }

    fn config(&self, directory: &Path) -> Value {
        let mut input = json!({
            "name": "tail", "path": directory.join("messages"), "read_from_head": true, "exit_on_eof": true,
            "buffer_max_size": "4M",
        });
        let mut filters = json!([]);
        match self {
            Self::Wasm(function) => filters = json!([wasm(&module::path(), function)]),
            Self::Made(path) => filters = json!([wasm(path, made::FUNCTION)]),
            Self::Native(properties) => filters = json!([native(properties, json!({ "match": "*" }))]),
            Self::Processor(properties) => input["processors"] = json!({ "logs": [native(properties, json!({}))] }),
        }
        json!({
            "service": { "flush": 0.5, "grace": 1, "log_level": "error" },
            "pipeline": {
                "inputs": [input],
                "filters": filters,
                "outputs": [
                    { "name": "file", "match": "*", "path": directory, "file": "records", "format": "plain" },
                ],
            },
        })
    }
}

fn wasm(path: &Path, function: &str) -> Value {
    json!({ "name": "wasm", "match": "*", "event_format": "json", "wasm_path": path, "function_name": function })
}

/// Adds the native filter and its properties to the configuration of a filter.
fn native(properties: &[(String, String)], mut filter: Value) -> Value {
    filter["name"] = "eset".into();
    for (name, value) in properties {
        filter[name] = value.as_str().into();
    }
    filter
}
