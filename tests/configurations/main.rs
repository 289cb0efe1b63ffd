//! The shipped configurations in the real shippers, where they are installed.
//!
//! Fluent Bit is what `FLUENT_BIT` names, or else `fluent-bit` in `PATH`. Vector is each that `VECTOR` names, separated by
//! colons or spaces, or else `vector` in `PATH`. What is not installed is said, and not tested.

mod fluent_bit;
mod start;
mod vector;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = fluent_bit::trials();
    trials.extend(vector::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
