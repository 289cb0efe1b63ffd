//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, ColorChoice, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use eset_filter::record::ShipperOptions;
use eset_filter::{Choice, Error, Heartbeats, Options, Raw, SyslogFields, parse_size};

use crate::doctor::DoctorArgs;
use crate::generate::GenerateArgs;

/// Turns raw ESET PROTECT syslog into flat, typed records.
///
/// Reads messages as ESET PROTECT sends them, one per line, and writes each event as a JSON record: the same record
/// that the filter produces inside a log shipper. Any sequence of bytes is accepted as a message; parse_status reports
/// how much of it was understood.
#[derive(Debug, Parser)]
#[command(name = "eset-filter", version, args_conflicts_with_subcommands = true, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// The default of `--max-message`, in bytes: far larger than any real message, and small enough to fit in memory.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

const EXAMPLES: &str = "\
Examples:
  Show a day's messages as a table, with statistics:
      eset-filter --format table --stats messages.log
  Show only records whose parse_status is not ok:
      eset-filter --errors-only --format pretty messages.log
  Follow a log and show critical events as they arrive:
      tail -f messages.log | eset-filter | jq 'select(.severity == \"Critical\")'
  Read records that a shipper stored as JSON, with the message under the key \"payload\":
      eset-filter --input json --message-key payload records.ndjson
  Show what Fluent Bit gets from the WASM filter:
      eset-filter --wasm eset_filter.wasm messages.log
  Generate messages to try the other commands with:
      eset-filter generate --count 1000 >messages.log
  Check a Fluent Bit setup:
      eset-filter doctor fluent-bit.yaml

Exit codes:
  0  all input was read and all records were written, or the reader closed the output
  1  a file could not be read to its end, the output could not be written, or the WASM module failed
  2  the command line is invalid";

/// The subcommands. Without one, the command filters.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Doctor(DoctorArgs),
    Generate(GenerateArgs),
    /// Print a table of all fields: name, type, Azure column and meaning
    Schema {
        /// The format of the table
        #[arg(long, short, value_enum, default_value_t)]
        format: SchemaFormat,
    },
    Vrl(VrlArgs),
    Azure(AzureArgs),
    /// Print the completion script for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page of eset-filter, or of one of its commands
    Man {
        /// The command, such as generate
        command: Option<String>,
    },
}

/// The arguments of the filter.
#[derive(Args, Debug)]
pub(crate) struct FilterArgs {
    /// Files to read, in this order; - or no file means stdin. Files compressed with gzip or Zstandard are
    /// decompressed. For a file with the same name as a command, write ./NAME
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    /// What each line contains
    #[arg(long, short, value_enum, default_value_t, value_name = "KIND", help_heading = "Input")]
    pub(crate) input: Input,

    /// The key of the message in a record, with --input json [default: the first of message, log, msg, MESSAGE,
    /// Message]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), help_heading = "Input")]
    message_key: Option<String>,

    /// The maximum length of a line, in bytes or as 500k or 1M. A longer line is cut there and read like any truncated
    /// message, so that no line can exhaust memory
    #[arg(long, value_name = "BYTES", value_parser = max_message, default_value_t = MAX_MESSAGE, help_heading = "Input")]
    pub(crate) max_message: usize,

    /// When a record includes the original message as raw_message; on_error means when parse_status is not ok, or when
    /// text that may be a piece of an event was left out
    #[arg(long, value_name = "WHEN", value_parser = choice::<Raw>(), default_value = default_name::<Raw>())]
    #[arg(help_heading = "Records")]
    raw: Raw,

    /// Whether ESET's heartbeats are dropped or kept as records
    #[arg(long, value_name = "WHAT", value_parser = choice::<Heartbeats>(), default_value = default_name::<Heartbeats>())]
    #[arg(help_heading = "Records")]
    heartbeats: Heartbeats,

