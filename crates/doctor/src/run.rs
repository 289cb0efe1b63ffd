//! The order of the checks. Every finding passes through this module.

use std::io;

use crate::Request;
use crate::azure::{self, Azure};
use crate::finding::Finding;
use crate::fluent_bit::{self, Reading, Target};
use crate::machine::{self, Machine};
use crate::report::Report;
use crate::setup::{LogsIngestion, Setup};

/// Checks all configurations.
///
/// # Errors
///
/// The observer returned an error.
pub(crate) fn check(
    request: &Request,
    targets: Vec<Target>,
    passed_over: Vec<Finding>,
    report: &mut Report<'_>,
) -> io::Result<()> {
    let several = targets.len() > 1;
    let mut checked = Vec::new();
    report.add(passed_over)?;
    for target in targets {
        report.begin(&target.config, several)?;
        let setup = check_fluent_bit(&target, request, report)?;
        let machine = Machine { setup: &setup, host: request.host.as_deref(), service: fluent_bit::PROCESS };
        report.run(&machine::checks(), &machine)?;
        setup.deliveries.iter().try_for_each(|delivery| deliver(delivery, request, &mut checked, report))?;
    }
    Ok(())
}

/// Runs the checks specific to Fluent Bit, and returns the common parts of the setup.
fn check_fluent_bit(target: &Target, request: &Request, report: &mut Report<'_>) -> io::Result<Setup> {
    target.secrets().for_each(|secret| report.hide(secret));
    report.add(target.findings.iter().cloned())?;
    report.working("starting Fluent Bit");
    let (mut reading, findings) = Reading::new(target, request);
    report.add(findings)?;
    let findings = reading.read();
    reading.secrets().for_each(|secret| report.hide(secret));
    report.add(findings)?;
    match reading.view() {
        Some(view) => {
            report.run(&fluent_bit::checks(), &view)?;
            Ok(view.setup())
        }
        None => {
            report.run(&fluent_bit::checks_of_unread(), &reading)?;
            Ok(Setup::default())
        }
    }
}

/// Checks a delivery to Azure, but only once if several configurations send the same requests.
fn deliver(
    delivery: &LogsIngestion,
    request: &Request,
    checked: &mut Vec<LogsIngestion>,
    report: &mut Report<'_>,
) -> io::Result<()> {
    if checked.iter().any(|other| other.is_same(delivery)) {
        return Ok(());
    }
    checked.push(delivery.clone());
    if request.offline {
        report.add([azure::skipped(delivery)])
    } else {
        report.run(&azure::checks(), &Azure::new(delivery, request.timeout))
    }
}
