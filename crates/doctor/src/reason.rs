//! The texts of I/O errors.

use std::fmt;
use std::io;

/// The text of an I/O error without the error number that Rust appends.
pub(crate) struct Reason<'e>(pub(crate) &'e io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        formatter.write_str(text.split(" (os error").next().unwrap_or_default())
    }
}
