//! A directory of configurations as an operator makes it: the files of a set, and the settings for them.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::receiver::{Input, Ports};

/// The directory of the shipped configurations.
pub fn shipped() -> PathBuf {
    crate::root().join("vector-config")
}

/// Where the filters expect what was built, and where it is here.
const BUILT: [(&str, &str); 2] = [
    ("/usr/local/lib/vector/eset_filter.so", "dist/eset_filter.so"),
    ("/usr/local/share/eset-filter/vector/eset_filter.vrl", "vector-config/eset_filter.vrl"),
];

/// Copies files of the shipped ones into a directory, with the filters as they were built here.
///
/// # Errors
///
/// A file cannot be copied.
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

/// Settings, as YAML whose values stand behind their keys.
#[derive(Clone, Debug)]
pub struct Settings(Vec<String>);

impl Settings {
    /// The shipped `settings.yaml` for a set of files: sections of files in the set are in use, the others are gone.
    ///
    /// # Errors
    ///
    /// It cannot be read.
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

    /// Gives a key another value. It is named with the keys above it: `sources.receive_udp.address`.
    ///
    /// # Panics
    ///
    /// The settings do not have it.
    pub fn set(&mut self, key: &str, value: impl AsRef<str>) {
        let at = self.position(key).unwrap_or_else(|| panic!("the settings have no {key}: {self:#?}"));
        let (name, _) = self.0[at].split_once(':').expect("a key ends in a colon");
        self.0[at] = format!("{name}: {}", value.as_ref());
    }

    /// The same, if the settings have it.
    pub fn set_if_there(&mut self, key: &str, value: impl AsRef<str>) {
        if self.position(key).is_some() {
            self.set(key, value);
        }
    }

    /// Takes a key out, and what stands below it.
    ///
    /// # Panics
    ///
    /// The settings do not have it.
    pub fn remove(&mut self, key: &str) {
        let at = self.position(key).unwrap_or_else(|| panic!("the settings have no {key}: {self:#?}"));
        let depth = indent(&self.0[at]);
        let below = self.0[at + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > depth).count();
        self.0.drain(at..=at + below);
    }

    /// Has its sources listen on these ports of 127.0.0.1, those of TLS with a certificate and its key.
    pub fn listen(&mut self, ports: Ports, certificate: &Path, key: &Path) {
        for (name, input) in Input::ALL {
            let source = format!("sources.receive_{name}");
            self.set_if_there(&format!("{source}.address"), format!("127.0.0.1:{}", ports.of(input)));
            self.set_if_there(&format!("{source}.tls.crt_file"), certificate.to_string_lossy());
            self.set_if_there(&format!("{source}.tls.key_file"), key.to_string_lossy());
        }
    }

    /// Writes them into a directory of configurations.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn write(&self, to: &Path) -> io::Result<()> {
        fs::write(to.join("settings.yaml"), self.to_string())
    }

    /// The line that a key stands in.
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

/// The line without the `#` that comments out a section. A comment has a space after it, and a key of a section has none, or two.
fn in_use(line: &str) -> String {
    match line.strip_prefix("  #") {
        Some(rest) if rest.starts_with("  ") || !rest.starts_with(' ') => format!("  {rest}"),
        _ => line.to_owned(),
    }
}

/// Without `sources:` and the like where no section is left below.
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
