//! An instance of the filter, as a configuration may have several.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use eset_filter::Options;

use crate::chunk::{self, Change};
use crate::host;
use crate::record::RecordFilter;

/// What an instance keeps from chunk to chunk. The host calls it from one thread at a time; the lock holds it to that.
#[derive(Debug)]
pub(crate) struct Instance(Mutex<State>);

#[derive(Debug)]
struct State {
    filter: RecordFilter,
    out: Vec<u8>,
}

/// The answer to a chunk.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Nothing changes.
    Untouched,
    /// A new chunk of that many bytes, for the host to free.
    Chunk(*mut c_void, usize),
}

/// How much memory is kept from chunk to chunk. The host's chunks have 2 MB and a message, at most, and become a little
/// larger; after what is far above that the memory is given back.
const KEPT: usize = 8 << 20;

impl Instance {
    pub(crate) fn new(options: Options) -> Self {
        Self(Mutex::new(State { filter: RecordFilter::new(options), out: Vec::new() }))
    }

    /// Filters a chunk, and hands `log` what has gone wrong.
    pub(crate) fn answer(&self, chunk: &[u8], log: impl Fn(&str)) -> Answer {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { filter, out } = &mut *state;
        let rewritten = chunk::rewrite(chunk, out, |event, out| filter.translate(event, out));
        if let Some((panic, count)) = rewritten.panic {
            log(&format!("{panic}: {count} records pass through as they came. Please report this, with a message"));
        }
        if rewritten.change == Change::None {
            return Answer::Untouched;
        }
        let answer = host::copy(out);
        let size = out.len();
        out.clear();
        out.shrink_to(KEPT);
        if answer.is_null() {
            log(&format!("no memory for a chunk of {size} bytes: it passes through as it came"));
            return Answer::Untouched;
        }
        Answer::Chunk(answer, size)
    }
}
