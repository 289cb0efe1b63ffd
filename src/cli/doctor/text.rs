//! Reads files of text.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file that has no more than so many bytes.
///
/// # Errors
///
/// It cannot be read, is longer, or is not UTF-8.
pub(crate) fn read(path: &Path, longest: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::other(format!("it has more than {longest} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_up_to_a_length() {
        let file = std::env::temp_dir().join(format!("eset-filter-text-{}", std::process::id()));
        std::fs::write(&file, "\u{10d}x").unwrap();
        assert_eq!(read(&file, 3).unwrap(), "\u{10d}x");
        assert_eq!(read(&file, 2).unwrap_err().to_string(), "it has more than 2 bytes");
        std::fs::write(&file, b"\xFF").unwrap();
        assert_eq!(read(&file, 3).unwrap_err().to_string(), "it is not UTF-8");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(read(&file, 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
