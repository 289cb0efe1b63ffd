//! The module's memory, as the host uses it: `malloc` and `free`, and the bytes that a call points to.
//!
//! The two are exported from the module alone: on other targets they would take the place of the C library's.

use std::alloc::{Layout, alloc, dealloc};

/// In front of each block stands its size, in as many bytes as keep the block aligned for every type.
const HEADER: usize = 16;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

/// The host's way to get `size` bytes for a record: null where there is no memory.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn malloc(size: usize) -> *mut u8 {
    let Some(layout) = layout(size) else { return std::ptr::null_mut() };
    // SAFETY: the layout is never of size zero, as it has the header.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        return block;
    }
    // SAFETY: the block is aligned for a `usize` and has room for the header and `size` bytes more.
    unsafe {
        block.cast::<usize>().write(size);
        block.add(HEADER)
    }
}

/// Gives back what [`malloc`] gave. Null is nothing.
///
/// # Safety
///
/// `memory` is null, or an address that `malloc` has answered and that was not given back since.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub unsafe extern "C" fn free(memory: *mut u8) {
    if memory.is_null() {
        return;
    }
    // SAFETY: by this function's promise `malloc` has put a header in front of the address.
    let (block, size) = unsafe {
        let block = memory.sub(HEADER);
        (block, block.cast::<usize>().read())
    };
    if let Some(layout) = layout(size) {
        // SAFETY: `malloc` has allocated the block with the same layout.
        unsafe { dealloc(block, layout) };
    }
}

/// The bytes at an address: none where it is null.
///
/// # Safety
///
/// `start` is null or the address of `length` bytes that stay unchanged as long as they are looked at.
pub(crate) unsafe fn bytes<'b>(start: *const u8, length: u32) -> &'b [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: this function's own promise.
    unsafe { std::slice::from_raw_parts(start, length as usize) }
}
