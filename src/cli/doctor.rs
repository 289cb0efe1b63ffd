//! `eset-filter doctor`: looks at a set-up and says what to do.
//!
//! A run's way: `fluent_bit` reads the configuration, says what is its own, and gives what any shipper has (`setup`) ->
//! `ports`, `certificate`, `disk`, `azure` with `clock` look at that -> `report` prints each finding as it comes. Another
//! shipper would stand beside `fluent_bit`.
//!
//! # What it does not do
//!
//! It changes nothing, and sends no record: what it posts to Azure is an empty list.

mod args;
mod azure;
mod certificate;
mod clock;
mod disk;
mod environment;
mod file;
mod finding;
mod fluent_bit;
mod plugin;
mod ports;
mod process;
#[cfg(unix)]
mod procfs;
mod progress;
mod report;
mod sample;
mod secrets;
mod setup;
mod sockets;
mod trust;
mod url;

use std::io;
use std::process::ExitCode;
use std::time::SystemTime;

pub(crate) use args::DoctorArgs;

use super::{cannot_write, exit_code, ignore_closed_pipe};
use finding::Level;
use report::{Counts, Report};
use setup::LogsIngestion;

/// Looks at everything that the arguments name.
pub(crate) fn run(args: &DoctorArgs) -> ExitCode {
    match check(args) {
        Ok(counts) => {
            let is_well = counts.of(Level::Error) == 0 && !(args.strict && counts.of(Level::Warning) > 0);
            if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => exit_code(Err(error)),
    }
}

fn check(args: &DoctorArgs) -> io::Result<Counts> {
    let (targets, passed_over) = fluent_bit::targets(args);
    if targets.is_empty() {
        let passed_over = passed_over.into_iter().map(|finding| finding.what + "; ").collect::<String>();
        let why = "no Fluent Bit of this user's is running here; name the configuration to look at, and its variables with --env-file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, passed_over + why));
    }
    let mut report = Report::stdout(args);
    let several = targets.len() > 1;
    let mut asked = Vec::new();
    let done = report.add(passed_over);
    let done = done.and_then(|()| {
        targets.into_iter().try_for_each(|target| {
            report.begin(target.config.clone(), several)?;
            let setup = fluent_bit::check(&target, args, &mut report)?;
            report.add(ports::check(&setup.listeners, fluent_bit::PROCESS))?;
            for tls in setup.listeners.iter().filter_map(|listener| listener.tls.as_ref()) {
                report.add(certificate::check(tls, args.host.as_deref(), SystemTime::now()))?;
            }
            report.add(setup.buffers.iter().map(disk::check))?;
            setup.deliveries.iter().try_for_each(|delivery| deliver(delivery, args, &mut asked, &mut report))
        })
    });
    let counts = done.and_then(|()| report.finish());
    counts.or_else(|error| ignore_closed_pipe(error).map(|()| report.counts()).map_err(cannot_write))
}

/// Asks Azure, but never the same twice.
fn deliver(
    delivery: &LogsIngestion,
    args: &DoctorArgs,
    asked: &mut Vec<LogsIngestion>,
    report: &mut Report,
) -> io::Result<()> {
    if asked.iter().any(|other| other.is_same(delivery)) {
        return Ok(());
    }
    asked.push(delivery.clone());
    if args.offline { report.add([azure::skipped(delivery)]) } else { azure::check(delivery, args.timeout, report) }
}
