//! The filters in the real shippers, where they are installed: Fluent Bit and Vector have to make of generated traffic, of
//! damage and of the contract's cases what the core makes of it. And the doctor with the real Fluent Bit.
//!
//! Fluent Bit is what `FLUENT_BIT` names, or else `fluent-bit` in `PATH`. Vector is each that `VECTOR` names, separated by
//! colons or spaces, or else `vector` in `PATH`. What is not installed is said, and not tested.

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
