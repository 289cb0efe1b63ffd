//! Messages that are made to be expensive. Each shape is available at any size.

/// The name of a shape, and a function that returns a message of that shape with about the given number of bytes.
pub type Shape = (&'static str, fn(usize) -> Vec<u8>);

const HEADER: &str = "<14>Oct 30 05:31:10 srv ERAServer[75]: ";

const CEF: &str = "CEF:0|ESET|Protect|11.1.20.0|183|a|5|";
const LEEF: &str = "LEEF:1.0|ESET|RemoteAdministrator|10.1.0.0|Threat Event|";

/// Returns a message with the header of a format and pairs after it.
fn pairs(size: usize, header: &str, pair: impl Fn(usize) -> String) -> Vec<u8> {
    let mut message = format!("{HEADER}{header}");
    for at in 0.. {
        if message.len() >= size {
            break;
        }
        message.push_str(&pair(at));
    }
    message.into_bytes()
}

/// Every shape.
pub const SHAPES: &[Shape] = &[
    ("unknown members", |size| object(size, |at| format!("\"k{at}\":{at}"))),
    ("unknown members with long names", |size| object(size, |at| format!("\"{at:0>200}\":0"))),
    ("unknown members that differ only at the end", |size| object(size, |at| format!("\"{}{at}\":0", "k".repeat(200)))),
    ("one unknown member repeated", |size| object(size, |_| "\"k\":0".into())),
    ("one misfit repeated", |size| object(size, |at| format!("\"source_port\":\"x{at}\""))),
    ("alternating misfits and values", |size| {
        object(size, |at| format!("\"count\":{}", if at % 2 == 0 { "1" } else { "[]" }))
    }),
    ("one object repeated", |size| object(size, |at| format!("\"hostname\":{{\"a\":{at}}}"))),
    ("objects with one member", |size| object(size, |at| format!("\"o{at}\":{{\"a\":1}}"))),
    ("empty objects", |size| object(size, |at| format!("\"o{at}\":{{}}"))),
    ("keys with escapes", |size| object(size, |at| format!("\"\\u006b\\u0001{at}\":\"\\u0001\""))),
    ("a long name around short ones", |size| around(size, "k", 250)),
    ("a long name of control characters around short ones", |size| around(size, "\\u0001", 250)),
    ("names at their limit around short ones", |size| around(size, "k", size.isqrt().min(250))),
    ("nested objects", |size| nested(size, "{\"a\":", "1", "}")),
    ("unclosed nested objects", |size| nested(size, "{\"a\":", "", "")),
    ("nested arrays", |size| nested(size, "[", "1", "]")),
    ("arrays of nine levels", |size| object(size, |at| format!("\"k{at}\":[[[[[[[[[1]]]]]]]]]"))),
    ("an array of numbers", |size| value(size, '[', "1.5,", "0]")),
    ("an array of objects", |size| value(size, '[', "{\"a\":\"b\"},", "0]")),
    ("an array of spaces", |size| value(size, '[', " ", "0]")),
    ("an array of control characters written as text", |size| value(size, '[', "\"\\u0001\",", "[[[[[[[[1]]]]]]]]]")),
    ("a very long number", |size| value(size, '1', "1", "")),
    ("huge numbers", |size| object(size, |at| format!("\"k{at}\":1e999"))),
    ("CEF pairs", |size| pairs(size, CEF, |at| format!("k{at}=v "))),
    ("CEF pairs with labels", |size| pairs(size, CEF, |at| format!("cs{0}=v cs{0}Label=N{at} ", at % 9 + 1))),
    ("CEF labels with many capitals", |size| {
        pairs(size, CEF, |at| format!("cs1=v cs1Label={} ", "aB".repeat(at % 200)))
    }),
    ("one CEF label for many values", |size| {
        pairs(size, &format!("{CEF}cs1Label={} ", "aB".repeat(size / 4)), |at| format!("cs1={at} "))
    }),
    ("control characters in CEF", |size| pairs(size, CEF, |_| "a=\u{1}\u{1}\u{1} ".into())),
    ("backslashes in CEF", |size| pairs(size, CEF, |_| "a=\\\\\\= \\x ".into())),
    ("equals signs in CEF", |size| pairs(size, CEF, |_| "=".into())),
    ("categories in CEF", |size| pairs(size, CEF, |_| "cat=ESET HIPS Event ".into())),
    ("timestamps in CEF", |size| pairs(size, CEF, |_| "rt=Sep 03 2026 15:46:37 CEST ".into())),
    ("escaped bars in CEF", |size| pairs(size, "CEF:0|ESET|", |_| "\\|".into())),
    ("LEEF pairs", |size| pairs(size, LEEF, |at| format!("threatName{at}=v\t"))),
    ("addresses in LEEF", |size| pairs(size, LEEF, |_| "src=\tsrc=a\t".into())),
    ("one LEEF timestamp format for many timestamps", |size| {
        pairs(size, &format!("{LEEF}devTimeFormat={}\t", "d".repeat(size / 2)), |_| "devTime=1\t".into())
    }),
    ("escaped tabs in LEEF", |size| pairs(size, LEEF, |_| "#011=#011a=#01".into())),
    ("spaces in LEEF", |size| pairs(size, LEEF, |_| "a =     ".into())),
    ("notification labels", |size| pairs(size, "Detection name: ", |_| "Object:".into())),
    ("colons in notifications", |size| pairs(size, "Detection name: ", |_| "e:".into())),
    ("escapes", |size| value(size, '"', "\\n", "\"")),
    ("escapes of six characters", |size| value(size, '"', "\\u0001", "\"")),
    ("half surrogate pairs", |size| value(size, '"', "\\ud800", "\"")),
    ("escaped quotes", |size| value(size, '"', "\\\"", "\"")),
    ("empty objects in a row", |size| events(size, "{}")),
    ("events in a row", |size| events(size, "{\"hash\":\"\"}")),
    ("events with all syslog fields in a row", |size| events(size, "{\"event_type\":\"Audit_Event\",\"x\":1.5}")),
    ("broken events in a row", |size| events(size, "{\"user\":\"a\",}")),
    ("nested broken events", |size| events(size, "{\"event_type\":\"A\" ")),
    ("truncated events joined together", |size| events(size, "{\"event_type\":\"A\",\"user\":\"a")),
    ("events that end in a truncated nested object", |size| {
        events(size, "{\"event_type\":\"A\",\"hostname\":{\"a\":1,}")
    }),
    ("braces alone", |size| text(size, b"{")),
    ("braces and quotes", |size| text(size, b"{\"")),
    ("closing braces after a broken object", |size| [b"{\"user\":1 ".as_slice(), &text(size, b"{}}{")].concat()),
    ("quotes alone", |size| text(size, b"\"")),
    ("backslashes alone", |size| text(size, b"\\")),
    ("bytes that are not UTF-8", |size| text(size, b"\xFF")),
    ("control characters", |size| text(size, b"\x01")),
    ("spaces", |size| [text(size, b" "), b"x".to_vec()].concat()),
    ("byte-order marks", |size| text(size, "\u{FEFF}".as_bytes())),
    ("an endless header", |size| [b"<14>1 - ".as_slice(), &text(size, b"a ")].concat()),
    ("structured data", |size| [b"<14>1 - h a p m ".as_slice(), &text(size, b"[a b=\"\\\"\"]")].concat()),
    ("unclosed structured data", |size| [b"<14>1 - h a p m [a b=\"".as_slice(), &text(size, b"]\\\"")].concat()),
    ("octet counts", |size| text(size, b"1 ")),
    ("PRIs", |size| text(size, b"<1>")),
    ("headers in a row", |size| text(size, b"<14>Oct 30 05:31:10 relay1 app[7]: ")),
    ("headers after other text", |size| text(size, b"x <14>Oct 30 05:31:10 relay1 app[7]: x ")),
    ("headers before braces", |size| text(size, b"<14>Oct 30 05:31:10 relay1 app[7]: {")),
    ("headers before broken objects", |size| text(size, b"<14>Oct 30 05:31:10 relay1 app[7]: {\"a\":1 ")),
    ("words in a row", |size| [b"<14>".as_slice(), &text(size, b"Okt 30 ")].concat()),
    ("foreign objects in a row", |size| text(size, b"{\"a\":\"b\"}")),
    ("nested foreign objects", |size| [text(size, b"{\"a\":"), b"1".to_vec()].concat()),
    ("nested broken foreign objects", |size| text(size, b"{\"a\":1 ")),
    ("foreign objects in one that breaks", |size| [b"{\"l\":[".as_slice(), &text(size, b"{\"a\":{}},"), b"x"].concat()),
    ("foreign objects in an unclosed one", |size| {
        [b"{\"l\":[".as_slice(), &text(size, b"{\"a\":{\"b\":1}},")].concat()
    }),
    ("arrays in unclosed foreign objects", |size| text(size, b"{\"a\":[[[[")),
    ("escaped objects in a row", |size| text(size, b"{\\\"event_type\\\":\\\"A\\\"}")),
    ("escaped objects in an unclosed one", |size| {
        [b"{\"message\":\"".as_slice(), &text(size, b"{\\\"event_type\\\":\\\"A\\\"}")].concat()
    }),
    ("the starts of escaped objects", |size| text(size, b"{\\\"")),
    ("the starts of escaped objects in an unclosed one", |size| {
        [b"{\"message\":\"".as_slice(), &text(size, b"{\\\"a\\\":")].concat()
    }),
    ("wrappers in a row", |size| text(size, b"{\"message\":\"{\\\"event_type\\\":\\\"A\\\"}\"}")),
    ("a wrapper with many members around many events", |size| wrapped(size, "\"k\":1,", "{\\\"hash\\\":\\\"\\\"}")),
    ("a wrapper with nested members around many events", |size| wrapped(size, "\"k\":{\"a\":1},", "{\\\"hash\\\":1}")),
    ("a wrapper around a wrapper", |size| wrapped(size, "", "{\\\"message\\\":\\\"x\\\"}")),
    ("a wrapper around escapes", |size| wrapped(size, "", "\\u0001")),
    ("backslashes that do not begin an escape", |size| value(size, '"', "\\q", "\"")),
    ("raw control characters", |size| value(size, '"', "\u{1}", "\"")),
    ("quotes around objects", |size| text(size, b"\"{\"hash\":\"\"}\"")),
    ("spaces after a brace", |size| [b"{".as_slice(), &text(size, b" "), b"\\\""].concat()),
    ("braces and spaces", |size| text(size, b"{ ")),
    ("words and tags before a heartbeat", |size| {
        [b"<14>1 - h - - - - ".as_slice(), &text(size, b"a: "), b"HEARTBEAT"].concat()
    }),
];

/// Returns a wrapper whose members and message take half of the size each.
fn wrapped(size: usize, member: &str, piece: &str) -> Vec<u8> {
    let members = if member.is_empty() { String::new() } else { member.repeat(size / 2 / member.len()) };
    format!("{{{members}\"message\":\"{}\"}}", piece.repeat(size / 2 / piece.len())).into_bytes()
}

fn text(size: usize, piece: &[u8]) -> Vec<u8> {
    piece.repeat(size / piece.len())
}

/// Returns an event with as many members as the size takes.
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

/// Returns an event with an object whose name is about `count` bytes long and whose members have short names.
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

/// Returns an event with a value that repeats a piece.
fn value(size: usize, begin: char, piece: &str, end: &str) -> Vec<u8> {
    format!("{HEADER}{{\"event_type\":\"Audit_Event\",\"x\":{begin}{}{end}}}", piece.repeat(size / piece.len()))
        .into_bytes()
}

fn nested(size: usize, open: &str, inner: &str, close: &str) -> Vec<u8> {
    let levels = size / (open.len() + close.len());
    format!("{HEADER}{{\"event_type\":\"A\",\"x\":{}{inner}{}}}", open.repeat(levels), close.repeat(levels))
        .into_bytes()
}

/// Returns events after a header of the maximum length.
fn events(size: usize, event: &str) -> Vec<u8> {
    let part = "p".repeat(255);
    let header = format!("<14>Oct 30 05:31:10 {part} {part}[{part}]: ");
    format!("{header}{}", event.repeat(size / event.len())).into_bytes()
}
