//! Where a host's executable is.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The executable that a variable names, or else that has this name, in `PATH`.
pub(crate) fn find(variable: &str, name: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).unwrap_or_else(|| OsString::from(name));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&path).map(|folder| folder.join(&named)).chain([PathBuf::from(&named)]);
    candidates.find(|candidate| candidate.is_file())
}
