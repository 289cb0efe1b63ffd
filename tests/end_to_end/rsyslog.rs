//! rsyslog as a relay between the sender and the shipper, as many sites have one.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_endpoint::free_port;
use libtest_mimic::Failed;

use crate::folder::Folder;

/// Where Debian has it; it is seldom in the `PATH` of users.
const CANDIDATES: [&str; 2] = ["/usr/sbin/rsyslogd", "/usr/bin/rsyslogd"];

/// How long a start may take.
const LONGEST_START: Duration = Duration::from_secs(20);

/// In which form a relay hands messages on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Byte by byte.
    AsReceived,
    /// What rsyslog has read out of them, in the format that it recommends between relays. With RFC 3164 it does not know
    /// the header of ESET's heartbeats, whose host is `-`, and makes another message of them.
    Standard,
}

/// A relay: UDP and TCP in, TCP out. Dropping it ends it.
pub(crate) struct Relay {
    child: Child,
    port: u16,
    folder: Folder,
}

impl Relay {
    /// Where rsyslog is, if it is installed.
    pub(crate) fn executable() -> Option<PathBuf> {
        CANDIDATES.iter().map(PathBuf::from).find(|path| path.is_file())
    }

    /// Starts one that hands on to a port on 127.0.0.1.
    pub(crate) fn start(format: Format, to: u16) -> Result<Self, Failed> {
        let executable = Self::executable().ok_or("rsyslogd is not installed")?;
        let folder = Folder::new()?;
        let port = free_port()?;
        let template = match format {
            Format::AsReceived => "AsReceived",
            Format::Standard => "RSYSLOG_SyslogProtocol23Format",
        };
        let config = format!(
            r#"global(workDirectory="{folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
template(name="AsReceived" type="string" string="%rawmsg%\n")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="{port}")
input(type="imtcp" address="127.0.0.1" port="{port}")
action(type="omfwd" target="127.0.0.1" port="{to}" protocol="tcp" template="{template}"
       queue.type="linkedList" action.resumeRetryCount="-1")
"#,
            folder = folder.path().display()
        );
        fs::write(folder.file("rsyslog.conf"), config)?;
        let log = File::create(folder.file("log"))?;
        let mut command = Command::new(executable);
        command.arg("-n").arg("-f").arg(folder.file("rsyslog.conf")).arg("-i").arg(folder.file("pid"));
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut relay = Self { child, port, folder };
        relay.wait_until_it_listens()?;
        Ok(relay)
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
                let log = fs::read_to_string(self.folder.file("log")).unwrap_or_default();
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
