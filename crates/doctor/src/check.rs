//! What a check is: a function from what it looks at to findings.

use crate::finding::Finding;

/// A check of a `T`.
pub(crate) struct Check<T> {
    /// What is being waited for meanwhile, if it may take its time.
    pub(crate) waits_for: fn(&T) -> Option<String>,
    pub(crate) run: fn(&T) -> Vec<Finding>,
}

/// What checks look at.
pub(crate) trait Subject {
    /// What no finding may let out, as far as it is known.
    fn secrets(&self) -> Vec<String>;
}

impl<T> Check<T> {
    /// One that takes no time to speak of.
    pub(crate) fn quick(run: fn(&T) -> Vec<Finding>) -> Self {
        Self { waits_for: |_| None, run }
    }

    /// One that may take its time.
    pub(crate) fn slow(waits_for: fn(&T) -> Option<String>, run: fn(&T) -> Vec<Finding>) -> Self {
        Self { waits_for, run }
    }
}
