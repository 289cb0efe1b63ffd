//! One instance of the filter. A configuration may have several.

use std::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::chunk::{self, Change, Rewritten};
use crate::host;
use crate::properties::Properties;
use crate::record::RecordFilter;
use crate::split::{self, Part, Split};

/// The state that an instance keeps from chunk to chunk. Fluent Bit calls an instance from one thread at a time. The
/// lock enforces that.
#[derive(Debug)]
pub(crate) struct Instance(Mutex<State>);

#[derive(Debug)]
struct State {
    filter: RecordFilter,
    split: Option<Split>,
    /// The buffer for new chunks. It is taken out while a chunk is divided, because Fluent Bit calls the filter again
    /// for the parts.
    out: Vec<u8>,
}

/// The answer to a chunk.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The chunk is unchanged.
    Untouched,
    /// A new chunk and its size in bytes. Fluent Bit frees it.
    Chunk(*mut c_void, usize),
}

/// The maximum buffer size, in bytes, kept from chunk to chunk. Fluent Bit's chunks are at most 2 MB plus one message,
/// and filtering makes them a little larger. After a far larger chunk, the memory is freed.
const KEPT: usize = 8 << 20;

impl Instance {
    pub(crate) fn new(properties: Properties) -> Self {
        let Properties { options, request_limit } = properties;
        let split = request_limit.map(|limit| Split::new(limit, Instant::now()));
        Self(Mutex::new(State { filter: RecordFilter::new(options), split, out: Vec::new() }))
    }

    /// Filters a chunk with a tag. `append` passes events under another tag to Fluent Bit and returns whether it
    /// accepted them. `log` reports errors.
    pub(crate) fn answer(
        &self,
        chunk: &[u8],
        tag: &[u8],
        append: impl Fn(&[u8], &[u8]) -> bool,
        log: impl Fn(&str),
    ) -> Answer {
        let mut state = self.lock();
        if state.split.is_some() && split::is_part(tag) {
            return Answer::Untouched;
        }
        let Filtered { change, mut out, stays, parts } = state.filter(chunk, &log);
        // Fluent Bit calls this function again while a part is appended.
        drop(state);
        let mut end = stays;
        for Part { run, range } in parts {
            if !append(&split::tag(tag, run), &out[range.clone()]) {
                out.copy_within(range.clone(), end);
                end += range.len();
            }
        }
        out.truncate(end);
        let answer = match change {
            Change::None => Answer::Untouched,
            Change::Replaced => copied(&out, log),
        };
        out.clear();
        out.shrink_to(KEPT);
        self.lock().out = out;
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A filtered chunk.
struct Filtered {
    change: Change,
    /// The new chunk, if it changed.
    out: Vec<u8>,
    /// The size of its beginning that keeps its tag.
    stays: usize,
    /// The parts that get another tag.
    parts: Vec<Part>,
}

impl State {
    fn filter(&mut self, chunk: &[u8], log: impl Fn(&str)) -> Filtered {
        let Self { filter, split, out } = self;
        let mut out = std::mem::take(out);
        let Rewritten { mut change, panic } =
            chunk::rewrite(chunk, &mut out, |event, out| filter.translate(event, out));
        if let Some((panic, count)) = panic {
            log(&format!(
                "internal error: {panic}: {count} records pass unchanged. Report this, with an example message"
            ));
        }
        let Some(split) = split else { return Filtered { change, stays: out.len(), out, parts: Vec::new() } };
        let whole = if change == Change::Replaced { &out } else { chunk };
        let (stays, parts) = split.divide(whole, Instant::now());
        if !parts.is_empty() && change == Change::None {
            out.extend_from_slice(chunk);
            change = Change::Replaced;
        }
        Filtered { change, out, stays, parts }
    }
}

fn copied(chunk: &[u8], log: impl Fn(&str)) -> Answer {
    let copy = host::copy(chunk);
    if copy.is_null() {
        log(&format!("not enough memory for a chunk of {} bytes: the chunk passes unchanged", chunk.len()));
        return Answer::Untouched;
    }
    Answer::Chunk(copy, chunk.len())
}
