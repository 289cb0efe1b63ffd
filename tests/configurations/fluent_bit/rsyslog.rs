//! rsyslog as a relay to Fluent Bit: it forwards messages unchanged, and only from allowed senders.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::kinds;
use eset_filter_tests::running::Running;
use eset_filter_tests::sender::{Framing, Sender};
use libtest_mimic::{Failed, Trial};
use rmpv::Value;
use tempfile::TempDir;

use super::exchange::{exchange, wait_for_start};
use super::receive::{compare, message, start};
use super::shipped::{self, Shipped};
use super::sink::Sink;

/// The usual paths of rsyslogd, which is rarely in the `PATH` of users.
const PATHS: [&str; 3] = ["/usr/sbin/rsyslogd", "/usr/bin/rsyslogd", "/usr/local/sbin/rsyslogd"];

/// How long rsyslog may take to refuse a sender.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The `rsyslogd` executable.
#[derive(Clone)]
pub(crate) struct Rsyslog(PathBuf);

impl Rsyslog {
    /// Returns the installed executable, if there is one.
    pub(crate) fn find() -> Option<Self> {
        PATHS.iter().map(PathBuf::from).find(|path| path.is_file()).map(Self)
    }
}

/// Returns the tests with rsyslog.
pub(crate) fn trials(host: &FluentBit, version: Version, rsyslog: &Rsyslog) -> Vec<Trial> {
    type Test = fn(&Topology) -> Result<(), Failed>;
    let tests: [(&str, Test); 6] =
        [("valid", valid), ("udp", udp), ("tcp", tcp), ("octet", octet), ("senders", senders), ("outage", outage)];
    let trial = |(name, test): (&str, Test)| {
        let topology = Topology { host: host.clone(), version, rsyslog: rsyslog.clone() };
        Trial::test(format!("fluent_bit::rsyslog::{name}"), move || test(&topology))
    };
    tests.into_iter().map(trial).collect()
}

/// The programs to start.
struct Topology {
    host: FluentBit,
    version: Version,
    rsyslog: Rsyslog,
}

/// The running rsyslog, and the Fluent Bit to which it forwards.
struct Started {
    fluent_bit: Running,
    relay: Running,
    sink: Sink,
    shipped: Shipped,
    directory: TempDir,
}

impl Topology {
    fn start(&self, allowed: &str) -> Result<Started, String> {
        let (shipped, sink) = (Shipped::new(self.version)?, Sink::start()?);
        let fluent_bit = start(&self.host, &shipped, &["receive-rsyslog.yaml"], &sink)?;
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let config = config(&directory, &shipped, allowed)?;
        let mut command = Command::new(&self.rsyslog.0);
        command.arg("-n").arg("-f").arg(config).arg("-i").arg(directory.path().join("pid"));
        let relay = Running::start(command, directory.path().join("log"))?;
        Ok(Started { fluent_bit, relay, sink, shipped, directory })
    }
}

/// Writes the shipped configuration with other ports, and with an address on this machine as the allowed sender.
fn config(directory: &TempDir, shipped: &Shipped, allowed: &str) -> Result<PathBuf, String> {
    let path = shipped::directory().join("rsyslog/10-eset.conf");
    let mut text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    for (from, to) in [
        ("$AllowedSender UDP, 192.0.2.10", format!("$AllowedSender UDP, {allowed}")),
        ("$AllowedSender TCP, 192.0.2.10", format!("$AllowedSender TCP, {allowed}")),
        ("type=\"imudp\" port=\"514\"", format!("type=\"imudp\" port=\"{}\"", shipped.ports.udp)),
        ("type=\"imtcp\" port=\"514\"", format!("type=\"imtcp\" port=\"{}\"", shipped.ports.tcp)),
        ("port=\"25224\"", format!("port=\"{}\"", shipped.ports.rsyslog)),
    ] {
        if text.matches(from).count() != 1 {
            return Err(format!("{from} does not occur exactly once in {}", path.display()));
        }
        text = text.replace(from, &to);
    }
    let config = directory.path().join("rsyslog.conf");
    let work = format!("global(workDirectory=\"{}\")\n", directory.path().display());
    fs::write(&config, work + &text).map_err(|error| error.to_string())?;
    Ok(config)
}

/// Checks that rsyslog accepts the configuration without complaints.
fn valid(topology: &Topology) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let config = config(&directory, &Shipped::new(topology.version)?, "127.0.0.1")?;
    let output = Command::new(&topology.rsyslog.0).arg("-N1").arg("-f").arg(config).output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    // rsyslog prints one line at the start and one at the end of the check, and further lines only for problems.
    if output.status.success() && text.lines().filter(|line| !line.is_empty()).count() == 2 {
        Ok(())
    } else {
        Err(format!("{}\n{text}", output.status).into())
    }
}

