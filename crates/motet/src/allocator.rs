//! The allocator of the command: mimalloc, and the system's page tables for large blocks.
//!
//! Allocation is a large part of what programs do, and mimalloc is quicker at it than the system's allocator. Large blocks
//! are few, but they are lists and strings that grow: moving one by its pages copies nothing, so that old and new need not
//! be there at once, and giving one back gives its memory back at once.
//!
//! Which of the two has a block follows from the block's layout alone, which the owner of a block always knows. So nothing
//! has to be looked up, and a block that changes sides is copied once.
//!
//! While a program with a limit of memory runs, every block is counted by what it really takes (`motet_vm::memory::account`).
//! Others pay one test of a flag for it.
//!
//! Builds for AddressSanitizer (`--cfg sanitized`) leave this module out: it has to see every block.

use mimalloc::MiMalloc;
use motet_vm::memory::account;
use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;
use std::ptr;

/// See the module.
pub struct Allocator;

/// Blocks from this size on are pages of their own.
const LARGE: usize = 1 << 20;

/// The alignment of every block of mimalloc's, whatever its size. Its functions without an alignment need a third fewer
/// instructions than those that are told one.
const WORD: usize = 8;

unsafe extern "C" {
    fn mi_malloc(size: usize) -> *mut c_void;
    fn mi_zalloc(size: usize) -> *mut c_void;
    fn mi_realloc(block: *mut c_void, size: usize) -> *mut c_void;
}

/// What every page is aligned to at least.
const PAGE: usize = 4096;

fn is_large(layout: Layout) -> bool {
    cfg!(target_os = "linux") && layout.size() >= LARGE && layout.align() <= PAGE
}

// SAFETY: blocks of large layouts come from `pages` and go back there, all others are mimalloc's: `is_large` gives the same
// answer for a layout whenever it is asked. Both allocators keep the contract of `GlobalAlloc` for their blocks.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if account::is_metered() {
            // SAFETY: the caller's contract.
            return unsafe { counted::alloc(layout, false) };
        }
        // SAFETY: the caller's contract.
        unsafe { self.take(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if account::is_metered() {
            // SAFETY: the caller's contract.
            return unsafe { counted::alloc(layout, true) };
        }
        // SAFETY: the caller's contract.
        unsafe { self.take_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if account::is_metered() {
            // SAFETY: the caller's contract.
            unsafe { counted::note_end(block, layout) };
        }
        if is_large(layout) {
            // SAFETY: the caller got the block from here with this layout, so it is of `pages` and of this size.
            return unsafe { pages::unmap(block, layout.size()) };
        }
        // SAFETY: the caller got the block from here with this layout, so it is mimalloc's.
        unsafe { MiMalloc.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if account::is_metered() {
            // SAFETY: the caller's contract.
            return unsafe { counted::realloc(block, layout, size) };
        }
        // SAFETY: the caller's contract.
        unsafe { self.resize(block, layout, size) }
    }
}

impl Allocator {
    /// `alloc`, uncounted.
    ///
    /// # Safety
    /// That of `alloc`.
    #[inline]
    unsafe fn take(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return pages::map(layout.size());
        }
        if layout.align() <= WORD {
            // SAFETY: every block of mimalloc's has this alignment.
            return unsafe { mi_malloc(layout.size()) }.cast();
        }
        // SAFETY: the caller's contract.
        unsafe { MiMalloc.alloc(layout) }
    }

    /// `alloc_zeroed`, uncounted.
    ///
    /// # Safety
    /// That of `alloc_zeroed`.
    #[inline]
    unsafe fn take_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            // Fresh pages are zero.
            return pages::map(layout.size());
        }
        if layout.align() <= WORD {
            // SAFETY: every block of mimalloc's has this alignment.
            return unsafe { mi_zalloc(layout.size()) }.cast();
        }
        // SAFETY: the caller's contract.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    /// `realloc`, uncounted.
    ///
    /// # Safety
    /// That of `realloc`.
    #[inline]
    unsafe fn resize(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `size` is not too large for the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_large(layout), is_large(new)) {
            // SAFETY: the caller's contract; the block is mimalloc's and stays there, and all of its blocks have this alignment.
            (false, false) if layout.align() <= WORD => unsafe { mi_realloc(block.cast(), size) }.cast(),
            // SAFETY: the caller's contract; the block is mimalloc's and stays there.
            (false, false) => unsafe { MiMalloc.realloc(block, layout, size) },
            // SAFETY: the block is of `pages` and of the old layout's size.
            (true, true) => unsafe { pages::resize(block, layout.size(), size) },
            // SAFETY: the caller's contract.
            _ => unsafe { self.change_sides(block, layout, new) },
        }
    }

    /// # Safety
    /// What `realloc` asks for: `block` is of layout `old`, and `new` differs from it in its size only.
    #[cold]
    unsafe fn change_sides(&self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: one of the two sizes is large and the other is not, so neither is zero: `realloc` forbids a new size of
        // zero, and a block of size zero does not exist.
        let moved = unsafe { self.take(new) };
        if !moved.is_null() {
            // SAFETY: both blocks have at least so many bytes, and the new one overlaps nothing. The old one is the
            // caller's to give up.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, old.size().min(new.size()));
                if is_large(old) { pages::unmap(block, old.size()) } else { MiMalloc.dealloc(block, old) }
            }
        }
        moved
    }
}

