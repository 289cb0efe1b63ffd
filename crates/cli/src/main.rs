//! The `eset-filter` command: the filter without a shipper, and the tools around it.
//!
//! A run passes `args` (the request) -> `input` (messages, one per line, decompressed) -> `engine` (how they are
//! filtered) -> `output` (records, in the requested form) -> `stats`. Subcommands are separate.
#![forbid(unsafe_code)]

mod args;
mod azure;
mod compressed;
mod doctor;
mod engine;
mod error;
mod fields;
mod generate;
mod input;
mod manual;
mod output;
mod pretty;
mod progress;
mod run;
mod schema;
mod stats;
mod table;
mod terminal;

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use error::Error;

/// Exits by itself where it was called wrongly, and for `--help` and `--version`.
fn main() -> ExitCode {
    let Cli { command, filter } = Cli::parse();
    match command {
        None => run::run(&filter),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Generate(args)) => exit_code(generate::run(&args)),
        Some(Command::Schema { format }) => exit_code(print(schema::render(format).as_bytes())),
        Some(Command::Azure(args)) => exit_code(azure::render(&args).and_then(|template| print(template.as_bytes()))),
        Some(Command::Vrl(args)) => exit_code(print(eset_filter_vector_vrl::program(&args.options()).as_bytes())),
        Some(Command::Completions { shell }) => exit_code(print(&manual::completions(shell))),
        Some(Command::Man { command }) => exit_code(manual::page(command.as_deref()).and_then(|page| print(&page))),
    }
}

fn print(text: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text).and_then(|()| stdout.flush());
    written.or_else(ignore_closed_pipe).map_err(cannot_write)
}

/// Tells the user what has gone wrong, if anything has.
fn exit_code(done: Result<(), Error>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    report(&error);
    error.exit_code()
}

/// That nobody reads on, as behind `| head`, is not an error.
fn ignore_closed_pipe(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn cannot_write(error: io::Error) -> Error {
    Error::Failure(format!("cannot write to stdout: {}", Reason(&error)))
}

/// Tells the user, on one line: names and texts in the message may be anybody's. Where stderr is gone, there is nobody to
/// tell.
fn report(message: impl Display) {
    let _ = writeln!(io::stderr(), "eset-filter: {}", terminal::harmless(&message.to_string()));
}

/// An I/O error as people write it, without the number that Rust adds.
struct Reason<'e>(&'e io::Error);

impl Display for Reason<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_string();
        formatter.write_str(text.split(" (os error").next().unwrap_or_default())
    }
}
