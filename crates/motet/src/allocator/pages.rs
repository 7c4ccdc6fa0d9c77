//! Blocks that are pages of their own. Sizes need not be multiples of a page: the kernel rounds them up.

pub use system::{map, resize, unmap};

#[cfg(target_os = "linux")]
mod system {
    use motet_vm::memory::account;
    use std::ptr;

    /// Blocks from this size on get huge pages: each page is a fault at its first touch, and there are hundreds times fewer.
    const HUGE: usize = 4 << 20;

    pub fn map(size: usize) -> *mut u8 {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new private mapping where the kernel likes; it touches no other memory.
        let block =
            unsafe { libc::mmap(ptr::null_mut(), size, access, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
        if block == libc::MAP_FAILED {
            account::system_has_none(size);
            return ptr::null_mut();
        }
        if size >= HUGE {
            // SAFETY: advice about pages that were just mapped; where the kernel has no huge ones, nothing changes.
            unsafe { libc::madvise(block, size, libc::MADV_HUGEPAGE) };
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
            account::system_has_none(new);
            return ptr::null_mut();
        }
        moved.cast()
    }
}

/// Elsewhere no layout is large. Two functions are unsafe only because those of Linux are: they are never called, and touch
/// nothing.
#[cfg(not(target_os = "linux"))]
mod system {
    pub fn map(_: usize) -> *mut u8 {
        unreachable!("no layout is large here")
    }

    /// # Safety
    /// None is needed: nothing is touched. It is unsafe because that of Linux is.
    pub unsafe fn unmap(_: *mut u8, _: usize) {
        unreachable!("no layout is large here")
    }

    /// # Safety
    /// As for `unmap`.
    pub unsafe fn resize(_: *mut u8, _: usize, _: usize) -> *mut u8 {
        unreachable!("no layout is large here")
    }
}
