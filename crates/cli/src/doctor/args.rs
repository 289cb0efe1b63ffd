//! The arguments of `doctor`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ColorChoice, ValueEnum, ValueHint};
use eset_filter_doctor::Request;

/// Check a planned or running Fluent Bit setup and say what to fix.
///
/// Checks the configuration and its variables, the plugin, ports, certificates, the disk buffer and Azure. For Azure,
/// it requests a token with the configured credentials and sends an empty list of records to the configured stream,
/// which stores nothing. It runs the plugin with a sample message. It never prints a secret, and sends none if anyone
/// other than root and this user can change the files that it checks.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// YAML configurations [default: those of this user's running Fluent Bit, or /etc/fluent-bit/fluent-bit.yaml]
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    configs: Vec<PathBuf>,

    /// File with the service's variables, in the format of systemd's EnvironmentFile
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    env_file: Option<PathBuf>,

    /// The Fluent Bit executable [default: the one named by FLUENT_BIT, the running one, fluent-bit in PATH, or the
    /// packaged one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::ExecutablePath)]
    fluent_bit: Option<PathBuf>,

    /// The name that ESET PROTECT connects to. The certificate must be valid for it
    #[arg(long, value_name = "NAME")]
    host: Option<String>,

    /// Skip checks that need the network
    #[arg(long)]
    offline: bool,

    /// How long to wait for each answer from the network and from Fluent Bit, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    timeout: Duration,

    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,

    /// The format of the findings
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,

    /// Whether to colour the output; auto means only on a terminal, and not if NO_COLOR is set
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

impl DoctorArgs {
    /// Returns what to check.
    pub(crate) fn request(&self) -> Request {
        let Self { configs, env_file, fluent_bit, host, offline, timeout, strict: _, format: _, color: _ } =
            self.clone();
        Request { configs, env_file, fluent_bit, host, offline, timeout }
    }
}

/// The format of the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// One line per finding, with the advice on the next line
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

const EXAMPLES: &str = "\
Examples:
  Check a service as root, so that every file and process is readable:
      cd /etc/fluent-bit/eset && sudo eset-filter doctor --env-file eset.env eset.yaml
  Check the Fluent Bit that root is running, with the variables it was started with:
      sudo eset-filter doctor
  Check a configuration before it is installed, with the variables of the service:
      eset-filter doctor --env-file eset.env fluent-bit.yaml
  Check without connecting to Azure:
      eset-filter doctor --offline fluent-bit.yaml
  Check that the certificate is valid for the name that ESET PROTECT connects to:
      eset-filter doctor --host siem.example.com fluent-bit.yaml
  Print only errors, for a script:
      eset-filter doctor --format json fluent-bit.yaml | jq 'select(.level == \"error\")'

Levels:
  ok, warning, error, and skipped for a check that could not run, so that its result is unknown

Exit codes:
  0  there are no errors and, with --strict, no warnings
  1  there are errors or, with --strict, warnings
  2  the command line is invalid";

/// Parses a timeout from a tenth of a second to an hour.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected a number of seconds from 0.1 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_have_limits() {
        assert_eq!(parse_seconds("2.5"), Ok(Duration::from_millis(2500)));
        for bad in ["0", "-1", "NaN", "inf", "1e9", "soon"] {
            assert!(parse_seconds(bad).is_err(), "{bad}");
        }
    }
}
