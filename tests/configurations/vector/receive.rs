//! The sources on their own: every kind of message is passed on once, byte for byte, with the address of its sender.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use eset_filter_tests::kinds;
use eset_filter_tests::receiver::Input;
use eset_filter_tests::sender::{Framing, Sender};
use eset_filter_tests::vector::{Vector, layout};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::exchange::{exchange, probe, records};
use super::shipped::Shipped;

/// Prints the events of the sources, with the bytes of the message as hexadecimal digits. The transform has the name of
/// the filter, to which the tests in the files refer.
const AS_RECEIVED: &str = "
transforms:
  eset:
    type: remap
    inputs: ['receive_*']
    source: .message = encode_base16(string!(.message))
sinks:
  out:
    type: console
    inputs: [eset]
    encoding:
      codec: json
";

/// The maximum length of a message on a connection, in bytes.
const LONGEST: usize = 262_144;

/// Connects to a source.
fn connect(source: Input, shipped: &Shipped) -> Result<Sender, String> {
    source.sender(shipped.ports, &shipped.path("cert.pem"), Framing::Newline)
}

/// Returns the messages that a source can carry. A line cannot contain a newline, and with octet counting Vector only
/// accepts UTF-8.
fn messages(source: Input) -> Vec<Vec<u8>> {
    let longest = vec![b'i'; LONGEST];
    let all = || [kinds::all(), kinds::longer(), vec![longest.clone()]].concat().into_iter();
    match source {
        Input::Udp => kinds::all(),
        Input::Octet | Input::TlsOctet => all().filter(|message| str::from_utf8(message).is_ok()).collect(),
        Input::Tcp | Input::Tls | Input::Rsyslog => all().filter(|message| kinds::is_line(message)).collect(),
    }
}

/// The first version of Vector with the options that README.md lists for newer versions.
const NEWER: &str = "0.58";

type Test = fn(&Vector) -> Result<(), Failed>;

/// Returns a test for each source, and for the messages that sources do not accept.
pub(crate) fn trials(host: &Vector) -> Vec<Trial> {
    let trial = |(name, source)| {
        let (name, host) = (format!("vector::{}::receive::{name}", host.version()), host.clone());
        Trial::test(name, move || passes_on(&host, source))
    };
    let mut trials: Vec<_> = Input::ALL.into_iter().map(trial).collect();
    let others: [(&str, Test); 3] = [
        ("empty_lines_and_a_last_line", empty_lines_and_a_last_line),
        ("a_longer_line_is_dropped_alone", a_longer_line_is_dropped_alone),
        ("octets_that_are_not_utf8_end_the_connection", octets_that_are_not_utf8_end_the_connection),
    ];
    let newer: [(&str, Test); 2] = [
        ("a_longer_line_is_truncated", a_longer_line_is_truncated),
        ("a_silent_handshake_is_ended", a_silent_handshake_is_ended),
    ];
    let newer = newer.into_iter().filter(|_| host.is_since(NEWER));
    for (name, run) in others.into_iter().chain(newer) {
        let (name, host) = (format!("vector::{}::receive::{name}", host.version()), host.clone());
        trials.push(Trial::test(name, move || run(&host)));
    }
    trials
}

fn passes_on(host: &Vector, source: Input) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &[source.file()], AS_RECEIVED)?;
    let mut sender = connect(source, &shipped)?;
    let messages = messages(source);
    let records = exchange(&mut running, &mut sender, &messages, messages.len(), message)?;
    compare(&messages, &records)?;
    let address = if source == Input::Rsyslog { Value::Null } else { "127.0.0.1".into() };
    match records.iter().find(|record| record["sender_address"] != address || record["timestamp"].is_null()) {
        None => Ok(()),
        Some(record) => Err(format!("the sender's address or the timestamp is wrong: {record}").into()),
    }
}

/// No message is lost after empty lines, or at the end of a connection without a newline.
fn empty_lines_and_a_last_line(host: &Vector) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &["receive.yaml"], AS_RECEIVED)?;
    let mut sender = connect(Input::Tcp, &shipped)?;
    probe(&mut running, &mut sender, "first", message)?;
    sender.send_raw(b"first\n\nsecond\r\n\r\nthird\n\n\nlast")?;
    drop(sender);
    probe(&mut running, &mut connect(Input::Tcp, &shipped)?, "last", message)?;
    let came: Vec<_> = records(&running)?.iter().filter_map(message).collect();
    for due in [&b"first"[..], b"second\r", b"\r", b"third", b"last"] {
        if came.iter().filter(|message| *message == due).count() != 1 {
            return Err(format!("{:?} has not arrived exactly once: {came:?}", due.escape_ascii().to_string()).into());
        }
    }
    Ok(())
}

