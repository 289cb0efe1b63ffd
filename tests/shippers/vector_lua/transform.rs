//! Vector with the Lua module as a transform, between two VRL transforms.

use std::fs;

use eset_filter_tests::json::Json;
use eset_filter_tests::lua;
use eset_filter_tests::vector::Vector;
use serde_json::{Value, json};

/// The options of the module, and the programs before and after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transform {
    pub(crate) settings: Vec<(String, String)>,
    /// The VRL program for events from the source.
    pub(crate) before: &'static str,
    /// The VRL program for events from the module.
    pub(crate) after: &'static str,
}

/// Removes everything from an event except its message.
pub(crate) const MESSAGE: &str = "message = .message\n. = {}\n.message = message";

/// Replaces an event with the JSON record in its message.
pub(crate) const RECORD: &str = ". = object!(parse_json!(.message))";

impl Transform {
    /// Runs the host on inputs of any bytes and returns the records.
    ///
    /// # Errors
    ///
    /// Returns an error if the host fails or writes anything other than records.
    pub(crate) fn run<'m>(&self, host: &Vector, inputs: impl Iterator<Item = &'m [u8]>) -> Result<Vec<Json>, String> {
        let directory = tempfile::tempdir().map_err(|error| format!("cannot create a directory: {error}"))?;
        let mut frames = Vec::new();
        for input in inputs {
            frames.extend(u32::try_from(input.len()).map_err(|error| error.to_string())?.to_be_bytes());
            frames.extend(input);
        }
        let input = directory.path().join("input");
        fs::write(&input, frames).map_err(|error| format!("{}: {error}", input.display()))?;
        let output = host.records(self.config(), "after", &input, directory.path())?;
        let record = |line: &str| Json::parse(line).map_err(|error| format!("{error}: {line}"));
        String::from_utf8_lossy(&output).lines().map(record).collect()
    }

    fn config(&self) -> Value {
        let options: Vec<_> = self.settings.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
        let source = format!(
            "package.cpath = {:?}\nfilter = require('eset_filter').new {{ {} }}",
            lua::module(),
            options.join(", ")
        );
        let remap = |input: &str, source: &str| json!({ "type": "remap", "inputs": [input], "source": source });
        json!({
            "sources": {
                "in": {
                    "type": "stdin",
                    "framing": { "method": "length_delimited", "length_delimited": { "max_frame_length": 100 << 20 } },
                    "decoding": { "codec": "bytes" },
                },
            },
            "transforms": {
                "before": remap("in", self.before),
                "eset": {
                    "type": "lua", "version": "2", "inputs": ["before"], "source": source,
                    "hooks": { "process": "function (event, emit) filter:process(event, emit) end" },
                },
                "after": remap("eset", self.after),
            },
        })
    }
}