    /// Which parts of the syslog header a record includes
    #[arg(long, value_name = "WHICH", value_parser = choice::<SyslogFields>())]
    #[arg(default_value = default_name::<SyslogFields>(), help_heading = "Records")]
    syslog_fields: SyslogFields,

    /// The maximum size of a record's JSON in bytes, such as 500k. A larger record is cut and marked with parse_status
    /// truncated. Inside a shipper, the limit is 524288 by default [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = record_limit, help_heading = "Records")]
    record_limit: Option<usize>,

    /// Write at most one record per message, as Fluent Bit's wasm filter does. If a message contains several events,
    /// the first one becomes a record with parse_status multiple
    #[arg(long, help_heading = "Records")]
    single: bool,

    /// Filter with this WASM module, which is run the way Fluent Bit runs it. --raw, --heartbeats and --syslog-fields
    /// select which of its functions is called
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Records")]
    pub(crate) wasm: Option<PathBuf>,

    /// The format of the records
    #[arg(long, short, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: Format,

    /// Omit records whose parse_status is ok
    #[arg(long, help_heading = "Output")]
    pub(crate) errors_only: bool,

    /// Print counts, sizes and speed to stderr at the end
    #[arg(long, help_heading = "Output")]
    pub(crate) stats: bool,

    /// Whether to colour the table; auto means only on a terminal, and not if NO_COLOR is set
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: ColorChoice,
}

/// What each line of the input contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Input {
    /// The message itself, as it was sent
    #[default]
    Raw,
    /// A shipper's record: a JSON object that contains the message
    Json,
}

/// The format of the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object per line
    #[default]
    Ndjson,
    /// Indented JSON
    Pretty,
    /// A human-readable table, as wide as the terminal
    Table,
}

/// Print the filter as a VRL program, for builds of Vector that cannot load native code
///
/// The program runs in a remap transform. It is generated from the same field table as the filter, and reads JSON only.
#[derive(Args, Debug)]
pub(crate) struct VrlArgs {
    /// The key of the message [default: the first of message, log, msg, MESSAGE, Message that is a string]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    message_key: Option<String>,

    /// When a record includes the original message as raw_message; on_error means when parse_status is not ok, or when
    /// text that may be a piece of an event was left out
    #[arg(long, value_name = "WHEN", value_parser = choice::<Raw>(), default_value = default_name::<Raw>())]
    raw: Raw,

    /// Whether ESET's heartbeats are dropped or kept as records
    #[arg(long, value_name = "WHAT", value_parser = choice::<Heartbeats>(), default_value = default_name::<Heartbeats>())]
    heartbeats: Heartbeats,

    /// Which parts of the syslog header a record includes
    #[arg(long, value_name = "WHICH", value_parser = choice::<SyslogFields>())]
    #[arg(default_value = default_name::<SyslogFields>())]
    syslog_fields: SyslogFields,

    /// The maximum size of a record's JSON in bytes, such as 500k. A larger record is cut and marked with parse_status
    /// truncated
    #[arg(long, value_name = "BYTES", value_parser = record_limit, default_value_t = Options::SHIPPER_RECORD_LIMIT)]
    record_limit: usize,
}

/// Print the template for Microsoft Sentinel: the table eset_CL, its data collection rule and the sender's role
///
/// Deploy it to the resource group of the workspace. The outputs of the deployment are the values for the shipper's
/// settings.
#[derive(Args, Debug)]
pub(crate) struct AzureArgs {
    /// The template language
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: TemplateFormat,

    /// Keep the columns of an existing table eset_CL: a file with the output of `az monitor log-analytics workspace
    /// table show`, or - for stdin. Deploying a template deletes every column that it does not name, with its data
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) merge: Option<PathBuf>,

    /// Print the content template instead: the rules, hunting queries, functions, ASIM parsers, health alerts and
    /// workbook from a directory such as sentinel/
    #[arg(long, value_name = "DIRECTORY", value_hint = clap::ValueHint::DirPath, conflicts_with_all = ["format", "merge"])]
    pub(crate) content: Option<PathBuf>,

    /// Print the workbook from a file such as sentinel/workbook.yaml instead, as JSON for Azure's workbook editor
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["format", "merge", "content"])]
    pub(crate) workbook: Option<PathBuf>,
}

