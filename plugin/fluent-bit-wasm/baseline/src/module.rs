//! The functions that the host calls, as in `eset_filter.wasm`. They are left out on other targets, where nobody does.

use std::sync::Mutex;

use serde_json::{Map, Value};

static ANSWER: Mutex<String> = Mutex::new(String::new());

/// The host's way to get `size` bytes for a record.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn malloc(size: usize) -> *mut u8 {
    Box::leak(vec![0; size].into_boxed_slice()).as_mut_ptr()
}

/// The host's way to give them back. A benchmark is over before that matters.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn free(_memory: *mut u8) {}

/// Filters a record.
///
/// # Safety
///
/// `record` is the address of `record_len` bytes that stay unchanged during the call.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn eset_filter(
    _tag: *const u8,
    _tag_len: u32,
    _sec: u32,
    _nsec: u32,
    record: *const u8,
    record_len: u32,
) -> *const u8 {
    // SAFETY: the caller keeps this function's own promise.
    let record = unsafe { std::slice::from_raw_parts(record, record_len as usize) };
    let mut answer = ANSWER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *answer = filter(record).unwrap_or_default();
    answer.push('\0');
    answer.as_ptr()
}

fn filter(record: &[u8]) -> Option<String> {
    let mut record: Map<String, Value> = serde_json::from_slice(record).ok()?;
    let Some(Value::String(message)) = record.remove("log") else { return None };
    let mut event = crate::event(&message)?;
    for (key, value) in record {
        event.entry(key).or_insert(value);
    }
    serde_json::to_string(&event).ok()
}
