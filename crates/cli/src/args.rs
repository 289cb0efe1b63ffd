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
/// Reads messages as ESET PROTECT sends them, one per line, and writes a record per event as JSON: the same records that the
/// filter makes inside a log shipper. Any bytes are a message; parse_status says how much of it was understood.
#[derive(Debug, Parser)]
#[command(name = "eset-filter", version, args_conflicts_with_subcommands = true, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// In bytes: far more than any message has, and less than a machine's memory.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

const EXAMPLES: &str = "\
Examples:
  A day's messages as a table, with statistics:
      eset-filter --format table --stats messages.log
  Only what was not read as a whole event:
      eset-filter --errors-only --format pretty messages.log
  Severe events, as they arrive:
      tail -f messages.log | eset-filter | jq 'select(.severity == \"Critical\")'
  Records that a shipper has stored as JSON, with the message under the key \"payload\":
      eset-filter --input json --message-key payload records.ndjson
  What Fluent Bit will get from the WASM filter:
      eset-filter --wasm eset_filter.wasm messages.log
  Messages to try all this with:
      eset-filter generate --count 1000 >messages.log
  Check a set-up with Fluent Bit:
      eset-filter doctor fluent-bit.yaml

Exit codes:
  0  everything was read and written, or the reader of the output closed it
  1  a file could not be read to its end, the output could not be written, or the module failed
  2  the command line is wrong";

/// What to do instead of filtering.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Doctor(DoctorArgs),
    Generate(GenerateArgs),
    /// Print the table of all fields: names, types, Azure columns, meaning
    Schema {
        /// How the table is written
        #[arg(long, short, value_enum, default_value_t)]
        format: SchemaFormat,
    },
    Vrl(VrlArgs),
    Azure(AzureArgs),
    /// Print the completions for a shell
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

/// What to filter, and how.
#[derive(Args, Debug)]
pub(crate) struct FilterArgs {
    /// Files to read, in this order; - or no file means stdin. Files compressed with gzip or Zstandard are decompressed. Write
    /// a file that has the name of a command as ./NAME
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    /// What a line holds
    #[arg(long, short, value_enum, default_value_t, value_name = "KIND", help_heading = "Input")]
    pub(crate) input: Input,

    /// The key that holds the message, with --input json [default: the first of message, log, msg, MESSAGE, Message]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), help_heading = "Input")]
    message_key: Option<String>,

    /// The longest line that is read whole, in bytes, or as 500k or 1M. A longer line is cut there and read like any cut message,
    /// so that no line fills the memory
    #[arg(long, value_name = "BYTES", value_parser = max_message, default_value_t = MAX_MESSAGE, help_heading = "Input")]
    pub(crate) max_message: usize,

    /// When a record carries the original message as raw_message; on_error means where parse_status is not ok
    #[arg(long, value_name = "WHEN", value_parser = choice::<Raw>(), default_value = default_name::<Raw>())]
    #[arg(help_heading = "Records")]
    raw: Raw,

    /// Whether ESET's heartbeats are dropped or become records
    #[arg(long, value_name = "WHAT", value_parser = choice::<Heartbeats>(), default_value = default_name::<Heartbeats>())]
    #[arg(help_heading = "Records")]
    heartbeats: Heartbeats,

    /// Which parts of the syslog header a record carries
    #[arg(long, value_name = "WHICH", value_parser = choice::<SyslogFields>())]
    #[arg(default_value = default_name::<SyslogFields>(), help_heading = "Records")]
    syslog_fields: SyslogFields,

    /// The most bytes of JSON of one record, such as 500k; a larger record is cut, with parse_status truncated. Inside a shipper it
    /// is 524288 [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = record_limit, help_heading = "Records")]
    record_limit: Option<usize>,

    /// At most one record per message, as in Fluent Bit's wasm filter: of several events the first, with parse_status multiple
    #[arg(long, help_heading = "Records")]
    single: bool,

    /// Filter with this WASM module, as Fluent Bit runs it. The options choose which of its functions is called
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Records")]
    pub(crate) wasm: Option<PathBuf>,

    /// How records are written
    #[arg(long, short, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: Format,

    /// Leave out records whose parse_status is ok
    #[arg(long, help_heading = "Output")]
    pub(crate) errors_only: bool,

    /// Print counts, sizes and speed to stderr at the end
    #[arg(long, help_heading = "Output")]
    pub(crate) stats: bool,

    /// Whether the table has colours; auto means on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: ColorChoice,
}

/// What a line of the input holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Input {
    /// The message itself, as it was sent
    #[default]
    Raw,
    /// A shipper's record: a JSON object with the message under one of its keys
    Json,
}

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object per line
    #[default]
    Ndjson,
    /// Indented JSON
    Pretty,
    /// A table for people, as wide as the terminal
    Table,
}

