//! `flb-filter_eset.so`: the filter as a native plugin of Fluent Bit, versions 2.1 to 5.1.
//!
//! The host loads the file (`plugins:` in its configuration, or `-e`), finds the description [`filter_eset_plugin`] in it,
//! and calls the functions named there: once for each instance at start-up, for each chunk of records, and at the end.
//! Properties of an instance are the options of the contract, by their names: `message_key`, `raw`, `heartbeats`,
//! `syslog_fields`; and `request_limit`, for outputs that send a chunk as one request to an API with a limit.
//!
//! A chunk is read where it lies and written anew into one buffer: [`chunk`] finds the events, [`record`] has the core
//! filter each one's message, [`msgpack`] is how both find their way. [`split`] keeps chunks below the limit. [`host`] is
//! what is asked of the host, and [`abi`] what both sides agree on.
//!
//! # What it does not do
//!
//! Binary values are taken for text, as the host does it itself when it writes JSON. Time stamps and metadata are not
//! looked at. With `request_limit` it is for `filters:` alone: a processor must not append to its input. Misspelt properties are found only where they resemble a real one, as the host
//! tells a plugin nothing of those that it does not ask for.

mod abi;
mod chunk;
mod host;
mod instance;
mod json_size;
mod msgpack;
mod properties;
mod record;
mod split;

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;

use abi::{FILTER_LOGS, FILTER_MODIFIED, FILTER_NOTOUCH, FilterInstance, FilterPlugin, InputInstance};
use host::{Host, log_error};
use instance::{Answer, Instance};

/// The description of the filter, under the name that the host makes of the file's.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "the host looks for this name")]
pub static filter_eset_plugin: FilterPlugin = FilterPlugin {
    event_type: FILTER_LOGS,
    flags: 0,
    name: c"eset".as_ptr(),
    description: c"Turns raw ESET PROTECT syslog into flat, typed records".as_ptr(),
    config_map: null(),
    pre_run: None,
    init: Some(init),
    filter: Some(filter),
    exit: Some(exit),
    notification: None,
    links: [null(); 8],
};

/// Makes an instance's filter from its properties.
///
/// # Safety
///
/// The host hands over an instance of its own.
unsafe extern "C" fn init(instance: *mut FilterInstance, _config: *mut c_void, _data: *mut c_void) -> c_int {
    // SAFETY: the instance is the host's, which has handed it over with this call.
    let made = catch_unwind(|| unsafe {
        let host = Host::get()?;
        let properties = properties::read(|name| host.property(name, instance).map(|value| value.to_string_lossy()))?;
        if properties.request_limit.is_some() {
            host.can_append()?;
        }
        host.set_context(instance, Box::into_raw(Box::new(Instance::new(properties))).cast());
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

/// Filters a chunk.
///
/// # Safety
///
/// `data` has `bytes` bytes and `tag` `tag_len`, `out_data` and `out_bytes` can be written to, and `context` is what [`init`] has set.
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
    // SAFETY: this function's own promise. The host lets none of it go nor change during the call.
    let (chunk, tag, filter) = unsafe {
        (
            host::bytes(data.cast(), bytes),
            host::bytes(tag.cast(), usize::try_from(tag_len).unwrap_or_default()),
            &*context.cast::<Instance>(),
        )
    };
    // SAFETY: the instance is the host's, which has handed it over with this call.
    let log = |error: &str| unsafe { log_error(instance, error) };
    // SAFETY: so is the input.
    let append = |tag: &[u8], events: &[u8]| Host::get().is_ok_and(|host| unsafe { host.append(input, tag, events) });
    let answer = catch_unwind(AssertUnwindSafe(|| filter.answer(chunk, tag, append, log)));
    match answer.unwrap_or_else(|panic| {
        log(&format!("{}: a chunk passes through as it came", chunk::message(panic.as_ref())));
        Answer::Untouched
    }) {
        Answer::Untouched => FILTER_NOTOUCH,
        Answer::Chunk(answer, size) => {
            // SAFETY: this function's own promise.
            unsafe {
                out_data.write(answer);
                out_bytes.write(size);
            }
            FILTER_MODIFIED
        }
    }
}

/// Ends an instance.
///
/// # Safety
///
/// `context` is null or what [`init`] has set, and the host calls this once, last of all.
unsafe extern "C" fn exit(context: *mut c_void, _config: *mut c_void) -> c_int {
    if !context.is_null() {
        // SAFETY: `init` has made the box, and nobody else takes it.
        drop(unsafe { Box::from_raw(context.cast::<Instance>()) });
    }
    0
}
