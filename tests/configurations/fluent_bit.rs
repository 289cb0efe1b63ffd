//! The configurations in `fluent-bit-config/`. Each one starts. Each input accepts every kind of message that its
//! transport can carry, and passes it on byte for byte. The filters return the same records as the core. rsyslog relays
//! messages unchanged. No file of the disk buffer is larger than a request may be. An upgrade keeps the operator's
//! settings.

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
            println!("Fluent Bit {version} does not support octet counting, so nothing was tested with rsyslog.");
        }
        Some(rsyslog) => trials.extend(rsyslog::trials(host, version, &rsyslog)),
        None => println!("rsyslogd is not installed, so nothing was tested with rsyslog."),
    }
    trials
}
