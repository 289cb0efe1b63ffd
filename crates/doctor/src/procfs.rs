//! A process, as Linux shows it in `/proc`, and whether it belongs to this user.
//!
//! Anyone can start a process with any name, command line and environment. These are trusted only if nobody except this
//! user can have started the process, and only if it runs directly on this machine and not in a container.
//!
//! Source: proc(5), getauxval(3).

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::trust::this_user;

/// Entries of the auxiliary vector: the real and the effective user ID with which the program was started.
const AT_UID: usize = 11;
const AT_EUID: usize = 12;

/// A process, running or ended. A new process with the same PID is never mistaken for it.
#[derive(Debug)]
pub(crate) struct Process(File);

/// Why a process is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// It runs as another user, or was started by one.
    User(u32),
    /// It is in a container, or sees different files for another reason.
    Elsewhere,
    /// This user cannot read enough about it.
    Hidden,
}

impl Process {
    pub(crate) fn open(pid: u32) -> io::Result<Self> {
        File::open(format!("/proc/{pid}")).map(Self)
    }

    pub(crate) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    pub(crate) fn link(&self, name: &str) -> io::Result<PathBuf> {
        fs::read_link(self.path(name))
    }

    /// Returns the environment: `NAME=value` entries, each followed by a NUL.
    ///
    /// # Errors
    ///
    /// The process is not trusted.
    pub(crate) fn variables(&self) -> Result<Vec<u8>, Foreign> {
        // Its addresses differ for each program that is started. Reading it again afterwards shows that the process
        // still runs the same program.
        let program = self.read("auxv").map_err(|_| self.hidden())?;
        let variables = self.read("environ").map_err(|_| self.hidden())?;
        let users = self.users().ok_or(Foreign::Hidden)?;
        if self.read("auxv").ok().as_ref() != Some(&program) {
            return Err(Foreign::Hidden);
        }
        match users.into_iter().chain(starters(&program)).find(|user| *user != this_user()) {
            Some(user) => Err(Foreign::User(user)),
            None if starters(&program).count() < 2 => Err(Foreign::Hidden),
            None if self.is_here() => Ok(variables),
            None => Err(Foreign::Elsewhere),
        }
    }

    /// Returns whether a path leads to the same file for that process as for this one.
    pub(crate) fn sees(&self, path: &Path) -> bool {
        let there = self.path("root").join(path.strip_prefix("/").unwrap_or(path));
        identity(&there).is_some_and(|there| identity(path) == Some(there))
    }

    fn is_here(&self) -> bool {
        let has_same =
            |name: &str| self.link(name).is_ok_and(|there| fs::read_link(own(name)).is_ok_and(|here| here == there));
        has_same("ns/user") && has_same("ns/pid") && self.sees(Path::new("/"))
    }

    /// Returns the reason why something cannot be read, preferably that the process belongs to another user.
    fn hidden(&self) -> Foreign {
        let other = self.users().and_then(|users| users.into_iter().find(|user| *user != this_user()));
        other.map_or(Foreign::Hidden, Foreign::User)
    }

    /// Returns the real, effective, saved and file system user IDs.
    fn users(&self) -> Option<[u32; 4]> {
        users(&String::from_utf8_lossy(&self.read("status").ok()?))
    }

    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}/{name}", self.0.as_raw_fd()))
    }
}

fn own(name: &str) -> PathBuf {
    Path::new("/proc/self").join(name)
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

fn users(status: &str) -> Option<[u32; 4]> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    let users: Vec<_> = line.split_whitespace().filter_map(|user| user.parse().ok()).collect();
    users.try_into().ok()
}

/// Returns the real and the effective user ID with which the program was started. For `sudo` at its password prompt,
/// all other user IDs are root's.
fn starters(auxv: &[u8]) -> impl Iterator<Item = u32> {
    const WORD: usize = size_of::<usize>();
    let word = |bytes: &[u8]| bytes.try_into().map(usize::from_ne_bytes).ok();
    let entries =
        auxv.chunks_exact(2 * WORD).filter_map(move |entry| Some((word(&entry[..WORD])?, word(&entry[WORD..])?)));
    entries.filter(|(name, _)| [AT_UID, AT_EUID].contains(name)).filter_map(|(_, user)| u32::try_from(user).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_user_ids_of_a_process_are_read() {
        let status = "Name:\tfluent-bit\nUid:\t1000\t0\t0\t0\nGid:\t1001\t0\t0\t0\n";
        assert_eq!(users(status), Some([1000, 0, 0, 0]));
        assert_eq!(users("Name:\tx\nUid:\t1\t2\n"), None);
    }

    #[test]
    fn the_user_who_started_a_program_is_read() {
        let auxv: Vec<u8> =
            [33, 7, AT_UID, 1000, AT_EUID, 0, 13, 4, 0, 0].into_iter().flat_map(usize::to_ne_bytes).collect();
        assert_eq!(starters(&auxv).collect::<Vec<_>>(), [1000, 0]);
        assert_eq!(starters(&auxv[..20]).count(), 0);
    }

    #[test]
    fn this_process_belongs_to_this_user() {
        let process = Process::open(std::process::id()).unwrap();
        assert_eq!(process.variables().unwrap(), fs::read("/proc/self/environ").unwrap());
        assert!(process.sees(&std::env::current_exe().unwrap()));
        assert!(!process.sees(Path::new("/nowhere")));
    }
}
