//! Prints findings: one line each, with any advice on the next line, or as JSON.

use std::io::{self, StdoutLock, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use eset_filter_doctor::{Finding, Level, Observer, Place};
use serde_json::json;

use super::args::{DoctorArgs, ReportFormat};
use super::progress::Progress;
use crate::output;
use crate::terminal::harmless;

/// Prints findings as they arrive, and counts them.
pub(crate) struct Report {
    out: AutoStream<StdoutLock<'static>>,
    format: ReportFormat,
    progress: Progress,
    /// The configuration that the next findings are about.
    config: Option<PathBuf>,
    counts: Counts,
}

/// The number of findings of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts([usize; 4]);

impl Report {
    /// Returns a report that prints to stdout.
    pub(crate) fn stdout(args: &DoctorArgs) -> Self {
        Self {
            out: AutoStream::new(io::stdout().lock(), output::color(args.color)),
            format: args.format,
            progress: Progress::default(),
            config: None,
            counts: Counts::default(),
        }
    }

    /// Returns the counts so far.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Prints the counts.
    ///
    /// # Errors
    ///
    /// Writing fails.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.progress.clear();
        if self.format == ReportFormat::Text {
            self.write(&format!("\n{}\n", self.counts.render()))?;
        }
        self.out.flush()
    }

    fn text(&self, finding: &Finding) -> String {
        let style = style(finding.level);
        let place = finding.place.as_ref().map(|place| format!(" ({})", self.place(place))).unwrap_or_default();
        let mut text = format!(
            "{style}{:7}{style:#}  {:11}  {}\n",
            finding.level.name(),
            finding.check,
            harmless(&format!("{}{place}", finding.what))
        );
        if let Some(advice) = &finding.advice {
            text.push_str(&format!("{:22}{}\n", "", harmless(advice)));
        }
        text
    }

    /// Formats a place, with a path relative to the configuration's directory if the file is below it.
    fn place(&self, place: &Place) -> String {
        let directory = self.config.as_deref().and_then(Path::parent);
        let file = directory.and_then(|directory| place.file.strip_prefix(directory).ok()).unwrap_or(&place.file);
        format!("{}:{}", file.display(), place.line)
    }

    fn json(&self, finding: &Finding) -> String {
        let mut object = serde_json::Map::new();
        object.insert("check".to_owned(), json!(finding.check));
        object.insert("level".to_owned(), json!(finding.level.name()));
        object.insert("what".to_owned(), json!(harmless(&finding.what)));
        if let Some(advice) = &finding.advice {
            object.insert("advice".to_owned(), json!(harmless(advice)));
        }
        if let Some(config) = &self.config {
            object.insert("config".to_owned(), json!(harmless(&config.display().to_string())));
        }
        if let Some(place) = &finding.place {
            object.insert("file".to_owned(), json!(harmless(&place.file.display().to_string())));
            object.insert("line".to_owned(), json!(place.line));
        }
        format!("{}\n", serde_json::Value::Object(object))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl Observer for Report {
    fn configuration(&mut self, config: PathBuf, is_one_of_several: bool) -> io::Result<()> {
        if is_one_of_several && self.format == ReportFormat::Text {
            let gap = if self.counts.total() > 0 { "\n" } else { "" };
            let bold = Style::new().bold();
            let line = format!("{gap}{bold}{}{bold:#}\n", harmless(&config.display().to_string()));
            self.write(&line)?;
        }
        self.config = Some(config);
        Ok(())
    }

    fn working(&mut self, what: &str) {
        self.progress.show(&harmless(what));
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.progress.clear();
        self.counts.0[finding.level as usize] += 1;
        let line = match self.format {
            ReportFormat::Text => self.text(&finding),
            ReportFormat::Json => self.json(&finding),
        };
        self.write(&line)
    }
}

impl Counts {
    pub(crate) fn of(self, level: Level) -> usize {
        self.0[level as usize]
    }

    fn total(self) -> usize {
        self.0.iter().sum()
    }

    fn render(self) -> String {
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let mut text = format!(
            "{}, {}, {} ok",
            plural(self.of(Level::Error), "error"),
            plural(self.of(Level::Warning), "warning"),
            self.of(Level::Ok)
        );
        if self.of(Level::Skipped) > 0 {
            text.push_str(&format!(", {} skipped", self.of(Level::Skipped)));
        }
        text
    }
}

fn style(level: Level) -> Style {
    match level {
        Level::Ok => AnsiColor::Green.on_default(),
        Level::Skipped => Style::new().dimmed(),
        Level::Warning => AnsiColor::Yellow.on_default(),
        Level::Error => AnsiColor::Red.on_default().bold(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_spelled_out() {
        assert_eq!(Counts([3, 0, 1, 2]).render(), "2 errors, 1 warning, 3 ok");
        assert_eq!(Counts([0, 1, 0, 1]).render(), "1 error, 0 warnings, 0 ok, 1 skipped");
    }
}
