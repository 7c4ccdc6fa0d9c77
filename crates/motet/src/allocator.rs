//! The allocator of the command: mimalloc, and the system's page tables for large blocks.
//!
//! Allocation is a large part of what programs do, and mimalloc is quicker at it than the system's allocator. Large blocks
//! are few, but they are lists and strings that grow: moving one by its pages copies nothing, so that old and new need not
//! be there at once, and giving one back gives its memory back at once.
//!
//! Which of the two has a block follows from the block's layout alone, which the owner of a block always knows. So nothing
//! has to be looked up, and a block that changes sides is copied once.
//!
//! Builds for AddressSanitizer (`--cfg sanitized`) leave this module out: it has to see every block.

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

/// See the module.
pub struct Allocator;

/// Blocks from this size on are pages of their own.
const LARGE: usize = 1 << 20;

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
        if is_large(layout) {
            return pages::map(layout.size());
        }
        // SAFETY: the caller's contract.
        unsafe { MiMalloc.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            // Fresh pages are zero.
            return pages::map(layout.size());
        }
        // SAFETY: the caller's contract.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_large(layout) {
            // SAFETY: the caller got the block from here with this layout, so it is of `pages` and of this size.
            return unsafe { pages::unmap(block, layout.size()) };
        }
        // SAFETY: the caller got the block from here with this layout, so it is mimalloc's.
        unsafe { MiMalloc.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `size` is not too large for the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_large(layout), is_large(new)) {
            // SAFETY: the caller's contract; the block is mimalloc's and stays there.
            (false, false) => unsafe { MiMalloc.realloc(block, layout, size) },
            // SAFETY: the block is of `pages` and of the old layout's size.
            (true, true) => unsafe { pages::resize(block, layout.size(), size) },
            // SAFETY: the caller's contract.
            _ => unsafe { self.change_sides(block, layout, new) },
        }
    }
}

impl Allocator {
    /// # Safety
    /// What `realloc` asks for: `block` is of layout `old`, and `new` differs from it in its size only.
    #[cold]
    unsafe fn change_sides(&self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: one of the two sizes is large and the other is not, so neither is zero: `realloc` forbids a new size of
        // zero, and a block of size zero does not exist.
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            // SAFETY: both blocks have at least so many bytes, and the new one overlaps nothing. The old one is the
            // caller's to give up.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, old.size().min(new.size()));
                self.dealloc(block, old);
            }
        }
        moved
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
        if block == libc::MAP_FAILED { ptr::null_mut() } else { block.cast() }
    }

    /// # Safety
    /// `block` came from `map` or `resize` with this size, and nobody uses it any more.
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
        if moved == libc::MAP_FAILED { ptr::null_mut() } else { moved.cast() }
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
