//! What a check has found.

use std::fmt;
use std::path::Path;
use std::rc::Rc;

/// One thing that a check has found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The check's name, one word.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Where in the configuration, if it is about a place in it.
    pub place: Option<Place>,
    /// A sentence without its full stop.
    pub what: String,
    /// What to do, in full sentences.
    pub advice: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is as it should be.
    Ok,
    /// It was not looked at, so nothing is known about it.
    Skipped,
    /// It works, but not always or not for long; or this user cannot tell.
    Warning,
    /// It does not work.
    Error,
}

/// A line of a file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's path.
    pub file: Rc<Path>,
    /// The line's number.
    pub line: usize,
}

impl Finding {
    pub(crate) fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, place: None, what: what.into(), advice: None }
    }

    pub(crate) fn skipped(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Skipped, advice: Some(advice.into()), ..Self::ok(check, what) }
    }

    pub(crate) fn warning(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Warning, advice: Some(advice.into()), ..Self::ok(check, what) }
    }

    pub(crate) fn error(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Error, advice: Some(advice.into()), ..Self::ok(check, what) }
    }

    /// Says where it is.
    pub(crate) fn at(self, place: &Place) -> Self {
        Self { place: Some(place.clone()), ..self }
    }
}

impl Level {
    /// Its name: `ok`, `skipped`, `warning` or `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file.display(), self.line)
    }
}
