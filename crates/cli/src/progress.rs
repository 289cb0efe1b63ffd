//! The progress bar of a run.

use std::fs;
use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

/// The input size from which a bar is shown, in bytes. Smaller input is done before the bar could be read.
const LONG: u64 = 16 * 1024 * 1024;

/// Shows on the terminal how much of the input has been read.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Creates the bar. It stays hidden if the files are short or of unknown size, if stderr is not a terminal, or if
    /// the records go to the terminal.
    pub(crate) fn new(files: &[PathBuf]) -> Self {
        let size = |file: &PathBuf| fs::metadata(file).ok().filter(fs::Metadata::is_file).map(|file| file.len());
        let total = files.iter().map(size).sum::<Option<u64>>().filter(|total| *total >= LONG);
        let bar = match total {
            Some(total) if stderr().is_terminal() && !stdout().is_terminal() => ProgressBar::new(total),
            _ => ProgressBar::hidden(),
        };
        if let Ok(style) =
            ProgressStyle::with_template("{wide_bar} {decimal_bytes} of {decimal_total_bytes}, {eta} left")
        {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Sets the number of bytes that have been read.
    pub(crate) fn set(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    /// Hides the bar while `print` runs.
    pub(crate) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
