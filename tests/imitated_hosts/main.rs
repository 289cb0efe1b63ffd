//! The filters in hosts that imitate Fluent Bit and Vector, so that no shipper has to be installed. `shippers` tests
//! them in the real ones.

/// Lists test functions, which fail by panicking, under their names.
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

/// The name of a test, and the function, which fails by panicking.
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

/// Returns the tests of a filter.
fn named(filter: &str, tests: &[Test]) -> impl Iterator<Item = Trial> {
    tests.iter().map(move |(name, test)| {
        let test = *test;
        Trial::test(format!("{filter}::{name}"), move || {
            test();
            Ok(())
        })
    })
}
