//! The filter as WebAssembly for JavaScript: what `package/index.js` calls, which is what users see.
//!
//! Records cross over as JSON, as many at a time as there are: engines make objects of JSON faster than by any calls. What
//! JavaScript's numbers cannot hold is marked in it (`records`).

// Nobody sees the message of a panic in a module. Without the standard library, which writes it, the module is a quarter smaller.
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

/// Stops the call, which JavaScript sees as an error.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The most bytes of a message. Its records have at most 16 times as many, and an engine's strings half a gigabyte.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// A filter, and the memory that it uses again from message to message.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    filter: Filter,
    records: Records,
    lines: Vec<u8>,
}

#[wasm_bindgen]
impl Engine {
    /// A filter with options: the position of each one's value in the core's list of them, and the most bytes of a record.
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

    /// The records of a message, as an array.
    ///
    /// # Errors
    ///
    /// The message is too long.
    pub fn parse(&mut self, message: &[u8]) -> Result<JsValue, JsError> {
        self.records.read(&mut self.filter, within_limit(message)?);
        Ok(self.records.take())
    }

    /// The same for a message that is text.
    ///
    /// # Errors
    ///
    /// The message is too long.
    #[wasm_bindgen(js_name = parseText)]
    pub fn parse_text(&mut self, message: &str) -> Result<JsValue, JsError> {
        self.parse(message.as_bytes())
    }

    /// The records of a message, each a line of JSON.
    ///
    /// # Errors
    ///
    /// The message is too long.
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

    /// The same for a message that is text.
    ///
    /// # Errors
    ///
    /// The message is too long.
    #[wasm_bindgen(js_name = textToNdjson)]
    pub fn text_to_ndjson(&mut self, message: &str) -> Result<String, JsError> {
        self.to_ndjson(message.as_bytes())
    }

    /// The records of a message, with where they come from. What is not UTF-8 counts as U+FFFD.
    ///
    /// # Errors
    ///
    /// The message is too long.
    pub fn explain(&mut self, message: &[u8]) -> Result<Vec<Explained>, JsError> {
        let text = String::from_utf8_lossy(within_limit(message)?);
        Ok(explain::explain(&mut self.filter, &mut self.records, &text))
    }

    /// A reader of captures, with the same options.
    #[must_use]
    pub fn capture(&self) -> Capture {
        Capture::new(self.filter.options().clone())
    }
}

/// The value of an option at a position in its list, or else its default.
fn chosen<C: Choice + Default>(position: usize) -> C {
    C::VALUES.get(position).map(|(_, value)| *value).unwrap_or_default()
}

fn within_limit(message: &[u8]) -> Result<&[u8], JsError> {
    if message.len() > MAX_MESSAGE {
        return Err(JsError::new("the message has more than 16 MiB: parseCapture reads text of many messages"));
    }
    Ok(message)
}
