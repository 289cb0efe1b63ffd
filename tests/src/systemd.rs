//! Checks of drop-ins for systemd services.

use std::fs;
use std::process::Command;

use libtest_mimic::Failed;

/// Checks that a drop-in is valid for its service and that the service is hardened. `text` and `drop_in` are the
/// contents of the two unit files.
pub fn check(service: &str, text: &str, drop_in: &str) -> Result<(), Failed> {
    let units = tempfile::tempdir()?;
    let unit = format!("{service}.service");
    fs::write(units.path().join(&unit), text)?;
    let directory = units.path().join(format!("{unit}.d"));
    fs::create_dir(&directory)?;
    fs::write(directory.join("eset.conf"), drop_in)?;
    let analyze = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        command.args(arguments).arg(&unit).env("SYSTEMD_UNIT_PATH", format!("{}:", units.path().display()));
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // `verify` succeeds even if systemd does not know some of the lines.
        let is_clean = !said.lines().any(|line| line.contains("eset.conf") || line.contains(service));
        if output.status.success() && is_clean {
            return Ok(());
        }
        Err(format!("{arguments:?}: {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stdout)).into())
    };
    analyze(&["verify"])?;
    // The threshold is in tenths: this is 2.0 of 10.0 points of exposure. systemd calls anything below 5.0 "OK".
    analyze(&["security", "--offline=true", "--threshold=20"])
}
