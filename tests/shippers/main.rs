//! The filters in the real Fluent Bit and Vector, if they are installed. For generated traffic, damaged traffic and the
//! cases of the contract, the records must be those of the core. The doctor is also tested with the real Fluent Bit.
//!
//! `FLUENT_BIT` names the Fluent Bit executable; the default is `fluent-bit` in `PATH`. `VECTOR` names one or more
//! Vector executables, separated by colons or spaces; the default is `vector` in `PATH`. The tests of a missing shipper
//! are skipped, and a line of output says so.

mod doctor;
mod fluent_bit;
mod vector_lua;
mod vector_vrl;

use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::vector::Vector;
use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![fluent_bit::digits()];
    match FluentBit::find() {
        Some(host) => {
            trials.extend(fluent_bit::trials(&host));
            trials.extend(doctor::trials(&host));
        }
        None => println!("{}", FluentBit::MISSING),
    }
    for host in &Vector::all_tested() {
        trials.extend(vector_lua::trials(host));
        trials.extend(vector_vrl::trials(host));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
