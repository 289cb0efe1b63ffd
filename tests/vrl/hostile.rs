//! Messages that are made to do harm.

/// A message's name, and the message, of about so many bytes.
pub(crate) fn messages(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |start: &str, part: &str, end: &str| [start, &part.repeat(size / part.len()), end].concat();
    let numbered = |part: &dyn Fn(usize) -> String| {
        let parts: Vec<_> = (0..size / part(0).len()).map(part).collect();
        format!("{{{}}}", parts.join(","))
    };
    let messages = [
        ("braces", repeated("", "{", "")),
        ("braces and quotes", repeated("", "{\"", "")),
        ("objects that break", repeated("", "{\"a\":1 ", "")),
        ("objects that end early", repeated("", "{\"a\":\"{\"", "")),
        ("brackets", repeated("{\"a\":", "[", "")),
        ("an array of numbers", repeated("{\"a\":[", "1,", "1]}")),
        ("an array of objects", repeated("{\"a\":[", "{\"b\":\"c\"},", "1]}")),
        ("objects in each other", repeated("", "{\"a\":", "")),
        ("unknown keys", numbered(&|at| format!("\"k{at}\":{at}"))),
        ("fractions", numbered(&|at| format!("\"k{at}\":{at}.5"))),
        ("nested objects", numbered(&|at| format!("\"k{at}\":{{\"a\":1,\"b\":2}}"))),
        ("escapes", repeated("{\"detail\":\"", "\\\"", "\"}")),
        ("halves of surrogate pairs", repeated("{\"detail\":\"", "\\ud800", "\"}")),
        ("commas", repeated("{", ",", "}")),
        ("missing members", repeated("", "{\"a\":1,,", "")),
        ("quotes", repeated("{\"event_type\":\"x\",", "\"", "")),
        ("times that do not fit", repeated("{", "\"occured\":\"soon\",", "\"severity\":\"\"}")),
        ("bools that do not fit", repeated("{", "\"inbound\":\"maybe\",", "\"severity\":\"\"}")),
        ("text", repeated("", "x", "")),
        ("blanks", repeated("", " ", "")),
        ("blanks inside", repeated("{", " ", "\"severity\":\"Warning\"}")),
        ("blanks before text", repeated("", "          x", "")),
        ("escaped line ends", repeated("", "#015", "")),
        ("escaped line ends before text", repeated("", "#015#012x", "")),
        ("words behind a header", repeated("<14>1 - ", "a ", "")),
        ("structured data", repeated("<14>1 - h a p m ", "[a b=\"c\"]", "")),
        ("structured data without end", repeated("<14>1 - h a p m [a b=\"", "\\\"", "")),
        ("a tag", repeated("<14>", "a", ": {}")),
        ("brackets of a tag", repeated("<14>Oct 30 05:31:10 ", "a[", "")),
        ("byte-order marks", repeated("", "\u{FEFF}", "{}")),
        ("events", repeated("", "{\"event_type\":\"a\"}", "")),
        ("events that break", repeated("", "{\"event_type\":\"a\",}", "")),
    ];
    let not_utf_8 = [b"{\"detail\":\"".as_slice(), &vec![0xC3; size], b"\"}"].concat();
    let messages = messages.into_iter().map(|(name, text)| (name, text.into_bytes()));
    messages.chain([("bytes that are not UTF-8", not_utf_8)]).collect()
}
