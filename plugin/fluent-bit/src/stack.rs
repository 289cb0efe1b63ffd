//! Finds functions on the call stack.
//!
//! `std::backtrace` would also work, but keeps the symbols of the whole executable in memory, even after the file is
//! unloaded.
//!
//! Source: Itanium C++ ABI, Exception Handling, level I (`_Unwind_Backtrace`); `dladdr(3)`.

use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;

#[repr(C)]
struct Context {
    opaque: [u8; 0],
}

type Visit = unsafe extern "C" fn(*mut Context, *mut c_void) -> c_int;

unsafe extern "C" {
    fn _Unwind_Backtrace(visit: Visit, argument: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
}

struct Search<'p> {
    prefix: &'p [u8],
    is_found: bool,
}

/// Returns whether an exported function whose name begins with `prefix` is a direct or indirect caller.
pub(crate) fn has_function(prefix: &str) -> bool {
    let mut search = Search { prefix: prefix.as_bytes(), is_found: false };
    // SAFETY: `visit` is only called before this returns, with the search as its argument.
    unsafe { _Unwind_Backtrace(visit, (&raw mut search).cast()) };
    search.is_found
}

/// # Safety
///
/// The unwinder calls this for a frame, and `argument` is a [`Search`] that nothing else uses at the same time.
unsafe extern "C" fn visit(context: *mut Context, argument: *mut c_void) -> c_int {
    const GO_ON: c_int = 0;

    let mut symbol = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: guaranteed by the caller. Whatever `dladdr` does not set is zero, and its names are NUL-terminated.
    unsafe {
        let search = &mut *argument.cast::<Search<'_>>();
        let is_known = libc::dladdr(_Unwind_GetIP(context) as *const c_void, symbol.as_mut_ptr()) != 0;
        let name = symbol.assume_init().dli_sname;
        if is_known && !name.is_null() {
            search.is_found |= CStr::from_ptr(name).to_bytes().starts_with(search.prefix);
        }
    }
    GO_ON
}
