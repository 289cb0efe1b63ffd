//! Tests of `docs/reference.md`: the fields match the schema, the help matches the command, and the statuses and
//! options match the library.
//!
//! `make reference` regenerates the fields and the help.

use std::process::Command;
use std::{env, fs};

use eset_filter::record::MESSAGE_KEYS;
use eset_filter::{Choice, Heartbeats, Options, Raw, Status, SyslogFields};
use regex_lite::Captures;

use super::{path, read, regex};

const REFERENCE: &str = "docs/reference.md";

/// The commands whose help the reference contains.
const COMMANDS: [&str; 8] = ["", "generate", "doctor", "schema", "vrl", "azure", "completions", "man"];

fn run(arguments: &[&str]) -> String {
    // A fixed width, independent of the terminal.
    let output = Command::new(eset_filter_tests::command()).args(arguments).env("COLUMNS", "100").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the help, with one section per command.
fn help() -> String {
    let section = |name: &&str| {
        let arguments = [*name, "--help"];
        let help = run(arguments.strip_prefix(&[""]).unwrap_or(&arguments));
        let lines: String = help.trim_end().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        format!("### {}\n\n```\n{lines}```\n", format!("eset-filter {name}").trim_end())
    };
    COMMANDS.iter().map(section).collect::<Vec<_>>().join("\n")
}

/// Replaces a part of the reference, with the blank lines around it that Markdown needs.
fn with_part(reference: &str, name: &str, content: &str) -> String {
    let part = regex(&format!(r"(?s)(<!-- {name} -->\n).*?(<!-- /{name} -->)"));
    assert!(part.is_match(reference), "{REFERENCE} lacks the markers <!-- {name} --> and <!-- /{name} -->");
    part.replace(reference, |old: &Captures<'_>| format!("{}\n{content}\n{}", &old[1], &old[2])).into_owned()
}

#[test]
fn the_generated_parts_are_current() {
    let reference = read(REFERENCE);
    let with_fields = with_part(&reference, "fields", &run(&["schema", "--format", "markdown"]));
    let current = with_part(&with_fields, "help", &help());
    if env::var_os("UPDATE_REFERENCE").is_some_and(|value| value == "1") {
        fs::write(path(REFERENCE), current).unwrap();
    } else {
        assert!(reference == current, "{REFERENCE} is outdated: run `make reference`");
    }
}

#[test]
fn every_command_has_its_help() {
    let help = run(&["--help"]);
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let named = commands.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let named: Vec<_> =
        named.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    let missing: Vec<_> = named.iter().filter(|name| !COMMANDS.contains(name)).collect();
    assert!(missing.is_empty() && named.len() == COMMANDS.len() - 1, "{named:?}");
}

/// Returns the first cells of the table below a heading, without backticks.
fn names(reference: &str, heading: &str) -> Vec<String> {
    let (_, section) = reference.split_once(&format!("\n## {heading}\n")).unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn statuses_match_the_library() {
    let statuses: Vec<_> = Status::ALL.iter().map(|status| status.name()).collect();
    assert_eq!(names(&read(REFERENCE), "Statuses"), statuses);
}

/// Returns the values of an option as the reference lists them, with the default first.
fn values<C: Choice + Default>() -> String {
    let names: Vec<_> = C::VALUES.iter().map(|(name, _)| format!("`{name}`")).collect();
    assert!(C::default() == C::VALUES[0].1);
    names.join(", ")
}

#[test]
fn options_match_the_library() {
    let reference = read(REFERENCE);
    let documented = names(&reference, "Options");
    for option in Options::NAMES {
        assert!(documented.iter().any(|name| name == option), "{option}");
    }
    let keys: Vec<_> = MESSAGE_KEYS.iter().map(|key| format!("`{key}`")).collect();
    for (option, values) in [
        ("raw", values::<Raw>()),
        ("heartbeats", values::<Heartbeats>()),
        ("syslog_fields", values::<SyslogFields>()),
        ("message_key", format!("the first of {}", keys.join(", "))),
        ("record_limit", format!("{} in shippers", Options::SHIPPER_RECORD_LIMIT)),
    ] {
        assert!(reference.contains(&format!("| `{option}` | {values}")), "{option}: {values}");
    }
}
