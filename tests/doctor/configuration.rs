//! The configuration file.

use std::fs;
use std::process::Command;

use eset_filter_tests::doctor::{SECRET, SetUp};

#[test]
fn it_is_missing() {
    let output = SetUp::new().output(&["/nowhere.yaml", "--offline"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("error    config       cannot read /nowhere.yaml: No such file or directory\n"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn it_is_not_yaml() {
    let set_up = SetUp::new().replace("pipeline:", "pipeline: [");
    set_up.shows(&[("config", "error", "is not YAML that Fluent Bit accepts")]);
}

#[cfg(unix)]
#[test]
fn it_names_a_pipe_or_a_device() {
    let set_up = SetUp::new().set("PLUGIN", "pipe").argument("--offline");
    assert!(Command::new("mkfifo").arg(set_up.folder.join("pipe")).status().unwrap().success());
    let offline = ("azure", "skipped", "were not contacted");
    set_up.shows(&[("plugin", "error", "pipe: it is a pipe or a device"), offline]);
    let set_up = SetUp::new().replace("service:", "includes:\n  - /dev/zero\nservice:").argument("--offline");
    set_up.shows(&[("config", "error", "cannot read /dev/zero: it is a pipe or a device")]);
}

#[test]
fn it_is_not_utf8() {
    let set_up = SetUp::new();
    let latin1 = set_up.file("latin1.yaml", b"service: {} # \xFC\n");
    let text = String::from_utf8(set_up.output(&["--offline", latin1.to_str().unwrap()]).stdout).unwrap();
    assert!(text.contains("latin1.yaml: it is not UTF-8"), "{text}");
}

#[test]
fn a_section_is_misspelt() {
    let set_up = SetUp::new().replace("service:\n  flush: 1", "services:\n  flush: 1\n\nservice:");
    set_up.shows(&[("config", "warning", "unknown section `services`")]);
}

#[test]
fn an_include_is_missing() {
    let set_up = SetUp::new().replace("service:", "includes:\n  - nowhere.yaml\nservice:");
    set_up.shows(&[("config", "error", "nowhere.yaml: No such file")]);
}

#[test]
fn included_files_are_merged() {
    let set_up = SetUp::new().replace(
        "parsers:\n  - name: whole_message\n    format: regex\n    regex: '(?m)\\A(?<message>.*)\\z'\n",
        "includes:\n  - parts/*.yaml\n",
    );
    fs::create_dir(set_up.folder.join("parts")).unwrap();
    set_up.file(
        "parts/parser.yaml",
        "parsers:\n  - name: whole_message\n    format: regex\n    regex: '(?m)\\A(?<message>.*)\\z'\n",
    );
    set_up.shows(&[]);
}

#[test]
fn it_is_in_the_classic_format() {
    let set_up = SetUp::new();
    let classic = set_up.file("fluent-bit.conf", "[SERVICE]\n    Flush 1\n");
    let text = String::from_utf8(set_up.output(&["--offline", classic.to_str().unwrap()]).stdout).unwrap();
    assert!(text.contains("skipped  config") && text.contains("is in the classic format"), "{text}");
}

#[test]
fn it_contains_the_secret() {
    let set_up = SetUp::new().replace("${AZURE_CLIENT_SECRET}", SECRET);
    set_up.shows(&[("secrets", "warning", "client_secret is in plain text in the configuration")]);
}
