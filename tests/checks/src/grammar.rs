//! JSON messages that occasionally violate the JSON grammar, at every point where it can be violated.
//!
//! Bytes choose the contents of a message, so that property tests, fuzzers and random numbers can all drive the
//! choices. When no bytes are left, the simplest choice is made and the message ends.

use crate::oracle::FIELDS;

/// Texts before the JSON of a message.
const STARTS: [&str; 28] = [
    "",
    "",
    "",
    "x ",
    "[",
    "{eth0} ",
    "{",
    "}",
    "\"",
    "\u{FEFF}",
    "{\"a\":1 ",
    "{\"a\":tru ",
    "{\"a\" ",
    "{\"event_type\":\"A\" ",
    "{\"event_type\"::\"A\",\"x\":",
    "<14>",
    "<14>Oct 30 05:31:10 protect01 ERAServer[75]: ",
    "<14>1 2026-02-27T16:25:37Z protect01 ERAServer 3432 - - ",
    "ERAServer[75]: ",
    "512 <14>1 - h a p m [x y=\"{\"] ",
    "<13>Oct 30 05:31:11 relay1 <14>Oct 30 05:31:10 - ERAServer[75]: ",
    "<14>Okt 30 05:31:10 CEST relay1 protect01 ERAServer[75]: ",
    "2026-02-27T16:25:37.704159263Z stdout F ",
    "x <14>2026-02-27 16:25:37 protect01 ERAServer[75]: ",
    "@cee: ",
    "x=\"1\" ",
    "{\"a\":\"1\",\"b\":tru ",
    "7\",\"a\":{\"b\":1}} ",
];

/// Texts between two objects and after the last one.
const BETWEEN: [&str; 16] =
    ["", "", " ", ",", ", ", "\n", "x", "}", "} ", "}}", "{", "{x} ", "]", "\"", "#015\r\n", "}{\"event_type\":\"B\"}"];

/// Replacements for an expected token. Empty ones mean that the token is missing.
pub const WRONG: [&[u8]; 28] = [
    b"",
    b"",
    b" ",
    b",",
    b",,",
    b":",
    b"::",
    b"{",
    b"}",
    b"{}",
    b"[",
    b"]",
    b"\"",
    b"\"\"",
    b"{\"",
    b"\"}",
    b"\\",
    b"x",
    b"0",
    b"-",
    b"'",
    b"\x01",
    b"\0",
    b"\x0C",
    b"\xC2\xA0",
    b"\xEF\xBB\xBF",
    b"\xC3",
    b"null",
];

/// White space that JSON allows between its tokens. Within a string it allows only spaces.
pub const WHITE_SPACE: [&str; 6] = [" ", "\t", "\n", "\r", "  ", " \r\n"];

/// Keys that are chosen often, so that a message repeats some of them.
const KEYS: [&str; 16] = [
    "event_type",
    "event_type",
    "hostname",
    "hostname",
    "severity",
    "occured",
    "occurred",
    "source_port",
    "inbound",
    "count",
    "a",
    "a_b",
    "b",
    "x",
    "",
    "parse_status",
];

/// The pieces of strings.
const PIECES: [&str; 32] = [
    "a",
    "b",
    "text ",
    "1",
    "443",
    "true",
    "yes",
    "{",
    "}",
    "{}",
    "[",
    "]",
    ",",
    ":",
    "'",
    "#015",
    "\\\"",
    "\\\\",
    "\\/",
    "\\n",
    "\\u0041",
    "\\u00e9",
    "\\u0000",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\ude00",
    "é",
    "😀",
    "\u{7F}",
    "\u{9B}",
    "\u{202E}",
    "\u{FFFD}",
];

/// Bytes that RFC 8259 does not allow in a string, and bytes that may form an escape with the next piece.
const DAMAGE: [&[u8]; 12] =
    [b"\\x", b"\\", b"\\u", b"\\u12", b"\\u12g4", b"\\{", b"\n", b"\t", b"\0", b"\x1F", b"\xC3", b"\xFF"];

/// Members of a wrapper other than its message.
const AROUND: [&str; 12] = [
    "\"host\":\"relay1\"",
    "\"hostname\":\"relay1\"",
    "\"severity\":6",
    "\"a\":{\"b\":1}",
    "\"a_b\":[]",
    "\"x\":\"C:\\Data\"",
    "\"event_type\":\"\"",
    "\"event_type\":\"A\"",
    "\"Message\":\"HEARTBEAT\"",
    "\"message\":\" \"",
    "\"log\":5",
    "\"msg\":tru",
];

const MESSAGE_KEYS: [&str; 6] = ["message", "log", "msg", "MESSAGE", "Message", "text"];

/// Strings that fit a type or nearly fit it.
const TYPED: [&str; 24] = [
    "21-Jun-2021 09:46:15",
    "1-feb-2024 00:00:00",
    "30-Feb-2021 09:46:15",
    "2021-06-21T09:46:15.250+02:00",
    "20231026T132530Z",
    "2021-06-21",
    "2021-06-21 09:46",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59,999-00:01",
    "2021-06-21T24:00:00Z",
    "443",
    "-0",
    "+1",
    "01",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1.0",
    "",
    "TRUE",
    "no",
    "0",
    "10",
    "null",
];

