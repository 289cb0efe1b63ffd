//! Sends messages to a running Vector and waits for the records that it prints.

use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::running::Running;
use eset_filter_tests::sender::Sender;
use serde_json::Value;

/// How long a message may take to be printed or delivered. This is long because the machine may be busy with other tests.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// The prefix of messages that only show whether earlier ones have arrived.
const PROBE: &str = "probe ";

/// Returns the message in a printed record.
pub(crate) type Printed = fn(&Value) -> Option<Vec<u8>>;

/// Sends messages, waits until `due` records have been printed, and returns all records, including surplus ones.
///
/// # Errors
///
/// Returns an error if the receiver exits or does not accept a message, or if records are missing at the end.
pub(crate) fn exchange(
    running: &mut Running,
    sender: &mut Sender,
    messages: &[Vec<u8>],
    due: usize,
    printed: Printed,
) -> Result<Vec<Value>, String> {
    probe(running, sender, "first", printed)?;
    for message in messages {
        sender.send(message)?;
        // A datagram is lost if the receive buffer is full.
        if let Sender::Udp(_) = sender {
            thread::sleep(Duration::from_millis(2));
        }
    }
    let start = Instant::now();
    let others = |records: Vec<Value>| -> Vec<Value> {
        let is_probe = |record: &Value| printed(record).is_some_and(|message| message.starts_with(PROBE.as_bytes()));
        records.into_iter().filter(|record| !is_probe(record)).collect()
    };
    while others(records(running)?).len() < due {
        running.check()?;
        if start.elapsed() > LONGEST_WAIT {
            let came = others(records(running)?).len();
            return Err(format!("{came} of {due} records have been printed"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    // Duplicates are printed before this probe.
    probe(running, sender, "last", printed)?;
    Ok(others(records(running)?))
}

/// Sends probes until one has been printed.
pub(crate) fn probe(running: &mut Running, sender: &mut Sender, name: &str, printed: Printed) -> Result<(), String> {
    let message = format!("{PROBE}{name}");
    let start = Instant::now();
    loop {
        running.check()?;
        // Sending fails while nothing listens on the port.
        let sent = sender.send(message.as_bytes());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_millis(500) {
            if records(running)?.iter().any(|record| printed(record).as_deref() == Some(message.as_bytes())) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        if start.elapsed() > LONGEST_WAIT {
            return Err(format!("no probe has been printed (the last was sent with {sent:?})\n{}", running.log()));
        }
    }
}

/// Returns the records printed so far. The last line may be incomplete and is ignored.
pub(crate) fn records(running: &Running) -> Result<Vec<Value>, String> {
    let log = running.log();
    let complete = log.rfind('\n').map_or("", |end| &log[..end]);
    let lines = complete.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))).collect()
}
