//! The VRL twin against the core. The contract's cases run through it in `contract.rs`.
//!
//! `UPDATE_VRL=1 cargo test --test vrl` writes the program in `vector-config/` anew.

#[path = "support/cases.rs"]
#[allow(dead_code, reason = "what a case expects is for another test")]
mod cases;
#[path = "vrl/hostile.rs"]
mod hostile;
#[path = "support/json.rs"]
#[allow(dead_code, reason = "what it can tell of a value is for other tests")]
mod json;
#[path = "support/mutation.rs"]
mod mutation;
#[path = "support/twin.rs"]
mod twin;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use eset_filter::cli::generate::{Generator, GeneratorOptions};
use eset_filter::{Choice, Filter, Heartbeats, Options, Raw, SyslogFields, encode};
use fastrand::Rng;

use cases::Input;
use json::Json;
use mutation::Mutation;
use twin::Twin;

const SHIPPED: &str = "vector-config/eset_filter.vrl";

const TRAFFIC: usize = 100_000;

/// How many damaged messages, and how many workers share whatever there is much of.
const DAMAGED: usize = 20_000;
const WORKERS: usize = 4;

/// Far more than the worst message takes.
const LONGEST: Duration = Duration::from_secs(30);

#[test]
fn the_shipped_program_is_current() {
    let output = Command::new(env!("CARGO_BIN_EXE_eset-filter")).arg("vrl").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED);
    if env::var_os("UPDATE_VRL").is_some_and(|value| value == "1") {
        fs::write(&path, &output.stdout).unwrap();
    }
    let is_current = fs::read(&path).is_ok_and(|shipped| shipped == output.stdout);
    assert!(is_current, "{SHIPPED} is stale: UPDATE_VRL=1 cargo test --test vrl");
}

#[test]
fn every_option_is_in_the_program() {
    let command = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_eset-filter")).arg("vrl").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, program) = command(&["--raw=never", "--heartbeats", "keep", "--syslog-fields=all", "--message-key=a b"]);
    assert_eq!(code, Some(0));
    for line in ["raw = \"never\"", "heartbeats = \"keep\"", "syslog_fields = \"all\"", "  del(.\"a b\")"] {
        assert!(program.lines().any(|known| known == line), "{line} is not in the program");
    }
    for wrong in [["--raw", "sometimes"], ["--message-key", ""], ["--single", "yes"]] {
        assert_eq!(command(&wrong), (Some(2), String::new()), "{wrong:?}");
    }
}

/// No program warns, fails or aborts.
#[test]
fn every_set_of_options_compiles() {
    for (_, raw) in Raw::VALUES {
        for (_, heartbeats) in Heartbeats::VALUES {
            for (_, syslog_fields) in SyslogFields::VALUES {
                let (raw, heartbeats, syslog_fields) = (*raw, *heartbeats, *syslog_fields);
                for key in [None, Some("a \"quoted\"\n{{ key }} \\")] {
                    let message_key = key.map(str::to_owned);
                    Twin::new(&Options { raw, heartbeats, syslog_fields, message_key, ..Options::for_host() });
                }
            }
        }
    }
}

#[test]
fn any_key_may_hold_the_message() {
    for key in ["log", "a b", "a.b", "2nd", "ključ", "\"", "\\", "{{ x }}", "a\nb", "%meta", "@timestamp"] {
        let options = Options { message_key: Some(key.to_owned()), ..Options::default() };
        let text = |text: &str| Json::Text(text.to_owned());
        let record = Json::Object(vec![
            (key.to_owned(), text(r#"{"severity":"Warning"}"#)),
            ("message".to_owned(), text("another")),
        ]);
        let records = Twin::new(&options).records(&record);
        let expected = [Json::parse(r#"{"message":"another","parse_status":"ok","severity":"Warning"}"#).unwrap()];
        assert_eq!(records, expected, "{key:?}");
    }
}

#[test]
fn traffic() {
    let generator = GeneratorOptions { mark: true, ..GeneratorOptions::default() };
    compare(&Generator::new(generator).take(TRAFFIC).collect::<Vec<_>>(), &Options::default());
}

#[test]
fn damaged_traffic() {
    let traffic: Vec<_> = Generator::new(GeneratorOptions::default()).take(1000).collect();
    compare(&damaged(&traffic, DAMAGED), &everything());
}

#[test]
fn damaged_cases() {
    let messages = cases::load().into_iter().filter_map(|case| match case.input {
        Input::Message(message) if message.len() < 3000 => Some(message),
        _ => None,
    });
    compare(&damaged(&messages.collect::<Vec<_>>(), DAMAGED), &everything());
}

#[test]
fn hostile_messages() {
    let options = everything();
    let twin = Twin::new(&options);
    for (name, message) in hostile::messages(64 * 1024) {
        let is_same = twin::are_same(&twin.message_records(&message), &core(&message, &options));
        let is_known = twin::DIFFERENCES.iter().any(|(known, _)| *known == name);
        assert_eq!(is_same, !is_known, "{name}");
    }
}

/// The limits of the twin keep these from taking long.
#[test]
fn huge_hostile_messages() {
    let twin = Twin::new(&everything());
    for (name, message) in hostile::messages(4 * 1024 * 1024) {
        let start = Instant::now();
        let records = twin.message_records(&message);
        assert!(start.elapsed() < LONGEST, "{name} takes {:?}", start.elapsed());
        assert_eq!(records.is_empty(), ["blanks", "escaped line ends"].contains(&name), "{name}");
    }
}

/// All that can be told apart.
fn everything() -> Options {
    Options { heartbeats: Heartbeats::Keep, syslog_fields: SyslogFields::All, ..Options::default() }
}

fn damaged(messages: &[Vec<u8>], count: usize) -> Vec<Vec<u8>> {
    let mut rng = Rng::with_seed(1);
    let damage = |_| {
        let mut message = messages[rng.usize(..messages.len())].clone();
        for _ in 0..rng.u8(1..4) {
            Mutation::new(rng.u8(..), rng.u16(..), rng.u16(..), rng.u8(..)).apply(&mut message, messages);
        }
        message
    };
    (0..count).map(damage).collect()
}

/// Holds what the twin makes of messages against what the core makes of them.
fn compare(messages: &[Vec<u8>], options: &Options) {
    let check = |messages: &[Vec<u8>]| {
        let twin = Twin::new(options);
        for message in messages {
            let (given, expected) = (twin.message_records(message), core(message, options));
            let show = |records: &[Json]| records.iter().map(|record| format!("{record}\n")).collect::<String>();
            assert!(
                twin::are_same(&given, &expected),
                "b\"{}\"\nexpected:\n{}given:\n{}",
                message.escape_ascii(),
                show(&expected),
                show(&given)
            );
        }
    };
    thread::scope(|scope| {
        for messages in messages.chunks(messages.len().div_ceil(WORKERS)) {
            scope.spawn(move || check(messages));
        }
    });
}

fn core(message: &[u8], options: &Options) -> Vec<Json> {
    let mut filter = Filter::new(options.clone());
    let mut events = filter.read(message);
    let mut records = Vec::new();
    while let Some(event) = events.next() {
        let mut json = Vec::new();
        encode::json::write(&event, &mut json);
        records.push(Json::parse(str::from_utf8(&json).unwrap()).unwrap());
    }
    records
}
