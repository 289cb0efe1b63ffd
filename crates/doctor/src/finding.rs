//! The results of checks.

use std::fmt;
use std::path::Path;
use std::rc::Rc;

/// One result of a check, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The name of the check, one word.
    pub check: &'static str,
    /// The severity.
    pub level: Level,
    /// The location in the configuration, if the finding has one.
    pub place: Option<Place>,
    /// A sentence without the final period.
    pub what: String,
    /// What to do, in full sentences.
    pub advice: Option<String>,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything is in order.
    Ok,
    /// The check did not run, so the state is unknown.
    Skipped,
    /// It works, but not always or not for long, or this user has no permission to find out.
    Warning,
    /// It does not work.
    Error,
}

/// A line of a file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path of the file.
    pub file: Rc<Path>,
    /// The line number.
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

    /// Sets the location.
    pub(crate) fn at(self, place: &Place) -> Self {
        Self { place: Some(place.clone()), ..self }
    }
}

impl Level {
    /// The name: `ok`, `skipped`, `warning` or `error`.
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
