//! Reads files.
//!
//! A configuration may name anything as a file. Pipes and devices are refused, because reading them may never end.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of at most `longest` bytes.
///
/// # Errors
///
/// The file cannot be read (a directory, for example), is longer, or is a pipe or a device.
pub(crate) fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    // Opening a device can already have an effect.
    refuse_endless(&fs::metadata(path)?)?;
    // The path may lead to another file by now.
    let file = open(path)?;
    refuse_endless(&file.metadata()?)?;
    read_to_end(file, longest)
}

fn refuse_endless(found: &Metadata) -> io::Result<()> {
    let kind = found.file_type();
    if kind.is_file() || kind.is_dir() { Ok(()) } else { Err(io::Error::other("it is a pipe or a device")) }
}

/// Opens a file without waiting for the other end of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Reads a text file of at most `longest` bytes, as [`read`] does.
///
/// # Errors
///
/// As for [`read`], or the text is not UTF-8.
pub(crate) fn read_text(path: &Path, longest: u64) -> io::Result<String> {
    text(read(path, longest)?)
}

/// Reads text from a path that the user named, which may also be a pipe.
///
/// # Errors
///
/// The file cannot be read, is longer than `longest` bytes, or is not UTF-8.
pub(crate) fn read_text_of_any(path: &Path, longest: u64) -> io::Result<String> {
    text(read_to_end(File::open(path)?, longest)?)
}

fn read_to_end(file: File, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::other(format!("it is longer than {longest} bytes")));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_up_to_a_maximum_length() {
        let file = std::env::temp_dir().join(format!("eset-filter-file-{}", std::process::id()));
        fs::write(&file, "\u{10d}x").unwrap();
        assert_eq!(read_text(&file, 3).unwrap(), "\u{10d}x");
        assert_eq!(read_text(&file, 2).unwrap_err().to_string(), "it is longer than 2 bytes");
        fs::write(&file, b"\xFF").unwrap();
        assert_eq!(read(&file, 3).unwrap(), b"\xFF");
        assert_eq!(read_text(&file, 3).unwrap_err().to_string(), "it is not UTF-8");
        fs::remove_file(&file).unwrap();
        assert_eq!(read(&file, 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn opening_a_pipe_that_has_replaced_a_file_does_not_block() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(status.success());
        let file = open(&pipe).unwrap();
        assert_eq!(refuse_endless(&file.metadata().unwrap()).unwrap_err().to_string(), "it is a pipe or a device");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pipes_and_devices_are_refused() {
        assert_eq!(read(Path::new("/dev/zero"), 3).unwrap_err().to_string(), "it is a pipe or a device");
        assert_eq!(read_text_of_any(Path::new("/dev/null"), 3).unwrap(), "");
    }
}