/// A template language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateFormat {
    /// ARM JSON, which the portal and every tool accept
    #[default]
    Arm,
    /// Bicep, which is easier to read and edit
    Bicep,
}

/// The format of the field table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// A Markdown table
    #[default]
    Markdown,
    /// A JSON array with one object per field
    Json,
    /// Comma-separated values (RFC 4180) with a header row
    Csv,
}

impl FilterArgs {
    /// Returns the filter options.
    ///
    /// # Errors
    ///
    /// Two arguments cannot be used together.
    pub(crate) fn options(&self) -> Result<ShipperOptions, clap::Error> {
        let contradiction = |message: &str| Err(Cli::command().error(ErrorKind::ArgumentConflict, message));
        if self.message_key.is_some() && self.wasm.is_some() {
            return contradiction("--message-key cannot be used with --wasm: the module has no such option");
        }
        if self.record_limit.is_some() && self.wasm.is_some() {
            return contradiction("--record-limit cannot be used with --wasm: the module has a fixed limit");
        }
        if self.message_key.is_some() && self.input != Input::Json {
            return contradiction("--message-key needs --input json: a raw line is the message itself, without keys");
        }
        let options = Options::default().raw(self.raw).heartbeats(self.heartbeats).syslog_fields(self.syslog_fields);
        let options = ShipperOptions::from(options.record_limit(self.record_limit).single(self.single));
        Ok(with_key(options, self.message_key.as_ref()))
    }
}

impl VrlArgs {
    /// Returns the filter options.
    pub(crate) fn options(&self) -> ShipperOptions {
        let options =
            Options::for_shipper().raw(self.raw).heartbeats(self.heartbeats).syslog_fields(self.syslog_fields);
        with_key(options.record_limit(Some(self.record_limit)).into(), self.message_key.as_ref())
    }
}

fn with_key(options: ShipperOptions, message_key: Option<&String>) -> ShipperOptions {
    match message_key {
        Some(key) => options.message_key(key),
        None => options,
    }
}

fn max_message(value: &str) -> Result<usize, Error> {
    parse_size("max_message", value)
}

fn record_limit(value: &str) -> Result<usize, Error> {
    let mut options = Options::default();
    options.set("record_limit", value)?;
    Ok(options.record_limit.unwrap_or(usize::MAX))
}

/// Returns a parser that accepts the library's names of an option's values.
fn choice<C: Choice + FromStr<Err = Error> + Send + Sync>() -> impl TypedValueParser<Value = C> {
    PossibleValuesParser::new(C::VALUES.iter().map(|(name, _)| *name)).try_map(|name| name.parse())
}

fn default_name<C: Choice + Default>() -> &'static str {
    C::default().name()
}

#[cfg(test)]
mod tests {
    use eset_filter::record::MESSAGE_KEYS;

    use super::*;

    fn options(line: &str) -> Result<ShipperOptions, clap::Error> {
        Cli::try_parse_from(line.split(' ')).and_then(|cli| cli.filter.options())
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_match_the_library() {
        assert_eq!(options("eset-filter").unwrap(), ShipperOptions::from(Options::default()));
    }

    #[test]
    fn help_names_the_default_keys() {
        let command = Cli::command();
        let help = command.get_arguments().find(|argument| argument.get_id() == "message_key").unwrap().get_help();
        assert!(help.unwrap().to_string().contains(&MESSAGE_KEYS.join(", ")));
    }

    #[test]
    fn a_message_key_needs_json_input_and_no_module() {
        assert!(options("eset-filter --message-key m").is_err());
        assert!(options("eset-filter --message-key m --input json --wasm x").is_err());
        let chosen = options("eset-filter --message-key m --input json").unwrap();
        assert_eq!(chosen.message_key.as_deref(), Some("m"));
    }
}
