//! `eset-filter doctor`: checks a setup and says what to fix. The checks themselves are in `eset_filter_doctor`.

mod args;
mod progress;
mod report;

use std::process::ExitCode;

use eset_filter_doctor::Level;

pub(crate) use args::DoctorArgs;

use crate::error::Error;
use crate::{cannot_write, exit_code, ignore_closed_pipe};
use report::{Counts, Report};

/// Checks everything that the arguments name.
pub(crate) fn run(args: &DoctorArgs) -> ExitCode {
    match check(args) {
        Ok(counts) => {
            let is_well = counts.of(Level::Error) == 0 && !(args.strict && counts.of(Level::Warning) > 0);
            if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => exit_code(Err(error)),
    }
}

fn check(args: &DoctorArgs) -> Result<Counts, Error> {
    let mut report = Report::stdout(args);
    let done = match eset_filter_doctor::check(&args.request(), &mut report) {
        Ok(()) => report.finish(),
        Err(eset_filter_doctor::Error::Nothing(why)) => return Err(Error::Usage(why)),
        Err(eset_filter_doctor::Error::Observer(error)) => Err(error),
    };
    done.or_else(ignore_closed_pipe).map_err(cannot_write)?;
    Ok(report.counts())
}
