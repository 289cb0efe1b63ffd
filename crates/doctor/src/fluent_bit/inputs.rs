//! The inputs: which of ESET's messages they would lose, and which ports they listen on.
//!
//! Source: Fluent Bit, `plugins/in_syslog`, `plugins/in_tcp`, `plugins/in_udp`.

use std::path::Path;

use super::config::{Config, Section};
use super::executable::Version;
use super::parsers::{self, Parser, Verdict};
use super::size::parse_size;
use crate::finding::Finding;
use crate::setup::{Listener, ReceiveBuffer, ServerTls, Transport};

const CHECK: &str = "inputs";

/// The first version whose `syslog` input supports octet counting.
const OCTET_COUNTING: Version = Version(4, 2, 0);

/// The keys under which an input puts messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MessageKeys {
    /// Under one of these keys.
    Known(Vec<String>),
    /// Unknown: it depends on the sender, or on something that cannot be checked here.
    Open,
}

/// Checks the inputs. Also returns the keys under which each input puts messages.
pub(super) fn check(config: &Config, base: &Path, version: Option<Version>) -> (Vec<MessageKeys>, Vec<Finding>) {
    let (parsers, mut findings) = parsers::load(config, base);
    let keys = config.inputs.iter().map(|input| {
        let keys = match input.name().as_str() {
            "syslog" => syslog(input, &parsers, version, &mut findings),
            name @ ("tcp" | "udp") => lines(name, input, &parsers, &mut findings),
            _ => return MessageKeys::Open,
        };
        findings.extend(tls(input));
        findings.extend(storage(input, config));
        keys
    });
    let keys = keys.collect();
    (keys, findings)
}

/// Returns the ports that the inputs listen on.
pub(super) fn listeners(config: &Config, base: &Path) -> (Vec<Listener>, Vec<Finding>) {
    let mut findings = Vec::new();
    let listener = |input: &Section| {
        let (transport, default) = match (input.name().as_str(), input.get("mode").unwrap_or_default()) {
            ("syslog", mode) if mode.eq_ignore_ascii_case("udp") => (Transport::Udp, 5140),
            ("syslog", mode) if mode.eq_ignore_ascii_case("tcp") => (Transport::Tcp, 5140),
            ("udp", _) => (Transport::Udp, 5170),
            ("tcp", _) => (Transport::Tcp, 5170),
            ("forward", _) if input.get("unix_path").is_none() => (Transport::Tcp, 24224),
            ("http", _) => (Transport::Tcp, 9880),
            _ => return None,
        };
        let place = input.place_of("port");
        let port = match input.get("port").map_or(Ok(default), str::parse) {
            Ok(port) if port != 0 => port,
            _ => {
                let what =
                    format!("{} has an invalid port: {:?}", input.title(), input.get("port").unwrap_or_default());
                findings.push(Finding::error(CHECK, what, "Set a port from 1 to 65535.").at(&place));
                return None;
            }
        };
        let tls = input.is_on("tls") == Some(true) && transport == Transport::Tcp;
        let file = |key| input.get(key).filter(|file| !file.is_empty()).map(|file| base.join(file));
        let tls = if tls { file("tls.crt_file").zip(file("tls.key_file")) } else { None };
        let has_buffer = input.name() == "syslog" && transport == Transport::Udp;
        let receive_buffer = input.get("receive_buffer_size").and_then(parse_size);
        let receive_buffer = receive_buffer.map_or(ReceiveBuffer::Default, ReceiveBuffer::Bytes);
        Some(Listener {
            transport,
            address: input.get("listen").filter(|listen| !listen.is_empty()).unwrap_or("0.0.0.0").to_owned(),
            port,
            receive_buffer: has_buffer.then_some(receive_buffer),
            tls: tls.map(|(certificate, key)| ServerTls {
                place: input.place_of("tls.crt_file"),
                certificate,
                key,
                has_passphrase: input.get("tls.key_passwd").is_some(),
            }),
            place,
        })
    };
    let mut listeners: Vec<_> = config.inputs.iter().filter_map(listener).collect();
    listeners.extend(http_server(&config.service));
    (listeners, findings)
}

/// Returns the port of Fluent Bit's own server for health and metrics, if it is on.
fn http_server(service: &Section) -> Option<Listener> {
    (service.is_on("http_server") == Some(true)).then_some(())?;
    Some(Listener {
        place: service.place_of("http_server"),
        transport: Transport::Tcp,
        address: service.get("http_listen").filter(|listen| !listen.is_empty()).unwrap_or("0.0.0.0").to_owned(),
        port: service.get("http_port").map_or(Ok(2020), str::parse).ok()?,
        receive_buffer: None,
        tls: None,
    })
}

fn syslog(input: &Section, parsers: &[Parser], version: Option<Version>, findings: &mut Vec<Finding>) -> MessageKeys {
    let mode = input.get("mode").unwrap_or("unix_udp").to_ascii_lowercase();
    let counts_octets = input
        .get("format")
        .is_some_and(|format| format.eq_ignore_ascii_case("octet_counting") || format.eq_ignore_ascii_case("octet"));
    match mode.as_str() {
        "udp" => {}
        "tcp" if counts_octets => {
            if let Some(version) = version.filter(|version| *version < OCTET_COUNTING) {
                let what = format!("{}: Fluent Bit {version} does not support octet counting", input.title());
                let advice =
                    "Use Fluent Bit 4.2 or later, or the tcp input and a sender that ends messages with newlines.";
                findings.push(Finding::error(CHECK, what, advice).at(&input.place_of("format")));
            }
        }
        "tcp" => {
            let what = format!("{} reads TCP without octet counting", input.title());
            let advice = "A message followed by an empty line is repeated in pieces. Use the tcp input with format: none, \
                          or set format: octet_counting if the sender puts the length before each message.";
            findings.push(Finding::warning(CHECK, what, advice).at(&input.place_of("mode")));
        }
        _ if input.get("port").is_some() || input.get("mode").is_none() => {
            let what = format!("{} does not listen on a port: its mode is {mode}", input.title());
            findings.push(Finding::error(CHECK, what, "Set mode: udp or mode: tcp.").at(&input.place_of("mode")));
        }
        _ => {}
    }
    let default = if mode.starts_with("unix") { "syslog-rfc3164-local" } else { "syslog-rfc5424" };
    parsed(input, input.get("parser").unwrap_or(default), parsers, findings)
}

