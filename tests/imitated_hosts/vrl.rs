//! Compares the VRL twin with the core. `contract` runs the cases of the contract through it.
//!
//! `UPDATE_VRL=1 cargo test -p eset-filter-tests --test imitated_hosts vrl::` updates the program in `vector-config/`.

mod hostile;
mod random;

use std::process::Command;
use std::time::Duration;
use std::{env, fs, thread};

use eset_filter::record::ShipperOptions;
use eset_filter::{Choice, Heartbeats, Options, Raw, SyslogFields};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::cases::{self, Input};
use eset_filter_tests::json::Json;
use eset_filter_tests::mutation::Mutation;
use eset_filter_tests::twin::{self, Twin};
use eset_filter_tests::{expected, messagepack};
use fastrand::Rng;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

pub(crate) const TESTS: &[super::Test] = tests![
    the_shipped_program_is_current,
    every_option_is_in_the_program,
    every_set_of_options_compiles,
    any_key_may_hold_the_message,
    traffic,
    damaged_traffic,
    damaged_cases,
    repeated_keys,
    rare_messages,
    long_names,
    names_of_a_wrapper,
    events_that_may_not_fit,
    records_that_are_too_large,
    hostile_messages,
    known_differences,
    values_that_vector_cannot_represent,
    record_sizes_are_limited,
    huge_hostile_messages,
];

const SHIPPED: &str = "vector-config/eset_filter.vrl";

const TRAFFIC: usize = 100_000;

/// The number of damaged messages.
const DAMAGED: usize = 20_000;
/// The number of random messages.
const RANDOM: usize = 20_000;
/// The number of random messages with large records.
const LARGE: usize = 400;
/// The number of threads that share a set of messages.
const WORKERS: usize = 4;

/// The time limit for any message, expressed as a number of bytes of ordinary messages. It is five times the time of
/// the worst known message.
const LONGEST: f64 = 128.0 * 1024.0 * 1024.0;

fn the_shipped_program_is_current() {
    let output = Command::new(eset_filter_tests::command()).arg("vrl").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = eset_filter_tests::root().join(SHIPPED);
    if env::var_os("UPDATE_VRL").is_some_and(|value| value == "1") {
        fs::write(&path, &output.stdout).unwrap();
    }
    let is_current = fs::read(&path).is_ok_and(|shipped| shipped == output.stdout);
    assert!(
        is_current,
        "{SHIPPED} is out of date: run UPDATE_VRL=1 cargo test -p eset-filter-tests --test imitated_hosts vrl::"
    );
}

