//! The configurations of `fluent-bit-config/`: each one starts, each input takes every kind of message there is on its
//! transport and hands it on byte for byte, the filters make of it what the core makes of it, rsyslog relays it unchanged,
//! no file of the disk buffer gets larger than a request may be, and an upgrade keeps the operator's settings.

mod buffer;
mod exchange;
mod files;
mod filters;
mod receive;
mod rsyslog;
mod shipped;
mod sink;
mod upgrade;

pub(crate) use shipped::CURRENT;

use eset_filter_tests::fluent_bit::FluentBit;
use libtest_mimic::Trial;

use rsyslog::Rsyslog;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = files::trials();
    trials.extend(upgrade::trials());
    match FluentBit::find() {
        Some(host) => trials.extend(with_host(&host)),
        None => println!("{}", FluentBit::MISSING),
    }
    trials
}

fn with_host(host: &FluentBit) -> Vec<Trial> {
    let version = host.version();
    let mut trials = crate::start::with_fluent_bit(host);
    trials.extend(files::starts(host, version));
    trials.extend(upgrade::trials_with(host, version));
    trials.extend(receive::trials(host, version));
    trials.extend(filters::trials(host, version));
    trials.extend(buffer::trials(host, version));
    match Rsyslog::find() {
        Some(_) if version < shipped::OCTET_COUNTING => {
            println!("Fluent Bit {version} knows no octet counting, so nothing was tested with rsyslog.");
        }
        Some(rsyslog) => trials.extend(rsyslog::trials(host, version, &rsyslog)),
        None => println!("rsyslogd is not installed, so nothing was tested with rsyslog."),
    }
    trials
}
