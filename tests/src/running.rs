//! A program that runs until it is dropped.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

/// How long it may take to end once it is asked to.
const LONGEST_END: Duration = Duration::from_secs(30);

/// The program. Its output goes into a file.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(mut command: Command, log: PathBuf) -> Result<Self, String> {
        let mut start = || -> io::Result<Child> {
            let file = File::create(&log)?;
            command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()
        };
        let child = start().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        Ok(Self { child, log })
    }

    /// Whether it still runs.
    ///
    /// # Errors
    ///
    /// It has ended: what it has said.
    pub fn check(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!("it has ended: {ended:?}\n{}", self.log())),
        }
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Errors
    ///
    /// It does not.
    pub fn stop(&mut self) -> Result<(), String> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let start = Instant::now();
        while let Ok(None) = self.child.try_wait() {
            if start.elapsed() > LONGEST_END {
                return Err(format!("it does not end; `kill` said {asked:?}\n{}", self.log()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
