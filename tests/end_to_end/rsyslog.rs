//! rsyslog as a relay between the sender and the shipper, as many sites have one.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::free_port;
use libtest_mimic::Failed;
use tempfile::TempDir;

/// Where Debian has it; it is seldom in the `PATH` of users.
const CANDIDATES: [&str; 2] = ["/usr/sbin/rsyslogd", "/usr/bin/rsyslogd"];

/// The framing of the configuration as shipped.
const FRAMING: &str = "TCP_Framing=\"octet-counted\"";

/// How long a start may take.
const LONGEST_START: Duration = Duration::from_secs(20);

/// A relay: UDP and TCP in, TCP out. Dropping it ends it.
pub(crate) struct Relay {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Relay {
    /// Where rsyslog is, if it is installed.
    pub(crate) fn executable() -> Option<PathBuf> {
        CANDIDATES.iter().map(PathBuf::from).find(|path| path.is_file())
    }

    /// Starts one with the configuration of this repository, which hands on to a port on 127.0.0.1 in a framing.
    pub(crate) fn as_shipped(to: u16, framing: &str) -> Result<Self, Failed> {
        let shipped = eset_filter_tests::root().join("fluent-bit-config/rsyslog/10-eset.conf");
        let shipped = fs::read_to_string(&shipped).map_err(|error| format!("{}: {error}", shipped.display()))?;
        for (setting, times) in [("port=\"514\"", 2), ("port=\"25224\"", 1), ("192.0.2.10", 2), (FRAMING, 1)] {
            if shipped.matches(setting).count() != times {
                return Err(format!("10-eset.conf has {setting} other than {times} times").into());
            }
        }
        let shipped = shipped.replace("192.0.2.10", "127.0.0.1").replace("port=\"25224\"", &format!("port=\"{to}\""));
        let shipped = shipped.replace(FRAMING, &format!("TCP_Framing=\"{framing}\""));
        Self::start(|port| shipped.replace("port=\"514\"", &format!("port=\"{port}\"")))
    }

    /// Starts one that hands on to a port on 127.0.0.1 in the format that rsyslog recommends between relays.
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

    /// Starts one that hands on to a port on 127.0.0.1 by a template: a stock one, or one that `definition` defines.
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

    /// Starts one with the configuration that `config` gives for a port.
    fn start(config: impl Fn(u16) -> String) -> Result<Self, Failed> {
        let executable = Self::executable().ok_or("rsyslogd is not installed")?;
        let (folder, port) = (TempDir::new()?, free_port()?);
        let work = format!("global(workDirectory=\"{}\")\n", folder.path().display());
        fs::write(folder.path().join("rsyslog.conf"), work + &config(port))?;
        let log = File::create(folder.path().join("log"))?;
        let mut command = Command::new(executable);
        command.arg("-n").arg("-f").arg(folder.path().join("rsyslog.conf")).arg("-i").arg(folder.path().join("pid"));
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut relay = Self { child, port, folder };
        relay.wait_until_it_listens()?;
        Ok(relay)
    }

    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where to send to by UDP.
    pub(crate) fn udp(&self) -> String {
        format!("udp://127.0.0.1:{}", self.port)
    }

    /// Where to send to by TCP.
    pub(crate) fn tcp(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    fn wait_until_it_listens(&mut self) -> Result<(), Failed> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let has_ended = self.child.try_wait()?.is_some();
            if has_ended || start.elapsed() > LONGEST_START {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(format!("rsyslogd does not start: {log}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
