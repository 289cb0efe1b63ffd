//! A configuration directory as an operator creates it: a set of the shipped files, and the settings for them.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::receiver::{Input, Ports};

/// Returns the directory of the shipped configurations.
pub fn shipped() -> PathBuf {
    crate::root().join("vector-config")
}

/// The paths of the built files in the shipped configurations, and in this repository.
const BUILT: [(&str, &str); 2] = [
    ("/usr/local/lib/vector/eset_filter.so", "dist/eset_filter.so"),
    ("/usr/local/share/eset-filter/vector/eset_filter.vrl", "vector-config/eset_filter.vrl"),
];

/// Copies shipped files into a directory, with the paths of the filters replaced by those of the files built here.
///
/// # Errors
///
/// Returns an error if a file cannot be copied.
pub fn copy(files: &[&str], to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for file in files {
        let explain = |error| io::Error::other(format!("{file}: {error}"));
        let mut text = fs::read_to_string(shipped().join(file)).map_err(explain)?;
        for (expected, built) in BUILT {
            text = text.replace(expected, &crate::root().join(built).to_string_lossy());
        }
        fs::write(to.join(file), text).map_err(explain)?;
    }
    Ok(())
}

/// Settings, as lines of YAML with each value on the line of its key.
#[derive(Clone, Debug)]
pub struct Settings(Vec<String>);

impl Settings {
    /// Reads the shipped `settings.yaml` for a set of files. Sections for files in the set are uncommented, the others
    /// are removed.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read.
    pub fn of(files: &[&str]) -> io::Result<Self> {
        let text = fs::read_to_string(shipped().join("settings.yaml"))?;
        let mut lines = Vec::new();
        let mut is_used = true;
        for line in text.lines() {
            if let Some(header) = line.strip_prefix("  # --- ") {
                is_used = files.iter().any(|file| header.split([' ', ':', ',']).any(|word| word == *file));
            } else if !line.is_empty() && !line.starts_with([' ', '#']) {
                is_used = true;
            }
            if is_used {
                lines.push(in_use(line));
            }
        }
        Ok(Self(without_empty_keys(lines)))
    }

    /// Sets the value of a key. The key includes those above it: `sources.receive_udp.address`.
    ///
    /// # Panics
    ///
    /// Panics if the settings do not have the key.
    pub fn set(&mut self, key: &str, value: impl AsRef<str>) {
        let at = self.position(key).unwrap_or_else(|| panic!("the settings have no {key}: {self:#?}"));
        let (name, _) = self.0[at].split_once(':').expect("a key ends in a colon");
        self.0[at] = format!("{name}: {}", value.as_ref());
    }

    /// Sets the value of a key if the settings have it.
    pub fn set_if_there(&mut self, key: &str, value: impl AsRef<str>) {
        if self.position(key).is_some() {
            self.set(key, value);
        }
    }

    /// Removes a key and everything below it.
    ///
    /// # Panics
    ///
    /// Panics if the settings do not have the key.
    pub fn remove(&mut self, key: &str) {
        let at = self.position(key).unwrap_or_else(|| panic!("the settings have no {key}: {self:#?}"));
        let depth = indent(&self.0[at]);
        let below = self.0[at + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > depth).count();
        self.0.drain(at..=at + below);
    }

    /// Makes the sources listen on these ports of 127.0.0.1. Sources with TLS get the certificate and its key.
    pub fn listen(&mut self, ports: Ports, certificate: &Path, key: &Path) {
        for (name, input) in Input::ALL {
            let source = format!("sources.receive_{name}");
            self.set_if_there(&format!("{source}.address"), format!("127.0.0.1:{}", ports.of(input)));
            self.set_if_there(&format!("{source}.tls.crt_file"), certificate.to_string_lossy());
            self.set_if_there(&format!("{source}.tls.key_file"), key.to_string_lossy());
        }
    }

    /// Writes the settings into a configuration directory.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    pub fn write(&self, to: &Path) -> io::Result<()> {
        fs::write(to.join("settings.yaml"), self.to_string())
    }

    /// Returns the index of the line of a key.
    fn position(&self, key: &str) -> Option<usize> {
        let mut above: Vec<(usize, &str)> = Vec::new();
        for (at, line) in self.0.iter().enumerate().filter(|(_, line)| is_key(line)) {
            let depth = indent(line);
            above.retain(|(other, _)| *other < depth);
            above.push((depth, line.trim_start().split(':').next().unwrap_or_default()));
            if above.iter().map(|(_, name)| *name).eq(key.split('.')) {
                return Some(at);
            }
        }
        None
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Returns the line without the `#` that comments out a section. A `#` with one space after it is a comment, and one
/// with no space or with two is a commented key.
fn in_use(line: &str) -> String {
    match line.strip_prefix("  #") {
        Some(rest) if rest.starts_with("  ") || !rest.starts_with(' ') => format!("  {rest}"),
        _ => line.to_owned(),
    }
}

/// Removes top-level keys such as `sources:` that have no section left below them.
fn without_empty_keys(mut lines: Vec<String>) -> Vec<String> {
    let is_empty = |lines: &[String], at: usize| {
        let below = lines[at + 1..].iter().find(|line| is_key(line));
        indent(&lines[at]) == 0 && lines[at].ends_with(':') && below.is_none_or(|line| indent(line) == 0)
    };
    while let Some(at) = (0..lines.len()).find(|at| is_key(&lines[*at]) && is_empty(&lines, *at)) {
        lines.remove(at);
    }
    lines
}

fn is_key(line: &str) -> bool {
    let text = line.trim_start();
    !text.is_empty() && !text.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
