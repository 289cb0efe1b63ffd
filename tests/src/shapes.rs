//! Messages that are made to cost: each shape can be had at any size.

/// A shape's name, and the message of that shape with about so many bytes.
pub type Shape = (&'static str, fn(usize) -> Vec<u8>);

const HEADER: &str = "<14>Oct 30 05:31:10 srv ERAServer[75]: ";

/// Every shape.
pub const SHAPES: &[Shape] = &[
    ("unknown members", |size| object(size, |at| format!("\"k{at}\":{at}"))),
    ("unknown members with long names", |size| object(size, |at| format!("\"{at:0>200}\":0"))),
    ("unknown members that differ at their ends", |size| object(size, |at| format!("\"{}{at}\":0", "k".repeat(200)))),
    ("one unknown member again and again", |size| object(size, |_| "\"k\":0".into())),
    ("one misfit again and again", |size| object(size, |at| format!("\"source_port\":\"x{at}\""))),
    ("misfits and values in turn", |size| {
        object(size, |at| format!("\"count\":{}", if at % 2 == 0 { "1" } else { "[]" }))
    }),
    ("one object again and again", |size| object(size, |at| format!("\"hostname\":{{\"a\":{at}}}"))),
    ("objects with one member", |size| object(size, |at| format!("\"o{at}\":{{\"a\":1}}"))),
    ("empty objects", |size| object(size, |at| format!("\"o{at}\":{{}}"))),
    ("keys with escapes", |size| object(size, |at| format!("\"\\u006b\\u0001{at}\":\"\\u0001\""))),
    ("a long name around short ones", |size| around(size, "k", 250)),
    ("a long name of control characters around short ones", |size| around(size, "\\u0001", 250)),
    ("names at their limit around short ones", |size| around(size, "k", size.isqrt().min(250))),
    ("objects in each other", |size| nested(size, "{\"a\":", "1", "}")),
    ("objects in each other without an end", |size| nested(size, "{\"a\":", "", "")),
    ("arrays in each other", |size| nested(size, "[", "1", "]")),
    ("arrays of nine levels", |size| object(size, |at| format!("\"k{at}\":[[[[[[[[[1]]]]]]]]]"))),
    ("an array of numbers", |size| value(size, '[', "1.5,", "0]")),
    ("an array of objects", |size| value(size, '[', "{\"a\":\"b\"},", "0]")),
    ("an array of spaces", |size| value(size, '[', " ", "0]")),
    ("an array of control characters as text", |size| value(size, '[', "\"\\u0001\",", "[[[[[[[[1]]]]]]]]]")),
    ("a number without an end", |size| value(size, '1', "1", "")),
    ("huge numbers", |size| object(size, |at| format!("\"k{at}\":1e999"))),
    ("escapes", |size| value(size, '"', "\\n", "\"")),
    ("escapes of six characters", |size| value(size, '"', "\\u0001", "\"")),
    ("half surrogate pairs", |size| value(size, '"', "\\ud800", "\"")),
    ("escaped quotes", |size| value(size, '"', "\\\"", "\"")),
    ("empty objects behind each other", |size| events(size, "{}")),
    ("events behind each other", |size| events(size, "{\"hash\":\"\"}")),
    ("events with all syslog has behind each other", |size| events(size, "{\"event_type\":\"Audit_Event\",\"x\":1.5}")),
    ("broken events behind each other", |size| events(size, "{\"user\":\"a\",}")),
    ("broken events in each other", |size| events(size, "{\"event_type\":\"A\" ")),
    ("cut events glued together", |size| events(size, "{\"event_type\":\"A\",\"user\":\"a")),
    ("events that end in a cut nested object", |size| events(size, "{\"event_type\":\"A\",\"hostname\":{\"a\":1,}")),
    ("braces alone", |size| text(size, b"{")),
    ("braces and quotes", |size| text(size, b"{\"")),
    ("closing braces behind a broken object", |size| [b"{\"user\":1 ".as_slice(), &text(size, b"{}}{")].concat()),
    ("quotes alone", |size| text(size, b"\"")),
    ("backslashes alone", |size| text(size, b"\\")),
    ("bytes that are not UTF-8", |size| text(size, b"\xFF")),
    ("control characters", |size| text(size, b"\x01")),
    ("spaces", |size| [text(size, b" "), b"x".to_vec()].concat()),
    ("byte-order marks", |size| text(size, "\u{FEFF}".as_bytes())),
    ("a header without an end", |size| [b"<14>1 - ".as_slice(), &text(size, b"a ")].concat()),
    ("structured data", |size| [b"<14>1 - h a p m ".as_slice(), &text(size, b"[a b=\"\\\"\"]")].concat()),
    ("structured data that is not closed", |size| {
        [b"<14>1 - h a p m [a b=\"".as_slice(), &text(size, b"]\\\"")].concat()
    }),
    ("octet counts", |size| text(size, b"1 ")),
    ("PRIs", |size| text(size, b"<1>")),
];

fn text(size: usize, piece: &[u8]) -> Vec<u8> {
    piece.repeat(size / piece.len())
}

/// An event with members until it has the size.
fn object(size: usize, member: impl Fn(usize) -> String) -> Vec<u8> {
    let mut message = format!("{HEADER}{{\"event_type\":\"Audit_Event\"");
    for at in 0.. {
        if message.len() >= size {
            break;
        }
        message.push(',');
        message.push_str(&member(at));
    }
    message.push('}');
    message.into_bytes()
}

/// An event with an object whose name has so many characters, and whose members have short names.
fn around(size: usize, character: &str, count: usize) -> Vec<u8> {
    let name = character.repeat(count / character.len());
    let mut message = format!("{HEADER}{{\"event_type\":\"Audit_Event\",\"{name}\":{{\"a\":1");
    for at in 0.. {
        if message.len() >= size {
            break;
        }
        message.push_str(&format!(",\"{at}\":1"));
    }
    message.push_str("}}");
    message.into_bytes()
}

/// An event with a value that repeats a piece.
fn value(size: usize, begin: char, piece: &str, end: &str) -> Vec<u8> {
    format!("{HEADER}{{\"event_type\":\"Audit_Event\",\"x\":{begin}{}{end}}}", piece.repeat(size / piece.len()))
        .into_bytes()
}

fn nested(size: usize, open: &str, inner: &str, close: &str) -> Vec<u8> {
    let levels = size / (open.len() + close.len());
    format!("{HEADER}{{\"event_type\":\"A\",\"x\":{}{inner}{}}}", open.repeat(levels), close.repeat(levels))
        .into_bytes()
}

/// Events behind the longest header.
fn events(size: usize, event: &str) -> Vec<u8> {
    let part = "p".repeat(255);
    let header = format!("<14>Oct 30 05:31:10 {part} {part}[{part}]: ");
    format!("{header}{}", event.repeat(size / event.len())).into_bytes()
}
