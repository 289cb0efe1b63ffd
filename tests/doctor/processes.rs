//! What is found by looking at processes. Only root can start one for somebody else.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::set_up::{SECRET, SetUp};

const NOBODY: u32 = 65_534;

#[test]
fn one_that_may_not_read_its_configuration_is_left_alone() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return println!("Only root can look at the processes of others: this did not run.");
    }
    let set_up = SetUp::new().replace("${AZURE_CLIENT_SECRET}", SECRET);
    set_up.output(&["--offline"]);
    fs::set_permissions(set_up.config(), Permissions::from_mode(0o600)).unwrap();
    let mut claims = claiming(&set_up);
    // Others may be running here too, and their Azure is not to be asked.
    let arguments = ["doctor", "--offline", "--format", "json"];
    let output = Command::new(env!("CARGO_BIN_EXE_eset-filter")).args(arguments).output();
    claims.kill().unwrap();
    claims.wait().unwrap();
    let lines = String::from_utf8(output.unwrap().stdout).unwrap();
    let findings = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let findings: Vec<_> = findings.filter(|finding| finding["config"].as_str() == set_up.config().to_str()).collect();
    let last = findings.last().unwrap();
    assert_eq!((&last["check"], &last["level"]), (&"config".into(), &"skipped".into()), "{findings:#?}");
    assert!(last["what"].as_str().unwrap().ends_with("which its user may not read"), "{last}");
}

/// A process of nobody's, which is called `fluent-bit` and says that it has the set-up's configuration and variables. It
/// waits for what never comes on stdin.
fn claiming(set_up: &SetUp) -> Child {
    let program = std::env::temp_dir().join(format!("fluent-bit-{}", std::process::id()));
    fs::copy("/bin/cat", &program).unwrap();
    let mut command = Command::new(&program);
    command.args(["--", "-", "-c"]).arg(set_up.config()).env_clear().envs(set_up.variables());
    let child = command.uid(NOBODY).gid(NOBODY).current_dir("/").stdin(Stdio::piped()).spawn();
    fs::remove_file(program).unwrap();
    child.unwrap()
}
