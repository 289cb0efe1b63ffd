//! The `eset-filter` command: the filter without a shipper, and tools for using it.
//!
//! `args` parses the command line. `input` reads messages, one per line, and decompresses them. `engine` filters them,
//! `output` writes the records in the requested format, and `stats` counts them. Each subcommand has its own module.
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

/// Parsing exits the process on an invalid command line, and for `--help` and `--version`.
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

/// Reports an error, if there is one, and returns the exit code.
fn exit_code(done: Result<(), Error>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    report(&error);
    error.exit_code()
}

/// Treats a closed pipe, as with `| head`, as success.
fn ignore_closed_pipe(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn cannot_write(error: io::Error) -> Error {
    Error::Failure(format!("cannot write to stdout: {}", Reason(&error)))
}

/// Prints a message to stderr on one line, with terminal control characters replaced, because names and texts in it are
/// untrusted. A closed stderr is ignored.
fn report(message: impl Display) {
    let _ = writeln!(io::stderr(), "eset-filter: {}", terminal::harmless(&message.to_string()));
}

/// An I/O error without the error number that Rust appends.
struct Reason<'e>(&'e io::Error);

impl Display for Reason<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_string();
        formatter.write_str(text.split(" (os error").next().unwrap_or_default())
    }
}
