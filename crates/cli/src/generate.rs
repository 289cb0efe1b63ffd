//! `eset-filter generate`: sends the messages of `eset_filter_generator`.
//!
//! A message waits in `pace` until it is due, and `transport` frames and sends it.

mod pace;
mod progress;
mod tls;
mod transport;

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use clap::ValueEnum;
use eset_filter_generator::{Generator, GeneratorOptions};

use crate::error::Error;
use pace::Pace;
use progress::Progress;
use tls::Trust;
use transport::{Framing, Output, Target, explain};

/// Generate ESET PROTECT traffic, to stdout or to a syslog receiver.
///
/// The messages are like those of ESET PROTECT on-premises and in the cloud, with all their quirks: every event type,
/// heartbeats, notifications, byte-order marks, messages cut at 8000 characters, fields of newer versions. The same
/// seed always produces the same bytes. The first messages cover every event type and, in JSON, every quirk.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// The number of messages; 0 continues until interrupted
    #[arg(long, short = 'n', value_name = "N", value_parser = parse_number, default_value_t = 1000)]
    count: u64,

    /// The seed of the random generator; the same seed produces the same messages
    #[arg(long, value_name = "S", value_parser = parse_number, default_value_t = 1)]
    seed: u64,

    /// The syslog header before each message
    #[arg(long, value_enum, default_value_t)]
    header: Header,

    /// The format of the events; the same seed produces the same events in every format
    #[arg(long, value_enum, default_value_t)]
    payload: Payload,

    /// Messages per second, evenly spaced [default: as fast as the receiver accepts them]
    #[arg(long, value_name = "R", value_parser = parse_rate)]
    rate: Option<f64>,

    /// Send to a receiver: udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT [default: stdout]
    #[arg(long, value_name = "URL")]
    to: Option<Target>,

    /// How messages are delimited on stdout, TCP and TLS; a UDP datagram is always one message
    #[arg(long, value_enum, default_value_t)]
    framing: Framing,

    /// PEM file of the certificate authority that tls:// trusts
    #[arg(long, value_name = "FILE", requires = "to", conflicts_with = "insecure")]
    ca: Option<PathBuf>,

    /// Let tls:// accept any certificate; for trials on one machine only
    #[arg(long, requires = "to")]
    insecure: bool,

    /// Number the events: set group_description to id-S-1, id-S-2 and so on, where S is the seed, so that each event
    /// can be found at the receiver
    #[arg(long)]
    mark: bool,

    /// Generate only complete events as ESET PROTECT on-premises sends them: no heartbeats, text, truncated messages,
    /// byte-order marks, unknown fields, or bools and numbers in JSON strings
    #[arg(long)]
    clean: bool,
}

/// The syslog header before a message.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Header {
    /// BSD syslog: `<14>Oct 30 05:31:10 host ERAServer[75]: {…}`
    Rfc3164,
    /// Syslog: `<14>1 2026-02-27T16:25:37.704Z host ERAServer 3432 - - {…}`
    #[default]
    Rfc5424,
    /// No header, as after a relay that removes it
    None,
}

/// The format of the events.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Payload {
    /// `{"event_type":"Threat_Event",…}`
    #[default]
    Json,
    /// `CEF:0|ESET|Protect|11.1.20.0|183|…|5|cat=ESET Threat Event …`
    Cef,
    /// `LEEF:1.0|ESET|RemoteAdministrator|11.1.20.0|Threat Event|cat=…`
    Leef,
    /// A random mix of these formats, as from several servers
    Mixed,
}

impl From<Payload> for eset_filter_generator::Payload {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Json => Self::Json,
            Payload::Cef => Self::Cef,
            Payload::Leef => Self::Leef,
            Payload::Mixed => Self::Mixed,
        }
    }
}

impl From<Header> for eset_filter_generator::Header {
    fn from(header: Header) -> Self {
        match header {
            Header::Rfc3164 => Self::Rfc3164,
            Header::Rfc5424 => Self::Rfc5424,
            Header::None => Self::None,
        }
    }
}

