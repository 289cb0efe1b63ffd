//! The module's memory, as the host uses it: `malloc` and `free`, and the bytes that a call points to.
//!
//! Only the WebAssembly module exports the two: on other targets they would replace the C library's.
//!
//! For each record the host allocates a block for its tag and one for the record, and frees both after the call. So one
//! block of each kind is kept for the next record: an allocator takes ten times as many steps.

use alloc::alloc::{Layout, alloc, dealloc};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// In front of each block stands its room in bytes, in as many bytes as keep the block aligned for every type.
const HEADER: usize = 16;

/// The room of the blocks that are kept, one for tags and one for records. Only a longer one has a block made to measure.
const KEPT: [usize; 2] = [256, 16 * 1024];

static SPARE: [AtomicPtr<u8>; KEPT.len()] = [const { AtomicPtr::new(null_mut()) }; KEPT.len()];

fn layout(room: usize) -> Option<Layout> {
    Layout::from_size_align(room.checked_add(HEADER)?, HEADER).ok()
}

/// The host's way to get `size` bytes for a record: null where there is no memory.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn malloc(size: usize) -> *mut u8 {
    let kind = usize::from(size > KEPT[0]);
    if size > KEPT[kind] {
        return allocate(size);
    }
    let spare = SPARE[kind].swap(null_mut(), Relaxed);
    if spare.is_null() { allocate(KEPT[kind]) } else { spare }
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
    // SAFETY: by this function's promise `allocate` has put a header in front of the address.
    let room = unsafe { memory.sub(HEADER).cast::<usize>().read() };
    let kind = KEPT.iter().position(|kept| *kept == room);
    let surplus = kind.map_or(memory, |kind| SPARE[kind].swap(memory, Relaxed));
    if !surplus.is_null() {
        // SAFETY: it has come from `allocate`, and as it is no longer a spare block nobody else has it.
        unsafe { deallocate(surplus) };
    }
}

fn allocate(room: usize) -> *mut u8 {
    let Some(layout) = layout(room) else { return null_mut() };
    // SAFETY: the layout is never of size zero, as it has the header.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        return block;
    }
    // SAFETY: the block is aligned for a `usize` and has room for the header and `room` bytes more.
    unsafe {
        block.cast::<usize>().write(room);
        block.add(HEADER)
    }
}

/// # Safety
///
/// `allocate` has answered the address, and it is not used any more.
unsafe fn deallocate(memory: *mut u8) {
    // SAFETY: by this function's promise there is a header in front of the address.
    let (block, room) = unsafe {
        let block = memory.sub(HEADER);
        (block, block.cast::<usize>().read())
    };
    if let Some(layout) = layout(room) {
        // SAFETY: `allocate` has allocated the block with the same layout.
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
    unsafe { core::slice::from_raw_parts(start, length as usize) }
}

/// Bytes as text, where they are nothing but ASCII.
///
/// Fluent Bit escapes everything else. To see that takes an interpreter a quarter of the steps that a check for UTF-8 does.
pub(crate) fn ascii(bytes: &[u8]) -> Option<&str> {
    let (chunks, _) = bytes.as_chunks::<32>();
    let is_ascii = match bytes.last_chunk() {
        Some(last) => chunks.iter().fold(bits(last), |all, chunk| all | bits(chunk)) & 0x8080_8080_8080_8080 == 0,
        None => bytes.is_ascii(),
    };
    // SAFETY: ASCII is UTF-8.
    is_ascii.then(|| unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// The bits that any byte has, for eight bytes in one.
#[inline(always)]
fn bits(chunk: &[u8; 32]) -> u64 {
    let (words, _) = chunk.as_chunks();
    words.iter().fold(0, |all, word| all | u64::from_ne_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test for all, as the spare blocks are everybody's.
    #[test]
    fn blocks_are_kept_and_never_given_twice() {
        let sizes = [0, 1, 255, 256, 257, 4096, 16 * 1024, 16 * 1024 + 1, 1 << 20];
        let fill = |block: *mut u8, size: usize, with: u8| {
            // SAFETY: `malloc` has given the block for as many bytes.
            unsafe { std::slice::from_raw_parts_mut(block, size) }.fill(with);
        };
        for size in sizes {
            let blocks = [malloc(size), malloc(size), malloc(size)];
            for (block, with) in blocks.into_iter().zip(1..) {
                assert!(!block.is_null() && block.addr().is_multiple_of(HEADER));
                fill(block, size, with);
            }
            for (block, with) in blocks.into_iter().zip(1..) {
                // SAFETY: the block has been filled, and nobody writes to it meanwhile.
                assert!(unsafe { bytes(block, size as u32) }.iter().all(|byte| *byte == with));
                // SAFETY: `malloc` has answered the address, and it is given back once.
                unsafe { free(block) };
            }
            if size <= KEPT[1] {
                assert_eq!(malloc(size), blocks[2]);
                // SAFETY: as above.
                unsafe { free(blocks[2]) };
            }
        }
        assert!(malloc(usize::MAX).is_null());
        // SAFETY: null is nothing.
        unsafe { free(null_mut()) };
    }

    #[test]
    fn ascii_is_told_from_other_bytes() {
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
