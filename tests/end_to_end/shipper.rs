//! The shipper under test, as seen by the scenarios: a program that is started with ports and a directory, receives
//! syslog and delivers to an endpoint.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter::Options;
use eset_filter_azure_loopback::Endpoint;
use eset_filter_tests::receiver::{Input, Ports};
use libtest_mimic::Failed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// How long a start may take. It is a fraction of a second on an idle machine.
const LONGEST_START: Duration = Duration::from_secs(30);

/// How long an orderly shutdown may take. This is longer than any grace period in the configurations.
const LONGEST_STOP: Duration = Duration::from_secs(60);

/// A shipper with a filter and the shipped configurations.
pub(crate) trait Shipper: Send + Sync {
    /// The prefix of the names of its trials.
    fn name(&self) -> String;

    /// The options of the filter.
    fn options(&self) -> Options;

    /// Returns a function that converts a record of the core to the one that the shipper delivers.
    fn of_the_core(&self) -> fn(Value) -> Value {
        |record| record
    }

    /// Returns whether values pass through Lua, where `null` becomes an empty text and an empty array an empty object.
    fn has_lua(&self) -> bool;

    /// Returns whether every request has at most 1 MB of JSON, even before compression.
    fn bounds_requests(&self) -> bool;

    /// Returns whether the disk buffer can be small enough for a trial to fill it, and then drops the oldest events.
    fn loses_the_oldest(&self) -> bool;

    /// Returns whether the endpoint must use TLS.
    fn needs_tls(&self) -> bool;

    /// The lifetime of a token that the shipper uses for some seconds before it requests the next one.
    fn short_token_lifetime(&self) -> Duration;

    /// The framing from rsyslog to the shipper, as a value of `TCP_Framing`.
    fn relay_framing(&self) -> &'static str;

    /// Writes the configurations into the directory and returns the command that starts the shipper with them.
    ///
    /// # Errors
    ///
    /// Returns an error if the shipped configurations lack a text that the scenario changes.
    fn prepare(&self, setup: &Setup, ports: Ports, directory: &Path, endpoint: &Endpoint) -> Result<Command, Failed>;
}

/// The changes of a scenario to the shipped configurations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// The inputs other than UDP and TCP.
    pub(crate) inputs: &'static [Input],
    /// Whether to retry after a second or two instead of after the intervals that suit Azure.
    pub(crate) quick_retries: bool,
    /// The limit of the disk buffer, such as `4M`, if it differs from the shipped one.
    pub(crate) disk_limit: Option<&'static str>,
    /// The number of seconds to wait for an answer, if it differs from the shipped one.
    pub(crate) answer_timeout: Option<u32>,
    /// The client secret, if it is not the correct one.
    pub(crate) secret: Option<&'static str>,
}

impl Setup {
    /// The shipped configurations with quick retries.
    pub(crate) const QUICK: Self =
        Self { inputs: &[], quick_retries: true, disk_limit: None, answer_timeout: None, secret: None };
}

/// A running shipper. Dropping it kills the process.
pub(crate) struct Running {
    shipper: Arc<dyn Shipper>,
    setup: Setup,
    pub(crate) ports: Ports,
    directory: TempDir,
    child: Child,
}

impl Running {
    /// Starts a shipper in a new directory and waits until it listens.
    pub(crate) fn start(shipper: &Arc<dyn Shipper>, setup: Setup, endpoint: &Endpoint) -> Result<Self, Failed> {
        let directory = TempDir::new()?;
        let ports = Ports::free()?;
        let child = spawn(shipper.as_ref(), &setup, ports, directory.path(), endpoint)?;
        let mut running = Self { shipper: Arc::clone(shipper), setup, ports, directory, child };
        running.wait_until_it_listens()?;
        Ok(running)
    }

    /// Starts the shipper again with its data on disk.
    pub(crate) fn restart(&mut self, endpoint: &Endpoint) -> Result<(), Failed> {
        self.child = spawn(self.shipper.as_ref(), &self.setup, self.ports, self.directory.path(), endpoint)?;
        self.wait_until_it_listens()
    }

    /// Stops the shipper with SIGTERM, which gives it time to deliver its data.
    pub(crate) fn stop(&mut self) -> Result<(), Failed> {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM)?;
        let status = self.wait_for_end(LONGEST_STOP)?;
        if status.success() { Ok(()) } else { Err(self.failed(&format!("exited with {status}"))) }
    }

    /// Kills the shipper at once, as a crash would.
    pub(crate) fn kill(&mut self) -> Result<(), Failed> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Returns an error if the shipper has exited.
    pub(crate) fn check(&mut self) -> Result<(), Failed> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.failed(&format!("exited with {status}"))),
        }
    }

    /// Returns the resident memory of the process in KiB.
    pub(crate) fn resident_memory(&self) -> Result<u64, Failed> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Returns the environment and the arguments of the process, as shown by the system.
    pub(crate) fn environment(&self) -> Result<String, Failed> {
        let read = |name| fs::read(format!("/proc/{}/{name}", self.child.id()));
        Ok(String::from_utf8_lossy(&[read("environ")?, read("cmdline")?].concat()).into_owned())
    }

    /// Returns the output of the shipper.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.directory.path().join("log")).unwrap_or_default()).into_owned()
    }

    /// Returns the directory of the shipper, which the scenario may use as well.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Returns a failure with the last lines of the shipper's output.
    pub(crate) fn failed(&self, what: &str) -> Failed {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(40)..].join("\n");
        format!("{what}\nthe last output of {}:\n{end}", self.shipper.name()).into()
    }

    fn wait_until_it_listens(&mut self) -> Result<(), Failed> {
        let mut ports = vec![self.ports.tcp];
        ports.extend(self.setup.inputs.iter().map(|input| self.ports.of(*input)));
        let start = Instant::now();
        while !ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()) {
            self.check()?;
            if start.elapsed() > LONGEST_START {
                return Err(self.failed("does not listen"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn wait_for_end(&mut self, longest: Duration) -> Result<ExitStatus, Failed> {
        let start = Instant::now();
        while start.elapsed() < longest {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(self.failed("does not exit"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have exited already.
        let _ = self.kill();
    }
}

fn spawn(
    shipper: &dyn Shipper,
    setup: &Setup,
    ports: Ports,
    directory: &Path,
    endpoint: &Endpoint,
) -> Result<Child, Failed> {
    let log = File::options().create(true).append(true).open(directory.join("log"))?;
    let mut command = shipper.prepare(setup, ports, directory, endpoint)?;
    command.current_dir(directory).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn().map_err(|error| format!("{command:?}: {error}"))?)
}