const NUMBERS: [&str; 32] = [
    "0",
    "1",
    "-0",
    "-0.0",
    "443",
    "1.10",
    "1E+5",
    "1e5",
    "0e999",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "0.1234567890123456789",
    "123456789012345",
    "1.23456789012345",
    "1.234567890123456",
    "1e22",
    "1e23",
    "1e307",
    "9.99e307",
    "1e308",
    "-1E+308",
    "1e309",
    "0.00001e313",
    "1e400",
    "1e-310",
    "1e-400",
    "1e99999999999999999999999999999999999999",
    "1e-99999999999999999999",
];

const DIGITS: [&str; 12] = ["0", "1", "9", "00", "12345678", "-", "+", ".", "e", "E", "e-", "308"];

const LITERALS: [&str; 12] =
    ["true", "false", "null", "null", "tru", "truex", "nul", "True", "None", "NaN", "falsefalse", "true\""];

/// The possible numbers of repetitions of a part.
const REPEATS: [usize; 16] = [0, 1, 2, 3, 7, 8, 9, 10, 31, 62, 63, 64, 65, 66, 150, 300];

/// Creates the message that these bytes choose.
pub fn message(bytes: &[u8]) -> Vec<u8> {
    let mut writer = Writer { bytes, out: Vec::new() };
    let relay = writer.below(16);
    writer.message();
    writer.relay(relay);
    writer.out
}

struct Writer<'b> {
    bytes: &'b [u8],
    out: Vec<u8>,
}

