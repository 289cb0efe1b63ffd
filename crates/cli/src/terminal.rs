//! Makes text from messages safe for a terminal: it must not control the terminal, hide text, or change the order of
//! text.
//!
//! The following characters are replaced or escaped: control characters (C0, DEL, C1), format characters (directional,
//! zero-width, tags, interlinear annotations), line and paragraph separators, private and unassigned characters, and
//! the few printable characters that are invisible. The Unicode tables of the standard library classify the characters.

use std::fmt::Write;

/// Returns the text on one line, with unsafe characters replaced by visible ones.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(harmless_char).collect()
}

/// Returns the character to show for `char` in a line of text.
pub(crate) fn harmless_char(char: char) -> char {
    match char {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        _ if is_shown(char) => char,
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Appends equivalent JSON on one line, with unsafe characters escaped.
pub(crate) fn escape_json(json: &str, out: &mut Vec<u8>) {
    let mut copied = 0;
    for (at, char) in json.char_indices().filter(|(_, char)| !is_shown(*char)) {
        out.extend_from_slice(&json.as_bytes()[copied..at]);
        copied = at + char.len_utf8();
        match char {
            // Valid JSON contains these only between tokens.
            '\t' | '\n' | '\r' => out.push(b' '),
            _ => escape(char, out),
        }
    }
    out.extend_from_slice(&json.as_bytes()[copied..]);
}

fn escape(char: char, out: &mut Vec<u8>) {
    let mut escapes = String::new();
    for unit in char.encode_utf16(&mut [0; 2]) {
        // Writing to a string does not fail.
        let _ = write!(escapes, "\\u{unit:04x}");
    }
    out.extend_from_slice(escapes.as_bytes());
}

/// Returns whether a terminal only displays the character.
fn is_shown(char: char) -> bool {
    match char {
        '\0'..='\u{7F}' => !char.is_ascii_control(),
        '\u{2028}' | '\u{2029}' => false,
        // Variation selectors, joiners and fillers are printable by their category, but invisible.
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => false,
        '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0100}'..='\u{E01EF}' => false,
        _ => is_space(char) || is_printable(char),
    }
}

/// Returns whether the character is a space, which may have any width.
fn is_space(char: char) -> bool {
    char.is_whitespace() && !char.is_control()
}

/// Returns whether the standard library leaves the character unescaped in debug output. The character is tested after a
/// letter, where combining marks are not escaped.
fn is_printable(char: char) -> bool {
    let mut text = [b'a', 0, 0, 0, 0];
    let length = 1 + char.encode_utf8(&mut text[1..]).len();
    str::from_utf8(&text[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_escaped(char: char) {
        let (json, mut out) = (format!("{{\"a\":\"b{char}c\"}}"), Vec::new());
        escape_json(&json, &mut out);
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains(char), "{char:?}: {out:?}");
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(value["a"].as_str().unwrap(), format!("b{char}c"));
        assert_eq!(harmless(&format!("b{char}c")).replace('\u{FFFD}', " "), "b c", "{char:?}");
    }

    #[test]
    fn controls_and_invisible_characters_are_escaped() {
        let controls = ('\0'..='\u{1F}').filter(|char| !matches!(char, '\t' | '\n' | '\r')).chain('\u{7F}'..='\u{9F}');
        let directions = ['\u{61C}', '\u{200E}', '\u{200F}'].into_iter();
        let directions = directions.chain('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}');
        let widthless = ('\u{200B}'..='\u{200D}').chain('\u{2060}'..='\u{2065}').chain(['\u{AD}', '\u{FEFF}']);
        let separators = ['\u{2028}', '\u{2029}'].into_iter();
        let annotations = '\u{FFF9}'..='\u{FFFB}';
        let tags = '\u{E0000}'..='\u{E007F}';
        let selectors = ('\u{FE00}'..='\u{FE0F}').chain('\u{E0100}'..='\u{E01EF}').chain('\u{180B}'..='\u{180F}');
        let fillers = ['\u{34F}', '\u{115F}', '\u{1160}', '\u{17B4}', '\u{3164}', '\u{FFA0}'].into_iter();
        let deprecated = ('\u{206A}'..='\u{206F}').chain('\u{1D173}'..='\u{1D17A}');
        let private = ['\u{E000}', '\u{F8FF}', '\u{F0000}', '\u{10FFFD}'].into_iter();
        let unassigned = ['\u{378}', '\u{FDD0}', '\u{FFFE}', '\u{FFFF}', '\u{10FFFF}'].into_iter();
        for char in controls.chain(directions).chain(widthless).chain(separators).chain(annotations).chain(tags) {
            is_escaped(char);
        }
        for char in selectors.chain(fillers).chain(deprecated).chain(private).chain(unassigned) {
            is_escaped(char);
        }
    }

    #[test]
    fn text_in_any_script_is_unchanged() {
        let text =
            "Żółć, Ærø; привет «мир»; שלום; مرحبا; हिन्दी; 日本語 かな　한국어; ไทย; 🎉 e\u{301} \u{A0}€ \u{FFFD}\\\"";
        let mut out = Vec::new();
        escape_json(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
        assert_eq!(harmless(text), text);
    }

    #[test]
    fn whitespace_between_json_tokens_becomes_spaces() {
        let mut out = Vec::new();
        escape_json("{\t\"a\"\r:\n\"\\n\u{7f}\u{9b}\u{e0041}\"}", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "{ \"a\" : \"\\n\\u007f\\u009b\\udb40\\udc41\"}");
    }

    #[test]
    fn a_line_of_text_stays_one_line() {
        assert_eq!(harmless("a\tb\r\nc\u{2028}d\u{1b}[2J"), "a b  c d\u{FFFD}[2J");
    }
}
