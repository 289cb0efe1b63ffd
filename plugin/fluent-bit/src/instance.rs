//! An instance of the filter, as a configuration may have several.

use std::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::chunk::{self, Change, Rewritten};
use crate::host;
use crate::properties::Properties;
use crate::record::RecordFilter;
use crate::split::{self, Part, Split};

/// What an instance keeps from chunk to chunk. The host calls it from one thread at a time; the lock holds it to that.
#[derive(Debug)]
pub(crate) struct Instance(Mutex<State>);

#[derive(Debug)]
struct State {
    filter: RecordFilter,
    split: Option<Split>,
    /// Taken out while a chunk is divided, when the host calls anew for the parts.
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
    pub(crate) fn new(properties: Properties) -> Self {
        let Properties { options, request_limit } = properties;
        let split = request_limit.map(|limit| Split::new(limit, Instant::now()));
        Self(Mutex::new(State { filter: RecordFilter::new(options), split, out: Vec::new() }))
    }

    /// Filters a chunk that comes under a tag. `append` gives the host events under another tag and tells whether it has
    /// taken them, and `log` is told what has gone wrong.
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
        // While a part is appended, the host calls for it.
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
    /// What it has become, where it has changed.
    out: Vec<u8>,
    /// How much of its begin is to stay under its tag.
    stays: usize,
    /// What is to go elsewhere.
    parts: Vec<Part>,
}

impl State {
    fn filter(&mut self, chunk: &[u8], log: impl Fn(&str)) -> Filtered {
        let Self { filter, split, out } = self;
        let mut out = std::mem::take(out);
        let Rewritten { mut change, panic } =
            chunk::rewrite(chunk, &mut out, |event, out| filter.translate(event, out));
        if let Some((panic, count)) = panic {
            log(&format!("{panic}: {count} records pass unchanged. Please report this, with a message"));
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
        log(&format!("no memory for a chunk of {} bytes: it passes unchanged", chunk.len()));
        return Answer::Untouched;
    }
    Answer::Chunk(copy, chunk.len())
}
