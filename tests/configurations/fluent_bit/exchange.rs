//! Sends messages to a running receiver and waits for their records.

use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::running::Running;
use eset_filter_tests::sender::Sender;
use rmpv::Value;

use super::sink::{self, Sink};

/// How long the first message may take to arrive.
const LONGEST_START: Duration = Duration::from_secs(60);

/// The prefix of messages that only show whether earlier ones have arrived.
const PROBE: &[u8] = b"probe ";

/// Sends messages, waits until `due` records have arrived, and returns all records, including surplus ones.
///
/// # Errors
///
/// Returns an error if the receiver exits or does not accept a message, or if records are missing at the end.
pub(crate) fn exchange(
    running: &mut Running,
    sender: &mut Sender,
    sink: &Sink,
    messages: &[Vec<u8>],
    due: usize,
) -> Result<Vec<Value>, String> {
    wait_for_start(running, sender, sink)?;
    for message in messages {
        sender.send(message)?;
        // A datagram is lost if the receive buffer is full.
        if let Sender::Udp(_) = sender {
            thread::sleep(Duration::from_millis(2));
        }
    }
    let came = |records: &[Value]| records.iter().filter(|record| !is_probe(record)).count();
    let complete = sink.wait(|records| came(records) >= due);
    running.check()?;
    if complete.is_none() {
        let came = came(&sink.records());
        return Err(format!("{came} of {due} records have arrived\n{}", running.log()));
    }
    // Duplicates arrive before this probe.
    last_probe(sender, sink)?;
    Ok(sink.records().into_iter().filter(|record| !is_probe(record)).collect())
}

/// Sends probes until one has arrived.
pub(crate) fn wait_for_start(running: &mut Running, sender: &mut Sender, sink: &Sink) -> Result<(), String> {
    let start = Instant::now();
    loop {
        running.check()?;
        // Sending fails while nothing listens on the port.
        let sent = sender.send(PROBE);
        if sink.wait_for(Duration::from_millis(500), |records| records.iter().any(is_probe)).is_some() {
            return Ok(());
        }
        if start.elapsed() > LONGEST_START {
            return Err(format!("no probe has arrived (the last was sent with {sent:?})\n{}", running.log()));
        }
    }
}

/// Sends a probe and waits for it.
fn last_probe(sender: &mut Sender, sink: &Sink) -> Result<(), String> {
    let last = [PROBE, b"last"].concat();
    sender.send(&last)?;
    let is_last = |record: &Value| message(record) == Some(last.as_slice());
    sink.wait(|records| records.iter().any(is_last))
        .map(drop)
        .ok_or_else(|| "the last probe has not arrived".to_owned())
}

fn is_probe(record: &Value) -> bool {
    message(record).is_some_and(|message| message.starts_with(PROBE))
}

/// Returns the message of a record from an input, or from the filter if the message has no JSON.
fn message(record: &Value) -> Option<&[u8]> {
    ["message", "log", "raw_message"].iter().find_map(|key| sink::text(record, key))
}
