//! Resolves a path step by step, as the kernel does.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::{Weakness, Who, this_user};

/// The maximum number of links that Linux follows in one path.
const MAX_LINKS: usize = 40;

const STICKY: u32 = 0o1000;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// Resolves a path. Fails at the first step that others can change.
pub(super) fn walk(path: &Path) -> Result<(), Weakness> {
    let path = std::path::absolute(path).map_err(|_| unknown(path))?;
    let mut at = Step::at(PathBuf::from("/"))?;
    let mut todo = parts(&path);
    let mut links = 0;
    while let Some(part) = todo.pop_front() {
        // If others can rename the entries of a directory, nothing in it is safe.
        at.keeps_entries()?;
        if part == ".." {
            at = Step::at(at.path.parent().unwrap_or(&at.path).to_owned())?;
            continue;
        }
        let path = at.path.join(&part);
        let next = match path.symlink_metadata() {
            Ok(found) => Step { path, found },
            // Then nobody else must be able to create it.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return at.takes_none();
            }
            Err(_) => return Err(unknown(&path)),
        };
        if next.found.is_symlink() {
            links += 1;
            let target = next.target().filter(|_| links <= MAX_LINKS).ok_or_else(|| unknown(&next.path))?;
            next.is_ours()?;
            if target.is_absolute() {
                at = Step::at(PathBuf::from("/"))?;
            }
            let rest = std::mem::replace(&mut todo, parts(&target));
            todo.extend(rest);
            continue;
        }
        // Anyone who can add entries to a directory can add a hard link to any of root's files.
        if !next.found.is_dir() && next.found.nlink() > 1 {
            at.takes_none()?;
        }
        at = next;
    }
    if at.found.is_dir() { at.keeps_entries() } else { at.takes_none() }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(part).collect()
}

fn unknown(path: &Path) -> Weakness {
    Weakness { who: Who::Unknown, path: path.to_owned() }
}

/// A path without links, except possibly the last component.
struct Step {
    path: PathBuf,
    found: Metadata,
}

impl Step {
    fn at(path: PathBuf) -> Result<Self, Weakness> {
        let found = path.symlink_metadata().map_err(|_| unknown(&path))?;
        Ok(Self { path, found })
    }

    fn target(&self) -> Option<PathBuf> {
        self.path.read_link().ok()
    }

    /// Fails if anyone else can rename or remove the entries of this directory.
    fn keeps_entries(&self) -> Result<(), Weakness> {
        // In a directory with the sticky bit, such as /tmp, only the owners of the entry and of the directory can.
        if self.found.mode() & STICKY != 0 { self.is_ours() } else { self.takes_none() }
    }

    /// Fails if anyone else can write to this file, or add entries to this directory.
    fn takes_none(&self) -> Result<(), Weakness> {
        self.is_ours()?;
        let mode = self.found.mode();
        let who = match self.found.gid() {
            _ if mode & OTHERS_WRITE != 0 => Who::Everybody,
            _ if mode & GROUP_WRITES == 0 => return Ok(()),
            group if !is_our_group(group) => Who::Group(group),
            _ if has_list(&self.path) => Who::Listed,
            _ => return Ok(()),
        };
        Err(self.weakness(who))
    }

    fn is_ours(&self) -> Result<(), Weakness> {
        let owner = self.found.uid();
        if [0, this_user()].contains(&owner) { Ok(()) } else { Err(self.weakness(Who::User(owner))) }
    }

    fn weakness(&self, who: Who) -> Weakness {
        Weakness { who, path: self.path.clone() }
    }
}

/// Returns whether the group is root's (0) or this user's own. Many users have a private group, whose write permission
/// is harmless.
fn is_our_group(group: u32) -> bool {
    group == 0 || (this_user() != 0 && group == rustix::process::getegid().as_raw())
}

/// Returns whether there is an access control list. If so, the group permissions in the mode are the maximum that the
/// list grants.
#[cfg(target_os = "linux")]
fn has_list(path: &Path) -> bool {
    let length = rustix::fs::getxattr(path, "system.posix_acl_access", &mut [0_u8; 1][..]);
    matches!(length, Ok(_) | Err(rustix::io::Errno::RANGE))
}

#[cfg(not(target_os = "linux"))]
fn has_list(_path: &Path) -> bool {
    false
}