/// Generates and sends messages.
///
/// # Errors
///
/// Two options cannot be used together, the receiver cannot be reached, or it stops accepting messages. A closed
/// stdout, as with `| head`, is not an error.
pub(crate) fn run(args: &GenerateArgs) -> Result<(), Error> {
    let output = open(args)?;
    let Err(error) = send(args, output) else { return Ok(()) };
    Err(match &args.to {
        None if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
        None => explain(&error, "cannot write to stdout; check where it is redirected to"),
        Some(target) => {
            explain(&error, format_args!("cannot send to {target}; check that the receiver is still running"))
        }
    })
}

fn open(args: &GenerateArgs) -> Result<Output, Error> {
    let Some(target) = &args.to else { return Ok(Output::stdout(args.framing)) };
    let trust = match (&args.ca, args.insecure) {
        (None, false) if target.is_tls() => {
            return refuse("tls:// needs --ca FILE with the receiver's certificate authority, or --insecure");
        }
        (Some(_), _) | (_, true) if !target.is_tls() => {
            return refuse("--ca and --insecure need --to tls://HOST:PORT");
        }
        (Some(file), _) => Trust::Authority(file),
        (None, _) => Trust::Anyone,
    };
    if target.is_udp() && args.framing == Framing::Octet {
        return refuse("--framing octet needs tcp:// or tls://; a UDP datagram is always one message");
    }
    Output::connect(target, args.framing, trust)
}

fn send(args: &GenerateArgs, mut output: Output) -> io::Result<()> {
    let GenerateArgs { count, seed, header, payload, rate, mark, clean, .. } = *args;
    let options = GeneratorOptions { seed, header: header.into(), payload: payload.into(), mark, clean };
    let mut generator = Generator::new(options);
    let mut pace = rate.map(|rate| Pace::new(rate, Instant::now()));
    let mut progress = Progress::new(count, args.to.is_none());
    let mut message = Vec::new();
    let mut sent = 0;
    while count == 0 || sent < count {
        generator.next_into(&mut message);
        if let Some(wait) = pace.as_mut().and_then(|pace| pace.wait(Instant::now())) {
            output.flush()?;
            thread::sleep(wait);
        }
        output.send(&message)?;
        progress.advance();
        sent += 1;
    }
    output.finish()
}

fn parse_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Parses a rate: at least one message every 1000 seconds, and at most more than any receiver accepts.
fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=1e9).contains(&rate) => Ok(rate),
        _ => Err("expected messages per second, from 0.001 to 1e9; omit --rate for no limit".to_owned()),
    }
}

fn refuse<T>(why: &str) -> Result<T, Error> {
    Err(Error::Usage(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: GenerateArgs,
    }

    fn parse(line: &str) -> Result<GenerateArgs, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.args)
    }

    #[test]
    fn rates_have_limits() {
        for good in ["0.001", "2.5", "100000", "1e6"] {
            assert!(parse(&format!("generate --rate {good}")).is_ok(), "{good}");
        }
        for bad in ["0", "1e-300", "inf", "NaN", "-5", "fast"] {
            assert!(parse(&format!("generate --rate={bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_and_seeds_are_whole_numbers() {
        for bad in ["--count=x", "--count=-1", "--seed=1.5", "--seed=18446744073709551616"] {
            let error = parse(&format!("generate {bad}")).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains("expected a whole number from 0 to 18446744073709551615"), "{error}");
        }
    }

    #[test]
    fn conflicting_options_are_refused() {
        for bad in ["generate --ca x.pem", "generate --to tls://localhost:1 --ca x.pem --insecure"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for bad in [
            "generate --to tls://localhost:1",
            "generate --to tcp://localhost:1 --insecure",
            "generate --to udp://localhost:1 --framing octet",
            "generate --to tls://localhost:1 --ca /nowhere.pem",
        ] {
            assert!(matches!(run(&parse(bad).unwrap()), Err(Error::Usage(_))), "{bad}");
        }
    }

    /// For a link-local address without an interface the system reports an invalid argument, but the command line is
    /// valid.
    #[test]
    fn an_address_that_the_system_refuses_is_not_a_usage_error() {
        for good in ["generate --to tcp://[fe80::1]:9", "generate --to udp://[fe80::1]:9"] {
            assert!(matches!(run(&parse(good).unwrap()), Err(Error::Failure(_))), "{good}");
        }
    }
}
