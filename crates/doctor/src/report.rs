//! The only way out for findings, which masks secrets.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::Observer;
use crate::check::{Check, Subject};
use crate::finding::{Finding, Place};
use crate::secrets::Secrets;

/// Hands findings on as they come.
pub(crate) struct Report<'o> {
    observer: &'o mut dyn Observer,
    secrets: Secrets,
}

impl<'o> Report<'o> {
    pub(crate) fn new(observer: &'o mut dyn Observer) -> Self {
        Self { observer, secrets: Secrets::default() }
    }

    /// What follows is about this configuration.
    ///
    /// # Errors
    ///
    /// The observer has had enough.
    pub(crate) fn begin(&mut self, config: &Path, several: bool) -> io::Result<()> {
        self.observer.configuration(self.path(config), several)
    }

    /// Never lets this text out.
    pub(crate) fn hide(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// Says what is being waited for.
    pub(crate) fn working(&mut self, what: &str) {
        self.observer.working(&self.secrets.mask(what));
    }

    /// Hands findings on.
    ///
    /// # Errors
    ///
    /// The observer has had enough.
    pub(crate) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) -> io::Result<()> {
        findings.into_iter().try_for_each(|finding| self.observer.finding(self.masked(finding)))
    }

    /// Runs checks, and hands on what each finds when it is through.
    ///
    /// # Errors
    ///
    /// The observer has had enough.
    pub(crate) fn run<T: Subject>(&mut self, checks: &[Check<T>], subject: &T) -> io::Result<()> {
        for check in checks {
            subject.secrets().iter().for_each(|secret| self.hide(secret));
            if let Some(what) = (check.waits_for)(subject) {
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
    struct Told(Vec<String>);

    impl Observer for Told {
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
    fn no_secret_gets_out() {
        let mut told = Told::default();
        let mut report = Report::new(&mut told);
        report.hide("hunter22");
        let path = Path::new("/etc/hunter22.yaml");
        report.begin(path, false).unwrap();
        report.working("asking hunter22");
        let finding = Finding::error("azure", "hunter22 is wrong", "Correct hunter22.");
        report.add([finding.at(&Place { file: Rc::from(path), line: 1 })]).unwrap();
        assert_eq!(told.0.len(), 3);
        for text in told.0 {
            assert!(text.contains("********") && !text.contains("hunter22"), "{text}");
        }
    }
}
