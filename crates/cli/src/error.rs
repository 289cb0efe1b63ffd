//! Why the command ends early.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// What has gone wrong, in the words that the user is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// What was asked for makes no sense.
    Usage(String),
    /// It made sense, but could not be done.
    Failure(String),
}

impl Error {
    /// 2 for what makes no sense, as clap has it, and 1 for everything else.
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
