//! The directory that buffers records until they are delivered.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::finding::Finding;
use crate::reason::Reason;
use crate::setup::Buffer;

const CHECK: &str = "disk";

/// The free space, in bytes, below which a disk may be full before anybody can react.
const ALMOST_FULL: u64 = 100_000_000;

/// Checks the directory.
pub(crate) fn check(buffer: &Buffer) -> Finding {
    let path = &buffer.path;
    let shown = path.display();
    let finding = match fs::metadata(path) {
        Ok(directory) if !directory.is_dir() => {
            Finding::error(CHECK, format!("{shown} is not a directory"), "Set storage.path to a dedicated directory.")
        }
        Ok(_) => match write(path) {
            Ok(()) if is_open_to_all(path) => {
                let what =
                    format!("every user can write to {shown}, and the service would deliver what others put there");
                Finding::warning(CHECK, what, "Give the service a dedicated directory, and chmod 700 it.")
            }
            Ok(()) => space(path, path, buffer.limit),
            Err(error) => not_writable(path, &error),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => match nearest(path) {
            Some(above) => match write(&above) {
                Ok(()) => {
                    let finding = space(&above, path, buffer.limit);
                    Finding { what: format!("{}; the service creates it", finding.what), ..finding }
                }
                Err(error) => not_writable(&above, &error),
            },
            None => Finding::error(
                CHECK,
                format!("there is no directory {shown}"),
                "Create it, with the service's user as its owner.",
            ),
        },
        Err(error) => not_writable(path, &error),
    };
    finding.at(&buffer.place)
}

/// Returns the nearest existing directory above a path. The service creates the missing ones.
fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().skip(1).find(|above| above.is_dir()).map(Path::to_owned)
}

/// Creates a file in a directory and removes it.
#[cfg(unix)]
fn write(directory: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, Mode, OFlags};
    // An open directory stays the same even if its name changes.
    let directory = rustix::fs::open(directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let (name, new) = (probe(), OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC);
    rustix::fs::openat(&directory, &name, new, Mode::RUSR | Mode::WUSR)?;
    Ok(rustix::fs::unlinkat(&directory, &name, AtFlags::empty())?)
}

#[cfg(not(unix))]
fn write(directory: &Path) -> io::Result<()> {
    let file = directory.join(probe());
    fs::OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(file)
}

/// Returns a file name that is not in use.
fn probe() -> String {
    format!(".eset-filter-doctor-{:016x}", fastrand::u64(..))
}

/// Returns whether everybody can add files. The sticky bit makes no difference: it protects the files of others, but
/// the service treats added files as its own.
#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.metadata().is_ok_and(|directory| directory.mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_path: &Path) -> bool {
    false
}

fn not_writable(path: &Path, error: &io::Error) -> Finding {
    let shown = path.display();
    if error.kind() == ErrorKind::PermissionDenied {
        let advice = "The service's user must be able to write there. If it can, run this as that user or as root.";
        return Finding::warning(CHECK, format!("this user is not allowed to write to {shown}"), advice);
    }
    Finding::error(
        CHECK,
        format!("cannot write to {shown}: {}", Reason(error)),
        "Give the service a directory that it can write to.",
    )
}

/// Checks whether there is room for the buffer at its limit. `directory` exists; `path` may not exist yet.
fn space(directory: &Path, path: &Path, limit: Option<u64>) -> Finding {
    let shown = path.display();
    let Some(free) = free(directory) else {
        let advice = "Check it with df.";
        return Finding::skipped(CHECK, format!("the free space of {shown} is unknown"), advice);
    };
    // The records already in the buffer count towards the limit.
    judge(&shown.to_string(), free, used(path), limit)
}

fn judge(shown: &str, free: u64, used: u64, limit: Option<u64>) -> Finding {
    if free < ALMOST_FULL {
        let what = format!("{shown} has {} of free space", Bytes(free));
        return Finding::error(CHECK, what, "Free some space, or give the service a directory on another disk.");
    }
    match limit {
        Some(limit) if free.saturating_add(used) < limit => {
            let what = format!(
                "{shown} may grow to {}, but has {} of free space",
                Bytes(limit),
                Bytes(free.saturating_add(used))
            );
            Finding::warning(
                CHECK,
                what,
                "Free some space or lower storage.total_limit_size. A full disk stops the service.",
            )
        }
        Some(limit) => Finding::ok(
            CHECK,
            format!("{shown} has {} of free space, and may grow to {}", Bytes(free.saturating_add(used)), Bytes(limit)),
        ),
        None => Finding::ok(CHECK, format!("{shown} has {} of free space", Bytes(free.saturating_add(used)))),
    }
}

#[cfg(unix)]
fn free(directory: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(directory).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(not(unix))]
fn free(_directory: &Path) -> Option<u64> {
    None
}

/// Returns the size of the files in a directory, in bytes. The service's buffer has two levels of directories.
fn used(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => {
            let files = fs::read_dir(entry.path()).into_iter().flatten().flatten();
            files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
        }
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |file| file.len()),
        _ => 0,
    };
    entries.map(size).sum()
}

/// A number of bytes, displayed with a rounded value and a unit.
struct Bytes(u64);

impl std::fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", indicatif::DecimalBytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Level;

    #[test]
    fn a_directory_that_this_user_is_not_allowed_to_write_to_is_a_warning() {
        let finding = not_writable(Path::new("x"), &ErrorKind::PermissionDenied.into());
        assert_eq!((finding.level, finding.what.as_str()), (Level::Warning, "this user is not allowed to write to x"));
        assert_eq!(not_writable(Path::new("x"), &ErrorKind::ReadOnlyFilesystem.into()).level, Level::Error);
    }

    #[test]
    fn free_space_is_compared_with_the_limit() {
        for (free, used, limit, level) in [
            (50_000_000, 0, None, Level::Error),
            (1_000_000_000, 0, None, Level::Ok),
            (1_000_000_000, 0, Some(5_000_000_000), Level::Warning),
            (1_000_000_000, 4_500_000_000, Some(5_000_000_000), Level::Ok),
            (u64::MAX, u64::MAX, Some(5_000_000_000), Level::Ok),
        ] {
            assert_eq!(judge("x", free, used, limit).level, level, "{free} {used} {limit:?}");
        }
    }
}
