//! Random messages of the kinds that the twin must handle itself: repeated keys in any form, names that approach their
//! limit, small events after a long host, and records that are too large.

use eset_filter_tests::json::Json;
use fastrand::Rng;

/// Fields of each type, with aliases and escapes, and other keys whose flattened names may be names of fields.
const KEYS: [&str; 20] = [
    "event_type",
    "hostname",
    "user",
    "count",
    "inbound",
    "occured",
    "occurred",
    "source_port",
    "rule_name",
    "need_restart",
    "source",
    "port",
    "rule",
    "name",
    "need",
    "restart",
    "a",
    "hostname_a",
    "source_p\\u006frt",
    "k\\u0061",
];

const SCALARS: [&str; 18] = [
    "\"x\"",
    "\"\"",
    "null",
    "true",
    "1",
    "-0",
    "1.5",
    "1e5",
    "12345678901234567890",
    "1e400",
    "\"21-Jun-2021 09:46:15\"",
    "\"soon{\"",
    "\"a}b\"",
    "{}",
    "[]",
    "1e+-5",
    "truex",
    "01",
];

const BREAKS: [&str; 12] = ["{", "}", "[", "]", "\"", ",", ":", "x", "1", " ", "e", "{x}"];

/// Returns events with repeated keys, and damage to them.
pub(crate) fn repeated_keys(rng: &mut Rng) -> Vec<u8> {
    let events = if rng.u8(..8) == 0 { rng.u8(..20) } else { rng.u8(1..3) };
    let mut message = header(rng);
    for _ in 0..events {
        message.push_str(&object(rng, 0));
    }
    for _ in 0..rng.u8(..3) {
        let at = rng.usize(..=message.len());
        match rng.u8(..3) {
            _ if !message.is_char_boundary(at) => {}
            0 => message.truncate(at),
            1 => message.insert_str(at, pick(rng, &BREAKS)),
            _ => message.replace_range(at..message.len().min(at + 1), pick(rng, &BREAKS)),
        }
    }
    message.into_bytes()
}

/// Returns objects whose flattened names take about as many bytes as allowed.
pub(crate) fn long_names(rng: &mut Rng) -> Vec<u8> {
    let mut message = header(rng);
    for _ in 0..rng.u8(1..4) {
        let mut members = Vec::new();
        for _ in 0..rng.u8(1..4) {
            let flat = ["\"user\":\"x\"", "\"k\":1", "\"k\\u0061\":\"1\"", "\"hostname\":[1]", "\"a\":{}"];
            members.extend((0..rng.u8(..3)).map(|_| pick(rng, &flat).to_owned()));
            let name = pick(rng, &["k", "\\u0041", "\\n", "\u{e9}"]).repeat(rng.usize(1..90));
            let values = ["1", "\"x\"", "[2]", "{\"d\":1,\"e\":2}"];
            let inner: Vec<_> = (0..rng.usize(..60)).map(|at| format!("\"a{at}\":{}", values[at % 4])).collect();
            members.push(format!("\"{name}\":{{{}}}", inner.join(",")));
        }
        let end = if rng.u8(..5) == 0 { "" } else { "}" };
        message.push_str(&format!("{{\"event_type\":\"A\",{}{end}", members.join(",")));
    }
    message.into_bytes()
}

/// Returns the objects of [`long_names`] in a wrapper. The names in the wrapper count for each event.
pub(crate) fn long_names_in_a_wrapper(rng: &mut Rng) -> Vec<u8> {
    let message: Vec<_> = (0..rng.u8(1..5)).flat_map(|_| long_names(rng)).collect();
    let name = "w".repeat(rng.usize(1..200));
    let inner: Vec<_> = (0..rng.usize(..20)).map(|at| format!("\"b{at}\":1")).collect();
    let around = [format!("\"{name}\":{{{}}}", inner.join(",")), "\"a\":{\"d\":1}".to_owned(), "\"c\":1".to_owned()];
    let around = around[..rng.usize(1..=3)].join(",");
    format!("{{{around},\"message\":{}}}", Json::Text(String::from_utf8(message).unwrap())).into_bytes()
}

