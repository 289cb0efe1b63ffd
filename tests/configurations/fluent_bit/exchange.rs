//! Sends messages to a running receiver, and waits for what becomes of them.

use std::thread;
use std::time::{Duration, Instant};

use eset_filter_tests::running::Running;
use eset_filter_tests::sender::Sender;
use rmpv::Value;

use super::sink::{self, Sink};

/// How long the first message may take to come through.
const LONGEST_START: Duration = Duration::from_secs(60);

/// What a message begins with that only has to show whether others have come through.
const PROBE: &[u8] = b"probe ";

/// Sends messages, and returns the records that have become of them when all have come: those that are due and, if there
/// should be any, more.
///
/// # Errors
///
/// The receiver has ended, or does not take a message, or something is missing in the end.
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
        // A datagram that finds the buffer full is gone.
        if let Sender::Udp(_) = sender {
            thread::sleep(Duration::from_millis(2));
        }
    }
    let came = |records: &[Value]| records.iter().filter(|record| !is_probe(record)).count();
    let complete = sink.wait(|records| came(records) >= due);
    running.check()?;
    if complete.is_none() {
        let came = came(&sink.records());
        return Err(format!("of {due} records {came} have come\n{}", running.log()));
    }
    // What has been handed on twice has come before this.
    last_probe(sender, sink)?;
    Ok(sink.records().into_iter().filter(|record| !is_probe(record)).collect())
}

/// Sends probes until one has come through.
pub(crate) fn wait_for_start(running: &mut Running, sender: &mut Sender, sink: &Sink) -> Result<(), String> {
    let start = Instant::now();
    loop {
        running.check()?;
        // A port that nobody listens on yet refuses datagrams.
        let sent = sender.send(PROBE);
        if sink.wait_for(Duration::from_millis(500), |records| records.iter().any(is_probe)).is_some() {
            return Ok(());
        }
        if start.elapsed() > LONGEST_START {
            return Err(format!("nothing comes through ({sent:?})\n{}", running.log()));
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
        .ok_or_else(|| "the last message does not come".to_owned())
}

fn is_probe(record: &Value) -> bool {
    message(record).is_some_and(|message| message.starts_with(PROBE))
}

/// The message, as an input or, if it had no JSON, as the filter has handed it on.
fn message(record: &Value) -> Option<&[u8]> {
    ["message", "log", "raw_message"].iter().find_map(|key| sink::text(record, key))
}
