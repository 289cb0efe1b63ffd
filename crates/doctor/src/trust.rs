//! Who can change a file, and who can read it.
//!
//! The doctor reads secrets, sends them to the endpoints that a configuration names, and starts a program that loads
//! the files that a configuration names. Therefore, each of these files, and each directory and link on the path to it,
//! must be safe from changes by anyone except root and the user who runs the doctor. Then nobody else can replace a
//! file, either before or after the check.
//!
//! # Limitations
//!
//! It does not detect mistakes that root or the user made themselves. On systems without file owners, it treats all
//! files as the user's own.

#[cfg(unix)]
mod walk;

use std::fmt;
use std::path::{Path, PathBuf};

/// A file, directory or link that can be changed by anyone other than root and this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weakness {
    who: Who,
    /// The file itself, or a directory or link on the path to it.
    path: PathBuf,
}

/// Users other than root and this user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "files have no owners"))]
enum Who {
    User(u32),
    Group(u32),
    Everybody,
    /// The users in an access control list.
    Listed,
    /// This user has no permission to find out.
    Unknown,
}

/// Finds out whether anyone else can change the file at a path. Returns `None` if nobody can, or if the file does not
/// exist and nobody else can create it.
#[cfg(unix)]
pub(crate) fn weakness(path: &Path) -> Option<Weakness> {
    walk::walk(path).err()
}

/// Finds out whether anyone else can change a directory. Returns `None` only if nobody else can add files to it either.
#[cfg(unix)]
pub(crate) fn weakness_of_directory(path: &Path) -> Option<Weakness> {
    // The name is not in use. Anyone who could create it could add files.
    weakness(&path.join(format!(".eset-filter-doctor-{:016x}", fastrand::u64(..))))
}

/// Returns the ID of the user who runs the doctor.
#[cfg(unix)]
pub(crate) fn this_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Returns whether every user of this machine can read the file, according to its mode and the modes of the directories
/// above it.
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
            Who::Everybody => write!(formatter, "every user can change {path}"),
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
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "x").unwrap();
        (directory, file)
    }

    fn who(path: &Path) -> Option<Who> {
        weakness(path).map(|weakness| weakness.who)
    }

    #[test]
    fn files_and_directories_that_others_can_change_are_found() {
        let (directory, file) = file();
        for (of_directory, of_file, expected) in [
            (0o755, 0o644, None),
            (0o755, 0o666, Some((Who::Everybody, &*file))),
            (0o777, 0o644, Some((Who::Everybody, directory.path()))),
            (0o1777, 0o644, None),
            (0o1777, 0o646, Some((Who::Everybody, &file))),
        ] {
            mode(directory.path(), of_directory);
            mode(&file, of_file);
            let expected = expected.map(|(who, path)| Weakness { who, path: path.canonicalize().unwrap() });
            assert_eq!(weakness(&file), expected, "{of_directory:o} {of_file:o}");
        }
    }

    #[test]
    fn missing_files_that_others_can_create_are_found() {
        let (directory, _) = file();
        let missing = directory.path().join("missing/further");
        for (of_directory, expected) in [(0o755, None), (0o1777, Some(Who::Everybody)), (0o777, Some(Who::Everybody))] {
            mode(directory.path(), of_directory);
            assert_eq!(who(&missing), expected, "{of_directory:o}");
            assert_eq!(
                weakness_of_directory(directory.path()).map(|weakness| weakness.who),
                expected,
                "{of_directory:o}"
            );
        }
    }

    #[test]
    fn each_link_on_the_path_is_checked() {
        let (directory, file) = file();
        let (open, _) = self::file();
        mode(open.path(), 0o777);
        let [direct, through, around] = ["direct", "through", "around"].map(|name| directory.path().join(name));
        symlink(&file, &direct).unwrap();
        symlink(open.path().join("link"), &through).unwrap();
        symlink(&file, open.path().join("link")).unwrap();
        symlink("around", &around).unwrap();
        assert_eq!(who(&direct), None);
        assert_eq!(who(&through), Some(Who::Everybody));
        assert_eq!(who(&around), Some(Who::Unknown));
        assert_eq!(who(&directory.path().join("../").join(directory.path().file_name().unwrap()).join("file")), None);
    }

    #[test]
    fn a_hard_link_in_a_directory_that_everybody_can_write_to_is_not_trusted() {
        let (directory, file) = file();
        mode(directory.path(), 0o1777);
        fs::hard_link(&file, directory.path().join("second")).unwrap();
        assert_eq!(who(&directory.path().join("second")), Some(Who::Everybody));
    }

    #[test]
    fn other_owners_are_found() {
        if this_user() != 0 {
            return println!("Only root can change the owner of a file: this did not run.");
        }
        let (directory, file) = file();
        symlink(&file, directory.path().join("link")).unwrap();
        std::os::unix::fs::lchown(directory.path().join("link"), Some(4_000_000), None).unwrap();
        assert_eq!(who(&directory.path().join("link")), Some(Who::User(4_000_000)));
        chown(&file, None, Some(4_000_001)).unwrap();
        mode(&file, 0o664);
        assert_eq!(who(&file), Some(Who::Group(4_000_001)));
        mode(&file, 0o644);
        assert_eq!(who(&file), None);
        chown(&file, Some(4_000_000), None).unwrap();
        assert_eq!(who(&file), Some(Who::User(4_000_000)));
        chown(&file, Some(0), None).unwrap();
        chown(directory.path(), Some(4_000_000), None).unwrap();
        assert_eq!(who(&file), Some(Who::User(4_000_000)));
    }

    #[test]
    fn a_file_is_readable_by_everybody_only_if_its_directories_are_accessible() {
        let (directory, file) = file();
        for (of_directory, of_file, expected) in
            [(0o755, 0o644, true), (0o755, 0o640, false), (0o700, 0o644, false), (0o711, 0o604, true)]
        {
            mode(directory.path(), of_directory);
            mode(&file, of_file);
            assert_eq!(is_readable_by_everybody(&file), expected, "{of_directory:o} {of_file:o}");
        }
        assert!(!is_readable_by_everybody(&directory.path().join("missing")));
    }
}
