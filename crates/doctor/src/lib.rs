//! Checks a log shipper's setup and says what to fix.
//!
//! The stages of a run (`run`): `fluent_bit` reads the configuration, runs the checks specific to Fluent Bit, and
//! returns the part of the setup that is common to all shippers (`setup`). The checks of `machine` (`ports`,
//! `certificate` and `disk`) and of `azure` examine that part. `report` masks secrets in each finding and passes it on
//! immediately. Another shipper would get a module next to `fluent_bit`.
//!
//! A `check` is a function from its subject to findings. To add one, add a file next to similar checks, and a line to
//! the list `checks` of `fluent_bit`, `machine` or `azure`.
//!
//! It prints nothing, changes nothing, and sends no records: it posts only an empty list to Azure.
#![forbid(unsafe_code)]

mod azure;
mod certificate;
mod check;
mod disk;
mod environment;
mod file;
mod finding;
mod fluent_bit;
mod machine;
mod plugin;
mod ports;
mod process;
#[cfg(unix)]
mod procfs;
mod reason;
mod report;
mod run;
mod sample;
mod secrets;
mod setup;
mod sockets;
mod trust;
mod url;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use finding::{Finding, Level, Place};

use report::Report;

/// What to check, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The configurations to check. If empty, the configurations of this user's running Fluent Bit processes, or
    /// otherwise the one that the packages install.
    pub configs: Vec<PathBuf>,
    /// The service's environment file, in the format of systemd's `EnvironmentFile=`.
    pub env_file: Option<PathBuf>,
    /// The Fluent Bit executable. If `None`: the value of the variable FLUENT_BIT, the executable of the running
    /// process, `fluent-bit` in PATH, or the one that the packages install, in this order.
    pub fluent_bit: Option<PathBuf>,
    /// The name that ESET PROTECT connects to. The certificate must be valid for it.
    pub host: Option<String>,
    /// Whether to skip checks that need the network.
    pub offline: bool,
    /// The time limit for each response from the network and from Fluent Bit.
    pub timeout: Duration,
}

/// Receives findings as soon as they are made. Secrets are masked in all texts, but the texts may contain terminal
/// control characters.
pub trait Observer {
    /// Starts a configuration: all further findings are about it.
    ///
    /// # Errors
    ///
    /// The observer accepts no more findings, and the run must end.
    fn configuration(&mut self, config: PathBuf, is_one_of_several: bool) -> io::Result<()>;

    /// Reports the start of work that may take a while. The next call of any method means that it is done.
    fn working(&mut self, what: &str);

    /// Receives a finding.
    ///
    /// # Errors
    ///
    /// The observer accepts no more findings, and the run must end.
    fn finding(&mut self, finding: Finding) -> io::Result<()>;
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Error {
    /// No configuration is named, and none is in use by a running process. The text says what to do.
    Nothing(String),
    /// The observer ended the run.
    Observer(io::Error),
}

/// Checks everything that is requested.
///
/// ```
/// use std::io;
/// use std::path::PathBuf;
/// use std::time::Duration;
///
/// use eset_filter_doctor::{Finding, Level, Observer, Request, check};
///
/// struct Errors(Vec<String>);
///
/// impl Observer for Errors {
///     fn configuration(&mut self, _: PathBuf, _: bool) -> io::Result<()> {
///         Ok(())
///     }
///
///     fn working(&mut self, _: &str) {}
///
///     fn finding(&mut self, finding: Finding) -> io::Result<()> {
///         if finding.level == Level::Error {
///             self.0.push(finding.what);
///         }
///         Ok(())
///     }
/// }
///
/// let configs = vec![PathBuf::from("/nowhere/fluent-bit.yaml")];
/// let timeout = Duration::from_secs(10);
/// let request = Request { configs, env_file: None, fluent_bit: None, host: None, offline: true, timeout };
/// let mut errors = Errors(Vec::new());
/// check(&request, &mut errors)?;
/// assert!(errors.0.iter().any(|what| what.starts_with("cannot read /nowhere/fluent-bit.yaml")));
/// # Ok::<_, eset_filter_doctor::Error>(())
/// ```
///
/// # Errors
///
/// There is nothing to check, or the observer returned an error.
pub fn check(request: &Request, observer: &mut dyn Observer) -> Result<(), Error> {
    let (targets, passed_over) = fluent_bit::targets(request);
    if targets.is_empty() {
        let passed_over = passed_over.into_iter().map(|finding| finding.what + "; ").collect::<String>();
        let why = "this user has no running Fluent Bit: name the configuration to check, and pass its environment file \
                   with --env-file";
        return Err(Error::Nothing(passed_over + why));
    }
    run::check(request, targets, passed_over, &mut Report::new(observer)).map_err(Error::Observer)
}
