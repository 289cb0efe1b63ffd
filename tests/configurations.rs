//! The configurations of `fluent-bit-config/`: each one starts, each input takes every kind of message there is on its
//! transport and hands it on byte for byte, the filters make of it what the core makes of it, rsyslog relays it unchanged,
//! no file of the disk buffer gets larger than a request may be, and an upgrade keeps the operator's settings.
//!
//! Fluent Bit is what `FLUENT_BIT` names, or else `fluent-bit` in `PATH`. What is not installed is said, and not tested.

#[path = "configurations/buffer.rs"]
mod buffer;
#[path = "configurations/exchange.rs"]
mod exchange;
#[path = "configurations/files.rs"]
mod files;
#[path = "configurations/filters.rs"]
mod filters;
#[path = "configurations/receive.rs"]
mod receive;
#[path = "configurations/rsyslog.rs"]
mod rsyslog;
#[path = "configurations/shipped.rs"]
mod shipped;
#[path = "configurations/sink.rs"]
mod sink;
#[path = "configurations/upgrade.rs"]
mod upgrade;

use eset_filter_tests::fluent_bit::FluentBit;
use libtest_mimic::Arguments;

use rsyslog::Rsyslog;
use shipped::Version;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = files::trials();
    trials.extend(upgrade::trials());
    match FluentBit::find() {
        Some(host) => {
            let version = Version::of(&host).unwrap_or_else(|error| panic!("{error}"));
            trials.extend(files::starts(&host, version));
            trials.extend(upgrade::trials_with(&host, version));
            trials.extend(receive::trials(&host, version));
            trials.extend(filters::trials(&host, version));
            trials.extend(buffer::trials(&host, version));
            match Rsyslog::find() {
                Some(_) if version < shipped::OCTET_COUNTING => {
                    println!("Fluent Bit {version} knows no octet counting, so nothing was tested with rsyslog.");
                }
                Some(rsyslog) => trials.extend(rsyslog::trials(&host, version, &rsyslog)),
                None => println!("rsyslogd is not installed, so nothing was tested with rsyslog."),
            }
        }
        None => {
            println!(
                "Fluent Bit is neither in PATH nor named by FLUENT_BIT, so nothing was tested with the real host."
            );
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
