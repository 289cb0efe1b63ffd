//! The filter and the answer of one of the module's functions.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use eset_filter::Options;
use eset_filter::record::json::{JsonRecordFilter, Outcome};

use crate::memory;

/// The state that a function keeps from call to call.
pub(crate) struct Module {
    options: fn() -> Options,
    /// The state, taken out during a call and put back at its end. If Fluent Bit stops a call, for example because the
    /// stack is full, there is none, and the next call creates a new one instead of using one that is inconsistent.
    state: AtomicPtr<State>,
}

struct State {
    filter: JsonRecordFilter,
    /// The answer. Fluent Bit copies it right after the call, so the next call may overwrite it.
    answer: Vec<u8>,
}

/// The answer that drops a record, and the terminator of every other answer.
const END: &[u8] = b"\0";

impl Module {
    pub(crate) const fn new(options: fn() -> Options) -> Self {
        Self { options, state: AtomicPtr::new(null_mut()) }
    }

    /// Filters a record. Returns the address of the answer, which is valid until the next call.
    pub(crate) fn answer(&self, record: &[u8]) -> *const u8 {
        let mut state = self.take().unwrap_or_else(|| Box::new(State::new((self.options)())));
        state.answer.clear();
        let outcome = match memory::ascii(record) {
            Some(text) => state.filter.read_single_str(text, END, &mut state.answer),
            None => state.filter.read_single(record, END, &mut state.answer),
        };
        if outcome == Outcome::Events(0) {
            state.answer.extend_from_slice(END);
        }
        let address = state.answer.as_ptr();
        self.put_back(state);
        address
    }

    fn take(&self) -> Option<Box<State>> {
        let state = self.state.swap(null_mut(), Relaxed);
        // SAFETY: a pointer that is not null is from `Box::into_raw`, and nothing else has it any more.
        (!state.is_null()).then(|| unsafe { Box::from_raw(state) })
    }

    fn put_back(&self, state: Box<State>) {
        self.state.store(Box::into_raw(state), Relaxed);
    }
}

impl State {
    fn new(options: Options) -> Self {
        Self { filter: JsonRecordFilter::new(options.into()).restoring_bytes(), answer: Vec::new() }
    }
}
