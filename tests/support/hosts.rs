//! The hosts that the contract's cases run through.

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, encode};

use super::cases::{Case, Input};

/// A way to run the filter.
pub trait Host {
    /// How the test runner calls it.
    const NAME: &'static str;
    /// Whether it answers one record with at most one.
    const SINGLE: bool;

    /// Whether it can be given the case at all: a host may lack an option.
    fn takes(case: &Case) -> bool;

    /// The records that come out, as JSON, a line each.
    fn run(case: &Case) -> Vec<u8>;
}

/// The core, called as a library.
pub struct Library;

impl Host for Library {
    const NAME: &'static str = "library";
    const SINGLE: bool = false;

    fn takes(_case: &Case) -> bool {
        true
    }

    fn run(case: &Case) -> Vec<u8> {
        let mut out = Vec::new();
        match &case.input {
            Input::Message(message) => {
                let mut filter = Filter::new(case.options(false));
                let mut events = filter.read(message);
                while let Some(event) = events.next() {
                    encode::json::write(&event, &mut out);
                    out.push(b'\n');
                }
            }
            Input::Record(record) => {
                JsonRecordFilter::new(case.options(false)).read(record, b"\n", &mut out, |_| {});
            }
        }
        out
    }
}
