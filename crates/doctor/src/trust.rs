//! Who can change a file, and who can read it.
//!
//! The doctor reads secrets, sends them where a configuration says, and starts a program that loads what a
//! configuration names. So only root and the doctor's own user may be able to change each file involved, and each
//! directory and link on the way to it. Then nobody else can replace a file, neither before the check nor after.
//!
//! # What it does not do
//!
//! Find out whether root or the user has been careless with what only they can change. If files have no owners,
//! everything counts as the user's own.

#[cfg(unix)]
mod walk;

use std::fmt;
use std::path::{Path, PathBuf};

/// A file, directory or link that somebody else than root and this user can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weakness {
    who: Who,
    /// What they can change: the file itself, or something on the way to it.
    path: PathBuf,
}

/// Somebody else than root and this user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "files have no owners"))]
enum Who {
    User(u32),
    Group(u32),
    Everybody,
    /// Those in an access control list.
    Listed,
    /// That cannot be seen.
    Unknown,
}

/// Where somebody else can change what a path leads to. `None` where nobody can, also where it leads to nothing and nobody
/// else can put something there.
#[cfg(unix)]
pub(crate) fn weakness(path: &Path) -> Option<Weakness> {
    walk::walk(path).err()
}

/// The same for a directory, to which others may not add files either.
#[cfg(unix)]
pub(crate) fn weakness_of_directory(path: &Path) -> Option<Weakness> {
    // A name that nobody has taken: who can take it adds a file.
    weakness(&path.join(format!(".eset-filter-doctor-{:016x}", fastrand::u64(..))))
}

/// The number of the user that the doctor runs as.
#[cfg(unix)]
pub(crate) fn this_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether every user of this machine may read the file, as far as its mode and those of the directories above say so.
#[cfg(unix)]
pub(crate) fn is_readable_by_everybody(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(path) = path.canonicalize() else { return false };
    let allows = |path: &Path, bit: u32| path.metadata().is_ok_and(|found| found.mode() & bit != 0);
    allows(&path, 0o004) && path.ancestors().skip(1).all(|directory| allows(directory, 0o001))
}

#[cfg(not(unix))]
pub(crate) fn weakness(_path: &Path) -> Option<Weakness> {
    None
}

#[cfg(not(unix))]
pub(crate) fn weakness_of_directory(_path: &Path) -> Option<Weakness> {
    None
}

#[cfg(not(unix))]
pub(crate) fn is_readable_by_everybody(_path: &Path) -> bool {
    false
}

impl fmt::Display for Weakness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.who {
            Who::User(user) => write!(formatter, "user {user} can change {path}"),
            Who::Group(group) => write!(formatter, "the members of group {group} can change {path}"),
            Who::Everybody => write!(formatter, "everybody can change {path}"),
            Who::Listed => write!(formatter, "users in an access control list can change {path}"),
            Who::Unknown => write!(formatter, "this user cannot see who can change {path}"),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use tempfile::TempDir;

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// A directory with a file in it.
    fn file() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        (folder, file)
    }

    fn who(path: &Path) -> Option<Who> {
        weakness(path).map(|weakness| weakness.who)
    }

    #[test]
    fn what_others_can_change_is_told() {
        let (folder, file) = file();
        for (of_folder, of_file, expected) in [
            (0o755, 0o644, None),
            (0o755, 0o666, Some((Who::Everybody, &*file))),
            (0o777, 0o644, Some((Who::Everybody, folder.path()))),
            (0o1777, 0o644, None),
            (0o1777, 0o646, Some((Who::Everybody, &file))),
        ] {
            mode(folder.path(), of_folder);
            mode(&file, of_file);
            let expected = expected.map(|(who, path)| Weakness { who, path: path.canonicalize().unwrap() });
            assert_eq!(weakness(&file), expected, "{of_folder:o} {of_file:o}");
        }
    }

    #[test]
    fn nobody_else_may_add_what_is_not_there() {
        let (folder, _) = file();
        let missing = folder.path().join("missing/further");
        for (of_folder, expected) in [(0o755, None), (0o1777, Some(Who::Everybody)), (0o777, Some(Who::Everybody))] {
            mode(folder.path(), of_folder);
            assert_eq!(who(&missing), expected, "{of_folder:o}");
            assert_eq!(weakness_of_directory(folder.path()).map(|weakness| weakness.who), expected, "{of_folder:o}");
        }
    }

    #[test]
    fn each_link_on_the_way_counts() {
        let (folder, file) = file();
        let (open, _) = self::file();
        mode(open.path(), 0o777);
        let [direct, through, around] = ["direct", "through", "around"].map(|name| folder.path().join(name));
        symlink(&file, &direct).unwrap();
        symlink(open.path().join("link"), &through).unwrap();
        symlink(&file, open.path().join("link")).unwrap();
        symlink("around", &around).unwrap();
        assert_eq!(who(&direct), None);
        assert_eq!(who(&through), Some(Who::Everybody));
        assert_eq!(who(&around), Some(Who::Unknown));
        assert_eq!(who(&folder.path().join("../").join(folder.path().file_name().unwrap()).join("file")), None);
    }

    #[test]
    fn a_second_name_in_a_directory_of_all_is_not_trusted() {
        let (folder, file) = file();
        mode(folder.path(), 0o1777);
        fs::hard_link(&file, folder.path().join("second")).unwrap();
        assert_eq!(who(&folder.path().join("second")), Some(Who::Everybody));
    }

    #[test]
    fn other_owners_are_told() {
        if this_user() != 0 {
            return println!("Only root can give files away: this did not run.");
        }
        let (folder, file) = file();
        symlink(&file, folder.path().join("link")).unwrap();
        std::os::unix::fs::lchown(folder.path().join("link"), Some(4_000_000), None).unwrap();
        assert_eq!(who(&folder.path().join("link")), Some(Who::User(4_000_000)));
        chown(&file, None, Some(4_000_001)).unwrap();
        mode(&file, 0o664);
        assert_eq!(who(&file), Some(Who::Group(4_000_001)));
        mode(&file, 0o644);
        assert_eq!(who(&file), None);
        chown(&file, Some(4_000_000), None).unwrap();
        assert_eq!(who(&file), Some(Who::User(4_000_000)));
        chown(&file, Some(0), None).unwrap();
        chown(folder.path(), Some(4_000_000), None).unwrap();
        assert_eq!(who(&file), Some(Who::User(4_000_000)));
    }

    #[test]
    fn everybody_reads_what_they_can_get_to() {
        let (folder, file) = file();
        for (of_folder, of_file, expected) in
            [(0o755, 0o644, true), (0o755, 0o640, false), (0o700, 0o644, false), (0o711, 0o604, true)]
        {
            mode(folder.path(), of_folder);
            mode(&file, of_file);
            assert_eq!(is_readable_by_everybody(&file), expected, "{of_folder:o} {of_file:o}");
        }
        assert!(!is_readable_by_everybody(&folder.path().join("missing")));
    }
}
