//! The filters as the shippers run them, in hosts that imitate Fluent Bit and Vector: no shipper has to be installed. The
//! real ones are in `shippers`.

/// Tests that fail by a panic, each under its function's name.
macro_rules! tests {
    ($($test:ident),+ $(,)?) => {
        &[$((stringify!($test), $test)),+]
    };
}

mod agreement;
mod contract;
mod lua;
mod native;
mod vrl;
mod wasm;

use libtest_mimic::{Arguments, Trial};

/// A test that fails by a panic, and its name.
type Test = (&'static str, fn());

fn main() {
    if lua::is_alone() {
        return lua::run_alone();
    }
    let arguments = Arguments::from_args();
    let mut trials = contract::trials();
    trials.extend(agreement::trials());
    trials.extend(lua::trials());
    trials.extend(named("native", native::TESTS));
    trials.extend(named("vrl", vrl::TESTS));
    trials.extend(named("wasm", wasm::TESTS));
    libtest_mimic::run(&arguments, trials).exit();
}

/// The tests of a filter.
fn named(filter: &str, tests: &[Test]) -> impl Iterator<Item = Trial> {
    tests.iter().map(move |(name, test)| {
        let test = *test;
        Trial::test(format!("{filter}::{name}"), move || {
            test();
            Ok(())
        })
    })
}
