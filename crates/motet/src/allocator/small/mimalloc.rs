//! mimalloc. Beside the contract of `GlobalAlloc` it says what a block takes.

#[cfg(target_os = "linux")]
pub use linux::{give_back, watch_errors};

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;

/// The alignment of every block, whatever its size. Functions without an alignment need a third fewer instructions than
/// those that are told one.
const WORD: usize = 8;

// SAFETY: these are the signatures in mimalloc.h of the version that libmimalloc-sys builds.
unsafe extern "C" {
    fn mi_malloc(size: usize) -> *mut c_void;
    fn mi_zalloc(size: usize) -> *mut c_void;
    fn mi_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn mi_usable_size(block: *const c_void) -> usize;
}

/// # Safety
/// That of `GlobalAlloc::alloc`.
#[inline]
pub unsafe fn alloc(layout: Layout) -> *mut u8 {
    if layout.align() <= WORD {
        // SAFETY: every block has this alignment.
        return unsafe { mi_malloc(layout.size()) }.cast();
    }
    // SAFETY: the caller's contract.
    unsafe { MiMalloc.alloc(layout) }
}

/// # Safety
/// That of `GlobalAlloc::alloc_zeroed`.
#[inline]
pub unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    if layout.align() <= WORD {
        // SAFETY: every block has this alignment.
        return unsafe { mi_zalloc(layout.size()) }.cast();
    }
    // SAFETY: the caller's contract.
    unsafe { MiMalloc.alloc_zeroed(layout) }
}

/// # Safety
/// That of `GlobalAlloc::realloc`.
#[inline]
pub unsafe fn realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    if layout.align() <= WORD {
        // SAFETY: the caller's contract, and every block has this alignment.
        return unsafe { mi_realloc(block.cast(), size) }.cast();
    }
    // SAFETY: the caller's contract.
    unsafe { MiMalloc.realloc(block, layout, size) }
}

/// # Safety
/// That of `GlobalAlloc::dealloc`.
#[inline]
pub unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: the caller's contract.
    unsafe { MiMalloc.dealloc(block, layout) }
}

/// What a block takes.
///
/// # Safety
/// The block came from here and is not yet given back.
pub unsafe fn usable_size(block: *mut u8, _: Layout) -> usize {
    // SAFETY: the block is mimalloc's. This reads the table of the page that the block is on.
    unsafe { mi_usable_size(block.cast()) }
}

/// What the command has it do when memory is short, which it watches on Linux.
#[cfg(target_os = "linux")]
mod linux {
    use motet_vm::memory::account;
    use std::ffi::{c_int, c_long, c_void};

    /// `mi_option_purge_delay` of mimalloc 3, in milliseconds.
    const PURGE_DELAY: c_int = 15;

    // SAFETY: as above.
    unsafe extern "C" {
        fn mi_collect(force: bool);
        fn mi_option_set(option: c_int, value: c_long);
        fn mi_register_error(handler: extern "C" fn(c_int, *mut c_void), argument: *mut c_void);
    }

    /// Gives back what nothing uses.
    pub fn give_back() {
        // SAFETY: it frees pages on which no block is in use. What is freed from now on is given back without delay: the
        // delay is there for speed, and a program whose memory is short has other needs.
        unsafe {
            mi_option_set(PURGE_DELAY, 0);
            mi_collect(true);
        }
    }

    /// `ENOMEM`.
    const NO_MEMORY: c_int = 12;

    extern "C" fn on_error(code: c_int, _: *mut c_void) {
        if code == NO_MEMORY {
            account::system_has_none(0);
        }
    }

    /// Has mimalloc say so when the system gives it no memory.
    pub fn watch_errors() {
        // SAFETY: the handler may be called from any thread at any time, and needs no argument.
        unsafe { mi_register_error(on_error, std::ptr::null_mut()) }
    }
}

/// What it is told before it allocates anything.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod options {
    use std::ffi::{c_int, c_long};

    /// `mi_option_arena_reserve` of mimalloc 3, in KiB.
    const ARENA_RESERVE: c_int = 23;

    // SAFETY: as above.
    unsafe extern "C" {
        fn mi_option_set_default(option: c_int, value: c_long);
    }

    /// Arenas of 64 MiB to begin with, not of 1 GiB: the tables of an arena are in proportion to its size and are written
    /// at once, which was a tenth of the time that the smallest program takes.
    extern "C" fn set() {
        // SAFETY: it writes an entry of a static table. Nothing else runs yet.
        unsafe { mi_option_set_default(ARENA_RESERVE, 64 * 1024) };
    }

    /// Called when the program is loaded: later is too late, since Rust allocates before `main`.
    #[used]
    // SAFETY: the loader calls what stands in this section, and it is a function that it may call.
    #[unsafe(link_section = ".init_array.00090")]
    static SET: extern "C" fn() = set;
}
