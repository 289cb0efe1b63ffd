//! Tests of the `eset-filter` command, run as a user runs it.

mod compressed;
#[cfg(unix)]
mod documents;
mod examples;
#[cfg(unix)]
mod hostile;

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread;

use eset_filter::record::json::JsonRecordFilter;
use eset_filter::schema::{ADDED, FIELDS};
use eset_filter::{Filter, Heartbeats, Options, Raw, SyslogFields, encode};
use eset_filter_generator::{Generator, GeneratorOptions};
use serde_json::Value;

/// An event with its header, and the record that it becomes.
const EVENT: &str = r#"<14>1 2026-02-27T16:25:37.704Z srv ERAServer 3432 - - {"event_type":"Threat_Event","hostname":"pc1","occured":"27-Feb-2026 16:20:00","severity":"Critical","threat_name":"Eicar","threat_handled":"true","action_taken":"Deleted","username":"ann"}"#;
const RECORD: &str = r#"{"event_type":"Threat_Event","hostname":"pc1","occurred":"2026-02-27T16:20:00Z","severity":"Critical","threat_name":"Eicar","action_taken":"Deleted","threat_handled":true,"username":"ann","parse_status":"ok","syslog_hostname":"srv"}"#;
const HEARTBEAT: &str = "<14>HEARTBEAT";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(eset_filter_tests::command());
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn run(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child =
        command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // A command that does not read stdin closes the pipe. That is not tested here.
        scope.spawn(move || _ = input.write_all(stdin));
        child.wait_with_output().unwrap()
    })
}

/// Runs the command, expects success and an empty stderr, and returns stdout.
#[track_caller]
fn stdout(arguments: &[&str], stdin: &[u8]) -> String {
    let output = run(arguments, stdin);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    text(&output.stdout)
}

/// Runs the command, expects this exit code and an empty stdout, and returns stderr.
#[track_caller]
fn failure(code: i32, arguments: &[&str], stdin: &[u8]) -> String {
    let output = run(arguments, stdin);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Writes a file for this test run, and returns its path.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// Returns the records that the library produces from messages, one per line.
fn by_library(options: &Options, messages: &[u8]) -> String {
    let mut filter = Filter::new(options.clone());
    let mut out = Vec::new();
    for line in messages.split_inclusive(|byte| *byte == b'\n') {
        let mut events = filter.parse(line.strip_suffix(b"\n").unwrap_or(line));
        while let Some(event) = events.next() {
            encode::json::write(&event, &mut out);
            out.push(b'\n');
        }
    }
    text(&out)
}

/// Messages of all kinds, one per line.
static MESSAGES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut generator = Generator::new(GeneratorOptions::default());
    let mut messages = Vec::new();
    for _ in 0..500 {
        messages.extend(generator.next().unwrap());
        messages.push(b'\n');
    }
    messages.extend(b"bytes \x80\xFF {\"user\":\"\xE9\"}\n\n{\"user\":1}{\"hash\":2} and {\"count\":\n");
    messages
});

#[test]
fn stdin_is_read_with_or_without_a_dash() {
    assert_eq!(stdout(&[], EVENT.as_bytes()), format!("{RECORD}\n"));
    assert_eq!(stdout(&["-"], format!("{EVENT}\n{EVENT}\n").as_bytes()), format!("{RECORD}\n{RECORD}\n"));
}

#[test]
fn records_match_the_library_for_messages_of_all_kinds() {
    assert_eq!(stdout(&[], &MESSAGES), by_library(&Options::default(), &MESSAGES));
}

