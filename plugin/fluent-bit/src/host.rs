//! The host's functions, found in the executable that has loaded the filter.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fmt::Display;
use std::mem::transmute_copy;
use std::ptr;

use once_cell::sync::Lazy;

use crate::abi::{FilterInstance, InputInstance};
use crate::stack;

/// The functions without which there can be no filter.
pub(crate) struct Host {
    get_property: GetProperty,
    set_context: SetContext,
    /// Not needed by every configuration.
    append: Option<Append>,
}

type Append = unsafe extern "C" fn(*mut InputInstance, usize, *const c_char, usize, *const c_void, usize) -> c_int;
type GetProperty = unsafe extern "C" fn(*const c_char, *mut FilterInstance) -> *const c_char;
type SetContext = unsafe extern "C" fn(*mut FilterInstance, *mut c_void);

static HOST: Lazy<Result<Host, String>> = Lazy::new(Host::find);

impl Host {
    /// The host that has loaded the filter.
    ///
    /// # Errors
    ///
    /// Names the function that the host lacks.
    pub(crate) fn get() -> Result<&'static Self, &'static str> {
        HOST.as_ref().map_err(String::as_str)
    }

    fn find() -> Result<Self, String> {
        let (get_property, set_context) = (c"flb_filter_get_property", c"flb_filter_set_context");
        // SAFETY: the types are those of the functions in `flb_filter.h` and `flb_input_log.h`.
        unsafe {
            Ok(Self {
                get_property: function(get_property).ok_or_else(|| missing(get_property))?,
                set_context: function(set_context).ok_or_else(|| missing(set_context))?,
                append: function(APPEND),
            })
        }
    }

    /// A property of an instance, as the configuration has it.
    ///
    /// # Safety
    ///
    /// `instance` is the one that the host has handed over with the call that runs.
    pub(crate) unsafe fn property<'i>(&self, name: &str, instance: *mut FilterInstance) -> Option<&'i CStr> {
        let name = CString::new(name).ok()?;
        // SAFETY: the host reads the name during the call only, and knows its instance.
        let value = unsafe { (self.get_property)(name.as_ptr(), instance) };
        // SAFETY: the host's texts end with a zero, and an instance keeps its properties as long as it lives.
        (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) })
    }

    /// Whether the instance that is being made can use [`Host::append`].
    ///
    /// # Errors
    ///
    /// Says why not: the host lacks the function, or makes a processor. That may run in a thread other than the one in
    /// which chunks are written, or for an output. A plugin is not told what it is made for, but the host's functions on the
    /// stack tell.
    pub(crate) fn can_append(&self) -> Result<(), String> {
        if self.append.is_none() {
            let function = APPEND.to_string_lossy();
            return Err(format!("request_limit needs Fluent Bit 5.1: the host has no function {function}"));
        }
        if stack::has_function("flb_processor_") {
            return Err("request_limit is for `filters`, not for `processors`".to_owned());
        }
        Ok(())
    }

    /// Gives the host events of an input under a tag, and tells whether it has taken them. It calls the filters for them
    /// before this returns.
    ///
    /// # Safety
    ///
    /// `input` is the one that the host has handed over with the call that runs, for a filter and not a processor.
    pub(crate) unsafe fn append(&self, input: *mut InputInstance, tag: &[u8], events: &[u8]) -> bool {
        /// The host counts the events itself.
        const COUNT: usize = 0;
        const TAKEN: c_int = 0;

        let (Some(append), Ok(tag)) = (self.append, CString::new(tag)) else { return false };
        let (text, size) = (tag.as_ptr(), tag.count_bytes());
        // SAFETY: the host knows its input, and copies the tag and the events.
        TAKEN == unsafe { append(input, COUNT, text, size, events.as_ptr().cast(), events.len()) }
    }

    /// Has the host hand `context` over with each call for an instance.
    ///
    /// # Safety
    ///
    /// As for [`Host::property`].
    pub(crate) unsafe fn set_context(&self, instance: *mut FilterInstance, context: *mut c_void) {
        // SAFETY: the host stores the pointer and does not follow it.
        unsafe { (self.set_context)(instance, context) };
    }
}

/// Of the functions that append the one that neither runs the input's processors again nor hands the events to another
/// thread.
const APPEND: &CStr = c"flb_input_log_append_processed";

fn missing(function: &CStr) -> String {
    let function = function.to_string_lossy();
    format!(
        "the host has no function {function}: this filter is for Fluent Bit 2.1 to 5.1, not stripped of its symbols"
    )
}

/// Writes an error into the host's log, or to stderr where it has none.
///
/// # Safety
///
/// `instance` is null, or the one that the host has handed over with the call that runs.
pub(crate) unsafe fn log_error(instance: *mut FilterInstance, message: impl Display) {
    type Log = unsafe extern "C" fn(c_int, *const c_char, c_int, *const c_char, ...);
    type Name = unsafe extern "C" fn(*mut FilterInstance) -> *const c_char;
    const ERROR: c_int = 1;

    // SAFETY: the types are those in `flb_filter.h` and `flb_log.h`. A name ends with a zero and lives with the instance.
    let (log, name) = unsafe {
        let name = function::<Name>(c"flb_filter_name").filter(|_| !instance.is_null()).map(|name| name(instance));
        (function::<Log>(c"flb_log_print"), name.filter(|name| !name.is_null()).map(|name| CStr::from_ptr(name)))
    };
    let name = name.map(CStr::to_string_lossy).unwrap_or("eset".into());
    let line = format!("[filter:eset:{name}] {message}").replace('\0', "\u{FFFD}");
    match (log, CString::new(line.as_str())) {
        // SAFETY: the format takes one text that ends with a zero, and the host copies it.
        (Some(log), Ok(line)) => unsafe { log(ERROR, ptr::null(), 0, c"%s".as_ptr(), line.as_ptr()) },
        _ => eprintln!("{line}"),
    }
}

/// A copy of the bytes in memory that the host frees: null where there is no memory.
pub(crate) fn copy(bytes: &[u8]) -> *mut c_void {
    // The host frees with the C library's `free`, which may be its own, as is this `malloc` then.
    // SAFETY: `malloc` takes any size.
    let copy = unsafe { libc::malloc(bytes.len().max(1)) };
    if !copy.is_null() {
        // SAFETY: the memory is new and has room for the bytes.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), copy.cast(), bytes.len()) };
    }
    copy
}

/// The bytes at an address: none where it is null.
///
/// # Safety
///
/// `start` is null or the address of `length` bytes that stay unchanged as long as they are looked at.
pub(crate) unsafe fn bytes<'b>(start: *const u8, length: usize) -> &'b [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: this function's own promise.
    unsafe { std::slice::from_raw_parts(start, length) }
}

/// A function of the executable, by its name.
///
/// # Safety
///
/// `F` is the type of a function pointer, and that of the function with this name.
unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: the name ends with a zero.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: by this function's promise the address is one of an `F`, which is as large.
    (!address.is_null()).then(|| unsafe { transmute_copy(&address) })
}
