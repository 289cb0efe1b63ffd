//! Checks: functions from a subject to findings.

use crate::finding::Finding;

/// A check of a `T`.
pub(crate) struct Check<T> {
    /// The progress text to show while the check runs, if it may take a while.
    pub(crate) progress: fn(&T) -> Option<String>,
    pub(crate) run: fn(&T) -> Vec<Finding>,
}

/// The subject of a check.
pub(crate) trait Subject {
    /// The secrets known so far, which no finding may contain.
    fn secrets(&self) -> Vec<String>;
}

impl<T> Check<T> {
    /// A check that takes no noticeable time.
    pub(crate) fn quick(run: fn(&T) -> Vec<Finding>) -> Self {
        Self { progress: |_| None, run }
    }

    /// A check that may take a while.
    pub(crate) fn slow(progress: fn(&T) -> Option<String>, run: fn(&T) -> Vec<Finding>) -> Self {
        Self { progress, run }
    }
}
