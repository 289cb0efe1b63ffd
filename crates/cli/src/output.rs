//! Writes records in the requested format.

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use clap::ColorChoice;
use eset_filter::{Event, Status, Value, encode};

use crate::args::{FilterArgs, Format};
use crate::fields::{self, Fields};
use crate::pretty;
use crate::stats::Stats;
use crate::table::Table;
use crate::terminal;

/// The size at which buffered output is written, in bytes. Output is also written before each wait for input.
const WRITE_AT: usize = 256 * 1024;

/// The width of a table that is not written to a terminal, in characters.
const DEFAULT_WIDTH: usize = 160;

/// The destination of the records.
pub(crate) struct Output {
    to: Box<dyn Write>,
    gathered: Vec<u8>,
    view: View,
    errors_only: bool,
    counting: bool,
    stats: Stats,
    /// A buffer for the JSON of a record that is written in another format.
    json: Vec<u8>,
}

enum View {
    /// The bytes of the encoder.
    Ndjson,
    /// The same JSON, with characters that affect a terminal escaped.
    NdjsonShown,
    Pretty,
    Table {
        table: Table,
        has_header: bool,
    },
}

impl Output {
    /// Returns an output to stdout in the format that the arguments select.
    pub(crate) fn stdout(args: &FilterArgs) -> Self {
        let stdout = io::stdout().lock();
        let (view, to): (_, Box<dyn Write>) = match args.format {
            Format::Ndjson if stdout.is_terminal() => (View::NdjsonShown, Box::new(stdout)),
            Format::Ndjson => (View::Ndjson, Box::new(stdout)),
            Format::Pretty => (View::Pretty, Box::new(stdout)),
            Format::Table => {
                let width = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
                let table = Table::new(width.unwrap_or(DEFAULT_WIDTH));
                (View::Table { table, has_header: false }, Box::new(AutoStream::new(stdout, color(args.color))))
            }
        };
        Self {
            to,
            gathered: Vec::new(),
            view,
            errors_only: args.errors_only,
            counting: args.stats,
            stats: Stats::new(args.wasm.is_some()),
            json: Vec::new(),
        }
    }

    /// Returns the statistics, for other modules to update.
    pub(crate) fn stats(&mut self) -> &mut Stats {
        &mut self.stats
    }

    /// Encodes and writes an event.
    ///
    /// # Errors
    ///
    /// Writing fails.
    pub(crate) fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let status = event.status();
        if self.counting {
            let event_type = match event.get("event_type") {
                Some(Value::JsonText(text)) => Some(fields::text(text)),
                _ => None,
            };
            self.stats.count(Some(status), event_type.as_deref());
        }
        if self.errors_only && status == Status::Ok {
            return Ok(());
        }
        if let View::Ndjson = self.view {
            encode::json::write(event, &mut self.gathered);
            self.gathered.push(b'\n');
            return self.written();
        }
        let mut json = std::mem::take(&mut self.json);
        json.clear();
        encode::json::write(event, &mut json);
        let done = self.write(&String::from_utf8_lossy(&json));
        self.json = json;
        done
    }

    /// Writes a record that is already JSON.
    ///
    /// # Errors
    ///
    /// Writing fails.
    pub(crate) fn record(&mut self, record: &str) -> io::Result<()> {
        if self.counting || self.errors_only {
            let fields = Fields::of(record).unwrap_or_default();
            let status = fields.text("parse_status");
            let status = Status::ALL.iter().copied().find(|known| Some(known.name()) == status.as_deref());
            if self.counting {
                self.stats.count(status, fields.text("event_type").as_deref());
            }
            if self.errors_only && status == Some(Status::Ok) {
                return Ok(());
            }
        }
        self.write(record)
    }

    fn write(&mut self, record: &str) -> io::Result<()> {
        let Self { gathered, view, .. } = self;
        match view {
            View::Ndjson => {
                gathered.extend_from_slice(record.as_bytes());
                gathered.push(b'\n');
            }
            View::NdjsonShown => {
                terminal::escape_json(record, gathered);
                gathered.push(b'\n');
            }
            View::Pretty => {
                pretty::write(record, gathered);
                gathered.push(b'\n');
            }
            View::Table { table, has_header } => {
                if !std::mem::replace(has_header, true) {
                    table.write_header(gathered);
                }
                table.write(&Fields::of(record).unwrap_or_default(), gathered);
            }
        }
        self.written()
    }

    fn written(&mut self) -> io::Result<()> {
        self.stats.emitted += 1;
        if self.gathered.len() < WRITE_AT { Ok(()) } else { self.flush() }
    }

    /// Writes the buffered output.
    ///
    /// # Errors
    ///
    /// Writing fails.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.to.write_all(&self.gathered)?;
        self.stats.bytes_out += self.gathered.len() as u64;
        self.gathered.clear();
        self.to.flush()
    }
}

/// Converts the choice of colours for [`AutoStream`], which reads `NO_COLOR` and similar variables.
pub(crate) fn color(choice: ColorChoice) -> anstream::ColorChoice {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
}
