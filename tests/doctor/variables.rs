//! Environment variables.

use std::fs;
use std::process::Command;

use eset_filter_tests::doctor::{Found, SECRET, SetUp, mode};

#[test]
fn a_variable_is_not_set() {
    let set_up = SetUp::new().unset("AZURE_CLIENT_SECRET");
    set_up.shows(&[
        ("variables", "error", "${AZURE_CLIENT_SECRET} is used but not set"),
        ("azure", "skipped", "settings of azure_logs_ingestion are missing"),
    ]);
    let found = set_up.find();
    let finding = found.findings.iter().find(|finding| finding["check"] == "variables").unwrap();
    assert_eq!((&finding["line"], finding["file"].as_str()), (&40.into(), set_up.config().to_str()));
    assert!(
        !found.findings.iter().any(|finding| finding["check"] == "outputs"),
        "an output without its secret is reported"
    );
}

#[test]
fn variables_are_read_from_the_environment_file() {
    let set_up = SetUp::new().unset("AZURE_CLIENT_SECRET").argument("--env-file=eset.env");
    set_up.private("eset.env", format!("# a comment\nAZURE_CLIENT_SECRET=\"{SECRET}\"\n"));
    set_up.shows(&[]);
}

#[test]
fn the_environment_file_overrides_the_environment() {
    let set_up = SetUp::new().set("AZURE_CLIENT_SECRET", "wrong").argument("--env-file=eset.env");
    set_up.private("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    set_up.find();
    assert!(set_up.azure.requests()[0].body.ends_with(SECRET));
}

#[test]
fn the_environment_file_is_missing_or_invalid() {
    let set_up = SetUp::new().argument("--env-file=eset.env");
    set_up.shows(&[("variables", "error", "cannot read eset.env: No such file")]);
    set_up.file("eset.env", "export A=1\n");
    set_up.shows(&[("variables", "warning", "eset.env:1 is not of the form NAME=value")]);
}

#[cfg(unix)]
#[test]
fn everybody_can_read_the_environment_file() {
    let set_up = SetUp::new().argument("--env-file=eset.env");
    let file = set_up.file("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    mode(&set_up.folder, 0o755);
    mode(&file, 0o644);
    set_up.shows(&[("variables", "warning", "every user can read it")]);
}

#[test]
fn the_env_section_has_a_different_value() {
    let set_up = SetUp::new().replace("service:", "env:\n  TCP_PORT: 5170\nservice:");
    set_up.shows(&[("variables", "warning", "${TCP_PORT} has one value in `env:` and another in the environment")]);
}

/// Returns a setup whose `env:` section names a file with the secret. The variable is not in the environment.
fn in_a_file() -> SetUp {
    let env = "env:\n  AZURE_CLIENT_SECRET: file://secret\nservice:";
    SetUp::new().unset("AZURE_CLIENT_SECRET").replace("service:", env)
}

#[test]
fn a_value_is_in_a_file() {
    let set_up = in_a_file();
    set_up.private("secret", format!("{SECRET}\n"));
    set_up.shows(&[]);
    assert!(set_up.azure.requests()[0].body.ends_with(SECRET));
}

#[test]
fn the_file_of_a_value_is_missing_or_has_extra_characters() {
    let set_up = in_a_file().argument("--offline");
    let offline = ("azure", "skipped", "were not contacted");
    set_up.shows(&[
        ("variables", "error", "${AZURE_CLIENT_SECRET}: cannot read "),
        ("dry-run", "skipped", "it cannot start without ${AZURE_CLIENT_SECRET}"),
        ("azure", "skipped", "settings of azure_logs_ingestion are missing"),
    ]);
    set_up.private("secret", format!("{SECRET}\r\n"));
    set_up.shows(&[
        ("variables", "error", "secret has spaces or line endings around the value, which Fluent Bit keeps"),
        ("outputs", "error", "does not encode"),
        offline,
    ]);
}

#[cfg(unix)]
#[test]
fn everybody_can_read_the_file_of_a_value() {
    let set_up = in_a_file();
    set_up.file("secret", SECRET);
    mode(&set_up.folder, 0o755);
    set_up.shows(&[("secrets", "warning", "secret contains a secret, and every user can read it")]);
    mode(&set_up.folder, 0o700);
    set_up.shows(&[]);
}

#[test]
fn the_version_does_not_read_values_from_files() {
    let set_up = in_a_file().set("FAKE_VERSION", "3.2.10").argument("--offline");
    set_up.private("secret", SECRET);
    let offline = ("azure", "skipped", "were not contacted");
    set_up.shows(&[("variables", "error", "Fluent Bit 3.2.10 does not read values from files"), offline]);
}

/// A value from a file is masked, whatever its name and use. [`SetUp::output`] checks that it is not printed.
#[test]
fn a_value_from_a_file_is_used_in_the_wrong_setting() {
    let set_up = SetUp::new()
        .set("AZURE_CLIENT_SECRET", "another.secret")
        .replace("service:", "env:\n  THING: file://thing\nservice:")
        .replace("table_name: eset_CL", "table_name: ${THING}")
        .argument("--offline");
    set_up.private("thing", SECRET);
    set_up.shows(&[("outputs", "error", "table_name is ********"), ("azure", "skipped", "were not contacted")]);
}

#[cfg(unix)]
#[test]
fn this_user_is_not_allowed_to_read_the_file_of_a_value() {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    if fs::metadata("/proc/self").map_or(1, |process| process.uid()) != 0 {
        return println!("Only root can run the command as another user: this did not run.");
    }
    let set_up = in_a_file().argument("--offline");
    set_up.private("secret", SECRET);
    set_up.output(&[]);
    mode(&set_up.folder, 0o755);
    let program = set_up.folder.join("eset-filter");
    fs::copy(eset_filter_tests::command(), &program).unwrap();
    let mut command = Command::new(program);
    command.args(["doctor", "--offline", "--format", "json"]).arg(set_up.config()).current_dir(&set_up.folder);
    let output = command.env_clear().envs(set_up.variables()).uid(65_534).gid(65_534).output().unwrap();
    let found = Found::of(&output);
    assert!(
        found.has("variables", "warning", "${AZURE_CLIENT_SECRET}: this user is not allowed to read "),
        "{found:#?}"
    );
    assert!(!found.has("variables", "error", ""), "{found:#?}");
}
