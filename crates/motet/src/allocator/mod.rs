//! The allocator of the command: mimalloc (`small`), and the system's page tables for large blocks (`pages`).
//!
//! Allocation is a large part of what programs do, and mimalloc is quicker at it than the system's allocator. Large blocks
//! are few, but they are lists and strings that grow: moving one by its pages copies nothing, so that old and new need not
//! be there at once, and giving one back gives its memory back at once. Some of them are kept for the next of their size
//! (`spare`), while no program has a limit of memory.
//!
//! Which of the two has a block follows from the block's layout alone, which the owner of a block always knows. So nothing
//! has to be looked up, and a block that changes sides is copied once.
//!
//! While a program with a limit of memory runs, every block is counted by what it really takes (`motet_vm::memory::account`).
//! Others pay one test of a flag for it.
//!
//! A build without the feature `mimalloc`, which needs a C compiler, has the system's allocator in its place.
//!
//! Builds for AddressSanitizer (`--cfg sanitized`) leave this module out: it has to see every block.

mod pages;
mod resident;
mod small;
mod spare;

#[cfg(target_os = "linux")]
pub use resident::resident;
#[cfg(target_os = "linux")]
pub use small::watch_errors;

use motet_vm::memory::account;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

/// See the module.
pub struct Allocator;

/// Blocks from this size on are pages of their own.
const LARGE: usize = 1 << 20;

/// Gives back to the system what nothing uses.
#[cfg(target_os = "linux")]
pub fn give_back() {
    spare::give_back();
    small::give_back();
}

/// What every page is aligned to at least.
const PAGE: usize = 4096;

fn is_large(layout: Layout) -> bool {
    cfg!(target_os = "linux") && layout.size() >= LARGE && layout.align() <= PAGE
}

// SAFETY: blocks of large layouts come from `pages` and go back there, all others are `small`'s: `is_large` gives the same
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
            return unsafe { large::give_back(block, layout.size()) };
        }
        // SAFETY: the caller got the block from here with this layout, so it is `small`'s.
        unsafe { small::dealloc(block, layout) }
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
            return large::take(layout.size());
        }
        // SAFETY: the caller's contract.
        unsafe { small::alloc(layout) }
    }

    /// `alloc_zeroed`, uncounted.
    ///
    /// # Safety
    /// That of `alloc_zeroed`.
    #[inline]
    unsafe fn take_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return large::take_zeroed(layout.size());
        }
        // SAFETY: the caller's contract.
        unsafe { small::alloc_zeroed(layout) }
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
            // SAFETY: the caller's contract; the block is `small`'s and stays there.
            (false, false) => unsafe { small::realloc(block, layout, size) },
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
                if is_large(old) { large::give_back(block, old.size()) } else { small::dealloc(block, old) }
            }
        }
        moved
    }
}

/// Blocks that are pages of their own: fresh ones, and those that were kept. None of it stands in the way of small blocks.
mod large {
    use super::{account, pages, spare};

    #[inline(never)]
    pub fn take(size: usize) -> *mut u8 {
        let kept = spare::take(size);
        if kept.is_null() { pages::map(size) } else { kept }
    }

    #[inline(never)]
    pub fn take_zeroed(size: usize) -> *mut u8 {
        let kept = spare::take(size);
        if kept.is_null() {
            // Fresh pages are zero.
            return pages::map(size);
        }
        // SAFETY: the block has so many bytes, and is used by nothing else.
        unsafe { kept.write_bytes(0, size) };
        kept
    }

    /// # Safety
    /// `block` is of `pages` and of this size, and is not used any more.
    #[inline(never)]
    pub unsafe fn give_back(block: *mut u8, size: usize) {
        // What a program with a limit gives back counts as free, so it has to be.
        if account::is_metered() {
            // SAFETY: the caller's contract.
            return unsafe { pages::unmap(block, size) };
        }
        // SAFETY: the caller's contract.
        unsafe { spare::put(block, size) }
    }
}

/// The way of a program whose memory is limited.
mod counted {
    use super::{Allocator, PAGE, account, is_large, small};
    use std::alloc::Layout;

    /// What a block takes.
    ///
    /// # Safety
    /// The block is one of the allocator's, of this layout.
    unsafe fn size(block: *mut u8, layout: Layout) -> usize {
        if is_large(layout) {
            return layout.size().next_multiple_of(PAGE);
        }
        // SAFETY: it is `small`'s, since its layout is not large.
        unsafe { small::usable_size(block, layout) }
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
    fn blocks_that_are_kept_are_used_by_one_owner_at_a_time() {
        let threads = (0..4).map(|number: u8| {
            std::thread::spawn(move || {
                for turn in 0..200 {
                    let sizes = [LARGE + PAGE * (turn % 3), 5 * LARGE];
                    let layouts = sizes.map(|size| Layout::from_size_align(size, 8).expect("a layout"));
                    // SAFETY: the layouts are not empty; each block is used within its size and given back once.
                    unsafe {
                        let blocks = layouts.map(|layout| Allocator.alloc(layout));
                        for (block, size) in blocks.into_iter().zip(sizes) {
                            block.write_bytes(number, size);
                        }
                        for (block, size) in blocks.into_iter().zip(sizes) {
                            assert!((0..size).step_by(512).all(|at| block.add(at).read() == number));
                        }
                        blocks.into_iter().zip(layouts).for_each(|(block, layout)| Allocator.dealloc(block, layout));
                        let zeroed = Allocator.alloc_zeroed(layouts[0]);
                        assert!((0..sizes[0]).step_by(512).all(|at| zeroed.add(at).read() == 0));
                        Allocator.dealloc(zeroed, layouts[0]);
                    }
                }
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().expect("no thread fails"));
        give_back();
        assert!(spare::take(5 * LARGE).is_null());
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
