//! YAML, as VRL reads it.

use eset_filter_tests::twin::{self, Twin};
use serde_json::Value;

/// Parses a text.
///
/// # Errors
///
/// Returns an error if the text is not YAML.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let program = Twin::compile(". = { \"value\": parse_yaml!(string!(.message)) }")?;
    let event = serde_json::to_value(program.resolve(twin::event(text.as_bytes()))?);
    event.map(|mut event| event["value"].take()).map_err(|error| error.to_string())
}