impl Writer<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// Returns `true` once in `times` on average, and never when no bytes are left.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn put_one_of<T: AsRef<[u8]>>(&mut self, texts: &[T]) {
        let at = self.below(texts.len());
        self.put(&texts[at]);
    }

    fn message(&mut self) {
        match self.below(48) {
            47 => {
                // Every record repeats the host.
                let host = "h".repeat(self.below(256));
                self.put(format!("<14>1 - {host} a - - - "));
                self.many();
            }
            32..47 => self.put_one_of(&STARTS),
            _ => {}
        }
        loop {
            let start = self.out.len();
            match self.below(16) {
                0..14 => self.object(0),
                14 => self.deep(),
                _ => self.many(),
            }
            if self.once_in(4) {
                // ESET truncates messages in this way. Another message may follow directly.
                let length = self.out.len() - start;
                let kept = (self.below(256) * 256 + self.below(256)) % (length + 1);
                self.out.truncate(start + kept);
                if self.once_in(2) {
                    continue;
                }
            }
            if self.bytes.len() < 8 || self.once_in(3) {
                break;
            }
            self.put_one_of(&BETWEEN);
        }
        if self.once_in(4) {
            self.put_one_of(&BETWEEN);
        }
    }

    /// Changes the message as a relay does: wraps it, or escapes it once too often.
    fn relay(&mut self, choice: usize) {
        match choice {
            12 | 13 => self.wrap(),
            14 => {
                let message = std::mem::take(&mut self.out);
                let is_quoted = self.once_in(2);
                self.put(if is_quoted { "\"" } else { "" });
                self.put_escaped(&message);
                self.put(if is_quoted { "\"" } else { "" });
            }
            15 => {
                self.wrap();
                self.wrap();
            }
            _ => {}
        }
    }

    fn wrap(&mut self) {
        let message = std::mem::take(&mut self.out);
        if self.once_in(8) {
            self.put_one_of(&STARTS);
        }
        self.put("{");
        for _ in 0..self.below(3) {
            self.put_one_of(&AROUND);
            self.put(",");
        }
        self.put("\"");
        self.put_one_of(&MESSAGE_KEYS);
        self.put("\":\"");
        if self.once_in(8) {
            self.put("<14>Oct 30 05:31:10 srv ERAServer[75]: ");
        }
        let is_heartbeat = self.once_in(32);
        self.put_escaped(if is_heartbeat { b"HEARTBEAT" } else { &message });
        self.put("\"");
        for _ in 0..self.below(3) {
            self.put(",");
            self.put_one_of(&AROUND);
        }
        self.put("}");
        if self.once_in(4) {
            let length = self.out.len();
            let kept = (self.below(256) * 256 + self.below(256)) % (length + 1);
            self.out.truncate(kept);
        }
        if self.once_in(8) {
            self.put_one_of(&BETWEEN);
        }
    }

    fn put_escaped(&mut self, text: &[u8]) {
        for byte in text {
            match byte {
                b'"' | b'\\' => self.put([b'\\', *byte]),
                b'\n' => self.put("\\n"),
                byte => self.put([*byte]),
            }
        }
    }

    /// Writes the expected token or something else. White space around the token is valid.
    fn mark(&mut self, due: &str) {
        match self.below(64) {
            63 => self.put_one_of(&WRONG),
            62 => {
                self.put(due);
                self.put_one_of(&WRONG);
            }
            60 | 61 => {
                self.put_one_of(&WHITE_SPACE);
                self.put(due);
                self.put_one_of(&WHITE_SPACE);
            }
            _ => self.put(due),
        }
    }

    fn object(&mut self, levels: usize) {
        self.mark("{");
        for at in 0..self.below(7) {
            if at > 0 {
                self.mark(",");
            }
            self.key();
            self.mark(":");
            self.value(levels);
        }
        self.mark("}");
    }

    fn key(&mut self) {
        self.mark("\"");
        match self.below(16) {
            0..8 => self.put_one_of(&KEYS),
            8..11 => {
                let (name, _, aliases) = FIELDS[self.below(FIELDS.len())];
                let alias = aliases.first().filter(|_| self.once_in(2));
                self.put(alias.unwrap_or(&name));
            }
            11 | 12 => {
                let key = KEYS[self.below(KEYS.len())];
                for letter in key.chars() {
                    if self.once_in(3) {
                        self.put(format!("\\u{:04x}", letter as u32))
                    } else {
                        self.put(letter.to_string())
                    }
                }
            }
            13 => self.long_key(),
            _ => self.pieces(),
        }
        self.mark("\"");
    }

    /// Writes a key of about the maximum length of names.
    fn long_key(&mut self) {
        let (letter, bytes) = [("k", 1), ("é", 2), ("\\u006b", 1), ("\\u00e9", 2), ("\\\"", 1)][self.below(5)];
        let length = [1, 20, 126, 127, 128, 250, 254, 255, 256, 257, 258][self.below(11)];
        self.put(letter.repeat(length / bytes));
    }

    fn value(&mut self, levels: usize) {
        match self.below(32) {
            0..10 => self.string(),
            10..15 => {
                self.put("\"");
                self.put_one_of(&TYPED);
                self.mark("\"");
            }
            15..21 => self.number(),
            21..24 => self.put_one_of(&LITERALS),
            24 => self.put_one_of(&WRONG),
            25 => self.put("{}"),
            26 => self.deep(),
            27 => self.many_members(),
            _ if levels > 4 => self.put("1"),
            28 => self.array(levels + 1),
            _ => self.object(levels + 1),
        }
    }

    fn array(&mut self, levels: usize) {
        self.mark("[");
        for at in 0..self.below(4) {
            if at > 0 {
                self.mark(",");
            }
            self.value(levels);
        }
        self.mark("]");
    }

    fn string(&mut self) {
        self.mark("\"");
        self.pieces();
        self.mark("\"");
    }

    fn pieces(&mut self) {
        for _ in 0..self.below(5) {
            if self.once_in(32) { self.put_one_of(&DAMAGE) } else { self.put_one_of(&PIECES) }
        }
    }

    fn number(&mut self) {
        match self.below(4) {
            0 => self.put("1"),
            1 | 2 => self.put_one_of(&NUMBERS),
            _ => (0..1 + self.below(5)).for_each(|_| self.put_one_of(&DIGITS)),
        }
    }

    /// Writes nested objects or arrays, closed or not.
    fn deep(&mut self) {
        let levels = REPEATS[self.below(14)];
        let (open, close) =
            [("{\"a\":", "}"), ("[", "]"), ("{\"event_type\":{\"b\":", "}}"), ("[{\"a\":", "}]")][self.below(4)];
        self.put(open.repeat(levels));
        self.put_one_of(&["1", "\"x\"", "{}", "[]", "{\"event_type\":\"C\"}", "tru", "1e400", ""]);
        let closed = levels.saturating_sub(self.below(3));
        self.put(close.repeat(closed));
    }

    /// Writes many objects in a row, or an object with many members.
    fn many(&mut self) {
        let count = REPEATS[self.below(REPEATS.len())];
        match self.below(8) {
            0 => self.put("{}".repeat(count)),
            1 => self.put("{\"a\":1}".repeat(count)),
            2 => self.put("{\"a\":1 ".repeat(count)),
            3 => self.put("{\"a\":\"{\"".repeat(count)),
            4 => self.put("{\"event_type\":\"x\",".repeat(count)),
            5 => self.put("{\"event_type\":\"x\",}".repeat(count)),
            _ => {
                self.put("{\"event_type\":\"A\",\"");
                self.long_key();
                self.put("\":");
                self.many_members();
                self.put("}");
            }
        }
    }

    /// Writes an object with many members. Its key becomes part of their names.
    fn many_members(&mut self) {
        let count = REPEATS[self.below(REPEATS.len())];
        let is_numbered = self.once_in(2);
        self.put("{");
        for at in 0..count {
            if is_numbered { self.put(format!("\"k{at}\":{at},")) } else { self.put("\"a\":{\"b\":\"\"},") }
        }
        self.put("\"\":0}");
    }
}
