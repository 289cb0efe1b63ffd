//! Masks secrets. Every finding leaves the crate through this module.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::Observer;
use crate::check::{Check, Subject};
use crate::finding::{Finding, Place};
use crate::secrets::Secrets;

/// Passes findings on to the observer.
pub(crate) struct Report<'o> {
    observer: &'o mut dyn Observer,
    secrets: Secrets,
}

impl<'o> Report<'o> {
    pub(crate) fn new(observer: &'o mut dyn Observer) -> Self {
        Self { observer, secrets: Secrets::default() }
    }

    /// Starts a configuration: all further findings are about it.
    ///
    /// # Errors
    ///
    /// The observer returned an error.
    pub(crate) fn begin(&mut self, config: &Path, several: bool) -> io::Result<()> {
        self.observer.configuration(self.path(config), several)
    }

    /// Masks this text from now on.
    pub(crate) fn hide(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// Reports the start of work that may take a while.
    pub(crate) fn working(&mut self, what: &str) {
        self.observer.working(&self.secrets.mask(what));
    }

    /// Passes findings on.
    ///
    /// # Errors
    ///
    /// The observer returned an error.
    pub(crate) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) -> io::Result<()> {
        findings.into_iter().try_for_each(|finding| self.observer.finding(self.masked(finding)))
    }

    /// Runs checks, and passes on the findings of each when it is done.
    ///
    /// # Errors
    ///
    /// The observer returned an error.
    pub(crate) fn run<T: Subject>(&mut self, checks: &[Check<T>], subject: &T) -> io::Result<()> {
        for check in checks {
            subject.secrets().iter().for_each(|secret| self.hide(secret));
            if let Some(what) = (check.progress)(subject) {
                self.working(&what);
            }
            let findings = (check.run)(subject);
            subject.secrets().iter().for_each(|secret| self.hide(secret));
            self.add(findings)?;
        }
        Ok(())
    }

    fn masked(&self, finding: Finding) -> Finding {
        let Finding { check, level, place, what, advice } = finding;
        Finding {
            check,
            level,
            place: place.map(|Place { file, line }| Place { file: Rc::from(self.path(&file)), line }),
            what: self.secrets.mask(&what),
            advice: advice.map(|advice| self.secrets.mask(&advice)),
        }
    }

    fn path(&self, path: &Path) -> PathBuf {
        PathBuf::from(self.secrets.mask(&path.to_string_lossy()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Recorder(Vec<String>);

    impl Observer for Recorder {
        fn configuration(&mut self, config: PathBuf, _: bool) -> io::Result<()> {
            self.0.push(config.display().to_string());
            Ok(())
        }

        fn working(&mut self, what: &str) {
            self.0.push(what.to_owned());
        }

        fn finding(&mut self, finding: Finding) -> io::Result<()> {
            self.0.push(format!("{finding:?}"));
            Ok(())
        }
    }

    #[test]
    fn secrets_are_masked_everywhere() {
        let mut recorder = Recorder::default();
        let mut report = Report::new(&mut recorder);
        report.hide("hunter22");
        let path = Path::new("/etc/hunter22.yaml");
        report.begin(path, false).unwrap();
        report.working("contacting hunter22");
        let finding = Finding::error("azure", "hunter22 is wrong", "Correct hunter22.");
        report.add([finding.at(&Place { file: Rc::from(path), line: 1 })]).unwrap();
        assert_eq!(recorder.0.len(), 3);
        for text in recorder.0 {
            assert!(text.contains("********") && !text.contains("hunter22"), "{text}");
        }
    }
}
