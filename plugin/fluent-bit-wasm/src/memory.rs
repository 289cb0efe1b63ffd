//! The module's memory, as Fluent Bit uses it: `malloc` and `free`, and the bytes passed to a call.
//!
//! Only the WebAssembly module exports these two functions. On other targets they would replace the C library's.
//!
//! For each record, Fluent Bit allocates a block for the tag and a block for the record, and frees both after the call.
//! One block of each kind is kept for the next record, because an allocator takes ten times as many steps.

use alloc::alloc::{Layout, alloc, dealloc};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// The size of the header before each block. The header contains the capacity of the block in bytes, and is large
/// enough to keep the block aligned for every type.
const HEADER: usize = 16;

/// The capacity of the blocks that are kept, one for tags and one for records. A longer tag or record gets a block of
/// its exact size.
const KEPT: [usize; 2] = [256, 16 * 1024];

static SPARE: [AtomicPtr<u8>; KEPT.len()] = [const { AtomicPtr::new(null_mut()) }; KEPT.len()];

fn layout(room: usize) -> Option<Layout> {
    Layout::from_size_align(room.checked_add(HEADER)?, HEADER).ok()
}

/// Allocates `size` bytes for Fluent Bit. Returns null if there is no memory.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn malloc(size: usize) -> *mut u8 {
    let kind = usize::from(size > KEPT[0]);
    if size > KEPT[kind] {
        return allocate(size);
    }
    let spare = SPARE[kind].swap(null_mut(), Relaxed);
    if spare.is_null() { allocate(KEPT[kind]) } else { spare }
}

/// Frees memory from [`malloc`]. Ignores null.
///
/// # Safety
///
/// `memory` is null, or an address that `malloc` returned and that has not been freed since.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub unsafe extern "C" fn free(memory: *mut u8) {
    if memory.is_null() {
        return;
    }
    // SAFETY: the caller guarantees that the address is from `allocate`, which put a header before it.
    let room = unsafe { memory.sub(HEADER).cast::<usize>().read() };
    let kind = KEPT.iter().position(|kept| *kept == room);
    let surplus = kind.map_or(memory, |kind| SPARE[kind].swap(memory, Relaxed));
    if !surplus.is_null() {
        // SAFETY: the address is from `allocate`, and nothing else uses it, because it is no longer a spare block.
        unsafe { deallocate(surplus) };
    }
}

fn allocate(room: usize) -> *mut u8 {
    let Some(layout) = layout(room) else { return null_mut() };
    // SAFETY: the size of the layout is never zero, because it includes the header.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        return block;
    }
    // SAFETY: the block is aligned for a `usize` and has room for the header and `room` more bytes.
    unsafe {
        block.cast::<usize>().write(room);
        block.add(HEADER)
    }
}

/// # Safety
///
/// The address is from `allocate`, and is no longer used.
unsafe fn deallocate(memory: *mut u8) {
    // SAFETY: the caller guarantees that there is a header before the address.
    let (block, room) = unsafe {
        let block = memory.sub(HEADER);
        (block, block.cast::<usize>().read())
    };
    if let Some(layout) = layout(room) {
        // SAFETY: `allocate` used the same layout.
        unsafe { dealloc(block, layout) };
    }
}

/// Returns the bytes at an address, or no bytes if it is null.
///
/// # Safety
///
/// `start` is null or the address of `length` bytes that do not change while the slice is in use.
pub(crate) unsafe fn bytes<'b>(start: *const u8, length: u32) -> &'b [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: guaranteed by the caller.
    unsafe { core::slice::from_raw_parts(start, length as usize) }
}

/// Returns the bytes as text if they are all ASCII.
///
/// Fluent Bit escapes everything else. In an interpreter, this check takes a quarter of the steps of a check for UTF-8.
pub(crate) fn ascii(bytes: &[u8]) -> Option<&str> {
    let (chunks, _) = bytes.as_chunks::<32>();
    let is_ascii = match bytes.last_chunk() {
        Some(last) => chunks.iter().fold(bits(last), |all, chunk| all | bits(chunk)) & 0x8080_8080_8080_8080 == 0,
        None => bytes.is_ascii(),
    };
    // SAFETY: ASCII is UTF-8.
    is_ascii.then(|| unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// Returns the bitwise OR of all bytes, eight lanes at a time.
#[inline(always)]
fn bits(chunk: &[u8; 32]) -> u64 {
    let (words, _) = chunk.as_chunks();
    words.iter().fold(0, |all, word| all | u64::from_ne_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test covers everything, because the spare blocks are global.
    #[test]
    fn blocks_are_kept_and_never_handed_out_twice() {
        let sizes = [0, 1, 255, 256, 257, 4096, 16 * 1024, 16 * 1024 + 1, 1 << 20];
        let fill = |block: *mut u8, size: usize, with: u8| {
            // SAFETY: `malloc` returned the block for this many bytes.
            unsafe { std::slice::from_raw_parts_mut(block, size) }.fill(with);
        };
        for size in sizes {
            let blocks = [malloc(size), malloc(size), malloc(size)];
            for (block, with) in blocks.into_iter().zip(1..) {
                assert!(!block.is_null() && block.addr().is_multiple_of(HEADER));
                fill(block, size, with);
            }
            for (block, with) in blocks.into_iter().zip(1..) {
                // SAFETY: the block is initialised, and nothing writes to it meanwhile.
                assert!(unsafe { bytes(block, size as u32) }.iter().all(|byte| *byte == with));
                // SAFETY: `malloc` returned the address, and it is freed once.
                unsafe { free(block) };
            }
            if size <= KEPT[1] {
                assert_eq!(malloc(size), blocks[2]);
                // SAFETY: as above.
                unsafe { free(blocks[2]) };
            }
        }
        assert!(malloc(usize::MAX).is_null());
        // SAFETY: null is allowed.
        unsafe { free(null_mut()) };
    }

    #[test]
    fn ascii_is_distinguished_from_other_bytes() {
        for length in 0..100 {
            let mut text = vec![b'a'; length];
            assert_eq!(ascii(&text), str::from_utf8(&text).ok());
            for at in 0..length {
                text[at] = 0x80;
                assert_eq!(ascii(&text), None);
                text[at] = 0x7F;
            }
        }
    }
}
