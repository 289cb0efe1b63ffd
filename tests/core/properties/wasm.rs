//! The module for Fluent Bit returns the same records as the core.

use std::cell::RefCell;

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::{Filter, Options, encode};
use eset_filter_tests::{answer, checks, module};
use eset_filter_wasm_host::{WasmHost, function_name};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{TRAFFIC, broken_message, config, damaged_message, mutation};

/// The core and the module with the same options.
struct Pair {
    filter: Filter,
    records: JsonRecordFilter,
    module: WasmHost,
    answer: Vec<u8>,
}

impl Pair {
    fn new(wasm: &[u8], options: &Options) -> Self {
        Self {
            filter: Filter::new(options.clone()),
            records: JsonRecordFilter::new(options.clone().into()).restoring_bytes(),
            module: WasmHost::new(wasm, &function_name(options)).unwrap(),
            answer: Vec::new(),
        }
    }

    /// Returns a pair for each function of the module.
    fn all() -> Vec<Self> {
        let wasm = module::read();
        checks::every_options()
            .iter()
            .filter(|options| options.single)
            .map(|options| Self::new(&wasm, options))
            .collect()
    }

    /// Compares the answers to a message as Fluent Bit passes it to the module.
    fn agree_on_message(&mut self, message: &[u8]) {
        let mut expected = Vec::new();
        if let Some(event) = self.filter.parse(&module::handed_over(message)).next() {
            encode::json::write(&event, &mut expected);
        }
        self.answers(&module::record(message), &expected);
    }

    /// Compares the answers to a text that should be a record.
    fn agree_on_record(&mut self, record: &[u8]) {
        let mut expected = Vec::new();
        self.records.read(record, b"", &mut expected);
        self.answers(record, &expected);
    }

    fn answers(&mut self, record: &[u8], expected: &[u8]) {
        self.module.call(record, &mut self.answer).unwrap();
        answer::check_answer_to(record, &self.answer);
        let show = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        assert!(self.answer == expected, "{} for {}, not {}", show(&self.answer), show(record), show(expected));
    }
}

thread_local! {
    static PAIRS: RefCell<Vec<Pair>> = RefCell::new(Pair::all());
}

fn with_pairs(check: impl FnMut(&mut Pair)) {
    PAIRS.with_borrow_mut(|pairs| pairs.iter_mut().for_each(check));
}

#[test]
fn on_traffic() {
    with_pairs(|pair| TRAFFIC.iter().for_each(|message| pair.agree_on_message(message)));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn on_damaged_traffic(message in damaged_message()) {
        with_pairs(|pair| pair.agree_on_message(&message.0));
    }

    #[test]
    fn on_broken_json(message in broken_message()) {
        with_pairs(|pair| pair.agree_on_message(&message.0));
    }

    #[test]
    fn on_bytes(record in vec(any::<u8>(), 0..200)) {
        with_pairs(|pair| pair.agree_on_record(&record));
    }

    #[test]
    fn on_damaged_records(at in 0..TRAFFIC.len(), mutations in vec(mutation(), 1..6)) {
        let mut record = module::record(&TRAFFIC[at]);
        mutations.iter().for_each(|mutation| mutation.apply(&mut record, &TRAFFIC));
        with_pairs(|pair| pair.agree_on_record(&record));
    }
}
