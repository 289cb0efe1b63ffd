//! The kinds of messages that an input has to pass on unchanged.

use fastrand::Rng;

/// Returns a message of each kind.
pub fn all() -> Vec<Vec<u8>> {
    let json = r#"{"event_type":"Threat_Event","hostname":"pc-17","username":"CORP\\ann"}"#;
    let text = |text: String| text.into_bytes();
    let mut kinds = vec![
        // The headers that ESET writes, and no header.
        text(format!("<12>Oct 30 05:31:10 co7 ERAServer[75]: {json}")),
        text(format!("<14>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - - {json}")),
        text(format!("<14>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - - \u{FEFF}{json}")),
        text(json.to_owned()),
        // Messages that the parsers shipped with Fluent Bit do not match.
        b"HEARTBEAT".to_vec(),
        b"<14>".to_vec(),
        b" ".to_vec(),
        b"\t%s %1$n $(x) ${HOME} \x1B[31m\x7F".to_vec(),
        text(
            "Detection type: Trojan Detection name: P\u{159}\u{ed}li\u{161} \u{17e}lu\u{165}ou\u{10d}k\u{fd}"
                .to_owned(),
        ),
        // Line endings.
        b"with a carriage return\r".to_vec(),
        b"with a newline\n".to_vec(),
        b"with both\r\n".to_vec(),
        b"first\nsecond\n\nfourth".to_vec(),
        b"\n\nthird".to_vec(),
        b"\n".to_vec(),
        // NULs.
        b"in\0side".to_vec(),
        b"\0before".to_vec(),
        b"after\0".to_vec(),
        b"after, with a newline\0\n".to_vec(),
        // Bytes that are not UTF-8, including characters cut off at the end.
        b"not UTF-8: \xFF\xFE\x80, and overlong: \xC0\x80, and half a pair: \xED\xA0\x80.".to_vec(),
        b"cut \xC3".to_vec(),
        b"cut \xE2\x82".to_vec(),
        b"cut \xF0\x9F\x98".to_vec(),
        b"\xF0".to_vec(),
        (0x01..=0xFF).collect(),
        // Long messages: around 8 KiB and 32 KiB, the default buffer sizes, and the longest datagram.
        vec![b'a'; 8191],
        vec![b'b'; 8192],
        vec![b'c'; 8193],
        vec![b'd'; 32_767],
        vec![b'e'; 32_769],
        text("\u{159}".repeat(4000)),
        vec![b'f'; LONGEST_DATAGRAM],
    ];
    let mut rng = Rng::with_seed(1);
    kinds.push((0..LONGEST_DATAGRAM).map(|_| rng.u8(..)).collect());
    kinds
}

/// Returns messages that are too long for a datagram.
pub fn longer() -> Vec<Vec<u8>> {
    vec![vec![b'g'; LONGEST_DATAGRAM + 1], vec![b'h'; 200_000]]
}

/// Returns whether a message can be sent as a line: it is not empty and contains no newline.
pub fn is_line(message: &[u8]) -> bool {
    !message.is_empty() && !message.contains(&b'\n')
}

/// The largest payload of a UDP datagram over IPv4, in bytes.
const LONGEST_DATAGRAM: usize = 65_507;
