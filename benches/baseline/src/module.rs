//! The functions that Fluent Bit calls, as in `eset_filter.wasm`. They are compiled only for WebAssembly, because
//! nothing calls them on other targets.

use std::sync::Mutex;

use eset_filter::{Filter, Options, Raw, SyslogFields, encode};
use once_cell::sync::Lazy;
use serde_json::{Map, Value};

static ANSWER: Mutex<String> = Mutex::new(String::new());

/// Allocates `size` bytes for a record.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn malloc(size: usize) -> *mut u8 {
    Box::leak(vec![0; size].into_boxed_slice()).as_mut_ptr()
}

/// Does nothing. A benchmark ends before the leaked memory matters.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn free(_memory: *mut u8) {}

/// Filters a record.
///
/// # Safety
///
/// `record` is the address of `record_len` bytes that do not change during the call.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn eset_filter(
    _tag: *const u8,
    _tag_len: u32,
    _sec: u32,
    _nsec: u32,
    record: *const u8,
    record_len: u32,
) -> *const u8 {
    // SAFETY: guaranteed by the caller.
    let record = unsafe { std::slice::from_raw_parts(record, record_len as usize) };
    let mut answer = ANSWER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *answer = filter(record).unwrap_or_default();
    answer.push('\0');
    answer.as_ptr()
}

/// Converts all events of a message to MessagePack, as the native filter does, and discards the result. It is only
/// called to count instructions.
///
/// # Safety
///
/// `message` is the address of `message_len` bytes that do not change during the call.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn all_records(
    _tag: *const u8,
    _tag_len: u32,
    _sec: u32,
    _nsec: u32,
    message: *const u8,
    message_len: u32,
) -> *const u8 {
    // SAFETY: guaranteed by the caller.
    let message = unsafe { std::slice::from_raw_parts(message, message_len as usize) };
    let mut state = LIBRARY.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (filter, records) = &mut *state;
    records.clear();
    let mut events = filter.parse(message);
    while let Some(event) = events.next() {
        encode::msgpack::write(&event, records);
    }
    c"".as_ptr().cast()
}

static LIBRARY: Lazy<Mutex<(Filter, Vec<u8>)>> = Lazy::new(|| {
    let options = Options::for_shipper().raw(Raw::Always).syslog_fields(SyslogFields::All);
    Mutex::new((Filter::new(options), Vec::new()))
});

fn filter(record: &[u8]) -> Option<String> {
    let mut record: Map<String, Value> = serde_json::from_slice(record).ok()?;
    let Some(Value::String(message)) = record.remove("log") else { return None };
    let mut event = crate::event(&message)?;
    for (key, value) in record {
        event.entry(key).or_insert(value);
    }
    serde_json::to_string(&event).ok()
}
