//! Changes to the copy of a shipped configuration.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

/// Replaces a text that occurs once in a configuration.
pub(crate) fn change(directory: &Path, file: &str, from: &str, to: &str) -> Result<(), Failed> {
    let path = directory.join(file);
    let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
    match text.matches(from).count() {
        1 => Ok(fs::write(&path, text.replace(from, to))?),
        count => Err(format!("{from:?} occurs {count} times in {file} instead of once").into()),
    }
}

/// Changes the value of a setting in a configuration.
pub(crate) fn set(directory: &Path, file: &str, name: &str, value: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(directory.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let is_it = |line: &&str| line.trim_start().starts_with(&format!("{name}:"));
    let line = text.lines().find(is_it).ok_or_else(|| format!("{file} has no {name}"))?;
    let indent = &line[..line.len() - line.trim_start().len()];
    change(directory, file, &format!("{line}\n"), &format!("{indent}{name}: {value}\n"))
}
