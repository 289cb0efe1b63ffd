//! The progress bar, for people who wait.

use std::fs;
use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

/// What is smaller is done before anybody has read the bar, in bytes.
const LONG: u64 = 16 * 1024 * 1024;

/// Shows on the terminal how much of the input is done.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Nothing is shown if the files are short or of unknown size, if stderr is no terminal, or if the records go to it.
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

    /// So many bytes are done.
    pub(crate) fn set(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    /// Takes the bar away while something else is printed.
    pub(crate) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
