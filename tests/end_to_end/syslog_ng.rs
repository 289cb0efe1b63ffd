//! syslog-ng as a relay between the sender and the shipper.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use eset_filter_azure_loopback::free_port;
use eset_filter_tests::running::Running;
use libtest_mimic::Failed;
use tempfile::TempDir;

/// The paths of syslog-ng on Debian, where it is rarely in the `PATH` of users.
const CANDIDATES: [&str; 2] = ["/usr/sbin/syslog-ng", "/usr/bin/syslog-ng"];

/// How long a start may take.
const LONGEST_START: Duration = Duration::from_secs(20);

/// A relay that receives and forwards over TCP. Dropping it kills the process.
pub(crate) struct SyslogNg {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    _running: Running,
    _directory: TempDir,
}

impl SyslogNg {
    /// Returns the path of syslog-ng, if it is installed.
    pub(crate) fn executable() -> Option<PathBuf> {
        CANDIDATES.iter().map(PathBuf::from).find(|path| path.is_file())
    }

    /// Starts a relay that forwards to a port on 127.0.0.1. `source` and `destination` are options of the driver
    /// `network`.
    pub(crate) fn start(to: u16, source: &str, destination: &str) -> Result<Self, Failed> {
        let executable = Self::executable().ok_or("syslog-ng is not installed")?;
        let (directory, port) = (TempDir::new()?, free_port()?);
        let file = |name: &str| directory.path().join(name);
        // Without `keep-hostname` syslog-ng replaces the host with the address of the sender.
        let config = format!(
            r#"@version: 3.35
options {{ keep-hostname(yes); }};
source eset {{ network(ip("127.0.0.1") port({port}) transport("tcp") log-msg-size(65536) {source}); }};
destination shipper {{ network("127.0.0.1" port({to}) transport("tcp") {destination}); }};
log {{ source(eset); destination(shipper); }};
"#
        );
        fs::write(file("conf"), config)?;
        let mut command = Command::new(executable);
        command.args(["--foreground", "--no-caps", "--cfgfile"]).arg(file("conf"));
        command.arg("--persist-file").arg(file("persist")).arg("--pidfile").arg(file("pid"));
        command.arg("--control").arg(file("control"));
        let mut running = Running::start(command, file("log"))?;
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            running.check()?;
            if start.elapsed() > LONGEST_START {
                return Err(format!("syslog-ng does not listen: {}", running.log()).into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { port, _running: running, _directory: directory })
    }
}
