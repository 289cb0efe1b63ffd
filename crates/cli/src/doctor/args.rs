//! The command line of `doctor`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ColorChoice, ValueEnum, ValueHint};
use eset_filter_doctor::Request;

/// Check a set-up with Fluent Bit, planned or running, and say what to do.
///
/// Checks the configuration and its variables, the plugin, ports, certificates, the disk buffer, and Azure: it requests a
/// token with the configured credentials, and sends an empty list of records to the configured stream, which stores nothing.
/// It tries the plugin with a sample. It never prints a secret, and sends none if anyone but root and this user can change
/// what it checks.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// Configurations in YAML [default: those of this user's running Fluent Bit, or /etc/fluent-bit/fluent-bit.yaml]
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    configs: Vec<PathBuf>,

    /// File with the service's variables, in the form of systemd's EnvironmentFile
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    env_file: Option<PathBuf>,

    /// Fluent Bit's executable [default: what FLUENT_BIT names, the running one, fluent-bit in PATH, or that of its packages]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::ExecutablePath)]
    fluent_bit: Option<PathBuf>,

    /// The name that ESET PROTECT connects to, which the certificate must be valid for
    #[arg(long, value_name = "NAME")]
    host: Option<String>,

    /// Skip what needs the network
    #[arg(long)]
    offline: bool,

    /// How long to wait for each answer from the network and from Fluent Bit, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    timeout: Duration,

    /// Warnings count as errors
    #[arg(long)]
    pub(crate) strict: bool,

    /// How findings are printed
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,

    /// Whether the output has colours; auto means on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

impl DoctorArgs {
    /// What is to be looked at.
    pub(crate) fn request(&self) -> Request {
        let Self { configs, env_file, fluent_bit, host, offline, timeout, strict: _, format: _, color: _ } =
            self.clone();
        Request { configs, env_file, fluent_bit, host, offline, timeout }
    }
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// One line per finding, and what to do below it
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

const EXAMPLES: &str = "\
Examples:
  A service, as root, who can see everything:
      sudo eset-filter doctor --env-file /etc/fluent-bit/eset/eset.env /etc/fluent-bit/eset/eset.yaml
  The Fluent Bit that root is running, with the variables it was started with:
      sudo eset-filter doctor
  A configuration before it is installed, with the variables of the service:
      eset-filter doctor --env-file eset.env fluent-bit.yaml
  Without Azure:
      eset-filter doctor --offline fluent-bit.yaml
  Is the certificate valid for the name that ESET PROTECT connects to?
      eset-filter doctor --host siem.example.com fluent-bit.yaml
  Errors only, for a script:
      eset-filter doctor --format json fluent-bit.yaml | jq 'select(.level == \"error\")'

Levels:
  ok, warning, error, and skipped for what could not be checked: nothing is known about it

Exit codes:
  0  there are no errors; with --strict also no warnings
  1  there are errors
  2  the command line is wrong";

/// From a tenth of a second to an hour.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds, from 0.1 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_sensible() {
        assert_eq!(parse_seconds("2.5"), Ok(Duration::from_millis(2500)));
        for bad in ["0", "-1", "NaN", "inf", "1e9", "soon"] {
            assert!(parse_seconds(bad).is_err(), "{bad}");
        }
    }
}
