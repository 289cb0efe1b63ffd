//! The MessagePack encoder. It writes each value in its shortest form.

use alloc::vec::Vec;
use core::convert::Infallible;

use rmp::encode::{
    ByteBuf, ValueWriteError, write_array_len, write_bool, write_f64, write_map_len, write_nil, write_sint,
    write_str_len, write_uint,
};

use crate::event::Event;
use crate::fields::{DateTime, Number};
use crate::json::JsonText;
use crate::schema::{ADDITIONAL_FIELDS, Name};
use crate::value::{Container, Value};

/// Appends the event as a MessagePack map.
///
/// ```
/// use eset_filter::{Filter, Options, encode};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"{"source_port":"443"}"#);
/// let mut out = Vec::new();
/// encode::msgpack::write(&events.next().unwrap(), &mut out);
/// assert_eq!(out, b"\x82\xABsource_port\xCD\x01\xBB\xACparse_status\xA2ok");
/// ```
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    write_map(event, event.name_count(), out);
}

/// Appends the event as a MessagePack map whose header announces `members` members. The caller appends those that the
/// event does not have.
///
/// ```
/// use eset_filter::{Filter, Options, encode};
///
/// let mut filter = Filter::new(Options::default());
/// let mut events = filter.parse(br#"{"user":"ann"}"#);
/// let event = events.next().unwrap();
/// let mut out = Vec::new();
/// encode::msgpack::write_map(&event, event.name_count() + 1, &mut out);
/// out.extend_from_slice(b"\xA2id\x07");
/// assert_eq!(out, b"\x83\xA4user\xA3ann\xACparse_status\xA2ok\xA2id\x07");
/// ```
pub fn write_map(event: &Event<'_>, members: usize, out: &mut Vec<u8>) {
    let buffer = ByteBuf::from_vec(core::mem::take(out));
    write_members(event, members, &mut Lent { out, buffer }.buffer);
}

/// The vector's memory, lent to `ByteBuf`, the type that `rmp` writes to fastest. It is returned on drop, even after a
/// panic.
struct Lent<'o> {
    out: &'o mut Vec<u8>,
    buffer: ByteBuf,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.out = core::mem::take(&mut self.buffer).into_vec();
    }
}

/// The marker of a string of at most 31 bytes. The length of the string is added to it.
const FIXSTR: u8 = 0xA0;

/// The maximum size of such a string with its marker, in bytes.
const MAX_FIXSTR: usize = 32;

/// Appends a name. The whole array is copied, in two moves, and then truncated, which costs less than a copy of unknown
/// length.
#[inline]
fn write_name(name: &Name, out: &mut Vec<u8>) {
    let length = 1 + usize::from(name.packed[0] & !FIXSTR);
    let end = out.len() + length;
    out.extend_from_slice(&name.packed);
    out.truncate(end);
}

fn write_members(event: &Event<'_>, members: usize, out: &mut ByteBuf) {
    done(write_map_len(out, length(members)));
    event.for_each(|name, value| {
        write_name(name, out.as_mut_vec());
        match value {
            Value::JsonText(text) => write_json_text(text, out),
            value => write_value(value, out),
        }
    });
    let additional = event.additional_fields().count();
    if additional > 0 {
        write_name(&ADDITIONAL_FIELDS.name, out.as_mut_vec());
        done(write_map_len(out, length(additional)));
        for (key, value) in event.additional_fields() {
            write_text(key.as_bytes(), out);
            write_value(value, out);
        }
    }
}

fn done<T>(result: Result<T, ValueWriteError<Infallible>>) -> T {
    match result {
        Ok(value) => value,
        Err(ValueWriteError::InvalidMarkerWrite(never) | ValueWriteError::InvalidDataWrite(never)) => match never {},
    }
}

/// Converts a length to the 32 bits of MessagePack. No shipper accepts a longer text.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Appends a text. Most texts have at most 31 bytes and therefore a header of one byte.
#[inline]
fn write_text(text: &[u8], out: &mut ByteBuf) {
    if text.len() < MAX_FIXSTR {
        out.as_mut_vec().push(FIXSTR | text.len() as u8);
    } else {
        done(write_str_len(out, length(text.len())));
    }
    out.as_mut_vec().extend_from_slice(text);
}

fn write_value(value: Value<'_>, out: &mut ByteBuf) {
    match value {
        Value::JsonText(text) => write_json_text(text, out),
        Value::Text(text) => write_text(text.as_bytes(), out),
        Value::Int(value) => _ = done(write_sint(out, value)),
        Value::Bool(value) => done(write_bool(out, value).map_err(ValueWriteError::InvalidMarkerWrite)),
        Value::DateTime(value) => {
            let mut text = [0; DateTime::MAX_TEXT];
            let length = value.put(&mut text);
            write_text(&text[..length], out);
        }
        Value::Number(number) => write_number(number, out),
        Value::Null => done(write_nil(out).map_err(ValueWriteError::InvalidMarkerWrite)),
        Value::Container(container) => write_container(container, out),
        Value::EmptyObject => _ = done(write_map_len(out, 0)),
        Value::AsJsonText(json) => {
            let mut compact = Vec::with_capacity(json.len());
            crate::encode::json::write_compact(json, &mut compact);
            write_text(&compact, out);
        }
    }
}

fn write_json_text(text: JsonText<'_>, out: &mut ByteBuf) {
    match text.plain() {
        Some(plain) => write_text(plain, out),
        None => write_escaped_text(text, out),
    }
}

/// Appends a text with its escapes resolved. It is decoded after a header of one byte, and moved if it needs a longer
/// header.
fn write_escaped_text(text: JsonText<'_>, out: &mut ByteBuf) {
    let header = out.as_vec().len();
    out.as_mut_vec().push(0);
    text.decode(out.as_mut_vec());
    let end = out.as_vec().len();
    done(write_str_len(out, length(end - header - 1)));
    let out = out.as_mut_vec();
    let mut longer = [0; 5];
    let size = out.len() - end;
    longer[..size].copy_from_slice(&out[end..]);
    out.copy_within(header + 1..end, header + size);
    out[header..header + size].copy_from_slice(&longer[..size]);
    out.truncate(end - 1 + size);
}

/// Appends a number as an integer or a double if that keeps all its digits, otherwise as text.
fn write_number(number: &str, out: &mut ByteBuf) {
    match Number::exact(number) {
        Some(Number::Int(value)) => _ = done(write_sint(out, value)),
        Some(Number::Unsigned(value)) => _ = done(write_uint(out, value)),
        Some(Number::Double(value)) => done(write_f64(out, value)),
        None => write_text(number.as_bytes(), out),
    }
}

/// Appends an array or object. It has at most [`crate::limits::MAX_ARRAY_LEVELS`] levels, which bounds the recursion.
fn write_container(container: Container<'_>, out: &mut ByteBuf) {
    let count = length(container.items().count());
    let _marker = done(if container.is_object() { write_map_len(out, count) } else { write_array_len(out, count) });
    for (key, value) in container.items() {
        if let Some(key) = key {
            write_json_text(key, out);
        }
        write_value(value, out);
    }
}
