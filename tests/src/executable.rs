//! Finds the executables of shippers and waits for their processes.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Returns the executable that a variable names, or else the one called `name` in `PATH`.
pub fn find(variable: &str, name: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map_or_else(|| PathBuf::from(name), PathBuf::from);
    locate(&named)
}

/// Returns the executables that a variable names, separated by colons or spaces, or else the one called `name` in
/// `PATH`.
///
/// # Panics
///
/// Panics if an executable that the variable names does not exist: a requested test must not be skipped.
pub fn find_all(variable: &str, name: &str) -> Vec<PathBuf> {
    let named = env::var(variable).unwrap_or_default();
    let named: Vec<_> = named.split([':', ' ', '\t', '\n']).filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        return locate(Path::new(name)).into_iter().collect();
    }
    let locate =
        |name| locate(Path::new(name)).unwrap_or_else(|| panic!("{variable} names {name}, which does not exist"));
    named.into_iter().map(locate).collect()
}

fn locate(named: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&path).map(|directory| directory.join(named)).chain([named.to_owned()]);
    candidates.find(|candidate| candidate.is_file())
}

/// Waits for a process to exit, and kills it after the time `longest`.
///
/// # Errors
///
/// Returns an error if the process had to be killed.
pub fn wait(child: &mut Child, longest: Duration) -> Result<ExitStatus, String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if start.elapsed() < longest => thread::sleep(Duration::from_millis(50)),
            _ => {
                let ended = child.kill().and_then(|()| child.wait());
                return Err(format!("did not exit within {longest:?} and was killed: {ended:?}"));
            }
        }
    }
}
