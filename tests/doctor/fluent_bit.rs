//! The Fluent Bit executable, its version, and its own check of the configuration.

use std::fs;
use std::path::Path;

use eset_filter_tests::doctor::{SECRET, SetUp};

#[test]
fn it_is_missing() {
    let set_up = SetUp::new().fluent_bit(Some(Path::new("/nowhere/fluent-bit")));
    set_up.shows(&[("fluent-bit", "error", "cannot use /nowhere/fluent-bit as Fluent Bit: No such file")]);
    if !Path::new("/opt/fluent-bit/bin/fluent-bit").exists() {
        let set_up = SetUp::new().fluent_bit(None).set("PATH", "/nowhere");
        set_up.shows(&[("fluent-bit", "skipped", "neither running nor in PATH")]);
    }
}

#[test]
fn it_is_found_in_path_and_by_its_variable() {
    let copy = tempfile::tempdir().unwrap();
    let folder = copy.path();
    fs::copy(eset_filter_tests::root().join("tests/doctor/fluent-bit"), folder.join("fluent-bit")).unwrap();
    let path = format!("/usr/bin:/bin:{}", folder.display());
    SetUp::new().fluent_bit(None).set("PATH", &format!("{}:/usr/bin:/bin", folder.display())).shows(&[]);
    SetUp::new().fluent_bit(None).set("FLUENT_BIT", folder.join("fluent-bit").to_str().unwrap()).shows(&[]);
    SetUp::new().fluent_bit(Some(Path::new("fluent-bit"))).set("PATH", &path).find();
}

#[test]
fn it_is_something_else() {
    let set_up = SetUp::new().fluent_bit(Some(Path::new("/bin/true")));
    set_up.shows(&[("fluent-bit", "error", "it does not report its version")]);
}

#[test]
fn its_version_is_too_old_or_too_new() {
    SetUp::new().set("FAKE_VERSION", "2.0.14").shows(&[
        ("fluent-bit", "error", "2.0.14"),
        ("filter", "error", "this Fluent Bit version does not support event_format"),
    ]);
    SetUp::new().set("FAKE_VERSION", "6.0.0").shows(&[("fluent-bit", "warning", "newer than the tested versions")]);
}

#[test]
fn its_version_cannot_get_tokens() {
    let set_up = SetUp::new().set("FAKE_VERSION", "5.0.2");
    set_up.shows(&[("outputs", "error", "Fluent Bit 5.0.2 cannot get a token")]);
    SetUp::new().set("FAKE_VERSION", "5.0.3").shows(&[]);
}

#[test]
fn it_rejects_the_configuration() {
    let log = "[2026/11/23 04:22:07.376] [ warn] [env] variable ${X:-1} is used but not set\n\
                   [2026/11/23 04:22:07.377] [error] [config] tcp: unknown configuration property 'formatt'\n\
                   [2026/11/23 04:22:07.377] [error] configuration file contains errors, aborting.";
    SetUp::new().set("FAKE_LOG", log).set("FAKE_STATUS", "1").shows(&[
        (
            "dry-run",
            "error",
            "this Fluent Bit version does not support default values for variables: ${X:-1} becomes empty",
        ),
        ("dry-run", "error", "unknown configuration property 'formatt'"),
    ]);
    SetUp::new().set("FAKE_STATUS", "3").shows(&[("dry-run", "error", "rejects the configuration")]);
}

/// The log contains the secret. [`SetUp::output`] checks that it is not printed.
#[test]
fn secrets_in_its_log_are_masked() {
    let log = format!("[2026/11/23 04:22:07.376] [error] client_secret is '{SECRET}'");
    let set_up = SetUp::new().set("FAKE_LOG", &log).set("FAKE_STATUS", "1");
    set_up.shows(&[("dry-run", "error", "client_secret is '********'")]);
}
