//! `flb-filter_eset.so`: the filter as a native plugin for Fluent Bit, versions 2.1 to 5.1.
//!
//! Fluent Bit loads the file (`plugins:` in its configuration, or `-e`), finds the description [`filter_eset_plugin`]
//! in it, and calls the functions named there: once per instance at start-up, for each chunk of records, and at
//! shutdown. The properties of an instance are the contract's options (`message_key`, `raw`, `heartbeats`,
//! `syslog_fields`, `record_limit`) and `request_limit`, for outputs that send a chunk as one request to an API with a
//! limit.
//!
//! A chunk is read in place and rewritten into one buffer. `chunk` finds the events, `record` passes the message of
//! each event to the core, and both use `msgpack`. `split` keeps chunks below the limit. `host` calls Fluent Bit, `abi`
//! declares the interface, and `registry` tells the versions of Fluent Bit apart.
//!
//! # What it does not do
//!
//! Binary values are treated as text, as Fluent Bit does when it writes JSON. Timestamps and metadata are ignored.
//! `request_limit` works only under `filters:`, because a processor must not append to its input. A misspelt property
//! is found only if it resembles a real one, because a plugin sees only the properties that it asks for.

mod abi;
mod chunk;
mod host;
mod instance;
mod json_size;
mod msgpack;
mod properties;
mod record;
mod registry;
mod split;
mod stack;

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;
use std::sync::atomic::{AtomicBool, Ordering};

use abi::{FILTER_LOGS, FILTER_MODIFIED, FILTER_NOTOUCH, FilterInstance, FilterPlugin, InputInstance};
use host::{Host, log_error};
use instance::{Answer, Instance};

/// The description of the filter, under the name that Fluent Bit derives from the file name.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "Fluent Bit looks up this name")]
pub static filter_eset_plugin: FilterPlugin = FilterPlugin {
    event_type: FILTER_LOGS,
    flags: 0,
    name: c"eset".as_ptr(),
    description: c"Turns raw ESET PROTECT syslog into flat, typed records".as_ptr(),
    config_map: null(),
    first: start,
    second: init_or_filter,
    third: filter_or_exit,
    fourth: exit,
    notification: None,
    links: [null(); 8],
};

/// Whether Fluent Bit is 2.2 or newer. This is known before the first chunk arrives.
static SINCE_2_2: AtomicBool = AtomicBool::new(false);

/// Creates an instance's filter from its properties. Newer versions also call this to check a configuration, and then
/// call it again.
///
/// # Safety
///
/// `instance` is an instance of Fluent Bit.
unsafe extern "C" fn start(instance: *mut FilterInstance, _config: *mut c_void, _data: *mut c_void) -> c_int {
    // SAFETY: Fluent Bit passed its instance to this call.
    let made = catch_unwind(|| unsafe {
        let host = Host::get()?;
        let properties = properties::read(|name| host.property(name, instance).map(|value| value.to_string_lossy()))?;
        if properties.request_limit.is_some() {
            host.can_append()?;
        }
        host.set_context(instance, registry::insert(instance, Instance::new(properties)));
        Ok::<_, String>(())
    });
    match made.unwrap_or_else(|panic| Err(chunk::message(panic.as_ref()))) {
        Ok(()) => 0,
        Err(error) => {
            // SAFETY: as above.
            unsafe { log_error(instance, error) };
            -1
        }
    }
}

/// Since 2.2, called once for an instance that has been started, and does nothing. In 2.1, filters a chunk, whose
/// address differs from that of any instance.
///
/// # Safety
///
/// As for [`filter`]. When called for an instance, only the first argument is set, and no other is read.
unsafe extern "C" fn init_or_filter(
    data: *const c_void,
    bytes: usize,
    tag: *const c_char,
    tag_len: c_int,
    out_data: *mut *mut c_void,
    out_bytes: *mut usize,
    instance: *mut FilterInstance,
    input: *mut InputInstance,
    context: *mut c_void,
    config: *mut c_void,
) -> c_int {
    if registry::is_instance(data) {
        SINCE_2_2.store(true, Ordering::Relaxed);
        return 0;
    }
    // SAFETY: Fluent Bit is 2.1, and this is its call for a chunk.
    unsafe { filter(data, bytes, tag, tag_len, out_data, out_bytes, instance, input, context, config) }
}

/// Since 2.2, filters a chunk. In 2.1, shuts down an instance.
///
/// # Safety
///
/// As for [`filter`] or [`exit`]. At shutdown, only the first argument is read.
unsafe extern "C" fn filter_or_exit(
    data: *const c_void,
    bytes: usize,
    tag: *const c_char,
    tag_len: c_int,
    out_data: *mut *mut c_void,
    out_bytes: *mut usize,
    instance: *mut FilterInstance,
    input: *mut InputInstance,
    context: *mut c_void,
    config: *mut c_void,
) -> c_int {
    if !SINCE_2_2.load(Ordering::Relaxed) {
        registry::remove(data);
        return 0;
    }
    // SAFETY: guaranteed by the caller.
    unsafe { filter(data, bytes, tag, tag_len, out_data, out_bytes, instance, input, context, config) }
}

/// Filters a chunk.
///
/// # Safety
///
/// `data` points to `bytes` bytes and `tag` to `tag_len` bytes, `out_data` and `out_bytes` are writable, and `context`
/// is the one that [`start`] set.
unsafe extern "C" fn filter(
    data: *const c_void,
    bytes: usize,
    tag: *const c_char,
    tag_len: c_int,
    out_data: *mut *mut c_void,
    out_bytes: *mut usize,
    instance: *mut FilterInstance,
    input: *mut InputInstance,
    context: *mut c_void,
    _config: *mut c_void,
) -> c_int {
    if context.is_null() {
        return FILTER_NOTOUCH;
    }
    // SAFETY: guaranteed by the caller. Fluent Bit neither frees nor changes any of it during the call.
    let (chunk, tag, filter) = unsafe {
        (
            host::bytes(data.cast(), bytes),
            host::bytes(tag.cast(), usize::try_from(tag_len).unwrap_or_default()),
            &*context.cast::<Instance>(),
        )
    };
    // SAFETY: Fluent Bit passed its instance to this call.
    let log = |error: &str| unsafe { log_error(instance, error) };
    // SAFETY: the same holds for the input.
    let append = |tag: &[u8], events: &[u8]| Host::get().is_ok_and(|host| unsafe { host.append(input, tag, events) });
    let answer = catch_unwind(AssertUnwindSafe(|| filter.answer(chunk, tag, append, log)));
    match answer.unwrap_or_else(|panic| {
        log(&format!("internal error: {}: a chunk passes unchanged", chunk::message(panic.as_ref())));
        Answer::Untouched
    }) {
        Answer::Untouched => FILTER_NOTOUCH,
        Answer::Chunk(answer, size) => {
            // SAFETY: guaranteed by the caller.
            unsafe {
                out_data.write(answer);
                out_bytes.write(size);
            }
            FILTER_MODIFIED
        }
    }
}

/// Shuts down an instance.
///
/// # Safety
///
/// `context` is the one that [`start`] set, and this is Fluent Bit's last call for it.
unsafe extern "C" fn exit(context: *mut c_void, _config: *mut c_void) -> c_int {
    registry::remove(context);
    0
}
