//! Runs Fluent Bit on a configuration that makes it exit when its input ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fmt, fs};

use serde_json::Value;

use crate::executable;

/// The time limit of a run. A run takes about a second, most of which Fluent Bit spends on shutting down.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// A Fluent Bit executable.
#[derive(Clone, Debug)]
pub struct FluentBit {
    path: PathBuf,
    version: Version,
}

/// A major and a minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl FluentBit {
    /// The message of a test that finds no Fluent Bit.
    pub const MISSING: &str =
        "Fluent Bit is neither in PATH nor named by FLUENT_BIT: NOTHING was tested with the real host.";

    /// Returns the executable that `FLUENT_BIT` names, or else the one in `PATH`.
    ///
    /// # Panics
    ///
    /// Panics if the executable does not report its version.
    pub fn find() -> Option<Self> {
        executable::find("FLUENT_BIT", "fluent-bit").map(Self::at)
    }

    fn at(path: PathBuf) -> Self {
        let output = Command::new(&path).arg("--version").output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let said = String::from_utf8_lossy(&output.stdout);
        let version =
            Version::parse(&said).unwrap_or_else(|| panic!("{} reports no version: {said:?}", path.display()));
        Self { path, version }
    }

    /// Returns the path of the executable.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the version of the executable.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Runs Fluent Bit with a plugin and a configuration until it exits. The files of the run go into the directory.
    ///
    /// # Errors
    ///
    /// Returns an error if Fluent Bit does not start, does not exit, or fails. In the last two cases the error includes
    /// its log.
    pub fn run(&self, plugin: &Path, config: &Value, directory: &Path) -> Result<(), String> {
        let (config_file, log) = (directory.join("config.yaml"), directory.join("log"));
        // JSON is YAML.
        fs::write(&config_file, config.to_string()).map_err(|error| format!("{}: {error}", config_file.display()))?;
        let log_file = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = Command::new(&self.path);
        command.arg("--quiet").arg("--plugin").arg(plugin).arg("--config").arg(config_file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.path.display()))?;
        match executable::wait(&mut child, LONGEST_RUN) {
            Ok(status) if status.success() => Ok(()),
            ended => Err(format!("Fluent Bit: {ended:?}\n{}", fs::read_to_string(log).unwrap_or_default())),
        }
    }
}

impl Version {
    /// Parses the output of `--version`, such as `Fluent Bit v5.1.1`.
    fn parse(text: &str) -> Option<Self> {
        let version = text.split_whitespace().find_map(|word| word.strip_prefix('v'))?;
        let mut numbers = version.split('.').map_while(|number| number.parse().ok());
        Some(Self(numbers.next()?, numbers.next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}
