//! The interface between Fluent Bit and its filters, as far as this filter needs it.
//!
//! Source: Fluent Bit, `include/fluent-bit/flb_filter.h`, versions 2.1 to 5.1.

use std::ffi::{c_char, c_int, c_void};

/// An instance of a filter: the host's, whose members differ from version to version and are not looked at.
#[repr(C)]
pub(crate) struct FilterInstance {
    opaque: [u8; 0],
}

/// An instance of an input, in the same way.
#[repr(C)]
pub(crate) struct InputInstance {
    opaque: [u8; 0],
}

/// What a filter's description says it takes: log records.
pub(crate) const FILTER_LOGS: c_int = 1;

/// The answers to a chunk.
pub(crate) const FILTER_MODIFIED: c_int = 1;
pub(crate) const FILTER_NOTOUCH: c_int = 2;

/// The description of a filter (`struct flb_filter_plugin`), which the host copies when it loads the file.
///
/// Version 2.2 has put a callback in front of the others, `cb_pre_run`, and 3.2 one behind them, `cb_notification`. So what
/// the same place means depends on the version:
///
/// | place | 2.1 | since 2.2 |
/// | --- | --- | --- |
/// | `first` | init | pre_run, called before init with the same arguments, and to check a configuration |
/// | `second` | filter | init |
/// | `third` | exit | filter |
/// | `fourth` | the host's links | exit |
#[repr(C)]
#[derive(Debug)]
pub struct FilterPlugin {
    /// The kinds of events it takes.
    pub(crate) event_type: c_int,
    /// Not used by the host.
    pub(crate) flags: c_int,
    /// Its name in configurations, ended by a zero.
    pub(crate) name: *const c_char,
    /// What it is, for the host's help, ended by a zero.
    pub(crate) description: *const c_char,
    /// The properties it takes. Their description has not the same size in all versions, so there is none, and the filter
    /// asks for its properties one by one.
    pub(crate) config_map: *const c_void,
    pub(crate) first: Init,
    pub(crate) second: Filter,
    pub(crate) third: Filter,
    pub(crate) fourth: Exit,
    /// Called for the notifications of other plugins since 3.2.
    pub(crate) notification: Option<Init>,
    /// The links to the other filters, and room for what later versions may add, for which zero means nothing.
    pub(crate) links: [*const c_void; 8],
}

/// Called for an instance at start-up: 0 for success, -1 to stop.
pub(crate) type Init = unsafe extern "C" fn(*mut FilterInstance, *mut c_void, *mut c_void) -> c_int;
/// Called for an instance at the end, with its context.
pub(crate) type Exit = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;
/// Called for each chunk of records.
pub(crate) type Filter = unsafe extern "C" fn(
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
) -> c_int;

// SAFETY: nothing in it is ever written, and what it points to are constants and functions.
unsafe impl Sync for FilterPlugin {}
