//! The versions of Vector on this machine, and those that the documents name.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tried::TRIED;
use crate::executable;

/// A Vector executable. Executables are ordered by version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vector {
    version: Version,
    path: PathBuf,
}

/// A major, a minor and a patch version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl Vector {
    /// Returns the executables that `VECTOR` names, separated by colons or spaces, or else the one in `PATH`. The
    /// newest is first.
    ///
    /// # Panics
    ///
    /// Panics if an executable does not exist or does not report its version.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = executable::find_all("VECTOR", "vector").into_iter().map(Self::at).collect();
        all.sort();
        all.reverse();
        all
    }

    /// Returns the executables of [`all`](Self::all) for a test, and prints which versions are tested and which are
    /// not.
    pub fn all_tested() -> Vec<Self> {
        let all = Self::all();
        if all.is_empty() {
            println!("Vector is neither in PATH nor named by VECTOR: NOTHING was tested with the real host.");
            return all;
        }
        for vector in &all {
            let is_tried = TRIED.iter().any(|version| vector.is_of(version));
            let note = if is_tried { "" } else { ", a version that the documents do not name" };
            println!("Vector {} is tested: {}{note}", vector.version(), vector.path.display());
        }
        for version in TRIED.iter().filter(|version| !all.iter().any(|vector| vector.is_of(version))) {
            println!("Vector {version} was not found: NOTHING was tested with it.");
        }
        all
    }

    fn at(path: PathBuf) -> Self {
        let output = Command::new(&path).arg("--version").output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let said = String::from_utf8_lossy(&output.stdout);
        let version = Version::parse(said.split_whitespace().nth(1).unwrap_or_default());
        let version = version.unwrap_or_else(|| panic!("{} reports no version: {said:?}", path.display()));
        Self { version, path }
    }

    /// Returns the path of the executable.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the version, such as `0.58.0`.
    pub fn version(&self) -> String {
        let Version(major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }

    /// Returns whether this is at least the given version, such as `0.58`.
    pub fn is_since(&self, version: &str) -> bool {
        Version::parse(version).is_some_and(|version| self.version >= version)
    }

    fn is_of(&self, version: &str) -> bool {
        self.version().starts_with(&format!("{version}."))
    }
}

impl Version {
    /// Parses `0.58`, `0.58.0` or `0.58.0-custom`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(['.', '-']).map(|part| part.parse().ok());
        Some(Self(parts.next()??, parts.next()??, parts.next().flatten().unwrap_or_default()))
    }
}