fn every_option_is_in_the_program() {
    let command = |arguments: &[&str]| {
        let output = Command::new(eset_filter_tests::command()).arg("vrl").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let has = |program: &str, line: &str| program.lines().any(|known| known == line);
    let (code, program) = command(&[]);
    assert_eq!(code, Some(0));
    assert!(has(&program, "record_limit = 524288"));
    let (code, program) = command(&[
        "--raw=never",
        "--heartbeats",
        "keep",
        "--syslog-fields=all",
        "--message-key=a b",
        "--record-limit=100k",
    ]);
    assert_eq!(code, Some(0));
    for line in [
        "raw = \"never\"",
        "heartbeats = \"keep\"",
        "syslog_fields = \"all\"",
        "  del(.\"a b\")",
        "record_limit = 100000",
    ] {
        assert!(has(&program, line), "{line} is not in the program");
    }
    for wrong in [["--raw", "sometimes"], ["--message-key", ""], ["--record-limit", "1"], ["--single", "yes"]] {
        assert_eq!(command(&wrong), (Some(2), String::new()), "{wrong:?}");
    }
}

/// No program causes a compiler warning or can fail or abort.
fn every_set_of_options_compiles() {
    for (_, raw) in Raw::VALUES {
        for (_, heartbeats) in Heartbeats::VALUES {
            for (_, syslog_fields) in SyslogFields::VALUES {
                let (raw, heartbeats, syslog_fields) = (*raw, *heartbeats, *syslog_fields);
                for (key, record_limit) in [(None, None), (Some("a \"quoted\"\n{{ key }} \\"), Some(usize::MAX))] {
                    let filter = Options::default().raw(raw).heartbeats(heartbeats).syslog_fields(syslog_fields);
                    let mut options = ShipperOptions::from(filter.record_limit(record_limit));
                    options.message_key = key.map(str::to_owned);
                    Twin::new(&options);
                }
            }
        }
    }
}

fn any_key_may_hold_the_message() {
    for key in ["log", "a b", "a.b", "2nd", "ključ", "\"", "\\", "{{ x }}", "a\nb", "%meta", "@timestamp"] {
        let options = ShipperOptions::default().message_key(key);
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

fn traffic() {
    let generator = GeneratorOptions { mark: true, ..GeneratorOptions::default() };
    compare(&Generator::new(generator).take(TRAFFIC).collect::<Vec<_>>(), &Options::for_shipper());
}

fn damaged_traffic() {
    let traffic: Vec<_> = Generator::new(GeneratorOptions::default()).take(1000).collect();
    compare(&damaged(&traffic, DAMAGED), &everything());
}

fn damaged_cases() {
    // The twin reaches some bounds earlier. In a header, it recognises a timestamp that its offset moves out of the
    // years 1 to 9999.
    let differs =
        |name: &str| name.starts_with("bounds/") || name == "datetimes/offset-that-leaves-the-years-is-refused";
    let messages = cases::load().into_iter().filter_map(|case| match case.input {
        Input::Message(message) if message.len() < 3000 && !differs(&case.name) => Some(message),
        _ => None,
    });
    compare(&damaged(&messages.collect::<Vec<_>>(), DAMAGED), &everything());
}

fn repeated_keys() {
    compare(&random_messages(random::repeated_keys, RANDOM), &everything());
}

/// Messages that are rare among the random ones.
fn rare_messages() {
    let names =
        |key: &str| format!("{{\"hash\":\"\",\"{key}\":\"\",\"{}\":{{{}}}}}", "k".repeat(52), ["\"\":1"; 11].join(","));
    let messages = [
        // The start and the end of a header.
        r#"x <4>Oct 30 05:31:10 \ud83a app: {"user":"a"}"#.to_owned(),
        r#"<5>Oct 30 05:31:10 h <4>[5]: {"user":"a"}"#.to_owned(),
        r#"x <1>1 - a b<3> c<4> d<5> [x] {"user":"a"}"#.to_owned(),
        r#"x <1>1 - a<2> b<3> c<4> d<5> [x] {"user":"a"}"#.to_owned(),
        // Quotes that are part of a header before a later event, or around one that breaks.
        r#"{"user":"a"} <14>Oct 30 05:31:10 h" r app[7]: {"user":"b"}"#.to_owned(),
        r#"{"user":"a"} <14>h" r app[7] {"user":"b"}"#.to_owned(),
        r#"{"user":"a"}"{"user":"b"{""}}""#.to_owned(),
        r#"{"user":"a"}"{"user":"b"{""}}x"#.to_owned(),
        r#"{"user":"a"} <14>"{"user":"b"}"#.to_owned(),
        // A truncated key in an object that is escaped once too often.
        r#"{"a":{"{\"event_type\":\"A\""#.to_owned(),
        r#"{"a":{"{\"event_type\":\"A\"}" x"#.to_owned(),
        // A value that becomes text is not a wrapped message.
        r#"{"message":9999999999999999999,"user":"a"}"#.to_owned(),
        r#"{"message":[[[[[[[[[1]]]]]]]]],"user":"a"}"#.to_owned(),
        // Control characters in names count with the length of their escapes.
        names("user"),
        names("\u{1}user"),
    ];
    compare(&messages.map(String::into_bytes), &everything());
}

fn names_of_a_wrapper() {
    compare(&random_messages(random::long_names_in_a_wrapper, RANDOM / 4), &everything().raw(Raw::Always));
}

fn long_names() {
    compare(&random_messages(random::long_names, RANDOM / 4), &everything().raw(Raw::Always));
}

fn events_that_may_not_fit() {
    for (_, raw) in Raw::VALUES {
        compare(&random_messages(random::small_events, RANDOM / 20), &everything().raw(*raw));
    }
}

fn records_that_are_too_large() {
    for (_, raw) in Raw::VALUES {
        let record_limit = Some(Options::LEAST_RECORD_LIMIT);
        compare(&random_messages(random::large_records, LARGE), &everything().raw(*raw).record_limit(record_limit));
    }
}

fn hostile_messages() {
    let options = everything();
    let twin = Twin::new(&options.clone().into());
    for (name, message) in hostile::messages(64 * 1024) {
        let is_same = twin::are_same(&twin.message_records(&message), &expected::records(&message, &options));
        let is_known = twin::DIFFERENCES.iter().any(|(known, _)| *known == name);
        assert_eq!(is_same, !is_known, "{name}");
    }
}

/// Differences from the contract that no case covers. docs/contract.md lists the same differences.
fn known_differences() {
    let never = everything().raw(Raw::Never).record_limit(Some(Options::LEAST_RECORD_LIMIT));
    let host = |header: &str| format!("{header} {{}}").into_bytes();
    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|at| format!("\"k{}\":\"{}\"", at % 10, "x".repeat(10_000))).collect();
        format!("{{\"user\":\"\",{}}}", members.join(",")).into_bytes()
    };
    let names = |first: &str| {
        let inner: Vec<_> = (0..10).map(|at| format!("\"a{at}\":1")).collect();
        format!("{{{first},\"{}\":{{{}}}}}", "k".repeat(52), inner.join(",")).into_bytes()
    };
    let unlimited = everything().record_limit(None);
    let payload = |size: usize| {
        let (start, end) = (r#"{"a":{"b":1},"detail":""#, "\"}");
        [start, &"x".repeat(size - start.len() - end.len()), end].concat().into_bytes()
    };
    for (reason, options, as_the_core, differing) in [
        (
            "an offset may lead out of the valid years",
            &everything(),
            host("<1>1 0001-01-01T00:00:00Z h"),
            host("<1>1 0001-01-01T00:00:00+01:00 h"),
        ),
        (
            "a timestamp with the name of a month is not recognised in this header",
            &everything(),
            host("<1>1 2021-06-01T10:00:00Z h"),
            host("<1>1 1-Jun-2021T10:00:00Z h"),
        ),
        ("of members of the same size, the one with the first key is removed", &never, members(6), members(7)),
        ("fields that fit count as additional names", &everything(), names("\"hash\":\"1\""), names("\"count\":1")),
        ("only the first 1,000,000 bytes are read", &unlimited, payload(1_000_000), payload(1_000_001)),
    ] {
        let twin = Twin::new(&options.clone().into());
        let is_same =
            |message: &[u8]| twin::are_same(&twin.message_records(message), &expected::records(message, options));
        assert!(is_same(&as_the_core), "{reason}");
        assert!(!is_same(&differing), "it is no longer true that {reason}");
    }
}

/// Vector's values cannot represent the order of keys, the same key twice, and some numbers.
fn values_that_vector_cannot_represent() {
    let message =
        br#"{"user":"x","z":1,"b":18446744073709551615,"c":0.1234567890123456,"d":[{"a":1,"a":2}],"e":-0,"f":1.50}"#;
    let given = Twin::new(&everything().into()).message_records(message);
    let given = given.iter().map(Json::to_string).collect::<String>();
    let fields = r#"{"b":"18446744073709551615","c":"0.1234567890123456","d":[{"a":2}],"e":0,"f":1.5,"z":1}"#;
    assert_eq!(given, format!(r#"{{"additional_fields":{fields},"parse_status":"ok","user":"x"}}"#));
}

/// The size limits of records hold for every hostile message.
fn record_sizes_are_limited() {
    for (raw, record_limit) in [
        (Raw::Always, Options::LEAST_RECORD_LIMIT),
        (Raw::OnError, Options::SHIPPER_RECORD_LIMIT),
        (Raw::Never, Options::SHIPPER_RECORD_LIMIT),
    ] {
        let options = everything().raw(raw).record_limit(Some(record_limit));
        let twin = Twin::new(&options.clone().into());
        for size in [100, 2000, 64 * 1024] {
            for (name, message) in hostile::messages(size) {
                check_sizes(&twin.message_records(&message), &message, record_limit, &format!("{name}, {options:?}"));
            }
        }
    }
}

/// No message takes longer than [`LONGEST`] bytes of ordinary messages, because the twin limits its work. The sizes of
/// all records are limited as well.
fn huge_hostile_messages() {
    let twin = Twin::new(&everything().into());
    let records_of = |message: &[u8]| {
        let before = time_used();
        let records = twin.message_records(message);
        (records, (time_used() - before).as_secs_f64())
    };
    let traffic: Vec<_> = Generator::new(GeneratorOptions::default()).take(4000).collect();
    let ordinary: f64 = traffic.iter().map(|message| records_of(message).1).sum();
    let ordinary = ordinary / traffic.iter().map(Vec::len).sum::<usize>() as f64;
    for size in [64 * 1024, 4 * 1024 * 1024] {
        for (name, message) in hostile::messages(size) {
            let (records, time) = records_of(&message);
            let as_ordinary = time / ordinary;
            assert!(as_ordinary < LONGEST, "{name}, {size} bytes: takes as long as {as_ordinary} ordinary bytes");
            assert_eq!(records.is_empty(), expected::records(&message, &everything()).is_empty(), "{name}");
            check_sizes(&records, &message, Options::SHIPPER_RECORD_LIMIT, name);
        }
    }
}

/// Returns the CPU time of this thread.
fn time_used() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(microseconds.try_into().unwrap())
}

/// Checks the size limits of the records of a message, as JSON and as MessagePack.
fn check_sizes(records: &[Json], message: &[u8], record_limit: usize, name: &str) {
    let json: Vec<_> = records.iter().map(|record| record.to_string().len()).collect();
    let packed = |record: &Json| {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &messagepack::of(record)).unwrap();
        bytes.len()
    };
    let (packed, most) = (records.iter().map(packed).sum::<usize>(), 16 * message.len() + 16 * 1024);
    let total = json.iter().sum::<usize>();
    assert!(total <= most, "{name}: {total} bytes of JSON are more than {most}");
    assert!(packed <= most, "{name}: {packed} bytes of MessagePack are more than {most}");
    let largest = json.iter().max().copied().unwrap_or_default();
    assert!(largest <= record_limit, "{name}: a record of {largest} bytes");
}

/// Returns the options under which records contain the most fields and heartbeats are kept.
fn everything() -> Options {
    Options::for_shipper().heartbeats(Heartbeats::Keep).syslog_fields(SyslogFields::All)
}

fn random_messages(message: fn(&mut Rng) -> Vec<u8>, count: usize) -> Vec<Vec<u8>> {
    let mut rng = Rng::with_seed(1);
    (0..count).map(|_| message(&mut rng)).collect()
}

fn damaged(messages: &[Vec<u8>], count: usize) -> Vec<Vec<u8>> {
    let mut rng = Rng::with_seed(1);
    let damage = |_| {
        let mut message = messages[rng.usize(..messages.len())].clone();
        for _ in 0..rng.u8(1..4) {
            Mutation::random(&mut rng).apply(&mut message, messages);
        }
        message
    };
    (0..count).map(damage).collect()
}

/// Compares the records of the twin with those of the core.
fn compare(messages: &[Vec<u8>], options: &Options) {
    let check = |messages: &[Vec<u8>]| {
        let twin = Twin::new(&options.clone().into());
        for message in messages {
            let (given, expected) = (twin.message_records(message), expected::records(message, options));
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
