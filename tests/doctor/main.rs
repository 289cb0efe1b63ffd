//! `eset-filter doctor` on a setup without errors, and on the same setup with one error. It must find that error, and
//! nothing else.

mod asking_azure;
mod certificates;
mod configuration;
mod disk;
mod filter;
#[cfg(unix)]
mod fluent_bit;
mod inputs;
#[cfg(unix)]
mod others;
mod outputs;
mod plugin;
mod ports;
#[cfg(target_os = "linux")]
mod processes;
mod shipped;
mod tls;
mod variables;

use std::process::Command;

use eset_filter_tests::doctor::{Request, SetUp};

#[test]
fn a_setup_without_errors_has_only_ok_findings() {
    let set_up = SetUp::new();
    let found = set_up.find();
    set_up.shows(&[]);
    let checks: Vec<_> = found.findings.iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    let all = "fluent-bit config dry-run filter plugin outputs ports ports disk azure azure clock";
    assert_eq!(checks, all.split(' ').collect::<Vec<_>>());
}

#[test]
fn requests_to_azure_are_like_fluent_bits() {
    let set_up = SetUp::new();
    set_up.find();
    let form = "grant_type=client_credentials&scope=https%3A%2F%2Fmonitor.azure.com%2F.default\
                &client_id=01234567-89ab-cdef-0123-456789abcdef&client_secret=abc8Q~the-client.secret_0";
    let expected = [
        Request {
            line: "POST /token HTTP/1.1".to_owned(),
            authorization: String::new(),
            content_type: "application/x-www-form-urlencoded".to_owned(),
            body: form.to_owned(),
        },
        Request {
            line: "POST /dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Custom-eset_CL?api-version=\
                   2021-11-01-preview HTTP/1.1"
                .to_owned(),
            authorization: "Bearer the.real.token".to_owned(),
            content_type: "application/json".to_owned(),
            body: "[]".to_owned(),
        },
    ];
    assert_eq!(set_up.azure.requests(), expected);
}

#[test]
fn the_text_format_is_readable() {
    let set_up = SetUp::new().without("compress:");
    let output = set_up.output(&[]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1], "ok       config       1 file, 2 inputs, 1 filter, 1 output");
    let at = lines.iter().position(|line| line.starts_with("warning")).unwrap();
    assert!(lines[at].starts_with("warning  outputs      requests are not compressed"), "{text}");
    assert!(lines[at].ends_with(" (fluent-bit.yaml:36)"), "{text}");
    assert_eq!(lines[at + 1], "                      Set compress: true.");
    assert_eq!(lines.last(), Some(&"0 errors, 1 warning, 11 ok"));
    let output = set_up.output(&["--color", "always"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("\u{1b}[33mwarning"));
}

#[test]
fn warnings_are_errors_with_strict() {
    let set_up = SetUp::new().without("compress:");
    assert_eq!(set_up.output(&["--strict"]).status.code(), Some(1));
    assert_eq!(SetUp::new().output(&["--strict"]).status.code(), Some(0));
}

#[test]
fn an_invalid_command_line_is_refused() {
    for arguments in [["--timeout", "0"], ["--format", "xml"], ["--nonsense", "x"]] {
        let output = SetUp::new().output(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn several_configurations_have_headings() {
    let set_up = SetUp::new();
    let other = set_up.file("other.yaml", "service:\n  flush: 1\n");
    let output = set_up.output(&["--offline", other.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&format!("{}\n", other.display())), "{text}");
    assert!(text.contains(&format!("\n\n{}\n", set_up.config().display())), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let set_up = SetUp::new();
    set_up.file("fluent-bit.yaml", "service: {}\n");
    let command = format!("{} doctor --offline fluent-bit.yaml | true", eset_filter_tests::command().display());
    let output = Command::new("sh").args(["-c", &command]).current_dir(&set_up.folder).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
