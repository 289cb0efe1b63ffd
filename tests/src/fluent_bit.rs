//! Runs Fluent Bit on a configuration that comes to an end by itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;

use crate::executable;

/// Far more than a run takes: about a second, most of it for the host's own way to stop.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// The host's executable.
#[derive(Clone)]
pub struct FluentBit(PathBuf);

impl FluentBit {
    /// The one that is installed here, if any.
    pub fn find() -> Option<Self> {
        executable::find("FLUENT_BIT", "fluent-bit").map(Self)
    }

    /// The executable.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its version's first two numbers; 0.0 where it does not tell them.
    pub fn version(&self) -> (u32, u32) {
        let output = Command::new(&self.0).arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let version = text.split_whitespace().find_map(|word| word.strip_prefix('v')).unwrap_or_default();
        let mut numbers = version.split('.').map_while(|number| number.parse().ok());
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }

    /// Runs it until it ends, with a plugin and a configuration. What it needs for that goes into the folder.
    ///
    /// # Errors
    ///
    /// It could not be started, did not end, or did not end well: then with its log.
    pub fn run(&self, plugin: &Path, config: &Value, folder: &Path) -> Result<(), String> {
        let (config_file, log) = (folder.join("config.yaml"), folder.join("log"));
        // JSON is YAML.
        fs::write(&config_file, config.to_string()).map_err(|error| format!("{}: {error}", config_file.display()))?;
        let log_file = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = Command::new(&self.0);
        command.arg("--quiet").arg("--plugin").arg(plugin).arg("--config").arg(config_file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.0.display()))?;
        let start = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if start.elapsed() < LONGEST_RUN => thread::sleep(Duration::from_millis(50)),
                _ => {
                    let ended = child.kill().and_then(|()| child.wait());
                    break Err(format!("did not end by itself: {ended:?}"));
                }
            }
        };
        match status {
            Ok(status) if status.success() => Ok(()),
            ended => Err(format!("Fluent Bit: {ended:?}\n{}", fs::read_to_string(log).unwrap_or_default())),
        }
    }
}
