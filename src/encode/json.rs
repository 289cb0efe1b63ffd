//! JSON (RFC 8259): compact, escaped as `serde_json` does it, non-ASCII text as it is.

use crate::event::{Event, Value};
use crate::json::{self, Shape};
use crate::schema::{ADDITIONAL_FIELDS, Name};
use crate::text::{JsonText, escape_into};

/// Appends the event as a JSON object.
///
/// ```
/// use eset_filter::{Filter, Options, encode};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.read(br#"{"occured":"21-Jun-2021 09:46:15","new":{"key":1}}"#);
/// let mut out = Vec::new();
/// encode::json::write(&events.next().unwrap(), &mut out);
/// assert_eq!(
///     String::from_utf8(out).unwrap(),
///     r#"{"occurred":"2021-06-21T09:46:15Z","parse_status":"ok","additional_fields":{"new_key":1}}"#,
/// );
/// ```
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    write_open(event, out);
    out.push(b'}');
}

/// Appends the event as a JSON object without its closing brace, for further members to follow.
pub(crate) fn write_open(event: &Event<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    event.for_each(|name, value| write_member(name, value, out));
    write_additional_fields(event, out);
    // Every key is written after a comma, and no event is without a first one.
    out[start] = b'{';
}

#[inline]
fn write_member(name: &Name, value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::JsonText(text) => {
            out.extend_from_slice(name.json_text_key.as_bytes());
            text.write_escaped(out);
            out.push(b'"');
        }
        value => {
            out.extend_from_slice(name.json_key().as_bytes());
            write_value(value, out);
        }
    }
}

fn write_additional_fields(event: &Event<'_>, out: &mut Vec<u8>) {
    let mut fields = event.additional_fields().peekable();
    if fields.peek().is_none() {
        return;
    }
    out.extend_from_slice(ADDITIONAL_FIELDS.name.json_key().as_bytes());
    let start = out.len();
    for (key, value) in fields {
        out.push(b',');
        write_quoted(key, out);
        out.push(b':');
        write_value(value, out);
    }
    out[start] = b'{';
    out.push(b'}');
}

/// Appends plain text as a JSON string.
pub(crate) fn write_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(text, out);
    out.push(b'"');
}

fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::JsonText(text) => write_text(text, out),
        Value::Text(text) => write_quoted(text.as_bytes(), out),
        Value::Int(value) => write_int(value, out),
        Value::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::DateTime(value) => {
            out.push(b'"');
            value.write(out);
            out.push(b'"');
        }
        Value::Number(number) => out.extend_from_slice(number.as_bytes()),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Array(array) => write_compact(array, out),
        Value::EmptyObject => out.extend_from_slice(b"{}"),
        Value::AsJsonText(json) => {
            let mut compact = Vec::with_capacity(json.len());
            write_compact(json, &mut compact);
            write_quoted(&compact, out);
        }
    }
}

fn write_text(text: JsonText<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    text.write_escaped(out);
    out.push(b'"');
}

fn write_int(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut left = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends valid JSON without the blanks between its parts, and with its strings in the encoder's own form.
pub(crate) fn write_compact(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        if first == b'"' {
            let Some(string) = json::read_value(rest) else { return };
            debug_assert_eq!(string.shape, Shape::String);
            write_text(JsonText::new(rest, string.span), out);
            rest = &rest[string.span.end + 1..];
            continue;
        }
        let length = rest.bytes().take_while(|byte| !matches!(byte, b'"' | b' ' | b'\t' | b'\n' | b'\r')).count();
        out.extend_from_slice(&rest.as_bytes()[..length]);
        rest = rest[length..].trim_start_matches([' ', '\t', '\n', '\r']);
    }
}
