//! The part of the interface between Fluent Bit and its filters that this filter needs.
//!
//! Source: Fluent Bit, `include/fluent-bit/flb_filter.h`, versions 2.1 to 5.1.

use std::ffi::{c_char, c_int, c_void};

/// Fluent Bit's filter instance. It is opaque, because its members differ between versions.
#[repr(C)]
pub(crate) struct FilterInstance {
    opaque: [u8; 0],
}

/// Fluent Bit's input instance, also opaque.
#[repr(C)]
pub(crate) struct InputInstance {
    opaque: [u8; 0],
}

/// The event type of a filter for log records.
pub(crate) const FILTER_LOGS: c_int = 1;

/// The return values of a filter callback.
pub(crate) const FILTER_MODIFIED: c_int = 1;
pub(crate) const FILTER_NOTOUCH: c_int = 2;

/// The description of a filter (`struct flb_filter_plugin`), which Fluent Bit copies when it loads the file.
///
/// Version 2.2 added a callback before the others, `cb_pre_run`, and 3.2 added one after them, `cb_notification`. So
/// the meaning of a member depends on the version:
///
/// | member | 2.1 | since 2.2 |
/// | --- | --- | --- |
/// | `first` | init | pre_run, called before init with the same arguments, and to check a configuration |
/// | `second` | filter | init |
/// | `third` | exit | filter |
/// | `fourth` | Fluent Bit's links | exit |
#[repr(C)]
#[derive(Debug)]
pub struct FilterPlugin {
    /// The kinds of events that the filter accepts.
    pub(crate) event_type: c_int,
    /// Not used by Fluent Bit.
    pub(crate) flags: c_int,
    /// The filter's name in configurations, NUL-terminated.
    pub(crate) name: *const c_char,
    /// The description in Fluent Bit's help, NUL-terminated.
    pub(crate) description: *const c_char,
    /// The map of accepted properties. Its entries differ in size between versions, so this filter has no map and reads
    /// its properties one by one.
    pub(crate) config_map: *const c_void,
    pub(crate) first: Init,
    pub(crate) second: Filter,
    pub(crate) third: Filter,
    pub(crate) fourth: Exit,
    /// Called since 3.2 for notifications from other plugins.
    pub(crate) notification: Option<Init>,
    /// The links to the other filters, and room for members that later versions may add. Zero means that they are not
    /// set.
    pub(crate) links: [*const c_void; 8],
}

/// Called for an instance at start-up. Returns 0 for success, -1 to stop Fluent Bit.
pub(crate) type Init = unsafe extern "C" fn(*mut FilterInstance, *mut c_void, *mut c_void) -> c_int;
/// Called for an instance at shutdown, with its context.
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

// SAFETY: none of it is ever written, and the pointers are to constants and functions.
unsafe impl Sync for FilterPlugin {}
