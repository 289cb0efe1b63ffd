//! The implementations of the filter that a line can pass through.

use std::io;

use eset_filter::Filter;
use eset_filter::record::ShipperOptions;
use eset_filter::record::json::JsonRecordFilter;
use eset_filter_wasm_host::{self as wasm_host, WasmHost, WasmHostError};

use crate::args::Input;
use crate::fields::Fields;
use crate::output::Output;

/// A filter for lines.
pub(crate) enum Engine {
    /// The library, for raw messages.
    Messages(Filter),
    /// The library, for JSON records.
    Records(JsonRecordFilter, Vec<u8>),
    /// A WASM module, for either.
    Module(Box<Module>),
}

/// A WASM module with the buffers of its input and output.
pub(crate) struct Module {
    host: WasmHost,
    input: Input,
    record: Vec<u8>,
    answer: Vec<u8>,
}

/// Why no record of a message was written.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The output cannot be written, neither this record nor any other.
    Write(io::Error),
    /// The module failed on this message.
    Module(WasmHostError),
    /// The module's answer is not a JSON object. Fluent Bit refuses it as well.
    Answer,
}

impl Engine {
    /// Returns the library as an engine.
    pub(crate) fn library(input: Input, options: ShipperOptions) -> Self {
        match input {
            Input::Raw => Self::Messages(Filter::new(options.filter)),
            Input::Json => Self::Records(JsonRecordFilter::new(options), Vec::new()),
        }
    }

    /// Loads a module and returns it as an engine that calls it the way Fluent Bit does.
    ///
    /// # Errors
    ///
    /// The module cannot be used.
    pub(crate) fn module(wasm: &[u8], input: Input, options: &ShipperOptions) -> Result<Self, WasmHostError> {
        let host = WasmHost::new(wasm, &wasm_host::function_name(&options.filter))?;
        Ok(Self::Module(Box::new(Module { host, input, record: Vec::new(), answer: Vec::new() })))
    }

    /// Filters a line, and returns whether it produced a record.
    ///
    /// # Errors
    ///
    /// The records cannot be written, or the module failed.
    pub(crate) fn filter(&mut self, line: &[u8], output: &mut Output) -> Result<bool, Failure> {
        match self {
            Self::Messages(filter) => {
                let mut events = filter.parse(line);
                let mut any = false;
                while let Some(event) = events.next() {
                    output.event(&event)?;
                    any = true;
                }
                Ok(any)
            }
            Self::Records(filter, records) => {
                records.clear();
                if !is_blank(line) {
                    filter.read(line, b"\n", records);
                }
                for record in String::from_utf8_lossy(records).split_terminator('\n') {
                    output.record(record)?;
                }
                Ok(!records.is_empty())
            }
            Self::Module(module) => module.filter(line, output),
        }
    }
}

impl Module {
    fn filter(&mut self, line: &[u8], output: &mut Output) -> Result<bool, Failure> {
        let Self { host, input, record, answer } = self;
        match input {
            Input::Raw => {
                wasm_host::write_record(line, record);
                host.call(record, answer)?;
            }
            Input::Json if is_blank(line) => return Ok(false),
            Input::Json => host.call(line, answer)?,
        }
        if answer.is_empty() {
            return Ok(false);
        }
        let answer = str::from_utf8(answer).ok().filter(|answer| Fields::of(answer).is_some());
        output.record(answer.ok_or(Failure::Answer)?)?;
        Ok(true)
    }
}

/// Returns whether a line contains only whitespace. A shipper sends no such record.
fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<WasmHostError> for Failure {
    fn from(error: WasmHostError) -> Self {
        Self::Module(error)
    }
}
