//! `eset-filter doctor` on a set-up in which all is well, and on the same with one thing broken: it has to find that, and
//! nothing else.

#[path = "doctor/azure.rs"]
mod azure;
#[path = "doctor/certificates.rs"]
mod certificates;
#[path = "doctor/set_up.rs"]
#[allow(dead_code, reason = "what starts Fluent Bit is for another test")]
mod set_up;
#[path = "doctor/shipped.rs"]
mod shipped;

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure::{Azure, Request};
use certificates::Certificate;
use set_up::{SECRET, SetUp, native};

#[test]
fn nothing_is_found_where_all_is_well() {
    let set_up = SetUp::new();
    let found = set_up.find();
    set_up.shows(&[]);
    let checks: Vec<_> = found.findings.iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    let all = "fluent-bit config dry-run filter plugin outputs ports ports disk azure azure clock";
    assert_eq!(checks, all.split(' ').collect::<Vec<_>>());
}

#[test]
fn azure_is_asked_as_fluent_bit_asks() {
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
fn text_is_for_people() {
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
fn warnings_are_errors_if_that_is_asked_for() {
    let set_up = SetUp::new().without("compress:");
    assert_eq!(set_up.output(&["--strict"]).status.code(), Some(1));
    assert_eq!(SetUp::new().output(&["--strict"]).status.code(), Some(0));
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
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
fn who_reads_no_further_is_no_error() {
    let set_up = SetUp::new();
    set_up.file("fluent-bit.yaml", "service: {}\n");
    let command = format!("{} doctor --offline fluent-bit.yaml | true", env!("CARGO_BIN_EXE_eset-filter"));
    let output = Command::new("sh").args(["-c", &command]).current_dir(&set_up.folder).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

mod configuration {
    use super::*;

    #[test]
    fn it_is_missing() {
        let output = SetUp::new().output(&["/nowhere.yaml", "--offline"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("error    config       cannot read /nowhere.yaml: No such file or directory\n"),
            "{text}"
        );
        assert_eq!(output.status.code(), Some(1));
    }

    #[test]
    fn it_is_no_yaml() {
        let set_up = SetUp::new().replace("pipeline:", "pipeline: [");
        set_up.shows(&[("config", "error", "is no YAML that Fluent Bit takes")]);
    }

    #[test]
    fn it_names_what_has_no_end() {
        let set_up = SetUp::new().set("PLUGIN", "/dev/zero").argument("--offline");
        let offline = ("azure", "skipped", "were not asked");
        set_up.shows(&[("plugin", "error", "cannot read /dev/zero: it is a pipe or a device"), offline]);
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
        set_up.shows(&[("config", "warning", "there is no section `services`")]);
    }

    #[test]
    fn an_include_is_missing() {
        let set_up = SetUp::new().replace("service:", "includes:\n  - nowhere.yaml\nservice:");
        set_up.shows(&[("config", "error", "nowhere.yaml: No such file")]);
    }

    #[test]
    fn parts_are_put_together() {
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
    fn it_has_the_secret_in_it() {
        let set_up = SetUp::new().replace("${AZURE_CLIENT_SECRET}", SECRET);
        set_up.shows(&[("secrets", "warning", "client_secret is written into the configuration")]);
    }
}

mod variables {
    use super::*;

    #[test]
    fn one_is_not_set() {
        let set_up = SetUp::new().unset("AZURE_CLIENT_SECRET");
        set_up.shows(&[("variables", "error", "${AZURE_CLIENT_SECRET} is used and not set")]);
        let found = set_up.find();
        let finding = found.findings.iter().find(|finding| finding["check"] == "variables").unwrap();
        assert_eq!((&finding["line"], finding["file"].as_str()), (&40.into(), set_up.config().to_str()));
        assert!(!found.findings.iter().any(|finding| finding["check"] == "outputs"), "it delivers to no table so");
    }

    #[test]
    fn they_come_from_a_file() {
        let set_up = SetUp::new().unset("AZURE_CLIENT_SECRET").argument("--env-file=eset.env");
        let file = set_up.file("eset.env", format!("# a comment\nAZURE_CLIENT_SECRET=\"{SECRET}\"\n"));
        private(&file);
        set_up.shows(&[]);
    }

    #[test]
    fn the_file_goes_before_the_environment() {
        let set_up = SetUp::new().set("AZURE_CLIENT_SECRET", "wrong").argument("--env-file=eset.env");
        private(&set_up.file("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n")));
        set_up.find();
        assert!(set_up.azure.requests()[0].body.ends_with(SECRET));
    }

    #[test]
    fn their_file_is_missing_or_has_nonsense_in_it() {
        let set_up = SetUp::new().argument("--env-file=eset.env");
        set_up.shows(&[("variables", "error", "cannot read eset.env: No such file")]);
        set_up.file("eset.env", "export A=1\n");
        set_up.shows(&[("variables", "warning", "eset.env:1 is not of the form NAME=value")]);
    }

    #[cfg(unix)]
    #[test]
    fn everybody_may_read_the_secret() {
        use std::os::unix::fs::PermissionsExt;
        let set_up = SetUp::new().argument("--env-file=eset.env");
        let file = set_up.file("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        set_up.shows(&[("variables", "warning", "everybody may read it")]);
    }

    #[test]
    fn the_configuration_has_another_value() {
        let set_up = SetUp::new().replace("service:", "env:\n  TCP_PORT: 5170\nservice:");
        set_up.shows(&[("variables", "warning", "${TCP_PORT} has one value in `env:` and another in the environment")]);
    }

    #[cfg(unix)]
    fn private(file: &Path) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[cfg(not(unix))]
    fn private(_file: &Path) {}
}

#[cfg(unix)]
mod fluent_bit {
    use super::*;

    #[test]
    fn it_is_not_there() {
        let set_up = SetUp::new().fluent_bit(Some(Path::new("/nowhere/fluent-bit")));
        set_up.shows(&[("fluent-bit", "error", "/nowhere/fluent-bit does not run: No such file")]);
        if !Path::new("/opt/fluent-bit/bin/fluent-bit").exists() {
            let set_up = SetUp::new().fluent_bit(None).set("PATH", "/nowhere");
            set_up.shows(&[("fluent-bit", "skipped", "neither running nor in PATH")]);
        }
    }

    #[test]
    fn it_is_found_in_path_and_by_its_variable() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doctor");
        let path = format!("/usr/bin:/bin:{}", folder.display());
        SetUp::new().fluent_bit(None).set("PATH", &format!("{}:/usr/bin:/bin", folder.display())).shows(&[]);
        SetUp::new().fluent_bit(None).set("FLUENT_BIT", folder.join("fluent-bit").to_str().unwrap()).shows(&[]);
        SetUp::new().fluent_bit(Some(Path::new("fluent-bit"))).set("PATH", &path).find();
    }

    #[test]
    fn it_is_something_else() {
        let set_up = SetUp::new().fluent_bit(Some(Path::new("/bin/true")));
        set_up.shows(&[("fluent-bit", "error", "it does not say which version it is")]);
    }

    #[test]
    fn its_version_is_too_old_or_too_new() {
        SetUp::new()
            .set("FAKE_VERSION", "2.0.14")
            .shows(&[("fluent-bit", "error", "2.0.14"), ("filter", "error", "this Fluent Bit has no event_format")]);
        SetUp::new().set("FAKE_VERSION", "6.0.0").shows(&[(
            "fluent-bit",
            "warning",
            "newer than this filter was tried",
        )]);
    }

    #[test]
    fn its_version_gets_no_tokens() {
        let set_up = SetUp::new().set("FAKE_VERSION", "5.0.2");
        set_up.shows(&[("outputs", "error", "Fluent Bit 5.0.2 gets no token")]);
        SetUp::new().set("FAKE_VERSION", "5.0.3").shows(&[]);
    }

    #[test]
    fn it_refuses_the_configuration() {
        let log = "[2026/11/23 04:22:07.376] [ warn] [env] variable ${X:-1} is used but not set\n\
                   [2026/11/23 04:22:07.377] [error] [config] tcp: unknown configuration property 'formatt'\n\
                   [2026/11/23 04:22:07.377] [error] configuration file contains errors, aborting.";
        SetUp::new().set("FAKE_LOG", log).set("FAKE_STATUS", "1").shows(&[
            ("dry-run", "error", "this Fluent Bit knows no defaults of variables: ${X:-1} becomes nothing"),
            ("dry-run", "error", "unknown configuration property 'formatt'"),
        ]);
        SetUp::new().set("FAKE_STATUS", "3").shows(&[("dry-run", "error", "does not take the configuration")]);
    }

    /// The log has it, and it must not be seen; [`SetUp::output`] looks.
    #[test]
    fn what_it_says_is_masked() {
        let log = format!("[2026/11/23 04:22:07.376] [error] client_secret is '{SECRET}'");
        let set_up = SetUp::new().set("FAKE_LOG", &log).set("FAKE_STATUS", "1");
        set_up.shows(&[("dry-run", "error", "client_secret is '********'")]);
    }
}

/// What is found by looking at processes. Only root can start one for somebody else.
#[cfg(target_os = "linux")]
mod processes {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Stdio};

    use serde_json::Value;

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
        let findings: Vec<_> =
            findings.filter(|finding| finding["config"].as_str() == set_up.config().to_str()).collect();
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
}

mod inputs {
    use super::*;

    #[test]
    fn udp_loses_datagrams() {
        let set_up = SetUp::new()
            .replace("- name: syslog", "- name: udp\n      format: none")
            .without("mode: udp")
            .without("receive_buffer_size");
        set_up.shows(&[("inputs", "error", "udp drops datagrams that do not end in a newline")]);
    }

    #[test]
    fn lines_are_no_json() {
        let set_up = SetUp::new().without("format: none");
        set_up.shows(&[("inputs", "error", "tcp reads each line as JSON")]);
    }

    #[test]
    fn the_parser_does_not_take_everything() {
        let set_up = SetUp::new().replace(r"'(?m)\A(?<message>.*)\z'", r"'^\<(?<pri>[0-9]+)\>(?<message>.*)$'");
        set_up.shows(&[("inputs", "error", "its parser whole_message does not take")]);
        let set_up = SetUp::new().replace(r"'(?m)\A(?<message>.*)\z'", r"'^(?<message>.*)$'");
        set_up.shows(&[("inputs", "warning", "its parser whole_message does not keep all of")]);
        let set_up = SetUp::new().replace(r"'(?m)\A(?<message>.*)\z'", r"'(?m)\A(?<message>(?=.).*)\z'");
        set_up.shows(&[("inputs", "skipped", "the parser whole_message was not tried")]);
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
        set_up.shows(&[("filter", "error", "syslog puts messages under payload, and the filter looks for message")]);
    }

    #[test]
    fn the_syslog_input_has_no_port() {
        let set_up = SetUp::new().without("mode: udp");
        set_up.shows(&[("inputs", "error", "syslog listens on no port: its mode is unix_udp")]);
    }

    #[test]
    fn the_syslog_input_repeats_pieces() {
        let set_up = SetUp::new().replace("mode: udp", "mode: tcp").without("receive_buffer_size");
        set_up.shows(&[("inputs", "warning", "syslog reads TCP without counting octets")]);
    }

    #[cfg(unix)]
    #[test]
    fn this_version_does_not_count_octets() {
        let octets = || {
            SetUp::new().replace("mode: udp", "mode: tcp\n      format: octet_counting").without("receive_buffer_size")
        };
        octets().shows(&[]);
        octets().set("FAKE_VERSION", "4.1.9").shows(&[("inputs", "error", "Fluent Bit 4.1.9 does not count octets")]);
    }

    #[test]
    fn records_are_kept_in_memory() {
        let set_up = SetUp::new()
            .replace("receive_buffer_size: 100k\n      storage.type: filesystem", "receive_buffer_size: 100k");
        set_up.shows(&[("inputs", "warning", "syslog keeps records in memory")]);
    }

    #[test]
    fn the_disk_buffer_has_no_folder() {
        let set_up = SetUp::new().without("storage.path");
        let what = "but the service has no storage.path";
        set_up.shows(&[("inputs", "error", what), ("inputs", "error", what)]);
    }
}

mod filter {
    use super::*;

    #[test]
    fn there_is_none() {
        let set_up = SetUp::new()
            .replace("name: wasm", "name: stdout")
            .without("wasm_path")
            .without("function_name")
            .without("event_format");
        set_up.shows(&[("filter", "error", "the configuration does not use this filter")]);
    }

    #[test]
    fn it_matches_nothing() {
        let set_up = SetUp::new().replace("match: eset\n", "match: esett\n");
        let raw = "is delivered without having been filtered";
        set_up.shows(&[
            ("filter", "error", "no record reaches the filter wasm"),
            ("outputs", "error", raw),
            ("outputs", "error", raw),
        ]);
    }

    #[test]
    fn another_matches_nothing() {
        let set_up = SetUp::new().replace("  filters:\n", "  filters:\n    - name: grep\n      match: nothing\n");
        set_up.shows(&[("filter", "warning", "no record reaches the filter grep")]);
    }

    #[test]
    fn an_input_goes_past_it() {
        let set_up = SetUp::new().replace("- name: tcp\n      tag: eset", "- name: tcp\n      tag: eset2");
        set_up.shows(&[("outputs", "error", "what tcp receives is delivered without having been filtered")]);
    }

    #[test]
    fn its_answers_are_cut() {
        let set_up = SetUp::new().replace("event_format: json", "event_format: msgpack");
        set_up.shows(&[("filter", "error", "event_format is msgpack")]);
    }

    #[test]
    fn its_sizes_are_set() {
        let set_up = SetUp::new().replace("event_format: json", "event_format: json\n      wasm_heap_size: 1M");
        set_up.shows(&[("filter", "warning", "wasm_heap_size is set")]);
    }

    #[test]
    fn a_processor_loses_its_changes() {
        let processors = "tag: eset\n      mode: udp\n      processors:\n        logs:\n          - name: sql\n            query: x\n          - name: sampling\n";
        let set_up = SetUp::new().replace("tag: eset\n      mode: udp\n", processors);
        set_up.shows(&[("filter", "warning", "the processor sampling after one that changes records")]);
    }

    #[test]
    fn its_options_are_wrong() {
        let native = || SetUp::new().native(&native()).argument("--offline");
        let offline = ("azure", "skipped", "were not asked");
        let untried = ("plugin", "skipped", "was not tried in Fluent Bit");
        let set_up = native().replace("request_limit: 700k", "request_limit: 700k\n      raw: sometimes");
        set_up.shows(&[("filter", "error", "raw = \"sometimes\": expected one of"), untried, offline]);
        let set_up = native().replace("request_limit: 700k", "request_limit: 700k\n      rraw: always");
        set_up.shows(&[("filter", "error", "unknown option \"rraw\""), untried, offline]);
    }
}

mod plugin {
    use super::*;

    #[test]
    fn its_function_is_misspelt() {
        let set_up = SetUp::new().replace("function_name: eset_filter", "function_name: eset_filtr");
        set_up.shows(&[("plugin", "error", "has no function eset_filtr: every record would be dropped")]);
    }

    #[test]
    fn all_its_functions_answer_rightly() {
        let set_up = SetUp::new()
            .replace("function_name: eset_filter", "function_name: eset_filter_raw_always_keep_heartbeats_syslog_all");
        set_up.shows(&[]);
    }

    #[test]
    fn it_is_missing_or_empty_or_something_else() {
        let set_up = SetUp::new().set("PLUGIN", "eset.wasm");
        set_up.shows(&[("plugin", "error", "eset.wasm: No such file or directory")]);
        for (content, what) in [
            (&b""[..], "eset.wasm is empty"),
            (b"\x7FELF and so on", "eset.wasm is no WebAssembly module"),
            (b"\0asm\x01\0\0\0", "eset.wasm cannot be used: the module does not export memory as memory"),
            (b"\0asm\x01\0\0\0\xFF", "eset.wasm cannot be used: not a WebAssembly module that can be run"),
        ] {
            set_up.file("eset.wasm", content);
            set_up.shows(&[("plugin", "error", what)]);
        }
    }

    #[test]
    fn it_answers_otherwise() {
        let set_up = SetUp::new().set("PLUGIN", "eset.wasm");
        let always = |answer: &str| {
            wat::parse_str(format!(
                r#"(module (memory (export "memory") 4) (data (i32.const 8) "{answer}\00")
                  (func (export "malloc") (param i32) (result i32) i32.const 1024)
                  (func (export "free") (param i32))
                  (func (export "eset_filter") (param i32 i32 i32 i32 i32 i32) (result i32) i32.const 8))"#
            ))
            .unwrap()
        };
        set_up.file("eset.wasm", always(r#"{\22a\22:1}"#));
        set_up.shows(&[("plugin", "error", "does not answer as it should: event_type is missing")]);
        set_up.file("eset.wasm", always("nonsense"));
        set_up.shows(&[("plugin", "error", "its answer is no JSON")]);
        set_up.file("eset.wasm", always(""));
        set_up.shows(&[("plugin", "error", "it drops a message")]);
    }

    #[test]
    fn it_wants_more_than_there_is() {
        let set_up = SetUp::new().set("PLUGIN", "eset.wasm");
        let module = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#;
        set_up.file("eset.wasm", wat::parse_str(module).unwrap());
        set_up.shows(&[("plugin", "error", "imports wasi_snapshot_preview1.fd_write")]);
    }

    #[test]
    fn the_native_filter_is_not_loaded() {
        let set_up = SetUp::new().native(&native()).replace("flb-filter_eset.so", "libeset.so");
        set_up.shows(&[("plugin", "error", "`plugins:` does not load flb-filter_eset.so")]);
    }

    #[test]
    fn its_path_has_a_variable() {
        let set_up =
            SetUp::new().native(Path::new("${FOLDER}/flb-filter_eset.so")).fluent_bit(None).set("PATH", "/nowhere");
        let set_up = set_up.set("FOLDER", native().parent().unwrap().to_str().unwrap());
        set_up.shows(&[
            ("fluent-bit", "skipped", "neither running nor in PATH"),
            ("config", "error", "`plugins:` has ${FOLDER}/flb-filter_eset.so, and Fluent Bit expands no variables"),
            ("plugin", "skipped", "was not tried in Fluent Bit"),
        ]);
    }

    #[test]
    fn the_native_filter_is_for_another_machine_or_damaged_or_has_another_name() {
        let set_up = SetUp::new();
        let plugin = set_up.folder.join("flb-filter_eset.so");
        let set_up = set_up.native(&plugin);
        let good = fs::read(native()).unwrap();
        let mut other = good.clone();
        // e_machine, little-endian: SPARC.
        other[18..20].copy_from_slice(&[2, 0]);
        set_up.file("flb-filter_eset.so", other);
        set_up.shows(&[("plugin", "error", "is for the machine of ELF number 2, and this is ")]);
        set_up.file("flb-filter_eset.so", &good[..100]);
        set_up.shows(&[("plugin", "error", "is no shared object")]);
        // Of the same kind, but with nothing in it that Fluent Bit looks for.
        let mut stranger = good.clone();
        let at = find(&stranger, b"filter_eset_plugin\0");
        stranger[at] = b'F';
        set_up.file("flb-filter_eset.so", stranger);
        set_up.shows(&[("plugin", "error", "does not export filter_eset_plugin")]);
    }

    /// What Fluent Bit would print; the real one is asked elsewhere.
    #[cfg(unix)]
    #[test]
    fn the_native_filter_answers_otherwise() {
        let set_up = SetUp::new().native(&native()).set("FAKE_RECORD", r#"{"date":1.5,"a":1}"#);
        set_up.shows(&[("plugin", "error", "does not answer as it should: event_type is missing")]);
        let log = "[2026/11/23 04:22:07.377] [error] [plugin] cannot load it";
        let set_up = SetUp::new().native(&native()).set("FAKE_LOG", log);
        set_up.shows(&[("dry-run", "error", "cannot load it"), ("plugin", "error", "got no record out of")]);
    }

    fn find(bytes: &[u8], text: &[u8]) -> usize {
        bytes.windows(text.len()).position(|window| window == text).unwrap()
    }
}

mod outputs {
    use super::*;

    #[test]
    fn it_is_the_one_that_has_ended() {
        let set_up = SetUp::new().replace("  outputs:\n", "  outputs:\n    - name: azure\n      match: eset\n");
        set_up.shows(&[("outputs", "error", "speaks an API that ended")]);
    }

    #[test]
    fn it_matches_nothing() {
        let set_up = SetUp::new().replace("match: eset*", "match: esett");
        set_up.shows(&[
            ("outputs", "error", "no record reaches the output azure_logs_ingestion"),
            ("outputs", "error", "what tcp receives reaches no output"),
            ("outputs", "error", "what syslog receives reaches no output"),
        ]);
    }

    #[test]
    fn a_setting_is_missing_or_wrong() {
        let offline = ("azure", "skipped", "were not asked");
        for (line, changed, level, what) in [
            ("time_key: TimeGenerated", "", "error", "get no TimeGenerated"),
            ("time_generated: true", "", "error", "sent as a number"),
            ("time_generated: true", "time_generated: off", "error", "sent as a number"),
            ("compress: true", "compress: off", "warning", "not compressed"),
            ("retry_limit: no_limits", "", "warning", "after one more attempt"),
            ("retry_limit: no_limits", "retry_limit: 10", "warning", "after 10 more attempts"),
            ("retry_limit: no_limits", "retry_limit: no_retries", "warning", "thrown away"),
            ("storage.total_limit_size: 1M", "", "warning", "may fill the disk"),
            ("table_name: eset_CL", "table_name: eset", "error", "ends in _CL"),
            ("table_name: eset_CL", "table_name: Custom-eset_CL", "error", "begins with Custom-"),
            ("dcr_id: dcr-0123456789abcdef0123456789abcdef", "dcr_id: eset", "error", "immutable id"),
            ("dce_url: ${AZURE_DCE_URL}", "dce_url: ${AZURE_DCE_URL}/", "warning", "ends in a slash"),
            ("client_id: 01234567-89ab-cdef-0123-456789abcdef", "client_id: eset", "warning", "client_id is no id"),
            (
                "tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47",
                "tenant_id: 00000000-0000-0000-0000-000000000000",
                "error",
                "the example's",
            ),
            ("tls: off", "tls: on", "error", "dce_url is http, and tls is on"),
            ("tls: off", "tls: off\n      tls.verify: off", "warning", "tls.verify is off"),
        ] {
            let set_up = SetUp::new().argument("--offline").replace(line, changed);
            set_up.shows(&[("outputs", level, what), offline]);
        }
    }

    #[test]
    fn what_is_required_is_missing() {
        for line in ["client_id:", "dcr_id:", "table_name:", "client_secret:", "dce_url:"] {
            let set_up = SetUp::new().without(line);
            set_up.shows(&[("outputs", "error", &format!("{line} is not set").replace(':', ""))]);
            assert_eq!(set_up.azure.requests(), []);
        }
        let set_up = SetUp::new().without("tenant_id").without("auth_url");
        set_up.shows(&[("outputs", "error", "tenant_id is not set")]);
    }

    #[test]
    fn the_secret_is_no_secret() {
        let offline = ("azure", "skipped", "were not asked");
        let set = |secret| SetUp::new().argument("--offline").set("AZURE_CLIENT_SECRET", secret);
        set("01234567-89ab-cdef-0123-456789abcdef")
            .shows(&[("outputs", "warning", "looks like the secret's id"), offline]);
        set("abc+def/ghi=").shows(&[("outputs", "error", "does not encode"), offline]);
    }

    #[test]
    fn requests_get_too_large() {
        let offline = ("azure", "skipped", "were not asked");
        let native = || SetUp::new().native(&native()).argument("--offline").fluent_bit(None).set("PATH", "/nowhere");
        let none = ("fluent-bit", "skipped", "neither running nor in PATH");
        let untried = ("plugin", "skipped", "was not tried");
        native().shows(&[none, untried, offline]);
        native().without("request_limit").shows(&[none, untried, ("outputs", "warning", "more than 1 MB"), offline]);
        let set_up = native().replace("match: eset*", "match: eset");
        set_up.shows(&[none, untried, ("outputs", "error", "does not take eset.part-1"), offline]);
    }

    #[test]
    fn the_proxy_is_in_the_wrong_variable() {
        let set_up = SetUp::new().set("HTTPS_PROXY", "http://127.0.0.1:1");
        set_up.shows(&[("proxy", "warning", "HTTPS_PROXY is set, and Fluent Bit does not look at it")]);
    }
}

mod ports {
    use super::*;

    #[test]
    fn one_is_taken_by_another_program() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let set_up = SetUp::new().set("TCP_PORT", &tcp.local_addr().unwrap().port().to_string());
        set_up.shows(&[("ports", "error", "is taken by ")]);
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let set_up = SetUp::new().set("UDP_PORT", &udp.local_addr().unwrap().port().to_string());
        set_up.shows(&[("ports", "error", "is taken by ")]);
    }

    #[test]
    fn one_is_no_port() {
        for port in ["0", "65536", "syslog"] {
            let set_up = SetUp::new().set("TCP_PORT", port);
            set_up.shows(&[("inputs", "error", "tcp has no port number")]);
        }
    }

    #[test]
    fn one_is_used_twice() {
        let set_up =
            SetUp::new().replace("mode: udp", "mode: tcp\n      format: octet_counting").without("receive_buffer_size");
        set_up.replace("${UDP_PORT}", "${TCP_PORT}").shows(&[(
            "ports",
            "error",
            "is used twice, first as TCP 127.0.0.1:",
        )]);
    }

    #[test]
    fn one_is_the_services_own() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        let service = format!("  flush: 1\n  http_server: on\n  http_listen: 127.0.0.1\n  http_port: {port}");
        SetUp::new().replace("  flush: 1", &service).shows(&[("ports", "error", "is taken by ")]);
    }

    #[test]
    fn the_address_is_not_this_machines() {
        let set_up = SetUp::new()
            .replace("listen: 127.0.0.1\n      port: ${TCP_PORT}", "listen: 192.0.2.1\n      port: ${TCP_PORT}");
        set_up.shows(&[("ports", "error", "192.0.2.1 is no address of this machine")]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_allows_less_than_is_wanted() {
        let set_up = SetUp::new().replace("receive_buffer_size: 100k", "receive_buffer_size: 3G");
        set_up.shows(&[("ports", "warning", "is to hold 3000000000 bytes, and the kernel allows ")]);
    }
}

mod tls {
    use super::*;

    /// An input with TLS, and the files that it names.
    fn set_up(certificate: &Certificate) -> SetUp {
        let tls = "format: none\n      tls: on\n      tls.crt_file: cert.pem\n      tls.key_file: key.pem";
        let set_up = SetUp::new().replace("format: none", tls);
        set_up.file("cert.pem", certificate.pem());
        set_up.file("key.pem", certificate.key());
        set_up
    }

    #[test]
    fn all_is_well() {
        let set_up = set_up(&Certificate::new("siem.example.com")).argument("--host=siem.example.com");
        set_up.shows(&[]);
        let found = set_up.find();
        let said: Vec<_> = found.findings.iter().filter(|finding| finding["check"] == "tls").collect();
        assert_eq!(said.len(), 2);
        assert!(said[0]["what"].as_str().unwrap().contains(" is for siem.example.com, until "), "{said:?}");
        assert!(said[1]["what"].as_str().unwrap().contains("key.pem is the key of the certificate"), "{said:?}");
    }

    #[test]
    fn the_certificate_is_not_valid() {
        let certificate = Certificate::new("siem.example.com");
        set_up(&certificate.valid(-20, -1)).shows(&[("tls", "error", "has expired on ")]);
        set_up(&certificate.valid(1, 20)).shows(&[("tls", "error", "is valid only from ")]);
        set_up(&certificate.valid(-20, 20)).shows(&[("tls", "warning", "expires on ")]);
    }

    #[test]
    fn the_certificate_is_for_another_name() {
        let set_up = set_up(&Certificate::new("siem.example.com")).argument("--host=10.1.2.3");
        set_up.shows(&[("tls", "error", "is for siem.example.com, not for 10.1.2.3")]);
    }

    #[test]
    fn the_key_is_anothers() {
        let set_up = set_up(&Certificate::new("siem.example.com"));
        set_up.file("key.pem", Certificate::new("siem.example.com").key());
        set_up.shows(&[("tls", "error", "is not the key of the certificate")]);
    }

    #[test]
    fn a_file_is_missing_or_has_nothing_in_it() {
        let set_up = set_up(&Certificate::new("siem.example.com"));
        set_up.file("key.pem", "");
        set_up.shows(&[("tls", "error", "there is no key in ")]);
        fs::remove_file(set_up.folder.join("key.pem")).unwrap();
        set_up.shows(&[("tls", "error", "key.pem: No such file")]);
        let certificate = fs::read(set_up.folder.join("cert.pem")).unwrap();
        set_up.file("key.pem", Certificate::new("x").key());
        for (content, what) in [
            (&b""[..], "there is no certificate in "),
            (b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n", "is no PEM file"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "has no usable certificate"),
            (&certificate[..certificate.len() / 2], "is no PEM file"),
        ] {
            set_up.file("cert.pem", content);
            let found = set_up.find();
            let found: Vec<_> = found.findings.iter().filter(|finding| finding["level"] == "error").collect();
            assert!(found[0]["what"].as_str().unwrap().contains(what), "{what}: {found:?}");
        }
    }

    #[test]
    fn a_key_with_a_passphrase_is_not_looked_into() {
        let set_up = set_up(&Certificate::new("siem.example.com"));
        let set_up = set_up.replace("tls: on", "tls: on\n      tls.key_passwd: ${AZURE_CLIENT_SECRET}");
        set_up.file("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        set_up.shows(&[("tls", "skipped", "key.pem has a passphrase")]);
    }

    #[test]
    fn settings_contradict_each_other() {
        let set_up = SetUp::new().replace("format: none", "format: none\n      tls: on");
        set_up.shows(&[("inputs", "error", "tcp has TLS on, but no certificate or no key")]);
        let set_up = SetUp::new().replace("format: none", "format: none\n      tls.crt_file: cert.pem");
        set_up.shows(&[("inputs", "warning", "tcp has a certificate or key, but TLS is not on")]);
        let set_up = SetUp::new().replace("mode: udp", "mode: udp\n      tls: on");
        set_up.shows(&[("inputs", "error", "syslog has TLS on, but receives by UDP")]);
    }
}

mod disk {
    use super::*;

    #[test]
    fn the_folder_is_made_by_the_service() {
        let set_up = SetUp::new();
        let set_up = set_up.set("STORAGE", "not/there/yet");
        set_up.shows(&[]);
        let found = set_up.find();
        let disk = found.findings.iter().find(|finding| finding["check"] == "disk").unwrap();
        assert!(disk["what"].as_str().unwrap().ends_with("; the service makes it"), "{disk}");
        assert!(!set_up.folder.join("not").exists());
    }

    #[test]
    fn the_folder_is_a_file() {
        let set_up = SetUp::new().set("STORAGE", "file");
        set_up.file("file", "x");
        set_up.shows(&[("disk", "error", "file is no folder")]);
    }

    #[test]
    fn there_is_no_room() {
        let set_up = SetUp::new().replace("storage.total_limit_size: 1M", "storage.total_limit_size: 9000000G");
        set_up.shows(&[("disk", "warning", "may grow to 9.00 PB, and has room for ")]);
    }

    #[test]
    fn nothing_is_left_behind() {
        let set_up = SetUp::new();
        set_up.find();
        assert_eq!(fs::read_dir(set_up.folder.join("storage")).unwrap().count(), 0);
    }
}

mod asking_azure {
    use super::*;

    #[test]
    fn it_is_left_out() {
        let set_up = SetUp::new().argument("--offline");
        set_up.shows(&[("azure", "skipped", "127.0.0.1 and 127.0.0.1 were not asked")]);
        assert_eq!(set_up.azure.requests(), []);
    }

    #[test]
    fn there_is_no_token() {
        let set_up = SetUp::new();
        let unknown = ("azure", "skipped", "answers, but without a token it cannot be known");
        for (status, body, what) in [
            (
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#,
                "the client secret is wrong",
            ),
            (401, r#"{"error":"invalid_client","error_description":"AADSTS7000222: Expired."}"#, "has expired"),
            (
                400,
                r#"{"error":"unauthorized_client","error_description":"AADSTS700016: No."}"#,
                "no application with this client_id",
            ),
            (400, r#"{"error":"invalid_request","error_description":"AADSTS90002: No."}"#, "there is no such tenant"),
            (200, "<html>sign in</html>", "answers, but not with a token"),
            (404, "", "has no token endpoint"),
        ] {
            set_up.azure.token(status, body);
            set_up.azure.stream(401, "");
            set_up.shows(&[("azure", "error", what), unknown]);
        }
    }

    /// An answer that repeats the secret; [`SetUp::output`] looks.
    #[test]
    fn answers_are_masked() {
        let set_up = SetUp::new();
        set_up
            .azure
            .stream(400, &format!(r#"{{"error":{{"code":"Bad","message":"{SECRET} the.real.token \u001b[2J"}}}}"#));
        set_up.shows(&[("azure", "error", "it says: Bad ******** ******** \u{fffd}[2J")]);
    }

    #[test]
    fn the_stream_takes_nothing() {
        let set_up = SetUp::new();
        for (status, level, what) in [
            (400, "error", "does not take requests for Custom-eset_CL (400)"),
            (401, "error", "refuses the token (401)"),
            (403, "error", "the client may not send to dcr-0123456789abcdef0123456789abcdef (403)"),
            (404, "error", "does not know dcr-0123456789abcdef0123456789abcdef or its stream Custom-eset_CL (404)"),
            (429, "warning", "has too much to do (429)"),
            (503, "warning", "has trouble of its own (status 503)"),
        ] {
            set_up.azure.stream(status, "");
            set_up.shows(&[("azure", level, what)]);
        }
    }

    #[test]
    fn clocks_differ() {
        let set_up = SetUp::new();
        set_up.azure.ahead(60);
        set_up.shows(&[("clock", "warning", "s behind that of 127.0.0.1")]);
        set_up.azure.ahead(-60);
        set_up.shows(&[("clock", "warning", "s ahead of that of 127.0.0.1")]);
        set_up.azure.ahead(-600);
        set_up.shows(&[("clock", "error", "s ahead of that of 127.0.0.1")]);
    }

    #[test]
    fn a_name_is_not_known() {
        let set_up = SetUp::new().set("AZURE_DCE_URL", "https://nowhere.invalid").replace("tls: off", "tls: on");
        set_up.shows(&[("azure", "error", "DNS does not know nowhere.invalid")]);
    }

    #[test]
    fn nobody_listens() {
        let port = set_up::free_tcp_port();
        let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("http://127.0.0.1:{port}"));
        set_up.shows(&[("azure", "error", "127.0.0.1 refuses the connection")]);
    }

    #[test]
    fn the_connection_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("http://{}", listener.local_addr().unwrap()));
        std::thread::spawn(move || listener.incoming().for_each(drop));
        set_up.shows(&[("azure", "error", "127.0.0.1 ends the connection without an answer")]);
    }

    #[test]
    fn nobody_answers() {
        let set_up = SetUp::new().argument("--timeout=0.5");
        set_up.azure.silence();
        let start = Instant::now();
        set_up.shows(&[("azure", "error", "did not answer in time"), ("azure", "error", "did not answer in time")]);
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    /// The token's endpoint does not speak TLS here, the other does.
    fn with_tls(certificate: &Certificate) -> (SetUp, Azure) {
        let azure = Azure::start(Some(Arc::new(certificate.server())));
        let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("https://localhost:{}", azure.port));
        set_up.file("ca.pem", certificate.pem());
        (set_up.replace("tls: off", "tls: on\n      tls.ca_file: ca.pem"), azure)
    }

    #[test]
    fn the_endpoint_speaks_tls() {
        let (set_up, azure) = with_tls(&Certificate::new("localhost"));
        set_up.shows(&[]);
        assert_eq!(azure.requests().len(), 1);
    }

    #[test]
    fn the_endpoint_is_not_trusted() {
        let (set_up, azure) = with_tls(&Certificate::new("localhost"));
        set_up.file("ca.pem", Certificate::new("localhost").pem());
        set_up.shows(&[(
            "azure",
            "error",
            "cannot agree on TLS with localhost: this machine does not trust the authority",
        )]);
        assert_eq!(azure.requests(), []);
        set_up.file("ca.pem", "");
        set_up.shows(&[("azure", "error", "this machine trusts no authority")]);
        fs::remove_file(set_up.folder.join("ca.pem")).unwrap();
        set_up.shows(&[("azure", "error", "cannot use tls.ca_file")]);
    }

    #[test]
    fn the_endpoints_certificate_is_wrong() {
        let (set_up, _azure) = with_tls(&Certificate::new("other.example.com"));
        set_up.shows(&[("azure", "error", "its certificate is for another name")]);
        let (set_up, _azure) = with_tls(&Certificate::new("localhost").valid(-20, -1));
        set_up.shows(&[("azure", "error", "its certificate is not valid now")]);
    }

    #[test]
    fn the_endpoint_does_not_speak_tls() {
        let set_up = SetUp::new();
        let url = format!("https://127.0.0.1:{}", set_up.azure.port);
        let set_up = set_up.set("AZURE_DCE_URL", &url).replace("tls: off", "tls: on");
        set_up.shows(&[("azure", "error", "cannot agree on TLS with 127.0.0.1: it does not speak TLS")]);
    }

    #[test]
    fn the_proxy_does_not_work() {
        let proxy = format!("http://user:{SECRET}@127.0.0.1:{}", set_up::free_tcp_port());
        let set_up = SetUp::new().set("HTTP_PROXY", &proxy);
        let what = "127.0.0.1 refuses the connection through the proxy";
        set_up.shows(&[("azure", "error", what), ("azure", "error", what)]);
        SetUp::new().set("HTTP_PROXY", &proxy).set("NO_PROXY", "127.0.0.1").shows(&[]);
    }
}
