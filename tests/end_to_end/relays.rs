//! ESET's messages become the same records after a relay: rsyslog and syslog-ng with their default formats, and with
//! JSON. No shipper is needed, because the library filters the relayed messages.
//!
//! Every field is compared with its type. Only two things may differ: `raw_message`, which is the message as it arrived
//! and must be present in both records or in neither, and the members of `additional_fields` that the relay has put
//! around the message.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions, Header, Kind};
use eset_filter_tests::expected;
use eset_filter_tests::json::Json;
use eset_filter_tests::sender::{Framing, Sender};
use libtest_mimic::{Failed, Trial};

use crate::rsyslog::Relay;
use crate::syslog_ng::SyslogNg;

/// The number of messages through a relay. The first dozen contain every type of event and every other kind of message.
const MESSAGES: usize = 2000;

/// The longest time without a message.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// The form in which a relay forwards a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The message after a header that the relay writes.
    Header,
    /// A JSON object with the whole message.
    Whole,
    /// A JSON object with the parts of the header as separate members, the host under this key.
    Parts(&'static str),
}

/// A handle that keeps a relay running, and its port.
type Started = Result<(Box<dyn Send>, u16), Failed>;

/// A relay and its output format.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    form: Form,
    /// Starts the relay for messages with these headers. It forwards them to a port on 127.0.0.1.
    start: fn(Header, u16) -> Started,
}

const RSYSLOG: [Way; 5] = [
    Way { name: "traditional", form: Form::Header, start: |_, to| stock("RSYSLOG_TraditionalForwardFormat", to) },
    Way { name: "forward", form: Form::Header, start: |_, to| stock("RSYSLOG_ForwardFormat", to) },
    Way { name: "protocol_23", form: Form::Header, start: |_, to| stock("RSYSLOG_SyslogProtocol23Format", to) },
    Way { name: "json_of_the_whole", form: Form::Whole, start: |_, to| jsonf("rawmsg", to) },
    Way { name: "json_of_the_parts", form: Form::Parts("hostname"), start: |_, to| jsonf("msg", to) },
];

const SYSLOG_NG: [Way; 5] = [
    Way { name: "bsd", form: Form::Header, start: |header, to| syslog_ng(header, to, "") },
    // This relay reads every header as RFC 3164.
    Way { name: "bsd_alone", form: Form::Header, start: |_, to| syslog_ng(Header::Rfc3164, to, "") },
    Way { name: "protocol", form: Form::Header, start: |header, to| syslog_ng(header, to, "flags(syslog-protocol)") },
    Way {
        name: "json_of_the_whole",
        form: Form::Whole,
        start: |header, to| syslog_ng(header, to, r#"template("$(format-json HOST=$HOST MESSAGE=$RAWMSG)\n")"#),
    },
    Way {
        name: "json_of_the_parts",
        form: Form::Parts("HOST"),
        start: |header, to| syslog_ng(header, to, r#"template("$(format-json --scope rfc3164)\n")"#),
    },
];

/// Returns the trials with the installed relays, and prints which relays are missing.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (relay, is_installed, ways) in [
        ("rsyslog", Relay::executable().is_some(), &RSYSLOG[..]),
        ("syslog-ng", SyslogNg::executable().is_some(), &SYSLOG_NG[..]),
    ] {
        if !is_installed {
            println!("{relay} is not installed, so nothing was tested with it as a relay.");
            continue;
        }
        for way in ways.iter().copied() {
            for (name, header) in [("rfc3164", Header::Rfc3164), ("rfc5424", Header::Rfc5424)] {
                let name = format!("relays::{relay}::{}::{name}", way.name);
                trials.push(Trial::test(name, move || relayed_messages_become_the_same_records(way, header)));
            }
        }
    }
    trials
}

fn stock(template: &str, to: u16) -> Started {
    let relay = Relay::with_template(to, "", template)?;
    let port = relay.port();
    Ok((Box::new(relay), port))
}

/// Starts rsyslog with a template that writes JSON, with the property `message` as the message.
fn jsonf(message: &str, to: u16) -> Started {
    let part = |key: &str, name: &str| format!("property(outname=\"{key}\" name=\"{name}\" format=\"jsonf\")");
    let parts = [
        part("hostname", "hostname"),
        part("severity", "syslogseverity-text"),
        part("syslogtag", "syslogtag"),
        part("message", message),
    ];
    let template = format!("template(name=\"json\" type=\"list\" option.jsonf=\"on\") {{ {} }}\n", parts.join(" "));
    let relay = Relay::with_template(to, &template, "json")?;
    let port = relay.port();
    Ok((Box::new(relay), port))
}

