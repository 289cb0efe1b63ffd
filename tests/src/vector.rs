//! Runs Vector on a configuration that reads standard input to its end.

pub mod layout;
mod tried;
mod versions;

use std::fs;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::executable;

pub use tried::TRIED;
pub use versions::Vector;

/// The time limit of a run, far more than it takes.
const LONGEST_RUN: Duration = Duration::from_secs(120);

impl Vector {
    /// Runs Vector on an input file until it exits and returns the output of a component, as JSON, one event per line.
    /// The configuration must have no sinks. The files of the run go into the directory.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Vector::run`], and an error if the output cannot be read.
    pub fn records(
        &self,
        mut config: Value,
        component: &str,
        input: &Path,
        directory: &Path,
    ) -> Result<Vec<u8>, String> {
        let output = directory.join("output");
        // Not `console`, which does not wait for its last write to finish (Vector 0.56, `src/sinks/console/sink.rs`).
        config["sinks"] = json!({
            "out": { "type": "file", "inputs": [component], "path": output, "encoding": { "codec": "json" } },
        });
        self.run(config, input, directory)?;
        match fs::read(&output) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(|error| format!("{}: {error}", output.display())),
        }
    }

    /// Runs Vector on an input file until it exits. The files of the run go into the directory.
    ///
    /// # Errors
    ///
    /// Returns an error if Vector does not start, does not exit, fails, or logs an error. In the last three cases the
    /// error includes its log.
    pub fn run(&self, mut config: Value, input: &Path, directory: &Path) -> Result<(), String> {
        let [config_file, log] = ["config.json", "log"].map(|name| directory.join(name));
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error| format!("{path}: {error}")
        };
        config["data_dir"] = directory.to_string_lossy().into();
        fs::write(&config_file, config.to_string()).map_err(failed(&config_file))?;
        let mut command = Command::new(self.path());
        command.arg("-qq").arg("--config").arg(&config_file);
        command.stdin(File::open(input).map_err(failed(input))?);
        command.stdout(Stdio::null());
        command.stderr(File::create(&log).map_err(failed(&log))?);
        let mut child = command.spawn().map_err(failed(self.path()))?;
        let status = executable::wait(&mut child, LONGEST_RUN);
        let log = fs::read_to_string(log).unwrap_or_default();
        match status {
            Ok(status) if status.success() && log.is_empty() => Ok(()),
            ended => Err(format!("Vector: {ended:?}\n{log}")),
        }
    }
}
