//! The shipper's environment variables, and the expansion of `${NAME}` in its configuration.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use once_cell::sync::Lazy;
use regex_lite::{Captures, Regex};

use crate::file;
use crate::finding::Finding;
use crate::reason::Reason;
use crate::secrets::is_secret_name;
use crate::trust;

const CHECK: &str = "variables";

/// Matches `${NAME}` and `${NAME:-default}`.
static REFERENCE: Lazy<Regex> =
    Lazy::new(|| Regex::new(r"\$\{([^}]+?)(?::-([^}]*))?\}").expect("the pattern is a constant"));

/// The maximum length of an environment file, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Variables by name. Those that are not UTF-8 are left out, because no configuration can refer to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Returns the environment of this process.
    pub(crate) fn own() -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: env::vars_os().filter_map(utf8).collect() }
    }

    /// Parses the environment of another process, as in Linux's `/proc/PID/environ`.
    pub(crate) fn from_procfs(environ: &[u8]) -> Self {
        let variables =
            environ.split(|byte| *byte == 0).filter_map(|entry| str::from_utf8(entry).ok()?.split_once('='));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { variables }
    }

    /// Adds the variables of an environment file. They override existing ones.
    pub(crate) fn read_file(&mut self, path: &Path) -> Vec<Finding> {
        let text = match file::read_text_of_any(path, LONGEST) {
            Ok(text) => text,
            Err(error) => {
                let what = format!("cannot read {}: {}", path.display(), Reason(&error));
                return vec![Finding::error(
                    CHECK,
                    what,
                    "Correct the path after --env-file. The file must be UTF-8 text that this user can read.",
                )];
            }
        };
        let (variables, refused) = parse_env_file(&text);
        let mut findings: Vec<_> = refused
            .iter()
            .map(|line| {
                let what = format!("{}:{line} is not of the form NAME=value and is ignored", path.display());
                Finding::warning(CHECK, what, "Correct the line. Environment files do not use `export`.")
            })
            .collect();
        if variables.iter().any(|(name, _)| is_secret_name(name)) && trust::is_readable_by_everybody(path) {
            let what = format!("{} contains secrets, and every user can read it", path.display());
            findings.push(Finding::warning(CHECK, what, format!("Run chmod 600 {}", path.display())));
        }
        self.variables.extend(variables);
        findings
    }

    /// Returns the value of a variable. `None` if it is empty, as if it were not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the values that must not be printed: secrets, and the passwords in proxy URLs.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().filter_map(|(name, value)| match name.as_str() {
            name if is_secret_name(name) => Some(value.as_str()),
            name if name.to_ascii_lowercase().ends_with("_proxy") => {
                let (user, _) = value.rsplit_once('@')?;
                user.rsplit_once(':').map(|(_, password)| password)
            }
            _ => None,
        })
    }

    /// Returns the variables with these names, to add to the environment of a child process. It gets no others: it
    /// needs no more of another process's environment.
    pub(crate) fn for_child(&self, names: &[String]) -> impl Iterator<Item = (&str, &str)> {
        let needed = self.variables.iter().filter(|(name, _)| names.contains(name));
        needed.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Replaces each `${NAME}` with its value. Variables without a value are replaced with nothing, and their names are
/// passed to `unset`.
pub(crate) fn expand<'v>(text: &str, get: impl Fn(&str) -> Option<&'v str>, mut unset: impl FnMut(&str)) -> String {
    let value = |reference: &Captures<'_>| {
        let default = reference.get(2).map(|default| default.as_str());
        match (get(&reference[1]), default) {
            (Some(value), _) => value.to_owned(),
            (None, Some(default)) => default.to_owned(),
            (None, None) => {
                unset(&reference[1]);
                String::new()
            }
        }
    };
    REFERENCE.replace_all(text, value).into_owned()
}

/// Returns the names of all variables in a text.
pub(crate) fn references(text: &str) -> Vec<String> {
    REFERENCE.captures_iter(text).map(|reference| reference[1].to_owned()).collect()
}

/// Returns whether the text contains a `${NAME}`.
pub(crate) fn has_reference(text: &str) -> bool {
    REFERENCE.is_match(text)
}

/// Parses an environment file. Returns the variables, and the line numbers of invalid lines.
///
/// Source: systemd.exec(5), EnvironmentFile.
fn parse_env_file(text: &str) -> (Vec<(String, String)>, Vec<usize>) {
    let mut variables = Vec::new();
    let mut refused = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let mut line = line.to_owned();
        while line.ends_with('\\') {
            line.pop();
            match lines.next() {
                Some((_, next)) => line.push_str(next.trim_end()),
                None => break,
            }
        }
        match line.split_once('=') {
            Some((name, value)) if is_name(name.trim_end()) => {
                variables.push((name.trim_end().to_owned(), unquote(value.trim())));
            }
            _ => refused.push(number + 1),
        }
    }
    (variables, refused)
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unquote(value: &str) -> String {
    let within = |quote| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    if let Some(literal) = within('\'') {
        return literal.to_owned();
    }
    let quoted = within('"');
    let mut chars = quoted.unwrap_or(value).chars().peekable();
    let mut text = String::new();
    while let Some(char) = chars.next() {
        let is_escape = char == '\\' && (quoted.is_none() || matches!(chars.peek(), Some('"' | '\\' | '`' | '$')));
        text.extend(if is_escape { chars.next() } else { Some(char) });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded() {
        let get = |name: &str| match name {
            "A" => Some("x"),
            "B" => Some("y${A}"),
            _ => None,
        };
        for (text, expanded, unset) in [
            ("plain $A {A} $", "plain $A {A} $", vec![]),
            ("${A}", "x", vec![]),
            ("-${A}-${B}-", "-x-y${A}-", vec![]),
            ("${C}${A}${D}", "x", vec!["C", "D"]),
            ("${C:-5140}", "5140", vec![]),
            ("${A:-5140}", "x", vec![]),
            ("${C:-}", "", vec![]),
            ("${C:-a:-b}", "a:-b", vec![]),
            ("${}${A", "${}${A", vec![]),
        ] {
            let mut missing = Vec::new();
            assert_eq!(expand(text, get, |name| missing.push(name.to_owned())), expanded, "{text}");
            assert_eq!(missing, unset, "{text}");
        }
    }

    #[test]
    fn environment_files_are_read_as_systemd_reads_them() {
        let text = "# c\n; c\n\nA=1\nB = 2\nexport C=3\nD=\"a \\\" \\d\" \nE='a \\ \" b'\nF=one \\\ntwo\nnonsense\nG=\n9=x\n_H=a\\=b\n";
        let (variables, refused) = parse_env_file(text);
        let expected =
            [("A", "1"), ("B", "2"), ("D", "a \" \\d"), ("E", "a \\ \" b"), ("F", "one two"), ("G", ""), ("_H", "a=b")];
        assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(refused, [6, 11, 13]);
    }

    #[test]
    fn the_environment_of_another_process_is_read() {
        let environment = Environment::from_procfs(b"A=1\0B=a=b\0nonsense\0C=\xFF\0D=\0");
        assert_eq!(environment.get("A"), Some("1"));
        assert_eq!(environment.get("B"), Some("a=b"));
        assert_eq!(environment.get("C"), None);
        assert_eq!(environment.get("D"), None);
        assert_eq!(environment.for_child(&["B".to_owned()]).collect::<Vec<_>>(), [("B", "a=b")]);
    }
}