/// The way of a program whose memory is limited.
mod counted {
    use super::{Allocator, PAGE, account, is_large};
    use std::alloc::Layout;
    use std::ffi::c_void;

    unsafe extern "C" {
        fn mi_usable_size(block: *const c_void) -> usize;
    }

    /// What a block takes.
    ///
    /// # Safety
    /// The block is one of the allocator's, of this layout.
    unsafe fn size(block: *mut u8, layout: Layout) -> usize {
        if is_large(layout) {
            return layout.size().next_multiple_of(PAGE);
        }
        // SAFETY: it is mimalloc's, since its layout is not large. This reads the table of the page that the block is on.
        unsafe { mi_usable_size(block.cast()) }
    }

    /// # Safety
    /// That of `GlobalAlloc::alloc`.
    #[cold]
    #[inline(never)]
    pub unsafe fn alloc(layout: Layout, is_zeroed: bool) -> *mut u8 {
        if layout.size() >= account::LARGE {
            account::before(layout.size());
        }
        // SAFETY: the caller's contract.
        let block = unsafe { if is_zeroed { Allocator.take_zeroed(layout) } else { Allocator.take(layout) } };
        if !block.is_null() {
            // SAFETY: the block was just made with this layout.
            account::allocated(unsafe { size(block, layout) });
        }
        block
    }

    /// # Safety
    /// The block is one of the allocator's, of this layout, and about to be given back.
    #[cold]
    #[inline(never)]
    pub unsafe fn note_end(block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        account::freed(unsafe { size(block, layout) });
    }

    /// # Safety
    /// That of `GlobalAlloc::realloc`.
    #[cold]
    #[inline(never)]
    pub unsafe fn realloc(block: *mut u8, layout: Layout, new: usize) -> *mut u8 {
        if new >= account::LARGE && new > layout.size() {
            // What is moved by its pages, and what grows where it is, needs the difference.
            account::before(new - layout.size());
        }
        // SAFETY: the caller's contract; the new layout is that of the block which `resize` gives.
        unsafe {
            let before = size(block, layout);
            let moved = Allocator.resize(block, layout, new);
            if !moved.is_null() {
                // First what is gone: both at once were never there.
                account::freed(before);
                account::allocated(size(moved, Layout::from_size_align_unchecked(new, layout.align())));
            }
            moved
        }
    }
}

/// What the process has in use, and how mimalloc is told to give back what it keeps.
#[cfg(target_os = "linux")]
pub mod system {
    use motet_vm::memory::account;
    use std::ffi::{c_int, c_long, c_void};

    /// `mi_option_purge_delay` of mimalloc 3, in milliseconds.
    const PURGE_DELAY: c_int = 15;

    unsafe extern "C" {
        fn mi_collect(force: bool);
        fn mi_option_set(option: c_int, value: c_long);
        fn mi_register_error(handler: extern "C" fn(c_int, *mut c_void), argument: *mut c_void);
    }

