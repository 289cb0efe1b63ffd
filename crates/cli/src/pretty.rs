//! Human-readable, indented JSON. Characters that control a terminal are escaped.
//!
//! The text is reformatted token by token instead of being parsed into values and written again. Numbers therefore keep
//! all their digits, and duplicate keys remain.

use crate::terminal;

const INDENT: &[u8] = b"  ";

/// Appends valid JSON with the indentation of `serde_json`.
pub(crate) fn write(text: &str, out: &mut Vec<u8>) {
    let json = text.as_bytes();
    let mut depth = 0;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'"' => {
                let end = string_end(json, at);
                terminal::escape_json(text.get(at - 1..end).unwrap_or_default(), out);
                at = end;
            }
            b'{' | b'[' => {
                out.push(byte);
                let next = json[at..].iter().position(|byte| !byte.is_ascii_whitespace());
                match next.map(|offset| (json[at + offset], at + offset + 1)) {
                    Some((close @ (b'}' | b']'), after)) => {
                        out.push(close);
                        at = after;
                    }
                    _ => {
                        depth += 1;
                        new_line(depth, out);
                    }
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                new_line(depth, out);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                new_line(depth, out);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
    }
}

/// Returns the offset after the closing quote of a string. The contents of the string begin at `at`.
fn string_end(json: &[u8], mut at: usize) -> usize {
    while let Some(offset) = memchr::memchr2(b'"', b'\\', &json[at..]) {
        at += offset + 1;
        if json[at - 1] == b'"' {
            return at;
        }
        at = (at + 1).min(json.len());
    }
    json.len()
}

fn new_line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    for _ in 0..depth {
        out.extend_from_slice(INDENT);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn pretty(json: &str) -> String {
        let mut out = Vec::new();
        write(json, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn layout_matches_serde_json() {
        for json in [
            "{}",
            "{ }",
            r#"{"a":1}"#,
            r#"{"a":[],"b":{},"c":[1,[2,{"d":null}],"x,y:{}[]"],"e":"q\"\\","f":true}"#,
            r#" { "a" : [ 1 , 2 ] } "#,
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(pretty(json), serde_json::to_string_pretty(&value).unwrap());
        }
    }

    #[test]
    fn digits_and_repeated_keys_are_kept() {
        let json = r#"{"a":100000000000000000000000000000001,"a":1.10}"#;
        assert_eq!(pretty(json), "{\n  \"a\": 100000000000000000000000000000001,\n  \"a\": 1.10\n}");
    }

    #[test]
    fn terminal_controls_are_escaped() {
        assert_eq!(pretty("{\"\u{9b}1m\":[\"\u{202e}x\"]}"), "{\n  \"\\u009b1m\": [\n    \"\\u202ex\"\n  ]\n}");
    }

    #[test]
    fn truncated_text_does_not_panic() {
        for json in ["{", "\"", "{\"a\\", "}", "]]", "[\"\\\""] {
            pretty(json);
        }
    }
}
