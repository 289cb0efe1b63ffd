//! The kinds of messages that an input has to hand on as they are.

use fastrand::Rng;

/// A message of each kind.
pub fn all() -> Vec<Vec<u8>> {
    let json = r#"{"event_type":"Threat_Event","hostname":"pc-17","username":"CORP\\ann"}"#;
    let text = |text: String| text.into_bytes();
    let mut kinds = vec![
        // The headers that ESET writes, and none.
        text(format!("<12>Oct 30 05:31:10 co7 ERAServer[75]: {json}")),
        text(format!("<14>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - - {json}")),
        text(format!("<14>1 2026-02-27T16:25:37.704Z protect01 ERAServer 3432 - - \u{FEFF}{json}")),
        text(json.to_owned()),
        // What the parsers that come with Fluent Bit do not match.
        b"HEARTBEAT".to_vec(),
        b"<14>".to_vec(),
        b" ".to_vec(),
        b"\t%s %1$n $(x) ${HOME} \x1B[31m\x7F".to_vec(),
        text(
            "Detection type: Trojan Detection name: P\u{159}\u{ed}li\u{161} \u{17e}lu\u{165}ou\u{10d}k\u{fd}"
                .to_owned(),
        ),
        // Ends of lines.
        b"with a carriage return\r".to_vec(),
        b"with a newline\n".to_vec(),
        b"with both\r\n".to_vec(),
        b"first\nsecond\n\nfourth".to_vec(),
        b"\n\nthird".to_vec(),
        b"\n".to_vec(),
        // NULs.
        b"in\0side".to_vec(),
        b"\0before".to_vec(),
        b"behind\0".to_vec(),
        b"behind, with a newline\0\n".to_vec(),
        // Bytes that are not UTF-8, also cut characters at the end.
        b"not UTF-8: \xFF\xFE\x80, and overlong: \xC0\x80, and half a pair: \xED\xA0\x80.".to_vec(),
        b"cut \xC3".to_vec(),
        b"cut \xE2\x82".to_vec(),
        b"cut \xF0\x9F\x98".to_vec(),
        b"\xF0".to_vec(),
        (0x01..=0xFF).collect(),
        // Long ones: around 8 KiB and 32 KiB, where buffers end by default, and the longest datagram.
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

/// What is longer than a datagram may be.
pub fn longer() -> Vec<Vec<u8>> {
    vec![vec![b'g'; LONGEST_DATAGRAM + 1], vec![b'h'; 200_000]]
}

/// What a line can be: neither empty, nor with a newline in it.
pub fn is_line(message: &[u8]) -> bool {
    !message.is_empty() && !message.contains(&b'\n')
}

/// The most that fits a UDP datagram on IPv4.
const LONGEST_DATAGRAM: usize = 65_507;
