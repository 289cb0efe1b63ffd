//! Whose files may be acted upon.
//!
//! What a user names is that user's choice. But what is found by looking at running processes may be a trap: any user can
//! start a process with any name, and root, who looks at it, would then run that user's plugin. And any user can start one
//! that claims to have somebody else's configuration, with variables that have its secrets sent elsewhere.

use std::path::Path;

/// Whom a process runs for: its real user, with the groups. Of a program that has taken on another's rights the variables
/// are still those that its user has given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    id: u32,
    groups: Vec<u32>,
}

impl User {
    /// The one in the text of `/proc/PID/status`.
    pub(crate) fn from_procfs(status: &str) -> Option<Self> {
        let numbers = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().map(str::parse).collect::<Result<Vec<u32>, _>>().ok()
        };
        let mut groups = numbers("Groups:").unwrap_or_default();
        groups.extend(numbers("Gid:")?.first());
        Some(Self { id: *numbers("Uid:")?.first()?, groups })
    }

    /// Whether this user may read the file, as far as the owners and modes of it and the folders above say so.
    #[cfg(unix)]
    pub(crate) fn can_read(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let Ok(path) = path.canonicalize() else { return false };
        let is_allowed = |path: &Path, wanted: u32| {
            let Ok(found) = path.metadata() else { return false };
            let class = match (found.uid() == self.id, self.groups.contains(&found.gid())) {
                (true, _) => 6,
                (false, true) => 3,
                (false, false) => 0,
            };
            found.mode() >> class & wanted != 0
        };
        self.id == 0 || (is_allowed(&path, 0o4) && path.ancestors().skip(1).all(|folder| is_allowed(folder, 0o1)))
    }

    /// Where files have no owners, no processes are found either.
    #[cfg(not(unix))]
    pub(crate) fn can_read(&self, _path: &Path) -> bool {
        false
    }
}

/// Whether nobody but root and this user can have put the file there, or can change it, or one of the folders above.
#[cfg(unix)]
pub(crate) fn is_ours(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    path.ancestors().all(|path| path.symlink_metadata().is_ok_and(|found| is_safe(&found)))
}

/// Where files have no owners, nothing is found by looking at processes either.
#[cfg(not(unix))]
pub(crate) fn is_ours(_path: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_safe(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let mode = found.mode();
    // Of a folder with the sticky bit, such as /tmp, others cannot take away what is not theirs.
    let is_sticky = found.is_dir() && mode & 0o1000 != 0;
    let is_for_others = mode & 0o002 != 0 || (mode & 0o020 != 0 && ![0, group].contains(&found.gid()));
    [0, user].contains(&found.uid()) && (is_sticky || !is_for_others)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn users_are_real_ones() {
        let status = "Name:\tfluent-bit\nUid:\t1000\t0\t0\t0\nGid:\t1001\t0\t0\t0\nGroups:\t4 27 \nVmRSS:\t1 kB\n";
        assert_eq!(User::from_procfs(status), Some(User { id: 1000, groups: vec![4, 27, 1001] }));
        assert_eq!(User::from_procfs("Name:\tx\n"), None);
    }

    #[test]
    fn who_may_read_is_told_by_owners_and_modes() {
        let folder = std::env::temp_dir().join(format!("eset-filter-reader-{}", std::process::id()));
        let file = folder.join("file");
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, "x").unwrap();
        let owner = fs::metadata(&file).map(|file| (file.uid(), file.gid())).unwrap();
        let user = |id: u32, group: u32| User { id, groups: vec![group] };
        let (stranger, fellow) = (user(4_000_000, 4_000_000), user(4_000_000, owner.1));
        for (of_folder, of_file, by_fellow, by_stranger) in [
            (0o755, 0o644, true, true),
            (0o755, 0o640, true, false),
            (0o755, 0o604, false, true),
            (0o755, 0o600, false, false),
            (0o750, 0o644, true, false),
            (0o700, 0o644, false, false),
        ] {
            fs::set_permissions(&folder, Permissions::from_mode(of_folder)).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(of_file)).unwrap();
            let context = format!("{of_folder:o} {of_file:o}");
            assert_eq!((fellow.can_read(&file), stranger.can_read(&file)), (by_fellow, by_stranger), "{context}");
            assert!(user(owner.0, 4_000_000).can_read(&file) && user(0, 0).can_read(&file), "{context}");
        }
        fs::remove_dir_all(&folder).unwrap();
        assert!(!user(4_000_000, 0).can_read(&file));
    }

    #[test]
    fn what_others_can_change_is_not_ours() {
        let folder = std::env::temp_dir().join(format!("eset-filter-trust-{}", std::process::id()));
        let file = folder.join("file");
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, "x").unwrap();
        for (of_folder, of_file, expected) in
            [(0o755, 0o644, true), (0o755, 0o666, false), (0o777, 0o644, false), (0o1777, 0o644, true)]
        {
            fs::set_permissions(&folder, Permissions::from_mode(of_folder)).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(of_file)).unwrap();
            assert_eq!(is_ours(&file), expected, "{of_folder:o} {of_file:o}");
        }
        fs::remove_dir_all(&folder).unwrap();
        assert!(!is_ours(&file));
    }
}
