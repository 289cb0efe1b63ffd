//! Reads captures of any size: decompresses them, splits them into messages and returns their records in batches.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use eset_filter::{Filter, Options};
use wasm_bindgen::prelude::*;

use crate::MAX_MESSAGE;
use crate::framing::{self, Next};
use crate::gzip::{Decoder, MAGIC};
use crate::records::Records;

/// The JSON size in bytes at which a batch is returned. Twice as much is no faster.
const BATCH: usize = 256 * 1024;

/// A capture that is being read. Its memory is bounded by the size of a pushed part, a batch and the longest message.
#[wasm_bindgen]
pub struct Capture {
    filter: Filter,
    records: Records,
    /// The pushed bytes. Those from `taken` on are not in `text` yet.
    input: Vec<u8>,
    taken: usize,
    /// Whether the whole capture has been pushed.
    is_end: bool,
    format: Format,
    /// The decompressed bytes. Those from `at` on are not read yet; the first `searched` of these contain no newline.
    text: Vec<u8>,
    at: usize,
    searched: usize,
    /// Whether `text` contains the rest of the capture.
    is_whole: bool,
    /// Whether the next bytes are the rest of a line that was cut.
    is_rest: bool,
    /// Why the capture cannot be read after `text`.
    failed: Option<&'static str>,
}

/// The format of a capture.
enum Format {
    /// Too few bytes have been pushed to decide.
    Unknown,
    Plain,
    Gzip(Box<Decoder>),
}

#[wasm_bindgen]
impl Capture {
    /// Adds a part of the capture.
    pub fn push(&mut self, part: &[u8]) {
        self.input.drain(..self.taken);
        self.taken = 0;
        self.input.extend_from_slice(part);
    }

    /// Marks the end of the capture.
    pub fn end(&mut self) {
        self.is_end = true;
    }

    /// Returns the next records as an array, or `undefined` if more must be pushed first or the capture has ended.
    ///
    /// # Errors
    ///
    /// The capture cannot be decompressed. The records before the damage are returned first.
    pub fn read(&mut self) -> Result<JsValue, JsError> {
        while !self.read_messages() && self.take() {}
        if !self.records.is_empty() {
            return Ok(self.records.take());
        }
        self.failed.take().map_or(Ok(JsValue::UNDEFINED), |why| Err(JsError::new(why)))
    }
}

impl Capture {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            filter: Filter::new(options),
            records: Records::default(),
            input: Vec::new(),
            taken: 0,
            is_end: false,
            format: Format::Unknown,
            text: Vec::new(),
            at: 0,
            searched: 0,
            is_whole: false,
            is_rest: false,
            failed: None,
        }
    }

    /// Reads the available messages. Returns whether they fill a batch.
    fn read_messages(&mut self) -> bool {
        while self.records.length() < BATCH {
            let text = &self.text[self.at..];
            if self.is_rest {
                let newline = memchr::memchr(b'\n', text);
                self.at += newline.map_or(text.len(), |newline| newline + 1);
                self.is_rest = newline.is_none();
                if self.is_rest {
                    return false;
                }
                continue;
            }
            match framing::next(text, self.is_whole, MAX_MESSAGE, &mut self.searched) {
                Next::Message(message, length) => {
                    self.records.read(&mut self.filter, &text[message]);
                    self.at += length;
                }
                Next::Cut(message) => {
                    self.at += message.end;
                    self.records.read(&mut self.filter, &text[message]);
                    self.is_rest = true;
                }
                Next::Unknown | Next::End => return false,
            }
        }
        true
    }

    /// Moves a piece of the pushed bytes to `text`. Returns `false` if there is nothing to move.
    fn take(&mut self) -> bool {
        if self.is_whole {
            return false;
        }
        self.text.drain(..self.at);
        self.at = 0;
        match self.take_from(self.taken) {
            Ok(Some(taken)) => self.taken += taken,
            Ok(None) if !self.is_end => return false,
            Ok(None) => self.is_whole = true,
            Err(why) => (self.failed, self.is_whole) = (Some(why), true),
        }
        true
    }

    /// Moves a piece of the input, starting at an offset, to `text` and returns its length in bytes. Returns `None` if
    /// more input is needed first or none is left.
    fn take_from(&mut self, start: usize) -> Result<Option<usize>, &'static str> {
        let input = &self.input[start..];
        match &mut self.format {
            Format::Unknown => {
                self.format = Format::of(input, self.is_end)?;
                Ok(if matches!(self.format, Format::Unknown) { None } else { Some(0) })
            }
            Format::Plain => {
                self.text.extend_from_slice(input);
                Ok(Some(input.len()).filter(|taken| *taken > 0))
            }
            Format::Gzip(decoder) => {
                let taken = decoder.step(input, &mut self.text)?;
                if taken.is_none() && self.is_end && !decoder.may_end(input) {
                    return Err("the gzip data ends early: copy the capture again");
                }
                Ok(taken)
            }
        }
    }
}

impl Format {
    /// Detects the format of a capture from its first bytes.
    fn of(begin: &[u8], is_whole: bool) -> Result<Self, &'static str> {
        const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
        if begin.starts_with(&MAGIC) {
            return Ok(Self::Gzip(Box::new(Decoder::new())));
        }
        if begin.starts_with(&ZSTD) {
            return Err(
                "the capture is compressed with Zstandard, which is not supported: decompress it with `zstd -d`",
            );
        }
        let is_open = !is_whole && (MAGIC.starts_with(begin) || ZSTD.starts_with(begin));
        Ok(if is_open { Self::Unknown } else { Self::Plain })
    }
}

impl Debug for Capture {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Capture").finish_non_exhaustive()
    }
}
