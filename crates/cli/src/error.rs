//! Errors that end the command.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// An error, with its message for the user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The command line is invalid.
    Usage(String),
    /// The command line is valid, but the command failed.
    Failure(String),
}

impl Error {
    /// Returns 2 for an invalid command line, as clap does, and 1 for any other error.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failure(_) => ExitCode::FAILURE,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Failure(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(what) | Self::Failure(what)) = self;
        formatter.write_str(what)
    }
}
