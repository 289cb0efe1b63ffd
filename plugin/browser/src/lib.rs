//! The filter as WebAssembly. `package/index.js` calls this crate and is the interface for users.
//!
//! Records are passed to JavaScript as JSON, all available records at once: engines create objects faster from JSON
//! than through calls. Integers that a JavaScript number cannot represent are marked in the JSON (`records`).

// Nobody sees a panic message in a module. Without the standard library to format it, the module is a quarter smaller.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod capture;
mod explain;
mod framing;
mod gzip;
mod records;

use alloc::string::String;
use alloc::vec::Vec;

use eset_filter::{Choice, Filter, Options};
use wasm_bindgen::prelude::*;

pub use capture::Capture;
pub use explain::Explained;
use records::Records;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Traps, so that the call throws an error in JavaScript.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The longest message, in bytes. Its records are at most 16 times as long, and a JavaScript string at most half a GiB.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// A filter, and the memory that it reuses from message to message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    filter: Filter,
    records: Records,
    lines: Vec<u8>,
}

#[wasm_bindgen]
impl Engine {
    /// Creates a filter. An option is the position of its value in the core's list, or the record limit in bytes.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(raw: usize, heartbeats: usize, syslog_fields: usize, record_limit: Option<usize>) -> Self {
        let options = Options::default()
            .raw(chosen(raw))
            .heartbeats(chosen(heartbeats))
            .syslog_fields(chosen(syslog_fields))
            .record_limit(record_limit);
        Self { filter: Filter::new(options), records: Records::default(), lines: Vec::new() }
    }

    /// Returns the records of a message, as an array.
    ///
    /// # Errors
    ///
    /// The message is longer than 16 MiB.
    pub fn parse(&mut self, message: &[u8]) -> Result<JsValue, JsError> {
        self.records.read(&mut self.filter, within_limit(message)?);
        Ok(self.records.take())
    }

    /// Returns the records of a text message, as an array.
    ///
    /// # Errors
    ///
    /// The message is longer than 16 MiB.
    #[wasm_bindgen(js_name = parseText)]
    pub fn parse_text(&mut self, message: &str) -> Result<JsValue, JsError> {
        self.parse(message.as_bytes())
    }

    /// Returns the records of a message as JSON, one per line.
    ///
    /// # Errors
    ///
    /// The message is longer than 16 MiB.
    #[wasm_bindgen(js_name = toNdjson)]
    pub fn to_ndjson(&mut self, message: &[u8]) -> Result<String, JsError> {
        let Self { filter, lines, .. } = self;
        lines.clear();
        let mut events = filter.parse(within_limit(message)?);
        while let Some(event) = events.next() {
            eset_filter::encode::json::write(&event, lines);
            lines.push(b'\n');
        }
        Ok(String::from_utf8_lossy(lines).into_owned())
    }

    /// Returns the records of a text message as JSON, one per line.
    ///
    /// # Errors
    ///
    /// The message is longer than 16 MiB.
    #[wasm_bindgen(js_name = textToNdjson)]
    pub fn text_to_ndjson(&mut self, message: &str) -> Result<String, JsError> {
        self.to_ndjson(message.as_bytes())
    }

    /// Returns the records of a message with their origins. Invalid UTF-8 is treated as U+FFFD.
    ///
    /// # Errors
    ///
    /// The message is longer than 16 MiB.
    pub fn explain(&mut self, message: &[u8]) -> Result<Vec<Explained>, JsError> {
        let text = String::from_utf8_lossy(within_limit(message)?);
        Ok(explain::explain(&mut self.filter, &mut self.records, &text))
    }

    /// Returns a capture reader with the same options.
    #[must_use]
    pub fn capture(&self) -> Capture {
        Capture::new(self.filter.options().clone())
    }
}

/// Returns the value of an option at a position in its list, or its default if there is none.
fn chosen<C: Choice + Default>(position: usize) -> C {
    C::VALUES.get(position).map(|(_, value)| *value).unwrap_or_default()
}

fn within_limit(message: &[u8]) -> Result<&[u8], JsError> {
    if message.len() > MAX_MESSAGE {
        return Err(JsError::new("the message is longer than 16 MiB: use parseCapture for several messages"));
    }
    Ok(message)
}
