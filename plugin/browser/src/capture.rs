//! Captures of any size: decompressed, divided into messages and read, as much at a time as makes a batch of records.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use eset_filter::{Filter, Options};
use wasm_bindgen::prelude::*;

use crate::MAX_MESSAGE;
use crate::framing::{self, Next};
use crate::gzip::{Decoder, MAGIC};
use crate::records::Records;

/// How much JSON a batch has, in bytes, before it is handed over. Twice as much is no faster.
const BATCH: usize = 256 * 1024;

/// A capture that is being read. Its memory is bounded by what is pushed at once, a batch, and the longest message.
#[wasm_bindgen]
pub struct Capture {
    filter: Filter,
    records: Records,
    /// What was pushed. From `taken` on it is not in `text` yet.
    input: Vec<u8>,
    taken: usize,
    /// Whether there is no more to push.
    is_end: bool,
    format: Format,
    /// What was pushed, decompressed. From `at` on it has not been read yet, and `searched` bytes of that hold no newline.
    text: Vec<u8>,
    at: usize,
    searched: usize,
    /// Whether `text` has all that there is.
    is_whole: bool,
    /// Whether what comes next is the rest of a line that was cut.
    is_rest: bool,
    /// Why there is nothing behind `text`.
    failed: Option<&'static str>,
}

/// How a capture is written.
enum Format {
    /// Too little of it is there to tell.
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

    /// Says that there is no more.
    pub fn end(&mut self) {
        self.is_end = true;
    }

    /// The next records, as an array. `undefined` if there are none before more is pushed, or none at all.
    ///
    /// # Errors
    ///
    /// The capture cannot be decompressed. What there is before that is given first.
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

    /// Reads the messages that are there. Whether they make a batch.
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

    /// Takes over a piece of what was pushed. `false` if there is nothing to take.
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

    /// Takes over a piece of the input from an offset on, and gives how many bytes that are. `None` if more is needed first, or all is
    /// taken over.
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
                    return Err("the gzip data end early: the capture is not whole");
                }
                Ok(taken)
            }
        }
    }
}

impl Format {
    /// The format of a capture that begins so.
    fn of(begin: &[u8], is_whole: bool) -> Result<Self, &'static str> {
        const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
        if begin.starts_with(&MAGIC) {
            return Ok(Self::Gzip(Box::new(Decoder::new())));
        }
        if begin.starts_with(&ZSTD) {
            return Err(
                "the capture is compressed with Zstandard, which is not read here: decompress it with `zstd -d`",
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
