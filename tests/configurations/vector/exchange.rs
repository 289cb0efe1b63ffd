//! Sends messages to a running Vector, and waits for what it prints.

use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::running::Running;
use eset_filter_tests::sender::Sender;
use serde_json::Value;

/// How long what was sent may take to come out. Long, for the machine may be busy with other tests.
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// What a message begins with that only has to show whether others have come through.
const PROBE: &str = "probe ";

/// What is printed of a message.
pub(crate) type Printed = fn(&Value) -> Option<Vec<u8>>;

/// Sends messages, and returns the records that have become of them when as many have come as are due.
///
/// # Errors
///
/// The receiver has ended, or does not take a message, or something is missing in the end.
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
        // A datagram that finds the buffer full is gone.
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
            return Err(format!("of {due} records {came} have come"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    // What has been handed on twice has come before this.
    probe(running, sender, "last", printed)?;
    Ok(others(records(running)?))
}

/// Sends probes until one has come through.
pub(crate) fn probe(running: &mut Running, sender: &mut Sender, name: &str, printed: Printed) -> Result<(), String> {
    let message = format!("{PROBE}{name}");
    let start = Instant::now();
    loop {
        running.check()?;
        // A port that nobody listens on yet refuses datagrams.
        let sent = sender.send(message.as_bytes());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_millis(500) {
            if records(running)?.iter().any(|record| printed(record).as_deref() == Some(message.as_bytes())) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        if start.elapsed() > LONGEST_WAIT {
            return Err(format!("nothing comes through ({sent:?})\n{}", running.log()));
        }
    }
}

/// What has been printed so far. A line may still be under way.
pub(crate) fn records(running: &Running) -> Result<Vec<Value>, String> {
    let log = running.log();
    let complete = log.rfind('\n').map_or("", |end| &log[..end]);
    let lines = complete.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))).collect()
}
