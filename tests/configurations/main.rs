//! The shipped configurations in the real shippers, if they are installed.
//!
//! `FLUENT_BIT` names the Fluent Bit executable; the default is `fluent-bit` in `PATH`. `VECTOR` names one or more
//! Vector executables, separated by colons or spaces; the default is `vector` in `PATH`. The tests of a missing shipper
//! are skipped, and a line of output says so.

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
