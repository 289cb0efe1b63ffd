//! Hostile messages: the expensive shapes, and others that are expensive for a VRL program.

use eset_filter_tests::shapes::SHAPES;

/// Returns the hostile messages, each with its name and about `size` bytes.
pub(crate) fn messages(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |start: &str, part: &str, end: &str| [start, &part.repeat(size / part.len()), end].concat();
    let numbered = |part: &dyn Fn(usize) -> String| {
        let parts: Vec<_> = (0..size / part(0).len()).map(part).collect();
        format!("{{\"user\":\"\",{}}}", parts.join(","))
    };
    let texts = ["object_uri", "username", "hash", "action", "rule_name"];
    let text = |key: &str, part: &str| format!("\"{key}\":\"{}\"", part.repeat(size / part.len() / texts.len()));
    let messages = [
        ("objects that break", repeated("", "{\"user\":1 ", "")),
        ("objects that end early", repeated("", "{\"user\":\"\",\"a\":\"{\"", "")),
        ("objects that break in arrays", repeated("{\"user\":\"\",\"l\":[", "{\"a\":[{", "")),
        ("braces after a break", repeated("{\"user\":1 {\"b\" ", "{x} } ", "")),
        ("fractions", numbered(&|at| format!("\"k{at}\":{at}.5"))),
        (
            "members of an object as text",
            format!("{{\"user\":\"\",\"{}\":{}}}", "k".repeat(300), numbered(&|at| format!("\"{at}\":1"))),
        ),
        (
            "objects instead of other values",
            numbered(&|at| format!("\"hostname\":{{\"a{at}\":1}},\"user\":{{\"b\":[]}}")),
        ),
        ("misfits among flat names", numbered(&|at| format!("\"source\":{{\"port\":{at}}},\"source_port\":\"x{at}\""))),
        ("commas", repeated("{", ",", "}")),
        ("missing members", repeated("", "{\"user\":1,,", "")),
        ("quotes after a member", repeated("{\"event_type\":\"x\",", "\"", "")),
        ("timestamps that do not fit", repeated("{", "\"occured\":\"soon\",", "\"severity\":\"\"}")),
        ("bools that do not fit", repeated("{", "\"inbound\":\"maybe\",", "\"severity\":\"\"}")),
        ("text", repeated("", "x", "")),
        ("spaces alone", repeated("", " ", "")),
        ("spaces inside", repeated("{", " ", "\"severity\":\"Warning\"}")),
        ("escaped line endings", repeated("", "#015", "")),
        ("escaped line endings before text", repeated("", "#015#012x", "")),
        ("a tag", repeated("<14>", "a", ": {}")),
        ("brackets in a tag", repeated("<14>Oct 30 05:31:10 ", "a[", "")),
        ("byte-order marks before an object", repeated("", "\u{FEFF}", "{}")),
        ("events with nothing before them", repeated("", "{\"event_type\":\"a\"}", "")),
        ("long texts", format!("{{{}}}", texts.map(|key| text(key, "\u{e9}\\n\\u0001\\ud83d\\ude00")).join(","))),
        ("texts cut at an escape", format!("{{{}}}", texts.map(|key| text(key, "a\\\\")).join(","))),
        ("large members of many sizes", numbered(&|at| format!("\"k{at}\":\"{}\"", "x".repeat(997 + at)))),
        ("large members of one size", numbered(&|at| format!("\"k{at:0>4}\":\"{}\"", "x".repeat(1000)))),
    ];
    let messages = messages.map(|(name, text)| (name, text.into_bytes()));
    SHAPES.iter().map(|(name, message)| (*name, message(size))).chain(messages).collect()
}
