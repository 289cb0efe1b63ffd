//! Compares the cases of the contract with the oracle.

use std::panic;

use eset_filter_tests::cases::{self, Case, Input};
use eset_filter_tests::checks;
use eset_filter_tests::json::Json;

#[test]
fn the_oracle_agrees_with_the_cases() {
    let cases = cases::load();
    let others = cases.iter().filter(|case| panic::catch_unwind(|| are_due(case)).is_err());
    let others: Vec<_> = others.map(|case| &case.name).collect();
    assert!(others.is_empty(), "{others:#?}");
}

fn are_due(case: &Case) {
    let Input::Message(message) = &case.input else { return };
    for (single, records) in [(false, &case.records), (true, &case.single)] {
        let records = str::from_utf8(records).unwrap().lines();
        let records: Vec<_> = records.map(|record| Json::parse(record).unwrap()).collect();
        checks::are_due(&records, message, &case.options(single).filter);
    }
}
