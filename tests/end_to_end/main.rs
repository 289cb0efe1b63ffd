//! From ESET's messages to Azure: generated traffic over UDP, TCP, TLS and rsyslog, a real shipper with the
//! configurations of this repository, and an endpoint on loopback instead of Azure. Every event must arrive as the
//! record of the core: exactly once, or at least once after a fault.
//!
//! `FLUENT_BIT` names the Fluent Bit executable; the default is `fluent-bit` in `PATH`. `VECTOR` names one or more
//! Vector executables, separated by colons or spaces; the default is `vector` in `PATH`. The tests of a shipper that is
//! missing or too old are skipped, and a line of output says so. The same applies to rsyslog and syslog-ng.

mod configuration;
mod crash;
mod delivery;
mod dropped;
mod faults;
mod fluent_bit;
mod hostile;
mod limits;
mod receipt;
mod relays;
mod rsyslog;
mod scenario;
mod secrets;
mod shipper;
mod soak;
mod syslog_ng;
mod traffic;
mod vector;

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use fluent_bit::{FluentBit, Plugin};
use rsyslog::Relay;
use shipper::Shipper;
use vector::{Program, Vector};

/// The number of threads. Most trials spend most of their time waiting.
const THREADS: usize = 6;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    if Relay::executable().is_none() {
        println!("rsyslog is not installed, so nothing was tested with it.");
    }
    let mut trials = relays::trials();
    trials.extend(fluent_bit_trials());
    trials.extend(vector_trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    scenario::print_table();
    conclusion.exit();
}

fn fluent_bit_trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for plugin in [Plugin::Native, Plugin::Wasm] {
        match FluentBit::find(plugin) {
            Ok(host) => {
                let shipper: Arc<dyn Shipper> = Arc::new(host);
                trials.extend(delivery::trials(&shipper));
                trials.extend(limits::trials(&shipper));
                trials.push(secrets::trial(&shipper, secrets::PLAIN, ""));
                if plugin == Plugin::Native {
                    trials.extend(faults::trials(&shipper));
                    trials.extend(crash::trials(&shipper));
                    trials.push(soak::trial(&shipper));
                    trials.extend(hostile::trials(&shipper));
                }
            }
            Err(why) => println!("{why}, so nothing was tested with it."),
        }
    }
    trials
}

/// Trials that take more than a minute each. With older versions of Vector they only run with `--ignored`.
const LONG: [&str; 4] =
    ["lua::down_for_a_minute", "lua::token_expires_and_is_revoked", "vrl::incompressible", "vrl::control_characters"];

/// Returns all trials with the newest Vector, and all except the longest with older versions.
fn vector_trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (age, host) in eset_filter_tests::vector::Vector::all_tested().into_iter().enumerate() {
        let mut with_host = Vec::new();
        for program in [Program::Lua, Program::Vrl] {
            let shipper: Arc<dyn Shipper> = Arc::new(Vector { host: host.clone(), program });
            let trials = &mut with_host;
            trials.extend(delivery::trials(&shipper));
            trials.extend(limits::trials(&shipper));
            trials.push(limits::control_characters(&shipper));
            if program == Program::Lua {
                trials.push(secrets::trial(&shipper, secrets::ANY, "Healthcheck passed"));
                trials.extend(faults::trials(&shipper));
                trials.extend(dropped::trials(&shipper));
                trials.extend(crash::trials(&shipper));
                trials.extend(hostile::trials(&shipper));
                trials.push(soak::trial(&shipper));
            }
        }
        let is_long = |trial: &Trial| LONG.iter().any(|name| trial.name().ends_with(name));
        trials.extend(with_host.into_iter().map(|trial| {
            let is_left_out = age > 0 && is_long(&trial);
            if is_left_out { trial.with_ignored_flag(true) } else { trial }
        }));
    }
    trials
}
