//! A function's filter and its answer.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use eset_filter::Options;
use eset_filter::record::json::{JsonRecordFilter, Outcome};

use crate::memory;

/// What a function keeps from call to call.
pub(crate) struct Module {
    options: fn() -> Options,
    /// Taken out while a call runs and put back at its end: after a call that the host has stopped, for want of stack
    /// say, there is none, and the next call makes a new one instead of finding one half changed.
    state: AtomicPtr<State>,
}

struct State {
    filter: JsonRecordFilter,
    /// The host copies the answer right after the call, so the next call may write over it.
    answer: Vec<u8>,
}

/// The text that drops a record, and the end of every other one.
const END: &[u8] = b"\0";

impl Module {
    pub(crate) const fn new(options: fn() -> Options) -> Self {
        Self { options, state: AtomicPtr::new(null_mut()) }
    }

    /// The address of the answer, which stays valid until the next call.
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
        // SAFETY: what is not null has come from `Box::into_raw`, and nobody else has it any more.
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
