//! The configurations of `vector-config/`: Vector takes each set of them and runs its tests, each source takes every kind of
//! message there is on its transport and hands it on byte for byte, and the filters make of it what the core makes of it.
//!
//! Vector is what `VECTOR` names, or else `vector` in `PATH`. What is not installed is said, and not tested.

#[path = "vector_configurations/exchange.rs"]
mod exchange;
#[path = "vector_configurations/files.rs"]
mod files;
#[path = "vector_configurations/filters.rs"]
mod filters;
#[path = "vector/host.rs"]
#[allow(dead_code, reason = "other tests run it to its end")]
mod host;
#[path = "configurations/kinds.rs"]
mod kinds;
#[path = "vector_configurations/receive.rs"]
mod receive;
#[path = "configurations/running.rs"]
#[allow(dead_code, reason = "here nothing has to end in the orderly way")]
mod running;
#[path = "configurations/sender.rs"]
mod sender;
#[path = "vector_configurations/shipped.rs"]
mod shipped;
#[path = "support/systemd.rs"]
mod systemd;

use libtest_mimic::Arguments;

use host::Vector;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = files::trials();
    match Vector::find() {
        Some(host) => {
            trials.extend(files::sets(&host));
            trials.extend(receive::trials(&host));
            trials.extend(filters::trials(&host));
        }
        None => {
            println!("Vector is neither in PATH nor named by VECTOR, so nothing was tested with the real host.");
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
