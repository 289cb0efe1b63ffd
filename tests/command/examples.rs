//! Tests that run the library's examples.

use std::io::Write;
use std::process::{Command, Stdio};

fn run(name: &str, input: &[u8]) -> String {
    let mut command = Command::new(eset_filter_tests::example(name));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // An example that does not read stdin may already have ended.
    _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{name}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn to_json_writes_a_record_for_each_event() {
    let records = run("to_json", b"<14>srv: {\"user\":\"ann\"}{\"user\":\"bob\"}\nHEARTBEAT\nx\xFF\r\n");
    let expected = "{\"user\":\"ann\",\"parse_status\":\"ok\"}\n{\"user\":\"bob\",\"parse_status\":\"ok\"}\n\
                    {\"parse_status\":\"text\",\"raw_message\":\"x\u{fffd}\"}\n";
    assert_eq!(records, expected);
}

#[test]
fn custom_host_keeps_its_own_keys() {
    let record = run("custom_host", b"");
    for member in [
        r#""host": "10.0.0.7""#,
        r#""source_port": "443""#,
        r#""inbound": "true""#,
        r#""syslog_facility": "user""#,
        r#""additional_new_key": "7""#,
    ] {
        assert!(record.contains(member), "{member} is not in {record}");
    }
    assert!(!record.contains("\"message\""), "{record}");
}
