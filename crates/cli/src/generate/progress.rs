//! The progress bar of the generator.

use std::fmt::Write;
use std::io::{IsTerminal, stderr, stdout};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// The delay before the bar appears, so that a short run shows none.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows on the terminal how many messages have been sent. Nothing is shown if stderr is not a terminal, or if the
/// messages themselves go to the terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    show_at: Option<Instant>,
}

impl Progress {
    /// Creates a hidden bar. A `count` of 0 means that the number of messages is unlimited.
    pub(super) fn new(count: u64, to_stdout: bool) -> Self {
        let wanted = stderr().is_terminal() && !(to_stdout && stdout().is_terminal());
        let (bar, template) = match count {
            0 => (ProgressBar::no_length(), "{spinner} {human_pos} messages, {rate}, {elapsed}"),
            _ => (ProgressBar::new(count), "{wide_bar} {human_pos} of {human_len} messages, {rate}, {eta} left"),
        };
        bar.set_draw_target(ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                // The bar can do without the rate.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate));
        }
        Self { bar, show_at: wanted.then(|| Instant::now() + PATIENCE) }
    }

    /// Counts one more sent message.
    pub(super) fn advance(&mut self) {
        self.bar.inc(1);
        if self.show_at.is_some_and(|at| Instant::now() >= at) {
            self.show_at = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