fn a_longer_line_is_dropped_alone(host: &Vector) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &["receive.yaml"], AS_RECEIVED)?;
    let mut sender = connect(Input::Tcp, &shipped)?;
    let messages = [vec![b'x'; LONGEST + 1], b"next".to_vec()];
    let records = exchange(&mut running, &mut sender, &messages, 1, message)?;
    Ok(compare(&messages[1..], &records)?)
}

/// Returns the settings that README.md lists for newer versions.
fn newer_settings() -> Result<String, Failed> {
    let readme = fs::read_to_string(layout::shipped().join("README.md"))?;
    let (_, section) =
        readme.split_once("**With Vector 0.58 and later**").ok_or("README.md has no section for later versions")?;
    let (_, settings) = section.split_once("```yaml\n").ok_or("README.md has no settings for newer versions")?;
    Ok(settings.split_once("```").ok_or("the block of settings is not closed")?.0.to_owned())
}

fn a_longer_line_is_truncated(host: &Vector) -> Result<(), Failed> {
    for source in [Input::Tcp, Input::Tls] {
        let shipped = Shipped::new()?;
        let newer = newer_settings()? + AS_RECEIVED;
        let mut running = shipped.start(host, &["receive.yaml", "receive-tls.yaml"], &newer)?;
        let messages = [vec![b'x'; LONGEST + 1000], b"next".to_vec()];
        let records = exchange(&mut running, &mut connect(source, &shipped)?, &messages, 2, message)?;
        compare(&[vec![b'x'; LONGEST], b"next".to_vec()], &records)?;
    }
    Ok(())
}

/// Without a timeout, a connection without a handshake would stay open forever.
fn a_silent_handshake_is_ended(host: &Vector) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let newer =
        newer_settings()?.replace("tls_handshake_timeout_secs: 10", "tls_handshake_timeout_secs: 2") + AS_RECEIVED;
    let mut running = shipped.start(host, &["receive.yaml", "receive-tls.yaml"], &newer)?;
    probe(&mut running, &mut connect(Input::Tls, &shipped)?, "first", message)?;
    let mut stream = TcpStream::connect(("127.0.0.1", shipped.ports.tls))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    match stream.read(&mut [0]) {
        Ok(0) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(()),
        other => Err(format!("the connection is still open: {other:?}").into()),
    }
}

fn octets_that_are_not_utf8_end_the_connection(host: &Vector) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let mut running = shipped.start(host, &["receive-octet.yaml"], AS_RECEIVED)?;
    let mut sender = connect(Input::Octet, &shipped)?;
    probe(&mut running, &mut sender, "first", message)?;
    let mut stream = TcpStream::connect(("127.0.0.1", shipped.ports.octet))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(b"6 before9 not \xFF utf")?;
    // The connection ends with a FIN or with a reset.
    match stream.read(&mut [0]) {
        Ok(0) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        other => return Err(format!("the connection is still open: {other:?}").into()),
    }
    probe(&mut running, &mut sender, "last", message)?;
    let came: Vec<_> = records(&running)?.iter().filter_map(message).collect();
    let of_connection: Vec<_> = came.iter().filter(|message| !message.starts_with(b"probe ")).collect();
    if of_connection == [b"before"] { Ok(()) } else { Err(format!("{of_connection:?}").into()) }
}

/// Returns the message of a record.
fn message(record: &Value) -> Option<Vec<u8>> {
    let digits = record["message"].as_str()?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

/// Checks that each message has arrived once, and nothing else.
///
/// # Errors
///
/// Returns the missing and the unexpected messages.
fn compare(messages: &[Vec<u8>], records: &[Value]) -> Result<(), String> {
    let mut missing: Vec<_> = messages.iter().collect();
    let mut unexpected = Vec::new();
    for message in records.iter().filter_map(message) {
        match missing.iter().position(|missing| **missing == message) {
            Some(at) => drop(missing.swap_remove(at)),
            None => unexpected.push(message),
        }
    }
    if missing.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    let show =
        |message: &[u8]| format!("  {} bytes: {} …\n", message.len(), message[..message.len().min(60)].escape_ascii());
    let missing: String = missing.into_iter().map(|message| show(message)).collect();
    let unexpected: String = unexpected.iter().map(|message| show(message)).collect();
    Err(format!("missing:\n{missing}unexpected:\n{unexpected}"))
}
