//! Vector with the Lua module as a transform, and transforms of its own before and after it.

use std::fs;

use eset_filter_tests::json::Json;
use eset_filter_tests::lua;
use eset_filter_tests::vector::Vector;
use serde_json::{Value, json};

/// The module with its options.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transform {
    pub(crate) settings: Vec<(String, String)>,
    /// A program of VRL for what the source gives.
    pub(crate) before: &'static str,
    /// A program of VRL for what the module gives.
    pub(crate) after: &'static str,
}

/// Leaves nothing of an event but its message.
pub(crate) const MESSAGE: &str = "message = .message\n. = {}\n.message = message";

/// Makes an event of the record that its message is.
pub(crate) const RECORD: &str = ". = object!(parse_json!(.message))";

impl Transform {
    /// The records that become of inputs, which may be any bytes.
    ///
    /// # Errors
    ///
    /// The host did not run well, or wrote something else than records.
    pub(crate) fn run<'m>(&self, host: &Vector, inputs: impl Iterator<Item = &'m [u8]>) -> Result<Vec<Json>, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
        let mut frames = Vec::new();
        for input in inputs {
            frames.extend(u32::try_from(input.len()).map_err(|error| error.to_string())?.to_be_bytes());
            frames.extend(input);
        }
        let input = folder.path().join("input");
        fs::write(&input, frames).map_err(|error| format!("{}: {error}", input.display()))?;
        let output = host.records(self.config(), "after", &input, folder.path())?;
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
