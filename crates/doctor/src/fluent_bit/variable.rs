//! A variable of the `env` section. Its value may be in a file.
//!
//! Source: Fluent Bit, `flb_env_set_extended` in `src/flb_env.c`.

use std::io::ErrorKind;
use std::path::Path;

use super::config::LONGEST;
use super::executable::Version;
use crate::finding::{Finding, Place};
use crate::reason::Reason;
use crate::secrets::is_secret_name;
use crate::{file, trust};

const CHECK: &str = "variables";

/// The prefix of a value that is in a file. It is followed by the path, relative to the directory in which Fluent Bit
/// is started.
const FILE: &str = "file://";

/// The first version that reads values from files. Older versions use the text with the prefix as the value.
const FILES: Version = Version(4, 0, 0);

/// The first version in which `env` may be a list, whose entries may use `uri` with the same meaning as `value`.
const LISTS: Version = Version(5, 0, 3);

/// A variable.
#[derive(Debug)]
pub(super) struct Variable {
    name: String,
    raw: String,
    is_listed: bool,
    place: Place,
    /// The value. `None` if it cannot be read from its file.
    value: Option<String>,
}

impl Variable {
    pub(super) fn new(name: String, raw: String, place: Place) -> Self {
        Self { name, raw, is_listed: false, place, value: None }
    }

    /// Marks the variable as an entry of a list.
    pub(super) fn listed(self) -> Self {
        Self { is_listed: true, ..self }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Returns the file that contains the value, if any.
    pub(super) fn file(&self) -> Option<&Path> {
        self.raw.strip_prefix(FILE).filter(|path| !path.is_empty()).map(Path::new)
    }

    pub(super) fn is_secret(&self) -> bool {
        self.file().is_some() || is_secret_name(&self.name)
    }

    /// Returns whether it is a secret in plain text in the configuration.
    pub(super) fn is_open_secret(&self) -> bool {
        self.file().is_none() && !self.raw.is_empty() && is_secret_name(&self.name)
    }

    /// Returns whether it has no value because the value cannot be read from its file.
    pub(super) fn is_unread(&self) -> bool {
        self.file().is_some() && self.value.is_none()
    }

    /// Determines the value.
    pub(super) fn read(&mut self, base: &Path) -> Vec<Finding> {
        let Some(path) = self.file().map(|path| base.join(path)) else {
            self.value = Some(self.raw.clone());
            return Vec::new();
        };
        let (value, findings) = match file::read_text(&path, LONGEST) {
            Ok(text) => self.judge(&path, &text),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let what = format!("${{{}}}: this user is not allowed to read {}", self.name, path.display());
                let advice = "The service's user must be able to read it. If it can, run this as that user or as root.";
                (None, vec![Finding::warning(CHECK, what, advice)])
            }
            Err(error) => {
                let what = format!("${{{}}}: cannot read {}: {}", self.name, path.display(), Reason(&error));
                let advice = "Put the value there, or correct the path after file://. Only the service's user needs \
                              read access.";
                (None, vec![Finding::error(CHECK, what, advice)])
            }
        };
        self.value = value;
        findings.into_iter().map(|finding| finding.at(&self.place)).collect()
    }

    fn judge(&self, path: &Path, text: &str) -> (Option<String>, Vec<Finding>) {
        let shown = path.display();
        let mut findings = Vec::new();
        if trust::is_readable_by_everybody(path) {
            let what = format!("{shown} contains a secret, and every user can read it");
            findings.push(Finding::warning(
                "secrets",
                what,
                format!("Run chmod 600 {shown}, and chown it to the service's user."),
            ));
        }
        // Fluent Bit removes one byte.
        let value = text.strip_suffix(['\n', '\r']).unwrap_or(text);
        if value.is_empty() {
            let what = format!("${{{}}}: {shown} is empty", self.name);
            findings.push(Finding::error(CHECK, what, "Put the value there."));
            return (None, findings);
        }
        if value.trim() != value {
            let what = format!(
                "${{{}}}: {shown} has spaces or line endings around the value, which Fluent Bit keeps",
                self.name
            );
            findings.push(Finding::error(CHECK, what, "Write only the value to the file: printf %s VALUE."));
        }
        (Some(value.to_owned()), findings)
    }

    /// Returns a finding if that version does not support the form of the variable.
    pub(super) fn suits(&self, version: Version) -> Option<Finding> {
        let (what, advice) = match self.file() {
            Some(_) if version < FILES => (
                format!(
                    "Fluent Bit {version} does not read values from files: ${{{}}} becomes {}",
                    self.name, self.raw
                ),
                "Install Fluent Bit 4.0 or later, or remove the line and set the variable in the environment.",
            ),
            _ if self.is_listed && version < LISTS => (
                format!(
                    "Fluent Bit {version} does not accept a list under `env:`, such as the one with ${{{}}}",
                    self.name
                ),
                "Write NAME: VALUE under `env:`.",
            ),
            _ => return None,
        };
        Some(Finding::error(CHECK, what, advice).at(&self.place))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn variable(raw: &str) -> Variable {
        let place = Place { file: Rc::from(Path::new("x.yaml")), line: 1 };
        Variable::new("SECRET".to_owned(), raw.to_owned(), place)
    }

    #[test]
    fn one_byte_is_removed_from_the_end_of_a_file() {
        for (text, value, what) in [
            ("a", Some("a"), ""),
            ("a\n", Some("a"), ""),
            ("a\r", Some("a"), ""),
            ("a\r\n", Some("a\r"), "spaces or line endings"),
            ("a\n\n", Some("a\n"), "spaces or line endings"),
            (" a", Some(" a"), "spaces or line endings"),
            ("", None, "is empty"),
            ("\n", None, "is empty"),
        ] {
            let (found, findings) = variable("").judge(Path::new("/nowhere"), text);
            assert_eq!(found.as_deref(), value, "{text:?}");
            let whats: Vec<_> = findings.iter().map(|finding| finding.what.as_str()).collect();
            assert_eq!(whats.is_empty(), what.is_empty(), "{text:?}: {whats:?}");
            assert!(whats.iter().all(|found| found.contains(what)), "{text:?}: {whats:?}");
        }
    }

    #[test]
    fn versions_without_files_or_lists_are_recognised() {
        let file = || variable("file:///etc/secret");
        for (variable, version, expected) in [
            (
                file(),
                Version(3, 2, 10),
                Some("Fluent Bit 3.2.10 does not read values from files: ${SECRET} becomes file:///etc/secret"),
            ),
            (file(), Version(4, 0, 0), None),
            (
                file().listed(),
                Version(5, 0, 2),
                Some("Fluent Bit 5.0.2 does not accept a list under `env:`, such as the one with ${SECRET}"),
            ),
            (file().listed(), Version(5, 0, 3), None),
            (variable("x"), Version(3, 2, 0), None),
        ] {
            let found = variable.suits(version).map(|finding| finding.what);
            assert_eq!(found.as_deref(), expected, "{version}");
        }
    }
}
