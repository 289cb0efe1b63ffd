//! Folders for a trial's files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io, process};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder that is gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes one.
    pub(crate) fn new() -> io::Result<Self> {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("eset-filter-end-to-end-{}-{count}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Its own path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is the system's to tidy up.
        let _ = fs::remove_dir_all(&self.0);
    }
}
