//! Runs every case of `tests/contract/` through every host.
//!
//! To add a host, implement [`Host`] and add a line to [`trials`].

use eset_filter_tests::cases::{self, Case};
use eset_filter_tests::hosts::{Command, Host, Library, Lua, Native, Vrl, Wasm};
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    let cases = cases::load();
    let mut trials = Vec::new();
    join::<Library>(&cases, &mut trials);
    join::<Command>(&cases, &mut trials);
    join::<Wasm>(&cases, &mut trials);
    join::<Native>(&cases, &mut trials);
    join::<Lua>(&cases, &mut trials);
    join::<Vrl>(&cases, &mut trials);
    trials
}

fn join<H: Host>(cases: &[Case], trials: &mut Vec<Trial>) {
    for case in cases.iter().filter(|case| H::takes(case)).cloned() {
        trials.push(Trial::test(format!("contract::{}::{}", H::NAME, case.name), move || check::<H>(&case)));
    }
}

fn check<H: Host>(case: &Case) -> Result<(), Failed> {
    let expected = if H::SINGLE { &case.single } else { &case.records };
    let given = H::run(case);
    let show = |records: &[u8]| String::from_utf8_lossy(records).into_owned();
    match (H::is_same(&given, expected), H::difference(case)) {
        (true, None) | (false, Some(_)) => Ok(()),
        (false, None) => Err(format!("expected:\n{}\ngiven:\n{}", show(expected), show(&given)).into()),
        (true, Some(reason)) => Err(format!("it is no longer true that {reason}").into()),
    }
}
