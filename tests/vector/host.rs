//! Runs Vector on a configuration that reads its standard input to the end.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use serde_json::Value;

/// Far more than a run takes.
const LONGEST_RUN: Duration = Duration::from_secs(120);

/// The host's executable.
#[derive(Clone)]
pub(crate) struct Vector(PathBuf);

impl Vector {
    /// The one that is installed here, if any.
    pub(crate) fn find() -> Option<Self> {
        let named = env::var_os("VECTOR").unwrap_or_else(|| OsString::from("vector"));
        let path = env::var_os("PATH").unwrap_or_default();
        let candidates = env::split_paths(&path).map(|folder| folder.join(&named));
        candidates.chain([PathBuf::from(&named)]).find(|candidate| candidate.is_file()).map(Self)
    }

    /// The executable.
    #[allow(dead_code, reason = "for those who run it in other ways")]
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What it says of its version.
    #[allow(dead_code, reason = "for those who print it")]
    pub(crate) fn version(&self) -> String {
        let output = Command::new(&self.0).arg("--version").output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }

    /// Runs it until it ends, with a configuration and a file as its input, and gives what it writes. What it needs for that
    /// goes into the folder.
    ///
    /// # Errors
    ///
    /// It could not be started, did not end, did not end well, or had something to complain of: then with its log.
    pub(crate) fn run(&self, config: &Value, input: &Path, folder: &Path) -> Result<Vec<u8>, String> {
        let [config_file, output, log] = ["config.json", "output", "log"].map(|name| folder.join(name));
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error| format!("{path}: {error}")
        };
        let mut config = config.clone();
        config["data_dir"] = folder.to_string_lossy().into();
        fs::write(&config_file, config.to_string()).map_err(failed(&config_file))?;
        let mut command = Command::new(&self.0);
        command.arg("-qq").arg("--config").arg(&config_file);
        command.stdin(File::open(input).map_err(failed(input))?);
        command.stdout(File::create(&output).map_err(failed(&output))?);
        command.stderr(File::create(&log).map_err(failed(&log))?);
        let mut child = command.spawn().map_err(failed(&self.0))?;
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
        let log = fs::read_to_string(log).unwrap_or_default();
        match status {
            Ok(status) if status.success() && log.is_empty() => fs::read(&output).map_err(failed(&output)),
            ended => Err(format!("Vector: {ended:?}\n{log}")),
        }
    }
}
