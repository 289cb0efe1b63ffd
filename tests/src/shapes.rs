//! Messages that are made to cost: each shape can be had at any size.

/// A shape's name, and the message of that shape with about so many bytes.
pub type Shape = (&'static str, fn(usize) -> Vec<u8>);

const HEADER: &str = "<14>Oct 30 05:31:10 srv ERAServer[75]: ";

const CEF: &str = "CEF:0|ESET|Protect|11.1.20.0|183|a|5|";
const LEEF: &str = "LEEF:1.0|ESET|RemoteAdministrator|10.1.0.0|Threat Event|";

/// The header of a format, and pairs behind it.
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
    ("pairs of CEF", |size| pairs(size, CEF, |at| format!("k{at}=v "))),
    ("pairs of CEF with labels", |size| pairs(size, CEF, |at| format!("cs{0}=v cs{0}Label=N{at} ", at % 9 + 1))),
    ("labels of capitals in CEF", |size| pairs(size, CEF, |at| format!("cs1=v cs1Label={} ", "aB".repeat(at % 200)))),
    ("one label of many values in CEF", |size| {
        pairs(size, &format!("{CEF}cs1Label={} ", "aB".repeat(size / 4)), |at| format!("cs1={at} "))
    }),
    ("control characters in CEF", |size| pairs(size, CEF, |_| "a=\u{1}\u{1}\u{1} ".into())),
    ("backslashes in CEF", |size| pairs(size, CEF, |_| "a=\\\\\\= \\x ".into())),
    ("equals signs in CEF", |size| pairs(size, CEF, |_| "=".into())),
    ("categories in CEF", |size| pairs(size, CEF, |_| "cat=ESET HIPS Event ".into())),
    ("times in CEF", |size| pairs(size, CEF, |_| "rt=Sep 03 2026 15:46:37 CEST ".into())),
    ("bars in CEF", |size| pairs(size, "CEF:0|ESET|", |_| "\\|".into())),
    ("pairs of LEEF", |size| pairs(size, LEEF, |at| format!("threatName{at}=v\t"))),
    ("addresses in LEEF", |size| pairs(size, LEEF, |_| "src=\tsrc=a\t".into())),
    ("one form of many times in LEEF", |size| {
        pairs(size, &format!("{LEEF}devTimeFormat={}\t", "d".repeat(size / 2)), |_| "devTime=1\t".into())
    }),
    ("escaped tabs in LEEF", |size| pairs(size, LEEF, |_| "#011=#011a=#01".into())),
    ("spaces in LEEF", |size| pairs(size, LEEF, |_| "a =     ".into())),
    ("labels of notifications", |size| pairs(size, "Detection name: ", |_| "Object:".into())),
    ("colons in notifications", |size| pairs(size, "Detection name: ", |_| "e:".into())),
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
    ("headers behind each other", |size| text(size, b"<14>Oct 30 05:31:10 relay1 app[7]: ")),
    ("headers behind other text", |size| text(size, b"x <14>Oct 30 05:31:10 relay1 app[7]: x ")),
    ("headers before braces", |size| text(size, b"<14>Oct 30 05:31:10 relay1 app[7]: {")),
    ("headers before broken objects", |size| text(size, b"<14>Oct 30 05:31:10 relay1 app[7]: {\"a\":1 ")),
    ("words behind each other", |size| [b"<14>".as_slice(), &text(size, b"Okt 30 ")].concat()),
    ("objects of others behind each other", |size| text(size, b"{\"a\":\"b\"}")),
    ("objects of others in each other", |size| [text(size, b"{\"a\":"), b"1".to_vec()].concat()),
    ("broken objects of others in each other", |size| text(size, b"{\"a\":1 ")),
    ("objects of others in one that breaks", |size| {
        [b"{\"l\":[".as_slice(), &text(size, b"{\"a\":{}},"), b"x"].concat()
    }),
    ("objects of others in one without an end", |size| {
        [b"{\"l\":[".as_slice(), &text(size, b"{\"a\":{\"b\":1}},")].concat()
    }),
    ("arrays in an object of another without an end", |size| text(size, b"{\"a\":[[[[")),
    ("escaped objects behind each other", |size| text(size, b"{\\\"event_type\\\":\\\"A\\\"}")),
    ("escaped objects in one that has no end", |size| {
        [b"{\"message\":\"".as_slice(), &text(size, b"{\\\"event_type\\\":\\\"A\\\"}")].concat()
    }),
    ("starts of escaped objects", |size| text(size, b"{\\\"")),
    ("starts of escaped objects in one that has no end", |size| {
        [b"{\"message\":\"".as_slice(), &text(size, b"{\\\"a\\\":")].concat()
    }),
    ("wrappers behind each other", |size| text(size, b"{\"message\":\"{\\\"event_type\\\":\\\"A\\\"}\"}")),
    ("a wrapper with many members around many events", |size| wrapped(size, "\"k\":1,", "{\\\"hash\\\":\\\"\\\"}")),
    ("a wrapper with nested members around many events", |size| wrapped(size, "\"k\":{\"a\":1},", "{\\\"hash\\\":1}")),
    ("a wrapper around a wrapper", |size| wrapped(size, "", "{\\\"message\\\":\\\"x\\\"}")),
    ("a wrapper around escapes", |size| wrapped(size, "", "\\u0001")),
    ("backslashes that begin no escape", |size| value(size, '"', "\\q", "\"")),
    ("raw control characters", |size| value(size, '"', "\u{1}", "\"")),
    ("quotes around objects", |size| text(size, b"\"{\"hash\":\"\"}\"")),
    ("blanks behind a brace", |size| [b"{".as_slice(), &text(size, b" "), b"\\\""].concat()),
    ("braces and blanks", |size| text(size, b"{ ")),
    ("words and tags before a heartbeat", |size| {
        [b"<14>1 - h - - - - ".as_slice(), &text(size, b"a: "), b"HEARTBEAT"].concat()
    }),
];

/// A wrapper with members and a message, each of which has half of the size.
fn wrapped(size: usize, member: &str, piece: &str) -> Vec<u8> {
    let members = if member.is_empty() { String::new() } else { member.repeat(size / 2 / member.len()) };
    format!("{{{members}\"message\":\"{}\"}}", piece.repeat(size / 2 / piece.len())).into_bytes()
}

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