fn syslog_ng(header: Header, to: u16, destination: &str) -> Started {
    let flags = if header == Header::Rfc5424 { "store-raw-message, syslog-protocol" } else { "store-raw-message" };
    let relay = SyslogNg::start(to, &format!("flags({flags})"), destination)?;
    let port = relay.port;
    Ok((Box::new(relay), port))
}

fn relayed_messages_become_the_same_records(way: Way, header: Header) -> Result<(), Failed> {
    let shipper = TcpListener::bind("127.0.0.1:0")?;
    let (_relay, port) = (way.start)(header, shipper.local_addr()?.port())?;
    let (messages, kinds) = messages(header);
    for kind in [Kind::Event, Kind::Cut, Kind::Notification, Kind::Heartbeat] {
        assert!(kinds.contains(&kind), "no message is a {kind:?}");
    }
    let sent = messages.clone();
    let sender = thread::spawn(move || {
        let mut sender = Sender::tcp(port, Framing::Newline)?;
        sent.iter().try_for_each(|message| sender.send(message))
    });
    let stream = accept(&shipper)?;
    let mut arriving = BufReader::new(stream).split(b'\n');
    for message in &messages {
        let relayed = arriving.next().ok_or("the relay has closed the connection")?;
        let relayed = relayed.map_err(|error| format!("{error}: not all messages have arrived"))?;
        let [direct, given] = [message, &relayed].map(|message| expected::records(message, &Options::default()));
        let is_same = direct.len() == given.len()
            && direct.iter().zip(&given).all(|(direct, given)| is_same(way.form, direct, given));
        if !is_same {
            let [message, relayed] = [message, &relayed].map(|message| String::from_utf8_lossy(message));
            return Err(format!("{message}\nbecomes {direct:?}\n{relayed}\nbecomes {given:?}").into());
        }
    }
    sender.join().map_err(|_| "the sender has panicked")??;
    Ok(())
}

/// Accepts the connection that the relay opens for its first message.
fn accept(shipper: &TcpListener) -> Result<TcpStream, Failed> {
    shipper.set_nonblocking(true)?;
    let start = Instant::now();
    loop {
        match shipper.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(LONGEST_SILENCE))?;
                return Ok(stream);
            }
            Err(error) if start.elapsed() > LONGEST_SILENCE => {
                return Err(format!("the relay does not connect: {error}").into());
            }
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn messages(header: Header) -> (Vec<Vec<u8>>, Vec<Kind>) {
    let mut generator = Generator::new(GeneratorOptions { header, mark: true, ..Default::default() });
    let next = |_| {
        let mut message = Vec::new();
        let kind = generator.next_into(&mut message);
        (message, kind)
    };
    (0..MESSAGES).map(next).unzip()
}

/// Returns whether the record of a relayed message matches that of the original message.
fn is_same(form: Form, direct: &Json, given: &Json) -> bool {
    let (mut direct, mut given) = (direct.members().to_vec(), given.members().to_vec());
    let raw = |members: &mut Vec<(String, Json)>| take(members, "raw_message").is_some();
    if raw(&mut direct) != raw(&mut given) {
        return false;
    }
    let is_event = direct.iter().any(|(name, _)| name == "event_type");
    let around = if form == Form::Header || !is_event { Vec::new() } else { take_around(&mut given) };
    if let Form::Parts(key) = form {
        // The message no longer has a header, so the relay's member for the host must match.
        let host = take(&mut direct, "syslog_hostname");
        if is_event && around.iter().find(|(name, _)| name == key).map(|(_, value)| value) != host.as_ref() {
            return false;
        }
    }
    direct == given
}

/// Removes the members that the relay has put around a message. They are the first additional fields.
fn take_around(members: &mut Vec<(String, Json)>) -> Vec<(String, Json)> {
    const AROUND: [&str; 10] =
        ["hostname", "severity", "syslogtag", "HOST", "PROGRAM", "PRIORITY", "PID", "FACILITY", "DATE", "MSGID"];
    let Some(at) = members.iter().position(|(name, _)| name == "additional_fields") else { return Vec::new() };
    let additional = members[at].1.members().to_vec();
    let count = additional.iter().take_while(|(name, _)| AROUND.contains(&name.as_str())).count();
    let (around, own) = additional.split_at(count);
    if own.is_empty() {
        members.remove(at);
    } else {
        members[at].1 = Json::Object(own.to_vec());
    }
    around.to_vec()
}

fn take(members: &mut Vec<(String, Json)>, name: &str) -> Option<Json> {
    let at = members.iter().position(|(known, _)| known == name)?;
    Some(members.remove(at).1)
}