fn udp(topology: &Topology) -> Result<(), Failed> {
    let started = topology.start("127.0.0.1")?;
    let sender = Sender::udp("127.0.0.1", started.shipped.ports.udp)?;
    relays(started, sender, kinds::all())
}

fn tcp(topology: &Topology) -> Result<(), Failed> {
    let started = topology.start("127.0.0.1")?;
    let sender = Sender::tcp(started.shipped.ports.tcp, Framing::Newline)?;
    let kinds = [kinds::all(), kinds::longer()].concat();
    relays(started, sender, kinds.into_iter().filter(|message| kinds::is_line(message)).collect())
}

fn octet(topology: &Topology) -> Result<(), Failed> {
    let started = topology.start("127.0.0.1")?;
    let sender = Sender::tcp(started.shipped.ports.tcp, Framing::OctetCounting)?;
    relays(started, sender, [kinds::all(), kinds::longer()].concat())
}

fn relays(mut started: Started, mut sender: Sender, messages: Vec<Vec<u8>>) -> Result<(), Failed> {
    let due = messages.len();
    let records = exchange(&mut started.fluent_bit, &mut sender, &started.sink, &messages, due);
    let records = records.map_err(|error| format!("{error}\n{}", started.relay.log()))?;
    let messages: Vec<_> = messages.iter().map(|message| relayed(message)).collect();
    Ok(compare(&messages, &records)?)
}

/// Returns the message as rsyslog relays it. rsyslog removes NULs at the end. Other NULs become `#000`, and control
/// characters after the first of them are lost.
fn relayed(message: &[u8]) -> Vec<u8> {
    let end = message.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let message = &message[..end];
    let (before, after) = message.split_at(message.iter().position(|byte| *byte == 0).unwrap_or(end));
    let is_left = |byte: &&u8| **byte == 0 || **byte >= b' ';
    let relay = |byte: &u8| if *byte == 0 { b"#000".to_vec() } else { vec![*byte] };
    [before.to_vec(), after.iter().filter(is_left).flat_map(relay).collect()].concat()
}

/// Checks that messages from the allowed sender arrive, and those from another sender do not.
fn senders(topology: &Topology) -> Result<(), Failed> {
    let mut started = topology.start("127.0.0.2")?;
    let ports = started.shipped.ports;
    let mut allowed = Sender::udp("127.0.0.2", ports.udp)?;
    wait_for_start(&mut started.fluent_bit, &mut allowed, &started.sink)?;
    Sender::udp("127.0.0.1", ports.udp)?.send(b"over UDP, from another sender")?;
    // rsyslog closes the connection, before or after it receives this.
    let _ = Sender::tcp(ports.tcp, Framing::Newline)?.send(b"over TCP, from another sender");
    let is_refused =
        |log: &str| log.contains("imudp: UDP message from disallowed") && log.contains("connection request");
    let start = Instant::now();
    while !is_refused(&started.relay.log()) {
        if start.elapsed() > LONGEST_WAIT {
            return Err(
                format!("rsyslog does not log that it refuses the other sender:\n{}", started.relay.log()).into()
            );
        }
        thread::sleep(Duration::from_millis(50));
    }
    let messages = vec![b"from the allowed sender".to_vec()];
    let records = exchange(&mut started.fluent_bit, &mut allowed, &started.sink, &messages, 1)?;
    Ok(compare(&messages, &records)?)
}

/// Checks that messages wait in rsyslog while Fluent Bit is down.
fn outage(topology: &Topology) -> Result<(), Failed> {
    let mut started = topology.start("127.0.0.1")?;
    let mut sender = Sender::tcp(started.shipped.ports.tcp, Framing::Newline)?;
    wait_for_start(&mut started.fluent_bit, &mut sender, &started.sink)?;
    started.fluent_bit.stop()?;
    let messages: Vec<_> = (0..2000).map(|at| format!("<14>during the outage {at}").into_bytes()).collect();
    for message in &messages {
        sender.send(message)?;
    }
    let _again = start(&topology.host, &started.shipped, &["receive-rsyslog.yaml"], &started.sink)?;
    // The first messages may arrive twice: rsyslog sends them again if it does not know whether they were accepted.
    let is_here = |records: &[Value], due: &[u8]| records.iter().any(|record| message(record) == due);
    let all = |records: &[Value]| messages.iter().all(|due| is_here(records, due));
    match started.sink.wait(all) {
        Some(_) => Ok(()),
        None => {
            Err(format!("not all messages have arrived\n{}{}", started.relay.log(), started.directory.path().display())
                .into())
        }
    }
}
