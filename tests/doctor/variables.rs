//! Variables of the environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::set_up::{SECRET, SetUp};

#[test]
fn one_is_not_set() {
    let set_up = SetUp::new().unset("AZURE_CLIENT_SECRET");
    set_up.shows(&[("variables", "error", "${AZURE_CLIENT_SECRET} is used and not set")]);
    let found = set_up.find();
    let finding = found.findings.iter().find(|finding| finding["check"] == "variables").unwrap();
    assert_eq!((&finding["line"], finding["file"].as_str()), (&40.into(), set_up.config().to_str()));
    assert!(!found.findings.iter().any(|finding| finding["check"] == "outputs"), "it delivers to no table so");
}

#[test]
fn they_come_from_a_file() {
    let set_up = SetUp::new().unset("AZURE_CLIENT_SECRET").argument("--env-file=eset.env");
    let file = set_up.file("eset.env", format!("# a comment\nAZURE_CLIENT_SECRET=\"{SECRET}\"\n"));
    private(&file);
    set_up.shows(&[]);
}

#[test]
fn the_file_goes_before_the_environment() {
    let set_up = SetUp::new().set("AZURE_CLIENT_SECRET", "wrong").argument("--env-file=eset.env");
    private(&set_up.file("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n")));
    set_up.find();
    assert!(set_up.azure.requests()[0].body.ends_with(SECRET));
}

#[test]
fn their_file_is_missing_or_has_nonsense_in_it() {
    let set_up = SetUp::new().argument("--env-file=eset.env");
    set_up.shows(&[("variables", "error", "cannot read eset.env: No such file")]);
    set_up.file("eset.env", "export A=1\n");
    set_up.shows(&[("variables", "warning", "eset.env:1 is not of the form NAME=value")]);
}

#[cfg(unix)]
#[test]
fn everybody_may_read_the_secret() {
    let set_up = SetUp::new().argument("--env-file=eset.env");
    let file = set_up.file("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    set_up.shows(&[("variables", "warning", "everybody may read it")]);
}

#[test]
fn the_configuration_has_another_value() {
    let set_up = SetUp::new().replace("service:", "env:\n  TCP_PORT: 5170\nservice:");
    set_up.shows(&[("variables", "warning", "${TCP_PORT} has one value in `env:` and another in the environment")]);
}

#[cfg(unix)]
fn private(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_file: &Path) {}