#[test]
fn files_are_read_in_order() {
    let first = file("order-1", format!("{EVENT}\n"));
    let second = file("order-2", "plain text");
    let records = stdout(&[&second, &first, "-"], EVENT.as_bytes());
    let lines: Vec<_> = records.lines().collect();
    assert_eq!(lines, [r#"{"parse_status":"text","raw_message":"plain text"}"#, RECORD, RECORD]);
}

#[test]
fn an_unreadable_file_is_reported_and_the_others_are_read() {
    let first = file("missing-1", EVENT);
    let second = file("missing-2", EVENT);
    let output = run(&[&first, "no such file", &second], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), format!("{RECORD}\n{RECORD}\n"));
    assert!(text(&output.stderr).starts_with("eset-filter: cannot read no such file: "));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_directory_cannot_be_read() {
    assert_eq!(failure(1, &["/"], b""), "eset-filter: cannot read /: Is a directory\n");
}

#[test]
fn empty_input_produces_no_output() {
    assert_eq!(stdout(&[], b""), "");
    assert_eq!(stdout(&[], b"\n\r\n \n"), "");
    assert_eq!(stdout(&["--format", "table"], b""), "");
}

#[test]
fn bytes_need_not_be_utf8_and_only_the_newline_is_removed() {
    let records = stdout(&[], b"a\x80b\r\n\xFF\0x");
    let expected = "{\"parse_status\":\"text\",\"raw_message\":\"a\u{fffd}b\\r\"}\n\
                    {\"parse_status\":\"text\",\"raw_message\":\"\u{fffd}\\u0000x\"}\n";
    assert_eq!(records, expected);
}

#[test]
fn a_huge_line_is_read() {
    let detail = "x".repeat(20 << 20);
    let message = format!("{EVENT}\n{{\"detail\":\"{detail}\"}}\n{EVENT}");
    let records = stdout(&[], message.as_bytes());
    assert!(records == format!("{RECORD}\n{{\"detail\":\"{detail}\",\"parse_status\":\"ok\"}}\n{RECORD}\n"));
}

#[test]
fn records_are_written_before_the_command_waits_for_input() {
    let mut child = command(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(input, "{EVENT}").unwrap();
        let mut record = vec![0; RECORD.len() + 1];
        output.read_exact(&mut record).unwrap();
        assert_eq!(text(&record), format!("{RECORD}\n"));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn options_match_the_library() {
    let default = Options::default();
    for (arguments, options) in [
        (&["--raw", "always"][..], default.clone().raw(Raw::Always)),
        (&["--raw", "never"], default.clone().raw(Raw::Never)),
        (&["--raw=on_error", "--heartbeats=drop", "--syslog-fields=hostname"], default.clone()),
        (&["--heartbeats", "keep"], default.clone().heartbeats(Heartbeats::Keep)),
        (&["--syslog-fields", "all"], default.clone().syslog_fields(SyslogFields::All)),
        (&["--single"], default.clone().single(true)),
    ] {
        assert_eq!(stdout(arguments, &MESSAGES), by_library(&options, &MESSAGES), "{arguments:?}");
    }
}

#[test]
fn json_records_are_filtered() {
    let records = concat!(
        r#"{"host":"h","log":"{\"severity\":\"Error\"}","severity":"x"}"#,
        "\n\n",
        r#"{"other":1}"#,
        "\r\n",
        r#"{"payload":"HEARTBEAT"}"#,
        "\nnone\n",
        r#"{"message":"HEARTBEAT"}"#,
        "\n",
    );
    let expected = concat!(
        r#"{"severity":"Error","parse_status":"ok","host":"h"}"#,
        "\n",
        r#"{"other":1}"#,
        "\n",
        r#"{"payload":"HEARTBEAT"}"#,
        "\n",
        r#"{"parse_status":"malformed","raw_message":"none"}"#,
        "\n",
    );
    assert_eq!(stdout(&["--input", "json"], records.as_bytes()), expected);

    let output = stdout(&["--input", "json", "--message-key", "payload", "--heartbeats", "keep"], records.as_bytes());
    assert!(output.contains("{\"parse_status\":\"heartbeat\",\"raw_message\":\"HEARTBEAT\"}\n"), "{output}");
    assert!(output.contains("{\"message\":\"HEARTBEAT\"}\n"), "{output}");
}

#[test]
fn a_json_record_becomes_several_events_unless_single() {
    let record = br#"{"log":"{\"user\":1}{\"hash\":2}","k":3}"#;
    assert_eq!(stdout(&["--input=json"], record).lines().count(), 2);
    let single = stdout(&["--input=json", "--single"], record);
    assert_eq!(single.lines().count(), 1);
    assert!(single.contains(r#""parse_status":"multiple""#));
}

#[test]
fn pretty_is_indented_and_keeps_every_digit() {
    let pretty =
        stdout(&["--format", "pretty"], br#"{"severity":"Error","n":1.10,"big":123456789012345678901234567890}"#);
    let expected = r#"{
  "severity": "Error",
  "parse_status": "ok",
  "additional_fields": {
    "n": 1.10,
    "big": 123456789012345678901234567890
  }
}
"#;
    assert_eq!(pretty, expected);
    let pretty = stdout(&["-f", "pretty"], &MESSAGES);
    let records: Vec<Value> = serde_json::Deserializer::from_str(&pretty).into_iter().map(Result::unwrap).collect();
    let expected = by_library(&Options::default(), &MESSAGES);
    let expected: Vec<Value> = expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records, expected);
}

#[test]
fn table_shows_one_line_per_record() {
    let table = stdout(&["--format", "table"], format!("{EVENT}\n<12>disk \x1b[2J full\n").as_bytes());
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 3);
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells(lines[0]), ["TIME (UTC)", "SEVERITY", "EVENT", "HOST", "USER", "WHAT", "ACTION", "STATUS"]);
    assert_eq!(cells(lines[1]), ["2026-02-27 16:20:00", "Critical", "Threat", "pc1", "ann", "Eicar", "Deleted", "ok"]);
    assert_eq!(cells(lines[2]), ["disk \u{fffd}[2J full", "text"]);
    for title in ["WHAT", "STATUS"] {
        let at = lines[0].find(title).unwrap();
        assert_eq!(&lines[1][at - 2..at], "  ", "{title} is not aligned:\n{table}");
    }
    let table = stdout(&["--format", "table"], &MESSAGES);
    assert_eq!(table.lines().count(), 1 + by_library(&Options::default(), &MESSAGES).lines().count());
    assert!(!table.contains('\u{1b}'));
}

#[test]
fn table_has_colours_on_demand() {
    let red = "\u{1b}[31mCritical";
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let event = file("coloured", EVENT);
        let output = command(&["--format", "table", &event]).args(arguments).envs(environment.iter().copied()).output();
        text(&output.unwrap().stdout).contains(red)
    };
    assert!(!coloured(&[], &[]), "stdout is not a terminal");
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn errors_only_omits_ok_records() {
    let expected: String = by_library(&Options::default(), &MESSAGES)
        .lines()
        .filter(|record| !record.contains(r#""parse_status":"ok""#))
        .map(|record| format!("{record}\n"))
        .collect();
    assert!(expected.lines().count() > 5);
    assert_eq!(stdout(&["--errors-only"], &MESSAGES), expected);

    let records = concat!(r#"{"log":"{\"user\":\"ann\"}"}"#, "\n", r#"{"log":"{"}"#, "\n", r#"{"no":"message"}"#, "\n");
    let output = stdout(&["--errors-only", "--input=json"], records.as_bytes());
    assert_eq!(output.lines().count(), 2, "{output}");
}

#[test]
fn stats_count_everything() {
    let truncated = &EVENT[..EVENT.len() - 1];
    let input = format!("{EVENT}\n{HEARTBEAT}\n\nplain\n{truncated}\n{{\"event_type\":\"New_Event\"}}");
    let output = run(&["--stats"], input.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let stats = text(&output.stderr);
    let number = |label: &str| {
        let line = stats.lines().find(|line| line.trim_start().starts_with(label));
        line.unwrap_or_else(|| panic!("{label} is missing:\n{stats}"))[label.len() + 2..].trim().to_owned()
    };
    let count = |label: &str| number(label).split(' ').next().unwrap().replace(',', "");
    assert_eq!(count("messages"), "6");
    assert_eq!(count("dropped"), "2");
    assert_eq!(count("records"), "4");
    for (status, expected) in [("ok", "2"), ("truncated", "1"), ("text", "1")] {
        assert_eq!(count(status), expected, "{stats}");
    }
    for (event_type, expected) in [("Threat_Event", "2"), ("New_Event", "1"), ("(none)", "1")] {
        assert_eq!(count(event_type), expected, "{stats}");
    }
    assert_eq!(count("in "), input.len().to_string());
    assert_eq!(count("out"), output.stdout.len().to_string());
    assert!(number("time").ends_with(" s") && number("speed").ends_with(" MB/s in"), "{stats}");
}

#[test]
fn stats_do_not_depend_on_the_input_or_output_format() {
    let records: Vec<u8> = MESSAGES
        .split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| {
            let message = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line));
            let mut record = serde_json::json!({ "log": message }).to_string();
            record.push('\n');
            record.into_bytes()
        })
        .collect();
    let counts = |arguments: &[&str], input: &[u8]| {
        let stats = text(&run(arguments, input).stderr);
        stats.split("\nin ").next().unwrap().to_owned()
    };
    let raw = counts(&["--stats"], &MESSAGES);
    assert!(raw.contains("EnterpriseInspectorAlert_Event"), "{raw}");
    assert_eq!(counts(&["--stats", "--input=json"], &records), raw);
    assert_eq!(counts(&["--stats", "--format=table"], &MESSAGES), raw);
}

#[test]
fn a_closed_stdout_is_not_an_error() {
    let mut child = command(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    writeln!(input, "{EVENT}").unwrap();
    output.read_exact(&mut [0; 10]).unwrap();
    drop(output);
    // The command ends before it has read all of this.
    let _ = input.write_all(&MESSAGES.repeat(10));
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    for arguments in [&["--stats"][..], &["schema"], &["completions", "bash"], &["man"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let event = fs::File::open(file("full", EVENT)).unwrap();
        let output = command(arguments).stdin(event).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stderr), "eset-filter: cannot write to stdout: No space left on device\n");
    }
}

#[test]
fn usage_errors_are_explained() {
    for (arguments, hint) in [
        (&["--raw", "sometimes"][..], "[possible values: on_error, always, never]"),
        (&["--heartbeats", "x"], "[possible values: drop, keep]"),
        (&["--syslog-fields", "x"], "[possible values: hostname, all]"),
        (&["--input", "x"], "[possible values: raw, json]"),
        (&["--format", "x"], "[possible values: ndjson, pretty, table]"),
        (&["--color", "x"], "[possible values: auto, always, never]"),
        (&["--message-key", "m"], "--message-key needs --input json"),
        (&["--message-key", "m", "--input", "json", "--wasm", "x"], "the module has no such option"),
        (&["--message-key", "", "--input", "json"], "a value is required for '--message-key <KEY>'"),
        (&["--nonsense"], "unexpected argument '--nonsense'"),
        (&["completions", "tcsh"], "possible values: bash"),
        (&["man", "x"], "there is no command x"),
    ] {
        let message = failure(2, arguments, b"");
        assert!(message.contains(hint), "{arguments:?}: {message}");
    }
}

#[test]
fn help_and_version_are_printed() {
    let help = stdout(&["--help"], b"");
    for part in ["Usage:", "Input:", "Records:", "Output:", "Examples:", "Exit codes:", "generate"] {
        assert!(help.contains(part), "{part}");
    }
    assert_eq!(stdout(&["--version"], b""), concat!("eset-filter ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// Returns the flags in the help.
fn flags() -> Vec<String> {
    let help = stdout(&["--help"], b"");
    let words = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
    let mut flags: Vec<_> =
        words.map(|word| word.trim_end_matches(|c: char| !c.is_ascii_lowercase()).to_owned()).collect();
    flags.sort();
    flags.dedup();
    assert!(flags.len() >= 12, "{flags:?}");
    flags
}

#[test]
fn completions_name_every_flag() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(&["completions", shell], b"");
        for flag in flags() {
            let name = if shell == "fish" { flag.trim_start_matches("--") } else { &flag };
            assert!(script.contains(name), "{shell}: {flag}");
        }
    }
}

#[test]
fn the_manual_names_every_flag() {
    let page = stdout(&["man"], b"");
    assert!(page.contains(".TH eset-filter 1"));
    for flag in flags() {
        assert!(page.contains(&flag.replace('-', "\\-")), "{flag}");
    }
    assert!(stdout(&["man", "generate"], b"").contains("\\-\\-seed"));
}

#[test]
fn the_schema_names_every_field() {
    let names: Vec<_> =
        FIELDS.iter().map(|field| field.name.text).chain(ADDED.iter().map(|field| field.name.text)).collect();

    let markdown = stdout(&["schema"], b"");
    let lines: Vec<_> = markdown.lines().collect();
    assert!(lines[1].starts_with("| ---"));
    let cells = |line: &str| line.matches(" | ").count();
    assert!(lines.iter().all(|line| cells(line) == cells(lines[0])), "a row has the wrong number of cells");
    let first_cells: Vec<_> = lines[2..].iter().map(|line| line.split(['`']).nth(1).unwrap()).collect();
    assert_eq!(first_cells, names);

    let json: Vec<Value> = serde_json::from_str(&stdout(&["schema", "--format", "json"], b"")).unwrap();
    assert_eq!(json.iter().map(|field| field["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
    let occurred = json.iter().find(|field| field["name"] == "occurred").unwrap();
    assert_eq!(occurred["type"], "datetime");
    assert_eq!(occurred["aliases"], serde_json::json!(["occured"]));
    assert_eq!(occurred["azure_column"], "occurred_t");
    assert_eq!(occurred["event_types"].as_array().unwrap().len(), 7);

    let csv = stdout(&["schema", "--format", "csv"], b"");
    let mut lines = csv.split_terminator("\r\n");
    assert_eq!(lines.next(), Some("name,type,aliases,event_types,azure_column,description"));
    assert_eq!(lines.map(|line| line.split(',').next().unwrap()).collect::<Vec<_>>(), names);
}

#[test]
fn generated_messages_can_be_filtered() {
    for (payload, format) in [("cef", "cef"), ("leef", "leef"), ("mixed", "leef")] {
        let messages = stdout(&["generate", "--count", "20", "--payload", payload], b"");
        let records = stdout(&[], messages.as_bytes());
        assert!(records.contains(&format!(r#""payload_format":"{format}","parse_status":"ok""#)), "{records}");
    }
    let messages = stdout(&["generate", "--count", "20"], b"");
    assert_eq!(messages.lines().count(), 20);
    assert_eq!(stdout(&[], messages.as_bytes()), by_library(&Options::default(), messages.as_bytes()));
    assert!(failure(2, &["generate", "--to", "tls://localhost:1"], b"").starts_with("eset-filter: tls:// needs --ca"));
}

/// Tests with small modules instead of the filter's. Each exports one function, with the name that the options select.
mod wasm {
    use super::*;

    fn module(name: &str, function: &str, body: &str) -> String {
        let text = format!(
            r#"(module
                (memory (export "memory") 17)
                (func (export "malloc") (param $size i32) (result i32)
                    (select (i32.const 64) (i32.const 4096) (i32.eq (local.get $size) (i32.const 5))))
                (func (export "free") (param i32))
                (func (export "{function}") (param i32 i32 i32 i32) (param $record i32) (param $length i32) (result i32)
                    {body})
                (data (i32.const 16) "\7b\22parse_status\22:\22ok\22,\22event_type\22:\22E\22\7d\00"))"#
        );
        file(&format!("{name}.wasm"), wat::parse_str(text).unwrap())
    }

    #[test]
    fn the_record_is_passed_as_fluent_bit_passes_it() {
        let echo = module("echo", "eset_filter", "(local.get $record)");
        let record = stdout(&["--wasm", &echo], "a\"é\u{7f}\r\n".as_bytes());
        assert_eq!(record, "{\"log\":\"a\\\"\\u00e9\\u007f\\r\"}\n");
        assert_eq!(stdout(&["--wasm", &echo], b"\xFFabcdef\n"), "{\"log\":\"\u{e0ff}abcdef\"}\n");
        let records = b"{\"a\": 1}\n\n  {}\n";
        assert_eq!(stdout(&["--wasm", &echo, "--input", "json"], records), "{\"a\": 1}\n  {}\n");
    }

    #[test]
    fn options_select_the_function() {
        let all = module("all", "eset_filter_raw_always_keep_heartbeats_syslog_all", "(i32.const 16)");
        let record =
            stdout(&["--wasm", &all, "--raw=always", "--heartbeats=keep", "--syslog-fields=all", "--single"], b"x\n");
        assert_eq!(record, "{\"parse_status\":\"ok\",\"event_type\":\"E\"}\n");
        let message = failure(1, &["--wasm", &all], b"x\n");
        assert!(
            message.starts_with("eset-filter: cannot use ") && message.contains("does not export eset_filter as"),
            "{message}"
        );
    }

    #[test]
    fn dropped_and_lost_messages_are_reported() {
        let drops = module("drops", "eset_filter", "(i32.const 0)");
        assert_eq!(stdout(&["--wasm", &drops], b"a\nb\n"), "");

        // The lengths are 10 bytes for `{"log":""}`, 11 for `{"log":"x"}`, and 12 for `{"log":"xx"}`.
        let body = "(if (i32.eq (local.get $length) (i32.const 11)) (then unreachable))
            (if (i32.eq (local.get $length) (i32.const 12)) (then (return (i32.const 17))))
            (i32.const 16)";
        let fails = module("fails", "eset_filter", body);
        let output = run(&["--wasm", &fails, "--stats"], b"\nx\nxx\n\n");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stdout).lines().count(), 2);
        let stderr = text(&output.stderr);
        assert!(stderr.contains("eset-filter: message 2 of stdin is lost: the module trapped: "), "{stderr}");
        assert!(
            stderr.contains("eset-filter: message 3 of stdin is lost: the module's answer is not a JSON object"),
            "{stderr}"
        );
        let lost = stderr.lines().find(|line| line.starts_with("  lost")).unwrap();
        assert_eq!(lost.split_whitespace().nth(1), Some("2"));
        assert!(stderr.lines().any(|line| line.split_whitespace().eq(["E", "2"])), "{stderr}");
    }

    #[test]
    fn every_format_works_with_a_module() {
        let answers = module("answers", "eset_filter", "(i32.const 16)");
        let pretty = stdout(&["--wasm", &answers, "--format=pretty"], b"x\n");
        assert_eq!(pretty, "{\n  \"parse_status\": \"ok\",\n  \"event_type\": \"E\"\n}\n");
        assert_eq!(stdout(&["--wasm", &answers, "--format=table"], b"x\n").lines().count(), 2);
        assert_eq!(stdout(&["--wasm", &answers, "--errors-only"], b"x\n"), "");
    }
}

#[test]
fn json_records_match_the_library() {
    let mut filter = JsonRecordFilter::new(Options::default().into());
    let mut expected = Vec::new();
    let record = br#"{"log":"{\"event_type\":\"Audit_Event\"}","host":"\u00e9","n":1e3}"#;
    filter.read(record, b"\n", &mut expected);
    assert_eq!(stdout(&["--input=json"], record), text(&expected));
}