    /// Bytes of memory of its own that the process has in use: neither its file nor what it shares.
    pub fn resident() -> Option<u64> {
        // No file is opened through the standard library: it allocates. The three first numbers are far shorter than this.
        let mut text = [0u8; 128];
        // SAFETY: the path ends with a zero byte, the buffer is written within its length, and the file is closed.
        let length = unsafe {
            let file = libc::open(c"/proc/self/statm".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
            if file < 0 {
                return None;
            }
            let length = libc::read(file, text.as_mut_ptr().cast(), text.len());
            libc::close(file);
            usize::try_from(length).ok()?
        };
        let mut numbers = text.get(..length)?.split(|&byte| byte == b' ').map(|digits| {
            digits.iter().try_fold(0u64, |number, digit| Some(number * 10 + u64::from(digit.checked_sub(b'0')?)))
        });
        let (resident, shared) = (numbers.nth(1)??, numbers.next()??);
        Some(resident.saturating_sub(shared) * super::PAGE as u64)
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

/// What mimalloc is told before it allocates anything.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod options {
    use std::ffi::{c_int, c_long};

    /// `mi_option_arena_reserve` of mimalloc 3, in KiB.
    const ARENA_RESERVE: c_int = 23;

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

/// Blocks that are pages of their own. Sizes need not be multiples of a page: the kernel rounds them up.
#[cfg(target_os = "linux")]
mod pages {
    use std::ptr;

    pub fn map(size: usize) -> *mut u8 {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new private mapping where the kernel likes; it touches no other memory.
        let block =
            unsafe { libc::mmap(ptr::null_mut(), size, access, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
        if block == libc::MAP_FAILED {
            super::account::system_has_none(size);
            return ptr::null_mut();
        }
        block.cast()
    }

    /// # Safety
    /// `block` came from `map` or `resize` with this size, and is not used any more.
    pub unsafe fn unmap(block: *mut u8, size: usize) {
        // SAFETY: the caller gives up exactly these pages.
        let result = unsafe { libc::munmap(block.cast(), size) };
        debug_assert_eq!(result, 0, "a mapping can be given back");
    }

    /// Moves a block by its pages if it cannot grow where it is. Null if there is no memory; then the block is as it was.
    ///
    /// # Safety
    /// `block` came from `map` or `resize` with the size `old`; after this it is used only if null was returned.
    pub unsafe fn resize(block: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: these pages are the caller's, and the caller uses the old address no more.
        let moved = unsafe { libc::mremap(block.cast(), old, new, libc::MREMAP_MAYMOVE) };
        if moved == libc::MAP_FAILED {
            super::account::system_has_none(new);
            return ptr::null_mut();
        }
        moved.cast()
    }
}

/// Elsewhere no layout is large. Two functions are unsafe only because those of Linux are: they are never called, and touch
/// nothing.
#[cfg(not(target_os = "linux"))]
mod pages {
    pub fn map(_: usize) -> *mut u8 {
        unreachable!("no layout is large here")
    }

    pub unsafe fn unmap(_: *mut u8, _: usize) {
        unreachable!("no layout is large here")
    }

    pub unsafe fn resize(_: *mut u8, _: usize, _: usize) -> *mut u8 {
        unreachable!("no layout is large here")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes on both sides of the border, and at it.
    const SIZES: [usize; 7] = [1, 4096, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE + 5, 64];

    /// Fills a block with what tells its bytes apart.
    fn fill(block: *mut u8, size: usize) {
        for at in 0..size {
            // SAFETY: inside the block.
            unsafe { block.add(at).write((at % 251) as u8) };
        }
    }

    fn holds(block: *const u8, size: usize) -> bool {
        // SAFETY: inside the block.
        (0..size).all(|at| unsafe { block.add(at).read() } == (at % 251) as u8)
    }

    #[test]
    fn a_block_keeps_its_bytes_when_it_grows_shrinks_and_changes_sides() {
        for align in [1, 16, PAGE, 4 * PAGE] {
            for old in SIZES {
                for new in SIZES {
                    let layout = Layout::from_size_align(old, align).expect("a layout");
                    // SAFETY: the layouts are not empty; each block is used with its own and given back once.
                    unsafe {
                        let block = Allocator.alloc(layout);
                        assert!(!block.is_null() && block.addr().is_multiple_of(align));
                        fill(block, old);
                        let block = Allocator.realloc(block, layout, new);
                        assert!(!block.is_null() && block.addr().is_multiple_of(align));
                        assert!(holds(block, old.min(new)), "{old} to {new}, aligned to {align}");
                        fill(block, new);
                        Allocator.dealloc(block, Layout::from_size_align(new, align).expect("a layout"));
                    }
                }
            }
        }
    }

    #[test]
    fn a_zeroed_block_is_zero() {
        for size in SIZES {
            let layout = Layout::from_size_align(size, 8).expect("a layout");
            // SAFETY: the layout is not empty, and the block is used with it and given back once.
            unsafe {
                let block = Allocator.alloc_zeroed(layout);
                assert!((0..size).all(|at| block.add(at).read() == 0));
                Allocator.dealloc(block, layout);
            }
        }
    }

    #[test]
    fn a_block_that_no_machine_has_is_null() {
        let layout = Layout::from_size_align(isize::MAX as usize / 2, 8).expect("a layout");
        // SAFETY: the layout is not empty.
        assert!(unsafe { Allocator.alloc(layout) }.is_null());
        let small = Layout::from_size_align(2 * LARGE, 8).expect("a layout");
        // SAFETY: the block is used with its layout; it stays what it was when it cannot grow.
        unsafe {
            let block = Allocator.alloc(small);
            fill(block, small.size());
            assert!(Allocator.realloc(block, small, layout.size()).is_null());
            assert!(holds(block, small.size()));
            Allocator.dealloc(block, small);
        }
    }
}
