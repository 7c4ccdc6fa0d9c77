//! The system's allocator. It says nothing of what a block takes, so that is reckoned, and it is not told of failures.

use motet_vm::memory::account;
use std::alloc::{GlobalAlloc, Layout, System};

/// # Safety
/// That of `GlobalAlloc::alloc`.
pub unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's contract.
    checked(unsafe { System.alloc(layout) }, layout.size())
}

/// # Safety
/// That of `GlobalAlloc::alloc_zeroed`.
pub unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's contract.
    checked(unsafe { System.alloc_zeroed(layout) }, layout.size())
}

/// # Safety
/// That of `GlobalAlloc::realloc`.
pub unsafe fn realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    // SAFETY: the caller's contract.
    checked(unsafe { System.realloc(block, layout, size) }, size)
}

/// # Safety
/// That of `GlobalAlloc::dealloc`.
pub unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: the caller's contract.
    unsafe { System.dealloc(block, layout) }
}

/// Says so when the system gives no memory.
fn checked(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        account::system_has_none(size);
    }
    block
}

/// What a block takes, about: the systems' allocators keep a word beside a block and round to 16 bytes.
///
/// # Safety
/// None is needed here; mimalloc's looks at the block.
pub unsafe fn usable_size(_: *mut u8, layout: Layout) -> usize {
    (layout.size() + size_of::<usize>()).next_multiple_of(16)
}

/// The system's allocator gives back what it does not need when it likes.
#[cfg(target_os = "linux")]
pub fn give_back() {}

/// Failures are seen where a block is asked for.
#[cfg(target_os = "linux")]
pub fn watch_errors() {}
