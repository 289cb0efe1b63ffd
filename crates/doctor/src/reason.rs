//! Why something failed, in words.

use std::fmt;
use std::io;

/// An I/O error without the number that Rust adds.
pub(crate) struct Reason<'e>(pub(crate) &'e io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        formatter.write_str(text.split(" (os error").next().unwrap_or_default())
    }
}
