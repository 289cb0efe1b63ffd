//! Whose files may be acted upon.
//!
//! What a user names is that user's choice. But what is found by looking at running processes may be a trap: any user can
//! start a process with any name, and root, who looks at it, would then run that user's plugin.

use std::path::Path;

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
    use std::os::unix::fs::PermissionsExt;

    use super::*;

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
