//! The JSON encoder (RFC 8259). Its output is compact and escaped as by `serde_json`; non-ASCII text is not escaped.

use alloc::vec::Vec;

use crate::event::Event;
use crate::fields::{DateTime, Typed};
use crate::json::{self, Escapes, JsonText, Shape, Sink, escape_into};
use crate::schema::{ADDITIONAL_FIELDS, NAMES, Name, PARSE_STATUS, PAYLOAD_FORMAT};
use crate::value::Value;

/// Appends the event as a JSON object.
///
/// ```
/// use eset_filter::{Filter, Options, encode};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"{"occured":"21-Jun-2021 09:46:15","new":{"key":1}}"#);
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

/// Appends the event as a JSON object without its closing brace, so that further members can be appended.
pub(crate) fn write_open(event: &Event<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    write_fields(event, out);
    if let Some(format) = event.format {
        write_member(&PAYLOAD_FORMAT.name, Value::Text(format), out);
    }
    out.extend_from_slice(PARSE_STATUS.name.json_text_key.as_bytes());
    out.extend_from_slice(event.status.name().as_bytes());
    out.push(b'"');
    event.for_each_further(&mut |name, value| write_member(name, value, out));
    write_additional_fields(event, out);
    // Every key is written after a comma, and every event has at least one key. The first comma becomes the opening
    // brace.
    out[start] = b'{';
}

/// Appends the fields that ESET sent. Nearly all are text that is copied unchanged, so space for all of them is
/// reserved once.
fn write_fields(event: &Event<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    let Event { collected, .. } = event;
    let end = start
        + collected.field_count() * MAX_KEY
        + collected.short_count() * MAX_SHORT
        + collected.length()
        + collected.growth();
    out.resize(end, 0);
    let mut room = Room(&mut out[start..]);
    for (field, typed) in collected.fields() {
        let name = &NAMES[field];
        let Typed::Text(place) = typed else {
            room.put(name.json_key().as_bytes());
            room.put(short(typed, &mut [0; MAX_SHORT]));
            continue;
        };
        room.put(name.json_text_key.as_bytes());
        if place.escapes >= Escapes::Any {
            // A separate sink, because taking the address of `room` would keep `room` out of registers.
            let mut rest = Room(room.0);
            collected.text(event.sources.text, *place).write_escaped(&mut rest);
            room = rest;
        } else if let Some(text) = collected.source(event.sources.text, place.source).get(place.start..place.end) {
            room.put(text);
        }
        room.put(b"\"");
    }
    let left = room.0.len();
    out.truncate(end - left);
}

/// A buffer to write to, large enough for everything that is written.
struct Room<'o>(&'o mut [u8]);

impl Sink for Room<'_> {
    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        match core::mem::take(&mut self.0).split_at_mut_checked(bytes.len()) {
            Some((to, left)) => {
                to.copy_from_slice(bytes);
                self.0 = left;
            }
            None => debug_assert!(false, "the room is too small for the fields"),
        }
    }
}

#[inline(never)]
fn write_member(name: &Name, value: Value<'_>, out: &mut Vec<u8>) {
    if let Value::Text(text) = value {
        out.extend_from_slice(name.json_text_key.as_bytes());
        escape_into(text.as_bytes(), out);
        out.push(b'"');
    } else {
        out.extend_from_slice(name.json_key().as_bytes());
        write_value(value, out);
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
        write_additional_field(key, value, out);
    }
    out[start] = b'{';
    out.push(b'}');
}

/// Appends a member of `additional_fields`, after a comma.
pub(crate) fn write_additional_field(key: &str, value: Value<'_>, out: &mut Vec<u8>) {
    out.push(b',');
    write_string(key.as_bytes(), out);
    out.push(b':');
    write_value(value, out);
}

/// Appends plain text as a JSON string.
pub(crate) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(text, out);
    out.push(b'"');
}

/// Appends a value.
pub(crate) fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::JsonText(text) => write_text(text, out),
        Value::Text(text) => write_string(text.as_bytes(), out),
        Value::Int(value) => out.extend_from_slice(write_int(value, &mut [0; MAX_SHORT])),
        Value::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::DateTime(value) => {
            out.push(b'"');
            value.write(out);
            out.push(b'"');
        }
        Value::Number(number) => out.extend_from_slice(number.as_bytes()),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Container(container) => write_compact(container.json(), out),
        Value::EmptyObject => out.extend_from_slice(b"{}"),
        Value::AsJsonText(json) => {
            let mut compact = Vec::with_capacity(json.len());
            write_compact(json, &mut compact);
            write_string(&compact, out);
        }
    }
}

fn write_text(text: JsonText<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    text.write_escaped(out);
    out.push(b'"');
}

/// The maximum size of a field's key with its JSON punctuation and the quotes of a text value, in bytes.
const MAX_KEY: usize = {
    let (mut longest, mut field) = (0, 0);
    while field < NAMES.len() {
        if NAMES[field].json_text_key.len() > longest {
            longest = NAMES[field].json_text_key.len();
        }
        field += 1;
    }
    longest + r#"""#.len()
};

/// The maximum size of a value that is not text, in bytes: a timestamp with its quotes.
const MAX_SHORT: usize = DateTime::MAX_TEXT + 2;

/// Returns the JSON of a value that is not text. `room` is a buffer for it.
#[inline(always)]
fn short<'r>(typed: &Typed, room: &'r mut [u8; MAX_SHORT]) -> &'r [u8] {
    match typed {
        Typed::Text(_) => b"",
        Typed::Bool(true) => b"true",
        Typed::Bool(false) => b"false",
        Typed::Int(value) => write_int(*value, room),
        Typed::DateTime(time) => {
            let [quote, text @ .., _] = room;
            *quote = b'"';
            let length = time.put(text);
            room[1 + length] = b'"';
            &room[..length + 2]
        }
    }
}

fn write_int(value: i64, room: &mut [u8; MAX_SHORT]) -> &[u8] {
    let mut at = room.len();
    let mut left = value.unsigned_abs();
    loop {
        at -= 1;
        room[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        room[at] = b'-';
    }
    &room[at..]
}

/// Appends valid JSON without whitespace between its tokens, and with its strings escaped as the encoder escapes them.
///
/// ```
/// let mut out = Vec::new();
/// eset_filter::encode::json::write_compact(r#"[ 1, "\u0041\/" ]"#, &mut out);
/// assert_eq!(out, br#"[1,"A/"]"#);
/// ```
pub fn write_compact(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        if first == b'"' {
            let Some(string) = json::read_value(rest) else { return };
            debug_assert_eq!(string.shape, Shape::String);
            write_text(JsonText::new(rest, string.span), out);
            rest = rest.get(string.span.end + 1..).unwrap_or_default();
            continue;
        }
        let length = rest.bytes().take_while(|byte| !matches!(byte, b'"' | b' ' | b'\t' | b'\n' | b'\r')).count();
        out.extend_from_slice(&rest.as_bytes()[..length]);
        rest = rest.get(length..).unwrap_or_default().trim_start_matches([' ', '\t', '\n', '\r']);
    }
}
