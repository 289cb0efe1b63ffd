//! The configurations of `vector-config/`: Vector takes each set of them and runs its tests, each source takes every kind of
//! message there is on its transport and hands it on byte for byte, and the filters make of it what the core makes of it.
//!
//! Vector is each that `VECTOR` names, separated by colons or blanks, or else `vector` in `PATH`. What is not installed is said,
//! and not tested.

#[path = "vector_configurations/buffer.rs"]
mod buffer;
#[path = "vector_configurations/exchange.rs"]
mod exchange;
#[path = "vector_configurations/files.rs"]
mod files;
#[path = "vector_configurations/filters.rs"]
mod filters;
#[path = "vector_configurations/options.rs"]
mod options;
#[path = "vector_configurations/readme.rs"]
mod readme;
#[path = "vector_configurations/receive.rs"]
mod receive;
#[path = "vector_configurations/secrets.rs"]
mod secrets;
#[path = "vector_configurations/shipped.rs"]
mod shipped;
#[path = "vector_configurations/yaml.rs"]
mod yaml;

use eset_filter_tests::vector::Vector;
use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = files::trials();
    trials.extend(options::trials());
    trials.extend(secrets::trials());
    trials.extend(readme::trials());
    for host in &Vector::all_tested() {
        trials.extend(files::sets(host));
        trials.push(options::with_schema(host));
        trials.extend(readme::with_host(host));
        trials.extend(receive::trials(host));
        trials.extend(filters::trials(host));
        trials.extend(buffer::trials(host));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
