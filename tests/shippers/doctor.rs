//! `eset-filter doctor` with the real Fluent Bit: its findings about a configuration, and about a run of the filter.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use eset_filter_tests::doctor::{SECRET, SetUp, mode, native};
use eset_filter_tests::fluent_bit::{FluentBit, Version};
use libtest_mimic::Trial;
use serde_json::Value;

/// A check with the path of the executable.
type Check = fn(&Path);

/// Checks for every version in which the filter runs.
const ALWAYS: [(&str, Check); 3] = [
    ("the_native_filter_runs", the_native_filter_runs),
    ("the_filter_runs_with_its_options", the_filter_runs_with_its_options),
    ("a_damaged_filter_is_reported", a_damaged_filter_is_reported),
];

/// Checks for versions that accept the configuration, which is for Fluent Bit 5.1, and report its faults in a dry run.
const SINCE_4: [(&str, Check); 4] = [
    ("a_good_configuration_has_no_findings", a_good_configuration_has_no_findings),
    ("an_unknown_property_is_reported", an_unknown_property_is_reported),
    ("a_running_fluent_bit_is_found", a_running_fluent_bit_is_found),
    ("a_configuration_that_others_can_change_is_not_started", a_configuration_that_others_can_change_is_not_started),
];

pub(crate) fn trials(host: &FluentBit) -> Vec<Trial> {
    let mut checks = ALWAYS.to_vec();
    match host.version() {
        Version(4.., _) => checks.extend(SINCE_4),
        older => println!(
            "Fluent Bit {older} does not accept the configuration, so only the doctor's run of the filter was tested."
        ),
    }
    let trial = |(name, check): (&str, Check)| {
        let real = host.path().to_owned();
        Trial::test(format!("doctor::{name}"), move || {
            check(&real);
            Ok(())
        })
    };
    checks.into_iter().map(trial).collect()
}

fn a_good_configuration_has_no_findings(real: &Path) {
    SetUp::new().fluent_bit(Some(real)).shows(&[]);
}

fn the_native_filter_runs(real: &Path) {
    runs_the_filter(&SetUp::new().native(&native()).fluent_bit(Some(real)));
}

fn the_filter_runs_with_its_options(real: &Path) {
    let options = "request_limit: 700k\n      raw: always\n      syslog_fields: all\n      message_key: payload";
    let set_up = SetUp::new().native(&native()).fluent_bit(Some(real));
    runs_the_filter(&set_up.replace("request_limit: 700k", options));
}

#[track_caller]
fn runs_the_filter(set_up: &SetUp) {
    let found = set_up.find();
    let said: Vec<_> = found.findings.iter().filter(|finding| finding["check"] == "plugin").collect();
    assert!(said.iter().all(|finding| finding["level"] == "ok"), "{said:?}");
    assert!(said[1]["what"].as_str().unwrap().contains("reads a message correctly in Fluent Bit"), "{said:?}");
}

fn an_unknown_property_is_reported(real: &Path) {
    let set_up = SetUp::new().fluent_bit(Some(real)).replace("format: none", "format: none\n      nonsense: 1");
    set_up.shows(&[
        ("dry-run", "error", "unknown configuration property 'nonsense'"),
        ("dry-run", "error", "check properties for input plugins is failed"),
    ]);
}

fn a_damaged_filter_is_reported(real: &Path) {
    let set_up = SetUp::new().fluent_bit(Some(real));
    let plugin = set_up.folder.join("flb-filter_eset.so");
    let set_up = set_up.native(&plugin);
    let mut damaged = fs::read(native()).unwrap();
    // The filter now needs a library that does not exist.
    let at = damaged.windows(10).position(|name| name == b"libc.so.6\0").unwrap();
    damaged[at + 3] = b'X';
    set_up.file("flb-filter_eset.so", damaged);
    let found = set_up.find();
    let said = found.findings.iter().rfind(|finding| finding["check"] == "plugin").unwrap();
    assert_eq!(said["level"], "error", "{said}");
    assert!(said["what"].as_str().unwrap().contains("got no record from"), "{said}");
}

#[cfg(target_os = "linux")]
fn a_running_fluent_bit_is_found(real: &Path) {
    let set_up = SetUp::new();
    let (process, findings) = while_it_runs(real, &set_up);
    let said = |check: &str, what: &str| {
        let is_it = |finding: &&Value| {
            finding["check"] == check && finding["level"] == "ok" && finding["what"].as_str().unwrap().contains(what)
        };
        assert!(findings.iter().any(|finding| is_it(&finding)), "{check}: {what}: {findings:#?}");
    };
    said("fluent-bit", &format!("is running as process {process}"));
    said("ports", &format!("(process {process}) listens on TCP 127.0.0.1:"));
    said("ports", &format!("(process {process}) listens on UDP 127.0.0.1:"));
}

/// Anyone who can change the configuration can make Fluent Bit load any code.
#[cfg(target_os = "linux")]
fn a_configuration_that_others_can_change_is_not_started(real: &Path) {
    let set_up = SetUp::new();
    set_up.output(&["--offline"]);
    mode(&set_up.config(), 0o666);
    let (_, findings) = while_it_runs(real, &set_up);
    let wrong: Vec<_> = findings.iter().filter(|finding| finding["level"] != "ok").collect();
    let what = format!("every user can change {}", set_up.config().display());
    assert_eq!(
        (wrong.len(), &wrong[0]["level"], &wrong[0]["what"]),
        (2, &"warning".into(), &what.into()),
        "{wrong:#?}"
    );
    assert!(wrong[1]["what"].as_str().unwrap().starts_with("Fluent Bit was not started, "), "{wrong:#?}");
    let left_out = ["dry-run", "ports", "disk", "azure"];
    assert!(!findings.iter().any(|finding| left_out.contains(&finding["check"].as_str().unwrap())), "{findings:#?}");
}

/// Runs the doctor without a configuration while Fluent Bit runs with one. Returns the process ID of Fluent Bit, and
/// the findings about this process. Other instances may be running on the machine.
#[cfg(target_os = "linux")]
fn while_it_runs(real: &Path, set_up: &SetUp) -> (u32, Vec<Value>) {
    set_up.output(&["--offline"]);
    let mut command = Command::new(real);
    command.args(["-q", "-c", "fluent-bit.yaml"]).current_dir(&set_up.folder).env_clear().envs(set_up.variables());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let port = set_up.variables().find(|(name, _)| name == "TCP_PORT").unwrap().1.parse().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() && Instant::now() < until {
        thread::sleep(Duration::from_millis(50));
    }
    let mut command = Command::new(eset_filter_tests::command());
    let output = command.args(["doctor", "--offline", "--format", "json"]).env_remove("FLUENT_BIT").output();
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(!lines.contains(SECRET));
    let findings = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let is_it = |finding: &Value| finding["config"].as_str() == set_up.config().to_str();
    (child.id(), findings.filter(is_it).collect())
}

/// Without `/proc` the doctor cannot find running processes.
#[cfg(not(target_os = "linux"))]
fn a_running_fluent_bit_is_found(_real: &Path) {}

#[cfg(not(target_os = "linux"))]
fn a_configuration_that_others_can_change_is_not_started(_real: &Path) {}
