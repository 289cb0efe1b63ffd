//! The native filter for Fluent Bit: what it leaves unchanged, what it refuses, and that no chunk crashes its host.
//!
//! The host here imitates the calls of Fluent Bit. `shippers` tests the filter in the real one.

use std::process::Command;

use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::mutation::Mutation;
use eset_filter_tests::native::{self, HOST, NativeHost, Run};
use eset_filter_tests::{expected, messagepack};
use fastrand::Rng;
use rmpv::Value;

pub(crate) const TESTS: &[super::Test] = tests![
    traffic_matches_the_core,
    damaged_traffic_matches_the_core,
    an_unchanged_chunk_is_kept,
    events_without_a_message_pass_byte_for_byte_between_others,
    kept_keys_pass_byte_for_byte,
    a_binary_value_is_a_message,
    a_chunk_of_heartbeats_is_dropped,
    any_bytes_may_be_a_chunk,
    a_message_may_be_huge,
    wrong_properties_stop_the_start,
    property_names_are_case_insensitive,
    an_older_host_works,
    a_missing_function_of_the_host_is_named,
    memory_stays_flat_over_ten_million_records,
    events_above_the_request_limit_get_other_tags,
    records_without_a_message_count_towards_the_request_limit,
    below_the_request_limit_nothing_is_appended,
    events_that_the_host_refuses_stay_in_the_chunk,
    a_request_limit_needs_a_host_that_can_append,
    a_leak_sanitizer_finds_nothing,
];

fn traffic(count: usize) -> Vec<Vec<u8>> {
    Generator::new(GeneratorOptions::default()).take(count).collect()
}

fn chunk_of(messages: &[Vec<u8>]) -> Vec<u8> {
    native::chunk(&messages.iter().map(|message| native::record(message)).collect::<Vec<_>>())
}

/// Runs the filter without properties on these chunks, checks that the host succeeds, and returns the answers.
fn answers(chunks: &[Vec<u8>]) -> Vec<Option<Vec<u8>>> {
    let Run { answers, log, status, .. } = HOST.run(&[], chunks);
    assert!(status.success(), "{log}");
    assert_eq!(answers.len(), chunks.len());
    answers
}

fn answer(chunk: &[u8]) -> Option<Vec<u8>> {
    answers(&[chunk.to_vec()]).remove(0)
}

/// Checks that the answer contains the records of each message in order, with the timestamp and metadata of the
/// message.
fn check(messages: &[Vec<u8>], answer: &[u8]) {
    let events = native::values(answer);
    let mut events = events.iter().map(native::parts);
    for (at, message) in messages.iter().enumerate() {
        for expected in expected::records(message, &Options::for_shipper()) {
            let (header, body) = events.next().expect("a record is lost");
            assert_eq!(*header, native::header(at));
            assert!(messagepack::is_same(body, &expected), "{body} is not {expected}");
        }
    }
    assert_eq!(events.next(), None);
}

fn traffic_matches_the_core() {
    let messages = traffic(5000);
    check(&messages, &answer(&chunk_of(&messages)).unwrap());
}

fn damaged_traffic_matches_the_core() {
    let others = traffic(1000);
    let mut messages = others.clone();
    let mut rng = Rng::with_seed(1);
    for message in &mut messages {
        for _ in 0..3 {
            Mutation::random(&mut rng).apply(message, &others);
        }
    }
    check(&messages, &answer(&chunk_of(&messages)).unwrap());
}

fn an_unchanged_chunk_is_kept() {
    let bodies = [
        Value::Map(vec![]),
        Value::Map(vec![(Value::from("other"), Value::from("{\"severity\":\"Warning\"}"))]),
        Value::Map(vec![(Value::from("log"), Value::from(1)), (Value::from(2), Value::from("{}"))]),
    ];
    assert_eq!(answer(&native::chunk(&bodies)), None);
    assert_eq!(answer(b""), None);
    assert_eq!(answer(b"\xC1 is not MessagePack"), None);
}

