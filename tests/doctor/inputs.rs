//! The inputs and their parsers.

use std::fs;

use eset_filter_tests::doctor::SetUp;

#[test]
fn udp_loses_datagrams() {
    let set_up = SetUp::new()
        .replace("- name: syslog", "- name: udp\n      format: none")
        .without("mode: udp")
        .without("receive_buffer_size");
    set_up.shows(&[("inputs", "error", "udp drops datagrams that do not end in a newline")]);
}

#[test]
fn lines_are_not_json() {
    let set_up = SetUp::new().without("format: none");
    set_up.shows(&[("inputs", "error", "tcp reads each line as JSON")]);
}

#[test]
fn the_parser_does_not_match_everything() {
    let set_up = SetUp::new().replace(r"'(?m)\A(?<message>.*)\z'", r"'^\<(?<pri>[0-9]+)\>(?<message>.*)$'");
    set_up.shows(&[("inputs", "error", "its parser whole_message does not match")]);
    let set_up = SetUp::new().replace(r"'(?m)\A(?<message>.*)\z'", r"'^(?<message>.*)$'");
    set_up.shows(&[("inputs", "warning", "its parser whole_message does not keep all of")]);
    let set_up = SetUp::new().replace(r"'(?m)\A(?<message>.*)\z'", r"'(?m)\A(?<message>(?=.).*)\z'");
    set_up.shows(&[("inputs", "skipped", "the parser whole_message was not tested")]);
}

#[test]
fn the_parser_is_not_defined() {
    let set_up = SetUp::new().replace("parser: whole_message", "parser: whole_mesage");
    set_up.shows(&[("inputs", "error", "the parser whole_mesage, which is not defined")]);
    let set_up = SetUp::new().without("parser: whole_message");
    set_up.shows(&[("inputs", "error", "the parser syslog-rfc5424, which is not defined")]);
}

#[test]
fn parsers_are_in_a_file() {
    let parser = "parsers:\n  - name: whole_message\n    format: regex\n    regex: '(?m)\\A(?<message>.*)\\z'\n";
    let set_up = SetUp::new().replace(parser, "").replace("  flush: 1", "  flush: 1\n  parsers_file: parsers.conf");
    set_up.file(
        "parsers.conf",
        "[PARSER]\n    Name whole_message\n    Format regex\n    Regex (?m)\\A(?<message>.*)\\z\n",
    );
    set_up.shows(&[]);
    fs::remove_file(set_up.folder.join("parsers.conf")).unwrap();
    set_up.shows(&[
        ("parsers", "error", "cannot read the parsers in parsers.conf"),
        ("inputs", "error", "which is not defined"),
    ]);
}

#[test]
fn the_message_is_under_another_key() {
    let set_up = SetUp::new().replace("(?<message>", "(?<payload>");
    set_up.shows(&[("filter", "error", "syslog puts messages under payload, but the filter reads only message")]);
}

#[test]
fn the_syslog_input_has_no_port() {
    let set_up = SetUp::new().without("mode: udp");
    set_up.shows(&[("inputs", "error", "syslog does not listen on a port: its mode is unix_udp")]);
}

#[test]
fn the_syslog_input_repeats_pieces() {
    let set_up = SetUp::new().replace("mode: udp", "mode: tcp").without("receive_buffer_size");
    set_up.shows(&[("inputs", "warning", "syslog reads TCP without octet counting")]);
}

#[cfg(unix)]
#[test]
fn the_version_does_not_support_octet_counting() {
    let octets =
        || SetUp::new().replace("mode: udp", "mode: tcp\n      format: octet_counting").without("receive_buffer_size");
    octets().shows(&[]);
    let what = "Fluent Bit 4.1.9 does not support octet counting";
    octets().set("FAKE_VERSION", "4.1.9").shows(&[("inputs", "error", what)]);
}

#[test]
fn records_are_kept_in_memory() {
    let set_up =
        SetUp::new().replace("receive_buffer_size: 100k\n      storage.type: filesystem", "receive_buffer_size: 100k");
    set_up.shows(&[("inputs", "warning", "syslog keeps records in memory")]);
}

#[test]
fn the_disk_buffer_has_no_directory() {
    let set_up = SetUp::new().without("storage.path");
    let what = "but storage.path is not set in `service`";
    set_up.shows(&[("inputs", "error", what), ("inputs", "error", what)]);
}
