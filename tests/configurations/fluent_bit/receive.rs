//! The inputs on their own: every kind of message is passed on once, byte for byte, with the address of its sender.

use std::process::Command;

use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::kinds;
use eset_filter_tests::receiver::Input;
use eset_filter_tests::running::Running;
use eset_filter_tests::sender::{Framing, Sender};
use libtest_mimic::{Failed, Trial};
use rmpv::Value;

use super::exchange::exchange;
use super::shipped::{CURRENT, OCTET_COUNTING, Shipped};
use super::sink::{self, Sink};

/// Returns the messages that an input can carry. A line cannot contain a newline, and the `tcp` input cannot read a
/// NUL.
fn messages(input: Input) -> Vec<Vec<u8>> {
    match input {
        Input::Udp => kinds::all(),
        Input::Octet | Input::TlsOctet | Input::Rsyslog => [kinds::all(), kinds::longer()].concat(),
        Input::Tcp | Input::Tls => {
            let can_arrive = |message: &Vec<u8>| kinds::is_line(message) && !message.contains(&0);
            [kinds::all(), kinds::longer()].concat().into_iter().filter(can_arrive).collect()
        }
    }
}

/// Returns the scheme of the sender's address, if the input keeps the address.
fn scheme(input: Input, version: Version) -> Option<&'static str> {
    match input {
        Input::Udp => Some("udp"),
        Input::Tcp | Input::Tls if version < CURRENT => None,
        Input::Tcp | Input::Octet | Input::Tls | Input::TlsOctet => Some("tcp"),
        Input::Rsyslog => None,
    }
}

fn is_octet_counting(input: Input) -> bool {
    matches!(input, Input::Octet | Input::TlsOctet | Input::Rsyslog)
}

/// Returns a test for each input.
pub(crate) fn trials(host: &FluentBit, version: Version) -> Vec<Trial> {
    let mut inputs = Input::ALL.to_vec();
    if version < OCTET_COUNTING {
        println!("Fluent Bit {version} does not support octet counting, so the inputs with it were not tested.");
        inputs.retain(|(_, input)| !is_octet_counting(*input));
    }
    let mut trials: Vec<_> = inputs
        .into_iter()
        .map(|(name, input)| {
            let host = host.clone();
            Trial::test(format!("fluent_bit::receive::{name}"), move || passes_on(&host, version, input))
        })
        .collect();
    let host = host.clone();
    trials.push(Trial::test("fluent_bit::receive::empty_lines", move || empty_lines(&host, version)));
    trials
}

/// Starts Fluent Bit with these files and the sink as its output.
pub(crate) fn start(host: &FluentBit, shipped: &Shipped, files: &[&str], sink: &Sink) -> Result<Running, String> {
    let main = shipped.main(files, &sink.output())?;
    let mut command = Command::new(host.path());
    command.arg("--config").arg(main).envs(shipped.variables());
    Running::start(command, shipped.path("log"))
}

fn passes_on(host: &FluentBit, version: Version, input: Input) -> Result<(), Failed> {
    let (shipped, sink) = (Shipped::new(version)?, Sink::start()?);
    let mut running = start(host, &shipped, &[input.file()], &sink)?;
    let mut sender = input.sender(shipped.ports, &shipped.path("cert.pem"), Framing::OctetCounting)?;
    let messages = messages(input);
    let records = exchange(&mut running, &mut sender, &sink, &messages, messages.len())?;
    compare(&messages, &records)?;
    let scheme = scheme(input, version);
    for record in &records {
        let address = sink::text(record, "sender_address").map(String::from_utf8_lossy);
        let is_due = match scheme {
            Some(scheme) => {
                address.as_ref().is_some_and(|address| address.starts_with(&format!("{scheme}://127.0.0.1:")))
            }
            None => address.is_none(),
        };
        if !is_due {
            return Err(format!("the sender's address is {address:?}, expected the scheme {scheme:?}").into());
        }
    }
    Ok(())
}

/// Checks that no message is lost after an empty line. Messages after it wait until more data arrives.
fn empty_lines(host: &FluentBit, version: Version) -> Result<(), Failed> {
    let (shipped, sink) = (Shipped::new(version)?, Sink::start()?);
    let mut running = start(host, &shipped, &["receive.yaml"], &sink)?;
    let mut sender = Sender::tcp(shipped.ports.tcp, Framing::Newline)?;
    super::exchange::wait_for_start(&mut running, &mut sender, &sink)?;
    sender.send_raw(b"first\n\nsecond\r\n\r\nthird\n\n\n")?;
    // One empty line is skipped each time more data arrives.
    let mut more = 0;
    let is_here = |records: &[Value]| records.iter().any(|record| message(record) == b"third");
    while sink.wait_for(std::time::Duration::from_millis(300), is_here).is_none() {
        more += 1;
        if more > 50 {
            return Err(format!("the third message has not arrived: {:?}", sink.records()).into());
        }
        sender.send(format!("more {more}").as_bytes())?;
    }
    let messages = [b"first".to_vec(), b"second\r".to_vec(), b"\r".to_vec(), b"third".to_vec()];
    let is_due = |record: &Value| messages.iter().any(|due| due == message(record));
    let records: Vec<_> = sink.records().into_iter().filter(is_due).collect();
    Ok(compare(&messages, &records)?)
}

/// Returns the message of a record from an input.
pub(crate) fn message(record: &Value) -> &[u8] {
    sink::text(record, "message").or_else(|| sink::text(record, "log")).unwrap_or_default()
}

/// Checks that each message has arrived once, and nothing else.
///
/// # Errors
///
/// Returns the missing and the unexpected messages.
pub(crate) fn compare(messages: &[Vec<u8>], records: &[Value]) -> Result<(), String> {
    let mut expected: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut unexpected = Vec::new();
    for record in records {
        match expected.iter().position(|expected| *expected == message(record)) {
            Some(at) => drop(expected.swap_remove(at)),
            None => unexpected.push(message(record)),
        }
    }
    if expected.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    let show = |messages: &[&[u8]]| -> String {
        messages.iter().map(|text| format!("  {} bytes: {}\n", text.len(), start_and_end(text))).collect()
    };
    Err(format!("missing:\n{}unexpected:\n{}", show(&expected), show(&unexpected)))
}

fn start_and_end(text: &[u8]) -> String {
    let (start, end) = (&text[..text.len().min(60)], &text[text.len().saturating_sub(20)..]);
    format!("{} … {}", start.escape_ascii(), end.escape_ascii())
}
