//! Filters all files, one after the other.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use eset_filter::record::ShipperOptions;
use eset_filter_wasm_host::MAGIC;

use crate::args::FilterArgs;
use crate::engine::{Engine, Failure};
use crate::error::Error;
use crate::input::{self, Next};
use crate::output::Output;
use crate::progress::Progress;
use crate::{Reason, cannot_write, exit_code, ignore_closed_pipe, report};

/// Filters the files that the arguments name. Exits the process if two arguments cannot be used together.
pub(crate) fn run(args: &FilterArgs) -> ExitCode {
    let options = args.options().unwrap_or_else(|error| error.exit());
    let engine = match engine(args, options) {
        Ok(engine) => engine,
        Err(error) => return exit_code(Err(error)),
    };
    if args.files.is_empty() && io::stdin().is_terminal() {
        report("reading messages from the terminal, one per line; --help shows other ways to run the command");
    }
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin } else { args.files.as_slice() };
    let mut run = Run {
        engine,
        output: Output::stdout(args),
        progress: Progress::new(files),
        max_message: args.max_message,
        failed: false,
    };
    match run.files(files) {
        Ok(()) if args.stats => run.print_stats(),
        Ok(()) => {}
        Err(error) => {
            let done = ignore_closed_pipe(error).map_err(cannot_write);
            run.failed |= done.is_err();
            done.unwrap_or_else(report);
        }
    }
    if run.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn engine(args: &FilterArgs, options: ShipperOptions) -> Result<Engine, Error> {
    let Some(path) = &args.wasm else { return Ok(Engine::library(args.input, options)) };
    let wasm = module(path).map_err(|error| Error::Failure(cannot_read(path, &error)))?;
    Engine::module(&wasm, args.input, &options).map_err(|error| {
        let path = path.display();
        Error::Failure(format!("cannot use {path}: {error}; --wasm expects eset_filter.wasm, as `make wasm` builds it"))
    })
}

/// Reads a module. If the file is not a WASM module, only its first bytes are read.
fn module(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut wasm = Vec::new();
    (&mut file).take(MAGIC.len() as u64).read_to_end(&mut wasm)?;
    if wasm == MAGIC {
        file.read_to_end(&mut wasm)?;
    }
    Ok(wasm)
}

struct Run {
    engine: Engine,
    output: Output,
    progress: Progress,
    /// The maximum length of a line, in bytes.
    max_message: usize,
    /// Whether an error was reported that the exit code must reflect.
    failed: bool,
}

impl Run {
    /// Filters the files. A read error is reported, and the next file follows.
    ///
    /// # Errors
    ///
    /// Writing fails.
    fn files(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let mut position = 0;
        for path in files {
            position += self.file(path, position)?;
        }
        self.output.flush()
    }

    /// Filters a file, and returns the number of bytes read from it. `position` is the number of bytes read from
    /// earlier files.
    fn file(&mut self, path: &Path, position: u64) -> io::Result<u64> {
        let mut lines = match input::open(path, self.max_message) {
            Ok(lines) => lines,
            Err(error) => {
                self.fail(cannot_read(path, &error));
                return Ok(0);
            }
        };
        let mut number = 0_u64;
        let bytes_before = self.output.stats().bytes_in;
        loop {
            let line = match lines.next() {
                Ok(Next::Line(line)) => line,
                Ok(Next::Cut(line)) => {
                    self.output.stats().cut += 1;
                    line
                }
                Ok(Next::Pause) => {
                    self.output.flush()?;
                    self.progress.set(position + lines.file_position());
                    continue;
                }
                Ok(Next::End) => break,
                Err(error) => {
                    self.fail(cannot_read(path, &error));
                    break;
                }
            };
            number += 1;
            let filtered = self.engine.filter(line, &mut self.output);
            let stats = self.output.stats();
            stats.messages += 1;
            match filtered {
                Ok(true) => {}
                Ok(false) => stats.dropped += 1,
                Err(Failure::Write(error)) => return Err(error),
                Err(Failure::Module(why)) => self.lose(path, number, &why),
                Err(Failure::Answer) => self.lose(path, number, &"the module's answer is not a JSON object"),
            }
        }
        self.output.stats().bytes_in = bytes_before + lines.bytes_read();
        Ok(lines.file_position())
    }

    fn lose(&mut self, path: &Path, number: u64, why: &dyn Display) {
        *self.output.stats().lost.get_or_insert(0) += 1;
        self.fail(format!("message {number} of {} is lost: {why}", name(path)));
    }

    fn fail(&mut self, message: String) {
        self.failed = true;
        self.progress.suspend(|| report(message));
    }

    fn print_stats(&mut self) {
        self.progress.finish();
        // A closed stderr is ignored.
        let _ = io::stderr().write_all(self.output.stats().render().as_bytes());
    }
}

fn cannot_read(path: &Path, error: &io::Error) -> String {
    format!("cannot read {}: {}", name(path), Reason(error))
}

fn name(path: &Path) -> String {
    if input::is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}