/// Print the filter as a VRL program, for builds of Vector that cannot load native code
///
/// The program is for a remap transform. It is made from the same table of fields as the filter, and reads JSON only.
#[derive(Args, Debug)]
pub(crate) struct VrlArgs {
    /// The key that holds the message [default: the first of message, log, msg, MESSAGE, Message that holds a string]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    message_key: Option<String>,

    /// When a record carries the original message as raw_message; on_error means where parse_status is not ok
    #[arg(long, value_name = "WHEN", value_parser = choice::<Raw>(), default_value = default_name::<Raw>())]
    raw: Raw,

    /// Whether ESET's heartbeats are dropped or become records
    #[arg(long, value_name = "WHAT", value_parser = choice::<Heartbeats>(), default_value = default_name::<Heartbeats>())]
    heartbeats: Heartbeats,

    /// Which parts of the syslog header a record carries
    #[arg(long, value_name = "WHICH", value_parser = choice::<SyslogFields>())]
    #[arg(default_value = default_name::<SyslogFields>())]
    syslog_fields: SyslogFields,

    /// The most bytes of JSON of one record, such as 500k; a larger record is cut, with parse_status truncated
    #[arg(long, value_name = "BYTES", value_parser = record_limit, default_value_t = Options::SHIPPER_RECORD_LIMIT)]
    record_limit: usize,
}

/// Print the deployment for Microsoft Sentinel: the table eset_CL, its data collection rule, and the sender's role
///
/// Deploy it into the resource group of the workspace. Its outputs are the values for the shipper's settings.
#[derive(Args, Debug)]
pub(crate) struct AzureArgs {
    /// The language of the template
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: TemplateFormat,

    /// An existing table eset_CL, as `az monitor log-analytics workspace table show` prints it, or - for stdin. The template then
    /// keeps its columns. Deploying a template deletes every column that it does not name, with its data
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) merge: Option<PathBuf>,

    /// Print the second deployment instead: the rules, hunting queries, functions, ASIM parsers, health alerts and workbook
    /// in a directory such as sentinel/
    #[arg(long, value_name = "DIRECTORY", value_hint = clap::ValueHint::DirPath, conflicts_with_all = ["format", "merge"])]
    pub(crate) content: Option<PathBuf>,

    /// Print the workbook in a file such as sentinel/workbook.yaml instead, in the form that Azure's editor takes
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["format", "merge", "content"])]
    pub(crate) workbook: Option<PathBuf>,
}

/// The language of a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateFormat {
    /// JSON, for the portal and every tool
    #[default]
    Arm,
    /// Bicep, for reading and changing
    Bicep,
}

/// How the schema is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// A Markdown table
    #[default]
    Markdown,
    /// A JSON array with an object per field
    Json,
    /// Comma-separated values (RFC 4180) with a header
    Csv,
}

impl FilterArgs {
    /// The filter's options.
    ///
    /// # Errors
    ///
    /// The arguments contradict each other.
    pub(crate) fn options(&self) -> Result<ShipperOptions, clap::Error> {
        let contradiction = |message: &str| Err(Cli::command().error(ErrorKind::ArgumentConflict, message));
        if self.message_key.is_some() && self.wasm.is_some() {
            return contradiction("--message-key cannot be used with --wasm: the module has no such option");
        }
        if self.record_limit.is_some() && self.wasm.is_some() {
            return contradiction("--record-limit cannot be used with --wasm: the module's limit is fixed");
        }
        if self.message_key.is_some() && self.input != Input::Json {
            return contradiction("--message-key needs --input json: a raw line is the message itself and has no keys");
        }
        let options = Options::default().raw(self.raw).heartbeats(self.heartbeats).syslog_fields(self.syslog_fields);
        let options = ShipperOptions::from(options.record_limit(self.record_limit).single(self.single));
        Ok(with_key(options, self.message_key.as_ref()))
    }
}

impl VrlArgs {
    /// The filter's options.
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

/// Takes the names that the library has for an option's values.
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
    fn defaults_are_the_librarys() {
        assert_eq!(options("eset-filter").unwrap(), ShipperOptions::from(Options::default()));
    }

    #[test]
    fn help_names_the_keys_that_are_looked_at() {
        let command = Cli::command();
        let help = command.get_arguments().find(|argument| argument.get_id() == "message_key").unwrap().get_help();
        assert!(help.unwrap().to_string().contains(&MESSAGE_KEYS.join(", ")));
    }

    #[test]
    fn a_message_key_needs_records_and_no_module() {
        assert!(options("eset-filter --message-key m").is_err());
        assert!(options("eset-filter --message-key m --input json --wasm x").is_err());
        let chosen = options("eset-filter --message-key m --input json").unwrap();
        assert_eq!(chosen.message_key.as_deref(), Some("m"));
    }
}
