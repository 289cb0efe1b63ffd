//! A program that runs until its handle is dropped.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

/// How long the program may take to exit after SIGTERM.
const LONGEST_END: Duration = Duration::from_secs(30);

/// A running program whose output goes into a file.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts the program.
    ///
    /// # Errors
    ///
    /// Returns an error if the program cannot be started.
    pub fn start(mut command: Command, log: PathBuf) -> Result<Self, String> {
        let mut start = || -> io::Result<Child> {
            let file = File::create(&log)?;
            command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()
        };
        let child = start().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        Ok(Self { child, log })
    }

    /// Checks that the program is still running.
    ///
    /// # Errors
    ///
    /// Returns the exit status and the log if the program has exited.
    pub fn check(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!("the program has exited: {ended:?}\n{}", self.log())),
        }
    }

    /// Returns the output so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Sends the program SIGTERM and waits until it exits.
    ///
    /// # Errors
    ///
    /// Returns an error if the program does not exit.
    pub fn stop(&mut self) -> Result<(), String> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let start = Instant::now();
        while let Ok(None) = self.child.try_wait() {
            if start.elapsed() > LONGEST_END {
                return Err(format!("the program does not exit; `kill` returned {asked:?}\n{}", self.log()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The program may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
