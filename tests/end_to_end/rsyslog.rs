//! rsyslog as a relay between the sender and the shipper, which is a common setup.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::free_port;
use libtest_mimic::Failed;
use tempfile::TempDir;

/// The paths of rsyslogd on Debian, where it is rarely in the `PATH` of users.
const CANDIDATES: [&str; 2] = ["/usr/sbin/rsyslogd", "/usr/bin/rsyslogd"];

/// The framing in the shipped configuration.
const FRAMING: &str = "TCP_Framing=\"octet-counted\"";

/// How long a start may take.
const LONGEST_START: Duration = Duration::from_secs(20);

/// A relay that receives UDP and TCP and forwards over TCP. Dropping it kills the process.
pub(crate) struct Relay {
    child: Child,
    port: u16,
    directory: TempDir,
}

impl Relay {
    /// Returns the path of rsyslogd, if it is installed.
    pub(crate) fn executable() -> Option<PathBuf> {
        CANDIDATES.iter().map(PathBuf::from).find(|path| path.is_file())
    }

    /// Starts a relay with the configuration of this repository, which forwards to a port on 127.0.0.1 in a framing.
    pub(crate) fn as_shipped(to: u16, framing: &str) -> Result<Self, Failed> {
        let shipped = eset_filter_tests::root().join("fluent-bit-config/rsyslog/10-eset.conf");
        let shipped = fs::read_to_string(&shipped).map_err(|error| format!("{}: {error}", shipped.display()))?;
        for (setting, times) in [("port=\"514\"", 2), ("port=\"25224\"", 1), ("192.0.2.10", 2), (FRAMING, 1)] {
            if shipped.matches(setting).count() != times {
                return Err(format!("10-eset.conf must contain {setting} exactly {times} times").into());
            }
        }
        let shipped = shipped.replace("192.0.2.10", "127.0.0.1").replace("port=\"25224\"", &format!("port=\"{to}\""));
        let shipped = shipped.replace(FRAMING, &format!("TCP_Framing=\"{framing}\""));
        Self::start(|port| shipped.replace("port=\"514\"", &format!("port=\"{port}\"")))
    }

    /// Starts a relay that forwards to a port on 127.0.0.1 in the format that rsyslog recommends between relays.
    pub(crate) fn standard(to: u16) -> Result<Self, Failed> {
        Self::start(|port| {
            format!(
                r#"global(maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="{port}" rcvbufSize="4m")
input(type="imtcp" address="127.0.0.1" port="{port}")
action(type="omfwd" target="127.0.0.1" port="{to}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"
       queue.type="linkedList" action.resumeRetryCount="-1")
"#
            )
        })
    }

    /// Starts a relay that forwards to a port on 127.0.0.1 with a template: a built-in one, or the one in `definition`.
    pub(crate) fn with_template(to: u16, definition: &str, template: &str) -> Result<Self, Failed> {
        Self::start(|port| {
            format!(
                r#"global(maxMessageSize="64k")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="{port}")
{definition}
action(type="omfwd" target="127.0.0.1" port="{to}" protocol="tcp" template="{template}")
"#
            )
        })
    }

    /// Starts a relay with the configuration that `config` returns for a port.
    fn start(config: impl Fn(u16) -> String) -> Result<Self, Failed> {
        let executable = Self::executable().ok_or("rsyslogd is not installed")?;
        let (directory, port) = (TempDir::new()?, free_port()?);
        let work = format!("global(workDirectory=\"{}\")\n", directory.path().display());
        fs::write(directory.path().join("rsyslog.conf"), work + &config(port))?;
        let log = File::create(directory.path().join("log"))?;
        let mut command = Command::new(executable);
        command
            .arg("-n")
            .arg("-f")
            .arg(directory.path().join("rsyslog.conf"))
            .arg("-i")
            .arg(directory.path().join("pid"));
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut relay = Self { child, port, directory };
        relay.wait_until_it_listens()?;
        Ok(relay)
    }

    /// Returns the port of the relay on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the UDP address of the relay.
    pub(crate) fn udp(&self) -> String {
        format!("udp://127.0.0.1:{}", self.port)
    }

    /// Returns the TCP address of the relay.
    pub(crate) fn tcp(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    fn wait_until_it_listens(&mut self) -> Result<(), Failed> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let has_ended = self.child.try_wait()?.is_some();
            if has_ended || start.elapsed() > LONGEST_START {
                let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
                return Err(format!("rsyslogd does not start: {log}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // The process may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
