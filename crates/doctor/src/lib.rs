//! Looks at a log shipper's set-up and says what to do.
//!
//! A run's way (`run`): `fluent_bit` reads the configuration, checks what is its own, and gives what any shipper has
//! (`setup`) -> the checks of the `machine`, its `ports`, `certificate` and `disk`, and those of `azure` look at that ->
//! `report` takes secrets out of each finding and hands it on as it comes. Another shipper would stand beside `fluent_bit`.
//!
//! A `check` is a function from what it looks at to findings. A new one is a file beside its like, and a line in the list
//! `checks` of `fluent_bit`, `machine` or `azure`.
//!
//! # What it does not do
//!
//! It prints nothing, changes nothing, and sends no record: what it posts to Azure is an empty list.
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

/// What to look at, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Configurations; none for those of this user's running Fluent Bit, or else the packages' one.
    pub configs: Vec<PathBuf>,
    /// A file with the variables that the service is started with, as systemd's EnvironmentFile has it.
    pub env_file: Option<PathBuf>,
    /// Fluent Bit's executable; `None` for what the variable FLUENT_BIT names, the running one, `fluent-bit` in PATH, or
    /// that of its packages.
    pub fluent_bit: Option<PathBuf>,
    /// The name that ESET PROTECT connects to, which the certificate has to be for.
    pub host: Option<String>,
    /// Leave out what needs the network.
    pub offline: bool,
    /// How long to wait for each answer from the network and from Fluent Bit.
    pub timeout: Duration,
}

/// Who is told what is found, as it is found. No text that comes here has a secret in it, but it may have characters that
/// steer a terminal.
pub trait Observer {
    /// What follows is about this configuration, one of several or the only one.
    ///
    /// # Errors
    ///
    /// Nobody is listening any more, and the run is to end.
    fn configuration(&mut self, config: PathBuf, is_one_of_several: bool) -> io::Result<()>;

    /// This is being done, and may take its time. It has ended when anything else is told.
    fn working(&mut self, what: &str);

    /// This was found.
    ///
    /// # Errors
    ///
    /// Nobody is listening any more, and the run is to end.
    fn finding(&mut self, finding: Finding) -> io::Result<()>;
}

/// Why a run has ended early.
#[derive(Debug)]
pub enum Error {
    /// No configuration is named, and none is running: what to do about it.
    Nothing(String),
    /// The observer has ended it.
    Observer(io::Error),
}

/// Looks at everything that is asked for.
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
/// There is nothing to look at, or the observer has had enough.
pub fn check(request: &Request, observer: &mut dyn Observer) -> Result<(), Error> {
    let (targets, passed_over) = fluent_bit::targets(request);
    if targets.is_empty() {
        let passed_over = passed_over.into_iter().map(|finding| finding.what + "; ").collect::<String>();
        let why = "this user has no running Fluent Bit: name the configuration to check, and its variables with \
                   --env-file";
        return Err(Error::Nothing(passed_over + why));
    }
    run::look(request, targets, passed_over, &mut Report::new(observer)).map_err(Error::Observer)
}
