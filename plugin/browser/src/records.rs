//! Records as JSON, for `JSON.parse` in JavaScript.

use alloc::vec::Vec;

use eset_filter::{Container, Event, Filter, Value, encode};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./records.js")]
extern "C" {
    /// Parses `json`, an array of records. If `has_marks`, the strings in the array are records with marks.
    fn records(json: &str, has_marks: bool) -> JsValue;
}

/// The largest integer up to which a double represents every integer.
const MAX_SAFE: i64 = (1 << 53) - 1;
/// An integer with at most this many digits is below [`MAX_SAFE`].
const SAFE_DIGITS: usize = 15;

/// An array of records as JSON. A record with integers too large for a double is a string in the array. The string is
/// JSON in which `n` precedes the digits of each of these integers, and `s` precedes each text.
#[derive(Debug)]
pub(crate) struct Records {
    json: Vec<u8>,
    has_marks: bool,
    record: Vec<u8>,
    marked: Vec<u8>,
}

impl Default for Records {
    fn default() -> Self {
        Self { json: alloc::vec![b'['], has_marks: false, record: Vec::new(), marked: Vec::new() }
    }
}

impl Records {
    /// Adds the records of a message.
    pub(crate) fn read(&mut self, filter: &mut Filter, message: &[u8]) {
        let mut events = filter.parse(message);
        while let Some(event) = events.next() {
            self.add(&event);
        }
    }

    pub(crate) fn add(&mut self, event: &Event<'_>) {
        if has_large_integer(event) {
            self.add_marked(event);
        } else {
            encode::json::write(event, &mut self.json);
        }
        self.json.push(b',');
    }

    /// Returns the length of the JSON, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.json.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.json.len() == 1
    }

    /// Returns the array and empties it.
    pub(crate) fn take(&mut self) -> JsValue {
        self.json.pop_if(|last| *last == b',');
        self.json.push(b']');
        let array = records(str::from_utf8(&self.json).unwrap_or("[]"), self.has_marks);
        self.json.truncate(1);
        self.has_marks = false;
        array
    }

    #[cold]
    fn add_marked(&mut self, event: &Event<'_>) {
        self.has_marks = true;
        self.record.clear();
        encode::json::write(event, &mut self.record);
        self.marked.clear();
        mark(&self.record, &mut self.marked);
        self.json.push(b'"');
        for byte in &self.marked {
            if matches!(byte, b'"' | b'\\') {
                self.json.push(b'\\');
            }
            // White space inside an array, as it was sent.
            self.json.push(if *byte < b' ' { b' ' } else { *byte });
        }
        self.json.push(b'"');
    }
}

/// Returns whether a record may contain an integer that a double cannot represent.
fn has_large_integer(event: &Event<'_>) -> bool {
    let mut is_large = false;
    event.for_each(|_, value| {
        is_large |= matches!(value, Value::Int(number) if number.unsigned_abs() > MAX_SAFE as u64)
    });
    is_large || event.additional_fields().any(|(_, value)| may_be_large(value))
}

fn may_be_large(value: Value<'_>) -> bool {
    match value {
        Value::Number(number) => number.len() > SAFE_DIGITS,
        Value::Container(container) => has_many_digits(container),
        _ => false,
    }
}

fn has_many_digits(container: Container<'_>) -> bool {
    container
        .json()
        .as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit())
        .any(|run| run.len() > SAFE_DIGITS)
}

/// Appends JSON with marks added.
fn mark(json: &[u8], out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => rest.iter().take_while(|byte| is_of_number(**byte)).count(),
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        let is_key = || after.trim_ascii_start().first() == Some(&b':');
        match first {
            b'"' if !is_key() => {
                out.extend_from_slice(b"\"s");
                out.extend_from_slice(&token[1..]);
            }
            b'-' | b'0'..=b'9' if is_large(token) => {
                out.extend_from_slice(b"\"n");
                out.extend_from_slice(token);
                out.push(b'"');
            }
            _ => out.extend_from_slice(token),
        }
        rest = after;
    }
}

/// Returns the length of a string, including its quotes.
fn string_length(json: &[u8]) -> usize {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', &json[at..]).unwrap_or(json.len() - at);
        match json.get(at) {
            Some(b'\\') => at += 2,
            Some(_) => return at + 1,
            None => return json.len(),
        }
    }
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Returns whether a number is an integer that a double cannot represent.
fn is_large(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let is_integer = digits.len() > SAFE_DIGITS && digits.iter().all(u8::is_ascii_digit);
    let is_safe = || {
        str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).is_some_and(|number: i64| number <= MAX_SAFE)
    };
    is_integer && !is_safe()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_precede_texts_and_large_integers() {
        let cases = [
            (r#"{"a":"b","c":9007199254740991}"#, r#"{"a":"sb","c":9007199254740991}"#),
            (r#"{"a":"","c":9007199254740992}"#, r#"{"a":"s","c":"n9007199254740992"}"#),
            (r#"{"a":-9223372036854775808,"b":1}"#, r#"{"a":"n-9223372036854775808","b":1}"#),
            (r#"{"a":[12345678901234567890 , "\"x\\"]}"#, r#"{"a":["n12345678901234567890" , "s\"x\\"]}"#),
            (r#"{"a\"" : 0.12345678901234567890,"b":1e22}"#, r#"{"a\"" : 0.12345678901234567890,"b":1e22}"#),
            (r#"{"a":{"b" : "c"},"d":[true,null]}"#, r#"{"a":{"b" : "sc"},"d":[true,null]}"#),
        ];
        for (json, expected) in cases {
            let mut marked = Vec::new();
            mark(json.as_bytes(), &mut marked);
            assert_eq!(String::from_utf8(marked).unwrap(), expected);
        }
    }

    #[test]
    fn large_integers_are_found_at_any_depth() {
        let cases = [
            (r#"{"count":9007199254740991}"#, false),
            (r#"{"count":9007199254740992}"#, true),
            (r#"{"count":"-9223372036854775808"}"#, true),
            (r#"{"count":1,"new":9007199254740993}"#, true),
            (r#"{"count":1,"new":[{"a":[9007199254740993]}]}"#, true),
            (r#"{"count":1,"new":[1,2,3],"x":"9007199254740993"}"#, false),
        ];
        for (message, expected) in cases {
            let mut filter = Filter::new(eset_filter::Options::default());
            assert_eq!(has_large_integer(&filter.parse_str(message).next().unwrap()), expected, "{message}");
        }
    }
}
