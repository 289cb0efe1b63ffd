//! Drop-ins for systemd's services.

use std::fs;
use std::process::Command;

use libtest_mimic::Failed;

/// Checks a drop-in over a service: it is valid, and leaves little to attack. Both are the texts of their files.
pub fn check(service: &str, text: &str, drop_in: &str) -> Result<(), Failed> {
    let units = tempfile::tempdir()?;
    let unit = format!("{service}.service");
    fs::write(units.path().join(&unit), text)?;
    let folder = units.path().join(format!("{unit}.d"));
    fs::create_dir(&folder)?;
    fs::write(folder.join("eset.conf"), drop_in)?;
    let analyze = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        command.args(arguments).arg(&unit).env("SYSTEMD_UNIT_PATH", format!("{}:", units.path().display()));
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // `verify` ends well in spite of lines that systemd does not know.
        let is_clean = !said.lines().any(|line| line.contains("eset.conf") || line.contains(service));
        if output.status.success() && is_clean {
            return Ok(());
        }
        Err(format!("{arguments:?}: {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stdout)).into())
    };
    analyze(&["verify"])?;
    // Tenths of points, of ten: "OK" ends below five.
    analyze(&["security", "--offline=true", "--threshold=20"])
}
