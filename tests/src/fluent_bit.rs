//! Runs Fluent Bit on a configuration that comes to an end by itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fmt, fs};

use serde_json::Value;

use crate::executable;

/// Far more than a run takes: about a second, most of it for the host's own way to stop.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// An executable of Fluent Bit.
#[derive(Clone, Debug)]
pub struct FluentBit {
    path: PathBuf,
    version: Version,
}

/// Major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl FluentBit {
    /// What a test says where there is none.
    pub const MISSING: &str =
        "Fluent Bit is neither in PATH nor named by FLUENT_BIT: NOTHING was tested with the real host.";

    /// The one that `FLUENT_BIT` names, or else that is in `PATH`.
    ///
    /// # Panics
    ///
    /// It does not say its version.
    pub fn find() -> Option<Self> {
        executable::find("FLUENT_BIT", "fluent-bit").map(Self::at)
    }

    fn at(path: PathBuf) -> Self {
        let output = Command::new(&path).arg("--version").output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let said = String::from_utf8_lossy(&output.stdout);
        let version = Version::said(&said).unwrap_or_else(|| panic!("{} says no version but {said:?}", path.display()));
        Self { path, version }
    }

    /// The executable.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Runs it until it ends, with a plugin and a configuration. What it needs for that goes into the directory.
    ///
    /// # Errors
    ///
    /// It could not be started, did not end, or did not end well: then with its log.
    pub fn run(&self, plugin: &Path, config: &Value, folder: &Path) -> Result<(), String> {
        let (config_file, log) = (folder.join("config.yaml"), folder.join("log"));
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
    /// Of `Fluent Bit v5.1.1`.
    fn said(text: &str) -> Option<Self> {
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
