//! Fluent Bit's functions, found in the executable that loaded the filter.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fmt::Display;
use std::mem::transmute_copy;
use std::ptr;

use once_cell::sync::Lazy;

use crate::abi::{FilterInstance, InputInstance};
use crate::stack;

/// The functions that the filter calls.
pub(crate) struct Host {
    get_property: GetProperty,
    set_context: SetContext,
    /// The function that appends events, which only `request_limit` needs.
    append: Option<Append>,
}

type Append = unsafe extern "C" fn(*mut InputInstance, usize, *const c_char, usize, *const c_void, usize) -> c_int;
type GetProperty = unsafe extern "C" fn(*const c_char, *mut FilterInstance) -> *const c_char;
type SetContext = unsafe extern "C" fn(*mut FilterInstance, *mut c_void);

static HOST: Lazy<Result<Host, String>> = Lazy::new(Host::find);

impl Host {
    /// Returns the functions of the Fluent Bit that loaded the filter.
    ///
    /// # Errors
    ///
    /// Names the function that Fluent Bit lacks.
    pub(crate) fn get() -> Result<&'static Self, &'static str> {
        HOST.as_ref().map_err(String::as_str)
    }

    fn find() -> Result<Self, String> {
        let (get_property, set_context) = (c"flb_filter_get_property", c"flb_filter_set_context");
        // SAFETY: the types are those declared in `flb_filter.h` and `flb_input_log.h`.
        unsafe {
            Ok(Self {
                get_property: function(get_property).ok_or_else(|| missing(get_property))?,
                set_context: function(set_context).ok_or_else(|| missing(set_context))?,
                append: function(APPEND),
            })
        }
    }

    /// Returns a property of an instance as written in the configuration.
    ///
    /// # Safety
    ///
    /// `instance` is the one that Fluent Bit passed to the current call.
    pub(crate) unsafe fn property<'i>(&self, name: &str, instance: *mut FilterInstance) -> Option<&'i CStr> {
        let name = CString::new(name).ok()?;
        // SAFETY: Fluent Bit reads the name only during the call, and the instance is its own.
        let value = unsafe { (self.get_property)(name.as_ptr(), instance) };
        // SAFETY: Fluent Bit's strings are NUL-terminated, and an instance keeps its properties for its lifetime.
        (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) })
    }

    /// Checks that the instance being created can use [`Host::append`].
    ///
    /// # Errors
    ///
    /// Says why not: Fluent Bit lacks the function, or is creating a processor. A processor may run in a thread other
    /// than the one that writes chunks, or for an output. A plugin is not told what it is created for, so this looks
    /// for Fluent Bit's processor functions on the stack.
    pub(crate) fn can_append(&self) -> Result<(), String> {
        if self.append.is_none() {
            let function = APPEND.to_string_lossy();
            return Err(format!("request_limit needs Fluent Bit 5.1: this version does not export {function}"));
        }
        if stack::has_function("flb_processor_") {
            return Err("request_limit is for `filters`, not for `processors`: move the filter to `filters`".to_owned());
        }
        Ok(())
    }

    /// Appends events to an input under a tag, and returns whether Fluent Bit accepted them. Fluent Bit runs its
    /// filters on them before this returns.
    ///
    /// # Safety
    ///
    /// `input` is the one that Fluent Bit passed to the current call, which is for a filter and not for a processor.
    pub(crate) unsafe fn append(&self, input: *mut InputInstance, tag: &[u8], events: &[u8]) -> bool {
        /// With this count, Fluent Bit counts the events itself.
        const COUNT: usize = 0;
        const TAKEN: c_int = 0;

        let (Some(append), Ok(tag)) = (self.append, CString::new(tag)) else { return false };
        let (text, size) = (tag.as_ptr(), tag.count_bytes());
        // SAFETY: the input is Fluent Bit's own. Fluent Bit copies the tag and the events.
        TAKEN == unsafe { append(input, COUNT, text, size, events.as_ptr().cast(), events.len()) }
    }

    /// Sets the `context` that Fluent Bit passes to each call for an instance.
    ///
    /// # Safety
    ///
    /// As for [`Host::property`].
    pub(crate) unsafe fn set_context(&self, instance: *mut FilterInstance, context: *mut c_void) {
        // SAFETY: Fluent Bit stores the pointer and does not dereference it.
        unsafe { (self.set_context)(instance, context) };
    }
}

/// The append function that neither runs the input's processors again nor hands the events to another thread.
const APPEND: &CStr = c"flb_input_log_append_processed";

fn missing(function: &CStr) -> String {
    let function = function.to_string_lossy();
    format!("Fluent Bit does not export {function}: use an unstripped build of Fluent Bit 2.1 to 5.1")
}

/// Writes an error to Fluent Bit's log, or to stderr if it has none.
///
/// # Safety
///
/// `instance` is null, or the one that Fluent Bit passed to the current call.
pub(crate) unsafe fn log_error(instance: *mut FilterInstance, message: impl Display) {
    type Log = unsafe extern "C" fn(c_int, *const c_char, c_int, *const c_char, ...);
    type Name = unsafe extern "C" fn(*mut FilterInstance) -> *const c_char;
    const ERROR: c_int = 1;

    // SAFETY: the types are those declared in `flb_filter.h` and `flb_log.h`. A name is NUL-terminated and lives as
    // long as the instance.
    let (log, name) = unsafe {
        let name = function::<Name>(c"flb_filter_name").filter(|_| !instance.is_null()).map(|name| name(instance));
        (function::<Log>(c"flb_log_print"), name.filter(|name| !name.is_null()).map(|name| CStr::from_ptr(name)))
    };
    let name = name.map(CStr::to_string_lossy).unwrap_or("eset".into());
    let line = format!("[filter:eset:{name}] {message}").replace('\0', "\u{FFFD}");
    match (log, CString::new(line.as_str())) {
        // SAFETY: the format takes one NUL-terminated string, which Fluent Bit copies.
        (Some(log), Ok(line)) => unsafe { log(ERROR, ptr::null(), 0, c"%s".as_ptr(), line.as_ptr()) },
        _ => eprintln!("{line}"),
    }
}

/// Copies the bytes into memory that Fluent Bit frees. Returns null if there is no memory.
pub(crate) fn copy(bytes: &[u8]) -> *mut c_void {
    // Fluent Bit frees with the C library's `free`, or with its own allocator's, which then also provides `malloc`.
    // SAFETY: `malloc` accepts any size.
    let copy = unsafe { libc::malloc(bytes.len().max(1)) };
    if !copy.is_null() {
        // SAFETY: the memory is new and has room for the bytes.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), copy.cast(), bytes.len()) };
    }
    copy
}

/// Returns the bytes at an address, or no bytes if it is null.
///
/// # Safety
///
/// `start` is null or the address of `length` bytes that do not change while the slice is in use.
pub(crate) unsafe fn bytes<'b>(start: *const u8, length: usize) -> &'b [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: guaranteed by the caller.
    unsafe { std::slice::from_raw_parts(start, length) }
}

/// Returns the function of the executable with this name.
///
/// # Safety
///
/// `F` is a function pointer type, and matches the function with this name.
unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: the name is NUL-terminated.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: the caller guarantees that the address is that of an `F`, which has the same size.
    (!address.is_null()).then(|| unsafe { transmute_copy(&address) })
}
