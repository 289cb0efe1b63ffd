//! The shipped configurations in the real shippers, if they are installed.
//!
//! `FLUENT_BIT` names the Fluent Bit executable, `fluent-bit` in `PATH` is the default. `VECTOR` names one or more
//! Vector executables, separated by colons or spaces, `vector` in `PATH` is the default. If a shipper is missing, the
//! tests print that and skip it.

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
