//! The endpoint as a program: reads commands from stdin, and prints each call.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, thread};

use clap::Parser;
use eset_filter_azure_loopback::command::{Command, HELP};
use eset_filter_azure_loopback::{Call, Endpoint, Fault, Journal, Keep, Settings};

/// Azure on loopback: Entra's token endpoint and a data collection endpoint, to try configurations without Azure
///
/// Listens on 127.0.0.1 and prints the variables that a configuration needs. It then prints one line per call: what was
/// accepted, what was refused and why, and what Azure would have dropped silently. While it runs, it reads commands
/// from stdin, such as `throttle`, `fail 500`, `slow 10` or `down 60`; `help` lists them.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Port on 127.0.0.1; 0 selects a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,

    /// Use TLS, and write the certificate that clients must trust to this file, as PEM
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,

    /// How long tokens are valid, in seconds. Fluent Bit refuses tokens valid for less than 67 seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3599)]
    token_lifetime: u64,

    /// Refuse calls with 403, as if the application lacked the role Monitoring Metrics Publisher
    #[arg(long)]
    without_role: bool,

    /// Also refuse bodies that are larger than 1 MB before compression
    #[arg(long)]
    strict: bool,

    /// Print accepted records to stdout, one JSON object per line. Everything else goes to stderr
    #[arg(long)]
    records: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the records has closed the pipe, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let endpoint = Arc::new(Endpoint::start(Settings {
        port: args.port,
        tls: args.tls.is_some(),
        token_lifetime: Duration::from_secs(args.token_lifetime),
        has_role: !args.without_role,
        strict: args.strict,
        keep: if args.records { Keep::Records } else { Keep::Marks },
        ..Settings::default()
    })?);
    if let (Some(file), Some(certificate)) = (&args.tls, endpoint.certificate()) {
        let explain = |error| io::Error::other(format!("cannot write {}: {error}", file.display()));
        fs::write(file, certificate).map_err(explain)?;
    }
    introduce(&endpoint, args.tls.as_deref());
    let commanded = Arc::clone(&endpoint);
    thread::spawn(move || obey(&commanded));
    report(endpoint.journal())
}

fn introduce(endpoint: &Endpoint, certificate: Option<&Path>) {
    let settings = endpoint.settings();
    eprintln!("Listening on {}, stream {}.\n", endpoint.url(), settings.stream.name);
    for (name, value) in [
        ("AZURE_TENANT_ID", &settings.tenant),
        ("AZURE_CLIENT_ID", &settings.client_id),
        ("AZURE_CLIENT_SECRET", &settings.client_secret),
        ("AZURE_AUTH_URL", &endpoint.token_url()),
        ("AZURE_DCE_URL", &endpoint.url()),
        ("AZURE_DCR_ID", &settings.dcr),
        ("AZURE_TLS", &(if settings.tls { "on" } else { "off" }).to_owned()),
    ] {
        eprintln!("export {name}='{value}'");
    }
    // Vector uses these instead of the address of the token endpoint, and requires HTTPS.
    if let Some(certificate) = certificate {
        eprintln!("export AZURE_AUTHORITY_HOST='{}'", endpoint.url());
        eprintln!("export SSL_CERT_FILE='{}'", certificate.display());
    }
    eprintln!();
}

/// Prints everything that arrives, and never returns unless writing fails.
fn report(journal: &Journal) -> io::Result<()> {
    let (mut calls, mut complaints) = (0, 0);
    loop {
        journal.wait_for_call(Duration::from_secs(3600), calls);
        for call in journal.calls().iter().skip(calls) {
            eprintln!("{}", describe(call));
            calls += 1;
        }
        let known = journal.complaints();
        if known.len() > complaints {
            complaints = known.len();
            known.iter().for_each(|complaint| eprintln!("     Azure would not store this: {}", complaint.what));
        }
        let mut stdout = io::stdout().lock();
        for record in journal.take_records() {
            writeln!(stdout, "{}", record.get())?;
        }
        stdout.flush()?;
    }
}

fn describe(call: &Call) -> String {
    let status = call.status.map_or_else(|| "cut".to_owned(), |status| status.to_string());
    let Call { code, accepted, sent, uncompressed, .. } = call;
    match call.is_token {
        true if code.is_empty() => format!("{status}  token issued"),
        true => format!("{status}  token refused: {code}"),
        false if *accepted > 0 => format!("{status}  {accepted} records, {sent} bytes, {uncompressed} uncompressed"),
        false if call.status == Some(204) => format!("{status}  empty list"),
        false => format!("{status}  no records {code}, {sent} bytes, {uncompressed} uncompressed"),
    }
}

/// Executes the commands from stdin. The endpoint continues to serve when stdin ends.
fn obey(endpoint: &Arc<Endpoint>) {
    let mut fault = None;
    for line in io::stdin().lock().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
        match line.parse() {
            Ok(command) => execute(endpoint, command, &mut fault),
            Err(error) => eprintln!("{error}"),
        }
    }
}

fn execute(endpoint: &Arc<Endpoint>, command: Command, fault: &mut Option<Fault>) {
    match command {
        Command::Ok => {
            *fault = None;
            endpoint.faults().clear();
        }
        Command::Fault(next) => {
            *fault = Some(next);
            endpoint.faults().set(next);
        }
        Command::Share(share) => match fault {
            Some(fault) => endpoint.faults().set_share(*fault, share),
            None => eprintln!("set a fault first, such as `fail`"),
        },
        Command::Revoke => endpoint.revoke_tokens(),
        Command::Down(time) => {
            endpoint.go_down();
            eprintln!("the port is closed");
            if let Some(time) = time {
                let endpoint = Arc::clone(endpoint);
                thread::spawn(move || {
                    thread::sleep(time);
                    come_up(&endpoint);
                });
            }
        }
        Command::Up => come_up(endpoint),
        Command::Help => eprintln!("{HELP}"),
    }
}

fn come_up(endpoint: &Endpoint) {
    match endpoint.come_up() {
        Ok(()) => eprintln!("the port is open"),
        Err(error) => eprintln!("error: {error}"),
    }
}