/// Returns small events, not all of which may fit.
pub(crate) fn small_events(rng: &mut Rng) -> Vec<u8> {
    let host = "h".repeat(rng.usize(150..256));
    let events = [
        "{\"hash\":\"\"}",
        "{\"user\":\"\"}",
        "{\"user\":\"x\",\"a\":1}",
        "{\"event_type\":\"A\"}",
        "{\"user\":\"b\"",
        "{\"user\":\"\",\"a\":{\"b\":[1,22]}}",
        "{x",
    ];
    let usual = pick(rng, &events);
    let mut message = format!("<14>Oct 30 05:31:10 {host} E: ");
    for _ in 0..rng.usize(..300) {
        message.push_str(if rng.u8(..20) == 0 { pick(rng, &events) } else { usual });
    }
    message.into_bytes()
}

/// Returns events with texts and other members of very different sizes.
pub(crate) fn large_records(rng: &mut Rng) -> Vec<u8> {
    let mut message = header(rng);
    for _ in 0..rng.u8(1..4) {
        let most = [100, 400, 1000, 3000][rng.usize(..4)];
        let parts =
            ["x", "\u{e9}", "\u{fffd}", "\u{1f600}", "\\n", "\\u0001", "\\\\", "\\ud83d\\ude00", "\\/", "ab\\\"c"];
        let text = |rng: &mut Rng| pick(rng, &parts).repeat(rng.usize(1..most));
        let mut members = Vec::new();
        for key in ["event_type", "user", "detail", "hostname", "object_uri", "description"] {
            if rng.bool() {
                members.push(format!("\"{key}\":\"{}\"", text(rng)));
            }
        }
        for at in 0..rng.u8(..30) {
            members.push(match rng.u8(..8) {
                0 => format!("\"k{at}\":[{}1]", "1,".repeat(rng.usize(..most) / 20)),
                1 => format!("\"k{at}\":{{\"a\":\"{}\"}}", text(rng)),
                _ => format!("\"k{at}\":\"{}\"", text(rng)),
            });
        }
        message.push_str(&format!("{{{}{}", members.join(","), pick(rng, &["}", "}", "}x", ""])));
    }
    message.into_bytes()
}

/// Returns no header, or one with a timestamp that may be invalid.
fn header(rng: &mut Rng) -> String {
    let pri = pick(rng, &["<14>", ""]);
    let year = pick(rng, &["0000", "0001", "1900", "2000", "2023", "2024", "2100", "9999"]);
    let (month, day) = (rng.u8(..14), rng.u8(..33));
    let clock = pick(rng, &["10:00:00", "24:00:00", "10:60:00", "10:00:60", "10:00", "100000.5", "10:00.5"]);
    let zone = pick(rng, &["", "Z", "z", "+0100", "-02:30", "+24:00"]);
    match rng.u8(..4) {
        0 => format!("{pri}1 {year}-{month:02}-{day:02}T{clock}{zone} h a p m - "),
        1 => format!("{pri}{year}-{month:02}-{day:02}T{clock}{zone} h a: "),
        2 => format!("<14>Oct 30 05:31:10 {} E: ", "h".repeat(rng.usize(1..256))),
        _ => String::new(),
    }
}

fn object(rng: &mut Rng, depth: u8) -> String {
    let count = rng.u8(..if depth == 0 { 9 } else { 4 });
    let member = |rng: &mut Rng| {
        let key = if rng.u8(..40) == 0 { "k".repeat(rng.usize(250..260)) } else { pick(rng, &KEYS).to_owned() };
        format!("\"{key}\":{}", value(rng, depth))
    };
    let members: Vec<_> = (0..count).map(|_| member(rng)).collect();
    format!("{{{}}}", members.join(pick(rng, &[",", ",", " , "])))
}

fn value(rng: &mut Rng, depth: u8) -> String {
    match rng.u8(..20) {
        0..6 if depth < 3 => object(rng, depth + 1),
        6 if depth < 3 => format!("[{},{{\"b\":{}}}]", value(rng, depth + 1), value(rng, depth + 1)),
        _ => pick(rng, &SCALARS).to_owned(),
    }
}

fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}
