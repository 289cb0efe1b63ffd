//! The host that is tested, as far as the scenarios know it: something that is started with ports and a directory,
//! receives syslog and delivers to an endpoint.

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

/// How long an orderly end may take: longer than any grace period of the configurations.
const LONGEST_STOP: Duration = Duration::from_secs(60);

/// A host with a filter and the shipped configurations.
pub(crate) trait Shipper: Send + Sync {
    /// What the trials are called after.
    fn name(&self) -> String;

    /// The options that the filter runs with.
    fn options(&self) -> Options;

    /// What becomes of a record that the core gives.
    fn of_the_core(&self) -> fn(Value) -> Value {
        |record| record
    }

    /// Whether values go through Lua, which has no `null` but an empty text, and no array but an object that is empty.
    fn has_lua(&self) -> bool;

    /// Whether no request has more than 1 MB of JSON, even before compression.
    fn bounds_requests(&self) -> bool;

    /// Whether its disk buffer may be so small that a trial fills it, and loses the oldest then.
    fn loses_the_oldest(&self) -> bool;

    /// Whether the endpoint has to speak TLS.
    fn needs_tls(&self) -> bool;

    /// For how long a token has to be valid that the host uses for some seconds, and then asks for another.
    fn short_token_lifetime(&self) -> Duration;

    /// The framing that rsyslog has to use towards the host, as its `TCP_Framing` names it.
    fn relay_framing(&self) -> &'static str;

    /// Writes the configurations into the directory, and says how the host is started with them.
    ///
    /// # Errors
    ///
    /// The shipped configurations do not have what the scenario changes in them.
    fn prepare(&self, setup: &Setup, ports: Ports, folder: &Path, endpoint: &Endpoint) -> Result<Command, Failed>;
}

/// What a scenario needs of the configurations that they do not have as shipped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// How to receive besides UDP and TCP.
    pub(crate) inputs: &'static [Input],
    /// Whether to try again after a second or two instead of after the times that are good for Azure.
    pub(crate) quick_retries: bool,
    /// The limit of the disk buffer, such as `4M`, where it is not that of the configurations.
    pub(crate) disk_limit: Option<&'static str>,
    /// How many seconds to wait for an answer, where it is not as in the configurations.
    pub(crate) answer_timeout: Option<u32>,
    /// The client's secret, where it is not the right one.
    pub(crate) secret: Option<&'static str>,
}

impl Setup {
    /// With quick retries, and otherwise as shipped.
    pub(crate) const QUICK: Self =
        Self { inputs: &[], quick_retries: true, disk_limit: None, answer_timeout: None, secret: None };
}

/// A host that has been started. Dropping it kills it.
pub(crate) struct Running {
    shipper: Arc<dyn Shipper>,
    setup: Setup,
    pub(crate) ports: Ports,
    folder: TempDir,
    child: Child,
}

impl Running {
    /// Starts a host in a directory of its own, and waits until it listens.
    pub(crate) fn start(shipper: &Arc<dyn Shipper>, setup: Setup, endpoint: &Endpoint) -> Result<Self, Failed> {
        let folder = TempDir::new()?;
        let ports = Ports::free()?;
        let child = spawn(shipper.as_ref(), &setup, ports, folder.path(), endpoint)?;
        let mut running = Self { shipper: Arc::clone(shipper), setup, ports, folder, child };
        running.wait_until_it_listens()?;
        Ok(running)
    }

    /// Starts it again with what is on its disk.
    pub(crate) fn restart(&mut self, endpoint: &Endpoint) -> Result<(), Failed> {
        self.child = spawn(self.shipper.as_ref(), &self.setup, self.ports, self.folder.path(), endpoint)?;
        self.wait_until_it_listens()
    }

    /// Ends it in the orderly way, which gives it time to deliver what it has.
    pub(crate) fn stop(&mut self) -> Result<(), Failed> {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM)?;
        let status = self.wait_for_end(LONGEST_STOP)?;
        if status.success() { Ok(()) } else { Err(self.failed(&format!("ended with {status}"))) }
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) -> Result<(), Failed> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// An error if it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<(), Failed> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.failed(&format!("ended with {status}"))),
        }
    }

    /// The memory that it occupies, in KiB.
    pub(crate) fn resident_memory(&self) -> Result<u64, Failed> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// The environment and the arguments that its process has, as the system shows them.
    pub(crate) fn environment(&self) -> Result<String, Failed> {
        let read = |name| fs::read(format!("/proc/{}/{name}", self.child.id()));
        Ok(String::from_utf8_lossy(&[read("environ")?, read("cmdline")?].concat()).into_owned())
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("log")).unwrap_or_default()).into_owned()
    }

    /// A directory for the scenario's own files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A failure, with the end of what the host has said.
    pub(crate) fn failed(&self, what: &str) -> Failed {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(40)..].join("\n");
        format!("{what}\n{} said at last:\n{end}", self.shipper.name()).into()
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
        Err(self.failed("does not end"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.kill();
    }
}

fn spawn(
    shipper: &dyn Shipper,
    setup: &Setup,
    ports: Ports,
    folder: &Path,
    endpoint: &Endpoint,
) -> Result<Child, Failed> {
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    let mut command = shipper.prepare(setup, ports, folder, endpoint)?;
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn().map_err(|error| format!("{command:?}: {error}"))?)
}