fn events_without_a_message_pass_byte_for_byte_between_others() {
    let marker = b"\x92\x92\xD7\x00\xFF\xFF\xFF\xFF\0\0\0\0\x81\xA1g\x01\x81\xA3log\xA9{\"a\":\"b\"}";
    let extension = b"\xC7\x03\x2A\x01\x02\x03";
    // The headers are longer than necessary. Only a byte-for-byte copy keeps them.
    let wide =
        b"\xDC\x00\x02\xDD\x00\x00\x00\x02\xCE\x66\x00\x00\x01\xDE\x00\x00\xDF\x00\x00\x00\x01\xDA\x00\x01x\xD9\x01y";
    let tail = b"\x92\x92\xD7\x00\x66";
    let event = chunk_of(&[br#"{"severity":"Warning"}"#.to_vec()]);
    let chunk = [marker.as_slice(), &event, extension, &event, wide, &event, tail].concat();

    let filtered = answer(&event).unwrap();
    let expected = [marker.as_slice(), &filtered, extension, &filtered, wide, &filtered, tail].concat();
    assert_eq!(answer(&chunk), Some(expected));
}

fn kept_keys_pass_byte_for_byte() {
    let before = b"\xA1b\xD2\x00\x00\x00\x01";
    let after = b"\xA1c\xC4\x02\xFF\x00\xA1d\xDC\x00\x01\x90\xD9\x01e\xC7\x02\x05AB\x01\xC0";
    let event = [b"\x92\x01\x86".as_slice(), before, b"\xA3log\xAB{\"user\":\"\"}", after].concat();
    let expected = [b"\x92\x01\x86".as_slice(), b"\xACparse_status\xA2ok", before, after].concat();
    assert_eq!(answer(&event), Some(expected));
}

fn a_binary_value_is_a_message() {
    let event = b"\x92\x01\x81\xA3log\xC4\x16{\"severity\":\"Warning\"}";
    let expected = b"\x92\x01\x82\xA8severity\xA7Warning\xACparse_status\xA2ok";
    assert_eq!(answer(event), Some(expected.to_vec()));
}

fn a_chunk_of_heartbeats_is_dropped() {
    let heartbeat = b"<190>Aug 12 09:58:13 - ERAServer[16238]: HEARTBEAT".to_vec();
    assert_eq!(answer(&chunk_of(&[heartbeat.clone(), heartbeat])), Some(Vec::new()));
}

fn any_bytes_may_be_a_chunk() {
    let mut rng = Rng::with_seed(1);
    let chunk = chunk_of(&traffic(20));
    let others = traffic(20);
    let damaged = |rng: &mut Rng| {
        let mut chunk = chunk.clone();
        for _ in 0..rng.u8(1..20) {
            Mutation::random(rng).apply(&mut chunk, &others);
        }
        chunk
    };
    let noise = |rng: &mut Rng| (0..rng.usize(..300)).map(|_| rng.u8(..)).collect();
    let mut chunks: Vec<Vec<u8>> = (0..2000).map(|_| damaged(&mut rng)).collect();
    chunks.extend((0..20_000).map(|_| noise(&mut rng)));
    // None of these chunks affects the next one.
    chunks.push(chunk.clone());
    let answers = answers(&chunks);
    assert_eq!(*answers.last().unwrap(), answer(&chunk));
}

fn a_message_may_be_huge() {
    let huge =
        format!(r#"{{"event_type":"Audit_Event","detail":"{}","more":{}}}"#, "x".repeat(20 << 20), "[".repeat(1 << 20));
    let messages = [huge.into_bytes(), br#"{"severity":"Warning"}"#.to_vec()];
    check(&messages, &answer(&chunk_of(&messages)).unwrap());
}

fn wrong_properties_stop_the_start() {
    for (property, expected) in [
        (
            "raw=sometimes",
            "[error] [filter:eset:eset.0] raw = \"sometimes\": expected one of on_error, always, never\n",
        ),
        ("heartbeats=", "[error] [filter:eset:eset.0] heartbeats = \"\": expected one of drop, keep\n"),
        ("syslog-fields=all", "[error] [filter:eset:eset.0] unknown property \"syslog-fields\": use syslog_fields\n"),
    ] {
        let run = HOST.run(&[property.to_owned()], &[]);
        assert_eq!(run.status.code(), Some(1));
        assert!(run.log.starts_with(expected), "{}", run.log);
    }
}

fn property_names_are_case_insensitive() {
    let run = HOST.run(&["RAW=always".to_owned()], &[chunk_of(&[b"{}".to_vec()])]);
    let events = native::values(run.answers[0].as_ref().unwrap());
    assert_eq!(native::parts(&events[0]).1["raw_message"], Value::from("{}"));
}

fn an_older_host_works() {
    let (messages, host) = (traffic(100), NativeHost::compile("version-2-1", &["-DVERSION_2_1", "-fsanitize=address"]));
    let run = host.run(&[], &[chunk_of(&messages), chunk_of(&messages)]);
    assert!(run.status.success(), "{}", run.log);
    run.answers.iter().for_each(|answer| check(&messages, answer.as_ref().unwrap()));

    let run = host.run(&["raw=sometimes".to_owned()], &[]);
    assert!(run.log.contains("raw = \"sometimes\": expected one of"), "{}", run.log);
}

fn a_missing_function_of_the_host_is_named() {
    let host = NativeHost::compile("without-set-context", &["-DWITHOUT_SET_CONTEXT"]);
    let run = host.run(&[], &[]);
    assert_eq!(run.status.code(), Some(1));
    assert!(
        run.log.starts_with("[error] [filter:eset:eset.0] Fluent Bit does not export flb_filter_set_context"),
        "{}",
        run.log
    );
}

fn memory_stays_flat_over_ten_million_records() {
    let messages = traffic(1000);
    let mut host = Command::new(HOST.path());
    let run = native::run(host.args(["--repeat", "10000"]).arg(native::plugin()), &[chunk_of(&messages)]);
    assert!(run.status.success(), "{}", run.log);
    check(&messages, run.answers[0].as_ref().unwrap());

    eprintln!("10 million records, {}", run.log.trim());
    let sizes: Vec<i64> = run.log.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [first, last] = sizes[..] else { panic!("{}", run.log) };
    assert!(last - first < 1024, "{}", run.log);
}

/// Returns chunks that cover every path through the filter.
fn chunks_of_all_kinds() -> Vec<Vec<u8>> {
    let messages = traffic(500);
    vec![
        chunk_of(&messages),
        b"\xC1".to_vec(),
        chunk_of(&[b"HEARTBEAT".to_vec()]),
        chunk_of(&messages[..1]),
        Vec::new(),
    ]
}

const LIMIT: usize = 100_000;

/// Returns the size of events as JSON in a request of the host, including the text that its output adds.
fn json_size(events: &[u8]) -> usize {
    let added = r#""TimeGenerated":"2026-02-27T16:25:37.704Z",,"#.len();
    let escaped =
        |json: &str| json.chars().map(|char| if char.is_ascii() { 1 } else { 6 * char.len_utf16() }).sum::<usize>();
    let size = |event: &Value| escaped(&messagepack::to_json(native::parts(event).1).to_string()) + added;
    native::values(events).iter().map(size).sum()
}

/// Joins the events that stay in a chunk with those that were appended.
fn together(stays: &[u8], appended: &[(String, Vec<u8>)]) -> Vec<u8> {
    let appended = appended.iter().flat_map(|(_, events)| events);
    stays.iter().chain(appended).copied().collect()
}

fn events_above_the_request_limit_get_other_tags() {
    let messages = traffic(2000);
    let chunk = chunk_of(&messages);
    let whole = answer(&chunk).unwrap();
    let Run { answers, appended, log, status } = HOST.run(&[format!("request_limit={LIMIT}")], &[chunk]);
    assert!(status.success(), "{log}");

    let stays = answers[0].as_deref().unwrap();
    assert!((LIMIT / 3..=LIMIT / 2).contains(&json_size(stays)), "{}", json_size(stays));
    let (last, full) = appended.split_last().unwrap();
    for (number, (tag, events)) in full.iter().enumerate() {
        assert_eq!(*tag, format!("eset.part-{number}"));
        assert!((LIMIT / 2..=LIMIT).contains(&json_size(events)), "{}", json_size(events));
    }
    assert_eq!(last.0, format!("eset.part-{}", full.len()));
    assert!(together(stays, &appended) == whole);
}

fn records_without_a_message_count_towards_the_request_limit() {
    let other = Value::Map(vec![(Value::from("other"), Value::from("x".repeat(1000)))]);
    let chunk = native::chunk(&vec![other; 200]);
    let Run { answers, appended, .. } = HOST.run(&[format!("request_limit={LIMIT}")], std::slice::from_ref(&chunk));
    assert!(together(answers[0].as_deref().unwrap(), &appended) == chunk);
    assert_eq!(appended.len(), 2);
}

fn below_the_request_limit_nothing_is_appended() {
    let chunk = chunk_of(&traffic(20));
    let Run { answers, appended, .. } = HOST.run(&["request_limit=1M".to_owned()], std::slice::from_ref(&chunk));
    assert_eq!(answers, [answer(&chunk)]);
    assert_eq!(appended, []);
}

fn events_that_the_host_refuses_stay_in_the_chunk() {
    let chunk = chunk_of(&traffic(2000));
    let mut refusing = Command::new(HOST.path());
    refusing.arg("--refuse").arg(native::plugin()).arg(format!("request_limit={LIMIT}"));
    let Run { answers, appended, .. } = native::run(&mut refusing, std::slice::from_ref(&chunk));
    assert_eq!(answers, [answer(&chunk)]);
    assert_eq!(appended, []);
}

fn a_request_limit_needs_a_host_that_can_append() {
    let host = NativeHost::compile("without-log-append", &["-DWITHOUT_LOG_APPEND"]);
    let run = host.run(&["request_limit=1M".to_owned()], &[]);
    assert_eq!(run.status.code(), Some(1));
    assert!(run.log.contains("request_limit needs Fluent Bit 5.1"), "{}", run.log);
    assert!(host.run(&[], &[]).status.success());
}

fn a_leak_sanitizer_finds_nothing() {
    let host = NativeHost::compile("sanitized", &["-fsanitize=address"]);
    let mut sanitized = Command::new(host.path());
    sanitized.args(["--repeat", "50"]).arg(native::plugin()).arg(format!("request_limit={LIMIT}"));
    let run = native::run(&mut sanitized, &chunks_of_all_kinds());
    assert!(run.status.success(), "{}", run.log);

    let mut leaking = Command::new(host.path());
    let run = native::run(leaking.arg("--keep").arg(native::plugin()), &chunks_of_all_kinds());
    assert!(!run.status.success() && run.log.contains("detected memory leaks"), "a leak is not detected: {}", run.log);
}