/// Checks a `tcp` or `udp` input. Both read lines.
fn lines(name: &str, input: &Section, parsers: &[Parser], findings: &mut Vec<Finding>) -> MessageKeys {
    if name == "udp" {
        let what = format!("{} drops datagrams that do not end in a newline", input.title());
        let advice = "ESET PROTECT's do not. Use the syslog input with mode: udp and a parser that matches everything.";
        findings.push(Finding::error(CHECK, what, advice).at(&input.place()));
    }
    if !input.get("format").is_some_and(|format| format.eq_ignore_ascii_case("none")) {
        let what = format!("{} reads each line as JSON, but a syslog message is not JSON", input.title());
        findings.push(
            Finding::error(
                CHECK,
                what,
                "Set format: none. The filter itself reads messages that a relay has wrapped in JSON.",
            )
            .at(&input.place_of("format")),
        );
        return MessageKeys::Open;
    }
    match input.get("parser") {
        Some(parser) => parsed(input, parser, parsers, findings),
        None => MessageKeys::Known(vec!["log".to_owned()]),
    }
}

/// Checks what a parser does to the messages of an input.
fn parsed(input: &Section, name: &str, parsers: &[Parser], findings: &mut Vec<Finding>) -> MessageKeys {
    let place = input.place_of("parser");
    let Some(parser) = parsers.iter().find(|parser| parser.name == name) else {
        let what = format!("{} uses the parser {name}, which is not defined", input.title());
        let advice = "Define it under `parsers:` (since Fluent Bit 3.2), or in a file named by `parsers_file`.";
        findings.push(Finding::error(CHECK, what, advice).at(&place));
        return MessageKeys::Open;
    };
    let whole = "Use the parser whole_message from fluent-bit-config/receive.yaml, which matches everything. The filter \
                 itself reads the headers, and JSON that a relay has put around a message.";
    let finding = match parser.verdict() {
        Verdict::Whole(keys) => return MessageKeys::Known(keys),
        Verdict::Misses(sample) => {
            let what = format!("{} loses messages: its parser {name} does not match {}", input.title(), short(&sample));
            Finding::error(CHECK, what, whole)
        }
        Verdict::Cuts(sample) => {
            let what = format!(
                "{} cuts messages short: its parser {name} does not keep all of {}",
                input.title(),
                short(&sample)
            );
            Finding::warning(CHECK, what, whole)
        }
        Verdict::Unknown(why) => {
            let what = format!("the parser {name} was not tested: {why}");
            Finding::skipped(CHECK, what, format!("If messages are missing: {whole}"))
        }
    };
    findings.push(finding.at(&place));
    MessageKeys::Open
}

fn tls(input: &Section) -> Option<Finding> {
    let is_on = input.is_on("tls") == Some(true);
    let files = ["tls.crt_file", "tls.key_file"].map(|key| input.get(key).filter(|file| !file.is_empty()));
    let is_udp = input.name() == "udp" || input.get("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("udp"));
    let place = input.place_of("tls");
    let finding = match files {
        _ if is_on && is_udp => {
            let advice = "Remove `tls`, or receive over TCP.";
            Finding::error(CHECK, format!("{} has TLS on, but receives over UDP", input.title()), advice)
        }
        _ if input.is_unset("tls.crt_file") || input.is_unset("tls.key_file") => return None,
        [None, _] | [_, None] if is_on => {
            let advice = "Set tls.crt_file and tls.key_file.";
            Finding::error(
                CHECK,
                format!("{} has TLS on, but its certificate or key is not set", input.title()),
                advice,
            )
        }
        [Some(_), _] | [_, Some(_)] if !is_on => {
            let what = format!("{} has a certificate or key, but TLS is not on", input.title());
            Finding::warning(CHECK, what, "Set tls: on, or remove tls.crt_file and tls.key_file.")
        }
        _ => return None,
    };
    Some(finding.at(&place))
}

/// Checks where undelivered records are kept.
fn storage(input: &Section, config: &Config) -> Option<Finding> {
    let service = &config.service;
    let inherited = service.get("storage.type").filter(|_| service.is_on("storage.inherit") == Some(true));
    let kind = input.get("storage.type").or(inherited).unwrap_or("memory");
    let place = input.place_of("storage.type");
    if !kind.eq_ignore_ascii_case("filesystem") {
        let what = format!("{} keeps records in memory until they are delivered", input.title());
        let advice =
            "They are lost when Fluent Bit exits. Set storage.type: filesystem, and storage.path in `service`.";
        return Some(Finding::warning(CHECK, what, advice).at(&place));
    }
    if service.get("storage.path").is_none_or(str::is_empty) && !service.is_unset("storage.path") {
        let what = format!("{} keeps records on disk, but storage.path is not set in `service`", input.title());
        return Some(Finding::error(CHECK, what, "Set storage.path in `service` to a dedicated directory.").at(&place));
    }
    None
}

/// Quotes the beginning of a message.
fn short(message: &str) -> String {
    let short: String = message.chars().take(60).collect();
    format!("{short:?}{}", if short.len() < message.len() { "…" } else { "" })
}
